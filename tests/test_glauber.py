"""The Glauber kernels: every body against the slow reference, with fields from the energy; exact ties; the law they sample.

The reference gets its random numbers from here: those of the kernel, computed anew in Python's whole numbers where
trajectories must agree, and NumPy's generator where only laws must.
"""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import combinations, product

import numba
import numpy as np
import pytest
from scipy.stats import chi2, chi2_contingency

import neuromem as nm
from neuromem.kernels import glauber

STREAMS = {"order": 2, "turn": 3, "heat": 4, "start": 5}


def number(seed: int, stream: str, trial: int, step: int, unit: int) -> float:
    """The number in [0, 1) that the kernel draws, with Python's whole numbers."""

    def splitmix(x: int) -> int:
        x = (x + 0x9E3779B97F4A7C15) % 2**64
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB % 2**64
        return x ^ (x >> 31)

    state = splitmix(seed)
    for part in ((STREAMS[stream] << 48) + trial, step, unit):
        state = splitmix((state + part) % 2**64)
    return (state >> 11) / 2**53


def drawn(seed: int, cues: int, sweeps: int, units: int, beta: float, first: int = 0) -> dict[str, np.ndarray]:
    """`orders` and, in a heat bath, `heat` for the reference: the kernel's numbers."""
    orders = np.argsort([[number(seed, "order", 0, t, i) for i in range(units)] for t in range(16)], axis=1)
    trials = range(first, first + cues)
    if beta == np.inf:
        return {"orders": np.array([[orders[t % 16] for t in range(sweeps)] for _ in trials])}
    turns = [[orders[int(16 * number(seed, "turn", trial, t, 0))] for t in range(sweeps)] for trial in trials]
    heat = [[[number(seed, "heat", trial, t, i) for i in range(units)] for t in range(sweeps)] for trial in trials]
    return {"orders": np.array(turns), "heat": np.array(heat), "beta": beta}


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
        numbers = drawn(5, batch, 9, units, beta / unit, first=4)
        theirs = glauber.reference(lambda s, i, w=w, b=bias: w[i].astype(float) @ s + b[i], spins, **numbers)
        for outgoing in (np.asfortranarray(w.T), np.ascontiguousarray(w.T)):
            ours = glauber.weights(outgoing, spins, bias=bias, beta=beta / unit, steps=9, seed=5, first=4)
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
        inverse = beta / 5 ** (order - 2)  # of fields times N^(P - 1)
        numbers = drawn(3, batch, 5, units, inverse, first=2)
        theirs = glauber.reference(field(v, c, order, interactions), spins, **numbers)
        settings = {"beta": inverse * units ** (order - 1), "steps": 5, "seed": 3, "first": 2}
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
    assert np.array_equal(ours.spins, glauber.reference(h, spins, **drawn(3, 6, 20, units, np.inf)))
    assert (ours.spins != spins).any()
    assert ours.converged.all()


@pytest.mark.parametrize(("units", "order", "interactions"), [(33, 103, "full"), (8, 200, "full"), (40, 17, "distinct")])
@pytest.mark.parametrize("temperature", [0, 0.2])
def test_large_orders(units, order, interactions, temperature):
    """Fields of whole numbers of any size, over N^(P - 1), against the kernel's ratios to the largest gain."""
    rng = np.random.default_rng(units)
    v = rng.choice((-1, 1), (units, 12)).astype(np.int8)
    spins = nm.cues.flip(v.T[:6], 0.3, rng=1)
    scale = units ** (order - 1) * (order if interactions == "full" else 1)

    def gain(y: int) -> int:
        if interactions == "full":
            return ((y + 1) ** order - (y - 1) ** order) // 2
        before, now = 0, 1
        for n in range(order - 1):
            before, now = now, y * now - n * (units - n) * before
        return now

    def h(s, i):
        m = s.astype(int) @ v
        total = sum(int(x) * gain(int(M) - int(x) * int(s[i])) for x, M in zip(v[i], m, strict=True))
        return math.copysign(1, total) * (total != 0) if not temperature else total / scale

    beta = 1 / temperature if temperature else np.inf
    theirs = glauber.reference(h, spins, **drawn(7, 6, 8, units, beta))
    ours = glauber.patterns(v, spins, order=order, interactions=interactions, beta=beta, steps=8, seed=7)
    assert np.array_equal(ours.spins, theirs)
    assert (ours.spins != spins).any()


def test_an_order_without_bounds_finds_the_nearest_pattern():
    v = nm.patterns.random(200, 100, rng=0)
    assert np.array_equal(glauber.patterns(v.T, nm.cues.flip(v, 0.2, rng=1), order=10**9).spins, v)


TENTHS = [1, 2, 3, -3]


@pytest.mark.parametrize("updates", ["asynchronous", "synchronous"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_ties_of_fractional_weights_keep_the_spin(updates, dtype):
    """Tenths and thirds: 1/10 + 2/10 - 3/10 is 0, though not as floats. All 2^7 states, against fractions."""
    rng = np.random.default_rng(2)
    tenths, bias = rng.choice(TENTHS, (7, 7)), rng.choice(TENTHS, 7)
    settings = {"bias": bias / 30, "steps": 1, "seed": 5, "synchronous": updates == "synchronous"}
    ours = glauber.weights((tenths.T / 30).astype(dtype), states(7), **settings).spins
    fields = states(7) @ tenths.T + bias
    expected = np.where(fields == 0, states(7), np.sign(fields))
    if updates == "asynchronous":

        def h(s, i):
            return Fraction(int(tenths[i] @ s + bias[i]), 30)

        expected = glauber.reference(h, states(7), **drawn(5, 128, 1, 7, np.inf))
    assert (fields == 0).sum() > 40
    assert np.array_equal(ours, expected)


@pytest.mark.parametrize(("order", "interactions"), [(2, "distinct"), (3, "distinct"), (4, "full")])
def test_ties_of_fractional_strengths_keep_the_spin(order, interactions):
    """Strengths of a tenth, two and three tenths: fields that are 0 as fractions are no reason to flip."""
    rng = np.random.default_rng(4)
    v, tenths = rng.choice((-1, 0, 1), (6, 6)).astype(np.int16), np.array([1, 2, 3, 1, 2, 3])
    whole = field(v, tenths.astype(float), order, interactions)

    def h(s, i):
        return round(order * whole(s, i))

    zeros = sum(h(s, i) == 0 for s in states(6) for i in range(6))
    ours = glauber.patterns(v, states(6), order=order, interactions=interactions, strengths=tenths / 10, steps=1, seed=3)
    assert zeros > 3
    assert np.array_equal(ours.spins, glauber.reference(h, states(6), **drawn(3, 64, 1, 6, np.inf)))


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
        assert (ended.steps == 1).all()  # they started right


def started(fields: list[list[int]] | np.ndarray, cues: np.ndarray, seed: int) -> np.ndarray:
    """Cues whose unknown units have the signs of their fields, or of the kernel's coin where these are 0."""
    coin = [1 if number(seed, "start", 0, 0, i) > 0.5 else -1 for i in range(cues.shape[1])]
    signs = np.array([[int(h > 0) - int(h < 0) for h in row] for row in fields])
    return np.where(cues != 0, cues, np.where(signs != 0, signs, coin))


@pytest.mark.parametrize("interactions", ["full", "distinct"])
@pytest.mark.parametrize("order", [2, 3, 4, 5])
@pytest.mark.parametrize("kind", ["spins", "diluted", "sums", "tenths"])
def test_every_start_follows_the_energy_of_the_known_units(kind, order, interactions):
    """All 3^5 cues; the energies are sums over tuples of indices, in which an unknown unit counts as 0."""
    rng, units = np.random.default_rng(order), 5
    v = rng.choice({"spins": (-1, 1), "diluted": (-1, 0, 1)}.get(kind, (-3, 1, 2)), (units, 9))
    c = rng.integers(1, 4, 9) if kind in ("sums", "tenths") else np.ones(9, int)
    tuples = product(range(units), repeat=order) if interactions == "full" else combinations(range(units), order)
    places = np.array(list(tuples))
    couplings = (c * v[places].prod(1)).sum(1)  # (tuple,)

    def h(s: np.ndarray, i: int) -> int:
        up, down = s.copy(), s.copy()
        up[i], down[i] = 1, -1
        return couplings @ (up[places].prod(1) - down[places].prod(1))

    cues = np.array(list(product((-1, 0, 1), repeat=units)))
    fields = np.array([[h(s, i) for i in range(units)] for s in cues])
    patterns = v / 10 if kind == "tenths" else v.astype(np.int16 if kind == "sums" else np.int8)
    settings = {"order": order, "interactions": interactions, "strengths": c, "seed": 3}
    ours = glauber.patterns(patterns, cues, steps=0, **settings).spins
    assert (fields[cues == 0] != 0).sum() > 50
    assert np.array_equal(ours, started(fields, cues, 3))


@pytest.mark.parametrize(
    ("units", "order", "interactions"),
    [(33, 103, "full"), (33, 12, "full"), (16, 14, "distinct"), (40, 17, "distinct"), (30, "exponential", "full")],
)
@pytest.mark.parametrize("items", [1, 12])
def test_starts_at_large_orders(units, order, interactions, items):
    """Each cue with a number of known units of its own: sums of powers, or of products, in Python's whole numbers.

    A field of less than 10^-13 of its terms counts as 0, as in floats.
    """
    rng = np.random.default_rng(units)
    v = rng.choice((-1, 1), (units, items)).astype(np.int8)
    cues = nm.cues.flip(v.T[np.arange(units) % items], 0.2, rng=1)
    for known, cue in enumerate(cues):
        cue[rng.permutation(units)[known:]] = 0

    def gain(z: list[int]) -> int | Fraction:
        if interactions == "full":
            return (sum(z) + 1) ** order - (sum(z) - 1) ** order if order != "exponential" else Fraction(math.exp(sum(z)))
        e = [1] + [0] * (order - 1)  # sums of products of n spins
        for one in z:
            e = [now + one * before for now, before in zip(e, [0, *e], strict=False)]
        return e[order - 1]

    gains = [[gain([int(z) for z in cue * v[:, mu]]) for mu in range(items)] for cue in cues]
    sums = [[sum(int(x) * g for x, g in zip(v[i], row, strict=True)) for i in range(units)] for row in gains]
    fields = [[h * (abs(h) * 10**13 > sum(map(abs, row))) for h in some] for some, row in zip(sums, gains, strict=True)]
    ours = glauber.patterns(v, cues, order=order, interactions=interactions, steps=0, seed=3).spins
    assert sum(h != 0 for row in fields for h in row) > 20
    assert np.array_equal(ours, started(fields, cues, 3))


def test_without_cues_there_is_nothing_to_start():
    for order, interactions in ((4, "full"), (4, "distinct"), (17, "distinct")):
        v = nm.patterns.random(3, 20, rng=0).T
        ended = glauber.patterns(v, np.zeros((0, 20)), order=order, interactions=interactions)
        assert [array.shape for array in ended] == [(0, 20), (0,), (0,), (0,)]


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


@pytest.mark.parametrize("body", ["weights", "patterns", "sums", "large order"])
def test_two_sweeps_follow_the_law_of_the_reference(body):
    """The 32 states after two sweeps of a heat bath, 4000 runs each: the kernel's, and those of NumPy's generator."""
    rng = np.random.default_rng(8)
    w = rng.normal(size=(5, 5))
    v = rng.choice((-1, 1), (5, 3)).astype(np.int8)
    if body == "sums":
        v = rng.choice((-3, 1, 2), (5, 3)).astype(np.int16)
    order, beta = {"weights": (2, 0.6), "patterns": (3, 1.0), "sums": (3, 0.1), "large order": (25, 8.0)}[body]
    start = np.ones((100, 5), np.int8)
    whole = field(v, np.ones(3), order, "full") if body in ("patterns", "sums") else None

    def h(s, i):
        if body == "weights":
            return w[i] @ s
        if whole is not None:
            return whole(s, i) / 5 ** (order - 1)
        flipped = [s.copy(), s.copy()]
        flipped[0][i], flipped[1][i] = 1, -1
        up, down = (((one.astype(float) @ v / 5) ** order).sum() * 5 / order for one in flipped)
        return (up - down) / 2

    def kernel(seed):
        if body == "weights":
            return glauber.weights(w.T, start, beta=beta, steps=2, seed=seed).spins
        return glauber.patterns(v, start, order=order, beta=beta, steps=2, seed=seed).spins

    ours = np.concatenate([kernel(seed) for seed in range(40)])
    orders = rng.permuted(np.tile(np.arange(5), (4000, 2, 1)), axis=2)
    theirs = glauber.reference(h, np.ones((4000, 5)), orders, beta=beta, heat=rng.random((4000, 2, 5)))
    counts = np.array([np.bincount((spins == -1) @ (1 << np.arange(5)), minlength=32) for spins in (ours, theirs)])
    often = counts.sum(0) >= 20
    pooled = np.c_[counts[:, often], counts[:, ~often].sum(1)]
    pooled = pooled[:, pooled.sum(0) > 0]
    assert pooled.shape[1] > 8
    assert chi2_contingency(pooled).pvalue > 1e-3


def test_the_benchmark_compares_equal_spins():
    """Its NumPy loops must end in the kernel's spins, which it asserts, and every row has its two times."""
    from neuromem.bench.glauber import measure

    rows = measure(quick=True)
    np.testing.assert_array_equal([row.goal for row in rows], [20.0, np.nan, 0.5, 0.5, np.nan, np.nan])
    assert all(row.ours_s > 0 and row.other_s > 0 for row in rows)
