"""Claims about morphs, hysteresis, adaptation and priming in a Hopfield network."""

from __future__ import annotations

import numpy as np

from neuromem import patterns, theory
from neuromem.experiments import attractors
from neuromem.experiments.claims.claim import PRINTED, Answer, Measured, claim, mean

SIMULATED = "an independent simulation; the equations are an own derivation"


def jumps(stored: int, field: float, temperature: float, seed: int, sets: int) -> Measured:
    """Where A is left on the way to B, and B on the way back, over the sets where it is left."""
    found = []
    for at in range(sets):
        x = patterns.random(stored, 500, rng=np.random.default_rng((seed, at)))
        there, back = attractors.hysteresis(x, field, temperature, 40, seed + 1000 * at)
        found.append((attractors.jump(there), 1 - attractors.jump(-back[::-1])))
    counted = np.isfinite(found).sum(0)
    return Measured(np.nanmean(found, 0), np.nanstd(found, 0, ddof=1) / np.sqrt(counted))


@claim(
    "H01",
    SIMULATED,
    standing="simulation",
    published=(0.60, 0.42),
    within=0.06,
    why="three standard errors of both, 0.015 over 6 sets",
    cost="seconds",
)
def hysteresis(seed: int) -> Answer:
    """With 25 items in 500 units at T = 0.4 under a field of 0.4, A is left at 0.60 of B, and B
    at 0.42."""
    return jumps(25, 0.4, 0.4, seed, sets=12)


@claim(
    "H02",
    SIMULATED,
    standing="simulation",
    published=(0.74, 0.27),
    within=0.06,
    why="three standard errors of both, 0.015 over 6 sets",
    cost="seconds",
)
def wide_hysteresis(seed: int) -> Answer:
    """With 5 items at T = 0.4 under a field of 0.4, A is left at 0.74 of B, and B at 0.27."""
    return jumps(5, 0.4, 0.4, seed, sets=12)


@claim(
    "H03",
    "own derivation",
    standing="exact",
    published=(35.8, 22.0, 13.9, 8.1),
    within=0.06,
    why=PRINTED,
    cost="instant",
)
def latest() -> Answer:
    """Adaptation of strength 1.2, 1.5, 2, 3 leaves an item after at most 35.8, 22.0, 13.9, 8.1
    sweeps at tau = 20."""
    return theory.attractors.leaving_time(np.array(attractors.GAINS), attractors.TAU)


@claim(
    "H04",
    SIMULATED,
    standing="simulation",
    published=(24.6, 17.4, 11.6, 7.2),
    within=(2.5, 2.0, 0.6, 0.6),
    why="three standard errors of both, 0.6, 0.6, 0.1, 0.1 in the simulation",
    cost="minutes",
)
def left(seed: int) -> Answer:
    """A network of 500 units and 5 items leaves them after 24.6, 17.4, 11.6, 7.2 sweeps."""
    sets = [patterns.random(5, 500, rng=np.random.default_rng((seed, at))) for at in range(12)]
    return mean([[attractors.leaving(x, gain, seed) for gain in attractors.GAINS] for x in sets])


@claim(
    "H05",
    SIMULATED,
    standing="simulation",
    published=(0.510, 0.495, 0.520),
    within=(0.03, 0.05, 0.06),
    why="three standard errors of both, 0.005, 0.013, 0.016 in the simulation",
    cost="seconds",
)
def fresh(seed: int) -> Answer:
    """A morph recalled afresh jumps from A to B half way: at 0.510, 0.495, 0.520 of B with 5,
    25, 50 items in 500 units."""
    found = []
    for at in range(24):
        points = [attractors.fresh(seed=seed + at, model="hopfield", units=500, stored=k) for k in (5, 25, 50)]
        found.append([attractors.jump(one["fresh"][1]) for one in points])
    return mean(found)
