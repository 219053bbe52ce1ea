"""What is left of the first block of items once more blocks are learnt? Of pairs, in a memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import xarray as xr
from scipy.special import erf

from neuromem import checks, patterns, results, sweep
from neuromem.catalogue import short
from neuromem.experiments.inference import pairs, spins
from neuromem.models import Spec, sources
from neuromem.theory import fast_weights as theory

if TYPE_CHECKING:
    from rich.table import Table

QUICK = {"models": ("continual", "continual:rule=ewc", "pavlov:rule=delta"), "blocks": 6, "units": 32, "trials": 2}
VARIABLES = {
    "first": ("overlap of what is recalled of the first block with its values", "1"),
    "newest": ("overlap of what is recalled of the newest block with its values", "1"),
    "theory": ("overlap of the first block's values after one pass of the delta rule, theory", "1"),
    "bits": ("bits held after the last block", "bit"),
    "correlation": ("mean product of two keys of a family, over their units", "1"),
    "block": ("blocks learnt", "1"),
}


def families(blocks: int, size: int, units: int, correlation: float, rng: np.random.Generator) -> np.ndarray:
    """Return keys (block, item, unit), a family a block.

    Two keys of a family have the mean product `correlation`, and so have two prototypes of
    families; two keys of different families have its square.
    """
    prototypes = patterns.correlated(blocks, units, correlation=correlation, rng=rng)
    keys, _ = patterns.examples(prototypes, size, quality=correlation**0.5, rng=rng)
    return keys.reshape(blocks, size, units)


def point(*, seed: int, model: str, correlation: float, units: int, blocks: int, size: int) -> Mapping[str, Any]:
    """Store one block after the other, and ask for the first and the newest each time."""
    rng = np.random.default_rng(seed)
    keys = families(blocks, size, units, correlation, rng)
    values = patterns.random(blocks * size, units, rng=rng).reshape(keys.shape)
    memory, first, newest = pairs(model, units, seed), np.zeros(blocks), np.zeros(blocks)
    for at in range(blocks):
        memory.store(keys[at], values[at])
        back = spins(memory.recall(keys[[0, at]].reshape(-1, units))).reshape(2, size, units)
        first[at], newest[at] = (back * values[[0, at]]).mean((1, 2))
    return {"first": ("block", first), "newest": ("block", newest), "bits": memory.memory.cost.bits}


def delta_overlap(units: int, blocks: int, size: int) -> np.ndarray:
    """Return the overlap of the first block's signs after each block, by the delta rule's theory.

    The recalled value is g v and a noise of variance P - g^2 in every unit, so that the overlap is
    erf(g / sqrt(2 (P - g^2))).
    """
    found = []
    for at in range(1, blocks + 1):
        signal = (1 - 1 / units) ** np.arange(at * size - 1, -1, -1)  # g, oldest first
        noise = np.maximum(theory.delta_error(units, at * size) + 2 * signal - 1 - signal**2, 1e-12)
        found.append(erf(signal / np.sqrt(2 * noise))[:size].mean())
    return np.array(found)


@results.experiment(VARIABLES)
def run(
    *,
    models: Annotated[tuple[Spec, ...], "Memories: NAME, FILE.py:NAME or MODULE:NAME, with :KEY=VALUE."] = (
        "continual:rule=hlop",
        "continual:rule=ewc",
        "continual:rule=plain",
        "pavlov:rule=delta",
        "pavlov:rule=least_squares",
        "palimpsa",
        "hopfield:rule=palimpsest",
    ),
    correlations: Annotated[tuple[float, ...], "Mean products of two keys of a family."] = (0.0, 0.5),
    units: Annotated[int, "Units of keys and values; auto-associative memories have twice as many."] = 64,
    blocks: Annotated[int, "Blocks learnt one after the other."] = 12,
    size: Annotated[int, "Pairs of a block."] = 8,
    trials: Annotated[int, "Repetitions, each with other pairs."] = 10,
    seed: Annotated[int, "Seed of all random numbers."] = 0,
) -> xr.Dataset:
    """What is left of the first block of items once more blocks are learnt?

    Pairs come in blocks, whose keys are a family each; values are random. After every block the
    keys of the first block and of the newest are asked for their values. What still comes back of
    the first block is what was not forgotten, and what comes back of the newest is what could still
    be learnt. For the delta rule and keys without correlations theory is beside it.
    """
    for correlation in correlations:
        checks.fraction("correlations", correlation)
    checks.whole("units", units, least=2)
    checks.whole("blocks", blocks)
    checks.whole("size", size)
    checks.whole("blocks times size", blocks * size, most=theory.MOST)
    dims = {"model": sources(models, 2 * units), "correlation": correlations}
    fixed = {"units": units, "blocks": blocks, "size": size}
    data = sweep.grid(point, dims, trials=trials, seed=seed, fixed=fixed, title="blocks")
    data = data.assign(theory=("block", delta_overlap(units, blocks, size)))
    return data.assign_coords(block=np.arange(1, blocks + 1))


def summary(data: xr.Dataset) -> Table:
    """Tabulate the overlaps of the first and of the newest block after the last, as means."""
    from rich import box
    from rich.table import Table

    table = Table(title=f"overlap after {data.sizes['block']} blocks: first / newest", box=box.SIMPLE)
    table.add_column("memory", overflow="fold")
    for correlation in data.correlation.values:
        table.add_column(f"correlation {correlation:g}", justify="right")
    last = data.isel(block=-1).mean("trial")
    for model in data.model.values:
        one = last.sel(model=model)
        cells = zip(one["first"].values, one.newest.values, strict=True)
        table.add_row(short(str(model)), *(f"{first:.2f} / {newest:.2f}" for first, newest in cells))
    return table
