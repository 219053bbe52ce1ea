"""Is sparse distributed memory attention? Its reads beside those of a softmax fitted to it."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import xarray as xr

from neuromem import checks, cues, metrics, patterns, results, sweep
from neuromem.models.attention import Attention
from neuromem.models.sdm import SDM
from neuromem.theory import sdm as theory

if TYPE_CHECKING:
    from rich.table import Table

QUICK = {"trials": 2, "stored": 200, "cues_read": 50}
COMPARED = ("attention", "sdm")
VARIABLES = {
    "overlap": ("overlap of one read with the stored item", "1"),
    "likeness": ("cosine between the reads of softmax and of SDM with every location", "1"),
    "shared": ("fraction of all locations that two addresses share", "1"),
    "exponential": ("fitted exponential", "1"),
    "beta": ("beta, least squares of ln I against the cosine", "1"),
    "beta_published": ("beta as the published fit computes it", "1"),
    "beta_error": ("root-mean-square residual of ln I", "1"),
    "flipped": ("fraction of units flipped", "1"),
    "radius": ("Hamming radius", "bit"),
    "distance": ("Hamming distance of two addresses", "bit"),
}
READERS = ("every location", "hard locations", "softmax", "softmax, published fit")


def read_everywhere(items: np.ndarray, given: np.ndarray, radius: int) -> np.ndarray:
    """Return what an SDM with a location at each of 2^n addresses reads, real numbers (cue, unit).

    It is the mean of the items (item, unit), weighted by the locations that each shares with the
    cue, y = sum_m I(x_m) x_m / sum_m I(x_m). A cue that shares a location with no item reads 0.
    """
    units = items.shape[1]
    distance = (units - given.astype(float) @ items.T.astype(float)) / 2  # exact: whole numbers
    weights = _shared(units, radius)[distance.astype(int)]  # (cue, item)
    return weights @ items / np.maximum(weights.sum(1, keepdims=True), np.finfo(float).tiny)


@functools.cache
def _shared(units: int, radius: int) -> np.ndarray:
    """The fraction of all locations that two addresses share, for each distance 0 .. units."""
    return theory.intersection(units, radius, np.arange(units + 1))


def published_beta(radius: int, beta: float) -> float:
    """Return beta as the published fit has it, a covariance over k - 1 by a variance over k."""
    return beta * radius / (radius - 1)


def point(
    *, seed: int, radius: int, units: int, stored: int, locations: int, cues_read: int, fractions: tuple[float, ...]
) -> Mapping[str, Any]:
    """Return how well each reader restores each cue in one read, at one radius.

    NaN stands for hard locations that are too few for the radius.
    """
    rng = np.random.default_rng(seed)
    x = patterns.random(stored, units, rng=rng)
    beta, _ = theory.beta(units, radius)
    softmax, published = (
        Attention(units, beta=b, similarity="cosine", steps=1).store(x.astype(float))
        for b in (beta, published_beta(radius, beta))
    )
    enough = theory.activation(units, radius) * locations >= 1
    hard = SDM(units, locations=locations, radius=radius, steps=1, rng=seed) if enough else None
    if hard:
        hard.store(x)
    overlap = np.full((len(READERS), len(fractions)), np.nan)
    likeness = np.empty((2, len(fractions)))
    asked = x[:cues_read]
    for f, fraction in enumerate(fractions):
        given = cues.flip(asked, fraction, rng=rng)
        ideal = read_everywhere(x, given, radius)
        reads = [
            ideal,
            hard.recall(given) if hard else None,
            softmax.recall(given.astype(float)),
            published.recall(given.astype(float)),
        ]
        for r, read in enumerate(reads):
            if read is not None:
                overlap[r, f] = metrics.overlap(metrics.signs(read), asked).mean()
        likeness[:, f] = [metrics.overlap(read, ideal).mean() for read in reads[2:]]
    return {"overlap": (("reader", "flipped"), overlap), "likeness": (("fit", "flipped"), likeness)}


@results.experiment(VARIABLES)
def run(
    *,
    radii: Annotated[tuple[int, ...], "Hamming radii of a location."] = (5, 7, 9, 11, 13, 15, 19, 23),
    units: Annotated[int, "Length of an item."] = 64,
    stored: Annotated[int, "Items stored."] = 1024,
    locations: Annotated[int, "Hard locations of the finite memory."] = 10_000,
    cues_read: Annotated[int, "Items that are cued."] = 200,
    fractions: Annotated[tuple[float, ...], "Fractions of the units flipped."] = (
        0.0,
        0.0625,
        0.125,
        0.1875,
        0.25,
        0.3125,
        0.375,
    ),
    trials: Annotated[int, "Repetitions, each with other items."] = 5,
    seed: Annotated[int, "Seed of all random numbers."] = 0,
) -> xr.Dataset:
    """Is sparse distributed memory attention? Its reads beside those of a softmax fitted to it.

    The locations that two addresses share fall off almost exponentially with their distance, so
    that a read of SDM is nearly a softmax over its items (Bricken & Pehlevan 2021). For each
    radius these are kept: the shared locations and the fitted exponential; how like the two reads
    are; and how well one read restores damaged items with a location at every address, with hard
    locations at random, with softmax, and with softmax at the published beta, whose fit is too
    steep.
    """
    fixed: dict[str, Any] = {
        "units": checks.whole("units", units, least=4),
        "stored": checks.whole("stored", stored),
        "locations": checks.whole("locations", locations),
        "cues_read": checks.whole("cues_read", cues_read, most=stored, way_out="cue as many items as are stored, or fewer"),
        "fractions": tuple(checks.fraction("fractions", fraction) for fraction in fractions),
    }
    for radius in radii:
        checks.whole("radii", radius, least=2, most=units // 2 - 1, way_out="circles must be smaller than half the space")
    data = sweep.grid(point, {"radius": radii}, trials=trials, seed=seed, fixed=fixed, title="attention_approximation")
    distance = np.arange(units // 2 + 1)
    exact = np.stack([theory.intersection(units, radius, distance) for radius in radii])
    fits = np.array([theory.beta(units, radius) for radius in radii])  # (radius, beta and error)
    offset = [  # least squares in ln I, at the distances of the fit
        (np.log(row[1 : radius + 1]) + 2 * beta * np.arange(1, radius + 1) / units).mean()
        for row, radius, (beta, _) in zip(exact, radii, fits, strict=True)
    ]
    data = data.assign_coords(
        reader=list(READERS), fit=["least squares", "published"], flipped=list(fractions), distance=distance
    ).assign(
        shared=(("radius", "distance"), exact),
        exponential=(("radius", "distance"), np.exp(np.array(offset)[:, None] - 2 * fits[:, :1] * distance / units)),
        beta=("radius", fits[:, 0]),
        beta_published=("radius", [published_beta(r, beta) for r, (beta, _) in zip(radii, fits, strict=True)]),
        beta_error=("radius", fits[:, 1]),
    )
    return data


def summary(data: xr.Dataset) -> Table:
    """Return a table of beta, its error, and the reads at the middle damage, for each radius."""
    from rich.table import Table

    middle = float(data.flipped[len(data.flipped) // 2])
    title = (
        f"{middle:.0%} of the units flipped: likeness of reads, overlap after one, median over {data.sizes['trial']} trials"
    )
    table = Table(title=title)
    heads = ["radius", "beta", "published", "error of ln I", "likeness", *map(str, data.reader.values)]
    for head in heads:
        table.add_column(head, justify="right")
    at = data.sel(flipped=middle).median("trial")
    for radius in data.radius.values:
        one = at.sel(radius=radius)
        shown = [f"{float(one[name]):.2f}" for name in ("beta", "beta_published", "beta_error")]
        shown.append(f"{float(one.likeness.sel(fit='least squares')):.3f}")
        overlaps = one.overlap.values
        table.add_row(str(radius), *shown, *("" if np.isnan(value) else f"{value:.3f}" for value in overlaps))
    return table
