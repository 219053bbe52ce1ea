"""Claims about learning items that are never seen, from noisy examples of them."""

from __future__ import annotations

import math

import numpy as np
from scipy.stats import binom

from neuromem import metrics, patterns, theory
from neuromem.experiments.claims.claim import EXACT, SOLVED, Answer, Paper, claim, mean
from neuromem.models.hopfield import Hopfield

ALEMANNO = Paper(
    "Alemanno, Aquaro, Kanter, Barra & Agliari 2023, Europhysics Letters 141, 11001", "10.1209/0295-5075/aca55f"
)
ALBANESE = Paper("Albanese, Alemanno, Alessandrelli & Barra 2022", "arXiv:2212.00606")
QUALITIES = (0.5, 0.3, 0.2)


@claim(
    "P57",
    ALEMANNO + ": M ~ r^-2 (own solution)",
    standing="simulation",
    published=(22, 74, 176),
    within="2%",
    why="whole numbers of examples",
    cost="seconds",
)
def examples_with_teacher() -> Answer:
    """With labels, P = 4 and load 0.1, an overlap of 0.9 needs 22, 74 and 176 examples of
    quality 0.5, 0.3 and 0.2."""
    return [theory.learning.examples_needed(4, 0.1 / 6, quality) for quality in QUALITIES]


@claim(
    "P58",
    ALBANESE + ": M ~ r^-2P (own solution)",
    standing="simulation",
    published=(268, 15620, 401998),
    within="2%",
    why="whole numbers of examples",
    cost="seconds",
)
def examples_without_teacher() -> Answer:
    """Without labels, P = 4 and load 0.1, an overlap of 0.9 needs 268, 15,620 and 401,998
    examples of quality 0.5, 0.3 and 0.2."""
    return [theory.learning.examples_needed(4, 0.1 / 6, quality, supervised=False) for quality in QUALITIES]


@claim(
    "P57b",
    ALEMANNO + ": M ~ r^-2",
    published=-2.0,
    within=0.1,
    why="the power is reached as the quality goes to 0; the slope is taken between 0.1 and 0.05",
    cost="seconds",
)
def power_with_teacher() -> Answer:
    """With labels the examples needed grow as r^-2 with falling quality r, at P = 4 and load
    0.1."""
    few, many = (theory.learning.examples_needed(4, 0.1 / 6, quality) for quality in (0.1, 0.05))
    return math.log(many / few) / math.log(0.5)


@claim(
    "P58b",
    ALBANESE + ": M ~ r^-2P",
    published=-8.0,
    within=0.1,
    why="the power is reached as the quality goes to 0; the slope is taken between 0.3 and 0.2",
    cost="seconds",
)
def power_without_teacher() -> Answer:
    """Without labels the examples needed grow as r^-2P with falling quality r, r^-8 at P = 4 and
    load 0.1."""
    few, many = (theory.learning.examples_needed(4, 0.1 / 6, quality, supervised=False) for quality in (0.3, 0.2))
    return math.log(many / few) / math.log(0.2 / 0.3)


@claim(
    "P57c",
    "own solution, P = 2 at load 0.05",
    standing="simulation",
    published=(20, 65, 153, 22, 94, 321),
    within="3%",
    why=SOLVED + ", and whole numbers of examples",
    cost="seconds",
)
def pairwise_examples() -> Answer:
    """With P = 2 and load 0.05 an overlap of 0.9 needs 20, 65 and 153 labelled or 22, 94 and 321
    unlabelled examples of quality 0.5, 0.3 and 0.2."""
    return [
        theory.learning.examples_needed(2, 0.05, quality, supervised=labels)
        for labels in (True, False)
        for quality in QUALITIES
    ]


def majority(examples: int, quality: float) -> float:
    """The mean sign of the majority of examples, ties counting 0."""
    right = np.arange(examples + 1)
    return float(binom.pmf(right, examples, (1 + quality) / 2) @ np.sign(2 * right - examples))


@claim(
    "P57d",
    "exact: a majority vote",
    standing="exact",
    published=(0.30000, 0.52966, 0.82505, 0.99781),
    within=1e-5,
    why=EXACT,
    cost="instant",
    independent=lambda: [majority(m, 0.3) for m in (1, 5, 20, 100)],
)
def few_items() -> Answer:
    """With few items, labels and quality 0.3 the overlap is that of a majority vote of 1, 5, 20
    and 100 examples, 0.3, 0.52966, 0.82505 and 0.99781."""
    return theory.learning.overlap(4, 0.0, 0.3, np.array([1, 5, 20, 100]))


def learnt(labels: bool, seed: int, sets: int = 6, quality: float = 0.3, examples: int = 80) -> Answer:
    """The overlap of 20 archetypes of 1000 units with what a network learnt of them."""
    found = []
    for k in range(sets):
        items = patterns.random(20, 1000, rng=seed + k)
        seen, which = patterns.examples(items, examples, quality=quality, rng=seed + k)
        network = Hopfield(1000, rng=seed + k).learn(seen, which if labels else None, quality=quality, classes=20)
        found.append(metrics.overlap(network.recall(items), items).mean())
    return mean(found)


@claim(
    "P56",
    ALEMANNO + " (P = 2, own solution; independent simulation 0.9878)",
    standing="exact",
    published=0.9868,
    within=0.007,
    why="finite size at 1000 units, and three standard errors",
    cost="seconds",
)
def learnt_with_teacher(seed: int) -> Answer:
    """From 80 labelled examples of quality 0.3 a network at load 0.02 learns its archetypes to
    an overlap of 0.9868."""
    return learnt(True, seed)


@claim(
    "P56b",
    ALBANESE + " (P = 2, own solution; independent simulation 0.9819)",
    standing="exact",
    published=0.9774,
    within=0.007,
    why="finite size at 1000 units, and three standard errors",
    cost="seconds",
)
def learnt_without_teacher(seed: int) -> Answer:
    """From 80 unlabelled examples of quality 0.3 a network at load 0.02 learns its archetypes to
    an overlap of 0.9774."""
    return learnt(False, seed)
