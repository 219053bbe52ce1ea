"""The spiking attractor against the algebra it performs, its engines against each other, its capacity against theory."""

import numpy as np
import pytest

import neuromem as nm
from neuromem.theory import willshaw


def items_and_cues(items, units, active, known, cued, rng=0):
    x = nm.patterns.sparse(items, units, activity=active / units, rng=rng)
    cues = np.zeros((cued, units), int)
    for cue, item in zip(cues, x, strict=False):
        cue[np.flatnonzero(item > 0)[:known]] = 1
    return x, cues


@pytest.mark.parametrize(("items", "known"), [(100, 3), (400, 4), (500, 5)])
def test_spikes_recall_what_the_winners_of_willshaw_recall(items, known):
    x, cues = items_and_cues(items, 256, 8, known, 60)
    algebra = nm.Willshaw(256, activity=8 / 256, steps=20).store(x).recall(cues)
    spikes = nm.CA3Attractor(256, activity=8 / 256, duration_ms=120).store(x).recall(cues)
    assert (algebra.items == 1).sum() > 60 * 4
    both = algebra.converged & spikes.converged
    assert both.mean() > 0.7
    np.testing.assert_array_equal(spikes.items[both], algebra.items[both])


def test_learnt_synapses_are_those_of_willshaw():
    x = nm.patterns.sparse(50, 64, activity=0.1, rng=1)
    memory = nm.CA3Attractor(64, activity=0.1).store(x[:20]).store(x[20:])
    active = (x > 0).astype(int)
    synapses = np.unpackbits(memory._synapses, count=64 * 64).reshape(64, 64)
    np.testing.assert_array_equal(synapses, active.T @ active > 0)
    assert memory.cost.bits == memory.cost.synapses == 64 * 64


def test_strays_in_the_cue_are_dropped_best_match_first():
    x, cues = items_and_cues(40, 200, 6, 4, 40)
    rng = np.random.default_rng(2)
    for cue, item in zip(cues, x, strict=True):
        cue[rng.choice(np.flatnonzero(item < 0), 2, replace=False)] = 1
    recall = nm.CA3Attractor(200, activity=0.03).store(x).recall(cues)
    assert nm.metrics.exact(recall, x).mean() > 0.9
    clean = nm.CA3Attractor(200, activity=0.03).store(x).recall(x)
    assert clean.steps.max() < recall.steps.min()  # a worse match takes longer


def test_both_engines_recall_alike():
    x, cues = items_and_cues(6, 24, 3, 2, 4)
    fast, brian = (nm.CA3Attractor(24, activity=1 / 8, engine=name).store(x).recall(cues) for name in ("fast", "brian2"))
    assert (fast.items == 1).any()
    for name in ("items", "steps", "converged", "operations"):
        np.testing.assert_array_equal(getattr(fast, name), getattr(brian, name))


def test_capacity_from_whole_cues_is_that_of_theory():
    """Spurious cells of one pass, theory (3), within 4 standard errors of those that the first volley adds."""
    units, active, items = 200, 6, 700
    x, _ = items_and_cues(items, units, active, active, 1)
    memory = nm.CA3Attractor(units, activity=active / units, duration_ms=6).store(x)
    first = memory.recall(x)  # 6 ms: one pass
    extra = ((first.items > 0) & (x < 0)).sum(1)
    expected = willshaw.spurious(items, units, active, auto=True)
    assert expected > 0.1
    assert abs(extra.mean() - expected) < 4 * extra.std() / np.sqrt(items) + 0.03 * expected


def test_an_unknown_cue_answers_nothing_and_says_so():
    memory = nm.CA3Attractor(100, activity=0.05).store(nm.patterns.sparse(10, 100, activity=0.05, rng=0))
    recall = memory.recall(np.zeros((2, 100)))
    assert not recall.converged.any()
