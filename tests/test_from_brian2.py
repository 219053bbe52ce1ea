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
    rules = {"threshold": "v > 8", "reset": "v = 0", "method": "exact"}
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


def group(equations="dv/dt = -v / tau : 1", reset="v = 0", method="exact", **more):
    return brian2.NeuronGroup(2, equations, threshold="v > 8", reset=reset, method=method, name="cells", **more)


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
    ],
)
def test_what_a_circuit_cannot_hold_is_refused_by_name(parts, must):
    with pytest.raises(nm.InputError, match=must):
        Circuit.from_brian2(brian2.Network(*parts()), given())
    with pytest.raises(nm.InputError, match="network must be a brian2"):
        Circuit.from_brian2(None)
