"""The Glauber kernels: every body against the slow reference, with fields from the energy; the Boltzmann distribution."""

from __future__ import annotations

from itertools import combinations

import numba
import numpy as np
import pytest
from scipy.stats import chi2

import neuromem as nm
from neuromem.kernels import glauber


def energy(v: np.ndarray, c: np.ndarray, s: np.ndarray, order: int, interactions: str) -> float:
    """N^(P - 1) E of one state by the definition, v (unit, item)."""
    z = v.astype(float) * s[:, None]
    if interactions == "full":
        return -(c * z.sum(0) ** order).sum() / order
    many = sum(z[list(some)].prod(0) for some in combinations(range(len(s)), order))
    return -float(np.prod(np.arange(1, order))) * float((c * many).sum())


def field(v: np.ndarray, c: np.ndarray, order: int, interactions: str):
    """Half the energy that a flip from s_i = +1 to -1 costs."""

    def h(s: np.ndarray, i: int) -> float:
        up, down = s.copy(), s.copy()
        up[i], down[i] = 1, -1
        return round((energy(v, c, down, order, interactions) - energy(v, c, up, order, interactions)) / 2, 6)

    return h


def states(units: int) -> np.ndarray:
    return 1 - 2 * ((np.arange(2**units)[:, None] >> np.arange(units)) & 1)


KINDS = [(np.int16, 1), (np.int16, 3000), (np.int32, 1), (np.float32, 1), (np.float64, 1)]


@pytest.mark.parametrize(("dtype", "unit"), KINDS)
@pytest.mark.parametrize("beta", [np.inf, 0.7])
def test_weights(dtype, unit, beta):
    """Not symmetric, so that cycles may go on; ragged sizes, both memory orders, unknown units, fields beyond int16."""
    rng = np.random.default_rng(0)
    for units, batch in ((1, 1), (7, 3), (33, 5)):
        w = unit * rng.integers(-3, 4, (units, units)).astype(dtype)
        bias = rng.integers(-2, 3, units)
        spins = np.asfortranarray(rng.integers(-1, 2, (batch, units)))
        before = spins.copy()
        theirs = glauber.reference(
            lambda s, i, w=w, b=bias: w[i].astype(float) @ s + b[i], spins, beta=beta / unit, sweeps=9, seed=5
        )
        for outgoing in (np.asfortranarray(w.T), np.ascontiguousarray(w.T)):
            ours = glauber.weights(outgoing, spins, bias=bias, beta=beta / unit, sweeps=9, seed=5)
            assert np.array_equal(ours.spins, theirs)
        assert np.array_equal(spins, before)


@pytest.mark.parametrize("beta", [np.inf, 0.02])
@pytest.mark.parametrize("interactions", ["full", "distinct"])
@pytest.mark.parametrize("order", [2, 3, 4, 5])
@pytest.mark.parametrize("kind", ["spins", "diluted", "sums"])
def test_patterns(kind, order, interactions, beta):
    rng = np.random.default_rng(order)
    entries, dtype = {"spins": ((-1, 1), np.int8), "diluted": ((-1, 0, 1), np.int8), "sums": ((-3, 1, 2), np.int16)}[kind]
    for units, items, batch in ((6, 1, 2), (9, 7, 5)):
        v = rng.choice(entries, (units, items)).astype(dtype)
        c = rng.integers(1, 4, items).astype(float) if kind == "sums" else np.full(items, 2.0)
        spins = np.asfortranarray(rng.choice((-1, 1), (batch, units)))
        settings = {"beta": beta / 5 ** (order - 2), "sweeps": 5, "seed": 3}
        theirs = glauber.reference(field(v, c, order, interactions), spins, **settings)
        for patterns in (v, np.asfortranarray(v)):
            ours = glauber.patterns(patterns, spins, order=order, interactions=interactions, strengths=c, **settings)
            assert np.array_equal(ours.spins, theirs)
    assert (theirs != spins).any()


@pytest.mark.parametrize("units", [8, 33])
def test_exponential(units):
    rng = np.random.default_rng(1)
    v = rng.choice((-1, 1), (units, 12)).astype(np.int8)
    spins = rng.choice((-1, 1), (6, units))

    def h(s, i):
        up, down = s.copy(), s.copy()
        up[i], down[i] = 1, -1
        return np.exp(up.astype(float) @ v).sum() - np.exp(down.astype(float) @ v).sum()

    ours = glauber.patterns(v, spins, order="exponential", seed=3)
    assert np.array_equal(ours.spins, glauber.reference(h, spins, seed=3))
    assert (ours.spins != spins).any()


def test_the_exponential_neither_overflows_nor_vanishes():
    v = nm.patterns.random(30, 2000, rng=0)
    ours = glauber.patterns(v.T, nm.cues.flip(v, 0.4, rng=1), order="exponential")
    assert np.array_equal(ours.spins, v)


@pytest.mark.skipif(numba.config.NUMBA_NUM_THREADS < 2, reason="one thread only")
@pytest.mark.parametrize("beta", [np.inf, 1e-4])
def test_one_thread_and_two_give_the_same_spins(beta):
    v = nm.patterns.random(50, 41, rng=0)
    spins = nm.cues.flip(v[:9], 0.3, rng=1)
    kernels = [
        lambda: glauber.weights(v.T.astype(np.int32) @ v, spins, beta=100 * beta, seed=2),
        lambda: glauber.patterns(v.T, spins, order=4, beta=beta, seed=2),
        lambda: glauber.patterns(v.T.astype(np.int16), spins, order=4, beta=beta, seed=2),
    ]
    for kernel in kernels:
        two = kernel()
        numba.set_num_threads(1)
        one = kernel()
        numba.set_num_threads(numba.config.NUMBA_NUM_THREADS)
        assert all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))
        assert (one.spins != spins).any()


def test_unknown_units_start_from_the_known_ones():
    v = nm.patterns.random(5, 60, rng=0)
    cues = nm.cues.erase(v, 0.5, rng=1)
    for patterns in (v.T, v.T.astype(np.int16)):
        ended = glauber.patterns(patterns, cues, order=4)
        assert np.array_equal(ended.spins, v)
        assert (ended.sweeps == 1).all()  # they started right


NETWORKS = {
    "hopfield": lambda **settings: nm.Hopfield(10, **settings),
    "hopfield with self-coupling": lambda **settings: nm.Hopfield(10, self_coupling=True, **settings),
    "pairwise": lambda **settings: nm.DenseHebbian(10, order=2, **settings),
    "full": lambda **settings: nm.DenseHebbian(10, order=4, **settings),
    "distinct": lambda **settings: nm.DenseHebbian(10, order=3, interactions="distinct", **settings),
    "multitasking": lambda **settings: nm.Multitasking(10, **settings),
}


@pytest.mark.parametrize("network", NETWORKS)
def test_heat_bath_samples_the_boltzmann_distribution(network):
    """10 spins, 8000 independent runs: Pearson's chi-square of the 1024 states, rare ones pooled, p > 0.001.

    A self-coupling adds a constant to the energy but not to the field, so with it the two must differ.
    """
    runs, temperature = 8000, 0.7
    memory = NETWORKS[network](temperature=temperature, steps=200, rng=7).store(nm.patterns.random(3, 10, rng=1))
    recalled = memory.recall(np.ones((runs, 10))).items
    p = np.exp(-memory.energy(states(10)) / temperature)
    p /= p.sum()
    seen = np.bincount((recalled == -1) @ (1 << np.arange(10)), minlength=2**10)
    often = p * runs >= 5
    assert 20 < often.sum() < 1000
    expected = np.append(p[often], p[~often].sum()) * runs
    measured = np.append(seen[often], seen[~often].sum())
    statistic = ((measured - expected) ** 2 / expected).sum()
    assert (statistic < chi2.isf(0.001, len(expected) - 1)) == (network != "hopfield with self-coupling")


def test_the_benchmark_compares_equal_spins():
    """Its NumPy loops must end in the kernel's spins, which it asserts, and every row has its two times."""
    from neuromem.bench.glauber import measure

    rows = measure(quick=True)
    np.testing.assert_array_equal([row.goal for row in rows], [20.0, np.nan, 0.5, 0.5, np.nan, np.nan])
    assert all(row.ours_s > 0 and row.other_s > 0 for row in rows)
