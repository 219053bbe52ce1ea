"""Is one pair found again among 100,000 others? Against the bits that each memory holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import xarray as xr

from neuromem import checks, results, sweep
from neuromem.arrays import unit_length
from neuromem.catalogue import short
from neuromem.models import Spec, make, sources
from neuromem.theory import top_one

if TYPE_CHECKING:
    from rich.table import Table

QUICK = {"fillers": (100, 1000), "trials": 2}
VARIABLES = {
    "right": ("share of needles found", "1"),
    "bits": ("bits held", "bit"),
    "theory": ("share of needles found by Hebb's rule, theory", "1"),
    "age": ("share of the pairs that came after a needle", "1"),
    "fillers": ("other pairs", "1"),
}


def point(*, seed: int, model: str, fillers: int, units: int, needles: int) -> Mapping[str, Any]:
    """Store random pairs, needles evenly spread among them, and ask for each needle by its key."""
    rng = np.random.default_rng(seed)
    keys, values = (unit_length(rng.standard_normal((fillers + needles, units))) for _ in "kv")
    places = ((np.arange(needles) + 0.5) / needles * len(keys)).astype(int)
    memory = make(model, units, rng=seed).store(keys, values)
    read = np.asarray(memory.recall(keys[places]), float)
    right = (read @ values[places].T).argmax(1) == np.arange(needles)
    return {"right": ("age", right[::-1].astype(float)), "bits": float(memory.cost.bits)}


@results.experiment(VARIABLES)
def run(
    *,
    models: Annotated[tuple[Spec, ...], "Memories: NAME, FILE.py:NAME or MODULE:NAME, with :KEY=VALUE."] = (
        "attention:steps=1",
        "memory_caching:segment=16:beta=2",
        "sparse_pointer:slots=1000",
        "pavlov:rule=delta",
        "pavlov:rule=hebb",
        "pavlov:rule=hebb:decay=0.999",
    ),
    fillers: Annotated[tuple[int, ...], "Other pairs that are stored."] = (100, 1000, 10_000, 100_000),
    units: Annotated[int, "Units of a key and of a value."] = 64,
    needles: Annotated[int, "Pairs that are asked for; an answer is the nearest of their values."] = 50,
    trials: Annotated[int, "Repetitions, each with other pairs."] = 4,
    seed: Annotated[int, "Seed of all random numbers."] = 0,
) -> xr.Dataset:
    """Is one pair found again among 100,000 others?

    Pairs of random directions are stored one after the other, and some of them, the needles,
    evenly spread among the rest, are asked for by their keys. What is read is compared with the
    values of all needles, and the nearest one is the answer, so that guessing finds 1 / needles.
    Memories whose bits grow with what they are told are beside memories of fixed size, some of
    which fade so that they keep the latest, with the theory of one Hebbian state.
    """
    checks.whole("units", units, least=3)
    checks.whole("needles", needles, least=2)
    for number in fillers:
        checks.whole("fillers", number, least=1)
    checks.fits("fillers", 8 * 6 * units * (max(fillers, default=1) + needles), "take fewer units or fillers")
    memories = sources(models, units)
    dims, fixed = {"model": memories, "fillers": fillers}, {"units": units, "needles": needles}
    data = sweep.grid(point, dims, trials=trials, seed=seed, fixed=fixed, title="needle")
    data["theory"] = ("fillers", top_one.accuracy(units, np.array(fillers) + needles, needles))
    return data.assign_coords(age=(np.arange(needles) + 0.5) / needles)


def summary(data: xr.Dataset) -> Table:
    """Tabulate the share of needles found, and the bits held among the most fillers."""
    from rich.table import Table

    table = Table(title=f"needles found among other pairs, mean of {data.sizes['trial']} trials")
    table.add_column("memory", no_wrap=True)
    for number in data.fillers.values:
        table.add_column(f"{number:,}", justify="right", no_wrap=True)
    table.add_column("Mbit", justify="right", no_wrap=True)
    found, bits = data.right.mean(("trial", "age")), data.bits.isel(fillers=-1).mean("trial")
    for model in data.model.values:
        cells = (f"{share:.2f}" for share in found.sel(model=model).values)
        table.add_row(short(str(model)), *cells, f"{float(bits.sel(model=model)) / 1e6:,.1f}")
    table.add_row("theory, hebb", *(f"{share:.2f}" for share in data.theory.values), "")
    return table
