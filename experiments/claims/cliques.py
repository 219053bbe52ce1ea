"""Claims about cliques in clustered networks."""

from __future__ import annotations

import numpy as np

from neuromem import metrics, patterns, theory
from neuromem.experiments.claims.claim import PRINTED, Answer, Paper, claim, mean
from neuromem.models.cliques import Cliques

GRIPON = Paper("Gripon & Berrou 2011, IEEE Transactions on Neural Networks 22, 1087", "10.1109/TNN.2011.2146789")
RUNS = "independent simulation of 30 networks of 200 recalls"


@claim(
    "S23",
    GRIPON,
    published=(0.2046, 28672),
    within="0.1%",
    why=PRINTED,
    cost="instant",
    independent=lambda: (1 - (1 - 256**-2.0) ** 15000, 7 * 256**2 / 16),
)
def clique_density() -> Answer:
    """In 8 clusters of 256 cells the density is 0.2046 after 15,000 items, and 28,672 items hold
    as many bits as the synapses."""
    return theory.cliques.density(15000, 8, 256), theory.cliques.full(8, 256)


@claim(
    "S24",
    GRIPON,
    published=(0.029, 0.336, 0.551, 0.833),
    within="1%",
    why=PRINTED,
    cost="instant",
    independent=lambda: [1 - (1 - (1 - (1 - 256**-2.0) ** m) ** 4) ** (4 * 255) for m in (5000, 10000, 12000, 15000)],
)
def clique_errors() -> Answer:
    """With half of the clusters erased, one pass is wrong with 0.029, 0.336, 0.551 and 0.833 for
    5000, 10,000, 12,000 and 15,000 items."""
    return [theory.cliques.error(stored, 8, 256, 4) for stored in (5000, 10_000, 12_000, 15_000)]


def wrong(stored: int, steps: int, seed: int, networks: int = 8, asked: int = 250) -> Answer:
    """The share of items of 64 units that fail with the last four of eight clusters erased."""
    shares = []
    for k in range(networks):
        items = patterns.random(stored, 64, rng=seed + k)
        network = Cliques(64, cluster=8, steps=steps).store(items)
        codes = network.encoder.encode(items[:asked])
        codes[:, -4 * 256 :] = 0
        shares.append(1 - metrics.exact(network.recall(network.encoder.decode(codes)), items[:asked]).mean())
    return mean(np.array(shares))


@claim(
    "S25",
    GRIPON,
    standing="memory",
    published=0.015,
    within=0.0149,
    why="an upper bound of 0.03: anything between 0 and it",
    cost="seconds",
)
def clique_recall(seed: int) -> Answer:
    """Sum of max recalls 15,000 items of 64 units with half of the clusters erased, with an
    error below 0.03."""
    return wrong(15_000, 8, seed, networks=12)


@claim(
    "S26",
    GRIPON + " (equation of one pass)",
    published=0.336,
    within=0.02,
    why="three standard errors",
    cost="minutes",
    independent=lambda: joined_to_all(10_000),
    note="the equation takes the edges among wrong cells as independent of each other",
)
def one_pass(seed: int) -> Answer:
    """With half of the clusters erased, one pass of a network with 10,000 items is wrong with
    probability 0.336."""
    return wrong(10_000, 1, seed, networks=20)


def joined_to_all(stored: int, networks: int = 30, asked: int = 200) -> float:
    """The share of items with a wrong cell to which all four known ones are joined."""
    rng, wrong = np.random.RandomState(5), 0
    for _ in range(networks):
        items = rng.randint(256, size=(stored, 8))
        edges = np.zeros((4, 256, 4, 256), bool)  # known cluster and cell, erased cluster and cell
        for known, erased in np.ndindex(4, 4):
            edges[known, items[:, known], erased, items[:, 4 + erased]] = True
        left = np.logical_and.reduce([edges[known, items[:asked, known]] for known in range(4)])
        wrong += int((left.sum((1, 2)) > 4).sum())
    return wrong / (networks * asked)


@claim("S26b", RUNS, standing="simulation", published=0.1173, within=0.04, why="three standard errors", cost="minutes")
def iterated(seed: int) -> Answer:
    """With half of the clusters erased, sum of max in a network with 20,000 items is wrong with
    probability 0.1173."""
    return wrong(20_000, 8, seed)
