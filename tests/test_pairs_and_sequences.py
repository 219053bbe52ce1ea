"""BAM against Kosko's equations by hand, and the sequence network against the noise of its fields."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

import neuromem as nm


def sign(field, before):
    return (field > 0) - (field < 0) or before


def passes(w, x, y):
    """Kosko's two steps, with Python's numbers alone, until both sides stand still."""
    while True:
        new_y = [sign(sum(w[i][j] * x[j] for j in range(len(x))), y[i]) for i in range(len(y))]
        new_x = [sign(sum(w[i][j] * new_y[i] for i in range(len(y))), x[j]) for j in range(len(x))]
        if (new_x, new_y) == (x, y):
            return x, y
        x, y = new_x, new_y


def test_bam_is_koskos_passes():
    keys, values = nm.patterns.random(4, 20, rng=0), nm.patterns.random(4, 13, rng=1)
    memory = nm.BAM(20).store(keys[:1], values[:1]).store(keys[1:], values[1:])
    w = [[sum(int(y[i]) * int(x[j]) for x, y in zip(keys, values, strict=True)) for j in range(20)] for i in range(13)]
    assert memory.synapses["weights"].tolist() == w
    cues = np.concatenate([nm.cues.flip(keys, 0.2, rng=2), nm.cues.erase(keys, 0.5, rng=3), np.zeros((1, 20))])
    recalled = memory.recall(cues)
    for cue, answer in zip(cues.astype(int).tolist(), recalled.items.tolist(), strict=True):
        assert passes(w, cue, [0] * 13)[1] == answer
    back = memory.recall_keys(values)
    for value, answer in zip(values.tolist(), back.tolist(), strict=True):
        assert passes([list(row) for row in zip(*w, strict=True)], value, [0] * 20)[1] == answer
    np.testing.assert_array_equal(memory.recall(keys[:1]).items, values[:1])
    energy = memory.pair_energy(keys, values)
    for x, y, e in zip(keys, values, energy, strict=True):
        assert e == -sum(int(y[i]) * w[i][j] * int(x[j]) for i in range(13) for j in range(20))
    trace = memory.trace(cues)
    np.testing.assert_array_equal(trace.states[-1], recalled.items)
    assert len(trace.states) == recalled.steps.max() + 1
    assert (recalled.operations == recalled.steps * 2 * 13 * 20).all()


def test_bam_refuses_what_does_not_pair():
    memory = nm.BAM(4).store(np.ones((1, 4)), np.ones((1, 3)))
    for keys, values in (
        (np.ones((1, 4)), np.ones((1, 2))),
        (np.ones((2, 4)), np.ones((1, 3))),
        (np.ones((1, 4)), [[0, 1, 1]]),
    ):
        with pytest.raises(nm.InputError, match="values must"):
            memory.store(keys, values)
    with pytest.raises(nm.InputError, match="recall must come after store"):
        nm.BAM(4).recall_keys(np.ones((1, 3)))


def test_a_sequence_is_played_from_a_damaged_item():
    x = nm.patterns.random(8, 300, rng=0)
    memory = nm.SequenceNetwork(300, delay=3).store(x[:5]).store(x[5:])
    cues = nm.cues.flip(x[[0, 5, 3]], 0.1, rng=1)
    played = memory.replay(cues, 5)
    np.testing.assert_array_equal(played[0], x[:5])
    np.testing.assert_array_equal(played[1], x[[5, 6, 7, 7, 7]])  # the last of a sequence stays
    np.testing.assert_array_equal(played[2], x[[3, 4, 4, 4, 4]])
    np.testing.assert_array_equal(memory.recall(cues).items, x[[0, 5, 3]])


def test_a_spin_without_a_field_keeps_its_state_in_a_sequence():
    """Played in whole numbers, N h, by Python alone; thirds and sixths are no numbers of a computer."""
    ties = 0
    for seed in range(20):
        x = nm.patterns.random(4, 6, rng=seed).tolist()
        w = [[sum(p[i] * p[j] for p in x) * (i != j) for j in range(6)] for i in range(6)]
        a = [[sum(y[i] * p[j] for p, y in itertools.pairwise(x)) for j in range(6)] for i in range(6)]
        states, expected = [x[0]], []
        for t in range(8):
            delayed = states[t - 1] if t else [0] * 6
            fields = [sum(w[i][j] * states[t][j] + 2 * a[i][j] * delayed[j] for j in range(6)) for i in range(6)]
            ties += fields.count(0)
            states.append([sign(h, s) for h, s in zip(fields, states[t], strict=True)])
            if t % 2 == 0:
                expected.append(states[-1])
        memory = nm.SequenceNetwork(6, delay=1, gain=2.0).store(x)
        assert memory.replay(x[:1], 4)[0].tolist() == expected
    assert ties > 20


def test_its_weights_are_the_sums_of_its_equations():
    x = nm.patterns.random(4, 9, rng=0)
    held = nm.SequenceNetwork(9).store(x).synapses
    for i in range(9):
        for j in range(9):
            assert held["transitions"][i, j] == pytest.approx(sum(int(x[m + 1, i]) * int(x[m, j]) for m in range(3)) / 9)
            assert held["weights"][i, j] == pytest.approx(sum(int(p[i]) * int(p[j]) for p in x) / 9 if i != j else 0)


def test_a_transition_has_the_errors_of_gaussian_noise():
    """Without W the field is x^(mu+1) and noise of variance K / N: overlap erf(1 / sqrt(2 load))."""
    units, load, overlaps = 400, 0.25, []
    for seed in range(6):
        x = nm.patterns.random(round(load * units), units, rng=seed)
        memory = nm.SequenceNetwork(units, delay=1).store(x)
        memory.synapses = {**memory.synapses, "weights": np.zeros((units, units))}
        overlaps += list((memory.replay(x[:10], 2)[:, 1] * x[1:11]).mean(1))
    expected = math.erf(1 / math.sqrt(2 * load))
    assert abs(np.mean(overlaps) - expected) < 4 * np.std(overlaps) / math.sqrt(len(overlaps)) + 1 / units


@pytest.mark.parametrize("gain", [2.0, 0.5, 1.3])
def test_what_is_read_of_a_sequence_and_written_back_replays_alike(gain):
    """Fields that are 0 in whole numbers stay 0 in W = N W / N; 21 units, so that 1 / N is no number of the machine."""
    for seed in range(20):
        x = nm.patterns.random(8, 21, rng=seed)
        memory, cues = nm.SequenceNetwork(21, gain=gain).store(x), nm.cues.flip(x, 0.1, rng=seed + 50)
        before = memory.replay(cues, 5)
        memory.synapses = memory.synapses
        np.testing.assert_array_equal(memory.replay(cues, 5), before)


def test_a_field_that_is_0_but_for_rounding_keeps_a_side_of_a_bam():
    """0.1 + 0.2 - 0.3 is not 0 in floats."""
    memory = nm.models.ALL["bam"](3).store([[1, 1, 1]], [[1]])
    memory.synapses = {"weights": [[0.1, 0.2, -0.3]]}
    assert 0.1 + 0.2 - 0.3 > 0
    assert memory.recall([[1, 1, 1]]).items.tolist() == [[0]]
    assert memory.recall([[1, 1, -1]]).items.tolist() == [[1]]


def test_a_replay_shows_the_states_after_tau_updates_and_after_every_tau_plus_1_more():
    x = nm.patterns.random(3, 30, rng=0)
    memory = nm.SequenceNetwork(30, delay=2).store(x)
    w, a, states = *(memory.synapses[name].astype(float) for name in ("weights", "transitions")), [x[:1].astype(float)]
    for t in range(9):
        fields = states[t] @ w.T + (2 * states[t - 2] @ a.T if t >= 2 else 0)
        states.append(np.where(np.abs(fields) < 1e-6, states[t], np.sign(fields)))
    shown = np.concatenate([states[2], states[5], states[8]])
    np.testing.assert_array_equal(memory.replay(x[:1], 3)[0], shown)
    assert (shown == x).all()
