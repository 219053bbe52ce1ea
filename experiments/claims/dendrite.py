"""Claims about dendritic segments that recognise sparse patterns."""

from __future__ import annotations

from typing import Any

from scipy.stats import hypergeom

from neuromem import patterns, theory
from neuromem.experiments.claims.claim import PRINTED, Answer, Paper, claim, mean
from neuromem.models import make

TABLE = Paper("Hawkins & Ahmad 2016, Frontiers in Neural Circuits 10, 23, table 1", "10.3389/fncir.2016.00023")
AHMAD = Paper("Ahmad & Hawkins 2016, How do neurons operate on sparse distributed representations?", "arXiv:1601.00720")


def tail(cells: int, active: int, synapses: int, threshold: int) -> float:
    """The chance that `threshold` of `synapses` cells are among `active` random ones of all."""
    return float(hypergeom(cells, active, synapses).sf(threshold - 1))


def rows(*sizes: tuple[int, float, int, int]) -> list[float]:
    """Give false positives at (cells, active, synapses, threshold)."""
    return [theory.dendrite.false_positive(*size) for size in sizes]


def enter(
    id: str, source: Paper, statement: str, published: tuple[float, ...], sizes: tuple[tuple[int, int, int, int], ...]
) -> None:
    """Enter false positives at (cells, active, synapses, threshold)."""

    def counted() -> list[float]:
        return [tail(*size) for size in sizes]

    @claim(id, statement, source, published=published, within="0.1%", why=PRINTED, cost="instant", independent=counted)
    def measure() -> Answer:
        return rows(*sizes)


enter(
    "S01",
    TABLE + "B",
    "Among 100,000 cells with 2000 active, 6, 8 and 10 synapses that must all be active fire by "
    "chance with 6.353e-11, 2.525e-14 and 1.0016e-17.",
    (6.353e-11, 2.525e-14, 1.0016e-17),
    tuple((100_000, 2000, s, s) for s in (6, 8, 10)),
)
enter(
    "S02",
    TABLE + "C",
    "With twice as many synapses as the threshold of 6, 8, 10 and 12, they fire by chance with "
    "5.294e-8, 2.817e-10, 1.542e-12 and 8.587e-15.",
    (5.294e-08, 2.817e-10, 1.542e-12, 8.587e-15),
    tuple((100_000, 2000, 2 * s, s) for s in (6, 8, 10, 12)),
)
enter(
    "S03",
    TABLE + "D",
    "A segment that learns 2, 4 and 6 patterns at threshold 10, or 6 at threshold 20, with twice "
    "the threshold in synapses each, fires by "
    "chance with 4.915e-9, 4.626e-6, 1.588e-4 and 1.080e-7.",
    (4.915e-9, 4.626e-6, 1.588e-4, 1.080e-7),
    tuple((100_000, 2000, 2 * m * t, t) for t, m in ((10, 2), (10, 4), (10, 6), (20, 6))),
)
enter(
    "S04",
    AHMAD,
    "A segment of 24 synapses at threshold 12 fires by chance with 8.376e-13 among 10,000 cells "
    "of which 300 are active, and 1.343e-12 "
    "among 4000 of which 128 are.",
    (8.376e-13, 1.343e-12),
    ((10_000, 300, 24, 12), (4000, 128, 24, 12)),
)
enter(
    "S05",
    AHMAD,
    "At 24 synapses and threshold 12 with 64 active of 300, 500 and 700 cells, and 128 of them, "
    "and 256 of 500, a segment fires by chance "
    "with 1.0946e-3, 5.6957e-6, 1.4125e-7, 0.292078, 7.36788e-3, 3.20106e-4 and 0.629373.",
    (1.0946e-3, 5.6957e-6, 1.4125e-7, 0.292078, 7.36788e-3, 3.20106e-4, 0.629373),
    (*((n, a, 24, 12) for a in (64, 128) for n in (300, 500, 700)), (500, 256, 24, 12)),
)


@claim(
    "S06",
    AHMAD,
    published=(7.354e-4, 0.07170, 0.58250),
    within="0.1%",
    why=PRINTED,
    cost="instant",
    independent=lambda: [float(hypergeom(128, 30, 64).sf(30 - t)) for t in (8, 12, 16)],
)
def false_negatives() -> Answer:
    """With half of 128 active cells replaced, 30 synapses miss the pattern with 7.354e-4, 0.0717
    and 0.5825 at threshold 8, 12 and 16."""
    return [theory.dendrite.false_negative(128, 30, t, 64) for t in (8, 12, 16)]


@claim(
    "S07",
    AHMAD,
    published=(0.01857, 0.43, 3.33e-7, 0.00013, 5.32e-10, 3.48e-7),
    within="1%",
    why=PRINTED,
    cost="instant",
)
def unions() -> Answer:
    """A union of 10 and 20 patterns of 30 cells is taken for another by 20 synapses at threshold
    10 with 0.01857 and 0.43 among 1000 cells, 3.33e-7 and 1.3e-4 among 4000, and 5.32e-10 and
    3.48e-7 among 8000."""
    counts = ((cells, count) for cells in (1000, 4000, 8000) for count in (10, 20))
    return rows(*((cells, theory.dendrite.union(cells, 30, count), 20, 10) for cells, count in counts))


@claim(
    "S08",
    AHMAD,
    published=0.0073679,
    within="10%",
    why="three standard errors of 300 cues on 2560 segments",
    cost="seconds",
)
def cells_of_the_memory(seed: int) -> Answer:
    """The memory's own cells, with 24 synapses on 128 active of 500 inputs and threshold 12,
    answer another pattern with probability 0.0073679."""
    memory: Any = make("dendrite:activity=0.256:contacts=24:threshold=12", 500, rng=seed)
    memory.store(patterns.sparse(20, 500, activity=0.256, rng=seed))
    others = patterns.sparse(300, 500, activity=0.256, rng=seed + 1) > 0
    active = others[:, memory.segments].sum(-1) >= 12  # (cue, segment)
    return mean(active.mean(1))
