"""Robustness: share of items that each memory recalls exactly against the amount of each kind of harm."""

from __future__ import annotations

import xarray as xr
from matplotlib.figure import Figure

from neuromem.figures import _style as style

LABELS = {
    "missing input": "fraction of the active units missing",
    "spurious input": "spurious units / active units",
    "late input": "input late by up to 10 ms times",
    "lost synapses": "fraction of the synapses lost",
    "noisy weights": "deviation / weight",
    "dead cells": "fraction of the cells dead",
}


def draw(data: xr.Dataset) -> Figure:
    """A panel a harm; median and quartiles over trials; no line where the harm means nothing for the memory."""
    figure = style.new(12, 6.8)
    panels = figure.subplots(2, 3, sharey=True)
    for axes, harmed in zip(panels.flat, data.harmed.values, strict=True):
        for n, model in enumerate(data.model.values):
            values = data.exact.sel(model=model, harmed=harmed)
            if bool(values.notnull().any()):
                style.band(axes, values, "level", color=style.COLOURS[n], label=str(model), marker="os^vDP"[n % 6])
        style.tidy(axes, LABELS[str(harmed)], "", str(harmed))
        axes.set_ylim(-0.05, 1.05)
    for axes in panels[:, 0]:
        axes.set_ylabel("share recalled exactly")
    figure.legend(*panels[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3, frameon=False, fontsize=9)
    return figure
