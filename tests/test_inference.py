"""Chains and order: theory against simulations in plain NumPy, and the experiments' answers."""

import itertools
import math

import numpy as np
import pytest

import neuromem as nm
from neuromem import figures, sweep
from neuromem.experiments import inference, order
from neuromem.theory import inference as theory


def test_the_first_hop_of_hebbs_matrix_follows_theory_at_every_load():
    """A matrix built here, its own items and signs; within four standard errors and 0.004 for 600 units."""
    rng, units = np.random.default_rng(1), 600
    for chains in (30, 120):
        runs = []
        for _ in range(10):
            a, b, c = rng.choice([-1.0, 1.0], (3, chains, units))
            w = (b.T @ a + c.T @ b) / units
            cue = a * np.where(rng.random((chains, units)) < 0.1, -1, 1)
            first = np.sign(cue @ w.T)
            runs.append([(first * b).mean(), (np.sign(first @ w.T) * c).mean()])
        mean, error = np.mean(runs, 0), np.std(runs, 0, ddof=1) / 10**0.5
        line = theory.chain_overlaps(0.8, 2 * chains / units)
        assert abs(mean[0] - line[0]) < 4 * error[0] + 0.004
        if chains == 30:
            assert abs(mean[1] - line[1]) < 4 * error[1] + 0.004
        else:
            assert mean[1] < line[1]  # the two hops share W


def test_the_order_of_ages_follows_theory_for_a_context_and_a_matrix():
    """A vector and a matrix built here; within four standard errors of 3000 lists."""
    rng, units, rho, lists = np.random.default_rng(2), 60, 0.85, 3000
    x = rng.choice([-1.0, 1.0], (lists, 40, units))
    fades = rho ** np.arange(40)[::-1]
    context = (x * fades[:, None]).sum(1)
    vector = np.einsum("ltu,lu->lt", x, context)[:, ::-1]
    grams = np.einsum("ltu,lsu->lts", x, x) ** 2
    matrix = (grams @ fades)[:, ::-1]
    for a, b in ((0, 1), (4, 6), (12, 14)):
        for score, full in ((vector, False), (matrix, True)):
            told = (score[:, a] > score[:, b]).mean() + (score[:, a] == score[:, b]).mean() / 2
            expected = theory.order_told(units, a, b, rho, matrix=full)
            assert abs(told - expected) < 4 * math.sqrt(expected * (1 - expected) / lists) + 0.02


def test_the_matrix_has_the_signal_and_noise_of_every_set_of_three_items():
    """Items of three units, all of them: means and variances of the difference of two scores."""
    every = np.array(list(itertools.product((-1, 1), repeat=3)))
    squares = (every @ every.T) ** 2
    signal = 9 - squares.mean()  # of an item's own term less another's, which is rho^a - rho^b as large
    noise = (squares[:, None] - squares).var()  # of the terms of a third item in the two scores
    rho, a, b = 0.8, 2, 5
    others = sum(rho ** (2 * k) for k in range(500) if k not in (a, b))
    ratio = (rho**a - rho**b) * signal / math.sqrt(noise * others)
    assert theory.order_told(3, a, b, rho, matrix=True) == pytest.approx((1 + math.erf(ratio / math.sqrt(2))) / 2, rel=1e-9)


@pytest.fixture(scope="module")
def chains():
    with sweep.on(workers=1):
        return inference.run(
            models=("hopfield", "pavlov:rule=hebb", "willshaw", "attention"), chains=(2, 8, 32), trials=6, seed=2
        )


def test_memories_that_keep_items_apart_infer_and_hebbs_do_not(chains):
    exact = chains.exact.isel(hop=-1).mean("trial")
    assert bool((exact.sel(chains=2) > 0.9).all())
    assert bool((exact.sel(model=["willshaw", "attention"]) > 0.95).all())
    assert bool((exact.sel(model=["hopfield", "pavlov:rule=hebb"], chains=32) < 0.05).all())
    assert bool((chains.nearest >= chains.exact).all())


def test_order_is_told_by_what_each_way_needs():
    models = ("pavlov:rule=hebb", "pavlov:rule=hebb:decay=0.9", "attention")
    with sweep.on(workers=1):
        data = order.run(models=models, trials=60, seed=1)
    right = data.right.mean("trial")
    assert abs(right.sel(model="pavlov:rule=hebb", way="strength") - 0.5).max() < 4 * 0.5 / 60**0.5  # fades not at all
    fading = right.sel(model="pavlov:rule=hebb:decay=0.9", way="strength")
    spread = np.sqrt(data.theory_matrix * (1 - data.theory_matrix) / 60)
    assert bool((abs(fading - data.theory_matrix) < 4 * spread + 0.03).all())
    kept = right.sel(model="attention")
    assert bool((kept.sel(way="time") == 1).all())
    assert bool((kept.sel(way="chain")[data.newer.values > 0] > 0.95).all())
    assert bool((kept.sel(way="chain") > 0.8).all())  # the last item has no next one: its chain goes anywhere
    assert order.summary(data).row_count == 12
    assert figures.ALL["order"](data).axes


def test_a_chain_takes_no_turn_by_rounding():
    """Sums of one cue and of many are rounded differently; a field of Hebb's rule is often 0."""
    ages = np.array([(age, age + 20) for age in range(0, 39, 2)])
    for seed in range(6):
        x = nm.patterns.random(60, 100, rng=seed)
        together = order.by_chain("pavlov:rule=hebb", x, ages, seed)
        alone = [order.by_chain("pavlov:rule=hebb", x, one[None], seed)[0] for one in ages]
        np.testing.assert_array_equal(together, alone)


def test_table_and_figure_and_bad_settings(chains):
    assert inference.summary(chains).row_count == 4
    assert figures.ALL["inference"](chains).axes
    with pytest.raises(nm.InputError, match="chains"):
        inference.run(chains=(0,))
    with pytest.raises(nm.InputError, match="fraction"):
        inference.run(fraction=2.0)
    with pytest.raises(nm.InputError, match="stored must be a whole number of at least 41"):
        order.run(stored=40)
