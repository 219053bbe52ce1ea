"""Claims about learning rules: how many items each makes stable, and what it mends."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from neuromem import metrics, patterns
from neuromem.experiments.claims.claim import Answer, Paper, claim
from neuromem.models import make

MCELIECE = Paper(
    "McEliece, Posner, Rodemich & Venkatesh 1987, IEEE Transactions on Information Theory 33, 461",
    "10.1109/TIT.1987.1057328",
)
STORKEY = Paper("Storkey 1997, ICANN, LNCS 1327, 451", "10.1007/BFb0020196")
KANTER = Paper("Kanter & Sompolinsky 1987, Physical Review A 35, 380", "10.1103/PhysRevA.35.380")
SETS = "whole numbers of items, and the spread of the sets"


def weights_of(rule: str, items: np.ndarray, seed: int = 0) -> np.ndarray:
    """The weights that a rule makes of items."""
    memory: Any = make(rule, items.shape[1], rng=seed).store(items)
    return np.asarray(memory.weights, dtype=float)


def held(rule: str, units: int, seed: int, counts: range, sets: int) -> float:
    """The number of items of which 95 % are fixed points, between two counts by interpolation."""
    stay = []
    for count in counts:
        kept = [patterns.random(count, units, rng=seed + k) for k in range(sets)]
        stay.append(np.mean([metrics.exact(make(rule, units).store(x).recall(x), x).mean() for x in kept]))
    return float(np.interp(-0.95, -np.minimum.accumulate(stay), np.array(counts)))


@claim(
    "P19",
    MCELIECE + ": N / (2 ln N)",
    published=[n / (2 * math.log(n)) for n in (60, 120)],
    within=1.5,
    why="a law for large N, whole numbers of items, and the spread of 30 sets",
    cost="minutes",
)
def hebb_fixed_points(seed: int) -> Answer:
    """Hebb's rule makes 95 % of N / (2 ln N) items exact fixed points, 7.3 items of 60 units and
    12.5 of 120."""
    return held("hopfield", 60, seed, range(6, 10), 30), held("hopfield", 120, seed, range(11, 15), 30)


@claim(
    "P20",
    STORKEY + "; independent simulation",
    standing="simulation",
    published=(23, 42),
    within=1.5,
    why=SETS,
    cost="minutes",
)
def storkey_fixed_points(seed: int) -> Answer:
    """Storkey's rule makes 95 % of the items fixed points up to 23 items of 60 units and 42 of
    120."""
    rule = "hopfield:rule=storkey"
    return held(rule, 60, seed, range(18, 28), 40), held(rule, 120, seed, range(36, 50, 2), 12)


@claim(
    "M34",
    STORKEY + ": N / sqrt(2 ln N)",
    published=200 / math.sqrt(2 * math.log(200)),
    within="10%",
    why="a law for large N, and the spread of 8 sets",
    cost="minutes",
    note=(
        "the law counts items that are all stable; 95 % of the items are stable at 10 to 20 % more, "
        "in an independent simulation too"
    ),
)
def storkey_law(seed: int) -> Answer:
    """Storkey's rule makes 95 % of N / sqrt(2 ln N) items fixed points, 61 items of 200 units."""
    return held("hopfield:rule=storkey", 200, seed, range(56, 92, 5), 8)


def mended(rule: str, load: float, seed: int, units: int = 200) -> float:
    """The share of single flipped units that the first update of that unit mends."""
    items = patterns.random(round(load * units), units, rng=seed)
    flipped = items.copy()
    at = np.random.default_rng(seed).integers(units, size=len(items))
    flipped[np.arange(len(items)), at] *= -1
    field = np.einsum("ij,ij->i", weights_of(rule, items)[at], flipped)
    return float((np.sign(field) == items[np.arange(len(items)), at]).mean())


@claim(
    "P21",
    KANTER,
    published=(1.0, 0.0),
    within=0.02,
    why="loads 0.3 and 0.7, four times the spread of the diagonal away from 1/2 at 200 units",
    cost="instant",
)
def projection_with_diagonal(seed: int) -> Answer:
    """The projection rule with its diagonal mends every single flipped unit at load 0.3 (share
    1) and none at 0.7 (share 0)."""
    rule = "hopfield:rule=projection:self_coupling=True"
    return mended(rule, 0.3, seed), mended(rule, 0.7, seed)


@claim("P22", KANTER, published=1.0, within=0.02, why="exact but for finite size at 200 units", cost="instant")
def projection_without_diagonal(seed: int) -> Answer:
    """The projection rule without its diagonal mends every single flipped unit at load 0.6."""
    return mended("hopfield:rule=projection", 0.6, seed)


@claim(
    "P23",
    KANTER,
    standing="exact",
    published=(0.0, 0.6),
    within=(1e-6, 0.02),
    why="rounding in single precision; the mean of the diagonal is the load exactly for items that are independent",
    cost="instant",
)
def projection_is_exact(seed: int) -> Answer:
    """The projection rule with its diagonal makes fields that equal the items (largest
    difference 0), with mean W_ii = load 0.6."""
    items = patterns.random(120, 200, rng=seed)
    weights = weights_of("hopfield:rule=projection:self_coupling=True", items)
    return np.abs(items @ weights.T - items).max(), np.diag(weights).mean()


@claim(
    "P24",
    Paper("Diederich & Opper 1987, Physical Review Letters 58, 949", "10.1103/PhysRevLett.58.949"),
    standing="exact",
    published=0.0,
    within=2e-3,
    why="the iteration stops at a tolerance of 0.001",
    cost="instant",
)
def diederich_opper(seed: int) -> Answer:
    """The rule of Diederich and Opper ends at the projection with rows over 1 - W_ii: the
    largest difference of weights is 0."""
    items = patterns.random(20, 60, rng=seed)
    x = items.astype(float)
    whole = x.T @ np.linalg.solve(x @ x.T, x)
    expected = whole / (1 - np.diag(whole))[:, None]
    np.fill_diagonal(expected, 0)
    return np.abs(weights_of("hopfield:rule=diederich_opper", items) - expected).max()
