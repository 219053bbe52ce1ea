"""Which published numbers of sparse memories come out here? By equation and measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import numpy as np
import xarray as xr

from neuromem import checks, cues, metrics, patterns, results, sweep
from neuromem.experiments._spread import standard_error
from neuromem.experiments.attention_approximation import read_everywhere
from neuromem.models.cliques import Cliques
from neuromem.models.resonator import Resonator, bind, bundle
from neuromem.models.willshaw import Willshaw
from neuromem.theory import cliques, dendrite, sdm, vsa, willshaw

if TYPE_CHECKING:
    from rich.table import Table

QUICK = {"trials": 1, "tests": 20}
COMPARED = ("dendrite", "sdm", "willshaw", "cliques", "resonator")
VARIABLES = {
    "theirs": ("number of others", "1"),
    "theirs_error": ("standard error of the number of others, where they simulated it", "1"),
    "theory": ("ours by equation", "1"),
    "measured": ("ours by simulation", "1"),
}
SIMULATED = "simulation"  # in plain NumPy, apart from the package: tests/test_sparse_numbers.py


class Number(NamedTuple):
    """A number of others, and ours by equation.

    It has its family, what it is of, its value, ours (NaN where it is only measured), and its
    standard error if they simulated it.
    """

    family: str
    quantity: str
    theirs: float
    theory: float = np.nan
    error: float = np.nan

    @property
    def source(self) -> str:
        """How they got it: "paper" or "simulation"."""
        return "paper" if np.isnan(self.error) else SIMULATED


def dendrites() -> Iterator[Number]:
    """Give numbers of Hawkins & Ahmad 2016 (Table 1) and Ahmad & Hawkins 2016 (equations).

    Yields
    ------
    Number
        A number of others.
    """
    for n, a, s, t, published in (
        (100_000, 2000, 6, 6, 6.353e-11),
        (100_000, 2000, 8, 8, 2.525e-14),
        (100_000, 2000, 10, 10, 1.0016e-17),
        (100_000, 2000, 12, 6, 5.294e-8),
        (100_000, 2000, 16, 8, 2.817e-10),
        (100_000, 2000, 20, 10, 1.542e-12),
        (100_000, 2000, 24, 12, 8.587e-15),
        (100_000, 2000, 40, 10, 4.915e-9),
        (100_000, 2000, 80, 10, 4.626e-6),
        (100_000, 2000, 120, 10, 1.588e-4),
        (100_000, 2000, 240, 20, 1.080e-7),
        (10_000, 300, 24, 12, 8.376e-13),
        (4000, 128, 24, 12, 1.343e-12),
        (300, 64, 24, 12, 1.0946e-3),
        (500, 64, 24, 12, 5.6957e-6),
        (700, 64, 24, 12, 1.4125e-7),
        (300, 128, 24, 12, 0.292078),
        (500, 128, 24, 12, 7.36788e-3),
        (700, 128, 24, 12, 3.20106e-4),
        (500, 256, 24, 12, 0.629373),
    ):
        ours = dendrite.false_positive(n, a, s, t)
        yield Number("dendrite", f"false positive, n {n}, a {a}, s {s}, threshold {t}", published, ours)
    for t, published in ((8, 7.354e-4), (12, 0.07170), (16, 0.58250)):
        ours = dendrite.false_negative(128, 30, t, 64)
        yield Number("dendrite", f"false negative, a 128, s 30, half replaced, threshold {t}", published, ours)
    for n, row in (
        (1000, (1.75e-11, 0.01857, 0.430)),
        (4000, (1.86e-17, 3.33e-7, 1.30e-4)),
        (8000, (1.84e-20, 5.32e-10, 3.48e-7)),
    ):
        for m, published in zip((1, 10, 20), row, strict=True):
            ours = dendrite.false_positive(n, dendrite.union(n, 30, m), 20, 10)
            yield Number("dendrite", f"union of {m}, n {n}, a 30, s 20, threshold 10", published, ours)
    for t, published in ((4, 0.134632), (5, 0.00285), (6, 1.7e-5)):
        ours = dendrite.any_false_positive(dendrite.false_positive(100, 7, 7, t), 500)
        yield Number("dendrite", f"any of 500 patterns, n 100, w 7, threshold {t} (simulated)", published, ours)


def distributed() -> Iterator[Number]:
    """Give exact counts of Kanerva 1988, Table 7.1, and numbers of Bricken & Pehlevan 2021.

    Yields
    ------
    Number
        A number of others.
    """
    circle = (1071.85, 958.44, 795.87, 476.87, 285.83, 173.63, 103.46, 32.32, 7.597, 1.101)
    for x, published in zip((0, 1, 10, 50, 100, 150, 200, 300, 400, 500), circle, strict=True):
        yield Number("sdm", f"intersection at {x}, n 1000, d 451", published, float(sdm.intersection(1000, 451, x, 1e6)))
    for goal, published in (("signal", 11), ("capacity", 5), ("distance", 15)):
        yield Number(
            "sdm", f"best radius for {goal}, n 64, m 1024", published, sdm.best_radius(64, 1024, 2.0**64, goal=goal)
        )
    for d, published in ((5, 35.36), (7, 25.90), (9, 20.04), (11, 15.87), (13, 12.67), (15, 10.12), (19, 6.30)):
        yield Number("sdm", f"beta, n 64, d {d} (published fit is d/(d-1) too steep)", published, sdm.beta(64, d)[0])
    for (d, flipped), (mean, error) in RECOVERED.items():
        yield Number("sdm", f"recovered, d {d}, {flipped} flipped", mean, error=error)


def clipped() -> Iterator[Number]:
    """Give numbers of Willshaw et al. 1969 and Palm 1980.

    Yields
    ------
    Number
        A number of others.
    """
    for n, k, published in ((1000, 10, 6931), (2048, 11, 24_027), (10_000, 14, 353_646)):
        yield Number("willshaw", f"items at fill 1/2, n {n}, k {k}", published, willshaw.items_at(0.5, n, k))
    size = "n 1000, k 10, M 6931"
    yield Number("willshaw", f"fill, {size}", FILL[0], willshaw.fill(6931, 1000, 10), FILL[1])
    yield Number("willshaw", f"spurious units, {size}", SPURIOUS[0], willshaw.spurious(6931, 1000, 10), SPURIOUS[1])
    for (n, k), (mean, error) in BITS.items():
        ours = willshaw.bits_per_synapse(round(willshaw.items_at(0.5, n, k)), n, k)
        yield Number("willshaw", f"bits a synapse at fill 1/2, n {n}, k {k}", mean, ours, error)


def clustered() -> Iterator[Number]:
    """Give numbers of Gripon & Berrou 2011: 8 clusters of 256 cells, 4 of them erased.

    Yields
    ------
    Number
        A number of others.
    """
    yield Number("cliques", "items at efficiency 1", 28_672, cliques.full(8, 256))
    for stored, (once, iterated) in CLIQUES.items():
        ours = cliques.error(stored, 8, 256, 4)
        yield Number("cliques", f"error of one pass, M {stored}", once[0], ours, once[1])
        yield Number("cliques", f"error of sum of max, M {stored}", iterated[0], error=iterated[1])


def bound() -> Iterator[Number]:
    """Give numbers of bundles and products: Frady et al. 2018; Kent et al. 2020.

    Yields
    ------
    Number
        A number of others.
    """
    for stored, (mean, error) in BUNDLES.items():
        ours = vsa.bundle_accuracy(1000, stored, 27)
        yield Number("vsa", f"right from a bundle of {stored}, N 1000, D 27", mean, ours, error)
    for factors, units in PRODUCTS:
        yield Number("vsa", f"factored, F {factors}, N {units}, at the published D", 0.99)


def numbers() -> Iterator[Number]:
    """Give all of them, in the order of their papers.

    Yields
    ------
    Number
        A number of others; if it is simulated here, its quantity is one that `measured` gives.
    """
    for family in (dendrites, distributed, clipped, clustered, bound):
        yield from family()


# (mean, standard error) over runs of the plain simulation, which shares nothing with the package
RECOVERED = {  # {(radius, units flipped): share of 64 units' items that come back}; 20 runs of 100 recalls
    (9, 16): (0.962, 0.0038),
    (11, 16): (0.9715, 0.0041),
    (13, 16): (0.9735, 0.0029),
    (15, 16): (0.976, 0.0033),
    (17, 16): (0.907, 0.0064),
    (19, 16): (0.0125, 0.0024),
    (5, 10): (1.0, 0.0005),  # no error in 2000 recalls: one in 2000 is the error of both
    (5, 12): (0.0, 0.0005),
}
FILL, SPURIOUS = (0.50006, 0.00007), (1.2517, 0.0044)  # 20 memories
BITS = {(1000, 10): (0.52073, 0.00011), (4000, 12): (0.5411, 0.00016)}  # 20 and 5 memories
CLIQUES = {  # {items: error of one pass, error of sum of max}; 30 networks of 200 recalls
    5000: ((0.0397, 0.0026), (0.0, 0.0002)),  # no error in 6000 recalls
    10_000: ((0.3737, 0.0059), (0.0033, 0.0007)),
    12_000: ((0.5823, 0.0055), (0.0057, 0.0009)),
    15_000: ((0.8395, 0.0059), (0.0213, 0.0024)),
    20_000: ((0.9925, 0.0011), (0.1173, 0.0038)),
}
BUNDLES = {50: (0.9881, 0.0011), 100: (0.8591, 0.0023), 200: (0.5915, 0.0022)}  # 200 bundles
PRODUCTS = ((2, 1000), (3, 1500), (4, 2000))


def _recovered(rng: np.random.Generator, tests: int) -> Iterator[tuple[str, float]]:
    for d, flipped in RECOVERED:
        x = patterns.random(1024, 64, rng=rng)
        state = cues.flip(x[:tests], flipped / 64, rng=rng)
        for _ in range(10):
            read = np.sign(read_everywhere(x, state, d)).astype(np.int8)
            state = np.where(read == 0, state, read)
        yield f"recovered, d {d}, {flipped} flipped", metrics.exact(state, x[:tests]).mean()


def _spurious(rng: np.random.Generator) -> Iterator[tuple[str, float]]:
    keys, values = (patterns.sparse(6931, 1000, activity=0.01, rng=rng) for _ in range(2))
    recalled = np.asarray(Willshaw(1000, activity=0.01, decision="cue").store(keys, values).recall(keys))
    yield "spurious units, n 1000, k 10, M 6931", ((recalled > 0) & (values < 0)).sum(1).mean()


def _erased(rng: np.random.Generator, tests: int) -> Iterator[tuple[str, float]]:
    for stored in CLIQUES:
        x = patterns.random(stored, 64, rng=rng)
        network = Cliques(64, cluster=8).store(x)
        codes = network.encoder.encode(x[:tests])
        codes[:, : 4 * 256] = 0  # four clusters erased
        for name, steps in (("one pass", 1), ("sum of max", 8)):
            network.steps = steps
            wrong = 1 - metrics.exact(network.recall(network.encoder.decode(codes)), x[:tests]).mean()
            yield f"error of {name}, M {stored}", wrong


def _read(rng: np.random.Generator) -> Iterator[tuple[str, float]]:
    for stored in BUNDLES:
        codebook, keys = patterns.random(27, 1000, rng=rng), patterns.random(stored, 1000, rng=rng)
        chosen = rng.integers(0, 27, stored)
        trace = bundle(bind(keys, codebook[chosen]))
        found = Resonator(1000).store(codebook).factor(bind(keys, trace))[:, 0]
        yield f"right from a bundle of {stored}, N 1000, D 27", (found == chosen).mean()


def _factored(rng: np.random.Generator, tests: int) -> Iterator[tuple[str, float]]:
    for factors, units in PRODUCTS:
        size = int(vsa.RESONATOR[factors, units])
        memory = Resonator(units, factors=factors).store(patterns.random(factors * size, units, rng=rng))
        drawn = rng.integers(0, size, (max(tests // 10, 2), factors))
        product = bind(*(book[drawn[:, f]] for f, book in enumerate(memory.codebooks)))
        yield f"factored, F {factors}, N {units}, at the published D", (memory.factor(product) == drawn).all(1).mean()


def measured(rng: np.random.Generator, tests: int) -> Iterator[tuple[str, float]]:
    """Give every number that is simulated.

    Yields
    ------
    (str, float)
        Its quantity and its value.
    """
    yield from _recovered(rng, tests)
    yield from _spurious(rng)
    yield from _erased(rng, tests)
    yield from _read(rng)
    yield from _factored(rng, tests)


def point(*, seed: int, tests: int) -> Mapping[str, Any]:
    """Measure every simulated number once."""
    found = dict(measured(np.random.default_rng(seed), tests))
    return {"measured": (("number",), [found.get(number.quantity, np.nan) for number in numbers()])}


@results.experiment(VARIABLES)
def run(
    *,
    tests: Annotated[int, "Recalls for each simulated number, in each trial."] = 100,
    trials: Annotated[int, "Repetitions, each with other items."] = 4,
    seed: Annotated[int, "Seed of all random numbers."] = 0,
) -> xr.Dataset:
    """Which published numbers of sparse memories come out here?

    The memories are dendrites, sparse distributed memory, Willshaw's, cliques and resonators.
    Each number of others stands beside ours: by equation where there is one, and measured on
    the memory where they simulated it. What comes from a "simulation" was computed in plain
    NumPy, apart from the package, and has a standard error.
    """
    checks.whole("tests", tests, most=1024, way_out="the smallest memory holds 1024 items")
    data = sweep.grid(point, {}, trials=trials, seed=seed, fixed={"tests": tests}, title="sparse_numbers")
    every = list(numbers())
    data = data.assign_coords(
        number=[number.quantity for number in every],
        family=("number", [number.family for number in every]),
        source=("number", [number.source for number in every]),
    )
    return data.assign(
        theirs=("number", [number.theirs for number in every]),
        theirs_error=("number", [number.error for number in every]),
        theory=("number", [number.theory for number in every]),
    )


def summary(data: xr.Dataset) -> Table:
    """Tabulate ours beside theirs, one number a row."""
    from rich.table import Table

    table = Table(title="sparse memories: ours beside the numbers of others")
    table.add_column("family")
    table.add_column("quantity")
    table.add_column("source")
    for head in ("theirs", "standard error", "equation", "measured", "standard error"):
        table.add_column(head, justify="right")
    for at in range(data.sizes["number"]):
        one = data.isel(number=at)
        ours = one.measured.mean("trial"), standard_error(one.measured)
        shown = map(float, (one.theirs, one.theirs_error, one.theory, *ours))
        texts = ("" if np.isnan(value) else f"{value:.5g}" for value in shown)
        table.add_row(str(one.family.values), str(one.number.values), str(one.source.values), *texts)
    return table
