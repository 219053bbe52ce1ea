"""Claims about oscillators: Kuramoto's locking, and items held by oscillators."""

from __future__ import annotations

from typing import Any

import numpy as np

from neuromem import patterns, theory
from neuromem.experiments import oscillators
from neuromem.experiments.claims.claim import SOLVED, Answer, Measured, Paper, claim, mean
from neuromem.models.oscillators import Oscillators

KURAMOTO = "Kuramoto 1984, Chemical oscillations, waves, and turbulence (book)"
MIYATO = Paper("Miyato, Löwe, Geiger & Welling 2025, Artificial Kuramoto oscillatory neurons", "arXiv:2410.13821")


def held(units: int, load: float, dimensions: int, seed: int, sets: int) -> Measured:
    """The length of the mean vector of states that began at an item."""
    found = []
    for at in range(sets):
        x = patterns.random(round(load * units), units, rng=np.random.default_rng((seed, at)))
        vectors, _, _ = Oscillators(units, dimensions=dimensions, rng=seed + at).store(x).vectors(x[:4])
        found.append(np.linalg.norm(np.einsum("cu,cud->cd", x[:4], vectors), axis=1).mean() / units)
    return mean(found)


@claim(
    "K01",
    KURAMOTO,
    published=(1.595769, 2.0, 1.273240),
    within=1e-6,
    why="closed forms",
    cost="instant",
)
def critical() -> Answer:
    """Oscillators of normal, Lorentz and uniform frequencies lock from a coupling of 1.595769,
    2 and 4/pi."""
    return [theory.oscillators.critical_coupling(kind) for kind in oscillators.DENSITIES]


@claim(
    "K02",
    KURAMOTO + ", solved",
    standing="exact",
    published=(0.42536, 0.71517, 0.86972, 0.92518),
    within=1e-5,
    why="two numerical solutions of the same equation",
    cost="instant",
)
def normal() -> Answer:
    """Of normal frequencies the order parameter is 0.42536, 0.71517, 0.86972, 0.92518 at K =
    1.7, 2, 2.5, 3."""
    return theory.oscillators.order_parameter(np.array([1.7, 2.0, 2.5, 3.0]))


@claim(
    "K03",
    KURAMOTO,
    published=(0.4472, 0.5774, 0.7071),
    within=1e-4,
    why="a closed form",
    cost="instant",
)
def lorentz() -> Answer:
    """Of Lorentz frequencies the order parameter is sqrt(1 - 2/K), which is 0.4472, 0.5774 and
    0.7071 at K = 2.5, 3 and 4."""
    return theory.oscillators.order_parameter(np.array([2.5, 3.0, 4.0]), "lorentz")


@claim(
    "K04",
    "an independent simulation",
    standing="simulation",
    published=(0.7102, 0.8689, 0.9250),
    within=0.01,
    why="finite size, and other steps of time",
    cost="seconds",
)
def locking(seed: int) -> Answer:
    """Simulated, 4000 oscillators of normal frequencies reach 0.7102, 0.8689, 0.9250 at K = 2,
    2.5, 3."""
    fixed: dict[str, Any] = {"couplings": (2.0, 2.5, 3.0), "oscillators": 4000, "duration": 60.0}
    return mean([oscillators.locking(seed=seed + at, density="normal", **fixed)["locked"][1] for at in range(3)])


@claim(
    "K05",
    MIYATO + " (mean field, own derivation)",
    standing="exact",
    published=(0.9204, 0.8823, 0.8220),
    within=5e-4,
    why=SOLVED,
    cost="seconds",
)
def two_dimensions() -> Answer:
    """Oscillators of two dimensions keep 0.9204, 0.8823, 0.8220 of an item at load 0.005, 0.01,
    0.02."""
    return theory.oscillators.overlap(np.array([0.005, 0.01, 0.02]))


@claim(
    "K05b",
    MIYATO + " (mean field, own derivation)",
    standing="exact",
    published=0.7576,
    within=5e-4,
    why=SOLVED,
    note="left out there are the units that jump from one side to the other; with them it is 0.7657, and simulated 0.776(6)",
    cost="seconds",
)
def near_the_end() -> Answer:
    """Near the end of retrieval, at a load of 0.03, oscillators of two dimensions keep 0.7576 of an
    item."""
    return theory.oscillators.overlap(0.03)


@claim(
    "K06",
    MIYATO + " (mean field, own derivation)",
    standing="exact",
    published=(1.0, 0.0),
    within=0.0,
    why="whether a state is left, 1 or 0",
    note="with the units that jump, retrieval ends at 0.0396; simulated, 2000 of them keep 0.750(3) at 0.036",
    cost="seconds",
)
def lost() -> Answer:
    """Oscillators of two dimensions keep an item at a load of 0.033 (1), and lose it at 0.034
    (0)."""
    return (theory.oscillators.overlap(np.array([0.033, 0.034])) > 0).astype(float)


@claim(
    "K07",
    "an independent simulation, standard errors 0.005 and 0.008 over 2 sets",
    standing="simulation",
    published=(0.888, 0.827),
    within=0.025,
    why="three standard errors of both",
    cost="minutes",
)
def measured_at_2000(seed: int) -> Answer:
    """A network of 2000 oscillators of two dimensions keeps 0.888 and 0.827 of an item at load
    0.01 and 0.02."""
    found = [held(2000, load, 2, seed, sets=3) for load in (0.01, 0.02)]
    return Measured(*(np.concatenate(parts) for parts in zip(*found, strict=True)))


@claim(
    "K08",
    "an independent simulation of 2000 units, standard error 0.02",
    standing="simulation",
    published=0.13,
    within=0.08,
    why="three standard errors of both; ours has 1000 units",
    cost="minutes",
)
def four_dimensions(seed: int) -> Answer:
    """In four dimensions hardly anything is left at a load of 0.02: 0.13 of the item."""
    return held(1000, 0.02, 4, seed, sets=6)
