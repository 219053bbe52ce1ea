"""Rules of plasticity by hand, in both engines."""

import math
from dataclasses import replace

import numpy as np
import pytest

from neuromem.spiking import STDP, Circuit, Hebbian, Input, Population, fast
from tests.test_spiking import ENGINES, RULE, SLOW, pair, times


@ENGINES
def test_spikes_of_one_step_are_learnt_from_one_by_one(engine):
    """Two spikes of the source at 2 leave a trace of 2, and a spike of the target is seen at 5."""
    record = engine.run(pair([2, 2], [4], RULE, weight=1.6), 12.0)
    assert record.weights["Pre->Out"][0, 0] == pytest.approx(1.6 + 2 * 2.0 * math.exp(-1), abs=1e-12)
    record = engine.run(pair([6, 6], [2], replace(RULE, a_minus=0.3), weight=1.2), 12.0)  # two depressions
    assert record.weights["Pre->Out"][0, 0] == pytest.approx(1.2 - 2 * 0.3 * math.exp(-3 / 5), abs=1e-12)


@ENGINES
@pytest.mark.parametrize(
    ("pre", "post", "change"),
    [
        ([2], [4], 2.0 * math.exp(-3 / 3)),  # seen at 5, 3 ms after the source
        ([6], [2], -1.5 * math.exp(-3 / 5)),
        ([5], [4], -1.5),  # a tie: seen at 5, with the source: depression
        ([2, 5], [4], 2.0 * math.exp(-1) - 1.5),  # both: (7) before (6)
        ([0, 2], [4], 2.0 * (math.exp(-1) + math.exp(-5 / 3))),  # all pairs
    ],
)
def test_pair_stdp_by_hand(engine, pre, post, change):
    record = engine.run(pair(pre, post, RULE, weight=1.6), 12.0)
    assert times(record, "Out") == post
    assert record.weights["Pre->Out"][0, 0] == pytest.approx(1.6 + change, abs=1e-12)


@ENGINES
@pytest.mark.parametrize(
    ("ways", "pre", "post", "change"),
    [
        ({"first": "pre"}, [5], [4], 2.0),  # a tie: potentiation
        ({"back_ms": 0.0}, [4], [4], -1.5),
        ({"back_ms": 0.0, "first": "pre"}, [4], [4], 2.0),
        ({"back_ms": 0.0}, [2, 4], [5], 2.0 * (math.exp(-1 / 3) + math.exp(-1))),
        ({"pairing": "nearest"}, [0, 2], [4], 2.0 * math.exp(-1)),  # the last spike of the source alone
        ({"pairing": "nearest"}, [8], [2, 5], -1.5 * math.exp(-2 / 5)),
        ({"pairing": "all"}, [8], [2, 5], -1.5 * (math.exp(-2 / 5) + math.exp(-1))),
    ],
)
def test_which_pairs_count_and_which_spike_comes_first(engine, ways, pre, post, change):
    weight = 1.6 if change < 0 else 0.5  # too weak to matter
    record = engine.run(pair(pre, post, replace(RULE, **ways), weight=weight), 12.0)
    assert times(record, "Out") == post
    assert record.weights["Pre->Out"][0, 0] == pytest.approx(weight + change, abs=1e-12)


def test_brian2s_own_convention_is_within_reach():
    """Brian2's own STDP synapse, in its own schedule and with its axonal delay of 3 ms, gives the same weights."""
    import brian2

    rng = np.random.default_rng(4)
    pre, post = (np.flatnonzero(rng.random(200) < 0.15) for _ in range(2))
    rule = STDP(7.0, 11.0, 0.3, 0.25, 9.0, back_ms=0.0, first="pre")
    ours = pair(pre.tolist(), (post + 1).tolist(), rule, weight=4.0)
    learns, teaches = ours.projections
    dull = Population("Out", 1, replace(SLOW, tau_refrac=0.0, v_thresh=0.0))  # which the plastic synapse can't fire
    wires = replace(learns, delay_ms=4.0), replace(teaches, weight=200.0)
    learnt = fast.run(replace(ours, populations=(*ours.populations[:2], dull), projections=wires), 210.0)
    brian2.prefs.codegen.target = "numpy"
    clock = brian2.Clock(1 * brian2.ms)
    groups = [brian2.SpikeGeneratorGroup(1, 0 * t, t * brian2.ms, clock=clock) for t in (pre, post + 1)]
    synapse = brian2.Synapses(
        *groups,
        """w : 1
        dx/dt = -x / (7 * ms) : 1 (event-driven)
        dy/dt = -y / (11 * ms) : 1 (event-driven)""",
        on_pre="x += 1\nw = clip(w - 0.25 * y, 0, 9)",
        on_post="y += 1\nw = clip(w + 0.3 * x, 0, 9)",
        delay={"pre": 3 * brian2.ms},
        clock=clock,
    )
    synapse.connect()
    synapse.w = 4.0
    brian2.Network(*groups, synapse).run(210 * brian2.ms, namespace={"ms": brian2.ms})
    assert learnt.of("Out").sum() == len(post)
    assert learnt.weights["Pre->Out"][0, 0] == pytest.approx(float(synapse.w[0]), abs=1e-9)


@ENGINES
def test_clipped_hebbian_by_hand(engine):
    rule = Hebbian(w_max=2.0, window_ms=2.0)
    for pre, post, learnt in (([3], [4], 2.0), ([3], [5], 0.5), ([5], [2], 2.0), ([6], [2], 0.5)):  # seen 1 ms after
        record = engine.run(pair(pre, post, rule, weight=0.5), 12.0)
        assert record.weights["Pre->Out"][0, 0] == learnt


@ENGINES
def test_a_gate_opens_plasticity_and_clears_traces(engine):
    gated = replace(RULE, gate="Gate", gate_ms=4.0)
    for opened, change in (((), 0.0), ((1,), 2.0 * math.exp(-1)), ((3,), 0.0), ((0,), 0.0), ((0, 2), 2.0 * math.exp(-1))):
        one = pair([2], [4], RULE, weight=1.0)  # the target is seen at 5
        wires = (replace(one.projections[0], plasticity=gated), one.projections[1])
        gate = Input("Gate", (0,) * len(opened), tuple(map(float, opened)))
        circuit = Circuit((*one.populations, Population("Gate", 1)), wires, (*one.inputs, gate))
        assert engine.run(circuit, 12.0).weights["Pre->Out"][0, 0] == pytest.approx(1.0 + change, abs=1e-12)
