"""Jaeckel's sparse distributed memory: against loops, and against the theory of what addresses share."""

import numpy as np
import pytest

import neuromem as nm
from neuromem.theory import sdm_designs


def by_loops(memory, keys, values, cue):
    """One read, location by location."""
    sums = np.zeros(values.shape[1])
    for units, wanted in zip(memory.positions, memory.prescribed, strict=True):
        if all(cue[j] in (0, b) for j, b in zip(units, wanted, strict=True)):
            for key, value in zip(keys, values, strict=True):
                if all(key[j] == b for j, b in zip(units, wanted, strict=True)):
                    sums = sums + value
    return np.sign(sums)


def test_a_read_is_that_of_loops():
    keys, values = nm.patterns.random(7, 20, rng=0), nm.patterns.random(7, 5, rng=1)
    memory = (
        nm.SelectedCoordinates(20, locations=300, coordinates=3, rng=2)
        .store(keys[:3], values[:3])
        .store(keys[3:], values[3:])
    )
    cues = np.concatenate([keys[:2], nm.cues.flip(keys[2:4], 0.2, rng=3), nm.cues.erase(keys[4:], 0.4, rng=4)])
    expected = np.stack([by_loops(memory, keys, values, cue) for cue in cues])
    assert np.abs(expected).sum() > 20
    np.testing.assert_array_equal(memory.recall(cues).items, expected)


@pytest.mark.parametrize("kind", [np.int8, np.uint8, np.float32])
def test_counters_that_are_replaced_have_room_for_more_items(kind):
    items = np.repeat(nm.patterns.random(1, 16, rng=0), 300, axis=0)
    memory = nm.SelectedCoordinates(16, locations=40, coordinates=2).store(items[:1])
    whole = memory.synapses["counters"]
    memory.synapses = {"counters": np.full(whole.shape, 100, kind)}
    assert (memory.store(items).counters == 100 + 300 * whole).all()
    assert np.abs(memory.counters).max() > 255


def test_addresses_share_what_theory_says():
    memory = nm.SelectedCoordinates(200, locations=200_000, coordinates=5, rng=0)
    x = nm.patterns.random(1, 200, rng=1)
    for distance in (0, 20, 60):
        y = x.copy()
        y[0, :distance] *= -1
        active = [(one[0, memory.positions] == memory.prescribed).all(1) for one in (x, y)]
        assert active[0].mean() == pytest.approx(2.0**-5, abs=3 * (2.0**-5 / 200_000) ** 0.5)
        shared = (active[0] & active[1]).sum() / active[0].sum()
        assert shared == pytest.approx(sdm_designs.selected(200, 5, distance), abs=3 * (0.25 / 6000) ** 0.5)


def test_it_brings_back_damaged_items():
    items = nm.patterns.random(50, 256, rng=0)
    memory = nm.SelectedCoordinates(256, rng=1).store(items)
    assert nm.metrics.exact(memory.recall(nm.cues.flip(items, 0.05, rng=2)), items).mean() > 0.95
    with pytest.raises(nm.InputError, match="coordinates must be"):
        nm.SelectedCoordinates(8, coordinates=9)


def test_sums_of_real_counters_that_are_0_but_for_rounding_keep_a_unit():
    """Three locations that all act, with counters of 0.1, 0.2 and -0.3."""
    for memory in (
        nm.models.ALL["selected_coordinates"](8, locations=3, coordinates=1),
        nm.SDM(8, locations=3, radius=8),
    ):
        memory.store(np.ones((1, 8), int))
        memory.synapses = {"counters": np.array([0.1, 0.2, -0.3])[:, None] * np.ones(8)}
        cue = np.zeros((1, 8)) if isinstance(memory, nm.models.ALL["selected_coordinates"]) else -np.ones((1, 8))
        np.testing.assert_array_equal(memory.recall(cue).items, cue)
