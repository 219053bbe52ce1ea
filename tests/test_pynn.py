"""A circuit on PyNN's simulators: the spikes and weights of the fast engine, or the reason why not."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import types
from dataclasses import replace

import numpy as np
import pytest

import neuromem as nm
from neuromem.spiking import LIF, STDP, Circuit, Hebbian, Input, Izhikevich, Population, Projection, fast

RUN = """
import json, sys
import brian2
import numpy as np
brian2.prefs.codegen.target = "numpy"
sim = __import__("pyNN." + sys.argv[1], fromlist=["setup"])
from neuromem.spiking import Circuit
built = Circuit.load(sys.argv[2]).to_pynn(sim)
for population in built.populations.values():
    population.record("spikes")
sim.run(float(sys.argv[3]))
trains = {name: p.get_data().segments[0].spiketrains for name, p in built.populations.items()}
spikes = {name: sorted((float(t), i) for i, s in enumerate(found) for t in np.asarray(s)) for name, found in trains.items()}
weights = {
    name: [(i, j, w / built.scale[name]) for i, j, w in sorted(p.get("weight", format="list"))]
    for name, p in built.projections.items()
}
print("RESULT", json.dumps([spikes, weights], default=float))
"""


def learning(rule, synapses):
    """Pre, random sources, onto Out by weak synapses that learn; Teach fires Out, which inhibits itself."""
    strength, rng = {"current": 1.0, "conductance": 0.02}[synapses], np.random.default_rng(0)
    cell = LIF(cm=0.25, tau_m=10.0, tau_refrac=1.0, tau_syn_e=1.5, tau_syn_i=3.0, v_thresh=-55.0, synapses=synapses)
    rule = replace(rule, a_plus=0.1 * strength, a_minus=0.08 * strength, w_max=strength)
    wires = (
        Projection("Pre", "Out", "all-to-all", 0.3 * strength, 1.0, plasticity=rule),
        Projection("Teach", "Out", "one-to-one", 6 * strength, 0.7),
        Projection("Out", "Out", "all-but-self", 2 * strength, 1.5, "inhibitory"),
    )
    put = [
        Input(name, at[:, 1], np.round(0.5 * at[:, 0] + start, 1))
        for name, size, start in (("Pre", 4, 1.0), ("Teach", 3, 1.2))
        if len(at := np.argwhere(rng.random((80, size)) < 0.06)) > 0
    ]
    last = Input("Pre", range(4), [60.0] * 4)  # NEST learns when a source spikes
    return Circuit([Population("Pre", 4), Population("Teach", 3), Population("Out", 3, cell)], wires, [*put, last], 0.1)


def by_pynn(sim, circuit, duration, path):
    """The spikes and the weights, in the circuit's unit, that a simulator gives in a process of its own."""
    if importlib.util.find_spec(sim) is None:
        pytest.skip(f"no {sim}")
    words = [sys.executable, "-c", RUN, sim, str(circuit.save(path)), str(duration)]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(next(line for line in done.stdout.splitlines() if line.startswith("RESULT"))[7:])


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("pyNN") is None, reason="no PyNN: pip install 'neuromem[pynn]'")
@pytest.mark.parametrize(
    ("sim", "synapses", "ways"),
    [
        ("brian2", "current", {"back_ms": 0.0, "first": "pre"}),
        ("nest", "current", {"back_ms": 1.8}),
        ("nest", "conductance", {"back_ms": 1.8}),
    ],
)
def test_a_simulator_gives_the_same_spikes_and_weights(sim, synapses, ways, tmp_path):
    circuit = learning(STDP(9.0, 11.0, 0.0, 0.0, 1.0, **ways), synapses)
    spikes, weights = by_pynn(sim, circuit, 63, tmp_path / "circuit.json")
    mine = fast.run(circuit, 63.0)
    assert mine.of("Out").sum() > 10
    for name in circuit.names:
        times, neurons = np.transpose(spikes[name])
        assert np.array_equal(neurons, mine.neuron[mine.of(name)])
        np.testing.assert_allclose(times, mine.time_ms[mine.of(name)], atol=1e-6)
    learnt = np.array(weights["Pre->Out"])[:, 2]
    assert np.ptp(learnt) > 0.1 * circuit.projections[0].plasticity.w_max
    np.testing.assert_allclose(learnt, mine.weights["Pre->Out"][0], atol=1e-9)


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("pyNN") is None, reason="no PyNN: pip install 'neuromem[pynn]'")
@pytest.mark.parametrize("sim", ["brian2", "nest"])
@pytest.mark.parametrize("dt", [0.1, 1.0])
def test_a_step_of_any_size_has_the_same_threshold(sim, dt, tmp_path):
    """Cells whose weights lie within 1 % of what makes them fire, or keeps them from it, from a source of one cell."""
    cell = LIF(cm=0.25, tau_m=10.0, tau_syn_e=1.5, tau_syn_i=3.0)

    def made(excite, inhibit):
        wires = [Projection("A", "B", "all-to-all", tuple(np.broadcast_to(excite, 81)), 2 * dt)]
        if np.any(inhibit):
            wires.append(Projection("A", "B", "all-to-all", tuple(np.broadcast_to(inhibit, 81)), 2 * dt, "inhibitory"))
        return Circuit((Population("A", 1), Population("B", 81, cell)), wires, (Input("A", [0], [5 * dt]),), dt)

    def firing(circuit):
        run = fast.run(circuit, 40.0)
        return np.isin(np.arange(81), run.neuron[run.of("B")])

    def border(way):
        low, high = 0.0, 40.0
        for _ in range(8):
            weights = np.linspace(low, high, 81)
            fired = firing(way(weights))
            at = int(np.argmax(fired != fired[0]))
            low, high = weights[at - 1], weights[at]
        return high

    alone = border(lambda w: made(w, 0.0))
    held = border(lambda w: made(1.3 * alone, w))
    near = 1 + np.linspace(-0.01, 0.01, 81) + 1e-4  # none at the border itself
    for at, circuit in enumerate((made(alone * near, 0.0), made(1.3 * alone, held * near))):
        fired = firing(circuit)
        assert 30 < fired.sum() < 50
        spikes, _ = by_pynn(sim, circuit, 40, tmp_path / f"{at}.json")
        assert [i for _, i in sorted(spikes["B"], key=lambda one: one[1])] == np.flatnonzero(fired).tolist()


SLOW = LIF(cm=0.27, tau_m=3.0)
RULE = STDP(3.0, 3.0, 1.0, 1.0, 6.0, back_ms=3.0)
WIRE = Projection("In", "Out", "one-to-one", 1.0, 2.0)


@pytest.mark.parametrize(
    ("kind", "out", "wire", "must"),
    [
        ("", replace(Population("Out", 1, SLOW), noise=0.1), WIRE, "noise of Out must be 0 in PyNN"),
        ("", Population("Out", 1, Izhikevich()), WIRE, "cell of Out must be a LIF"),
        ("NEST", Population("Out", 1, SLOW), replace(WIRE, delay_ms=1.0), "delay_ms of In->Out must be two steps or more"),
        ("", Population("Out", 1, SLOW), replace(WIRE, plasticity=Hebbian(2.0, 0.0)), "must be an STDP in PyNN"),
        ("", Population("Out", 1, SLOW), replace(WIRE, plasticity=replace(RULE, gate="In")), "gate of In->Out must be None"),
        ("", Population("Out", 1, SLOW), replace(WIRE, plasticity=replace(RULE, pairing="nearest")), "pairing of In->Out"),
        ("NEST", Population("Out", 1, SLOW), replace(WIRE, plasticity=RULE), "back_ms of In->Out must be 2 ms .* dendritic"),
        ("Brian2", Population("Out", 1, SLOW), replace(WIRE, plasticity=RULE), "back_ms of In->Out must be 0 ms .* axonal"),
        (
            "Brian2",
            Population("Out", 1, SLOW),
            replace(WIRE, plasticity=replace(RULE, back_ms=0.0)),
            "first of In->Out must be pre",
        ),
    ],
)
def test_what_pynn_cannot_express_is_refused_with_the_reason(kind, out, wire, must):
    parts = dict.fromkeys(("setup", "Population", "Projection", "SpikeSourceArray"))
    sim = types.SimpleNamespace(**parts, simulator=types.SimpleNamespace(name=kind))
    with pytest.raises(nm.InputError, match=must):
        Circuit((Population("In", 1), out), (wire,)).to_pynn(sim)
    with pytest.raises(nm.InputError, match="sim must be a PyNN simulator"):
        Circuit((Population("In", 1),)).to_pynn(None)


@pytest.mark.parametrize("time", [0.0, 1.0])
def test_spikes_that_pynn_on_nest_loses_or_cannot_put_in_are_refused(time):
    parts = dict.fromkeys(("setup", "Population", "Projection", "SpikeSourceArray"))
    sim = types.SimpleNamespace(**parts, simulator=types.SimpleNamespace(name="NEST"))
    circuit = Circuit((Population("In", 2),), inputs=(Input("In", [0, 1], [9.0, time]),))
    with pytest.raises(
        nm.InputError, match=f"input spikes of In must come two steps .* at 2 ms or later, but began at {time:g} ms"
    ):
        circuit.to_pynn(sim)
