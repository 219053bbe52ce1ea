"""Claims about ultra-detection: four-spin couplings hear items through a noise of order sqrt(N)."""

from __future__ import annotations

from typing import Any

import numpy as np

from neuromem import metrics, patterns, theory
from neuromem.experiments.claims.claim import SOLVED, Answer, Measured, Paper, claim, mean
from neuromem.models.ultra_detection import UltraDetection

AGLIARI = Paper(
    "Agliari, Alemanno, Barra, Centonze & Fachechi 2020, Physical Review Letters 124, 028301",
    "10.1103/PhysRevLett.124.028301",
)


def kept(units: int, load: float, noises: np.ndarray, seed: int, sets: int, **settings: Any) -> Measured:
    """The overlap that items keep with themselves, at each noise; errors over sets."""
    found = np.empty((sets, len(noises)))
    for at in range(sets):
        items = patterns.random(max(1, round(load * units)), units, rng=np.random.default_rng((seed, at)))
        for column, noise in enumerate(noises):
            memory = UltraDetection(units, noise=noise * units**0.5, rng=seed + at, **settings).store(items)
            found[at, column] = metrics.overlap(memory.recall(items), items).mean()
    return mean(found)


@claim(
    "D01",
    AGLIARI,
    published=1.0,
    within=0.01,
    why="the paper says that it retrieves; 0.25 is well within the line that was derived here",
    cost="seconds",
)
def retrieves(seed: int) -> Answer:
    """P = 4 retrieves through noise of order sqrt(N) with K of order N: at noise 0.25 sqrt(N)
    and load 0.1 the overlap is 1."""
    return kept(100, 0.1, np.array([0.25]), seed, sets=8)


@claim(
    "D02",
    AGLIARI + " (replica-symmetric equations, own derivation)",
    standing="exact",
    published=(0.7979, 0.6685, 0.6292, 0.5938, 0.5536, 0.5092),
    within=1e-4,
    why=SOLVED,
    cost="instant",
)
def ends() -> Answer:
    """Retrieval ends at noise 0.7979, 0.6685, 0.6292, 0.5938, 0.5536, 0.5092 for load 0, 0.02,
    0.05, 0.1, 0.2, 0.4."""
    return theory.detection.critical_noise(np.array([0, 0.02, 0.05, 0.1, 0.2, 0.4]))


@claim(
    "D03",
    AGLIARI + " (replica-symmetric equations, own derivation)",
    standing="exact",
    published=(0.9863, 0.9399, 0.9845, 0.9273, 0.9780, 0.8563),
    within=1e-4,
    why=SOLVED,
    cost="instant",
)
def overlaps_in_theory() -> Answer:
    """The overlap at noise 0.4 and 0.5 is 0.9863 and 0.9399 at load 0, 0.9845 and 0.9273 at
    0.1, 0.9780 and 0.8563 at 0.4."""
    loads = np.array([[0], [0.1], [0.4]])
    return theory.detection.overlap(np.array([0.4, 0.5]), loads).ravel()


@claim(
    "D04",
    AGLIARI + " (replica-symmetric equations, own derivation)",
    standing="exact",
    published=(0.9990, 0.9845),
    within=0.01,
    why="finite size, 0.004 in an independent simulation, and three standard errors",
    cost="seconds",
)
def overlaps_measured(seed: int) -> Answer:
    """A network of 200 units keeps the overlaps 0.9990 and 0.9845 of theory at noise 0.3 and
    0.4 and load 0.1."""
    return kept(200, 0.1, np.array([0.3, 0.4]), seed, sets=12)


@claim(
    "D05",
    "an independent simulation of the same energy, standard errors 0.008, 0.033, 0.036",
    standing="simulation",
    published=(0.954, 0.688, 0.548),
    within=(0.03, 0.1, 0.11),
    why="three standard errors of both simulations",
    cost="seconds",
)
def remanence(seed: int) -> Answer:
    """At load 0.1 and noise 0.5, 0.8 and 1.0 a network of 100 units ends at 0.954, 0.688 and
    0.548 of the item at T = 0."""
    return kept(100, 0.1, np.array([0.5, 0.8, 1.0]), seed, sets=24)


@claim(
    "D06",
    AGLIARI + " (replica-symmetric equations, own derivation)",
    standing="exact",
    published=(0.9946, 0.9802, 0.9727, 0.9165),
    within=(0.01, 0.01, 0.015, 0.04),
    why="finite size at 100 units, and three standard errors",
    cost="seconds",
)
def heat(seed: int) -> Answer:
    """In a heat bath at noise, load and temperature (0.3, 0.1, 0.2), (0.3, 0.4, 0.3), (0.4,
    0.1, 0.2) and (0.5, 0.1, 0.2) the overlap is 0.9946, 0.9802, 0.9727 and 0.9165."""
    asked = [(0.3, 0.1, 0.2), (0.3, 0.4, 0.3), (0.4, 0.1, 0.2), (0.5, 0.1, 0.2)]
    found = [kept(100, load, np.array([c]), seed, sets=16, temperature=t, steps=60) for c, load, t in asked]
    return Measured(np.concatenate([one.values for one in found]), np.concatenate([one.errors for one in found]))


@claim(
    "D07",
    "an independent simulation, standard errors 0.018, 0.012, 0.008",
    standing="simulation",
    published=(0.299, 0.188, 0.131),
    within=(0.08, 0.06, 0.04),
    why="three standard errors of both simulations",
    cost="minutes",
)
def rival(seed: int) -> Answer:
    """Pairwise couplings at noise 0.25 sqrt(N) and load 0.1 keep 0.299, 0.188, 0.131 of the
    item at N = 50, 100, 200."""
    found = [kept(units, 0.1, np.array([0.25]), seed, sets=24, order=2) for units in (50, 100, 200)]
    return Measured(np.concatenate([one.values for one in found]), np.concatenate([one.errors for one in found]))


@claim(
    "D08",
    "replica-symmetric equations, own derivation",
    standing="exact",
    published=(0.999, 0.916),
    within=0.001,
    why=SOLVED,
    cost="instant",
)
def rival_in_theory() -> Answer:
    """Pairwise couplings keep the overlap 0.999 at noise 0.25 and 0.916 at noise 0.5 of order
    1, load 0.02."""
    return theory.detection.pairwise_overlap(np.array([0.25, 0.5]), 0.02)
