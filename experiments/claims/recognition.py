"""Claims about recognition: familiarity by energy, its errors and its capacity."""

from __future__ import annotations

from typing import Any

import numpy as np

from neuromem import patterns, theory
from neuromem.experiments.claims.claim import Measured, claim, mean
from neuromem.experiments.recognition import told
from neuromem.models.hopfield import Hopfield

BOGACZ = "Bogacz & Brown 2003, Hippocampus 13, 494"
BOGACZ_DOI = "10.1002/hipo.10093"


def recognised(units: int, stored: int, seed: int, sets: int) -> Measured:
    """Shares of right answers of a Hopfield network by its energy: yes or no, and between two."""
    found = []
    for at in range(sets):
        x = patterns.random(2 * stored, units, rng=np.random.default_rng((seed, at)))
        memory = Hopfield(units).store(x[:stored])
        fame = -memory.energy(x.astype(float))[None]
        asked = min(stored, 1000)
        found.append(np.concatenate(told(fame[:, :asked], fame[:, stored : stored + asked])))
    return mean(found)


@claim(
    "F01",
    "A Hopfield network tells seen from new items with 1 % of errors at K = 0.023 N^2.",
    BOGACZ,
    link=BOGACZ_DOI,
    published=0.023,
    within=0.0005,
    why="rounding in print",
    cost="instant",
)
def capacity() -> Any:
    return theory.recognition.capacity(100_000) / 100_000**2


@claim(
    "F02",
    "It chooses the seen one of two items with 1 % of errors at K = 0.04619 N^2.",
    BOGACZ + " (equations)",
    link=BOGACZ_DOI,
    standing="exact",
    published=0.04619,
    within=1e-5,
    why="a closed form",
    cost="instant",
)
def capacity_of_choices() -> Any:
    return theory.recognition.capacity(1_000_000, choices=2) / 1e12


@claim(
    "F03",
    "With 200 units and 1600 items it tells 0.9615 of single items right, and 0.9938 of pairs.",
    BOGACZ + " (equations)",
    link=BOGACZ_DOI,
    standing="exact",
    published=(0.9615, 0.9938),
    within=(0.004, 0.002),
    why="three standard errors; the closed form is off by 0.001",
    cost="seconds",
)
def at_high_load(seed: int) -> Measured:
    return recognised(200, 1600, seed, sets=20)


@claim(
    "F04",
    "With 100 units and K = 0.0231 N^2 = 231 items it tells 0.9901 of single items right, and 0.9995 of pairs.",
    BOGACZ + " (equations)",
    link=BOGACZ_DOI,
    standing="exact",
    published=(0.9901, 0.9995),
    within=(0.004, 0.001),
    why="three standard errors; the closed form is off by 0.001",
    cost="seconds",
)
def at_capacity(seed: int) -> Measured:
    return recognised(100, 231, seed, sets=40)


@claim(
    "F05",
    "With 800 units and 14719 items, where nothing is recalled, it tells 0.9901 of single items right.",
    BOGACZ + " (equations)",
    link=BOGACZ_DOI,
    standing="exact",
    published=(0.9901, 0.9995),
    within=(0.01, 0.003),
    why="three standard errors over few sets",
    cost="seconds",
)
def at_large_size(seed: int) -> Measured:
    return recognised(800, 14719, seed, sets=3)
