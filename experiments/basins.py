"""How much damage does each learning rule of a Hopfield network undo, and up to what load? Random items, flipped cues."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import xarray as xr

from neuromem import arrays, checks, cues, metrics, patterns, results, sweep
from neuromem.experiments._records import gathered
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
    "reference": ("overlap in an independent simulation, a tenth flipped", "1"),
    "stored": ("items stored", "1"),
    "fraction": ("fraction of the cue's units flipped", "1"),
}
# overlap after 10% flips, N = 100: an independent simulation, in which a descent is a single run
REFERENCE = {
    "hopfield": {10: 0.989, 20: 0.677, 30: 0.493, 40: 0.457, 50: 0.363, 70: 0.339, 90: 0.333},
    "hopfield:rule=storkey": {10: 1.0, 20: 1.0, 30: 0.974, 40: 0.818, 50: 0.614, 70: 0.443, 90: 0.360},
    "hopfield:rule=projection": {10: 1.0, 20: 1.0, 30: 1.0, 40: 0.983, 50: 0.888, 70: 0.616, 90: 0.591},
    "hopfield:rule=projection:self_coupling=True": {10: 1.0, 20: 1.0, 30: 1.0, 40: 0.956, 50: 0.865, 70: 0.808, 90: 0.800},
    "hopfield:rule=diederich_opper": {10: 1.0, 20: 1.0, 30: 1.0, 40: 0.972, 50: 0.903, 70: 0.630},
    "hopfield:rule=descent_l2": {30: 1.0, 50: 0.842, 70: 0.625},
    "hopfield:rule=descent_l1": {30: 1.0, 50: 0.887, 70: 0.600},
    "hopfield:rule=descent_exponential": {30: 1.0, 50: 0.975, 70: 0.642},
}


def point(
    *, seed: int, model: str, stored: int, units: int, fractions: tuple[float, ...], device: str = "cpu"
) -> Mapping[str, Any]:
    """One memory of one load: all its items, from cues of every damage."""
    rng, place = np.random.default_rng(seed), arrays.device_placer(device)
    x = patterns.random(stored, units, rng=rng)
    memory = make(model, units, rng=seed).store(place(x))
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
    units: Annotated[int, "Units N of the network."] = 100,
    stored: Annotated[tuple[int, ...], "Numbers of items K stored together."] = (10, 20, 30, 40, 50, 70, 90),
    fractions: Annotated[tuple[float, ...], "Fractions of a cue's units that are flipped."] = (0.0, 0.1, 0.2, 0.3, 0.4),
    trials: Annotated[int, "Repetitions, each with other items."] = 5,
    seed: Annotated[int, "Seed of all random numbers."] = 0,
    device: Annotated[str, arrays.DEVICE_HELP] = "cpu",
) -> xr.Dataset:
    """How much damage does each learning rule of a Hopfield network undo, and up to what load?

    Random items are stored by each rule; every one of them is then cued with a fraction of its units flipped. Kept for each
    trial, as means over the items: overlap, exact recall, and recalls that settled. `reference` is an independent
    simulation of 100 units with 10 of them flipped. A rule with self-coupling holds almost any cue as it is: at high load
    its overlap is that of the cue, 1 - 2 (fraction flipped).
    """
    checks.whole("units", units)
    memories = sources(models, units)
    arrays.require_device_support(device, [(model, make(model, units)) for model in memories])
    for number in stored:
        checks.whole("stored", number)
    for fraction in fractions:
        checks.fraction("fractions", fraction)
    fixed = {"units": units, "fractions": fractions, "device": device}
    data = sweep.grid(point, {"model": memories, "stored": stored}, trials=trials, seed=seed, fixed=fixed, title="basins")
    data = data.assign_coords(fraction=list(fractions))
    if units == 100:
        known = [[REFERENCE.get(model, {}).get(number, np.nan) for number in stored] for model in memories]
        data["reference"] = (("model", "stored"), np.array(known))
    return data


def summary(data: xr.Dataset) -> Table:
    """Mean overlap over trials after a tenth was flipped (or the damage nearest to it), beside the reference's."""
    from rich import box
    from rich.table import Table

    fraction = float(data.fraction.sel(fraction=0.1, method="nearest"))
    table = Table(
        title=f"overlap from cues with {fraction:.0%} flipped, mean over {data.sizes['trial']} trials (reference)",
        box=box.SIMPLE,
        padding=(0, 1, 0, 0),
    )
    table.add_column("rule", overflow="fold")
    for number in data.stored.values:
        table.add_column(f"K={number}", justify="right", no_wrap=True)
    for model in data.model.values:
        mean = data.overlap.sel(model=model, fraction=fraction).mean("trial").values
        known = data.reference.sel(model=model).values if "reference" in data and fraction == 0.1 else mean * np.nan
        cells = (f"{m:.3f}\n" + (f"({k:.2f})" if np.isfinite(k) else "") for m, k in zip(mean, known, strict=True))
        table.add_row(str(model).removeprefix("hopfield:rule=").replace(":", " "), *cells)
    return table
