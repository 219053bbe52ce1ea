"""Claims about sparse distributed memory, and its tie to attention."""

from __future__ import annotations

import itertools
import math

import numpy as np

from neuromem import cues, metrics, patterns, theory
from neuromem.experiments.attention_approximation import read_everywhere
from neuromem.experiments.claims.claim import PRINTED, Answer, Paper, claim, mean, share
from neuromem.models import make
from neuromem.models.selected_coordinates import SelectedCoordinates

KANERVA = "Kanerva 1988, Sparse Distributed Memory, MIT Press"
BRICKEN = Paper("Bricken & Pehlevan 2021, NeurIPS", "arXiv:2111.05498")
JAECKEL = "Jaeckel 1989, RIACS Technical Reports 89.28 and 89.30"
DISTANCES = (0, 1, 10, 50, 100, 150, 200, 300, 400, 500)


def both(units: int, radius: int, distance: int) -> float:
    """The share of all addresses that are near both of two at that distance, in whole numbers."""
    total, within = 0, list(itertools.accumulate(math.comb(units - distance, far) for far in range(radius + 1)))
    for near in range(distance + 1):  # units in which it differs from the first, of those where the two differ
        left = radius - max(near, distance - near)
        total += math.comb(distance, near) * within[left] if left >= 0 else 0
    return total / 2**units


@claim(
    "S09",
    KANERVA + ", table 7.1, counted exactly",
    standing="exact",
    published=(1071.85, 958.44, 795.87, 476.87, 285.83, 173.63, 103.46, 32.324, 7.5971, 1.1013),
    within="0.05%",
    why="rounding",
    cost="instant",
    independent=lambda: [1e6 * both(1000, 451, d) for d in DISTANCES],
)
def shared_locations() -> Answer:
    """Of a million locations of 1000 bits, two circles of radius 451 share from 1071.85 at
    distance 0 to 1.1013 at distance 500."""
    return theory.sdm.intersection(1000, 451, np.array(DISTANCES), 1e6)


@claim(
    "S10",
    KANERVA + ", table 7.1",
    published=(1000, 894, 743, 445, 267, 162, 97, 30, 7, 1),
    within="1%",
    why=PRINTED,
    cost="instant",
    independent=lambda: [1e6 * both(1000, 451, d) for d in DISTANCES],
    note="the book sets the active share to 0.001, where radius 451 gives 0.00107, and uses a normal approximation",
)
def shared_locations_as_printed() -> Answer:
    """Of a million locations of 1000 bits, two circles of radius 451 share 1000, 894, 743, 445,
    267, 162, 97, 30, 7 and 1 at distances 0, 1, 10, 50, 100, 150, 200, 300, 400 and 500."""
    return theory.sdm.intersection(1000, 451, np.array(DISTANCES), 1e6)


@claim("S11", BRICKEN, published=(11, 5, 15), within=0, why="whole numbers", cost="seconds")
def best_radii() -> Answer:
    """For 1024 items of 64 bits at every address the best radius is 11 for the signal, 5 for
    capacity and 15 for the critical distance."""
    return [theory.sdm.best_radius(64, 1024, 2.0**64, goal=goal) for goal in ("signal", "capacity", "distance")]


@claim(
    "S12",
    BRICKEN + ", their fit, which divides a covariance by n - 1 and a variance by n",
    published=(35.36, 25.9, 20.04, 15.87, 12.67, 10.12, 6.3),
    within="0.1%",
    why=PRINTED,
    cost="instant",
)
def softmax_fit() -> Answer:
    """By the formula of their code, a softmax of sharpness 35.36, 25.9, 20.04, 15.87, 12.67,
    10.12 and 6.3 fits circles of radius 5, 7, 9, 11, 13, 15 and 19 of 64 units."""
    return [theory.sdm.beta(64, d)[0] * d / (d - 1) for d in (5, 7, 9, 11, 13, 15, 19)]


@claim(
    "S13",
    BRICKEN,
    published=15.87,
    within="1%",
    why=PRINTED,
    cost="instant",
    independent=lambda: slope(64, 11),
    note="their code divides a covariance over n - 1 by a variance over n, which makes the slope d / (d - 1) too steep",
)
def softmax_slope() -> Answer:
    """The least-squares slope of the logarithm of a circle of radius 11 against the cosine is
    15.87."""
    return theory.sdm.beta(64, 11)[0]


def slope(units: int, radius: int) -> float:
    """The least-squares slope of ln(shared share) against the cosine, up to the radius."""
    distance = np.arange(1, radius + 1)
    x, y = 1 - 2 * distance / units, np.log([both(units, radius, d) for d in distance.tolist()])
    return float((x - x.mean()) @ y / ((x - x.mean()) @ x))


@claim(
    "S15",
    KANERVA,
    standing="memory",
    published=209,
    within=10,
    why="a theory for large numbers",
    cost="minutes",
    independent=lambda: crossing(1000, 451, 10_000, 1e6),
    note="209 is from memory; X01 measures the critical distance on the memory itself",
)
def critical_distance() -> Answer:
    """With 10,000 items, 1000 bits and a million locations, reading moves a cue closer up to a
    critical distance of 209 bits."""
    return theory.sdm.critical_distance(1000, 451, 1e4, 1e6)


def crossing(units: int, radius: int, stored: int, locations: float, trials: int = 60) -> float:
    """The distance that one read leaves as it is, by drawing the locations in common."""
    rng, distances = np.random.RandomState(4), np.arange(190, 271, 10)
    chance = np.array([both(units, radius, d) for d in range(units + 1)])
    after = np.zeros(len(distances))
    for _ in range(trials):
        items = rng.randint(0, 2, (stored, units), dtype=np.int8)
        order = rng.permutation(units)
        for at, distance in enumerate(distances):
            cue = items[0].copy()
            cue[order[:distance]] ^= 1
            counts = rng.poisson(locations * chance[np.count_nonzero(items != cue, axis=1)])
            answer = counts @ (2 * items.astype(np.float32) - 1) > 0
            after[at] += np.count_nonzero(answer != items[0]) / trials
    return float(np.interp(0, after - distances, distances))


@claim(
    "X01",
    KANERVA,
    standing="memory",
    published=209,
    within=12,
    why="three standard errors of the crossing, 60 cues a distance",
    cost="hours",
    independent=lambda: crossing(1000, 451, 10_000, 1e6),
    note="209 is from memory, and so is what it counts",
)
def critical_distance_measured(seed: int) -> Answer:
    """On a memory of a million locations with 10,000 items of 1000 bits, a single read moves a
    cue closer up to 209 bits."""
    items = patterns.random(10_000, 1000, rng=seed)
    memory = make("sdm:locations=1000000:radius=451:steps=1", 1000, rng=seed)
    kept = 64
    memory.store(items, items[:, :kept])
    distances, after = np.arange(200, 261, 15), []
    for distance in distances:
        read = np.asarray(memory.recall(cues.flip(items[:60], distance / 1000, rng=seed)))
        after.append((read != items[:60, :kept]).mean() * 1000)
    return float(np.interp(0, np.array(after) - distances, distances))


@claim(
    "S16",
    KANERVA,
    standing="exact",
    published=(2 * 1e4 * 1e6) ** (-1 / 3),
    within="1%",
    why="a grid of shares",
    cost="instant",
)
def best_activation() -> Answer:
    """With 10,000 items and a million locations the signal is best at a share (2 m r)^(-1/3) =
    0.000368 of active locations."""
    shares = np.geomspace(1e-5, 1e-2, 4001)
    return shares[np.argmax([theory.sdm.signal_to_noise(p, 1e4, 1e6) for p in shares])]


@claim(
    "S17",
    "independent simulation of reads with all 2^64 locations, 20 runs of 100 recalls",
    standing="simulation",
    published=(0.962, 0.9715, 0.976, 0.907, 0.0125),
    within=0.04,
    why="three standard errors of 800 recalls",
    cost="seconds",
)
def recovered(seed: int) -> Answer:
    """With 1024 items of 64 bits and every address a location, 16 flipped bits are recovered
    with 0.962, 0.9715, 0.976, 0.907 and 0.0125 at radius 9, 11, 15, 17 and 19: the best radius
    is a plateau."""
    return mean([[everywhere(radius, seed + k) for radius in (9, 11, 15, 17, 19)] for k in range(8)])


def everywhere(radius: int, seed: int) -> float:
    """The share of items that come back from ten reads."""
    items = patterns.random(1024, 64, rng=seed)
    state = cues.flip(items[:100], 16 / 64, rng=seed)
    for _ in range(10):
        read = np.sign(read_everywhere(items, state, radius)).astype(np.int8)
        state = np.where(read == 0, state, read)
    return float(metrics.exact(state, items[:100]).mean())


@claim(
    "S33",
    JAECKEL,
    standing="memory",
    published=2.0**-10,
    within=1.5e-4,
    why="three standard errors of 100,000 locations and ten keys",
    cost="seconds",
)
def selected_coordinates(seed: int) -> Answer:
    """Of the locations that look at 10 selected coordinates of 256 each, a key activates 2^-10."""
    memory = SelectedCoordinates(256, locations=100_000, coordinates=10, rng=seed)
    memory.store(patterns.random(10, 256, rng=seed), np.ones((10, 1), np.int8))
    return share(int(memory.counters.sum()), 1_000_000)


@claim(
    "S33b",
    JAECKEL + " (own derivation)",
    standing="exact",
    published=(0.904, 0.597, 0.347, 0.106, 0.0277, 0.00093),
    within="0.6%",
    why=PRINTED,
    cost="instant",
    independent=lambda: [math.comb(1000 - d, 10) / math.comb(1000, 10) for d in (10, 50, 100, 200, 300, 500)],
)
def selected_shares() -> Answer:
    """Of the locations that look at 10 of 1000 coordinates, addresses at distance 10, 50, 100,
    200, 300 and 500 share 0.904, 0.597, 0.347, 0.106, 0.0277 and 0.00093."""
    return theory.sdm_designs.selected(1000, 10, np.array([10, 50, 100, 200, 300, 500]))


@claim(
    "S33c",
    JAECKEL + " (own derivation)",
    standing="exact",
    published=(0.727, 0.508, 0.121, 0.00074),
    within="0.6%",
    why=PRINTED,
    cost="instant",
    independent=lambda: [math.comb(o, 3) / math.comb(100, 3) for o in (90, 80, 50, 10)],
)
def hyperplane_shares() -> Answer:
    """In the hyperplane design with 3 coordinates and 100 ones, addresses with 90, 80, 50 and 10
    common ones share 0.727, 0.508, 0.121 and 0.00074 of their locations."""
    return theory.sdm_designs.hyperplane(100, 3, np.array([90, 80, 50, 10]))
