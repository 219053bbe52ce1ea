"""Claims about learning from examples and about several items retrieved at once."""

from __future__ import annotations

import numpy as np

from neuromem import theory
from neuromem.experiments.claims.claim import claim
from neuromem.models import make

ALEMANNO = "Alemanno, Aquaro, Kanter, Barra & Agliari 2023, Europhysics Letters 141, 11001"
ALEMANNO_DOI = "10.1209/0295-5075/aca55f"
ALBANESE = "Albanese, Alemanno, Alessandrelli & Barra 2022"
AGLIARI = "Agliari, Barra, Galluzzi, Guerra & Moauro 2012, Physical Review Letters 109, 268101"
AGLIARI_DOI = "10.1103/PhysRevLett.109.268101"


@claim(
    "P57",
    "Examples needed for an overlap of 0.9, P = 4, load 0.1, with a teacher: quality 0.5, 0.3, 0.2.",
    ALEMANNO + ": M ~ r^-2",
    link=ALEMANNO_DOI,
    standing="simulation",
    published=(22, 74, 176),
    within="2%",
    why="whole numbers of examples",
    cost="seconds",
)
def examples_with_teacher():
    return [theory.learning.examples_needed(4, 0.1 / 6, quality) for quality in (0.5, 0.3, 0.2)]


@claim(
    "P58",
    "The same without a teacher.",
    ALBANESE + ": M ~ r^-2P",
    link="arXiv:2212.00606",
    standing="simulation",
    published=(268, 15620, 401998),
    within="2%",
    why="whole numbers of examples",
    cost="seconds",
)
def examples_without_teacher():
    return [theory.learning.examples_needed(4, 0.1 / 6, quality, supervised=False) for quality in (0.5, 0.3, 0.2)]


@claim(
    "P59",
    "Three items are retrieved in a hierarchy up to a dilution of 0.618, the golden ratio.",
    AGLIARI,
    link=AGLIARI_DOI,
    standing="exact",
    published=(5**0.5 - 1) / 2,
    within=1e-6,
    why="a root",
    cost="instant",
)
def hierarchical_limit():
    return theory.multitasking.stability_dilution(3)


@claim(
    "P60",
    "The parallel state of three items has the lower energy above a dilution of 0.54692.",
    AGLIARI,
    link=AGLIARI_DOI,
    standing="exact",
    published=0.546918,
    within=1e-4,
    why="energies cross; the crossing is read between points of a grid",
    cost="seconds",
    independent=lambda: _crossing(),
)
def energies_cross():
    dilutions = np.linspace(0.5, 0.6, 201)
    gap = [_energy(d, (1 - d) * d ** np.arange(3)) - _energy(d, parallel(d)) for d in dilutions]
    return float(np.interp(0.0, gap, dilutions))


def _energy(dilution: float, overlaps: np.ndarray) -> float:
    return float(theory.multitasking.free_energy(overlaps, dilution))


def parallel(dilution: float) -> np.ndarray:
    """The overlaps of the state in which three items are retrieved alike: a unit goes with the majority of its signs."""
    share, d = 1 - dilution, dilution
    each = share * (d**2 + share * d + share**2 / 2)  # alone; with one other, half; with two others, half
    return np.full(3, each)


def _crossing() -> float:
    """Where sum of squared overlaps is equal: (1-d)^2 (1 + d^2 + d^4) against 3 ((1-d)(1 - d(1-d)... ))^2."""
    d = np.linspace(0.5, 0.6, 200_001)
    gap = ((1 - d) ** 2 * (1 + d**2 + d**4)) - 3 * ((1 - d) * (d**2 + (1 - d) * d + (1 - d) ** 2 / 2)) ** 2
    return float(np.interp(0.0, -gap, d))


@claim(
    "P61",
    "Overlaps 0.7 and 0.2099 of two items with dilution 0.3 at temperature 0.05.",
    AGLIARI + " (equations)",
    link=AGLIARI_DOI,
    standing="simulation",
    published=(0.7, 0.2099),
    within=0.012,
    why="finite size at 20,000 units, and thermal noise",
    cost="seconds",
)
def two_at_once(seed):
    rng = np.random.default_rng(seed)
    items = rng.choice([-1, 0, 1], size=(2, 20_000), p=[0.35, 0.3, 0.35]).astype(np.int8)
    memory = make("multitasking:temperature=0.05", 20_000, rng=seed).store(items)
    start = np.where(items[0] != 0, items[0], items[1])[None]
    return np.asarray(memory.recall(start), float)[0] @ items.T / 20_000
