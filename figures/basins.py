"""Basins: what each rule of a Hopfield network recalls from damaged cues, against load."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from neuromem import patterns
from neuromem.figures import _style as style

ENOUGH = 0.95  # median overlap from which items count as recalled
NAMES = {
    "hopfield": "Hebb",
    "hopfield:rule=storkey": "Storkey",
    "hopfield:rule=projection": "projection",
    "hopfield:rule=projection:self_coupling=True": "projection, $W_{ii}$ kept",
    "hopfield:rule=diederich_opper": "Diederich-Opper",
    "hopfield:rule=descent_l1": "descent, L1",
    "hopfield:rule=descent_l2": "descent, L2",
}


def _name(model: str) -> str:
    return NAMES.get(model, style.readable(model).removeprefix("Hopfield, "))


def draw(data: xr.Dataset) -> Figure:
    """Draw up to what load each rule restores cues on the left, and overlap on the right."""
    data = data.assign_coords(stored=data.stored / patterns.described(data)["units"])
    figure = style.new(13.5, 5.4)
    table, curves = figure.subplots(1, 2, width_ratios=[1, 1.2])
    _table(table, data)
    fraction = float(data.fraction.sel(fraction=0.1, method="nearest"))
    looks, ends = style.apart(data.model.values), {}
    for number, (model, look) in enumerate(looks.items()):
        values = data.overlap.sel(model=model, fraction=fraction)
        width = max(1.2, 4 - 0.35 * number)  # none hides another
        style.band(curves, values, "stored", **look | {"linewidth": width})
        ends[_name(model)] = float(values.isel(stored=-1).median()), look["color"]
    style.tidy(curves, "load K/N", "overlap with the item", f"{fraction:.0%} of the cue flipped")
    style.ends(curves, ends)
    style.letters((table, curves))
    words = f"How much damage does each learning rule of a Hopfield network undo? {patterns.caption(data)}"
    style.caption(figure, words, data.sizes["trial"])
    return figure


def _table(axes: Axes, data: xr.Dataset) -> None:
    """Write the highest load up to which each rule restores what was flipped, best rule first."""
    there = (data.overlap.median("trial") >= ENOUGH).cumprod("stored").astype(bool)
    load = xr.where(there, data.stored, 0.0).max("stored").transpose("model", "fraction")
    load = load.isel(model=np.argsort(-load.sum("fraction").values, kind="stable"))
    axes.imshow(load, cmap="Blues", vmin=0, vmax=1.8 * float(load.max()) or 1, aspect="auto")
    for (row, column), value in np.ndenumerate(load.values):
        axes.text(column, row, f"{value:.2g}" if value else "–", ha="center", va="center", fontsize=9)
    style.tidy(axes, "flipped units of the cue", "", f"highest load K/N with overlap {ENOUGH:g} or more (–: none)")
    axes.set_xticks(range(data.sizes["fraction"]), [f"{value:.0%}" for value in data.fraction.values])
    axes.set_yticks(range(data.sizes["model"]), [_name(str(model)) for model in load.model.values])
    axes.tick_params(length=0)
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
