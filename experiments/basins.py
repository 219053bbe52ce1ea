"""How much damage does each learning rule of a Hopfield network undo, and up to what load?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import xarray as xr

from neuromem import arrays, checks, cues, metrics, patterns, results, sweep
from neuromem.experiments._records import gathered
from neuromem.experiments._spread import said, standard_error
from neuromem.models import Spec, make, sources

if TYPE_CHECKING:
    from rich.table import Table

QUICK = {
    "models": ("hopfield", "hopfield:rule=storkey", "hopfield:rule=projection", "hopfield:rule=perceptron"),
    "trials": 2,
    "stored": (10, 30, 50),
    "fractions": (0.1, 0.2, 0.3),
}
VARIABLES = {
    "overlap": ("mean overlap of the recalled with the stored item", "1"),
    "exact": ("share of items recalled exactly", "1"),
    "converged": ("share of recalls that settled", "1"),
    "stored": ("items stored", "1"),
    "fraction": ("fraction of the cue's units flipped", "1"),
}


def point(
    *, seed: int, model: str, stored: int, items: patterns.ItemSet, fractions: tuple[float, ...], device: str = "cpu"
) -> Mapping[str, Any]:
    """Recall all items of one memory from cues of every damage."""
    rng, place = np.random.default_rng(seed), arrays.device_placer(device)
    x = items.draw(stored, rng)
    memory = make(model, items.units, rng=seed).store(place(x))
    records = []
    for fraction in fractions:
        recall = memory.recall(place(cues.flip(x, fraction, rng=rng)))
        record = {
            "overlap": metrics.overlap(recall, x).mean(),
            "exact": metrics.exact(recall, x).mean(),
            "converged": recall.converged.mean(),
        }
        records.append(record)
    return gathered(records, fraction=len(fractions))


@results.experiment(VARIABLES)
def run(
    *,
    models: Annotated[tuple[Spec, ...], "Memories: NAME, FILE.py:NAME or MODULE:NAME, with :KEY=VALUE."] = (
        "hopfield",
        "hopfield:rule=storkey",
        "hopfield:rule=projection",
        "hopfield:rule=projection:self_coupling=True",
        "hopfield:rule=perceptron",
        "hopfield:rule=diederich_opper",
        "hopfield:rule=descent_l2",
        "hopfield:rule=descent_l1",
        "hopfield:rule=descent_exponential",
    ),
    items: Annotated[patterns.ItemSpec, patterns.HELP] = "random",
    units: Annotated[int | None, "Units N of an item; by default 100, or those of the items given."] = None,
    stored: Annotated[tuple[int, ...], "Numbers of items K stored together."] = (10, 20, 30, 40, 50, 70, 90),
    fractions: Annotated[tuple[float, ...], "Fractions of a cue's units that are flipped."] = (0.0, 0.1, 0.2, 0.3, 0.4),
    trials: Annotated[int, "Repetitions, each with other items."] = 5,
    seed: Annotated[int, "Seed of all random numbers."] = 0,
    device: Annotated[str, arrays.DEVICE_HELP] = "cpu",
) -> xr.Dataset:
    """How much damage does each learning rule of a Hopfield network undo, and up to what load?

    Items, random ones unless told otherwise, are stored by each rule, and every one of them is then
    cued with a fraction of its units flipped. Kept for each trial, as means over the items, are the
    overlap, exact recall, and the recalls that settled. A rule with self-coupling holds almost any
    cue as it is: at high load its overlap is that of the cue, 1 - 2 (fraction flipped).
    """
    chosen = patterns.itemset(items, units=units, usual=100)
    memories = sources(models, chosen)
    arrays.require_device_support(device, [(model, make(model, chosen.units)) for model in memories])
    for number in stored:
        chosen.enough("stored", number)
    for fraction in fractions:
        checks.fraction("fractions", fraction)
    fixed = {"items": chosen, "fractions": fractions, "device": device}
    data = sweep.grid(point, {"model": memories, "stored": stored}, trials=trials, seed=seed, fixed=fixed, title="basins")
    return chosen.describe(data.assign_coords(fraction=list(fractions)))


def summary(data: xr.Dataset) -> Table:
    """Tabulate the mean overlap after a tenth of the units was flipped, and its standard error.

    Where no tenth was flipped, it is the damage nearest to a tenth. The error is over the
    trials.
    """
    from rich import box
    from rich.table import Table

    fraction = float(data.fraction.sel(fraction=0.1, method="nearest"))
    trials = data.sizes["trial"]
    table = Table(
        title=f"overlap from cues with {fraction:.0%} flipped, mean over {trials} trials and its standard error",
        box=box.SIMPLE,
        padding=(0, 1, 0, 0),
    )
    table.add_column("rule", overflow="fold")
    for number in data.stored.values:
        table.add_column(f"K={number}", justify="right", no_wrap=True)
    for model in data.model.values:
        found = data.overlap.sel(model=model, fraction=fraction)
        pairs = zip(found.mean("trial").values, standard_error(found).values, strict=True)
        cells = (said(m, e, ".3f", ".3f", "\n±") for m, e in pairs)
        table.add_row(str(model).removeprefix("hopfield:rule=").replace(":", " "), *cells)
    return table
