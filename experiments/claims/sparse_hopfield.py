"""Claims about Hopfield networks of sparse items."""

from __future__ import annotations

import math

import numpy as np

from neuromem import theory
from neuromem.experiments.claims.claim import Answer, claim

TSODYKS = "Tsodyks & Feigelman 1988, Europhysics Letters 6, 101"
TSODYKS_DOI = "10.1209/0295-5075/6/2/002"


@claim(
    "P35",
    "Critical load of activity 0.1 and 0.01 at the best threshold: 0.44097 and 4.3677.",
    TSODYKS + " (equations)",
    link=TSODYKS_DOI,
    standing="simulation",
    published=(0.44097, 4.3677),
    within="0.1%",
    why="an optimiser over the threshold",
    cost="seconds",
)
def sparse_load() -> Answer:
    return theory.hopfield.sparse_critical_load(np.array([0.1, 0.01]))


@claim(
    "P37",
    "The critical load approaches 1 / (2 f |ln f|): their ratio at f = 0.0001.",
    TSODYKS,
    link=TSODYKS_DOI,
    published=1.0,
    within="10%",
    why="the law is a limit; the exact equation still gives half of it there",
    cost="seconds",
)
def sparse_law() -> Answer:
    f = 1e-4
    return 2 * f * abs(math.log(f)) * theory.hopfield.sparse_critical_load(f)
