"""Theory of altered weights, broken replica symmetry, perceptrons and sets: other solutions, limits, simulations."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy.optimize import linprog
from scipy.special import ndtr

import neuromem as nm
from neuromem.theory import hopfield, membership, perceptron, replica, sdm_designs, sparse, weights


def iterated(load, again, noise):
    """m = erf(m / (s sqrt 2)), s^2 = load (again(C) + noise), from m = 1, instead of the curve's parameter."""
    m, c = 1.0, 0.0
    for _ in range(20_000):
        s = math.sqrt(load * (again(c) + noise))
        m, c = math.erf(m / (s * math.sqrt(2))), math.sqrt(2 / math.pi) * math.exp(-((m / s) ** 2) / 2) / s
        if c >= 1:
            return 0.0
    return m


@pytest.mark.parametrize(
    ("network", "again", "noise"),
    [
        ("symmetric", lambda c: (1 - c) ** -2, 0.0),
        ("symmetric", lambda c: (1 - c) ** -2, math.pi / 2 - 1),
        ("sequence", lambda c: 1 / (1 - c * c), 0.0),
        ("bidirectional", lambda c: ((1 - c) ** -2 + (1 + c) ** -2) / 2, 0.0),
        ("asymmetric", lambda c: 1.0, 0.3),
    ],
)
def test_the_curve_agrees_with_the_iteration_and_ends_where_it_does(network, again, noise):
    most = weights.critical_load(network, noise)
    for share in (0.5, 0.9):
        assert weights.overlap(share * most, network, noise) == pytest.approx(iterated(share * most, again, noise), abs=1e-6)
    assert weights.overlap(1.001 * most, network, noise) == 0
    assert iterated(1.02 * most, again, noise) < 0.3


def test_published_loads():
    assert weights.critical_load() == pytest.approx(hopfield.critical_load(), abs=1e-7)
    assert weights.critical_load(noise=weights.CLIPPED) == pytest.approx(0.101839, abs=1e-6)
    assert weights.critical_load("sequence") == pytest.approx(0.269062, abs=1e-6)
    assert weights.critical_load("bidirectional") == pytest.approx(0.199802, abs=1e-6)
    assert weights.critical_load("asymmetric") == pytest.approx(2 / math.pi, abs=1e-6)
    kept = np.array([0.1, 0.01, 1e-3, 1e-4])
    each = weights.critical_load(noise=weights.dilution_noise(kept)) / kept
    assert (np.diff(each) > 0).all()
    assert each[-1] < 2 / math.pi  # the limit, which is reached slowly


def test_clipped_weights_recall_what_theory_says():
    found = []
    for seed in range(4):
        items = nm.patterns.random(160, 2000, rng=seed)
        memory = nm.Hopfield(2000, rng=seed)
        sums = items.astype(np.float32).T @ items.astype(np.float32)
        np.fill_diagonal(sums, 0)
        memory.synapses = {"weights": np.sign(sums)}
        found.append(np.median(nm.metrics.overlap(memory.recall(items[:20]), items[:20])))
    assert np.mean(found) == pytest.approx(weights.overlap(0.08, noise=weights.CLIPPED), abs=0.004)


def test_symmetry_breaks_below_the_line():
    lines = {0.12: 0.0050, 0.13: 0.0095, 0.137: 0.0180}
    assert replica.stability_temperature(list(lines)) == pytest.approx([*lines.values()], abs=5e-5)
    for load, line in lines.items():
        assert replica.instability(load, 0.9 * line) > 1 > replica.instability(load, 1.1 * line)
    for load in (0.138, 0.1381):  # beyond the critical load at T = 0; a state retrieves from about 0.01 on
        line = replica.stability_temperature(load)
        assert 0.02 < line < 0.025
        assert replica.instability(load, line - 1e-3) > 1.01 > 0.99 > replica.instability(load, line + 1e-3)
    assert replica.stability_temperature(0.05) == 0
    assert replica.stability_temperature(0.2) == 0
    with pytest.raises(nm.InputError, match="load must have a retrieval state"):
        replica.instability(0.2, 0.1)


def test_instability_by_another_sum():
    """The same mean of sech^4 over 400,000 fields drawn at random, at the state that iteration of the equations finds."""
    load, t, rng = 0.1, 0.2, np.random.default_rng(0)
    z = rng.standard_normal(400_000)
    m, q, before = 1.0, 1.0, 0.0
    while abs(m - before) > 1e-9:
        h, before = (m + math.sqrt(load * q) / (1 - (1 - q) / t) * z) / t, m
        s = np.tanh(h)
        m, q = float(s.mean()), float((s**2).mean())
    ratio = load * (np.cosh(h) ** -4.0).mean() / (t * (1 - (1 - q) / t)) ** 2
    assert replica.instability(load, t) == pytest.approx(ratio, rel=0.05)


def solvable(items, outputs):
    rows = items * outputs[:, None]
    limits = [(None, None)] * items.shape[1]
    return linprog(np.zeros(items.shape[1]), A_ub=-rows, b_ub=-np.ones(len(rows)), bounds=limits).status == 0


def test_covers_count_by_linear_programs():
    rng, right = np.random.default_rng(0), 0
    for _ in range(200):
        right += solvable(rng.standard_normal((18, 10)), rng.choice([-1, 1], 18))
    assert right / 200 == pytest.approx(perceptron.separable(18, 10), abs=3 * math.sqrt(0.2 / 200))
    assert perceptron.separable(10, 10) == 1


def test_the_load_of_biased_items_by_hand():
    x = np.linspace(-12, 12, 40_001)
    density = np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)

    def moment(k):
        return np.trapezoid(density * np.maximum(x + k, 0) ** 2, x)

    for f in (0.5, 0.2, 0.05):
        least = min((1 - f) * moment(-u) + f * moment(u) for u in np.linspace(-1, 4, 501))
        assert perceptron.biased_load(f) == pytest.approx(1 / least, rel=1e-4)
        assert perceptron.biased_load(1 - f) == pytest.approx(perceptron.biased_load(f))


@pytest.mark.parametrize("f", [1e-6, 1e-25, 1e-30, 1e-100, 1e-300])
def test_the_load_of_items_with_hardly_a_bit(f):
    """For weights of inputs that are hardly ever +1 the threshold is far out: I(-u) without the factor exp(-u^2/2)."""
    s = np.linspace(0, 12, 12_001)

    def log_moment(u):
        return math.log(np.trapezoid(s**2 * np.exp(-u * s - s**2 / 2), s)) - u * u / 2 - math.log(2 * math.pi) / 2

    least = min(np.logaddexp(log_moment(u), math.log(f * (1 + u * u))) for u in np.linspace(3, 38, 1001))
    assert -math.log(perceptron.biased_load(f)) == pytest.approx(least, abs=0.002)
    assert perceptron.biased_load([1e-25, 1e-30]) == pytest.approx([9.77e22, 8.0e27], rel=0.005)


def test_binary_weights_run_out_where_the_entropy_is_zero():
    """Of all weights of 15 inputs, half of the sets of items leave none near the load at which the entropy is 0."""
    rng, inputs, most = np.random.default_rng(0), 15, []
    every = np.array(list(itertools.product((-1, 1), repeat=inputs)), np.int8)
    for _ in range(150):
        left = every
        count = 0
        while len(left):
            left = left[left @ rng.choice(np.array([-1, 1], np.int8), inputs) > 0]
            count += 1
        most.append(count - 1)
    assert (np.median(most) + 0.5) / inputs == pytest.approx(perceptron.binary_load(), abs=0.09)
    assert perceptron.binary_load() == pytest.approx(0.83308, abs=2e-5)


def test_the_best_threshold_is_better_than_those_beside_it():
    f, units = 0.1, 2000
    best = sparse.best_threshold(f, counted=True)
    items = nm.patterns.sparse(round(0.77 * sparse.critical_load(f, counted=True) * units), units, activity=f, rng=0)
    on, kept = items[:20] > 0, []
    for threshold in (best - 0.2, best, best + 0.2):
        memory = nm.Hopfield(units, rule="covariance", activity=f, threshold=threshold).store(items)
        found = np.asarray(memory.recall(items[:20])) > 0
        kept.append(np.mean([row[a].mean() - row[~a].mean() for row, a in zip(found, on, strict=True)]))
    assert kept[1] > max(kept[0], kept[2])
    assert kept[1] > 0.95


def test_threshold_linear_capacity():
    assert sparse.threshold_linear_capacity(12_000, 0.02) == pytest.approx(0.235 * 12_000 / (0.02 * math.log(50)))
    with pytest.raises(nm.InputError, match="1 - activity must hold finite numbers above 0"):
        sparse.threshold_linear_capacity(100, 1.0)


def test_sets_in_bundles_and_filters():
    rng, wrong = np.random.default_rng(0), np.zeros(4)
    for _ in range(20):
        items, others = rng.choice([-1, 1], (2, 100, 1000))
        total = items.sum(0)
        sign = np.where(total == 0, rng.choice([-1, 1], 1000), np.sign(total))
        half = 500 * math.sqrt(2 / (math.pi * 100))
        wrong += (
            (items @ total < 500).sum(),
            (others @ total > 500).sum(),
            (items @ sign < half).sum(),
            (others @ sign > half).sum(),
        )
    np.testing.assert_allclose(wrong[:2] / 2000, membership.bundle_error(1000, 100), atol=0.016)
    np.testing.assert_allclose(wrong[2:] / 2000, membership.bundle_error(1000, 100, clipped=True), atol=0.021)
    for clipped in (False, True):
        assert membership.bundle_error(
            membership.bundle_units(30, 0.01, clipped=clipped), 30, clipped=clipped
        ) == pytest.approx(0.01)
    bits = np.zeros(8000, bool)
    bits[rng.integers(8000, size=6000)] = True
    taken = bits[rng.integers(8000, size=(40_000, 6))].all(1).mean()
    assert membership.bloom_error(8000, 1000, 6) == pytest.approx(taken, abs=0.003)
    m = membership.bloom_bits(1000, 0.01)
    assert membership.bloom_error(m, 1000, m / 1000 * math.log(2)) == pytest.approx(0.01)


def test_jaeckels_designs_by_counting():
    rng = np.random.default_rng(0)
    x = rng.choice([0, 1], 60)
    y = x.copy()
    y[:15] ^= 1
    chosen = rng.random((200_000, 60)).argsort(1)[:, :4]
    shared = (x[chosen] == y[chosen]).all(1).mean()
    assert sdm_designs.selected(60, 4, 15) == pytest.approx(shared, abs=0.004)
    assert sdm_designs.selected(60, 4, 57) == 0
    assert sdm_designs.hyperplane(20, 3, 12) == pytest.approx(math.comb(12, 3) / math.comb(20, 3))
    with pytest.raises(nm.InputError, match="distance must be at most units"):
        sdm_designs.selected(10, 2, 11)


def test_one_step_of_breaking_against_its_energy():
    """At the solution, found anew, the energy as it is written in the papers is stationary in each of its six variables."""
    load = replica.one_step_load()
    assert load == pytest.approx(0.138186, abs=1e-6)  # Steffan & Kuehn 1994
    m, apart, c, mu = 0.9667, math.exp(-5.6475), 0.05301, math.exp(3.6025)  # near the fold, to four digits
    own, q = 1 - c, 1 - apart
    d = own - mu * apart
    at = np.array([m, q, c, mu, q / d**2 + apart / (d * own), q / d**2])
    slopes = []
    for k in range(6):
        step = np.zeros(6)
        step[k] = 1e-4 * at[k] * (apart if k == 1 else 1)
        slopes.append((energy(load, *(at + step)) - energy(load, *(at - step))) / (2 * step[k]))
    scale = np.array([1, 1, 1, 0.01, 1, 1])
    assert np.abs(np.array(slopes) / scale).max() < 2e-3


def energy(load, m, q, c, mu, r1, r0):
    """E of one step of breaking at T = 0: the log determinant, the conjugates, and the mean over fields."""
    z = np.linspace(-7, 7, 1401)
    dz = np.exp(-(z**2) / 2) * (z[1] - z[0]) / math.sqrt(2 * math.pi)
    h, b = m + math.sqrt(load * r0) * z, math.sqrt(load * (r1 - r0))
    both = np.exp(mu * h) * ndtr(h / b + mu * b) + np.exp(-mu * h) * ndtr(-h / b + mu * b)
    inner = float(dz @ (np.log(both) + (mu * b) ** 2 / 2)) / mu
    d = 1 - c - mu * (1 - q)
    return load / 2 + m**2 / 2 + load / 2 * (math.log(d / (1 - c)) / mu - q / d + r1 * c + mu * (r1 - r0 * q)) - inner
