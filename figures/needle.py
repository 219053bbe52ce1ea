"""Needles: found among how many others, by age, and within how many bits."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from neuromem import results
from neuromem.figures import _style as style

GROUPS = 5  # of ages


def draw(data: xr.Dataset) -> Figure:
    """Draw the share against the others, against age where it tells most, and against bits."""
    figure = style.new(14, 4.8)
    among, aged, held = panels = figure.subplots(1, 3, sharey=True)
    found = data.right.mean("age")
    telling = int(abs(found.mean(("trial", "model")) - 0.5).argmin("fillers"))  # where memories differ most
    most = data.right.isel(fillers=telling)
    groups = min(GROUPS, data.sizes["age"])
    by_age = most.groupby_bins("age", np.linspace(0, 1, groups + 1), labels=(np.arange(groups) + 0.5) / groups).mean()
    labels = {}
    for model, look in style.lines(data.model.values):
        share = found.sel(model=model)
        style.band(among, share, "fillers", **look)
        style.band(aged, by_age.sel(model=model), "age_bins", **look)
        bits = data.bits.sel(model=model).mean("trial")
        share = share.median("trial")
        held.plot(bits, share, **look | {"markersize": 4, "linewidth": 1})
        held.plot(bits[-1], share[-1], color=look["color"], marker=look["marker"], markersize=9)
        labels[style.readable(model)] = float(share[-1]), look["color"]
    among.plot(data.fillers, data.theory, color=style.INK, linewidth=4, alpha=0.2, label="one Hebbian state, theory")
    among.legend(frameon=False, fontsize=8, loc=(0.5, 0.75))
    for axes in panels:
        axes.axhline(1 / data.sizes["age"], color=style.INK, linewidth=0.7, linestyle=":")
    among.set(xscale="log", ylim=(-0.03, 1.04))
    held.set(xscale="log")
    style.tidy(among, "other pairs stored", "share of needles found", "among how many others")
    style.tidy(aged, "share of pairs that came after", "", f"how old, among {int(data.fillers[telling]):,}")
    style.tidy(held, "bits held", "", f"within how many bits (large: {int(data.fillers[-1]):,} others)")
    style.letters(panels)
    style.ends(held, labels)
    units = results.parameters(data)["units"]
    words = f"Is one pair found again? Pairs of {units} units, {data.sizes['age']} of them asked for; dotted: guessing"
    style.caption(figure, words, data.sizes["trial"])
    return figure
