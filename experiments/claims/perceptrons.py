"""Claims about what a unit can hold at best, with any, symmetric or binary weights."""

from __future__ import annotations

import math

import numpy as np
from scipy.optimize import linprog

from neuromem import patterns, theory
from neuromem.experiments.claims.claim import EXACT, PRINTED, SOLVED, Answer, Paper, claim, share
from neuromem.models.hopfield import Hopfield

GARDNER = Paper("Gardner 1988, Journal of Physics A 21, 257", "10.1088/0305-4470/21/1/030")
COVER = Paper("Cover 1965, IEEE Transactions on Electronic Computers EC-14, 326", "10.1109/PGEC.1965.264137")


def integral(margin: float) -> float:
    """Integrate Dt (t + margin)^2 from -margin on, by the trapezoid rule."""
    t = np.linspace(-margin, 12, 200_001)
    return float(np.trapezoid(np.exp(-t * t / 2) / np.sqrt(2 * np.pi) * (t + margin) ** 2, t))


@claim(
    "P25",
    GARDNER,
    standing="exact",
    published=(2.0, 0.961205, 0.519572),
    within=1e-5,
    why=EXACT,
    cost="instant",
    independent=lambda: [1 / integral(margin) for margin in (0.0, 0.5, 1.0)],
)
def gardner_load() -> Answer:
    """The optimal load at margins 0, 0.5 and 1 is 2, 0.961205 and 0.519572."""
    return theory.hopfield.gardner_load(np.array([0.0, 0.5, 1.0]))


@claim(
    "P26",
    Paper("Krauth & Mézard 1987, Journal of Physics A 20, L745", "10.1088/0305-4470/20/11/013") + "; bound of Gardner 1988",
    standing="exact",
    published=1.0343,
    within="6%",
    why="rows of 299 inputs and 150 items spread about the bound of large networks, and minover ends a little short of it",
    cost="minutes",
    independent=lambda: half_loaded(),
    note="the rule in Hopfield stops at a margin of 5, and can't be told another; with 30 it comes to 1.02",
)
def stability(seed: int) -> Answer:
    """Minover gives the weights of largest stability, which is 1.0343 at load 1/2."""
    items = patterns.random(150, 300, rng=seed).astype(float)
    weights = np.asarray(Hopfield(300, rule="perceptron").store(items).weights)
    return float(np.mean((items * (items @ weights.T)).min(0) / np.linalg.norm(weights, axis=1)))


def half_loaded() -> float:
    """The margin at which the integral is 2, by halving."""
    low, high = 0.5, 2.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if integral(middle) < 2 else (low, middle)
    return low


@claim(
    "P27",
    COVER + "; Gardner 1988",
    published=0.5,
    within=0.15,
    why="three standard errors of 120 units",
    cost="minutes",
)
def separable_units(seed: int) -> Answer:
    """Half of the units can hold twice as many items as they have inputs, here 78 items of 39
    inputs."""
    right = 0
    for k in range(3):
        items = patterns.random(78, 40, rng=seed + k)
        memory = Hopfield(40, rule="perceptron", rng=seed + k).store(items)
        right += int(((items * (items @ np.asarray(memory.weights).T)).min(0) > 0).sum())
    return share(right, 120)


@claim(
    "P27b",
    COVER,
    published=(0.9326, 0.7665, 0.5, 0.2446, 0.0882),
    within=6e-5,
    why=PRINTED,
    cost="instant",
    standing="exact",
    independent=lambda: [sum(math.comb(p - 1, k) for k in range(100)) / 2 ** (p - 1) for p in (180, 190, 200, 210, 220)],
)
def separable_chance() -> Answer:
    """Of units with 100 inputs a share 0.9326, 0.7665, 0.5, 0.2446 and 0.0882 can hold 180, 190,
    200, 210 and 220 items."""
    return theory.perceptron.separable(np.array([180, 190, 200, 210, 220]), 100)


@claim(
    "M09",
    GARDNER + " (her equation of biased items, solved)",
    standing="simulation",
    published=(2.0, 2.2361, 3.9129, 6.0828, 19.197),
    within="0.01%",
    why=SOLVED,
    cost="instant",
)
def biased_load() -> Answer:
    """The optimal load of items with a share 0.5, 0.3, 0.1, 0.05 and 0.01 of active units is 2,
    2.2361, 3.9129, 6.0828 and 19.197."""
    return theory.perceptron.biased_load(np.array([0.5, 0.3, 0.1, 0.05, 0.01]))


@claim(
    "M09b",
    GARDNER + " (a note from memory)",
    standing="memory",
    published=6.4,
    within=0.05,
    why=PRINTED,
    cost="instant",
    independent=lambda: min(0.9 * integral(-u) + 0.1 * integral(u) for u in np.linspace(0.5, 1.5, 101)) ** -1,
    note="6.08 belongs to a share of 0.05",
)
def biased_load_from_memory() -> Answer:
    """The optimal load of items with a tenth of active units is 6.4."""
    return theory.perceptron.biased_load(0.1)


@claim(
    "M11",
    Paper("Krauth & Mézard 1989, Journal de Physique 50, 3057", "10.1051/jphys:0198900500200305700"),
    published=0.833,
    within=0.0005,
    why=PRINTED,
    cost="seconds",
)
def binary_load() -> Answer:
    """Weights of +1 and -1 hold random items up to a load of 0.833."""
    return theory.perceptron.binary_load()


@claim(
    "M10",
    Paper("Gardner, Gutfreund & Yekutieli 1989, Journal of Physics A 22, 1995", "10.1088/0305-4470/22/12/005"),
    standing="memory",
    published=1.28,
    within=0.08,
    why="the number is from memory; half of 40 sets of 22 units, whose load moves in steps of 1/22",
    cost="minutes",
    note=(
        "half of the sets are solvable at 1.33, 1.43 and 1.53 with 16, 22 and 30 units, so that the load grows with size; "
        "the number in memory may be of another question"
    ),
)
def symmetric_load(seed: int) -> Answer:
    """Symmetric weights hold random items in all units up to a load of 1.28."""
    loads, rng = np.arange(27, 37, 2), np.random.default_rng(seed)
    right = [np.mean([holds(patterns.random(int(p), 22, rng=rng)) for _ in range(40)]) for p in loads]
    return float(np.interp(-0.5, -np.minimum.accumulate(right), loads / 22))


def holds(items: np.ndarray) -> bool:
    """Whether a network that learns by `symmetric` leaves no unit unlearned."""
    return not len(Hopfield(items.shape[1], rule=symmetric).store(items).unlearned)


def symmetric(items: np.ndarray) -> np.ndarray:
    """Symmetric weights that make all items stable, by linear programming; 0 if none do."""
    p, n = items.shape
    first, second = np.triu_indices(n, 1)
    rows, pairs = np.zeros((p, n, len(first))), np.arange(len(first))
    both = items[:, first] * items[:, second]
    rows[:, first, pairs] = both
    rows[:, second, pairs] += both
    limits = -np.ones(p * n)
    found = linprog(np.zeros(len(first)), A_ub=-rows.reshape(p * n, -1), b_ub=limits, bounds=(None, None), method="highs")
    weights = np.zeros((n, n))
    if found.status == 0:
        weights[first, second] = weights[second, first] = found.x
    return weights
