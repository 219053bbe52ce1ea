"""Claims about Hopfield networks of sparse items, and of threshold-linear units."""

from __future__ import annotations

import math

import numpy as np
from scipy.optimize import minimize
from scipy.stats import norm

from neuromem import patterns, theory
from neuromem.experiments.claims.claim import EXACT, Answer, Paper, claim, mean
from neuromem.models import make

TSODYKS = Paper("Tsodyks & Feigelman 1988, Europhysics Letters 6, 101", "10.1209/0295-5075/6/2/002")
EQUATIONS = TSODYKS + " (their equations, solved again)"
TREVES = Paper("Treves & Rolls 1991, Network 2, 371", "10.1088/0954-898X_2_4_004")


def optimum(f: float) -> tuple[float, float]:
    """The largest load and its threshold, by another optimiser and in other variables."""

    def solved(v: np.ndarray) -> tuple[float, float]:
        """The load and C."""
        s, theta = np.exp(v[0]), v[1]
        m = 1.0
        for _ in range(80):
            p1, p0 = norm.cdf(((1 - f) * m - theta) / s), norm.cdf((-f * m - theta) / s)
            m = p1 - p0
        c = (f * norm.pdf(((1 - f) * m - theta) / s) + (1 - f) * norm.pdf((-f * m - theta) / s)) / s
        return (s**2 * max(1 - c, 0) ** 2 / (f * p1 + (1 - f) * p0) if m > 0.3 else 0.0), c

    options = {"xatol": 1e-7, "fatol": 1e-12}
    found = minimize(lambda v: -solved(v)[0], [math.log(0.2), 0.5], method="Nelder-Mead", options=options)
    load, c = solved(found.x)
    return float(load), float(found.x[1] + load * c / (1 - c) / 2)  # a unit's field has its own answer


@claim(
    "P35",
    EQUATIONS,
    standing="simulation",
    published=(0.19376, 0.44097, 4.3677, 34.019),
    within="0.1%",
    why="an optimiser over the threshold",
    cost="seconds",
)
def sparse_load() -> Answer:
    """At the best threshold the critical loads of activity 0.2, 0.1, 0.01 and 0.001 are 0.19376,
    0.44097, 4.3677 and 34.019."""
    return theory.sparse.critical_load(np.array([0.2, 0.1, 0.01, 0.001]))


@claim(
    "P36",
    EQUATIONS,
    standing="simulation",
    published=(0.137906, 0.06907),
    within=1e-5,
    why="the network of spins for centred units; a second solution for units of 0 and 1",
    cost="seconds",
)
def dense_limit() -> Answer:
    """At activity 1/2 the critical load is 0.1379 with centred units, as for spins, and 0.06907
    with units of 0 and 1."""
    return theory.sparse.critical_load(0.5, centred=True), theory.sparse.critical_load(0.5)


@claim(
    "P37",
    TSODYKS,
    published=1.0,
    within="10%",
    why="the law is a limit",
    cost="seconds",
    note="the limit is reached very slowly: the exact equation gives half of the law at an activity of 0.0001",
)
def sparse_law() -> Answer:
    """At activity f = 0.0001 the critical load is 1 / (2 f |ln f|)."""
    f = 1e-4
    return 2 * f * abs(math.log(f)) * theory.sparse.critical_load(f)


@claim(
    "M32",
    EQUATIONS,
    standing="exact",
    published=(0.44097, 0.5583),
    within=(5e-4, 2e-3),
    why="two optimisers; the load hardly depends on the threshold near its optimum",
    cost="seconds",
    independent=lambda: optimum(0.1),
)
def best_threshold() -> Answer:
    """Items of independent units of activity 0.1 have their critical load of 0.44097 at a
    threshold of 0.5583, and not half way at 0.4."""
    return theory.sparse.critical_load(0.1), theory.sparse.best_threshold(0.1)


def sparse_overlap(load: float, threshold: float, seed: int, units: int = 2000) -> float:
    """The mean difference of activity between active and silent units, as recalled."""
    items = patterns.sparse(round(load * units), units, activity=0.1, rng=seed)
    memory = make(f"hopfield:rule=covariance:activity=0.1:threshold={threshold}", units, rng=seed).store(items)
    found = (np.asarray(memory.recall(items[:16])) > 0).astype(float)
    on = items[:16] > 0
    return float(np.mean([row[a].mean() - row[~a].mean() for row, a in zip(found, on, strict=True)]))


@claim(
    "P38",
    EQUATIONS,
    standing="exact",
    published=(0.9965, 0.9819),
    within=0.01,
    why="finite size: 2000 units, 16 recalls of each of 4 sets",
    cost="minutes",
    independent=lambda: [iterated(0.1, 0.3, threshold) for threshold in (0.4, 0.506)],
)
def two_thresholds(seed: int) -> Answer:
    """At load 0.3 items of which exactly a tenth of the units is active are kept with an overlap
    of 0.9965 at the half-way threshold of 0.4, and of 0.9819 at 0.506, best for the capacity."""
    return mean([[sparse_overlap(0.3, threshold, seed + k) for threshold in (0.4, 0.506)] for k in range(4)])


def iterated(f: float, load: float, threshold: float) -> float:
    """The difference of activity of counted items, by iteration from the item itself."""
    m, c, a = 1.0, 0.0, f
    for _ in range(400):
        s = math.sqrt(load * (a - a**2)) / (1 - c)
        theta = threshold + load * a - load * c / (1 - c) * (0.5 - a)
        on, off = ((1 - f) * m - theta) / s, (-f * m - theta) / s
        p1, p0 = float(norm.cdf(on)), float(norm.cdf(off))
        m, a = p1 - p0, f * p1 + (1 - f) * p0
        c = (c + float(f * norm.pdf(on) + (1 - f) * norm.pdf(off)) / s) / 2
    return m


@claim(
    "B13",
    TREVES,
    standing="memory",
    published=36_000,
    within="1%",
    why=EXACT + "; k = 0.235 stands for the published 0.2 to 0.3",
    cost="instant",
)
def recurrent_collaterals() -> Answer:
    """The 12,000 recurrent connections of a CA3 cell hold about 36,000 items of activity 0.02, k
    C / (a ln(1/a)) with k = 0.235."""
    return theory.sparse.threshold_linear_capacity(12_000, 0.02, factor=0.235)
