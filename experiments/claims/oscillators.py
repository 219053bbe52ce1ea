"""Claims about oscillators: Kuramoto's locking, and items held by oscillators."""

from __future__ import annotations

from typing import Any

import numpy as np

from neuromem import patterns, theory
from neuromem.experiments import oscillators
from neuromem.experiments.claims.claim import Measured, claim, mean
from neuromem.models.oscillators import Oscillators

KURAMOTO = "Kuramoto 1984, Chemical oscillations, waves, and turbulence (book)"
MIYATO = "Miyato, Löwe, Geiger & Welling 2025, Artificial Kuramoto oscillatory neurons"
MIYATO_LINK = "arXiv:2410.13821"


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
    "Oscillators of normal, Lorentz and uniform frequencies lock from a coupling of 1.595769, 2 and 4/pi.",
    KURAMOTO,
    published=(1.595769, 2.0, 1.273240),
    within=1e-6,
    why="closed forms",
    cost="instant",
)
def critical() -> Any:
    return [theory.oscillators.critical_coupling(kind) for kind in oscillators.DENSITIES]


@claim(
    "K02",
    "Of normal frequencies the order parameter is 0.42536, 0.71517, 0.86972, 0.92518 at K = 1.7, 2, 2.5, 3.",
    KURAMOTO + ", solved",
    standing="exact",
    published=(0.42536, 0.71517, 0.86972, 0.92518),
    within=1e-5,
    why="two numerical solutions of the same equation",
    cost="instant",
)
def normal() -> Any:
    return theory.oscillators.order_parameter(np.array([1.7, 2.0, 2.5, 3.0]))


@claim(
    "K03",
    "Of Lorentz frequencies it is sqrt(1 - 2/K): 0.4472, 0.5774, 0.7071 at K = 2.5, 3, 4.",
    KURAMOTO,
    published=(0.4472, 0.5774, 0.7071),
    within=1e-4,
    why="a closed form",
    cost="instant",
)
def lorentz() -> Any:
    return theory.oscillators.order_parameter(np.array([2.5, 3.0, 4.0]), "lorentz")


@claim(
    "K04",
    "Simulated, 4000 oscillators of normal frequencies reach 0.7102, 0.8689, 0.9250 at K = 2, 2.5, 3.",
    "an independent simulation",
    standing="simulation",
    published=(0.7102, 0.8689, 0.9250),
    within=0.01,
    why="finite size, and other steps of time",
    cost="seconds",
)
def locking(seed: int) -> Measured:
    fixed: dict[str, Any] = {"couplings": (2.0, 2.5, 3.0), "oscillators": 4000, "duration": 60.0}
    return mean([oscillators.locking(seed=seed + at, density="normal", **fixed)["locked"][1] for at in range(3)])


@claim(
    "K05",
    "Oscillators of two dimensions keep 0.9204, 0.8823, 0.8220 of an item at load 0.005, 0.01, 0.02.",
    MIYATO + " (mean field, own derivation)",
    link=MIYATO_LINK,
    standing="exact",
    published=(0.9204, 0.8823, 0.8220),
    within=5e-4,
    why="two numerical solutions of the same equations",
    cost="seconds",
)
def two_dimensions() -> Any:
    return theory.oscillators.overlap(np.array([0.005, 0.01, 0.02]))


@claim(
    "K05b",
    "Near the end of retrieval, at load 0.03, they keep 0.7576.",
    MIYATO + " (mean field, own derivation)",
    link=MIYATO_LINK,
    standing="exact",
    published=0.7576,
    within=5e-4,
    why="two numerical solutions; the integrand is nearly singular there, and a simulation gives 0.778",
    cost="seconds",
)
def near_the_end() -> Any:
    return theory.oscillators.overlap(0.03)


@claim(
    "K06",
    "They lose it between a load of 0.033 and one of 0.034.",
    MIYATO + " (mean field, own derivation)",
    link=MIYATO_LINK,
    standing="exact",
    published=(1.0, 0.0),
    within=0.0,
    why="whether a state is left, 1 or 0",
    cost="seconds",
)
def lost() -> Any:
    return (theory.oscillators.overlap(np.array([0.033, 0.0342])) > 0).astype(float)


@claim(
    "K07",
    "A network of 2000 units keeps 0.888 and 0.827 at load 0.01 and 0.02.",
    "an independent simulation, standard errors 0.005 and 0.008 over 2 sets",
    standing="simulation",
    published=(0.888, 0.827),
    within=0.025,
    why="three standard errors of both",
    cost="minutes",
)
def measured_at_2000(seed: int) -> Measured:
    found = [held(2000, load, 2, seed, sets=3) for load in (0.01, 0.02)]
    return Measured(*(np.concatenate(parts) for parts in zip(*found, strict=True)))


@claim(
    "K08",
    "In four dimensions hardly anything is left at a load of 0.02: 0.13 of the item.",
    "an independent simulation of 2000 units, standard error 0.02",
    standing="simulation",
    published=0.13,
    within=0.08,
    why="three standard errors of both; ours has 1000 units",
    cost="minutes",
)
def four_dimensions(seed: int) -> Measured:
    return held(1000, 0.02, 4, seed, sets=6)
