"""Ultra-detection: overlap against noise and load, for three sizes and for the pairwise rival."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from neuromem import metrics, patterns, sweep
from neuromem.experiments._loads import stored_at
from neuromem.experiments._spread import said, standard_error
from neuromem.models.ultra_detection import UltraDetection
from neuromem.theory import detection

if TYPE_CHECKING:
    from rich.table import Table

SIZES = (4, 2, 1)  # the largest N over these
LARGEST_NOISE = 1.2  # c, where every theory line has ended


def point(
    *,
    seed: int,
    units: int,
    load: float,
    order: int,
    noises: tuple[float, ...],
    temperatures: tuple[float, ...],
    steps: int,
    starts: int,
) -> Mapping[str, Any]:
    """Recall items from themselves by one network; noise is w / sqrt(N)."""
    items = patterns.random(stored_at(load, units), units, rng=seed)
    asked = items[np.arange(starts) % len(items)]
    found = np.empty((len(temperatures), len(noises), starts))
    for at, noise in enumerate(noises):
        memory = UltraDetection(units, order=order, noise=noise * units**0.5, steps=steps, rng=seed).store(items)
        for row, temperature in enumerate(temperatures):
            recall = memory.recall(asked, temperatures=np.full(starts, temperature))
            found[row, at] = metrics.overlap(recall, asked)
    return {"overlap": (("temperature", "noise", "start"), found)}


def measured(
    *, units: int, resolution: int, load: float, temperature: float, steps: int, starts: int, trials: int, seed: int
) -> xr.Dataset:
    """Measure three sizes, three loads and both orders, at T = 0 and at `temperature`."""
    noises = tuple(((np.arange(resolution) + 1) * LARGEST_NOISE / resolution).tolist())
    temperatures = 0.0, temperature
    dims: dict[str, list[Any]] = {
        "order": [4, 2],
        "units": sorted({max(2, units // size) for size in SIZES}),
        "load": sorted({0.0, load / 4, load}),
    }
    fixed = {"noises": noises, "temperatures": temperatures, "steps": steps, "starts": starts}
    data = sweep.grid(point, dims, trials=trials, seed=seed, fixed=fixed, title="phases of detection")
    data = data.assign_coords(noise=list(noises), temperature=list(temperatures))
    loads, hot, noisy = np.ix_(data["load"].values, np.array(temperatures), np.array(noises))
    theory = detection.overlap(noisy, loads, hot)
    return data.assign(theory=(("load", "temperature", "noise"), theory))


def summary(data: xr.Dataset) -> Table:
    """Tabulate the overlap at T = 0 and the largest load: each size, its rival, and the theory."""
    from rich.table import Table

    cold = data.isel(temperature=0, load=-1)
    table = Table(title=f"detection, load {float(cold['load']):.2g}, T = 0: overlap and its standard error")
    for head in ("noise / sqrt(N)", *(f"P={p} N={n}" for p in data.order.values for n in data.units.values), "theory"):
        table.add_column(head, justify="right")
    runs = cold.overlap.mean("start")
    mean, error = runs.mean("trial"), standard_error(runs)
    for noise in data.noise.values:
        at = {"noise": noise}
        cells = zip(mean.sel(at).values.ravel(), error.sel(at).values.ravel(), strict=True)
        line = float(cold.theory.sel(at))
        table.add_row(
            f"{noise:.2f}", *(said(m, e, ".3f", ".3f", "\n±") for m, e in cells), f"{line:.3f}" if line else "none"
        )
    return table
