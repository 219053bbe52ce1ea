"""Semantic: accuracy of each reading against images seen, and what a class's code shows."""

from __future__ import annotations

from typing import Any

import xarray as xr
from matplotlib.figure import Figure

from neuromem import patterns
from neuromem.experiments.semantic import PUBLISHED
from neuromem.figures import _style as style


def draw(data: xr.Dataset) -> Figure:
    """Draw median and quartiles over trials, and pictures below.

    They are those for which the typical code of each class stands.
    """
    figure = style.new(10, 6.2)
    halves: Any = figure.subfigures(2, 1, height_ratios=[1.5, 1])
    top, bottom = halves
    panels = top.subplots(1, data.sizes["memory"], sharey=True, squeeze=False)[0]
    titles = {"macrocolumn": "one macrocolumn, the whole image", "local": "7 x 7 macrocolumns, local fields"}
    for axes, memory in zip(panels, data.memory.values, strict=True):
        one = data.sel(memory=memory)
        for reading, colour in style.coloured(data.reading.values):
            style.band(axes, one.accuracy.sel(reading=reading), "size", color=colour, label=f"class by {reading}")
        style.band(axes, one.neighbour, "size", color="0.35", label="class of the nearest image, pixels")
        style.band(axes, one.episodic, "size", color="0.6", linestyle=":", marker="s", label="stored images, overlap")
        axes.axhline(PUBLISHED, color="black", linewidth=1, linestyle="--")
        axes.axhline(0.1, color="0.6", linewidth=1, linestyle="--")
        style.tidy(axes, "training images of each class", "", titles.get(str(memory), str(memory)))
        axes.set(ylim=(0, 1.05), xscale="log", xticks=data["size"].values, xticklabels=data["size"].values)
        axes.minorticks_off()
    panels[0].set_ylabel("share of test images right")
    panels[0].annotate(
        "published, 2 levels, original MNIST, 200 a class: 91 %",
        (float(data["size"][0]), PUBLISHED),
        (0, 3),
        fontsize=7,
        textcoords="offset points",
    )
    panels[0].annotate("chance", (float(data["size"][0]), 0.1), (0, 3), fontsize=7, textcoords="offset points")
    top.suptitle(f"images: {patterns.described(data)['items']}", x=0.01, ha="left", fontsize=10)
    top.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=3, frameon=False, fontsize=8)
    shown = data.generated.isel(trial=0, size=-1)
    strip = bottom.subplots(data.sizes["memory"], data.sizes["class"], squeeze=False)
    for row, memory in zip(strip, data.memory.values, strict=True):
        for number, axes in enumerate(row):
            style.image(axes, shown.sel(memory=memory).isel({"class": number}).values)
        row[0].set_ylabel(str(memory), rotation=0, ha="right", va="center", fontsize=9)
    bottom.suptitle("what the typical code of each class stands for", x=0.01, ha="left", fontsize=10)
    return figure
