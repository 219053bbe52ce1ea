"""Claims about Willshaw's memory: how it fills, what it recalls wrongly, what a synapse holds."""

from __future__ import annotations

import math

import numpy as np

from neuromem import patterns, theory
from neuromem.experiments.claims.claim import EXACT, Answer, Paper, claim, mean
from neuromem.models import make

WILLSHAW = Paper("Willshaw, Buneman & Longuet-Higgins 1969, Nature 222, 960", "10.1038/222960a0")
PALM = Paper("Palm 1980, Biological Cybernetics 36, 19", "10.1007/BF00337019")
BUCKINGHAM = Paper("Buckingham & Willshaw 1992, Network 3, 407", "10.1088/0954-898X_3_4_005") + " (exact mixture)"
SIZES = ((1000, 10), (2048, 11), (10_000, 14))


@claim(
    "S18",
    WILLSHAW,
    standing="exact",
    published=(6931, 24027, 353646),
    within="0.05%",
    why="rounding",
    cost="instant",
    independent=lambda: [math.log(0.5) / math.log1p(-((k / n) ** 2)) for n, k in SIZES],
)
def items_at_half_fill() -> Answer:
    """Half of the synapses are set after 6931 pairs of 1000 units with 10 active, 24,027 of 2048
    with 11, and 353,646 of 10,000 with 14."""
    return [theory.willshaw.items_at(0.5, units, active) for units, active in SIZES]


def drawn(rng: np.random.RandomState, stored: int, units: int, active: int) -> np.ndarray:
    """The active units of random items, (item, active)."""
    return np.stack([rng.choice(units, active, replace=False) for _ in range(stored)])


def spurious(auto: bool, stored: int = 6931, units: int = 1000, active: int = 10, asked: int = 1000) -> float:
    """Wrong active units of a full cue, in plain NumPy."""
    rng = np.random.RandomState(7)
    keys = drawn(rng, stored, units, active)
    values = keys if auto else drawn(rng, stored, units, active)
    weights = np.zeros((units, units), bool)
    for key, value in zip(keys, values, strict=True):
        weights[np.ix_(key, value)] = True
    sums = np.stack([weights[key].sum(0) for key in keys[:asked]])
    return float((sums == active).sum(1).mean() - active)


def recalled(auto: bool, seed: int) -> Answer:
    """The same with neuromem's memory."""
    keys, values = (patterns.sparse(6931, 1000, activity=0.01, rng=seed + k) for k in range(2))
    memory = make("willshaw:activity=0.01:decision=cue:steps=1", 1000).store(keys, None if auto else values)
    found = np.asarray(memory.recall(keys[:1000]))
    return mean(((found > 0) & ((keys if auto else values)[:1000] < 0)).sum(1))


@claim(
    "S19",
    BUCKINGHAM,
    standing="exact",
    published=1.2505,
    within=0.15,
    why="three standard errors, and one memory",
    cost="minutes",
    independent=lambda: spurious(auto=False),
)
def spurious_units(seed: int) -> Answer:
    """At half fill, 6931 pairs of 1000 units with 10 active, a full cue recalls 1.2505 wrong
    units beside the right ones."""
    return recalled(False, seed)


@claim(
    "S19b",
    BUCKINGHAM,
    standing="simulation",
    published=0.6005,
    within=0.09,
    why="three standard errors, and one memory",
    cost="seconds",
    independent=lambda: spurious(auto=True),
)
def spurious_units_of_items(seed: int) -> Answer:
    """Where 6931 items of 1000 units with 10 active are stored with themselves, a full cue
    recalls 0.60 wrong units."""
    return recalled(True, seed)


@claim(
    "S20",
    "independent simulation, 20 memories: 1.2517 and 0.0044 of standard error",
    standing="simulation",
    published=(1.2517, 0.6005),
    within=0.05,
    why="the simulation's error; the equation takes the units of a key as independent",
    cost="seconds",
)
def spurious_units_equation() -> Answer:
    """The exact mixture gives the wrong units of a full cue, 1.2517 for pairs and 0.60 for items
    stored with themselves."""
    return theory.willshaw.spurious(6931, 1000, 10), theory.willshaw.spurious(6931, 1000, 10, auto=True)


@claim(
    "S21",
    PALM + ": ln 2 in the limit; independent simulation of 20 and 5 memories",
    standing="simulation",
    published=(0.52073, 0.5411),
    within="0.5%",
    why="the simulation's error",
    cost="instant",
)
def bits_per_synapse() -> Answer:
    """At half fill a synapse holds 0.52073 bits with 1000 units and 10 active, and 0.5411 bits
    with 4000 units and 12 active."""
    pairs = ((1000, 10), (4000, 12))
    return [theory.willshaw.bits_per_synapse(round(theory.willshaw.items_at(0.5, n, k)), n, k) for n, k in pairs]


@claim("S21b", WILLSHAW, published=math.log(2), within=1e-12, why=EXACT, cost="instant")
def limit() -> Answer:
    """A synapse of a large memory at half fill holds ln 2 = 0.693 bits."""
    return theory.willshaw.LIMIT


@claim(
    "S22",
    "Knoblauch & Palm 2020, Neural Computation 32 (abstract)",
    published=0.2,
    within=0.01,
    why="it is said to be about 0.2",
    cost="hours",
    untestable="neuromem has no best size of an auto-associative Willshaw memory by repeated retrieval",
)
def bits_of_repeated_retrieval() -> Answer:
    """Auto-association with repeated retrieval holds at most about 0.2 bits a synapse, near
    100,000 units."""
    return np.nan
