"""How many random items does each memory hold? Overlap and exact recall against load."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import xarray as xr

from neuromem import arrays, checks, cues, metrics, patterns, results, sweep
from neuromem.experiments import _budget
from neuromem.experiments._loads import stored_at
from neuromem.models import ALL, Spec, make, sources

if TYPE_CHECKING:
    from rich.table import Table

QUICK = {"trials": 2, "units": 32, "loads": (0.1, 0.2, 0.5, 1.0), "asked": 8}
VARIABLES = {
    "overlap": ("overlap of the recalled with the stored item", "1"),
    "exact": ("recalled exactly", "1"),
    "bits": ("bits held to be able to recall", "bit"),
    "operations": ("operations of a recall as run", "1"),
    "load": ("load: items / units", "1"),
    "age": ("age of the item, from the newest (0) to the oldest (1)", "1"),
    **_budget.VARIABLES,
}


def point(
    *,
    seed: int,
    model: str,
    load: float,
    items: patterns.ItemSet,
    damage: float,
    asked: int,
    device: str = "cpu",
    bits: int | None = None,
    operations: int | None = None,
) -> Mapping[str, Any]:
    """Fill one memory once, and recall `asked` of its items.

    They are evenly spaced from the oldest to the newest. Within a budget the memory is as large as
    that allows; one that doesn't fit gives NaN.
    """
    rng, place = np.random.default_rng(seed), arrays.device_placer(device)
    x = items.draw(stored_at(load, items.units), rng)
    memory, apart = _budget.filled(lambda one: make(one, items.units, rng=seed), model, place(x), bits, operations)
    if memory is None:
        none = "age", np.full(asked, np.nan)
        return {"overlap": none, "exact": none, "bits": np.nan, "operations": np.nan, **apart}
    wanted = x[np.linspace(0, len(x) - 1, asked).round().astype(int)]
    recall = memory.recall(place(cues.flip(wanted, damage, rng=seed)))
    return {
        "overlap": ("age", metrics.overlap(recall, wanted)),
        "exact": ("age", metrics.exact(recall, wanted)),
        "bits": memory.cost.bits,
        "operations": memory.cost.operations,
        **apart,
    }


@results.experiment(VARIABLES)
def run(
    *,
    models: Annotated[tuple[Spec, ...], "Memories: NAME, FILE.py:NAME or MODULE:NAME, with :KEY=VALUE; or all."] = (
        "hopfield",
        "hopfield:rule=storkey",
        "hopfield:rule=projection",
        "dense_hebbian",
        "willshaw",
        "sdm",
        "attention",
        "ca3:gated=True:match=best",
        "ca3_attractor",
    ),
    items: Annotated[patterns.ItemSpec, patterns.HELP] = "random",
    units: Annotated[int | None, "Units N of an item; by default 64, or those of the items given."] = None,
    loads: Annotated[tuple[float, ...], "Loads: stored items / units."] = (
        *(0.03, 0.06, 0.1, 0.14, 0.2, 0.3, 0.45, 0.7, 1.0, 2.0, 4.0, 8.0, 16.0, 28.0, 40.0, 56.0),
    ),
    damage: Annotated[float, "Fraction of the units of a cue that are inverted."] = 0.1,
    asked: Annotated[int, "Items recalled, from the oldest to the newest."] = 20,
    trials: Annotated[int, "Repetitions, each with other items."] = 5,
    seed: Annotated[int, "Seed of all random numbers."] = 0,
    device: Annotated[str, arrays.DEVICE_HELP] = "cpu",
    bits: Annotated[int | None, _budget.HELP_BITS] = None,
    operations: Annotated[int | None, _budget.HELP_OPERATIONS] = None,
) -> xr.Dataset:
    """How many random items does each memory hold?

    Any memories store items, random ones unless told otherwise, up to every load. Kept for each
    trial are the overlap and exact recall of every item asked for, the bits held, and the
    operations of a recall.
    """
    chosen = patterns.itemset(items, units=units)
    for load in loads:
        checks.real("loads", load, above=0, way_out="give stored items / units, such as 0.1")
        chosen.enough("loads", stored_at(load, chosen.units))
    memories = sources(ALL if tuple(models) == ("all",) else models, chosen)
    arrays.require_device_support(device, [(model, make(model, chosen.units)) for model in memories])
    checks.fraction("damage", damage)
    checks.whole("asked", asked)
    fixed = {"items": chosen, "damage": damage, "asked": asked, "device": device} | _budget.checked(bits, operations)
    dims = {"model": memories, "load": loads}
    data = sweep.grid(point, dims, trials=trials, seed=seed, fixed=fixed, title="capacity")
    return chosen.describe(data.assign_coords(age=np.linspace(1, 0, asked)))


def summary(data: xr.Dataset) -> Table:
    """Tabulate the largest load up to which half of the items come back, and the bits held there.

    They come back exactly, or with an overlap of 0.9.
    """
    from rich.table import Table

    table = Table(title=f"{patterns.caption(data)}: largest load of the grid with median trial at least one half")
    heads = _budget.heads(data)
    for head in ("memory", "exact", "overlap > 0.9", "kbit held", *heads):
        table.add_column(head, justify="left" if head == "memory" else "right", no_wrap=head == "memory")
    good = {"exact": data.exact, "close": data.overlap > 0.9}
    held = {name: (values.mean("age").median("trial") >= 0.5).cumprod("load").astype(bool) for name, values in good.items()}
    for model in data.model.values:
        if data.overlap.sel(model=model).isnull().all():  # no load fits in the bits, or every one failed
            table.add_row(str(model), "does not fit", *["-"] * (2 + len(heads)))
            continue
        last = {name: data["load"].where(values.sel(model=model)).max("load").item() for name, values in held.items()}
        cells = [f"{value:g}" if value == value else "-" for value in last.values()]  # NaN: not at the smallest load
        place = last["exact"] if last["exact"] == last["exact"] else float(data["load"][0])
        at = data.sel(model=model, load=place)
        table.add_row(str(model), *cells, f"{float(at.bits.median()) / 1000:,.1f}", *_budget.cells(heads, at))
    return table
