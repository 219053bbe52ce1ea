"""Cells of several kinds: by hand, by their published numbers, and in both engines alike."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import neuromem as nm
from neuromem.spiking import (
    LIF,
    STDP,
    AdEx,
    Background,
    Circuit,
    Input,
    Izhikevich,
    Population,
    Projection,
    brian,
    fast,
    nest,
)
from tests.test_nest import expressible, here
from tests.test_spiking import ENGINES, chain, circuits, same, times

CONDUCTS = LIF(
    cm=0.2, tau_m=10.0, tau_refrac=1.0, tau_syn_e=2.0, v_rest=-65.0, v_reset=-65.0, v_thresh=-50.0, synapses="conductance"
)


def stepped(cell: AdEx, dt: float, steps: int) -> list[int]:
    """The steps at which a cell without synapses spikes, written out from (11), (12) and (2)."""
    v, w, found, ready = 0.0, 0.0, [], 0
    leak = cell.cm / cell.tau_m
    for step in range(steps):
        bent = leak * cell.delta_t * math.exp((v - (cell.v_thresh - cell.v_rest)) / cell.delta_t)
        level = (cell.i_offset + bent - w) / leak
        w = cell.a * v + (w - cell.a * v) * math.exp(-dt / cell.tau_w)
        if step >= ready:
            v = level + (v - level) * math.exp(-dt * leak / cell.cm)
        if v >= cell.v_spike - cell.v_rest:
            found.append(step)
            v, w, ready = cell.v_reset - cell.v_rest, w + cell.b, step + round(cell.tau_refrac / dt) + 1
    return found


def alone(cell, dt: float) -> Circuit:
    return Circuit((Population("Out", 1, cell),), step_ms=dt)


@ENGINES
def test_an_adaptive_exponential_cell_steps_as_written_out(engine):
    cell = AdEx(i_offset=1.1, tau_refrac=2.0, tau_w=40.0, v_reset=-58.0)
    expected = stepped(cell, 0.1, 1500)
    assert len(expected) > 5
    assert np.rint(engine.run(alone(cell, 0.1), 150.0).time_ms / 0.1).astype(int).tolist() == expected


@ENGINES
def test_a_conductance_pulls_toward_its_reversal_potential(engine):
    """Ie = w k at the end of the step of the arrival; then v moves toward 0 mV by what g says."""
    k = 2.0 * (1 - math.exp(-0.5))
    leak, needed = 0.02, 15.0  # µS, mV from rest to threshold
    low, high = 0.0, 1.0
    for _ in range(60):
        w = (low + high) / 2
        g = leak + w * k
        reached = w * k * 65.0 / g * (1 - math.exp(-g / 0.2))
        low, high = (w, high) if reached < needed else (low, w)
    wire = Projection("In", "Out", "one-to-one", high * 1.0001, 2.0)
    assert 2.0 in times(engine.run(chain(wire, cell=CONDUCTS), 3.0), "Out")
    weaker = chain(replace(wire, weight=high * 0.9999), cell=CONDUCTS)
    assert times(engine.run(weaker, 3.0), "Out") == []


@ENGINES
def test_shunting_inhibition_divides(engine):
    """At the reversal potential of rest an inhibitory conductance gives no current of its own."""
    cell = replace(CONDUCTS, e_rev_i=-65.0, i_offset=0.5)
    assert len(engine.run(alone(cell, 1.0), 60.0)) > 2
    shunt = Projection("In", "Out", "one-to-one", 0.05, 1.0, receptor="inhibitory")
    assert times(engine.run(chain(shunt, spikes=range(60), cell=cell), 60.0), "Out") == []
    silent = chain(shunt, spikes=range(30), cell=replace(cell, i_offset=0.0))
    assert times(engine.run(silent, 40.0), "Out") == []


@pytest.mark.parametrize("engine", [fast, brian, pytest.param(nest, marks=here)])
def test_izhikevichs_cell_steps_as_euler_says(engine):
    """A chattering cell: bursts of spikes a few ms apart, written out step by step."""
    a, b, c, d, drive, dt = 0.02, 0.2, -50.0, 2.0, 10.0, 0.1
    v, u, expected = -65.0, b * -65.0, []
    for step in range(2000):
        v, u = v + dt * (0.04 * v * v + 5 * v + 140 - u + drive), u + dt * a * (b * v - u)
        if v >= 30:
            expected.append(step)
            v, u = c, u + d
    assert len(expected) > 10
    record = engine.run(alone(Izhikevich(a, b, c, d, i_offset=drive), dt), 200.0)
    assert np.rint(record.time_ms / dt).astype(int).tolist() == expected


@st.composite
def mixed(draw):
    """Random circuits whose cells are of all kinds, with all kinds of synapses, some with noise from outside."""
    circuit = draw(circuits())
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    cells, scale = [], {}
    for p in circuit.populations:
        if p.body is not None:
            synapses = draw(st.sampled_from(["current", "delta", "conductance"]))
            kind = draw(st.sampled_from(["LIF", "AdEx", "Izhikevich"]))
            taus = {"tau_syn_e": float(rng.uniform(0.5, 4)), "tau_syn_i": float(rng.uniform(0.5, 4))}
            if kind == "LIF":
                body = replace(p.body, synapses=synapses)
            elif kind == "AdEx":
                patterns = {"a": float(rng.uniform(-0.002, 0.01)), "b": float(rng.uniform(0, 0.3)), "v_reset": -60.0}
                body = AdEx(**taus, **patterns, tau_w=float(rng.uniform(10, 200)), tau_refrac=1.0, synapses=synapses)
                body = replace(body, i_offset=float(rng.uniform(0.2, 0.9)))
            else:
                synapses = "delta" if synapses == "conductance" else synapses
                body = Izhikevich(d=float(rng.uniform(1, 8)), i_offset=float(rng.uniform(0, 8)), synapses=synapses, **taus)
            scale[p.name] = {"current": 1.0, "delta": 0.5, "conductance": 0.03}[synapses]
            p = replace(p, cell=body, background=draw(st.sampled_from([None, Background(400.0, 0.2 * scale[p.name])])))
        cells.append(p)
    wires = []
    for p in circuit.projections:
        by = scale[p.post] if p.plasticity is None else 1.0
        weight = tuple(by * w for w in p.weight) if isinstance(p.weight, tuple) else by * p.weight
        wires.append(replace(p, weight=weight))
    return replace(circuit, populations=tuple(cells), projections=tuple(wires))


@settings(max_examples=12, phases=[Phase.generate], deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(mixed(), st.integers(0, 2**32))
def test_both_engines_give_the_same_spikes_whatever_the_cells(circuit, seed):
    same(fast.run(circuit, 40.0, copies=2, rng=seed), brian.run(circuit, 40.0, copies=2, rng=seed))


@here
@settings(max_examples=2, phases=[Phase.generate], deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(mixed(), st.integers(0, 2**32))
def test_nest_gives_the_same_spikes_for_the_cells_it_has(circuit, seed):
    circuit = expressible(circuit)
    cells = []
    for p in circuit.populations:
        if p.body is not None:
            body = Izhikevich(i_offset=5.0) if isinstance(p.body, Izhikevich) else replace(DELTA, i_offset=0.7)
            p = replace(p, cell=body, background=None)
        cells.append(p)
    wires = tuple(replace(p, plasticity=None) for p in circuit.projections)
    circuit = replace(circuit, populations=tuple(cells), projections=wires)
    same(nest.run(circuit, 40.0, rng=seed), fast.run(circuit, 40.0, rng=seed))


DELTA = LIF(cm=1.0, tau_m=20.0, tau_refrac=2.0, v_rest=0.0, v_reset=0.0, v_thresh=12.0, synapses="delta")


@pytest.mark.parametrize(
    ("cell", "must"),
    [
        (AdEx(), "be a LIF or Izhikevich in NEST"),
        (replace(DELTA, synapses="conductance"), "synapses of Out must be current or delta in NEST"),
        (Izhikevich(synapses="current"), "synapses of Out must be delta in NEST"),
    ],
)
def test_cells_that_nest_steps_otherwise_are_refused(cell, must):
    with pytest.raises(nm.InputError, match=must):
        nest.run(chain(cell=cell), 5.0)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: AdEx(v_spike=-55.0), "v_spike must be .* set it above v_thresh, rest and reset"),
        (lambda: AdEx(v_spike=500.0), "v_spike must be .* at most 100 delta_t above v_thresh"),
        (lambda: AdEx(delta_t=0.0), "delta_t must be a finite number and above 0"),
        (lambda: Izhikevich(synapses="conductance"), "synapses of Izhikevich must be one of"),
        (lambda: Izhikevich(c=30.0), "c must be"),
        (lambda: AdEx(a="x"), "a must be a finite number"),
    ],
)
def test_cells_that_make_no_sense_are_refused(make, message):
    with pytest.raises(nm.InputError, match=message):
        make()


def test_cells_are_data():
    cells = tuple(Population(name, 2, cell) for name, cell in (("A", AdEx(b=0.1)), ("B", Izhikevich()), ("C", CONDUCTS)))
    wires = tuple(Projection("In", name, "all-to-all", 0.1) for name in "ABC")
    circuit = Circuit((Population("In", 1), *cells), wires, (Input("In", (0,), (1.0,)),))
    assert Circuit.from_json(circuit.to_json()) == circuit
    assert "0.1 µS" in str(circuit)
    assert "0.1 mV" in str(circuit)


def test_weights_and_noise_are_shown_in_the_unit_of_their_cell():
    """A current of Izhikevich's cell moves v by mV in a ms."""
    rule = STDP(9.0, 11.0, 0.3, 0.2, 12.0)
    units = {LIF(cm=0.2, tau_m=10.0): ("nA", "nA"), replace(LIF(cm=0.2, tau_m=10.0), synapses="delta"): ("mV", "nA")}
    units |= {CONDUCTS: ("µS", "nA"), Izhikevich(): ("mV", "mV/ms"), Izhikevich(synapses="current"): ("mV/ms", "mV/ms")}
    for cell, (weight, current) in units.items():
        wire = Projection("In", "Out", "all-to-all", 0.1, plasticity=rule)
        circuit = Circuit((Population("In", 1), Population("Out", 1, cell, noise=0.7)), (wire,))
        assert f" 0.1 {weight} " in str(circuit)
        assert f"+ 0.7 {current} noise" in str(circuit)
        with pytest.raises(nm.InputError, match=f"lie in 0 to 12 {weight}, but were 13 to 13"):
            fast.run(circuit, 1.0, weights={"In->Out": [13.0]})
