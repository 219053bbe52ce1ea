"""Claims about scaling laws of associative memories on heavy-tailed items."""

from __future__ import annotations

import numpy as np

from neuromem import theory
from neuromem.experiments import scaling
from neuromem.experiments.claims.claim import Answer, Measured, Paper, claim, mean

CABANNES = Paper("Cabannes, Dohmatob & Bietti 2024, Scaling laws for associative memories", "arXiv:2310.02984")
SIMULATED = "an independent simulation of 6 draws"


def errors(scheme: str, sizes: tuple[int, ...], seed: int, sets: int = 12) -> Measured:
    """The error over 1000 items of 100 classes, a = 2, without a tail."""
    p = np.arange(1.0, 1001) ** -2
    p /= p.sum()
    draws = [
        [scaling.wrong(scheme, p, d, 100, 2.0, np.random.default_rng((seed, at, d))) for d in sizes] for at in range(sets)
    ]
    return mean(draws)


@claim(
    "Z01",
    CABANNES + " (laws)",
    standing="memory",
    published=(-0.25, -0.5, -1.0, -1.0),
    within=1e-12,
    why="closed forms",
    cost="instant",
)
def exponents() -> Answer:
    """The error falls as d^-1/4, d^-1/2, d^-1, d^-1 for q = p, sqrt p, p^(1/2a) and the most
    frequent, at a = 2."""
    return [theory.scaling.exponent(scheme, 2.0) for scheme in theory.scaling.SCHEMES[:4]]


@claim(
    "Z02",
    SIMULATED,
    standing="simulation",
    published=(0.173, 0.101, 0.070),
    within=(0.045, 0.03, 0.03),
    why="three standard errors of both, 0.011, 0.007, 0.008 in the simulation",
    cost="seconds",
)
def by_frequency(seed: int) -> Answer:
    """With q = p, 1000 items and 100 classes, the error at d = 32, 128, 512 is 0.173, 0.101,
    0.070."""
    return errors("p", (32, 128, 512), seed)


@claim(
    "Z03",
    SIMULATED,
    standing="simulation",
    published=(0.0456, 0.0153, 0.0059, 0.0024),
    within=(0.013, 0.0015, 0.0008, 0.0005),
    why="three standard errors of both, 0.0033, 0.0003, 0.0001, 0.0001 in the simulation",
    cost="seconds",
)
def by_the_best_power(seed: int) -> Answer:
    """With q = p^(1/4), the best power at a = 2, the error is 0.0456, 0.0153, 0.0059 and 0.0024
    at d = 32, 64, 128 and 256."""
    return errors("p^(1/2a)", (32, 64, 128, 256), seed)


@claim(
    "Z04",
    SIMULATED,
    standing="simulation",
    published=(0.87, 0.67, 0.54, 0.043, 0.0),
    within=(0.2, 0.3, 0.3, 0.08, 0.01),
    why="single frequent items that are lost or kept make it vary by 0.3 from draw to draw",
    cost="seconds",
)
def all_alike(seed: int) -> Answer:
    """With q = 1 the error is 0.87, 0.67, 0.54, 0.043 and 0 at d = 32, 64, 128, 256 and 512: it
    falls off a cliff."""
    return errors("all alike", (32, 64, 128, 256, 512), seed, sets=60)


@claim(
    "Z05",
    CABANNES,
    standing="exact",
    published=(-0.5, -1 / 3),
    within=0.01,
    why="from T = 1000 to 10000, over a million items",
    cost="instant",
)
def examples() -> Answer:
    """Of items of a = 2 and a = 1.5, what T examples leave out falls as T^-0.50 and T^-0.33."""
    slopes = []
    for tail in (2.0, 1.5):
        first, last = theory.scaling.unseen(np.array([1000, 10_000]), 1_000_000, tail)
        slopes.append(np.log10(last / first))
    return slopes
