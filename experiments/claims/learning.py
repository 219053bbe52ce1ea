"""Claims about learning from examples and about several items retrieved at once."""

from __future__ import annotations

import numpy as np

from neuromem import theory
from neuromem.experiments.claims.claim import Answer, claim
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
def examples_with_teacher() -> Answer:
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
def examples_without_teacher() -> Answer:
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
def hierarchical_limit() -> Answer:
    return theory.multitasking.stability_dilution(3)


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
def two_at_once(seed: int) -> Answer:
    rng = np.random.default_rng(seed)
    items = rng.choice([-1, 0, 1], size=(2, 20_000), p=[0.35, 0.3, 0.35]).astype(np.int8)
    memory = make("multitasking:temperature=0.05", 20_000, rng=seed).store(items)
    start = np.where(items[0] != 0, items[0], items[1])[None]
    return np.asarray(memory.recall(start), float)[0] @ items.T / 20_000
