"""Do similar inputs get similar codes? Overlap of Sparsey's codes against overlap of the inputs."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import xarray as xr

from neuromem import checks, patterns, results, sweep
from neuromem.experiments._spread import standard_error
from neuromem.models.sparsey import Sparsey

if TYPE_CHECKING:
    from rich.table import Table

QUICK = {"trials": 5}
COMPARED = ("sparsey",)
VARIABLES = {
    "overlap": ("overlap of the codes", "1"),
    "independent": ("overlap of the codes, independent implementation, mean", "1"),
    "independent_error": ("standard error of the independent implementation's mean", "1"),
    "familiarity": ("familiarity G of the new input", "1"),
    "shared": ("overlap of the inputs", "1"),
    "stored": ("items stored", "1"),
}

# a plain NumPy implementation apart from the package (tests/test_sparsey_references.py), 2000 runs
# at these sizes: {items stored: (overlap of codes at 0, 2, .. 12 shared active inputs, its errors)}
SIZES = {"units": 144, "active": 12, "modules": 24, "cells": 8}
INDEPENDENT = {
    1: (
        (0.1240, 0.1271, 0.1287, 0.2956, 0.7806, 0.9488, 0.9812),
        (0.0015, 0.0015, 0.0015, 0.0020, 0.0019, 0.0010, 0.0006),
    ),
    20: (
        (0.1262, 0.1553, 0.2459, 0.5071, 0.8109, 0.9271, 0.9621),
        (0.0015, 0.0017, 0.0022, 0.0026, 0.0020, 0.0013, 0.0009),
    ),
}


def usual() -> dict[str, Any]:
    """The settings of `point` at the sizes of the independent implementation."""
    rest = {name: size for name, size in SIZES.items() if name != "units"}
    items = patterns.itemset("sparse", units=SIZES["units"], activity=SIZES["active"] / SIZES["units"])
    return {"items": items, **rest}


def point(*, seed: int, stored: int, items: patterns.ItemSet, active: int, modules: int, cells: int) -> Mapping[str, Any]:
    """Show one memory new inputs that share ever more active units with its first item.

    Measured are the codes that they would be given.
    """
    rng = np.random.default_rng(seed)
    x = items.draw(stored, rng)
    memory = Sparsey(items.units, modules=modules, cells=cells, lines="on", rng=seed).store(x)
    on, off = rng.permuted(np.flatnonzero(x[0] > 0)), rng.permuted(np.flatnonzero(x[0] < 0))
    probes = np.full((active + 1, items.units), -1, np.int8)
    for share, probe in enumerate(probes):
        shared = round(share / active * len(on))
        probe[[*on[:shared], *off[: len(on) - shared]]] = 1
    codes = np.stack([copy.deepcopy(memory).store(probe[None]).codes[-1] for probe in probes])
    overlap = (codes == memory.codes[0]).mean(1)
    return {"overlap": (("shared",), overlap), "familiarity": (("shared",), memory.familiarity(probes))}


@results.experiment(VARIABLES)
def run(
    *,
    stored: Annotated[tuple[int, ...], "Numbers of items stored before."] = (1, 20, 200),
    items: Annotated[patterns.ItemSpec, patterns.HELP] = "sparse",
    units: Annotated[int | None, "Inputs; by default 144, or the units of the items given."] = None,
    active: Annotated[int, "Active inputs of a sparse item, and steps from none shared to all."] = 12,
    modules: Annotated[int, "Modules Q of the macrocolumn."] = 24,
    cells: Annotated[int, "Cells K of a module."] = 8,
    trials: Annotated[int, "Repetitions, each with other items."] = 100,
    seed: Annotated[int, "Seed of all random numbers."] = 0,
) -> xr.Dataset:
    """Do similar inputs get similar codes?

    A new input shares ever more of its active units with one stored item, at several loads. Kept
    for each trial are the fraction of winners that the code it is given shares with the item's
    (chance is 1 / cells), and the familiarity G. At the default sizes the means of an
    independent implementation stand beside, with their standard errors.
    """
    length = 144 if units is None else checks.whole("units", units, least=2)
    checks.whole("active", active, most=length // 2, way_out="a new input must find other units to activate")
    chosen = patterns.itemset(items, units=units, usual=144, activity=active / length)
    for number in stored:
        chosen.enough("stored", number)
    _leave_room(chosen)
    checks.fits("stored", 20 * max(stored) * chosen.units, "store fewer items")
    Sparsey(chosen.units, modules=modules, cells=cells, lines="on")  # refused now, not after a while
    sizes = {"active": active, "modules": modules, "cells": cells}
    fixed = {"items": chosen, **sizes}
    data = sweep.grid(point, {"stored": stored}, trials=trials, seed=seed, fixed=fixed, title="similarity")
    data = data.assign_coords(shared=np.arange(active + 1) / active)
    mean, error = np.full((2, len(stored), active + 1), np.nan)
    for at, number in enumerate(stored):
        if str(chosen) == "sparse" and {"units": chosen.units, **sizes} == SIZES and number in INDEPENDENT:
            mean[at, ::2], error[at, ::2] = INDEPENDENT[number]
    dims = ("stored", "shared")
    return chosen.describe(data.assign(independent=(dims, mean), independent_error=(dims, error)))


def _leave_room(items: patterns.ItemSet) -> None:
    """Refuse items of which one has no active unit, or more of them than others could replace."""
    counts = (items.draw(20) > 0).sum(1) if items.held is None else (items.all() > 0).sum(1)
    if counts.min() < 1 or counts.max() > items.units // 2:
        must, was = f"have 1 to {items.units // 2} active units each", f"have {counts.min()} to {counts.max()}"
        raise checks.refusal("items", must, was, "give sparse ones, or another cut")


def summary(data: xr.Dataset) -> Table:
    """Tabulate the mean overlap of codes, ours and an independent implementation's."""
    from rich.table import Table

    mean, most = data.overlap.mean("trial"), float(standard_error(data.overlap).max())
    active = data.sizes["shared"] - 1
    shown = range(0, active + 1, max(1, active // 6))
    title = f"overlap of codes by active inputs shared, of {active}"
    title += "" if np.isnan(most) else f" (standard errors at most {most:.3f})"
    table = Table(title=title)
    table.add_column("items stored", no_wrap=True)
    for shared in shown:
        table.add_column(str(shared), justify="right")
    for number in data.stored.values:
        for name, row in ((str(number), mean), ("  independent", data.independent)):
            values = row.sel(stored=number).values[list(shown)]
            if not np.isnan(values).all():
                table.add_row(name, *(f"{value:.2f}" for value in values))
    return table
