"""Claims about pairwise networks whose weights are clipped, diluted or directed."""

from __future__ import annotations

import math

import numpy as np

from neuromem import metrics, patterns, theory
from neuromem.experiments.claims.claim import PRINTED, SOLVED, Answer, Paper, claim, mean, share
from neuromem.models import make
from neuromem.models.hopfield import Hopfield

SOMPOLINSKY = Paper("Sompolinsky 1986, Physical Review A 34, 2571", "10.1103/PhysRevA.34.2571")
DERRIDA = Paper("Derrida, Gardner & Zippelius 1987, Europhysics Letters 4, 167", "10.1209/0295-5075/4/2/007")
DUERING = Paper("Düring, Coolen & Sherrington 1998, Journal of Physics A 31, 8607", "10.1088/0305-4470/31/43/005")
KOSKO = "Kosko 1988, IEEE Transactions on Systems, Man, and Cybernetics 18, 49 (the memory); own derivation of its load"
MEDIAN = "finite size at 2000 units: the load is a whole number of items, and three standard errors"


def recalled(weights: np.ndarray, items: np.ndarray, cues: int, seed: int) -> np.ndarray:
    """The overlap of stored items with what a network of these weights makes of them."""
    memory = Hopfield.from_weights(weights, rng=seed)
    return np.asarray(metrics.overlap(memory.recall(items[:cues]), items[:cues]))


def clipped(load: float, seed: int, units: int = 2000, cues: int = 20) -> np.ndarray:
    """Overlaps at a load, with weights sign(X^T X)."""
    items = patterns.random(round(load * units) | 1, units, rng=seed)  # no sum of an odd number is 0
    sums = items.astype(np.float32).T @ items.astype(np.float32)
    np.fill_diagonal(sums, 0)
    return recalled(np.sign(sums), items, cues, seed)


def diluted(load: float, kept: float, symmetric: bool, seed: int, units: int = 2000, cues: int = 20) -> np.ndarray:
    """Overlaps at K/N where a share of the Hebbian weights is kept, in pairs or singly."""
    items = patterns.random(round(load * units), units, rng=seed)
    chance = np.random.default_rng(seed + 1).random((units, units))
    mask = np.triu(chance, 1) + np.triu(chance, 1).T < kept if symmetric else chance < kept
    sums = items.astype(np.float32).T @ items.astype(np.float32)
    np.fill_diagonal(sums, 0)
    return recalled(sums * mask, items, cues, seed)


@claim("M05", SOMPOLINSKY, published=0.102, within=0.0005, why=PRINTED, cost="instant")
def clipped_load() -> Answer:
    """Weights that are clipped to their signs retrieve up to a load of 0.102."""
    return theory.weights.critical_load(noise=theory.weights.CLIPPED)


@claim("M05b", SOMPOLINSKY, standing="exact", published=(0.9930, 0.9856), within=0.006, why=MEDIAN, cost="minutes")
def clipped_overlaps(seed: int) -> Answer:
    """Networks of 2000 units with clipped weights recall overlaps of 0.9930 at load 0.08 and
    0.9856 at 0.09."""
    return mean([[np.median(clipped(load, seed + k)) for load in (0.08, 0.09)] for k in range(4)])


@claim(
    "M05c",
    "independent simulation at 2000 units; " + SOMPOLINSKY + " has 0.102 for large networks",
    standing="simulation",
    published=(1.0, 0.0),
    within=0.15,
    why="three standard errors of 80 recalls",
    cost="minutes",
)
def clipped_failures(seed: int) -> Answer:
    """With clipped weights and 2000 units all recalls keep an overlap above 0.9 at load 0.10,
    and none at 0.13."""
    found = [np.concatenate([clipped(load, seed + k) for k in range(4)]) > 0.9 for load in (0.10, 0.13)]
    return share([int(one.sum()) for one in found], 80)


@claim("M06", DERRIDA, published=2 / math.pi, within=1e-4, why="a limit that the equation reaches", cost="instant")
def asymmetric_load() -> Answer:
    """Networks that are diluted strongly and without symmetry retrieve up to 2/pi items per
    connection."""
    return theory.weights.critical_load("asymmetric")


@claim(
    "M06b",
    SOMPOLINSKY + " (symmetric dilution as noise on the weights; own solution)",
    standing="simulation",
    published=(0.1484, 0.1731, 0.2294, 0.2763, 0.4248),
    within=1e-4,
    why=SOLVED,
    cost="instant",
)
def symmetric_dilution() -> Answer:
    """With a share 0.8, 0.5, 0.2, 0.1 and 0.01 of the pairs kept, the loads per connection are
    0.1484, 0.1731, 0.2294, 0.2763 and 0.4248: 2/pi is approached slowly."""
    kept = np.array([0.8, 0.5, 0.2, 0.1, 0.01])
    return theory.weights.critical_load(noise=theory.weights.dilution_noise(kept)) / kept


@claim(
    "M06c",
    SOMPOLINSKY + " (symmetric dilution; own solution)",
    standing="exact",
    published=0.9905,
    within=0.006,
    why=MEDIAN,
    cost="minutes",
    independent=lambda: cold_overlap(0.07, 1.0),
)
def diluted_overlap(seed: int) -> Answer:
    """Networks of 2000 units of which half of the pairs are connected recall an overlap of
    0.9905 at K/N = 0.07."""
    return mean([np.median(diluted(0.07, 0.5, True, seed + k)) for k in range(4)])


def cold_overlap(load: float, noise: float) -> float:
    """Iterate m = erf(m / (s sqrt 2)), s^2 = load (1 / (1 - C)^2 + noise), from m = 1."""
    m, c = 1.0, 0.0
    for _ in range(10_000):
        s = math.sqrt(load * (1 / (1 - c) ** 2 + noise))
        m, c = math.erf(m / (s * math.sqrt(2))), math.sqrt(2 / math.pi) * math.exp(-((m / s) ** 2) / 2) / s
    return m


@claim("M13", DUERING, published=0.269, within=0.0005, why=PRINTED, cost="instant")
def sequence_load() -> Answer:
    """A network whose weights lead from each item to the next runs through a sequence up to a
    load of 0.269."""
    return theory.weights.critical_load("sequence")


@claim(
    "M13b",
    DUERING,
    standing="exact",
    published=(0.9663, 0.9294),
    within=0.006,
    why="finite size at 2000 units, and three standard errors",
    cost="minutes",
    independent=lambda: [sequence_overlap(load) for load in (0.20, 0.24)],
)
def sequence_overlaps(seed: int) -> Answer:
    """After 100 steps along a closed sequence of 2000 units the overlap is 0.9663 at load 0.20
    and 0.9294 at 0.24."""
    return mean([[runs_along(load, seed + k) for load in (0.20, 0.24)] for k in range(3)])


@claim("M13c", DUERING, published=0.0, within=0.1, why="remnants of order 1 / sqrt(2000)", cost="minutes")
def sequence_lost(seed: int) -> Answer:
    """Above the critical load, at 0.29, nothing of a closed sequence of 2000 units is left after
    200 steps."""
    return mean([abs(runs_along(0.29, seed + k, steps=200)) for k in range(4)])


def runs_along(load: float, seed: int, units: int = 2000, steps: int = 100) -> float:
    """The overlap with the items of a closed sequence, over the second half of the steps."""
    items = patterns.random(round(load * units), units, rng=seed)
    forward = np.roll(items, -1, axis=0).astype(np.float32).T @ items.astype(np.float32) / units
    memory = Hopfield.from_weights(forward, updates="synchronous", steps=1)
    state, found = items[:1], []
    for step in range(1, steps + 1):
        state = np.asarray(memory.recall(state))
        found.append(float(state[0].astype(float) @ items[step % len(items)] / units))
    return float(np.mean(found[steps // 2 :]))


def sequence_overlap(load: float) -> float:
    """The same by iteration of m = erf(m / (s sqrt 2)), s^2 = load / (1 - C^2), from m = 1."""
    m, c = 1.0, 0.0
    for _ in range(10_000):
        s = math.sqrt(load / (1 - c * c))
        m, c = math.erf(m / (s * math.sqrt(2))), math.sqrt(2 / math.pi) * math.exp(-((m / s) ** 2) / 2) / s
    return m


@claim("M14", KOSKO, standing="simulation", published=0.199802, within=1e-5, why=SOLVED, cost="instant")
def bidirectional_load() -> Answer:
    """A bidirectional memory of two layers of N units retrieves up to 0.1998 N pairs."""
    return theory.weights.critical_load("bidirectional")


@claim(
    "M14b",
    KOSKO,
    standing="exact",
    published=(0.9884, 0.9727),
    within=0.008,
    why="finite size at 1500 units a layer, and three standard errors",
    cost="minutes",
    independent=lambda: [layers_overlap(load) for load in (0.15, 0.18)],
)
def bidirectional_overlaps(seed: int) -> Answer:
    """A bidirectional memory of two layers of 1500 units recalls values to an overlap of 0.9884
    at load 0.15 and 0.9727 at 0.18, from their keys."""
    return mean([[np.median(pairs(load, seed + k)) for load in (0.15, 0.18)] for k in range(4)])


def pairs(load: float, seed: int, units: int = 1500, cues: int = 20) -> np.ndarray:
    """The overlaps of values with what a bidirectional memory gives for their keys."""
    stored = round(load * units)
    keys, values = (patterns.random(stored, units, rng=seed + 100 * k) for k in (1, 2))
    found = make("bam", units).store(keys, values).recall(keys[:cues])
    return np.asarray(metrics.overlap(found, values[:cues]))


def layers_overlap(load: float) -> float:
    """The same by iteration of m = erf(m / (s sqrt 2)) with s^2 = load (1 + C^2) / (1 - C^2)^2."""
    m, c = 1.0, 0.0
    for _ in range(10_000):
        s = math.sqrt(load * (1 + c * c)) / (1 - c * c)
        m, c = math.erf(m / (s * math.sqrt(2))), math.sqrt(2 / math.pi) * math.exp(-((m / s) ** 2) / 2) / s
    return m


@claim(
    "M07",
    Paper("Steffan & Kühn 1994, Zeitschrift für Physik B 95, 249", "10.1007/BF01312198"),
    published=0.13819,
    within=2e-5,
    why=PRINTED,
    cost="seconds",
)
def one_step_load() -> Answer:
    """With one step of replica symmetry breaking retrieval at temperature 0 ends at a load of
    0.1382."""
    return theory.replica.one_step_load()


@claim(
    "M07b",
    Paper("Crisanti, Amit & Gutfreund 1986, Europhysics Letters 2, 337", "10.1209/0295-5075/2/4/012"),
    published=0.144,
    within=0.0005,
    why=PRINTED,
    cost="seconds",
    independent=lambda: 0.138186,  # Steffan & Kühn's
    note="Steffan & Kühn 1994 solved the same equations again and found 0.1382, as neuromem does",
)
def one_step_load_as_first_published() -> Answer:
    """With one step of replica symmetry breaking retrieval at temperature 0 ends at a load of
    0.144."""
    return theory.replica.one_step_load()


@claim(
    "M08",
    Paper("Amit, Gutfreund & Sompolinsky 1987, Annals of Physics 173, 30", "10.1016/0003-4916(87)90092-3")
    + " (equation, solved)",
    standing="simulation",
    published=(0.0050, 0.0095, 0.0180),
    within=1e-4,
    why=SOLVED,
    cost="seconds",
)
def stability_temperature() -> Answer:
    """Retrieval states are unstable against replica symmetry breaking below T = 0.0050 at load
    0.12, 0.0095 at 0.13 and 0.0180 at 0.137."""
    return theory.replica.stability_temperature(np.array([0.12, 0.13, 0.137]))
