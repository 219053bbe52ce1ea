"""Can a memory infer A > C from A > B and B > C? Chains of pairs, followed hop by hop."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import xarray as xr

from neuromem import checks, cues, metrics, patterns, results, sweep
from neuromem.catalogue import short
from neuromem.experiments._spread import said, standard_error
from neuromem.models import Spec, make, sources
from neuromem.theory import inference as theory

if TYPE_CHECKING:
    from rich.table import Table

    from neuromem.nn.external import PairMemory

QUICK = {"models": ("pavlov:rule=hebb", "willshaw", "attention"), "chains": (2, 8, 32), "trials": 2}
VARIABLES = {
    "exact": ("share of chains whose item is right to the last unit after each hop", "1"),
    "overlap": ("overlap with the right item after each hop", "1"),
    "nearest": ("share of chains whose item is nearest to the right one of all items after each hop", "1"),
    "bits": ("bits held", "bit"),
    "theory": ("overlap of a matrix of Hebb's rule", "1"),
    "chains": ("chains stored", "1"),
    "hop": ("hops from the cue", "1"),
}


def pairs(model: str, units: int, rng: int) -> PairMemory:
    """Make a memory of pairs, with twice the units where the memory has one set of units only."""
    from neuromem.nn.external import PairMemory, is_auto

    twice = 2 if is_auto(make(model, units, rng=rng)) else 1
    return PairMemory(make(model, twice * units, rng=rng))


def spins(values: np.ndarray) -> np.ndarray:
    """Return +1 or -1 for each number; what is 0 becomes +1."""
    return np.where(metrics.signs(values) >= 0, 1, -1).astype(np.int8)


def point(*, seed: int, model: str, chains: int, units: int, hops: int, fraction: float) -> Mapping[str, Any]:
    """Store all links in random order, and follow each chain from its damaged first item."""
    rng = np.random.default_rng(seed)
    x = patterns.random(chains * (hops + 1), units, rng=rng).reshape(chains, hops + 1, units)
    memory = pairs(model, units, seed)
    order = rng.permutation(chains * hops)
    memory.store(*(part.reshape(-1, units)[order] for part in (x[:, :-1], x[:, 1:])))
    state = cues.flip(x[:, 0], fraction, rng=rng)
    found = {name: np.zeros(hops) for name in ("exact", "overlap", "nearest")}
    everything = x.reshape(-1, units).astype(float)
    for hop in range(hops):
        state, right = spins(memory.recall(state)), x[:, hop + 1]
        found["exact"][hop] = metrics.exact(state, right).mean()
        found["overlap"][hop] = metrics.overlap(state, right).mean()
        nearest = (state @ everything.T).argmax(1)
        found["nearest"][hop] = (nearest == np.arange(chains) * (hops + 1) + hop + 1).mean()
    return {**{name: ("hop", values) for name, values in found.items()}, "bits": memory.memory.cost.bits}


@results.experiment(VARIABLES)
def run(
    *,
    models: Annotated[tuple[Spec, ...], "Memories: NAME, FILE.py:NAME or MODULE:NAME, with :KEY=VALUE."] = (
        "hopfield",
        "hopfield:rule=projection",
        "pavlov:rule=hebb",
        "pavlov:rule=delta",
        "sdm",
        "willshaw",
        "sparsey",
        "ca3_attractor",
        "dense_hebbian",
        "spreading",
        "attention",
    ),
    units: Annotated[int, "Units of an item; auto-associative memories have twice as many."] = 64,
    chains: Annotated[tuple[int, ...], "Numbers of chains stored together."] = (2, 4, 8, 16, 32, 64),
    hops: Annotated[int, "Links of a chain: 2 are triples A > B, B > C."] = 2,
    fraction: Annotated[float, "Fraction of the cue's units that are flipped."] = 0.1,
    trials: Annotated[int, "Repetitions, each with other items."] = 3,
    seed: Annotated[int, "Seed of all random numbers."] = 0,
) -> xr.Dataset:
    """Can a memory infer A > C from A > B and B > C?

    The links of all chains are stored as pairs, in random order, and never a pair that skips one.
    Each chain is then cued with its damaged first item; the signs of what comes back are the next
    cue. What is right after the second hop was inferred, as nobody told it. An auto-associative
    memory keeps a pair as one item of twice the length, and answers with its unknown half. For the
    matrix of Hebb's rule theory is beside it.
    """
    checks.whole("units", units)
    checks.whole("hops", hops, most=1000)
    checks.fraction("fraction", fraction)
    for number in chains:
        checks.whole("chains", number)
    memories = sources(models, 2 * units)
    fixed = {"units": units, "hops": hops, "fraction": fraction}
    data = sweep.grid(point, {"model": memories, "chains": chains}, trials=trials, seed=seed, fixed=fixed, title="inference")
    start = 1 - 2 * round(fraction * units) / units
    line = theory.chain_overlaps(max(start, 0.0), np.array(chains) * hops / units, hops)
    return data.assign_coords(hop=np.arange(hops) + 1).assign(theory=(("chains", "hop"), line))


def summary(data: xr.Dataset) -> Table:
    """Tabulate the share of chains of which the last item was exact, mean over trials."""
    from rich import box
    from rich.table import Table

    table = Table(title=f"last item inferred exactly, {data.sizes['hop']} hops", box=box.SIMPLE, padding=(0, 1, 0, 0))
    table.add_column("memory", overflow="fold")
    for number in data.chains.values:
        table.add_column(f"T={number}", justify="right", no_wrap=True)
    last = data.exact.isel(hop=-1)
    error = standard_error(last)
    for model in data.model.values:
        cells = zip(last.mean("trial").sel(model=model).values, error.sel(model=model).values, strict=True)
        table.add_row(short(str(model)), *(said(mean, e, ".2f", ".2f", "\n±") for mean, e in cells))
    return table
