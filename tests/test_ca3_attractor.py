"""The spiking attractor against the algebra that it performs, and against theory."""

import numpy as np
import pytest
import torch

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
    np.testing.assert_array_equal(memory.synapses["weights"], 6.0 * (active.T @ active > 0))
    assert memory.cost.bits == memory.cost.synapses == 64 * 64
    assert memory.stored == 50


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
    """The first volley adds the spurious cells of theory (3), to 4 standard errors."""
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


def sparse_cues():
    """150 items of 20 active units; whole cues, and some with all silent units unknown."""
    x, half = items_and_cues(150, 1000, 20, 10, 150)
    return x, {"whole": x, "silent unknown": np.where(x > 0, x, 0), "half of the active": half}


@pytest.mark.parametrize("make", [nm.CA3Attractor, nm.Willshaw, nm.Dendrite])
def test_told_nothing_a_memory_takes_the_activity_from_what_it_stores(make):
    x, cues = sparse_cues()
    memory, told = make(1000).store(x), make(1000, activity=0.02).store(x)
    for name, cue in cues.items():
        recall = memory.recall(cue)
        assert nm.metrics.exact(recall, x).mean() == 1, name
        np.testing.assert_array_equal(recall.items, told.recall(cue).items)
    assert memory.cost.bits == told.cost.bits
    memory.clear()
    dense = nm.patterns.random(3, 1000, rng=1)
    if make is not nm.CA3Attractor:  # its network for dense items of that length is large
        assert memory.store(dense).encoder.units == 4000  # a cleared memory chooses anew


@pytest.mark.parametrize("make", [nm.CA3Attractor, nm.Willshaw, nm.Dendrite])
def test_the_activity_is_the_mean_over_all_items_however_they_come(make):
    """Items of 2, 3 and 7 active units among 128, stored at once or one by one."""
    x = -np.ones((3, 128), int)
    for item, active in zip(x, ([0, 1], [10, 11, 12], range(20, 27)), strict=True):
        item[list(active)] = 1
    once, one_by_one = make(128).store(x), make(128)
    for item in x:
        one_by_one.store(item[None])
    assert once.encoder.activity == pytest.approx(12 / 3 / 128)
    assert one_by_one.encoder.activity == pytest.approx(12 / 3 / 128)


@pytest.mark.parametrize("make", [nm.CA3Attractor, nm.Willshaw, nm.Dendrite])
def test_dense_items_and_those_without_an_active_unit_are_coded(make):
    for items in (nm.patterns.random(2, 32, rng=0), nm.patterns.sparse(2, 32, activity=0.1, rng=0), -np.ones((1, 32))):
        memory = make(32).store(items)
        assert memory.encoder.units == 128
        if make is not nm.Dendrite:  # which recalls the union of overlapping codes
            assert nm.metrics.exact(memory.recall(items), items).all()


def test_synapses_can_be_weakened_and_are_used_as_they_are():
    x = nm.patterns.sparse(10, 80, activity=0.05, rng=0)
    memory = nm.CA3Attractor(80).store(x)
    held = memory.synapses["weights"]
    cues = nm.cues.erase(x, 0.2, rng=1)
    assert nm.metrics.exact(memory.recall(cues), x).mean() > 0.9
    memory.synapses = {"weights": held * 0.95}
    np.testing.assert_array_equal(memory.synapses["weights"], held * 0.95)
    assert memory.cost.bits == 64 * 80 * 80  # no longer a bit each
    memory.synapses = {"weights": held * 0.1}
    np.testing.assert_array_equal(np.asarray(memory.recall(cues)) > 0, cues > 0)  # nothing is added to the cue
    memory.synapses = {"weights": held}
    assert memory.cost.bits == 80 * 80
    for wrong in (-held, held + 1, held[:-1], {}):
        with pytest.raises(nm.InputError, match="synapses"):
            memory.synapses = {"weights": wrong}


def test_answers_come_in_the_library_of_the_cues():
    x = nm.patterns.sparse(5, 64, activity=0.05, rng=0)
    for memory in (nm.CA3Attractor(64).store(x), nm.CA3(64, gated=True, match="best").store(x)):
        right = np.asarray(memory.recall(x))
        given = torch.tensor(x, dtype=torch.float32)
        recall = memory.recall(given)
        assert isinstance(recall.items, torch.Tensor)
        assert recall.items.dtype == torch.float32
        np.testing.assert_array_equal(np.asarray(recall), right)
        on = (x > 0).astype(np.uint8)  # 1 on, 0 unknown
        assert memory.recall(on).items.dtype == np.int8
        np.testing.assert_array_equal(memory.recall(on).items, right)
        np.testing.assert_array_equal(memory.recall(x.astype(np.float16)).items, right)


@pytest.mark.parametrize("duration", [5, 6.5, None, "a", -1, 10**400])
def test_a_bad_duration_is_refused(duration):
    if duration is None:
        assert nm.CA3Attractor(10, activity=0.2).duration_ms == 50
        return
    with pytest.raises(nm.InputError, match="duration_ms must"):
        nm.CA3Attractor(10, duration_ms=duration)


def test_a_cue_without_active_units_has_no_answer_in_spikes_and_silence_in_algebra():
    items = nm.patterns.sparse(30, 100, activity=0.05, rng=0)
    spikes, algebra = (
        kind(100, activity=0.05).store(items).recall(np.zeros((1, 100))) for kind in (nm.CA3Attractor, nm.Willshaw)
    )
    assert (spikes.items == 0).all()
    assert not spikes.converged.any()
    assert (algebra.items == -1).all()
    assert algebra.converged.all()
