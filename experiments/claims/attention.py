"""Claims about attention as a memory, modern Hopfield networks."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import lambertw

from neuromem import cues, metrics, patterns, theory
from neuromem.experiments.claims.claim import PRINTED, Answer, Paper, claim, mean, share
from neuromem.experiments.claims.fast_weights import unit_vectors
from neuromem.models import make

RAMSAUER = Paper("Ramsauer et al. 2021, Hopfield Networks is All You Need, ICLR", "arXiv:2008.02217")


@claim(
    "T03",
    "the limit for sharpness far below the width, exp(2 b - 2 b^2 / d) / (N - 1)",
    standing="exact",
    published=(math.exp(8 - 0.5) / 63, math.exp(16 - 2) / 63),
    within="6%",
    why="ours is exact, and the limit 0.4 % and 5.5 % below it",
    cost="instant",
    independent=lambda: [_signal(64, 64, 4.0), _signal(64, 64, 8.0)],
)
def softmax_signal_to_noise() -> Answer:
    """A softmax read of 64 pairs of 64 units has a signal-to-noise ratio of 28.7 at sharpness 4,
    and of 19,089 at 8."""
    return theory.fast_weights.softmax_signal_to_noise(64, 64, np.array([4.0, 8.0]))


def _signal(d: int, n: int, b: float) -> float:
    """Signal to noise by a sum over the cosines of two random vectors."""
    c = np.linspace(-1, 1, 200_001)
    density = (1 - c**2) ** ((d - 3) / 2)
    return float(np.exp(2 * b) * density.sum() / (density @ np.exp(2 * b * c)) / (n - 1))


@claim(
    "T19",
    RAMSAUER + ", after theorem 3",
    published=(3.1546, 1.3718),
    within=2e-4,
    why=PRINTED,
    cost="instant",
    independent=lambda: [_base(20, 1, 3, 0.001), _base(75, 1, 1, 0.001)],
)
def capacity_base() -> Answer:
    """The number of items is at least sqrt(p) c^((d-1)/4), with c = 3.1546 at beta = 1, K = 3, d
    = 20, p = 0.001, and 1.3718 at 1, 1, 75, 0.001."""
    return theory.attention.capacity_base(20, 1, 3, 0.001), theory.attention.capacity_base(75, 1, 1, 0.001)


def _base(d: int, beta: float, k: float, p: float) -> float:
    """b / W0(exp(a + ln b)), written out."""
    a, b = 2 / (d - 1) * (1 + math.log(2 * beta * k * k * p * (d - 1))), 2 * k * k * beta / 5
    return float(b / lambertw(math.exp(a + math.log(b))).real)


@claim("T20", RAMSAUER + ", theorem 5", published=0.0, within=0.0, why="a theorem", cost="seconds")
def error_bound(seed: int) -> Answer:
    """The bound on the error of one retrieval is exceeded by none of 4000 items on a sphere, in
    40 sets."""
    violated = 0
    for k in range(40):
        rng = np.random.default_rng(seed + k)
        items = unit_vectors(100, 64, rng) * 8
        asked = items + 0.05 * rng.standard_normal(items.shape)
        found = np.asarray(make("attention:beta=1.0:similarity=dot:steps=1", 64).store(items).recall(asked), float)
        products = items @ items.T
        separation = np.diag(products) - np.where(np.eye(100, dtype=bool), -np.inf, products).max(1)
        distance = np.maximum(np.linalg.norm(asked - items, axis=1), np.linalg.norm(found - items, axis=1))
        bound = theory.attention.retrieval_error(100, 1.0, separation, distance, radius=8.0)
        violated += int((np.linalg.norm(found - items, axis=1) > bound).sum())
    return violated


@claim("T21", RAMSAUER, published=1.0, within=0.01, why="three standard errors", cost="seconds")
def one_update(seed: int) -> Answer:
    """One update retrieves each of 1000 items of 64 units from cues of which a tenth is flipped."""
    items = patterns.random(1000, 64, rng=seed)
    memory = make("attention:beta=1:similarity=dot:steps=1", 64).store(items)
    return mean(metrics.exact(memory.recall(cues.flip(items, 0.1, rng=seed)), items))


@claim(
    "T22",
    "exact: items that agree on every known unit can't be told apart",
    standing="exact",
    published=0.0,
    within=0.02,
    why="ties in how a read is decided",
    cost="seconds",
)
def no_better_than_possible(seed: int) -> Answer:
    """With half of 64 units erased, 300 items of correlation 0.9 come back no more often than a
    best guess among those that agree on what is known: the share by which it is exceeded is 0."""
    exceeded = []
    for k in range(10):
        items = patterns.correlated(300, 64, correlation=0.9, rng=seed + k)
        asked = cues.erase(items, 0.5, rng=seed + k)
        fits = ((asked[:, None] == items) | (asked[:, None] == 0)).all(2)
        found = metrics.exact(make("attention", 64).store(items).recall(asked), items).mean()
        exceeded.append(found - np.mean([likeliest(items[row]) for row in fits]))
    return max(0.0, float(np.mean(exceeded)))


def likeliest(items: np.ndarray) -> float:
    """The share of the commonest among items, some of which are equal."""
    return float(np.unique(items, axis=0, return_counts=True)[1].max() / len(items))


@claim(
    "T22b",
    "exact: items that agree on every known unit can't be told apart",
    standing="exact",
    published=1.0,
    within=0.005,
    why="three standard errors",
    cost="seconds",
)
def erased_random_items(seed: int) -> Answer:
    """With half of 64 units erased, 2000 random items all come back from attention with its
    default sharpness."""
    items = patterns.random(2000, 64, rng=seed)
    right = metrics.exact(make("attention", 64).store(items).recall(cues.erase(items, 0.5, rng=seed)), items)
    return share(int(right.sum()), 2000)
