"""Maps of any memories: load and damage of the cue; load and temperature where they take one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from neuromem import checks, cues, metrics, patterns, sweep
from neuromem.experiments._boundary import boundary
from neuromem.experiments._loads import stored_at
from neuromem.experiments._records import gathered
from neuromem.experiments._spread import said
from neuromem.models import Spec, make, sources

if TYPE_CHECKING:
    from rich.table import Table

UNITS, RESOLUTION, LOAD, TEMPERATURE = 200, 12, 0.3, 1.5
RECALLED = 0.8  # overlap above which an item counts as recalled
FLIPPED = 0.5  # largest fraction of the units of a cue that is flipped


def replicas(network: Any, starts: np.ndarray) -> Mapping[str, Any]:
    """Run two replicas from each start (start, unit).

    Given are their overlaps with the start, and with one another, after the recall.
    """
    twice = starts.repeat(2, axis=0)
    ended = np.asarray(network.recall(twice))
    overlap = metrics.overlap(ended, twice).reshape(-1, 2)
    return {"overlap": (("start", "replica"), overlap), "alike": ("start", metrics.overlap(ended[::2], ended[1::2]))}


def column(network: Any, starts: np.ndarray, temperatures: Sequence[float], place: Any = np.asarray) -> Mapping[str, Any]:
    """Run `replicas` of one network of spins at every temperature, all in one recall."""
    twice = np.tile(starts.repeat(2, axis=0), (len(temperatures), 1))
    heat = np.repeat(temperatures, 2 * len(starts))
    ended = np.asarray(network.recall(place(twice), temperatures=heat))
    shape = len(temperatures), len(starts)
    overlap = metrics.overlap(ended, twice).reshape(*shape, 2)
    alike = metrics.overlap(ended[::2], ended[1::2]).reshape(shape)
    return {"overlap": (("temperature", "start", "replica"), overlap), "alike": (("temperature", "start"), alike)}


def damaged(
    *, seed: int, model: str, load: float, items: patterns.ItemSet, fractions: Sequence[float], starts: int
) -> Mapping[str, Any]:
    """Recall items from cues with ever more units flipped."""
    x = items.draw(stored_at(load, items.units), seed)
    memory = make(model, items.units, rng=seed).store(x)
    asked = x[np.arange(starts) % len(x)]
    found = (metrics.overlap(memory.recall(cues.flip(asked, one, rng=seed)), asked) for one in fractions)
    return gathered([{"overlap": ("start", overlap)} for overlap in found], fraction=len(fractions))


def heated(
    *, seed: int, model: Any, load: float, temperature: float, items: patterns.ItemSet, steps: int, starts: int
) -> Mapping[str, Any]:
    """Run a memory that takes a temperature from items that it holds."""
    x = items.draw(stored_at(load, items.units), seed)
    given = {"temperature": temperature} | ({"steps": steps} if model.takes("steps") else {})
    memory = make(model.given(**given), items.units, rng=seed).store(x)
    return replicas(memory, x[np.arange(starts) % len(x)])


def measured(
    models: tuple[Spec, ...],
    items: patterns.ItemSpec,
    *,
    units: int | None,
    resolution: int | None,
    load: float | None,
    temperature: float | None,
    steps: int,
    starts: int,
    trials: int,
    seed: int,
) -> xr.Dataset:
    """Map the memories; `heated` is NaN for those that take no temperature."""
    chosen = patterns.itemset(items, units=units, usual=UNITS)
    resolution = checks.whole("resolution", RESOLUTION if resolution is None else resolution, least=2, most=1000)
    load = checks.real("load", LOAD if load is None else load, above=0)
    chosen.enough("load", stored_at(load, chosen.units))
    memories = sources(models, chosen)
    warm = [model for model in memories if model.takes("temperature")]
    if temperature is not None and not warm:
        must = "be left out for memories that take none"
        raise checks.refusal("temperature", must, checks.shown(temperature), "give one that does, such as hopfield")
    temperature = checks.real("temperature", TEMPERATURE if temperature is None else temperature, above=0)
    cells = (np.arange(resolution) + 0.5) / resolution  # the middles of the map's cells
    loads, fractions = (cells * load).tolist(), (cells * FLIPPED).tolist()
    common: dict[str, Any] = {"trials": trials, "seed": seed, "title": "phases of memories"}
    fixed: dict[str, Any] = {"items": chosen, "starts": checks.whole("starts", starts)}
    dims = {"model": memories, "load": loads}
    data = sweep.grid(damaged, dims, fixed=fixed | {"fractions": tuple(fractions)}, **common)
    if warm:
        plane = {"model": warm, "load": loads, "temperature": (cells * temperature).tolist()}
        hot = sweep.grid(heated, plane, fixed=fixed | {"steps": steps}, **common)
        hot = hot.rename(overlap="heated", alike="heated_alike").reindex(model=data.model)
        data = data.merge(hot, combine_attrs="override")
    data = data.assign_coords(fraction=fractions, units=chosen.units, order=2, recalled=RECALLED)
    return chosen.describe(data)


def summary(data: xr.Dataset) -> Table:
    """Tabulate the load at which half of the recalls are still right, with its standard error."""
    from rich.table import Table

    words = f"load at which half of the recalls are above {float(data.recalled)}, ± standard error"
    table = Table(title=f"{patterns.caption(data)}: {words} over {data.sizes['trial']} trials")
    table.add_column("memory", no_wrap=True)
    ends = boundary(data).isel(fraction=np.unique(np.arange(3) * data.sizes["fraction"] // 3))
    for fraction in ends.fraction.values:
        table.add_column(f"{fraction:.0%} flipped", justify="right", no_wrap=True)
    for model in data.model.values:
        one = ends.sel(model=model)
        table.add_row(str(model), *map(said, one["load"].values, one.error.values))
    return table
