"""Robustness: share of items recalled exactly against the amount of each kind of harm."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from neuromem import patterns, results
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
    """Draw a panel for each harm that does harm.

    There is no line where the harm means nothing for the memory. The caption names the harms that
    do nothing to any memory that recalls unharmed, and the memories that don't.
    """
    given = results.parameters(data) | patterns.described(data)
    unharmed = data.exact.isel(level=0).fillna(0).median("trial").max("harmed")
    fails = [str(model) for model in data.model.values[unharmed.values == 0]]
    harms, able = map(str, data.harmed.values), data.exact.isel(model=unharmed.values > 0).fillna(1).median("trial")
    harmless = [harm for harm in harms if able.size and float(able.sel(harmed=harm).min()) == 1]
    shown = [harm for harm in data.harmed.values if harm not in harmless] or list(data.harmed.values)
    wide = 2 if len(shown) in (2, 4) else min(3, len(shown))
    high = -(-len(shown) // wide)
    figure = style.new(1.2 + 4 * wide, 1 + 3.2 * high)
    rows = figure.subplots(high, wide, sharey=True, squeeze=False)
    names: dict[str, Any] = {}
    for axes, harm in zip(rows.flat, shown, strict=False):
        for number, model in enumerate(map(str, data.model.values)):
            values = data.exact.sel(model=model, harmed=harm).dropna("level", how="all")
            if not values.size:
                continue
            values = values.assign_coords(level=values.level * (LATEST if harm == "late input" else 1))
            name = style.readable(style.bare(model)) + (" as published (fails at this load)" if model in fails else "")
            size = {"markersize": max(4, 10 - 1.4 * number), "linewidth": max(1.2, 4 - 0.6 * number)}  # none hides another
            style.band(axes, values, "level", **style.look(style.bare(model)) | size, markerfacecolor="none", label=name)
        names |= dict(zip(*axes.get_legend_handles_labels()[::-1], strict=True))
        style.tidy(axes, LABELS[str(harm)], "", str(harm))
        axes.set_ylim(-0.05, 1.05)
    for axes in rows[:, 0]:
        axes.set_ylabel("share recalled exactly")
    for axes in rows.flat[len(shown) :]:
        axes.set_axis_off()
    style.letters(rows.flat[: len(shown)])
    words = f"What does a memory survive? N = {given['units']}, K = {given['stored']}, activity {given['activity']:g}"
    if harmless and len(shown) < data.sizes["harmed"]:
        words += f"; {' and '.join(harmless)} up to {float(np.max(data.level)):g}: all stay exact"
    style.caption(figure, words, data.sizes["trial"])
    figure.legend(list(names.values()), list(names), loc="outside lower center", ncols=3, frameon=False, fontsize=9)
    return figure
