"""Traces against ways that are computed here: sweeps, updates and passes in plain NumPy, and spikes by hand.

That every memory's trace begins with the cue, ends with the recall and falls in energy are laws, in neuromem/laws.py.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import neuromem as nm
from neuromem import laws
from neuromem.kernels import counter, glauber

ITEMS = nm.patterns.random(6, 32, rng=1)
CUES = nm.cues.flip(ITEMS, 0.25, rng=2)


def sweeps(memory, cues, field):
    """The states after each sweep at zero temperature, one unit after the other, until a sweep flips none."""
    orders = counter.orders(memory.seed, glauber.ORDERS, cues.shape[1])
    states = [cues.copy()]
    for sweep in range(memory.steps):
        now = glauber.reference(field, states[-1], np.repeat(orders[None, [sweep % len(orders)]], len(cues), 0))
        states.append(now)
        if (now == states[-2]).all():
            return np.stack(states)
    raise AssertionError("the cues do not settle")


def test_hopfield_shows_every_sweep():
    memory = nm.Hopfield(32).store(ITEMS)
    w = ITEMS.T.astype(int) @ ITEMS - len(ITEMS) * np.eye(32, dtype=int)
    right = sweeps(memory, CUES, lambda s, i: w[i] @ s)
    assert len(right) > 3  # else there is no way to see
    trace = memory.trace(CUES)
    np.testing.assert_array_equal(trace.states, right)
    np.testing.assert_allclose(trace.energy, -np.einsum("tci,ij,tcj->tc", right, w / 32, right) / 2)


@pytest.mark.parametrize("order", [2, 3, 4, 50])
@pytest.mark.parametrize("strength", [1.0, 0.3])
def test_dense_networks_show_every_sweep(order, strength):
    """With patterns of one strength, of two, and of an order whose gains are scaled."""
    memory = nm.DenseHebbian(32, order=order).store(ITEMS)
    if strength != 1:
        if order > 4:
            pytest.skip("orders this large take patterns of one strength")
        memory.synapses = {"patterns": ITEMS, "strengths": np.where(np.arange(6) < 3, 1.0, strength)}
    c = np.where(np.arange(6) < 3, 1.0, strength)

    def field(s, i):
        up, down = s.astype(object), s.astype(object)
        up[i], down[i] = 1, -1
        values = [sum(k * int(m) ** order for k, m in zip(c, ITEMS.astype(object) @ x, strict=True)) for x in (up, down)]
        return values[0] - values[1]

    np.testing.assert_array_equal(memory.trace(CUES).states, sweeps(memory, CUES, field))


@pytest.mark.parametrize(
    "make",
    [
        lambda: nm.Hopfield(32, temperature=0.4, steps=7),
        lambda: nm.Hopfield(32, temperature=0.4, steps=7, updates="synchronous"),
        lambda: nm.DenseHebbian(32, temperature=0.4, steps=7),
        lambda: nm.Multitasking(32, temperature=0.4, steps=7),
    ],
)
def test_a_heat_bath_shows_each_sweep(make):
    """The states of a trace are where shorter recalls from the same cues end."""
    trace = make().store(ITEMS).trace(CUES)
    assert trace.time.tolist() == list(range(8))
    for steps in range(1, 8):
        memory = make().store(ITEMS)
        memory.steps = steps
        np.testing.assert_array_equal(trace.states[steps], memory.recall(CUES).items)
    assert (trace.states[1:] != trace.states[:-1]).any((1, 2)).all()


def test_attention_shows_every_update():
    keys = np.random.default_rng(3).normal(size=(5, 8))
    x = keys + np.random.default_rng(4).normal(size=(5, 8))
    trace = nm.Attention(8, beta=0.8).store(keys).trace(x)
    assert trace.time.tolist() == [*range(len(trace))]
    assert len(trace) > 4
    for now in trace.states:
        np.testing.assert_allclose(now, x, atol=1e-3)
        score = np.exp(0.8 * (x @ keys.T - (keys**2).sum(1) / 2))
        x = score / score.sum(1, keepdims=True) @ keys
    np.testing.assert_allclose(trace.energy[0], nm.Attention(8, beta=0.8).store(keys).energy(trace.states[0]))


@pytest.mark.parametrize("make", [nm.Hopfield, nm.SDM, nm.Willshaw, nm.Cliques, nm.Sparsey, nm.Dendrite])
def test_memories_of_spins_take_the_signs_of_real_cues(make):
    items = nm.patterns.random(2, 64, rng=3)
    real = nm.cues.noise(items, 0.5, rng=4)
    np.testing.assert_array_equal(make(64).store(items).trace(real).states[0], np.sign(real))


def test_values_of_another_length_begin_as_zeros():
    values = nm.patterns.random(6, 10, rng=5)
    for memory in (nm.Attention(32), nm.Willshaw(32), nm.SDM(32), nm.Pavlov(32)):
        trace = memory.store(ITEMS, values).trace(CUES)
        assert trace.states.shape[1:] == (6, 10)
        assert not trace.states[0].any()
        assert trace.energy is None
        np.testing.assert_array_equal(trace.states[-1], np.asarray(memory.recall(CUES)))


@pytest.mark.parametrize("make", [nm.Willshaw, nm.Cliques, nm.SDM, nm.Resonator])
def test_the_states_of_passes_are_where_shorter_recalls_end(make):
    items = nm.patterns.random(40, 64, rng=6)
    cues = nm.cues.flip(items, 0.3, rng=7)
    trace = make(64).store(items).trace(cues)
    assert len(trace) > 2, "too easy to see a way"
    for steps in range(1, len(trace)):
        memory = make(64, steps=steps).store(items)
        mine = trace.states[steps], np.asarray(memory.recall(cues))
        ended = trace.recall.steps <= steps  # a resonator shows its estimates on the way, and the nearest item at the end
        compared = ended if make is nm.Resonator else np.ones_like(ended)
        np.testing.assert_array_equal(mine[0][compared], mine[1][compared])


def test_ca3_shows_its_spikes_and_what_it_knows_at_each_millisecond():
    """The published times: the cue neuron answers 6 ms after the fragment, its content 6 ms after that."""
    items = -np.ones((2, 10), int)
    items[0, :4], items[1, 6:] = 1, 1
    cues = np.zeros((2, 10), int)
    cues[0, 0], cues[1, 6:8] = 1, 1
    trace = nm.CA3(10).store(items).trace(cues)
    assert trace.step_unit == "ms"
    assert trace.time.tolist() == list(range(13))
    assert (trace.states[:12] == cues).all()  # until the content comes, the fragment is all there is
    assert (trace.states[12] == items).all()
    record = trace.record
    out = record.of("OutCont") & (record.time_ms > 6)
    for cue in range(2):
        mine = record.copy == cue
        assert record.time_ms[mine & record.of("OutCue")].min() == 6
        assert set(record.time_ms[mine & out]) == {12}
        assert set(record.neuron[mine & out]) == set(np.flatnonzero(items[cue] > 0))
    memory = nm.CA3(10).store(items)
    memory.recall(cues)
    np.testing.assert_array_equal(np.bincount(record.copy), memory.spikes)


def test_the_ca3_attractor_fills_in_volley_by_volley():
    items = nm.patterns.sparse(20, 100, activity=0.05, rng=0)
    memory = nm.CA3Attractor(100).store(items)
    trace = memory.trace(nm.cues.erase(items, 0.4, rng=1))
    overlap = trace.overlaps(items)[:, np.arange(20), np.arange(20)]
    assert (overlap[-1] > overlap[0]).mean() > 0.9
    assert len(trace.record) == memory.spikes.sum()


def test_overlaps_are_those_of_every_state_with_every_item():
    trace = nm.Hopfield(32).store(ITEMS).trace(nm.cues.erase(CUES, 0.3, rng=8))
    right = [[[nm.metrics.overlap(s[None], y[None])[0] for y in ITEMS] for s in now] for now in trace.states]
    np.testing.assert_allclose(trace.overlaps(ITEMS), right, atol=1e-12)
    assert not nm.Trace(np.zeros((1, 2, 32)), np.arange(1), "sweeps", trace.recall).overlaps(ITEMS).any()


def test_every_bounds_what_is_kept():
    memory = nm.Hopfield(32, temperature=0.5, steps=100).store(ITEMS)
    trace = memory.trace(CUES, every=30)
    assert trace.time.tolist() == [0, 30, 60, 90, 100]
    for wrong in (0, -1, 1.5, None, "2"):
        with pytest.raises(nm.InputError, match="every must"):
            memory.trace(CUES, every=wrong)
    with pytest.raises(nm.InputError, match="every=10"):
        nm.Hopfield(32, temperature=0.5, steps=2**31 - 1).store(ITEMS).trace(CUES)


def test_a_sequence_shows_its_frames():
    frames = nm.patterns.random(5, 16, rng=9)[None]
    memory = nm.SparseyNetwork(16).store(frames)
    cue = frames.copy()
    cue[:, 1:] = 0
    trace = memory.trace(cue)
    np.testing.assert_array_equal(trace.states[0, 0], frames[0, 0])
    np.testing.assert_array_equal(trace.states[1:, 0], np.asarray(memory.recall(cue))[0])


def test_a_memory_behind_an_encoder_shows_items():
    blocks = nm.encoders.Blocks(32)
    memory = nm.encoders.Encoded(nm.Hopfield(blocks.units, rule="projection"), blocks).store(ITEMS)
    trace = memory.trace(ITEMS)
    assert trace.states.shape[1:] == ITEMS.shape
    np.testing.assert_array_equal(trace.states[0], ITEMS)
    np.testing.assert_array_equal(trace.states[-1], np.asarray(memory.recall(ITEMS)))


class Untraced:
    """A memory that has no trace."""

    def __init__(self, units):
        self.memory, self.units, self.step_unit = nm.Hopfield(units, rule="projection"), units, "sweeps"
        self.store, self.recall, self.clear = self.memory.store, self.memory.recall, self.memory.clear

    cost = property(lambda self: self.memory.cost)


def test_a_memory_without_a_trace_shows_cue_and_answer_behind_an_encoder():
    blocks = nm.encoders.Blocks(32)
    memory = nm.encoders.Encoded(Untraced(blocks.units), blocks).store(ITEMS)
    np.testing.assert_array_equal(memory.trace(ITEMS).states, [ITEMS, ITEMS])


def test_results_of_arrays_are_equal_to_themselves_alone_and_can_be_keys():
    recall = nm.Hopfield(64).store(ITEMS[:, :1].repeat(64, 1)).recall(ITEMS[:, :1].repeat(64, 1))
    assert {recall: 1}[recall] == 1
    assert recall != replace(recall)


class Jumps(nm.Hopfield):
    """A fake whose trace is of another recall."""

    def _filmed(self, cues, film, temperatures=None):
        return super()._filmed(-cues if film else cues, film)


class Climbs(nm.Hopfield):
    """A fake whose energy has the wrong sign."""

    def energy(self, states):
        return -super().energy(states)


@pytest.mark.parametrize(
    ("fake", "law"), [(Jumps, laws.a_trace_is_the_way_of_a_recall), (Climbs, laws.energy_never_rises_on_the_way)]
)
def test_a_fake_breaks_the_law(fake, law):
    law(nm.Hopfield, 64)
    with pytest.raises(AssertionError):
        law(fake, 64)


def test_a_trace_says_what_it_holds_in_one_line():
    items = nm.patterns.random(3, 64, rng=0)
    trace = nm.Hopfield(64).store(items).trace(nm.cues.flip(items, 0.2, rng=1))
    assert repr(trace) == f"Trace({len(trace)} states of 3 cues of 64 units, sweeps 0 to {trace.time[-1]}, with its energy)"
    spikes = replace(trace.of([0]), energy=None, record=object(), step_unit="ms")
    assert repr(spikes) == f"Trace({len(trace)} states of 1 cue of 64 units, ms 0 to {trace.time[-1]}, with its record)"
