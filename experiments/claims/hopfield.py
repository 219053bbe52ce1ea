"""Claims about the theory of the Hopfield network: loads, temperatures, broken replica symmetry."""

from __future__ import annotations

import math

import numpy as np

from neuromem import theory
from neuromem.experiments.claims.claim import PRINTED, SOLVED, Answer, Paper, claim

AGS = Paper("Amit, Gutfreund & Sompolinsky 1987, Annals of Physics 173, 30", "10.1016/0003-4916(87)90092-3")
EQUATIONS = AGS + " (their equations, solved again)"


@claim("P01", AGS, published=0.138, within=0.0005, why=PRINTED, cost="instant")
def critical_load() -> Answer:
    """Retrieval ends at a load of 0.138 at temperature 0."""
    return theory.hopfield.critical_load()


@claim("P02", AGS, published=0.967, within=0.001, why=PRINTED, cost="instant")
def overlap_at_critical_load() -> Answer:
    """At the critical load of temperature 0 the overlap is 0.967, an error of 1.6 %."""
    return theory.hopfield.overlap(theory.hopfield.critical_load() * (1 - 1e-9))


@claim(
    "P03",
    AGS,
    published=0.051,
    within=0.001,
    why=PRINTED,
    cost="instant",
    independent=lambda: math.pi / 2 * (0.5 - 1 / math.pi) ** 2,
)
def transition_load() -> Answer:
    """Retrieval states are the ground state below a load of 0.051 at temperature 0."""
    return theory.hopfield.transition_load()


@claim("P04", EQUATIONS, standing="simulation", published=(0.54226, 0.31543), within=2e-4, why=SOLVED, cost="instant")
def retrieval_temperature() -> Answer:
    """Retrieval ends at temperature 0.54226 at load 0.05, and at 0.31543 at load 0.10."""
    return theory.hopfield.retrieval_temperature(np.array([0.05, 0.10]))


@claim("P05", EQUATIONS, standing="simulation", published=(0.5913, 0.21638), within=4e-4, why=SOLVED, cost="instant")
def transition_temperature() -> Answer:
    """Retrieval states are the ground state below temperature 0.5913 at load 0.02, and 0.21638
    at load 0.05."""
    return theory.hopfield.transition_temperature(np.array([0.02, 0.05]))


@claim("P06", AGS, standing="exact", published=1 + 0.1**0.5, within=1e-5, why="a closed form", cost="instant")
def glass_temperature() -> Answer:
    """The spin glass begins at temperature 1 + sqrt(load), which is 1.3162 at load 0.1."""
    return theory.hopfield.glass_temperature(0.1)


@claim(
    "P07",
    EQUATIONS,
    standing="simulation",
    published=(0.999992, 0.997999, 0.993223, 0.980791),
    within=2e-6,
    why=SOLVED,
    cost="instant",
)
def overlaps_at_zero() -> Answer:
    """At temperature 0 the overlap is 0.999992, 0.997999, 0.993223 and 0.980791 at loads 0.05,
    0.10, 0.12 and 0.135."""
    return theory.hopfield.overlap(np.array([0.05, 0.10, 0.12, 0.135]))


@claim(
    "T27",
    EQUATIONS,
    standing="simulation",
    published=(0.1382, 0.0531),
    within=1e-4,
    why="the two curves are read on a grid of temperatures",
    cost="seconds",
)
def largest_loads() -> Answer:
    """Over all temperatures the largest critical load is 0.1382 and the largest transition load
    0.0531."""
    temperatures = np.linspace(0.0, 0.15, 61)
    critical = np.max(theory.hopfield.critical_load(temperatures))
    return critical, np.max(theory.hopfield.transition_load(temperatures))
