"""Claims about vector symbols: bundles, resonators, sets."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from neuromem import patterns, theory
from neuromem.experiments.claims.claim import PRINTED, SOLVED, Answer, Measured, Paper, claim, mean, share
from neuromem.models import make
from neuromem.models.resonator import Resonator, bind, bundle

FRADY = Paper("Frady, Kleyko & Sommer 2018, Neural Computation 30, 1449", "10.1162/neco_a_01084")
KENT = Paper("Kent, Frady, Sommer & Olshausen 2020, Neural Computation 32, 2332", "10.1162/neco_a_01329") + ", table"
CLARKSON = Paper("Clarkson, Ubaru & Yang 2023", "arXiv:2301.10352")


def by_scores(stored: int, units: int = 1000, codebook: int = 27) -> float:
    """The share of bundled items that are read right, from their scores alone, in 60 bundles."""
    rng, hits = np.random.RandomState(3), 0
    for _ in range(60):
        book, keys = rng.choice([-1, 1], (codebook, units)), rng.choice([-1, 1], (stored, units))
        chosen = rng.randint(codebook, size=stored)
        scores = (keys * (keys * book[chosen]).sum(0)) @ book.T
        hits += int((scores.argmax(1) == chosen).sum())
    return hits / (60 * stored)


@claim(
    "S27",
    FRADY,
    standing="exact",
    published=(0.986, 0.854, 0.593),
    within=0.001,
    why=PRINTED,
    cost="instant",
)
def bundle_accuracy() -> Answer:
    """Of bundles of 50, 100 and 200 keyed items of 1000 units, a share 0.986, 0.854 and 0.593 is
    read right from a codebook of 27."""
    return [theory.vsa.bundle_accuracy(1000, stored, 27) for stored in (50, 100, 200)]


@claim(
    "S28",
    FRADY + "; independent simulation of 200 bundles",
    standing="simulation",
    published=(0.8591, 0.5915),
    within=0.03,
    why="three standard errors",
    cost="seconds",
    independent=lambda: [by_scores(stored) for stored in (100, 200)],
)
def read_from_bundles(seed: int) -> Answer:
    """Of bundles of 100 and 200 keyed items of 1000 units, a resonator of one factor reads
    0.8591 and 0.5915 right."""
    return mean([[read(stored, seed + k) for stored in (100, 200)] for k in range(24)])


def read(stored: int, seed: int) -> float:
    """The share of one bundle that is read right."""
    rng = np.random.default_rng(seed)
    codebook, keys = patterns.random(27, 1000, rng=rng), patterns.random(stored, 1000, rng=rng)
    chosen = rng.integers(0, 27, stored)
    found = Resonator(1000).store(codebook).factor(bind(keys, bundle(bind(keys, codebook[chosen]))))[:, 0]
    return float((found == chosen).mean())


def factored(factors: int, units: int, size: int, seed: int, asked: int, cleanup: str = "hebb") -> Measured:
    """The share of products of random codebook vectors whose factors are all found."""
    rng = np.random.default_rng(seed)
    memory: Any = make(f"resonator:factors={factors}:cleanup={cleanup}", units, rng=seed)
    memory.store(patterns.random(factors * size, units, rng=rng))
    chosen = rng.integers(0, size, (asked, factors))
    product = bind(*(book[chosen[:, f]] for f, book in enumerate(memory.codebooks)))
    return share(int((memory.factor(product) == chosen).all(1).sum()), asked)


@claim("S29", KENT, published=0.99, within=0.03, why="three standard errors of 240 products", cost="minutes")
def three_factors(seed: int) -> Answer:
    """Products of three factors of 1500 units are factored right in 99 % of cases with 79 items
    a codebook."""
    return factored(3, 1500, 79, seed, 240)


@claim("S30", KENT, published=0.99, within=0.03, why="three standard errors of 240 products", cost="minutes")
def two_factors(seed: int) -> Answer:
    """Products of two factors of 1000 units are factored right in 99 % of cases with 340 items a
    codebook."""
    return factored(2, 1000, 340, seed, 240)


@claim("S31", KENT, published=0.99, within=0.03, why="three standard errors of 400 products", cost="minutes")
def four_factors(seed: int) -> Answer:
    """Products of four factors of 2000 units are factored right in 99 % of cases with 41 items a
    codebook."""
    return factored(4, 2000, 41, seed, 400)


@claim("S32", KENT, published=0.99, within=0.035, why="three standard errors of 120 products", cost="minutes")
def projection_clean_up(seed: int) -> Answer:
    """With the projection as clean-up, three factors of 1500 units are factored right in 99 % of
    cases with 99 items a codebook."""
    return factored(3, 1500, 99, seed, 120, "projection")


@claim(
    "T28",
    KENT + " (read as D^F = c N^2)",
    standing="exact",
    published=(1.5228, 1.4377, 0.8007, 0.4963, 0.3668, 0.2191),
    within="0.1%",
    why=PRINTED,
    cost="instant",
    independent=lambda: [421**3 / 7e3**2, 109.5**4 / 1e8, 38.08**5 / 1e8, 19.17**6 / 1e8, 12.04**7 / 1e8, 79**3 / 1500**2],
)
def size_of_search() -> Answer:
    """The products that a resonator searches are c N^2, with c = 1.52 at F = 3 and N = 7000,
    1.44, 0.80, 0.50 and 0.37 at F = 4 to 7 and N = 10,000, and 0.22 at F = 3 and N = 1500: no
    constant."""
    sizes = ((3, 7000), (4, 10_000), (5, 10_000), (6, 10_000), (7, 10_000), (3, 1500))
    return [theory.vsa.RESONATOR[size] ** size[0] / size[1] ** 2 for size in sizes]


@claim(
    "S34",
    CLARKSON + " (own equation: normal noise)",
    standing="simulation",
    published=(0.0127, 0.0569, 0.0372, 0.1036),
    within=2e-4,
    why=SOLVED,
    cost="instant",
)
def membership_errors() -> Answer:
    """A bundle of 50 and 100 vectors of 1000 units mistakes members and others with 0.0127 and
    0.0569, its sign with 0.0372 and 0.1036."""
    return [theory.membership.bundle_error(1000, n, clipped=clipped) for clipped in (False, True) for n in (50, 100)]


@claim(
    "S34b",
    CLARKSON + " (own equation)",
    standing="exact",
    published=(0.0569, 0.1036),
    within=0.012,
    why="three standard errors of 16,000 queries of 40 bundles",
    cost="seconds",
)
def membership_measured(seed: int) -> Answer:
    """Measured on bundles of 100 vectors of 1000 units, others are taken for members with
    0.0569, and with 0.1036 where only the sign is kept."""
    rng, taken = np.random.default_rng(seed), np.zeros(2)
    for _ in range(40):
        total = bundle(patterns.random(100, 1000, rng=rng))
        others = patterns.random(400, 1000, rng=rng).astype(float)
        sign = np.where(total == 0, rng.choice([-1, 1], 1000), np.sign(total))
        taken += (others @ total > 500).sum(), (others @ sign > 500 * math.sqrt(2 / (math.pi * 100))).sum()
    return share(taken.astype(int), 16_000)


@claim(
    "S34c",
    Paper("Bloom 1970, Communications of the ACM 13, 422", "10.1145/362686.362692"),
    standing="exact",
    published=(0.0216, 0.0031, 9585),
    within=(1e-4, 1e-4, 1),
    why=PRINTED,
    cost="instant",
    independent=lambda: (bloom(8000, 1000, 6), bloom(12_000, 1000, 8), 1000 * math.log2(100) / math.log(2)),
)
def bloom_filters() -> Answer:
    """A Bloom filter errs with 0.0216 at 8 bits an item and 6 hashes, with 0.0031 at 12 bits and
    8, and takes 9585 bits for 1000 items at an error of 0.01."""
    error = theory.membership.bloom_error
    return error(8000, 1000, 6), error(12_000, 1000, 8), theory.membership.bloom_bits(1000, 0.01)


def bloom(bits: int, stored: int, hashes: int) -> float:
    """The exact error for hashes that may coincide, to first order in 1 / bits."""
    return (1 - (1 - 1 / bits) ** (hashes * stored)) ** hashes
