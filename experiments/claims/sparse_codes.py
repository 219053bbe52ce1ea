"""Claims about sparse codes: dendrites, hard locations, Willshaw's matrix, cliques."""

from __future__ import annotations

import math

import numpy as np
from scipy.stats import hypergeom

from neuromem import metrics, patterns, theory
from neuromem.experiments.claims.claim import Answer, claim, mean, share
from neuromem.models import make

HAWKINS = "Hawkins & Ahmad 2016, Frontiers in Neural Circuits 10, 23, table 1"
HAWKINS_DOI = "10.3389/fncir.2016.00023"
AHMAD = "Ahmad & Hawkins 2016, How do neurons operate on sparse distributed representations?"
AHMAD_LINK = "arXiv:1601.00720"
KANERVA = "Kanerva 1988, Sparse Distributed Memory, MIT Press"
BRICKEN = "Bricken & Pehlevan 2021, NeurIPS"
BRICKEN_LINK = "arXiv:2111.05498"
WILLSHAW = "Willshaw, Buneman & Longuet-Higgins 1969, Nature 222, 960"
WILLSHAW_DOI = "10.1038/222960a0"
GRIPON = "Gripon & Berrou 2011, IEEE Transactions on Neural Networks 22, 1087"
GRIPON_DOI = "10.1109/TNN.2011.2146789"
PRINTED = "rounding in print"


def _false_positive(cells: int, active: int, synapses: int, threshold: int) -> float:
    """The chance that `threshold` of `synapses` cells are among `active` random ones of all."""
    return float(hypergeom(cells, active, synapses).sf(threshold - 1))


@claim(
    "S01",
    "False positives of a segment, 100,000 cells, 2000 active, threshold = synapses = 6, 8, 10.",
    HAWKINS + "B",
    link=HAWKINS_DOI,
    published=(6.353e-11, 2.525e-14, 1.0016e-17),
    within="0.1%",
    why=PRINTED,
    cost="instant",
    independent=lambda: [_false_positive(100_000, 2000, s, s) for s in (6, 8, 10)],
)
def table_1b() -> Answer:
    return [theory.dendrite.false_positive(100_000, 2000, s, s) for s in (6, 8, 10)]


@claim(
    "S02",
    "False positives with twice as many synapses as the threshold of 6, 8, 10, 12.",
    HAWKINS + "C",
    link=HAWKINS_DOI,
    published=(5.294e-08, 2.817e-10, 1.542e-12, 8.587e-15),
    within="0.1%",
    why=PRINTED,
    cost="instant",
    independent=lambda: [_false_positive(100_000, 2000, 2 * s, s) for s in (6, 8, 10, 12)],
)
def table_1c() -> Answer:
    return [theory.dendrite.false_positive(100_000, 2000, 2 * s, s) for s in (6, 8, 10, 12)]


@claim(
    "S04",
    "False positives of 24 synapses at threshold 12: 10,000 cells with 300 active; 4000 with 128.",
    AHMAD,
    link=AHMAD_LINK,
    published=(8.376e-13, 1.343e-12),
    within="0.1%",
    why=PRINTED,
    cost="instant",
    independent=lambda: [_false_positive(10_000, 300, 24, 12), _false_positive(4000, 128, 24, 12)],
)
def segment_of_24() -> Answer:
    return theory.dendrite.false_positive(10_000, 300, 24, 12), theory.dendrite.false_positive(4000, 128, 24, 12)


@claim(
    "S07",
    "False positives against a union of 10 and 20 patterns, of 1000 and of 4000 cells.",
    AHMAD,
    link=AHMAD_LINK,
    published=(0.01857, 0.43, 3.33e-7, 0.00013),
    within="1%",
    why=PRINTED,
    cost="instant",
)
def unions() -> Answer:
    return [
        theory.dendrite.false_positive(cells, theory.dendrite.union(cells, 30, count), 20, 10)
        for cells in (1000, 4000)
        for count in (10, 20)
    ]


@claim(
    "S09",
    "Locations that two circles share at distances 0 to 500, 1000 units, radius 451, a million locations.",
    KANERVA + ", table 7.1, counted exactly",
    standing="exact",
    published=(1071.85, 958.44, 795.87, 476.87, 285.83, 173.63, 103.46, 32.324, 7.5971, 1.1013),
    within="0.05%",
    why="rounding",
    cost="instant",
)
def shared_locations() -> Answer:
    return theory.sdm.intersection(1000, 451, np.array(DISTANCES), 1e6)


DISTANCES = (0, 1, 10, 50, 100, 150, 200, 300, 400, 500)


@claim(
    "S10",
    "The same as the book prints it.",
    KANERVA + ", table 7.1",
    published=(1000, 894, 743, 445, 267, 162, 97, 30, 7, 1),
    within="11%",
    why="the book sets the active share to exactly 0.001, and uses a normal approximation",
    cost="instant",
)
def shared_locations_as_printed() -> Answer:
    return theory.sdm.intersection(1000, 451, np.array(DISTANCES), 1e6)


@claim(
    "S12",
    "The softmax sharpness that fits a circle of radius 5, 7, 9, 11, 13, 15, 19 of 64 units.",
    BRICKEN + ", their fit, which divides a covariance by n - 1 and a variance by n",
    link=BRICKEN_LINK,
    published=(35.36, 25.9, 20.04, 15.87, 12.67, 10.12, 6.3),
    within="0.1%",
    why=PRINTED,
    cost="instant",
)
def softmax_fit() -> Answer:
    return [theory.sdm.beta(64, d)[0] * d / (d - 1) for d in (5, 7, 9, 11, 13, 15, 19)]


@claim(
    "S13",
    "The same at radius 11, as the least-squares slope that the paper means.",
    BRICKEN,
    link=BRICKEN_LINK,
    published=15.87,
    within="1%",
    why=PRINTED,
    cost="instant",
    independent=lambda: _slope(64, 11),
)
def softmax_slope() -> Answer:
    return theory.sdm.beta(64, 11)[0]


def _slope(units: int, radius: int) -> float:
    """The slope of ln(share shared) against cosine, by least squares at distances < radius."""
    distance = np.arange(radius)
    shared = [_shared(units, radius, int(d)) for d in distance]
    return float(np.polyfit(1 - 2 * distance / units, np.log(shared), 1)[0])


def _shared(units: int, radius: int, distance: int) -> float:
    """How many corners lie within `radius` of both of two corners at that distance, exactly."""
    total = 0
    for near in range(distance + 1):  # among the units in which the two differ
        most = min(radius - near, radius - (distance - near))
        if most >= 0:
            total += math.comb(distance, near) * sum(math.comb(units - distance, far) for far in range(most + 1))
    return total


@claim(
    "S15",
    "A read moves cues closer up to a critical distance of 209 bits, 10,000 items, a million locations.",
    KANERVA,
    standing="memory",
    published=209,
    within=10,
    why="a theory for large numbers",
    cost="seconds",
)
def critical_distance() -> Answer:
    return theory.sdm.critical_distance(1000, 451, 1e4, 1e6)


@claim(
    "S16",
    "The best share of active locations is (2 m r)^(-1/3).",
    KANERVA,
    standing="exact",
    published=(2 * 1e4 * 1e6) ** (-1 / 3),
    within="1%",
    why="a grid of shares",
    cost="instant",
)
def best_activation() -> Answer:
    shares = np.geomspace(1e-5, 1e-2, 4001)
    return shares[np.argmax([theory.sdm.signal_to_noise(p, 1e4, 1e6) for p in shares])]


@claim(
    "S18",
    "Half of the synapses are set after 6931, 24,027 and 353,646 items (1000 units with 10 active; 2048, 11; 10,000, 14).",
    WILLSHAW,
    link=WILLSHAW_DOI,
    standing="exact",
    published=(6931, 24027, 353646),
    within="0.05%",
    why="rounding",
    cost="instant",
    independent=lambda: [math.log(0.5) / math.log1p(-((k / n) ** 2)) for n, k in ((1000, 10), (2048, 11), (10000, 14))],
)
def items_at_half_fill() -> Answer:
    return [theory.willshaw.items_at(0.5, units, active) for units, active in ((1000, 10), (2048, 11), (10_000, 14))]


def _spurious(stored: int = 6931, units: int = 1000, active: int = 10, asked: int = 2000) -> float:
    """Wrong active units of a full cue, in plain NumPy."""
    rng = np.random.RandomState(7)
    codes = np.stack([rng.choice(units, active, replace=False) for _ in range(stored)])
    weights = np.zeros((units, units), bool)
    for code in codes:
        weights[np.ix_(code, code)] = True
    sums = np.stack([weights[code].sum(0) for code in codes[:asked]])
    return float((sums == active).sum(1).mean() - active)


@claim(
    "S19",
    "Spurious active units of a full cue, 6931 items of 1000 units with 10 active.",
    "a table of an earlier sheet",
    standing="simulation",
    published=1.41,
    within=0.09,
    why="three standard errors",
    cost="seconds",
    independent=_spurious,
)
def spurious_units(seed: int) -> Answer:
    codes = patterns.sparse(6931, 1000, activity=0.01, rng=seed)
    memory = make("willshaw:activity=0.01:decision=cue", 1000).store(codes)
    recalled = np.asarray(memory.recall(codes[:2000]))
    return mean((recalled > 0).sum(1) - 10)


@claim(
    "S20",
    "The same by the equation.",
    "a table of an earlier sheet",
    standing="simulation",
    published=1.41,
    within=0.09,
    why="the equation is a mean over mixtures",
    cost="seconds",
    independent=_spurious,
)
def spurious_units_equation() -> Answer:
    return theory.willshaw.spurious(6931, 1000, 10)


@claim(
    "S21",
    "Bits a synapse, 1000 units with 10 active and 4000 with 12, at half fill.",
    WILLSHAW + ": ln 2 in the limit; independent simulation",
    link=WILLSHAW_DOI,
    standing="simulation",
    published=(0.508, 0.533),
    within="4%",
    why="one network each",
    cost="instant",
)
def bits_per_synapse() -> Answer:
    pairs = ((1000, 10), (4000, 12))
    return [theory.willshaw.bits_per_synapse(round(theory.willshaw.items_at(0.5, n, k)), n, k) for n, k in pairs]


@claim(
    "S23",
    "Density 0.2046 after 15,000 items in 8 clusters of 256 cells; 28,672 items at efficiency 1.",
    GRIPON,
    link=GRIPON_DOI,
    published=(0.2046, 28672),
    within="0.1%",
    why=PRINTED,
    cost="instant",
    independent=lambda: (1 - (1 - 256**-2.0) ** 15000, 7 * 256**2 / 16),
)
def clique_density() -> Answer:
    return theory.cliques.density(15000, 8, 256), theory.cliques.full(8, 256)


@claim(
    "S24",
    "Errors of one pass with half of the clusters erased: 5000, 10,000, 12,000, 15,000 items.",
    GRIPON,
    link=GRIPON_DOI,
    published=(0.029, 0.336, 0.551, 0.833),
    within="1%",
    why=PRINTED,
    cost="instant",
    independent=lambda: [1 - (1 - (1 - (1 - 256**-2.0) ** m) ** 4) ** (4 * 255) for m in (5000, 10000, 12000, 15000)],
)
def clique_errors() -> Answer:
    return [theory.cliques.error(stored, 8, 256, 4) for stored in (5000, 10_000, 12_000, 15_000)]


@claim(
    "S25",
    "Sum of max recalls 15,000 items of 64 units with half of the clusters erased with an error below 0.03.",
    GRIPON,
    link=GRIPON_DOI,
    standing="memory",
    published=0.015,
    within=0.0149,
    why="an upper bound of 0.03: anything between 0 and it",
    cost="seconds",
)
def clique_recall(seed: int) -> Answer:
    items = patterns.random(15_000, 64, rng=seed)
    asked = items[:2000]
    cues = asked.copy()
    cues[:, 32:] = 0
    wrong = int((~metrics.exact(make("cliques:cluster=8:steps=8", 64).store(items).recall(cues), asked)).sum())
    return share(wrong, 2000)
