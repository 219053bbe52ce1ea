"""How much does one macrocolumn hold as it grows? Items, and bits for each synapse."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import xarray as xr

from neuromem import checks, metrics, patterns, results, sweep
from neuromem.models.sparsey import Sparsey

if TYPE_CHECKING:
    from rich.table import Table

QUICK = {"trials": 2, "modules": (12, 24), "cells": (8, 16, 32)}
COMPARED = ("sparsey",)
VARIABLES = {
    "held": ("items stored of which nine in ten come back exactly", "1"),
    "bits_per_synapse": ("information of the items held for each synapse", "bit"),
    "synapses": ("synapses", "1"),
    "modules": ("modules Q", "1"),
    "cells": ("cells K of a module", "1"),
}

ENOUGH = 0.9  # share of items recalled exactly at which a memory still counts as holding them
STEP = 1.15  # ratio of one number of stored items to the one before


def _noisy(items: np.ndarray, number: int, rng: np.random.Generator) -> np.ndarray:
    """Move `number` of the active units of each item to units that were not active."""
    out = items.copy()
    for row in out:
        on, off = rng.permuted(np.flatnonzero(row > 0)), rng.permuted(np.flatnonzero(row < 0))
        row[on[:number]], row[off[:number]] = -1, 1
    return out


def point(*, seed: int, modules: int, cells: int, units: int, active: int, power: float, moved: int) -> Mapping[str, Any]:
    """Store ever more items, and recall all of them each time.

    It ends when fewer than half of ENOUGH come back exactly.
    """
    rng = np.random.default_rng(seed)
    memory = Sparsey(units, modules=modules, cells=cells, lines="on", power=power, rng=seed)
    items = np.empty((0, units), np.int8)
    held = {"clean": 0, "noisy": 0}
    number, exact = 4, 1.0
    while exact > ENOUGH / 2:
        new = patterns.sparse(number - len(items), units, activity=active / units, rng=rng)
        items = np.concatenate([items, new])
        memory.store(new)
        for cue, cues in (("clean", items), ("noisy", _noisy(items, moved, rng))):
            share = metrics.exact(memory.recall(cues), items).mean()
            if share >= ENOUGH:
                held[cue] = number
            exact = share if cue == "clean" else exact
        number = max(number + 1, round(number * STEP))
    bits = math.log2(math.comb(units, active))
    return {
        "held": (("cue",), np.array(list(held.values()))),
        "bits_per_synapse": (("cue",), np.array(list(held.values())) * ENOUGH * bits / memory.cost.synapses),
        "synapses": memory.cost.synapses,
    }


@results.experiment(VARIABLES)
def run(
    *,
    modules: Annotated[tuple[int, ...], "Numbers of modules Q."] = (12, 24, 48),
    cells: Annotated[tuple[int, ...], "Numbers of cells K of a module."] = (8, 16, 32, 64, 128),
    units: Annotated[int, "Inputs."] = 144,
    active: Annotated[int, "Active inputs of an item."] = 12,
    moved: Annotated[int, "Active inputs of a noisy cue that are elsewhere."] = 2,
    power: Annotated[float, "Exponent of U."] = 3.0,
    trials: Annotated[int, "Repetitions, each with other items."] = 5,
    seed: Annotated[int, "Seed of all random numbers."] = 0,
) -> xr.Dataset:
    """How much does one macrocolumn hold as it grows?

    Random items are stored until fewer come back exactly. Kept for each trial are the greatest
    number stored at which nine of ten come back exactly, from themselves (clean) and from a cue
    with some active inputs moved (noisy), and the information of those nine tenths, log2(units
    choose active) each, for each synapse. It is published, without numbers that can be read,
    that capacity grows with size and that bits for each synapse go down.
    """
    checks.whole("active", active, most=checks.whole("units", units, least=2) // 2)
    checks.whole("moved", moved, least=0, most=active)
    for number, size in itertools.product(modules, cells):  # refused now, not after a while
        Sparsey(units, modules=number, cells=size, lines="on", power=power)
    fixed = {"units": units, "active": active, "power": power, "moved": moved}
    data = sweep.grid(
        point, {"modules": modules, "cells": cells}, trials=trials, seed=seed, fixed=fixed, title="macrocolumn"
    ).assign_coords(cue=["clean", "noisy"])
    return data


def summary(data: xr.Dataset) -> Table:
    """Tabulate the median over trials of the items held and of the bits for each synapse."""
    from rich.table import Table

    table = Table(title=f"one macrocolumn, median over {data.sizes['trial']} trials")
    table.add_column("modules, cells", no_wrap=True)
    for head in ("synapses", "items\nclean", "items\nnoisy", "bit/synapse\nclean", "bit/synapse\nnoisy"):
        table.add_column(head, justify="right")
    for m in data.modules.values:
        for k in data.cells.values:
            at = data.sel(modules=m, cells=k).median("trial")
            held = [f"{value:,.0f}" for value in at.held.values]
            bits = [f"{value:.3f}" for value in at.bits_per_synapse.values]
            table.add_row(f"{m}, {k}", f"{float(at.synapses):,.0f}", *held, *bits)
    return table
