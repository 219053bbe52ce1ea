"""Semantic: accuracy of each reading against images seen, and what a class's code shows."""

from __future__ import annotations

from typing import Any

import xarray as xr
from matplotlib.figure import Figure

from neuromem import patterns
from neuromem.experiments.semantic import PUBLISHED
from neuromem.figures import _style as style

TITLES = {"macrocolumn": "one macrocolumn, the whole image", "local": "7 x 7 macrocolumns, local fields"}
READINGS = {
    "class units": "class units, weights 0 or 1",
    "class counts": "class units, weights of counts",
    "nearest code": "class of the nearest code",
}


def draw(data: xr.Dataset) -> Figure:
    """Draw the accuracy of each reading, and below what codes of classes stand for."""
    figure = style.new(13, 7.4)
    halves: Any = figure.subfigures(2, 1, height_ratios=[1.7, 1])
    top, bottom = halves
    panels = top.subplots(1, data.sizes["memory"], sharey=True, squeeze=False)[0]
    looks = list(zip(data.reading.values, style.COLOURS, "osD", strict=False))
    for axes, memory in zip(panels, data.memory.values, strict=True):
        one = data.sel(memory=memory)
        drawn = [(READINGS.get(str(r), str(r)), one.accuracy.sel(reading=r), c, m, "-") for r, c, m in looks]
        drawn.append(("class of the nearest image", one.neighbour, "#6b7280", "^", "--"))
        drawn.append(("overlap of recalled items", one.episodic, style.INK, "v", ":"))
        ends = {}
        for name, values, colour, marker, line in drawn:
            style.band(axes, values, "size", color=colour, marker=marker, linestyle=line)
            ends[name] = float(values.isel(size=-1).median()), colour
        style.tidy(axes, "training images of each class", "", TITLES.get(str(memory), str(memory)))
        axes.axhline(0.1, color="#6b7280", linewidth=0.9, linestyle=(0, (1, 3)))
        axes.annotate("chance", (float(data["size"][0]), 0.1), (0, 3), fontsize=8, textcoords="offset points")
        axes.set(ylim=(0, 1.05), xscale="log", xticks=data["size"].values, xticklabels=data["size"].values)
        axes.minorticks_off()
        if axes is panels[-1]:
            style.ends(axes, ends)
    panels[0].set_ylabel("share of test images right, or overlap")
    style.letters(panels)
    shown = data.generated.isel(trial=0, size=-1).transpose(..., "class", "unit")
    names = {memory: TITLES.get(str(memory), str(memory)).replace(", ", ",\n") for memory in data.memory.values}
    style.sheet(bottom.subplots(), [(name, shown.sel(memory=memory).values) for memory, name in names.items()])
    bottom.suptitle(r"$\bf{c}$  what the typical code of each class stands for", x=0.01, ha="left", fontsize=10)
    words = f"Can one store be read twice, as episodes and as classes? {patterns.described(data)['items']},"
    words += f" N = {data.sizes['unit']}; published for the original MNIST, two levels, 200 images a class: {PUBLISHED:.0%}"
    style.caption(figure, words, data.sizes["trial"])
    return figure
