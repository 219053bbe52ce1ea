"""Interference: how many pairs fast weights hold, and which of two values they answer."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from neuromem.catalogue import short
from neuromem.figures import _style as style
from neuromem.theory import top_one

CRITERION = "top-1 99%"


def draw(data: xr.Dataset) -> Figure:
    """Draw the memories in the order of what they hold: pairs at 99% right, and reassigned keys."""
    d, trials = int(data.units[-1]), data.sizes["trial"]
    held = data.capacity.isel(units=-1).sel(setting="unique", criterion=CRITERION)
    again = data.correct.isel(units=-1).sel(setting="reassigned")
    at = int(np.abs(again["load"].values - 1).argmin())  # as many pairs as dimensions
    pairs, again = int(data.pairs[-1, at]), again.isel(load=at)
    order = np.argsort(held.median("trial").values, kind="stable")
    names = [short(str(model), without=("similarity", "steps")) for model in data.model.values[order]]
    figure = style.new(12, 0.32 * len(names) + 2.2)
    style.caption(figure, f"One state written by many pairs of random unit vectors, dimension d = {d}", trials)
    panels = figure.subplots(1, 2, sharey=True)
    places = np.arange(len(names))
    for axes, values in zip(panels, (held, again), strict=True):
        for place, model in zip(places, data.model.values[order], strict=True):
            low, middle, high = values.sel(model=model).quantile((0.25, 0.5, 0.75), "trial").values
            colour = style.look(model)["color"]
            axes.plot([low, high], [place, place], color=colour, linewidth=5, alpha=0.3, solid_capstyle="butt")
            axes.plot(middle, place, "o", color=colour, markersize=6)
    left, right = panels
    most = int(data.pairs.isel(units=-1)[-1])
    left.axvline(most, color="#9ca3af", linewidth=0.8)
    left.annotate("the most that was asked", (most, 0), rotation=90, fontsize=8, ha="right", color="#6b7280")
    left.axvline(hebb := top_one.capacity(d), color=style.INK, linestyle="--", linewidth=1.1)
    left.annotate("theory, hebb", (hebb, 0), rotation=90, fontsize=8, ha="right")
    left.set(xscale="log")
    left.set_yticks(places, names, fontsize=9)
    style.tidy(left, "pairs held with 99% of their values decoded right", "", "who holds most")
    right.axvline(0.5, color="#9ca3af", linewidth=0.8)
    right.annotate("both values fit alike", (0.5, 0), rotation=90, fontsize=8, ha="right", color="#6b7280")
    right.set(xlim=(-0.02, 1.02))
    style.tidy(right, f"share that answers the newer value, after {pairs} pairs", "", "who overwrites: a key is told twice")
    style.letters(panels)
    return figure
