"""Basins: what each rule of a Hopfield network recalls from damaged cues, against load."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from neuromem import patterns
from neuromem.figures import _style as style


def _name(model: str) -> str:
    words = model.removeprefix("hopfield:").replace("hopfield", "rule=hebb").replace("rule=", "").replace("_", " ")
    return words.replace(":self coupling=True", ", $W_{ii}$ kept")


def draw(data: xr.Dataset) -> Figure:
    """Draw overlap against load after a tenth was flipped, and a map of load and damage.

    Points are medians over trials with their quartiles.
    """
    units = patterns.described(data)["units"]
    load = data.stored.values / units
    names = [_name(str(model)) for model in data.model.values]
    fraction = float(data.fraction.sel(fraction=0.1, method="nearest"))

    figure = style.new(13, 5.6)
    halves: Any = figure.subfigures(1, 2, width_ratios=[1, 1.1])
    left, right = halves
    axes = left.subplots()
    for (model, look), name in zip(style.lines(data.model.values), names, strict=True):
        values = data.overlap.sel(model=model, fraction=fraction).assign_coords(stored=load)
        style.band(axes, values, "stored", label=name, **look)
    words = f"{patterns.caption(data)}: {fraction:.0%} of the units flipped"
    style.tidy(axes, "load K/N", "overlap with the stored item", words)
    axes.set_ylim(0.2, 1.03)
    axes.legend(frameon=False, fontsize=8, loc="lower left")

    columns = int(np.ceil(np.sqrt(len(names))))
    panels = right.subplots(int(np.ceil(len(names) / columns)), columns, sharex=True, sharey=True, squeeze=False)
    for panel in panels.flat[len(names) :]:
        panel.set_visible(False)
    shown = data.overlap.median("trial")
    for panel, model, name in zip(panels.flat, data.model.values, names, strict=False):
        mesh = panel.imshow(
            shown.sel(model=model).transpose("fraction", "stored"),
            vmin=0,
            vmax=1,
            origin="lower",
            aspect="auto",
            cmap="viridis",
        )
        panel.set_title(name, loc="left", fontsize=9)
        panel.set_xticks(range(data.sizes["stored"]), [f"{load:.2g}" for load in load], rotation=90, fontsize=8)
        panel.set_yticks(range(data.sizes["fraction"]), [f"{value:.0%}" for value in data.fraction.values], fontsize=8)
    right.supxlabel("load K/N", fontsize=10)
    right.supylabel("units flipped in the cue", fontsize=10)
    right.colorbar(mesh, ax=panels, label="median overlap", shrink=0.7)
    return figure
