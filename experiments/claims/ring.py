"""Claims about bumps of activity on a ring."""

from __future__ import annotations

from typing import Any

import numpy as np

from neuromem import theory
from neuromem.experiments import ring, working_memory
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


@claim(
    "R06",
    "own derivation",
    standing="exact",
    published=(0.53033, 0.5, 0.17678),
    within=1e-5,
    why="a closed form",
    cost="instant",
)
def pull() -> Answer:
    """At J1 = 4 a slow trace draws the bump at the speed (1 - D/pi) sin D over its strength, which
    is 0.53033, 0.5, 0.17678 at a distance of 45, 90, 135 degrees."""
    return theory.ring.pull(np.pi / 4 * np.arange(1, 4), 4.0)


@claim(
    "R07",
    "own derivation, of first order in the trace",
    standing="exact",
    published=1.0,
    within=0.08,
    why="the second order in the trace",
    cost="seconds",
)
def serial_dependence(seed: int) -> Answer:
    """Errors of a working memory with a weak slow trace follow the pull of the last stimulus: the
    slope of measured errors over those of theory is 1."""
    fixed: dict[str, Any] = {"modulation": 4.0, "delay": 10.0, "slow": 20.0, "span": 1.5}
    middle = (np.arange(working_memory.BINS) + 0.5) * 2 / working_memory.BINS - 1
    line = 0.005 * working_memory.lines(middle, **fixed)[0]
    rows = [working_memory.point(seed=seed + at, trace=0.005, stimuli=60, **fixed) for at in range(3)]
    return mean(np.array([row["serial"][1] @ line / (line @ line) for row in rows]))
