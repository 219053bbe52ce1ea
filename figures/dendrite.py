"""Dendrites: false positives, false negatives and unions, counted and exact."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from neuromem import results
from neuromem.experiments._spread import standard_error
from neuromem.experiments.dendrite import FALSE_NEGATIVE, FALSE_POSITIVE, UNION
from neuromem.figures import _style as style

FLOOR = 1e-10


def draw(data: xr.Dataset) -> Figure:
    """Draw counts as points on lines of exact probabilities.

    A point is the mean over trials, with two standard errors, where any was counted.
    """
    figure = style.new(14, 5)
    panels = figure.subplots(1, 3, sharey=True)
    left, middle, right = panels
    kinds = (
        ("false_positive", "active", "cells", "{} active"),
        ("false_negative", "threshold", "replaced", "threshold {}"),
        ("union_false_positive", "union_cells", "together", "{} cells"),
    )
    for axes, (name, dim, x, label) in zip(panels, kinds, strict=True):
        for (value, colour), marker in zip(style.shades(data[dim].values), style.MARKERS * 9, strict=False):
            exact = data[f"{name}_theory"].sel({dim: value})
            axes.plot(data[x], exact, color=colour, linewidth=1.4, label=label.format(f"{value:,}"))
            counted = data[name].sel({dim: value})
            counted = counted.isel({x: (counted > 0).any("trial").values})
            mean, error = counted.mean("trial"), standard_error(counted).fillna(0)
            down = np.minimum(2 * error, 0.99 * mean)  # the axis is logarithmic
            axes.errorbar(counted[x], mean, [down, 2 * error], fmt=marker, color=colour, markersize=5)
            if f"{name}_published" in data:
                axes.plot(data[x], data[f"{name}_published"].sel({dim: value}), "x", color=style.INK, markersize=9)
        axes.set_yscale("log")
    left.plot([], [], "x", color=style.INK, markersize=9, label="published simulation")
    for axes, corner in zip(panels, ("upper right", "lower right", "lower right"), strict=True):
        axes.plot([], [], color="#6b7280", label="line: exact probability")
        axes.plot([], [], "o", color="#6b7280", markersize=5, label="point: counted here")
        axes.legend(frameon=False, fontsize=8.5, loc=corner)
    left.set_ylim(FLOOR, 3)
    middle.set_xlim(-0.02, float(np.max(data.replaced)))
    right.set(xscale="log")
    right.set_xticks(data.together.values, [str(m) for m in data.together.values])
    right.minorticks_off()
    size = "{synapses} synapses, threshold {threshold}"
    style.tidy(left, "cells", "probability of an error", f"answers another pattern: {size.format(**FALSE_POSITIVE)}")
    own = "misses its own pattern, damaged: {synapses} synapses"
    style.tidy(middle, "share of its active cells replaced", "", own.format(**FALSE_NEGATIVE))
    style.tidy(right, "patterns active together", "", f"answers a union of others: {size.format(**UNION)}")
    style.letters(panels)
    given = results.parameters(data)
    words = f"How reliably do some twenty synapses recognise a pattern? {given['dendrites']:,} dendrites, {given['shown']:,}"
    words += f" patterns shown to each, in each of {data.sizes['trial']} trials; points: mean and two standard errors"
    style.caption(figure, words)
    return figure
