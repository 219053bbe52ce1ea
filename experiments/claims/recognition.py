"""Claims about recognition: familiarity by energy, its errors and its capacity."""

from __future__ import annotations

import numpy as np

from neuromem import patterns, theory
from neuromem.experiments.claims.claim import PRINTED, Answer, Measured, Paper, claim, mean
from neuromem.experiments.recognition import told
from neuromem.models.hopfield import Hopfield

BOGACZ = Paper("Bogacz & Brown 2003, Hippocampus 13, 494", "10.1002/hipo.10093")


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
    BOGACZ,
    published=0.023,
    within=0.0005,
    why=PRINTED,
    cost="instant",
)
def capacity() -> Answer:
    """A Hopfield network tells seen from new items with 1 % of errors at K = 0.023 N^2."""
    return theory.recognition.capacity(100_000) / 100_000**2


@claim(
    "F02",
    BOGACZ + " (equations)",
    standing="exact",
    published=0.04619,
    within=1e-5,
    why="a closed form",
    cost="instant",
)
def capacity_of_choices() -> Answer:
    """A Hopfield network chooses the seen one of two items with 1 % of errors at K = 0.04619
    N^2."""
    return theory.recognition.capacity(1_000_000, choices=2) / 1e12


@claim(
    "F03",
    BOGACZ + " (equations)",
    standing="exact",
    published=(0.9615, 0.9938),
    within=(0.004, 0.002),
    why="three standard errors; the closed form is off by 0.001",
    cost="seconds",
)
def at_high_load(seed: int) -> Answer:
    """With 200 units and 1600 items a Hopfield network tells 0.9615 of single items right, and
    0.9938 of pairs."""
    return recognised(200, 1600, seed, sets=20)


@claim(
    "F04",
    BOGACZ + " (equations)",
    standing="exact",
    published=(0.9901, 0.9995),
    within=(0.004, 0.001),
    why="three standard errors; the closed form is off by 0.001",
    cost="seconds",
)
def at_capacity(seed: int) -> Answer:
    """With 100 units and K = 0.0231 N^2 = 231 items a Hopfield network tells 0.9901 of single
    items right, and 0.9995 of pairs."""
    return recognised(100, 231, seed, sets=40)


@claim(
    "F05",
    BOGACZ + " (equations)",
    standing="exact",
    published=(0.9901, 0.9995),
    within=(0.01, 0.003),
    why="three standard errors over few sets",
    cost="seconds",
)
def at_large_size(seed: int) -> Answer:
    """With 800 units and 14,719 items, where nothing is recalled, a Hopfield network tells
    0.9901 of single items right, and 0.9995 of pairs."""
    return recognised(800, 14719, seed, sets=3)
