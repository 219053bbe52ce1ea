"""Heat baths as physics: no correlation with the order of visits, mixtures that stay, chains that move."""

from __future__ import annotations

import copy

import numba
import numpy as np
import pytest

import neuromem as nm
from neuromem.kernels import counter

NETWORKS = {
    "hopfield": lambda units, **settings: nm.Hopfield(units, **settings),
    "synchronous": lambda units, **settings: nm.Hopfield(units, updates="synchronous", **settings),
    "dense": lambda units, **settings: nm.DenseHebbian(units, **settings),
    "dense, large order": lambda units, **settings: nm.DenseHebbian(units, order=120, **settings),
    "multitasking": lambda units, **settings: nm.Multitasking(units, **settings),
}


@pytest.mark.parametrize("network", [name for name in NETWORKS if name != "synchronous"])
def test_no_spin_depends_on_its_place_in_the_order(network):
    """T = 5, one sweep, 2000 units: |correlation| below 0.1, 4.5 standard errors, for every cue and every order."""
    items = nm.patterns.random(4, 2000, rng=0)
    memory = NETWORKS[network](2000, temperature=5, steps=1, rng=1).store(items)
    places = np.argsort(counter.orders(1, 16, 2000), axis=1)
    spins = memory.recall(items).items
    found = np.corrcoef(np.concatenate([spins, places]))[:4, 4:]
    assert np.abs(found).max() < 0.1
    assert abs(nm.metrics.overlap(spins, items)).max() < 0.35  # warm: hardly anything is left of the items


def test_a_mixture_below_its_temperature_stays_for_every_cue():
    """Three-item mixtures are stable up to T = 0.46 (Amit, Gutfreund & Sompolinsky 1985): at 0.25 none of 18 is left.

    An item itself has the overlap 1/2 with its mixture; the mixture's own state at this temperature has, in the mean field,
    (tanh(3 m / T) + 3 tanh(m / T)) / 4 with m = (tanh(3 m / T) + tanh(m / T)) / 4.
    """
    m = 0.5
    for _ in range(200):
        m = (np.tanh(3 * m / 0.25) + np.tanh(m / 0.25)) / 4
    expected = (np.tanh(3 * m / 0.25) + 3 * np.tanh(m / 0.25)) / 4
    items = nm.patterns.random(3, 4000, rng=7)
    mixture = np.tile(np.sign(items.sum(0)), (3, 1))
    for seed in range(6):
        memory = nm.Hopfield(4000, temperature=0.25, steps=20, rng=seed).store(items)
        assert nm.metrics.overlap(memory.recall(mixture), mixture) == pytest.approx([expected] * 3, abs=0.03)


@pytest.mark.parametrize("network", NETWORKS)
def test_a_state_that_is_fed_back_moves_on(network):
    """T = 2 is a paramagnet: at each step half of the spins stay as they were, and nothing is left of the item."""
    items = nm.patterns.random(1, 1000, rng=0)
    memory, state = NETWORKS[network](1000, temperature=2, steps=1, rng=3).store(items), items
    same, left = [], []
    for _ in range(40):
        after = memory.recall(state).items
        same.append((after == state).mean())
        left.append(nm.metrics.overlap(after, items)[0])
        state = after
    assert np.mean(same[10:]) == pytest.approx(0.5, abs=4 * 0.5 / np.sqrt(30_000) + 0.01)
    assert abs(np.mean(left[20:])) < 0.1


def test_a_chain_has_the_magnetisation_of_its_temperature():
    """One item at T = 0.6, a step at a time for 60 steps: the overlap solves m = tanh(m / T), within 4 standard errors."""
    m = 1.0
    for _ in range(200):
        m = np.tanh(m / 0.6)
    items = nm.patterns.random(1, 2000, rng=0)
    memory, state, overlaps = nm.Hopfield(2000, temperature=0.6, steps=1, rng=0).store(items), items, []
    for _ in range(60):
        state = memory.recall(state).items
        overlaps.append(nm.metrics.overlap(state, items)[0])
    blocks = np.mean(np.reshape(overlaps[20:], (8, 5)), axis=1)
    assert abs(blocks.mean() - m) < 4 * blocks.std(ddof=1) / np.sqrt(8) + 1e-3


@pytest.mark.parametrize("network", NETWORKS)
def test_a_seed_fixes_the_whole_history_and_a_batch_is_a_loop(network):
    items = nm.patterns.random(3, 60, rng=0)
    cues = nm.cues.erase(items, 0.3, rng=1)

    def memory(seed=3):
        return NETWORKS[network](60, temperature=1.0, steps=3, rng=seed).store(items)

    first, second = memory(), memory()
    history = [first.recall(cues).items for _ in range(4)]
    assert all(np.array_equal(again, second.recall(cues).items) for again in history)
    assert not any(np.array_equal(history[0], later) for later in history[1:])
    one_at_a_time = memory()
    assert np.array_equal(history[0], np.concatenate([one_at_a_time.recall(cue[None]).items for cue in cues]))
    assert not np.array_equal(history[0], memory(4).recall(cues).items)
    kept = copy.deepcopy(first)
    assert np.array_equal(kept.recall(cues).items, first.recall(cues).items)
    first.clear()
    assert np.array_equal(first.store(items).recall(cues).items, history[0])


@pytest.mark.skipif(numba.config.NUMBA_NUM_THREADS < 2, reason="one thread only")
@pytest.mark.parametrize("network", NETWORKS)
def test_threads_change_no_number(network):
    items = nm.patterns.random(9, 41, rng=0)
    both = []
    for threads in (1, 2):
        memory = NETWORKS[network](41, temperature=0.8, steps=3).store(items)
        numba.set_num_threads(threads)
        both.append([memory.recall(items).items for _ in range(2)])
    assert np.array_equal(*both)


@pytest.mark.parametrize("network", ["dense", "dense, large order", "multitasking"])
def test_unknown_units_without_a_field_are_tossed_anew_in_a_heat_bath(network):
    """Without known units, and so cold that no later sweep is random: the toss decides which of +x and -x comes back.

    At zero temperature the toss is the seed's alone, so that equal cues end alike.
    """
    items, blank = nm.patterns.random(1, 101, rng=0), np.zeros((40, 101))
    cold = NETWORKS[network](101, temperature=1e-3, steps=20).store(items).recall(blank).items
    frozen = NETWORKS[network](101).store(items).recall(blank).items
    assert len(np.unique(cold, axis=0)) > 1
    assert len(np.unique(frozen, axis=0)) == 1


@pytest.mark.parametrize("network", NETWORKS)
def test_each_cue_at_a_temperature_of_its_own(network):
    """Row by row the very numbers of a memory that has this temperature for all its cues; 0 is deterministic."""
    items = nm.patterns.random(3, 60, rng=0)
    cues = nm.cues.flip(items[[0, 1, 2, 0]], 0.2, rng=1)
    temperatures = [0.0, 0.5, 3.0, 0.0]
    found = NETWORKS[network](60, steps=5, rng=2).store(items).recall(cues, temperatures=temperatures)
    for at, temperature in enumerate(temperatures):
        alone = NETWORKS[network](60, temperature=temperature, steps=5, rng=2).store(items).recall(cues)
        for part in ("items", "steps", "converged", "operations"):
            assert np.array_equal(getattr(found, part)[at], getattr(alone, part)[at])
    assert (found.items[2] != found.items[1]).any()


@pytest.mark.parametrize(
    ("memory", "temperatures", "must"),
    [
        (nm.Hopfield(8), [0.1, -1.0], "temperatures must be at least 0"),
        (nm.Hopfield(8), [0.1], r"temperatures must have shape \(2,\)"),
        (nm.DenseHebbian(8, order="exponential"), [0.1, 0.2], "temperatures must be 0 with exponential"),
    ],
)
def test_temperatures_that_no_cue_can_have_are_refused(memory, temperatures, must):
    items = nm.patterns.random(2, 8, rng=0)
    with pytest.raises(nm.InputError, match=must):
        memory.store(items).recall(items, temperatures=temperatures)
