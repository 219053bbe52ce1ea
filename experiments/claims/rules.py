"""Claims about learning rules: what each can hold, and how far its basins reach."""

from __future__ import annotations

from typing import Any

import numpy as np

from neuromem import cues, metrics, patterns, theory
from neuromem.experiments.claims.claim import Answer, claim, mean, share
from neuromem.models import make

GARDNER = "Gardner 1988, Journal of Physics A 21, 257"
GARDNER_DOI = "10.1088/0305-4470/21/1/030"
KANTER = "Kanter & Sompolinsky 1987, Physical Review A 35, 380"
KANTER_DOI = "10.1103/PhysRevA.35.380"


def weights_of(rule: str, items: np.ndarray, seed: int = 0) -> np.ndarray:
    """The weights that a rule makes of items."""
    memory: Any = make(rule, items.shape[1], rng=seed).store(items)
    return np.array(memory.weights, dtype=float)


def held(rule: str, units: int, seed: int, counts: range, sets: int) -> float:
    """The number of items of which 95 % are fixed points, between two counts by interpolation."""
    stay = []
    for count in counts:
        kept = [patterns.random(count, units, rng=seed + k) for k in range(sets)]
        stay.append(np.mean([metrics.exact(make(rule, units).store(x).recall(x), x).mean() for x in kept]))
    return float(np.interp(-0.95, -np.minimum.accumulate(stay), np.array(counts)))


@claim(
    "P19",
    "Hebb's rule: 95 % of the items are exact fixed points up to 7 items of 60 units and 12 of 120.",
    "McEliece, Posner, Rodemich & Venkatesh 1987, IEEE Transactions on Information Theory 33, 461",
    link="10.1109/TIT.1987.1057328",
    standing="simulation",
    published=(7, 12),
    within=1.5,
    why="whole numbers of items, and the spread of 40 sets",
    cost="seconds",
)
def hebb_fixed_points(seed: int) -> Answer:
    return held("hopfield", 60, seed, range(5, 11), 40), held("hopfield", 120, seed, range(9, 17), 40)


@claim(
    "P20",
    "Storkey's rule: 95 % of the items are fixed points up to 23 items of 60 units and 42 of 120.",
    "Storkey 1997, ICANN, LNCS 1327, 451",
    link="10.1007/BFb0020196",
    standing="simulation",
    published=(23, 42),
    within=1.5,
    why="whole numbers of items, and the spread of the sets",
    cost="seconds",
)
def storkey_fixed_points(seed: int) -> Answer:
    rule = "hopfield:rule=storkey"
    return held(rule, 60, seed, range(18, 28), 40), held(rule, 120, seed, range(36, 50, 2), 12)


def mended(rule: str, load: float, seed: int, units: int = 200) -> float:
    """The share of single flipped units that the first update of that unit mends."""
    items = patterns.random(round(load * units), units, rng=seed)
    flipped = items.copy()
    at = np.random.default_rng(seed).integers(units, size=len(items))
    flipped[np.arange(len(items)), at] *= -1
    weights = weights_of(rule, items)
    field = np.einsum("ij,ij->i", weights[at], flipped)
    return float((np.sign(field) == items[np.arange(len(items)), at]).mean())


@claim(
    "P21",
    "The projection rule with its diagonal mends one flipped unit below a load of 1/2, and never above.",
    KANTER,
    link=KANTER_DOI,
    published=(1.0, 0.0),
    within=0.02,
    why="loads 0.3 and 0.7, four times the spread of the diagonal away from 1/2 at 200 units",
    cost="instant",
)
def projection_with_diagonal(seed: int) -> Answer:
    rule = "hopfield:rule=projection:self_coupling=True"
    return mended(rule, 0.3, seed), mended(rule, 0.7, seed)


@claim(
    "P22",
    "The projection rule without its diagonal mends one flipped unit at load 0.6.",
    KANTER,
    link=KANTER_DOI,
    published=1.0,
    within=0.02,
    why="exact but for finite size at 200 units",
    cost="instant",
)
def projection_without_diagonal(seed: int) -> Answer:
    return mended("hopfield:rule=projection", 0.6, seed)


@claim(
    "P24",
    "The rule of Diederich and Opper converges to the projection rule: largest difference of weights.",
    "Diederich & Opper 1987, Physical Review Letters 58, 949",
    link="10.1103/PhysRevLett.58.949",
    standing="exact",
    published=0.0,
    within=1e-4,
    why="the iteration stops at a tolerance",
    cost="instant",
)
def diederich_opper(seed: int) -> Answer:
    items = patterns.random(20, 60, rng=seed)
    weights = [weights_of(f"hopfield:rule={rule}", items) for rule in ("diederich_opper", "projection")]
    scaled = weights[1] / (1 - np.einsum("ij,ji->i", np.linalg.pinv(items.astype(float)), items.astype(float)))[:, None]
    return np.abs(weights[0] - scaled).max()


@claim(
    "P25",
    "The optimal load at margins 0, 0.5 and 1 is 2, 0.9612 and 0.5196.",
    GARDNER,
    link=GARDNER_DOI,
    standing="exact",
    published=(2.0, 0.961205, 0.519572),
    within=1e-5,
    why="an integral",
    cost="instant",
    independent=lambda: [_gardner(margin) for margin in (0.0, 0.5, 1.0)],
)
def gardner_load() -> Answer:
    return theory.hopfield.gardner_load(np.array([0.0, 0.5, 1.0]))


def _gardner(margin: float) -> float:
    t = np.linspace(-margin, 12, 200001)
    return 1 / np.trapezoid(np.exp(-t * t / 2) / np.sqrt(2 * np.pi) * (t + margin) ** 2, t)


BASINS = "independent simulation: overlap after 10 of 100 units are flipped"


def basin(rule: str, stored: int, seed: int, sets: int = 40) -> np.ndarray:
    """Mean overlap of each set of items of 100 units, of which 10 are flipped in a cue."""
    out = []
    for k in range(sets):
        items = patterns.random(stored, 100, rng=seed + k)
        memory = make(rule, 100, rng=seed + k).store(items)
        out.append(metrics.overlap(memory.recall(cues.flip(items, 0.1, rng=seed + k)), items).mean())
    return np.array(out)


@claim(
    "P28",
    "Hebb's rule, 10 items.",
    BASINS,
    standing="simulation",
    published=0.989,
    within=0.015,
    why="the spread of the sets",
    cost="seconds",
)
def basin_hebb(seed: int) -> Answer:
    return mean(basin("hopfield", 10, seed))


@claim(
    "P29",
    "Hebb's rule, 20 items.",
    BASINS + " (a table of an earlier sheet, without errors)",
    standing="simulation",
    published=0.677,
    within=0.04,
    why="the spread of the sets",
    cost="seconds",
    independent=lambda: _basin_by_loops(20),
)
def basin_hebb_loaded(seed: int) -> Answer:
    return mean(basin("hopfield", 20, seed, sets=80))


def _basin_by_loops(stored: int, sets: int = 40, units: int = 100) -> float:
    """The same in plain NumPy, with other random numbers and another order of updates."""
    rng = np.random.RandomState(12345)
    overlaps = []
    for _ in range(sets):
        x = rng.choice([-1, 1], (stored, units))
        w = x.T @ x / units
        np.fill_diagonal(w, 0)
        for item in x:
            s = item.copy()
            s[rng.permutation(units)[: units // 10]] *= -1
            for _ in range(100):
                before = s.copy()
                for i in rng.permutation(units):
                    h = w[i] @ s
                    s[i] = s[i] if h == 0 else np.sign(h)
                if (s == before).all():
                    break
            overlaps.append(s @ item / units)
    return float(np.mean(overlaps))


@claim(
    "P30",
    "Storkey's rule, 30 items.",
    BASINS,
    standing="simulation",
    published=0.974,
    within=0.02,
    why="the spread of the sets",
    cost="seconds",
)
def basin_storkey(seed: int) -> Answer:
    return mean(basin("hopfield:rule=storkey", 30, seed))


@claim(
    "P31",
    "Projection rule, 50 items.",
    BASINS,
    standing="simulation",
    published=0.888,
    within=0.025,
    why="the spread of the sets",
    cost="seconds",
)
def basin_projection(seed: int) -> Answer:
    return mean(basin("hopfield:rule=projection", 50, seed))


@claim(
    "P32",
    "Projection rule with its diagonal, 70 items.",
    BASINS,
    standing="simulation",
    published=0.808,
    within=0.01,
    why="the spread of the sets",
    cost="seconds",
)
def basin_projection_diagonal(seed: int) -> Answer:
    return mean(basin("hopfield:rule=projection:self_coupling=True", 70, seed))


@claim(
    "P33",
    "Rule of Diederich and Opper, 50 items.",
    BASINS,
    standing="simulation",
    published=0.903,
    within=0.03,
    why="the spread of the sets",
    cost="seconds",
)
def basin_diederich_opper(seed: int) -> Answer:
    return mean(basin("hopfield:rule=diederich_opper", 50, seed))


@claim(
    "P34",
    "Gradient descent on an exponential loss, 50 items.",
    BASINS + " (a single run)",
    standing="simulation",
    published=0.975,
    within=0.03,
    why="the spread of the sets",
    cost="minutes",
)
def basin_descent(seed: int) -> Answer:
    return mean(basin("hopfield:rule=descent_exponential", 50, seed, sets=20))


@claim(
    "P27",
    "Half of the units can hold twice as many items as they have inputs (78 items, 39 inputs).",
    "Cover 1965, IEEE Transactions on Electronic Computers EC-14, 326; " + GARDNER,
    link="10.1109/PGEC.1965.264137",
    published=0.5,
    within=0.15,
    why="three standard errors of 120 units",
    cost="minutes",
)
def separable_units(seed: int) -> Answer:
    right = units = 0
    for k in range(3):
        items = patterns.random(78, 40, rng=seed + k)
        weights = weights_of("hopfield:rule=perceptron", items, seed + k)
        right += int(((items * (items @ weights.T)).min(0) > 0).sum())
        units += 40
    return share(right, units)
