"""Simulated networks against replica-symmetric theory, at sizes small enough for seconds and large enough to agree.

Every comparison allows `errors` standard errors of the mean over cues, and the finite-size shift that it states.
"""

from __future__ import annotations

import numpy as np
import pytest

import neuromem as nm
from neuromem.kernels import glauber
from neuromem.theory import dense, hopfield, learning, multitasking, sparse


def agrees(overlaps: np.ndarray, theory: float, *, shift: float, errors: float = 3.0) -> bool:
    """Whether the median or the mean lies as near to theory as stated; the mean falls with a rare escape."""
    spread = errors * overlaps.std() / np.sqrt(len(overlaps)) + shift
    return bool(min(abs(np.median(overlaps) - theory), abs(overlaps.mean() - theory)) < spread)


def recalled(memory, items, cues: int) -> np.ndarray:
    return nm.metrics.overlap(memory.recall(items[:cues]), items[:cues])


@pytest.mark.parametrize(("load", "temperature"), [(0.10, 0.0), (0.12, 0.0), (0.05, 0.3), (0.02, 0.5), (0.10, 0.15)])
def test_hopfield_overlap(load, temperature):
    """N = 2000, from the pattern: within 3 standard errors and 0.001."""
    x = nm.patterns.random(round(load * 2000), 2000, rng=1)
    m = recalled(nm.Hopfield(2000, temperature=temperature, steps=50).store(x), x, 40)
    assert agrees(m, hopfield.overlap(load, temperature), shift=0.001)


def test_hopfield_fails_beyond_its_capacity():
    """T = 0, N = 3000: nine patterns in ten stay at load 0.12, fewer than one in ten at 0.18, where a remanence is left."""
    kept = {}
    for load in (0.12, 0.18):
        x = nm.patterns.random(round(load * 3000), 3000, rng=2)
        kept[load] = recalled(nm.Hopfield(3000).store(x), x, 32)
    assert (kept[0.12] > 0.9).mean() > 0.9
    assert (kept[0.18] > 0.9).mean() < 0.1
    assert 0.2 < np.median(kept[0.18]) < 0.45


@pytest.mark.parametrize(("rule", "capacity"), [("hebb", 12), ("storkey", 42)])
def test_most_items_that_stay_exact(rule, capacity):
    """N = 120: 95% of the items are fixed points 10% below the capacity found by independent simulation, fewer 10% above."""
    fixed = []
    for items in (round(0.9 * capacity), round(1.1 * capacity) + 1):
        drawn = [nm.patterns.random(items, 120, rng=seed) for seed in range(20)]
        fixed.append(np.mean([nm.metrics.exact(nm.Hopfield(120, rule=rule, steps=1).store(x).recall(x), x) for x in drawn]))
    assert fixed[0] > 0.95 > fixed[1]


def test_capacity_for_sparse_items():
    """Activity 0.1, N = 2000: recalled at 0.8 of the load that theory gives at the best threshold, lost at 1.3 of it."""
    critical = sparse.critical_load(0.1)
    kept = []
    for load in (0.8 * critical, 1.3 * critical):
        x = nm.patterns.sparse(round(load * 2000), 2000, activity=0.1, rng=1)
        memory = nm.Hopfield(2000, rule="covariance", activity=0.1).store(x)
        on, recalled_on = (1 + x[:40]) / 2, (1 + memory.recall(x[:40]).items) / 2
        kept.append(np.median(((on - 0.1) * recalled_on).sum(1)) / (2000 * 0.1 * 0.9))
    assert kept[0] > 0.95
    assert kept[1] < 0.7


@pytest.mark.parametrize(
    ("interactions", "temperature", "reduced"),
    [("distinct", 0.3, 0.02), ("distinct", 0.3, 0.06), ("full", 0.3, 0.06), ("distinct", 0.0, 0.12), ("full", 0.0, 0.12)],
)
def test_dense_overlap(interactions, temperature, reduced):
    """P = 4, N = 200, K = a N^3 / 3! (distinct) or a N^3 / 5!! (full): within 3 standard errors and 0.002."""
    load = reduced / {"distinct": 6, "full": 15}[interactions]
    x = nm.patterns.random(round(load * 200**3), 200, rng=0)
    memory = nm.DenseHebbian(200, interactions=interactions, temperature=temperature, steps=50).store(x)
    assert agrees(recalled(memory, x, 16), dense.overlap(4, load, temperature, interactions), shift=0.002)


def fields(x: np.ndarray, order: int, interactions: str, cues: int) -> np.ndarray:
    """x_i h_i at the first patterns themselves, in the tables that the kernel uses."""
    units = x.shape[1]
    push, pull = glauber.gains.whole(order, units, interactions)
    s = x[:cues].astype(np.float32)
    overlap = np.rint(s @ x.T.astype(np.float32)).astype(int) + units
    h = push[overlap].astype(float) @ x - s * pull[overlap].sum(1, keepdims=True)
    return s * h / (order if interactions == "full" else 1) / float(units) ** (order - 1)


@pytest.mark.parametrize(("order", "units", "items"), [(2, 400, 100), (3, 200, 4000), (4, 100, 16000)])
def test_one_step_error(order, units, items):
    """The share of units that the first update from a stored pattern turns: 3 standard errors and 8% (finite size)."""
    wrong = (fields(nm.patterns.random(items, units, rng=1), order, "full", 100) < 0).mean(1)
    theory = dense.one_step_error(order, items, units)
    assert wrong.mean() == pytest.approx(theory, abs=3 * wrong.std() / 10 + 0.08 * theory)


def test_field_noise_of_both_hamiltonians():
    """P = 4: variances 6 K / N^3 (distinct, times (1 - 1/N)(1 - 2/N)(1 - 3/N)) and 15 K / N^3 (full), to 5%; their ratio."""
    x = nm.patterns.random(8000, 150, rng=2)
    distinct, full = (fields(x, 4, interactions, 300) for interactions in ("distinct", "full"))
    finite = np.prod(1 - np.arange(1, 4) / 150)
    assert distinct.mean() == pytest.approx(finite, abs=0.01)
    assert distinct.var() == pytest.approx(6 * 8000 / 150**3 * finite, rel=0.05)
    assert full.var() == pytest.approx(15 * 8000 / 150**3, rel=0.05)
    assert full.var() / distinct.var() == pytest.approx(15 / 6, rel=0.05)


LEARNING = [
    # P, N, K, r, M, T: shift
    (2, 1000, 20, 0.5, 20, 0.0, 0.003),
    (2, 1000, 20, 0.3, 80, 0.0, 0.003),
    (2, 1000, 80, 0.5, 80, 0.0, 0.003),
    (2, 1000, 30, 0.5, 80, 0.2, 0.001),
]


@pytest.mark.parametrize("supervised", [True, False])
@pytest.mark.parametrize(("order", "units", "classes", "quality", "examples", "temperature", "shift"), LEARNING)
def test_hopfield_learns_from_examples(order, units, classes, quality, examples, temperature, shift, supervised):
    archetypes = nm.patterns.random(classes, units, rng=5)
    x, labels = nm.patterns.examples(archetypes, examples, quality=quality, rng=6)
    memory = nm.Hopfield(units, temperature=temperature, steps=40)
    memory.learn(x, labels if supervised else None, quality=quality, classes=classes)
    theory = learning.overlap(order, classes / units, quality, examples, supervised, temperature)
    assert agrees(recalled(memory, archetypes, 30), theory, shift=shift)


@pytest.mark.parametrize(
    ("units", "reduced", "quality", "examples", "supervised"),
    [(120, 0.03, 0.7, 20, False), (140, 0.1, 0.8, 4, False), (120, 0.06, 0.5, 24, True)],
)
def test_dense_networks_learn_from_examples(units, reduced, quality, examples, supervised):
    """P = 4, distinct, T = 0.1, a = 3! K / N^3: within 3 standard errors over 16 archetypes and 0.01 (1/N drift)."""
    load = reduced / 6
    archetypes = nm.patterns.random(round(load * units**3), units, rng=5)
    x, labels = nm.patterns.examples(archetypes, examples, quality=quality, rng=6)
    memory = nm.DenseHebbian(units, interactions="distinct", temperature=0.1, steps=30)
    memory.learn(x, labels if supervised else None, quality=quality, classes=len(archetypes))
    theory = learning.overlap(4, load, quality, examples, supervised, 0.1)
    assert agrees(recalled(memory, archetypes, 16), theory, shift=0.01)


@pytest.mark.parametrize(
    ("patterns", "dilution", "temperature"), [(2, 0.3, 0.05), (3, 0.3, 0.05), (3, 0.5, 0.02), (3, 0.3, 0.3)]
)
def test_multitasking_overlaps(patterns, dilution, temperature):
    """N = 20000 in a heat bath from the first pattern: each overlap within 0.025, 3.5 N^(-1/2)."""
    rng = np.random.default_rng(3)
    x = rng.choice((-1, 0, 1), (patterns, 20000), p=((1 - dilution) / 2, dilution, (1 - dilution) / 2))
    memory = nm.Multitasking(20000, temperature=temperature, steps=40).store(x)
    m = np.abs(memory.overlaps(memory.recall(x[:1]).items)[0])
    assert np.sort(m)[::-1] == pytest.approx(multitasking.overlaps(patterns, dilution, temperature), abs=0.025)


def test_the_exponential_network_holds_exponentially_many():
    """K = exp(0.3 N) patterns are fixed points at N = 24; of K = exp(0.6 N), beyond the 0.566 of theory, most are not."""
    for load, low, high in ((0.3, 1.0, 1.0), (0.6, 0.0, 0.5)):
        x = nm.patterns.random(round(np.exp(load * 24)), 24, rng=0)
        memory = nm.DenseHebbian(24, order="exponential", steps=1).store(x)
        fixed = nm.metrics.exact(memory.recall(x[:40]), x[:40]).mean()
        assert low <= fixed <= high
