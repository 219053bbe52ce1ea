"""Claims about bumps of activity on a ring."""

from __future__ import annotations

from typing import Any

import numpy as np

from neuromem import theory
from neuromem.experiments import ring
from neuromem.experiments.claims.claim import PRINTED, Answer, Paper, claim, mean

FUNG = Paper("Fung, Wong & Wu 2010, Neural Computation 22, 752", "10.1162/neco.2009.07-08-824")
BEN_YISHAI = Paper("Ben-Yishai, Bar-Or & Sompolinsky 1995, PNAS 92, 3844", "10.1073/pnas.92.9.3844")


@claim(
    "R01",
    FUNG + " (equations)",
    standing="exact",
    published=4.06359,
    within=1e-5,
    why="a closed form",
    cost="instant",
)
def critical() -> Answer:
    """With 256 units, a = 0.5 and J0 = 1, bumps end at kc = 4.06359."""
    return theory.ring.critical_inhibition(256)


@claim(
    "R02",
    FUNG + " (equations; independent simulation)",
    standing="simulation",
    published=(0.5181583, 0.2370149, 0.1015251, 0.0808545, 0.0),
    within=1e-6,
    why="both relax to within rounding; near kc slowly",
    cost="seconds",
)
def heights() -> Answer:
    """At k/kc = 0.25, 0.5, 0.9, 0.98 the bump has the height 0.5181583, 0.2370149, 0.1015251,
    0.0808545; at 1.05 it dies."""
    return ring.relaxed(np.array([0.25, 0.5, 0.9, 0.98, 1.05]), 256, 0.5).max(1)


@claim(
    "R03",
    "own derivation, which an independent simulation meets within 1 %",
    standing="exact",
    published=(8.32e-7, 5.20e-6, 2.08e-5),
    within="0.5%",
    why=PRINTED,
    cost="instant",
)
def diffusion() -> Answer:
    """Noise of 0.002, 0.005, 0.01 in 128 units moves the bump at half of kc by 8.32e-7,
    5.20e-6, 2.08e-5 a unit of time."""
    return theory.ring.diffusion(np.array([0.002, 0.005, 0.01]), 0.5 * theory.ring.critical_inhibition(128), 128)


@claim(
    "R04",
    "an independent simulation",
    standing="simulation",
    published=5.18e-6,
    within=4e-7,
    why="three standard errors",
    cost="minutes",
)
def diffusion_measured(seed: int) -> Answer:
    """Measured, noise of 0.005 moves the bump by 5.18e-6 in a unit of time."""
    fixed: dict[str, Any] = {"units": 128, "width": 0.5, "inhibition": 0.5, "duration": 50.0, "copies": 200}
    return mean([ring.point(seed=seed + at, noise=0.005, **fixed)["diffusion"] for at in range(16)])


@claim(
    "R05",
    BEN_YISHAI + " (equations; independent simulation)",
    standing="simulation",
    published=(np.pi, 2.651, 1.841, 1.5708, 1.301),
    within=0.01,
    why="512 angles, of 0.012 each",
    cost="seconds",
)
def widths() -> Answer:
    """The ring model is flat at J1 = 1.95, and has bumps of half-width 2.651, 1.841, 1.5708,
    1.301 at J1 = 2.05, 3, 4, 6."""
    return [ring.ring_width(j) for j in (1.95, 2.05, 3.0, 4.0, 6.0)]
