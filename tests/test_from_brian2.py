"""A circuit read from a Brian2 network runs as that network does, spike for spike, or is refused by name."""

from __future__ import annotations

import importlib

import numpy as np
import pytest

import neuromem as nm
from neuromem.spiking import Circuit, fast

brian2 = None  # imported by the first test, as it changes how pytest collects doctests


def given():
    return {"tau": 10 * brian2.ms, "R": 20 * brian2.Mohm, "v0": -62 * brian2.mV}


@pytest.fixture(autouse=True)
def _as_before():
    globals()["brian2"] = importlib.import_module("brian2")
    target, brian2.prefs.codegen.target = brian2.prefs.codegen.target, "numpy"
    yield
    brian2.prefs.codegen.target = target


def currents(clock):
    equations = """dv/dt = (v0 - v + R * (I + J)) / tau : volt (unless refractory)
    dI/dt = -I / (3 * ms) : amp
    dJ/dt = -J / (5 * ms) : amp"""
    rules = {"threshold": "v > -50 * mV", "reset": "v = -65 * mV", "refractory": 2 * brian2.ms, "method": "exact"}
    cells = brian2.NeuronGroup(20, equations, clock=clock, name="cells", **rules)
    cells.v = -63 * brian2.mV
    return cells, "w : amp", "I += w", "(1 + (i + j) / 30.0) * nA", "J_post += -0.3 * nA"


def jumps(clock):
    rules = {"threshold": "v > 8", "reset": "v = 0"}  # by Brian2's own choice
    cells = brian2.NeuronGroup(20, "dv/dt = -v / tau : 1", clock=clock, name="cells", **rules)
    return cells, "w : 1", "v += w", "5 + (i + j) / 30.0", "v_post += -2"


@pytest.mark.parametrize("kind", [currents, jumps])
def test_a_network_of_brian2_and_its_circuit_give_the_same_spikes(kind):
    rng, clock = np.random.default_rng(3), brian2.Clock(0.1 * brian2.ms)
    put = np.argwhere(rng.random((400, 12)) < 0.02)
    sources = brian2.SpikeGeneratorGroup(12, put[:, 1], put[:, 0] * 0.2 * brian2.ms, clock=clock, name="sources")
    cells, model, excite, weight, inhibit = kind(clock)
    wire = brian2.Synapses(sources, cells, model, on_pre=excite, delay=1 * brian2.ms, clock=clock, name="wire")
    wire.connect(i=np.repeat(np.arange(12), 10), j=rng.integers(0, 20, 120))
    wire.w = weight
    loop = brian2.Synapses(cells, cells, on_pre=inhibit, clock=clock, name="loop")
    loop.connect(condition="i != j and (i + 2 * j) % 3 == 0")
    loop.delay = "(0.5 + (i % 4) / 10.0) * ms"
    monitor = brian2.SpikeMonitor(cells)
    network = brian2.Network(sources, cells, wire, loop, monitor)
    constants = given()
    circuit = Circuit.from_brian2(network, constants)
    units = {"ms": brian2.ms, "mV": brian2.mV, "nA": brian2.nA}
    network.run(80 * brian2.ms, namespace={**constants, **units})
    step, neuron = np.rint(np.asarray(monitor.t / brian2.ms) / 0.1), np.asarray(monitor.i)
    order, record = np.lexsort((neuron, step)), fast.run(circuit, 80.0)
    mine = record.of("cells")
    assert mine.sum() > 100
    assert np.array_equal(record.neuron[mine], neuron[order])
    assert np.array_equal(np.rint(record.time_ms[mine] / 0.1), step[order])
    assert Circuit.from_json(circuit.to_json()) == circuit


def group(equations="dv/dt = -v / tau : 1", reset="v = 0", method="exact", threshold="v > 8", name="cells", **more):
    return brian2.NeuronGroup(2, equations, threshold=threshold, reset=reset, method=method, name=name, **more)


def with_code():
    cells = group()
    cells.run_regularly("v *= 0.9")
    return [cells]


def learning():
    cells = group()
    synapses = brian2.Synapses(cells, cells, "w : 1", on_pre="v += w", on_post="w += 1", name="wire")
    synapses.connect()
    return [cells, synapses]


def elsewhere():
    cells = group(reset="v = -1")
    synapses = brian2.Synapses(cells, cells, on_pre="v += 1", name="wire")
    synapses.connect()
    return [cells, synapses]


def wired(on_pre="v += 1", model="", change=None, cells="dv/dt = -v / tau : 1\nq : 1 (constant)"):
    """Two cells with a synapse each, of which a change makes something else."""
    target = group(cells, refractory=2 * brian2.ms) if "unless" in cells else group(cells)
    source = group("dv/dt = -v / tau : 1\nq : 1 (constant)", name="source")
    synapses = brian2.Synapses(source, target, model, on_pre=on_pre, name="wire")
    synapses.connect(j="i")
    if change is not None:
        change(synapses)
    return [source, target, synapses]


def generator(times=(1.0,), change=None, **more):
    sources = brian2.SpikeGeneratorGroup(2, [0] * len(times), np.array(times) * brian2.ms, name="sources", **more)
    if change is not None:
        change(sources)
    return [sources]


def noise(rates, change=None):
    sources = brian2.PoissonGroup(2, rates, name="noise")
    if change is not None:
        change(sources)
    return [sources]


def linked():
    follower = group("dv/dt = (a - v) / tau : 1\na : 1 (linked)")
    leader = group(name="leader")
    follower.a = brian2.linked_var(leader, "v")
    return [leader, follower]


def just_spiked():
    cells = group("dv/dt = -v / tau : 1 (unless refractory)", refractory=2 * brian2.ms)
    cells.lastspike = 0 * brian2.ms
    return [cells]


def off(part):
    part.active = False


def weaker(synapses):
    synapses.run_regularly("w *= 0.9")


@pytest.mark.parametrize(
    ("parts", "must"),
    [
        (lambda: [group("dv/dt = v * v / tau : 1", method="euler")], "cells must be .* 'euler'"),
        (lambda: [group("dv/dt = -v * v / tau : 1", method=None)], "cells must be .* not linear"),
        (lambda: [group("dv/dt = -v / tau + xi / tau**0.5 : 1", method=None)], "cells must be .* has noise"),
        (lambda: [group("dv/dt = (sin(t / tau) - v) / tau : 1", method=None)], "cells must be .* changes with time"),
        (lambda: [group("v : 1", method=None)], "cells must be .* no equation dv/dt"),
        (lambda: [group(reset="v -= 8")], "cells must be .* another threshold or reset"),
        (lambda: [group("dv/dt = (k - v) / tau : 1")], "namespace must hold .* k"),
        (with_code, "cells must be .* code of its own"),
        (learning, "wire must be .* learns"),
        (elsewhere, "cells must be .* reset to elsewhere"),
        (lambda: [brian2.NetworkOperation(lambda: None, name="own")], "own must be .* NetworkOperation"),
        (lambda: generator(period=5 * brian2.ms), "sources must be .* period of 5 ms"),
        (lambda: generator([1.0, 1.07]), "times of sources must lie on the lattice .* 1.07 ms"),
        (lambda: generator([1.0001]), "times of sources must lie on the lattice .* 1.0001 ms"),
        (lambda: generator(change=lambda g: g.run_regularly("i")), "sources must be .* code of its own"),
        (lambda: generator(change=off), "sources must be .* not active"),
        (lambda: generator(when="end"), "sources must be .* another order"),
        (lambda: noise(9 * brian2.Hz, lambda p: p.run_regularly("rates *= 2")), "noise must be .* code of its own"),
        (lambda: noise(9 * brian2.Hz, off), "noise must be .* not active"),
        (lambda: noise("9 * Hz * (1 + t / ms)"), "noise must be .* t is an expression or changes with time"),
        (lambda: noise("9 * Hz * rand()"), "noise must be .* calls rand"),
        (lambda: noise("9 * Hz * i"), "noise must be .* several values of i"),
        (lambda: wired("v += w", "w : 1", weaker), "wire must be .* code of its own, wire_run_regularly"),
        (lambda: wired(change=lambda s: s.pre.run_regularly("delay = 0 * ms")), "source must be .* code of its own, wire"),
        (lambda: wired(change=off), "wire must be .* not active"),
        (lambda: wired(change=lambda s: off(s.pre)), "wire must be .* not active"),
        (lambda: wired(change=lambda s: off(s.target)), "cells must be .* not active"),
        (lambda: wired(change=lambda s: off(s.target.resetter["spike"])), "cells must be .* not active"),
        (lambda: wired(change=lambda s: setattr(s.pre, "when", "end")), "wire must be .* another order"),
        (
            lambda: wired(change=lambda s: setattr(s, "delay", 0.25 * brian2.ms)),
            "wire must be .* half way between two steps",
        ),
        (lambda: wired("v_post += 0.2 * (20 - v_post)"), "wire must be .* v_post is an expression or changes"),
        (lambda: wired("v += 1 - v"), "wire must be .* v is an expression or changes"),
        (lambda: wired("v += q_pre"), "wire must be .* q_pre is no number of the synapse"),
        (lambda: wired("v += q"), "wire must be .* q is no number of the synapse"),
        (lambda: wired("v += 11 * int(t > 5 * ms)"), "wire must be .* t is an expression or changes"),
        (lambda: wired("v += 3 * rand()"), r"wire must be .* calls rand\(\)"),
        (lambda: wired("v += poisson(3)"), r"wire must be .* calls poisson\(\)"),
        (lambda: wired("v += x", "dx/dt = -x / tau : 1 (event-driven)"), "wire must be .* x is an expression or changes"),
        (lambda: wired("v += x", "x = sin(t / tau) : 1 (constant over dt)"), "wire must be .* code of its own"),
        (lambda: wired("v += x", "x = 2 * q_pre : 1"), "wire must be .* x is an expression or changes"),
        (lambda: wired("v += (i > 0) * 2"), "wire must be .* no number"),
        (
            lambda: wired("v += w", "w : 1\na_post = w : 1 (summed)", cells="dv/dt = (a - v) / tau : 1\na : 1"),
            "wire must be .* code of its own, wire_summed",
        ),
        (
            lambda: wired("x += 1", cells="dv/dt = (x - v) / tau : 1\ndx/dt = -x / tau : 1 (unless refractory)"),
            "cells must be .* dx/dt",
        ),
        (linked, "cells must be .* a is an expression or changes"),
        (
            lambda: [group("dv/dt = (a - v) / tau : 1\na = sin(t / tau) : 1 (constant over dt)")],
            "cells must be .* code of its own",
        ),
        (lambda: [group("dv/dt = (int(v > 5) - 3 * v) / tau : 1")], "cells must be .* not linear"),
        (
            lambda: [group("dv/dt = -v / tau : 1\ndx/dt = -x / tau : 1", threshold="v > 8 + x")],
            "cells must be .* x is an expr",
        ),
        (lambda: [group(reset="v = v - 8")], "cells must be .* v is an expression or changes"),
        (lambda: [group(threshold="v > 10 and v < 30")], "cells must be .* '10 and v < 30', which is no number"),
        (lambda: [group(threshold="v > True")], "cells must be .* no number"),
        (lambda: [group(events={"go": "v > 1"})], "cells must be .* events of its own"),
        (lambda: [group(threshold=None, reset=None)], "cells must be .* no threshold"),
        (lambda: [group(refractory=[1, 2] * brian2.ms)], "cells must be .* refractory time that is not one number"),
        (just_spiked, "cells must be .* begins with a spike"),
        (lambda: noise(1001 * brian2.Hz), r"noise must fire at 0.1 a step or less, .* fires at 1001 Hz, 0.1001 a step"),
    ],
)
def test_what_a_circuit_cannot_hold_is_refused_by_name(parts, must):
    with pytest.raises(nm.InputError, match=must):
        Circuit.from_brian2(brian2.Network(*parts()), given())
    with pytest.raises(nm.InputError, match="network must be a brian2"):
        Circuit.from_brian2(None)


def test_a_network_that_ran_or_has_a_schedule_of_its_own_is_refused():
    network = brian2.Network(group())
    network.schedule = ["start", "groups", "synapses", "thresholds", "resets", "end"]
    with pytest.raises(nm.InputError, match=r"cells must be .* another order"):
        Circuit.from_brian2(network, given())
    network.schedule = None
    network.run(1 * brian2.ms, namespace=given())
    with pytest.raises(nm.InputError, match="network must not have run, but is at 1 ms"):
        Circuit.from_brian2(network, given())


def test_monitors_of_all_kinds_are_left_out():
    parts = wired()
    monitors = [
        brian2.SpikeMonitor(parts[1]),
        brian2.EventMonitor(parts[1], "spike"),
        brian2.StateMonitor(parts[1], "v", record=True),
        brian2.PopulationRateMonitor(parts[1]),
    ]
    circuit = Circuit.from_brian2(brian2.Network(*parts), given())
    assert len(circuit.projections) == 1
    assert Circuit.from_brian2(brian2.Network(*parts, *monitors), given()) == circuit
    monitors[2].run_regularly("v = 0")
    with pytest.raises(nm.InputError, match=r"statemonitor must be .* code of its own"):
        Circuit.from_brian2(brian2.Network(*parts, *monitors), given())


@pytest.mark.parametrize(
    ("added", "model", "weights"),
    [
        ("w * 2", "w : 1", [3.0, 5.0]),
        ("w * c + i + 1", "w : 1\nc : 1 (constant, shared)", [1.0, 2.0]),
        ("k0 * int(j > 0) + clip(w, 0, 2)", "w : 1", [1.5, 5.0]),
        ("sqrt(w) + abs(-3) / N_pre", "w : 1", [1.5**0.5 + 1.5, 2.5**0.5 + 1.5]),
    ],
)
def test_what_is_added_is_made_of_constants_and_numbers_of_the_synapse(added, model, weights):
    parts = wired(f"v += {added}", model, lambda s: setattr(s, "w", "1.5 + i"))
    (projection,) = Circuit.from_brian2(brian2.Network(*parts), {**given(), "k0": 3.0}).projections
    assert np.allclose(projection.weight, np.array(weights) * np.exp(-0.1 / 10), rtol=1e-12)


@pytest.mark.parametrize("rates", ["9 * Hz", "9 * r0"])
def test_rates_that_are_an_expression_of_constants_are_numbers(rates):
    (population,) = Circuit.from_brian2(brian2.Network(*noise(rates)), {"r0": brian2.Hz}).populations
    assert population.cell.rate_hz == 9


def test_a_flag_without_a_refractory_time_and_an_endless_period_change_nothing():
    flagged = group("dv/dt = (x - v) / tau : 1\ndx/dt = -x / tau : 1 (unless refractory)")
    plain = group("dv/dt = (x - v) / tau : 1\ndx/dt = -x / tau : 1")
    endless, once = generator(period=np.inf * brian2.ms), generator()
    made = [Circuit.from_brian2(brian2.Network(cells, *s), given()) for cells, s in ((flagged, endless), (plain, once))]
    assert made[0] == made[1]
    assert made[0].inputs[0].time_ms == (1.0,)
