"""Claims about mixtures: states that overlap with three items alike."""

from __future__ import annotations

import numpy as np

from neuromem import patterns
from neuromem.experiments.claims.claim import Answer, Paper, claim, mean
from neuromem.models import make

MIXTURES = Paper("Amit, Gutfreund & Sompolinsky 1985, Physical Review A 32, 1007", "10.1103/PhysRevA.32.1007")
UNITS = 4000


def mixture(seed: int, cues: int = 1, settings: str = "") -> np.ndarray:
    """The overlaps (cue, item) with its three items of what the sign of their sum recalls."""
    items = patterns.random(3, UNITS, rng=seed)
    starts = np.repeat(np.sign(items.sum(0, dtype=int))[None], cues, 0)
    return np.asarray(make("hopfield" + settings, UNITS, rng=seed).store(items).recall(starts), float) @ items.T / UNITS


def symmetric(temperature: float) -> float:
    """The overlap m = E x tanh(m (x + y + z) / T) of the mixture, over its four cases."""
    m = 0.5
    for _ in range(10_000):
        m = float((3 * np.tanh(3 * m / temperature) + 3 * np.tanh(m / temperature)) / 12)
    return m


@claim(
    "P13",
    MIXTURES,
    published=0.5,
    within=0.02,
    why="three standard errors of a random mixture of 4000 units",
    cost="seconds",
)
def mixture_overlap(seed: int) -> Answer:
    """The symmetric mixture of three items is stable at temperature 0, with an overlap of 1/2
    with each."""
    return mean([mixture(seed + k).mean() for k in range(8)])


@claim(
    "P14",
    MIXTURES + " (their equations)",
    standing="exact",
    published=0.48044,
    within=0.02,
    why="thermal noise and finite size at 4000 units; the median, as some mixtures are left for an item",
    cost="minutes",
    independent=lambda: symmetric(0.3),
)
def warm_mixture_overlap(seed: int) -> Answer:
    """At temperature 0.3 the overlap of the symmetric mixture of three with each of its items is
    0.48044."""
    return float(np.median([mixture(seed + k, settings=":temperature=0.3:steps=20").mean() for k in range(15)]))


@claim(
    "P15",
    MIXTURES,
    published=(0.0, 1.0),
    within=0.1,
    why="a share of runs",
    cost="hours",
    untestable="at 4000 units its fate between 0.3 and 0.461 depends on the patterns; many more units are needed",
)
def mixture_stability() -> Answer:
    """The mixture of three falls apart above temperature 0.461 (share of runs 1) and not below
    (share 0)."""
    return np.nan


@claim(
    "P63",
    MIXTURES,
    published=(0.0, 0.0, 0.0),
    within=0.1,
    why="a share of 12 sets, one of which would be 0.083",
    cost="minutes",
)
def warm_mixture_stays(seed: int) -> Answer:
    """At temperature 0.25 no cue of a batch of three leaves the mixture of three within 20
    sweeps."""
    left = [(mixture(seed + k, 3, ":temperature=0.25:steps=20").max(1) > 0.75) for k in range(12)]
    return np.mean(left, axis=0)
