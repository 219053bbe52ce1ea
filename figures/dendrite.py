"""Dendrites: false positives, false negatives and unions, counted and exact."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from neuromem.figures import _style as style

FLOOR = 1e-12


def draw(data: xr.Dataset) -> Figure:
    """Draw counts as points on lines of exact probabilities.

    Points are medians over trials with their quartiles, where every trial counted some.
    """
    figure = style.new(14, 4.6)
    left, middle, right = figure.subplots(1, 3)
    panels = (
        (left, "false_positive", "active", "cells", "{} active"),
        (middle, "false_negative", "threshold", "replaced", "threshold {}"),
        (right, "union_false_positive", "union_cells", "together", "{} cells"),
    )
    for axes, name, dim, x, label in panels:
        for value, colour in style.coloured(data[dim].values):
            theory = data[f"{name}_theory"].sel({dim: value})
            axes.plot(data[x], theory, color=colour, linewidth=1.4, label=label.format(f"{value:,}"))
            counted = data[name].sel({dim: value})
            style.band(axes, counted.isel({x: (counted > 0).all("trial").values}), x, color=colour, linestyle="none")
            if f"{name}_published" in data:
                axes.plot(data[x], data[f"{name}_published"].sel({dim: value}), "x", color=style.INK, markersize=8)
        axes.set_yscale("log")
    left.plot([], [], "x", color=style.INK, label="published simulation")
    for axes in (left, middle, right):
        axes.plot([], [], "o", color="grey", markersize=4, label="counted here")
        axes.legend(frameon=False, fontsize=8.5)
    left.set_ylim(FLOOR, 3)
    middle.set_ylim(1e-5, 3)
    right.set(xscale="log", ylim=(1e-10, 3))
    right.set_xticks(data.together.values, [str(m) for m in data.together.values])
    right.minorticks_off()
    style.tidy(left, "cells", "probability of a false positive", "another pattern (24 synapses, threshold 12)")
    style.tidy(middle, "active cells replaced", "probability of a false negative", "its own pattern, damaged (30 synapses)")
    style.tidy(right, "patterns active together", "probability of a false positive", "a union (20 synapses, threshold 10)")
    middle.set_xlim(0, float(np.max(data.replaced)))
    return figure
