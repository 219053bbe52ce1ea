"""Robustness: share of items recalled exactly against the amount of each kind of harm."""

from __future__ import annotations

import xarray as xr
from matplotlib.figure import Figure

from neuromem.experiments.robustness import LATEST
from neuromem.figures import _style as style

LABELS = {
    "missing input": "fraction of the active units missing",
    "spurious input": "spurious units / active units",
    "late input": "latest input spike (ms)",
    "lost synapses": "fraction of the synapses lost",
    "noisy weights": "deviation / weight",
    "dead cells": "fraction of the cells dead",
    "evicted items": "fraction of the items dropped",
}


def draw(data: xr.Dataset) -> Figure:
    """Draw a panel a harm, with median and quartiles over trials.

    There is no line where the harm means nothing for the memory. Marks that lie on each other
    are seen through each other, as the first are the largest. A memory that recalls none of the
    items unharmed is named so.
    """
    columns = -(-data.sizes["harmed"] // 2)
    figure = style.new(4 * columns, 6.8)
    panels = figure.subplots(2, columns, sharey=True)
    for axes in panels.flat[data.sizes["harmed"] :]:
        axes.remove()
    for axes, harmed in zip(panels.flat, data.harmed.values, strict=False):
        for n, (model, look) in enumerate(style.lines(data.model.values)):
            values = data.exact.sel(model=model, harmed=harmed)
            if not bool(values.notnull().any()):
                continue
            scaled = values.assign_coords(level=values.level * (LATEST if harmed == "late input" else 1))
            none = " (recalls none unharmed)" if float(values.isel(level=0).median()) == 0 else ""
            look |= {"linestyle": "-", "markersize": max(3, 11 - 1.5 * n), "linewidth": max(1, 4 - 0.6 * n)}
            style.band(axes, scaled, "level", label=style.readable(model) + none, markerfacecolor="none", **look)
        style.tidy(axes, LABELS[str(harmed)], "", str(harmed))
        axes.set_ylim(-0.05, 1.05)
    for axes in panels[:, 0]:
        axes.set_ylabel("share recalled exactly")
    figure.legend(*panels[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3, frameon=False, fontsize=9)
    return figure
