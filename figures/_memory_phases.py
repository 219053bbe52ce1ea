"""Maps of any memories, a row each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from neuromem import patterns
from neuromem.experiments.phase_diagram import boundary
from neuromem.figures import _style as style
from neuromem.theory import hopfield


def draw(data: xr.Dataset, draw_map: Callable[..., Any], draw_line: Callable[..., None]) -> Figure:
    """Draw load and damage, and load and temperature of what takes one; lines are Hebb's theory."""
    warm = "heated" in data
    figure = style.new(9.4 if warm else 5.4, 1.2 + 3.0 * data.sizes["model"])
    panels: Any = figure.subplots(data.sizes["model"], 1 + warm, squeeze=False, sharex=True)
    hot = np.linspace(0, float(data.temperature[-1]), 60) if warm else np.zeros(1)
    hebb = False
    for row, model in zip(panels, map(str, data.model.values), strict=True):
        one, known = data.sel(model=model), model in ("hopfield", "hopfield:rule=hebb")
        hebb |= known
        mesh = draw_map(row[0], one.overlap.median(("trial", "start")), "load", "fraction")
        row[0].set_title(f"{style.readable(model)}: median overlap", loc="left", fontsize=10)
        style.boundary(row[0], boundary(data).sel(model=model), "fraction")
        if known:
            draw_line(row[0], [hopfield.critical_load(0.0)] * 2, [0, 1], linestyle="--")
        if not warm:
            continue
        if bool(one.heated.isnull().all()):
            row[1].set_axis_off()
            row[1].text(0.5, 0.5, "takes no temperature", ha="center", transform=row[1].transAxes)
            continue
        draw_map(row[1], one.heated.median(("trial", "start", "replica")), "load", "temperature")
        style.boundary(row[1], boundary(data, "heated").sel(model=model), "temperature")
        if known:
            draw_line(row[1], hopfield.critical_load(hot), hot)
    figure.colorbar(mesh, ax=panels, pad=0.01, label="median overlap")
    recalls = data.sizes["trial"] * data.sizes["start"]
    line = f"; lines: where retrieval ends in theory, N to infinity{patterns.assumed(data)}" if hebb else ""
    ends = f"\npoints: where half of the recalls are above {float(data.recalled)}, with the standard error over trials"
    figure.suptitle(f"{patterns.caption(data)}, {recalls} recalls a point{line}{ends}", fontsize=9)
    return figure
