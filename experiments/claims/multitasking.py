"""Claims about multitasking networks, which retrieve several diluted items at once."""

from __future__ import annotations

import itertools

import numpy as np
from scipy.optimize import brentq

from neuromem import theory
from neuromem.experiments.claims.claim import EXACT, PRINTED, Answer, Paper, claim, mean
from neuromem.models import make
from neuromem.models.multitasking import Multitasking

AGLIARI = Paper(
    "Agliari, Barra, Galluzzi, Guerra & Moauro 2012, Physical Review Letters 109, 268101", "10.1103/PhysRevLett.109.268101"
)


@claim(
    "P59",
    AGLIARI,
    standing="exact",
    published=((5**0.5 - 1) / 2, 0.543689, 0.518790),
    within=1e-6,
    why=EXACT,
    cost="instant",
    independent=lambda: [_root(k) for k in (3, 4, 5)],
)
def hierarchical_limit() -> Answer:
    """The hierarchical state of 3, 4 and 5 items is stable up to a dilution of 0.618034, the
    golden ratio, 0.543689 and 0.518790."""
    return theory.multitasking.stability_dilution(np.array([3, 4, 5]))


def _root(items: int) -> float:
    """The root of d^K - 2 d + 1 between 0.5 and 0.7, by its companion matrix."""
    roots = np.roots([1, *[0] * (items - 2), -2, 1])
    return float(next(r.real for r in roots if abs(r.imag) < 1e-12 and 0.5 < r.real < 0.7))


@claim(
    "P60",
    AGLIARI + " (equations; own derivation of the crossing)",
    standing="exact",
    published=(1 + 2 * 2**0.5) / 7,
    within=1e-5,
    why="both states are found by iteration, and the crossing by halving",
    cost="instant",
    independent=lambda: _crossing(),
)
def crossing() -> Answer:
    """From a dilution of 0.546918, the root of 7 d^2 = 2 d + 1, the parallel state of three
    items has a lower energy than the hierarchical one, which is stable up to 0.618."""

    def advantage(dilution: float) -> float:
        leading, parallel = ([1 - dilution, (1 - dilution) * dilution, (1 - dilution) * dilution**2], [0.4, 0.35, 0.3])
        return energy_of(parallel, dilution) - energy_of(leading, dilution)

    return brentq(advantage, 0.5, 0.6, xtol=1e-9)


def energy_of(start: list[float], dilution: float) -> float:
    """The energy at the state to which overlaps fall, by m <- m - df/dm and differences."""
    m, step = np.array(start), 1e-6
    for _ in range(60):
        slope = [
            (
                theory.multitasking.free_energy(m + step * e, dilution)
                - theory.multitasking.free_energy(m - step * e, dilution)
            )
            for e in np.eye(3)
        ]
        m = m - np.array(slope) / (2 * step)
    return theory.multitasking.free_energy(m, dilution)


def _crossing() -> float:
    """The same without neuromem: -sum m^2 / 2 of the fixed points of m = E x sign(x . m), over
    the 27 columns, from both starts."""
    columns = np.array(list(itertools.product((1, 0, -1), repeat=3)))

    def energy(m: np.ndarray, d: float) -> float:
        chance = np.where(columns == 0, d, (1 - d) / 2).prod(1)
        for _ in range(100):
            m = (chance * np.sign(np.round(columns @ m, 12))) @ columns
        return float(-m @ m / 2)

    low, high = 0.5, 0.6
    for _ in range(50):
        d = (low + high) / 2
        less = energy(np.array([0.4, 0.35, 0.3]), d) < energy((1 - d) * d ** np.arange(3.0), d)
        low, high = (low, d) if less else (d, high)
    return low


@claim(
    "P60b",
    AGLIARI + " (equations)",
    standing="exact",
    published=(0.2865, 0.2235, 0.1605),
    within=5e-4,
    why="rounding, and a temperature of 0.001 in place of 0",
    cost="instant",
    independent=lambda: [0.3 - 0.0135, 0.21 + 0.0135, 0.147 + 0.0135],
)
def parallel_overlaps() -> Answer:
    """At dilution 0.7 three items are retrieved with overlaps 0.2865, 0.2235 and 0.1605: (1-d)^3
    / 2 goes from the first to both others."""
    return theory.multitasking.overlaps(3, 0.7, 0.001)


def heated(dilution: float, temperature: float, items: int, seed: int, units: int = 20_000) -> np.ndarray:
    """Overlaps with all items after a heat bath from the hierarchical state, the largest first."""
    rng = np.random.default_rng(seed)
    x = rng.choice([-1, 0, 1], size=(items, units), p=[(1 - dilution) / 2, dilution, (1 - dilution) / 2]).astype(np.int8)
    start = np.ones(units, np.int8)
    for row in x[::-1]:
        start = np.where(row != 0, row, start)
    found = make(f"multitasking:temperature={temperature}", units, rng=seed).store(x).recall(start[None])
    return np.asarray(found, float)[0] @ x.T / units


@claim(
    "P61",
    AGLIARI + " (equations)",
    standing="simulation",
    published=(0.7, 0.2099),
    within=0.012,
    why="finite size at 20,000 units, and thermal noise",
    cost="minutes",
)
def two_at_once(seed: int) -> Answer:
    """Two items of dilution 0.3 are retrieved at once at temperature 0.05, with overlaps 0.7 and
    0.2099."""
    return heated(0.3, 0.05, 2, seed)


@claim(
    "P61b",
    AGLIARI + " (equations)",
    standing="simulation",
    published=(0.5, 0.25, 0.125),
    within=0.02,
    why="finite size at 20,000 units: 0.005 to 0.01 of noise in each",
    cost="seconds",
)
def three_at_once(seed: int) -> Answer:
    """Three items of dilution 0.5 are retrieved at once at temperature 0.02, with overlaps 0.5,
    0.25 and 0.125."""
    return heated(0.5, 0.02, 3, seed)


def taught(quality: float, examples: int, labels: bool, seed: int, sets: int) -> Answer:
    """Overlaps with two archetypes of dilution 0.3 that 10,000 units learnt from examples alone."""
    found = []
    for at in range(sets):
        rng = np.random.default_rng((seed, at))
        x = rng.choice([-1, 1], (2, 10_000)) * (rng.random((2, 10_000)) >= 0.3)
        shown = np.repeat(x, examples, axis=0) * np.where(rng.random((2 * examples, 10_000)) < (1 + quality) / 2, 1, -1)
        memory = Multitasking(10_000, rng=seed + at)
        memory.learn(shown, np.repeat([0, 1], examples) if labels else None, quality=quality, classes=2)
        found.append(np.abs(np.asarray(memory.recall(x[:1]), float)[0] @ x.T) / 10_000)  # either sign of the second
    return mean(np.array(found))


@claim(
    "P64",
    "own derivation, after " + AGLIARI,
    standing="exact",
    published=(0.377, 0.303, 0.6038, 0.2786, 0.6978, 0.2122),
    within=6e-4,
    why=PRINTED,
    cost="instant",
)
def learnt_from_examples() -> Answer:
    """From 10, 40 and 160 examples of quality 0.3 of two archetypes of dilution 0.3, a network has
    the overlaps 0.377 and 0.303, 0.6038 and 0.2786, 0.6978 and 0.2122 with them."""
    return np.concatenate([theory.multitasking.learnt_overlaps(0.3, 0.3, number) for number in (10, 40, 160)])


@claim(
    "P64b",
    "own derivation, after " + AGLIARI,
    standing="exact",
    published=(0.6038, 0.2786),
    within=0.02,
    why="finite size at 10,000 units; an independent simulation has 0.603 and 0.275, errors 0.003 and 0.005",
    cost="seconds",
)
def taught_without_labels(seed: int) -> Answer:
    """Without labels, 10,000 units learn from 40 examples of each archetype to overlaps of 0.6038
    and 0.2786."""
    return taught(0.3, 40, False, seed, sets=8)


@claim(
    "P64c",
    "own derivation, after " + AGLIARI,
    standing="exact",
    published=(0.6038, 0.2786),
    within=0.02,
    why="finite size at 10,000 units; an independent simulation has 0.614 and 0.272, errors 0.003 and 0.005",
    cost="seconds",
)
def taught_with_labels(seed: int) -> Answer:
    """With labels, 10,000 units learn from 40 examples of each archetype to overlaps of 0.6038 and
    0.2786."""
    return taught(0.3, 40, True, seed, sets=8)
