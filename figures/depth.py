"""Depth: error of stacked attention heads against depth and redundancy, beside theory."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from neuromem import patterns, results
from neuromem.figures import _style as style
from neuromem.theory import fast_weights as theory

LINEAR = "pavlov:normalise=none"  # the memory that theory is about


def draw(data: xr.Dataset) -> Figure:
    """Draw the squared error of linear heads above, and every memory below.

    The error is over depth and over heads, beside theory. Below is the share of items that are
    right.
    """
    given = results.parameters(data)
    given["width"] = patterns.described(data)["units"] if "items" in data.attrs else given["width"]
    size = {"width": given["width"], "units": given["units"], "stored": given["pairs"]}
    heads, layers = data.heads.values, data.depth.values
    figure = style.new(13, 9)
    (depth, redundancy), (right, last) = figure.subplots(2, 2)

    if LINEAR in data.model.values:
        error = data.distance.sel(model=LINEAR)
        for number, colour in style.shades(heads):
            words = f"{number} head{'s' if number > 1 else ''}"
            _means(depth, error.sel(heads=number), "depth", color=colour, label=words)
            depth.plot(layers, theory.stacked_error(**size, heads=number, depth=layers), color=colour, linewidth=1.3)
        fine = np.unique(np.geomspace(1, 4 * heads[-1], 60).round())
        shown = [n for n in (1, 2, 4, 8) if n in layers]
        for number, colour in style.shades(shown):
            words = f"{number} layer{'s' if number > 1 else ''}"
            _means(redundancy, error.sel(depth=number), "heads", color=colour, label=words)
            redundancy.plot(fine, theory.stacked_error(**size, heads=fine, depth=number), color=colour, linewidth=1.3)
            least = (1 + (given["pairs"] - 1) / given["width"]) ** number - 1
            redundancy.axhline(least, color=colour, linewidth=0.9, linestyle=":")
        redundancy.plot([], [], color=style.INK, linewidth=0.9, linestyle=":", label="as many heads as you like, theory")
        for axes in (depth, redundancy):
            axes.plot([], [], color=style.INK, linewidth=1.3, label=f"theory{patterns.assumed(data)}")
            axes.set_yscale("log")
            axes.legend(frameon=False, fontsize=8)
    style.tidy(depth, "layers", "mean squared error", "linear heads: errors multiply from layer to layer")
    more = f"linear heads: more of them help, up to the width of {given['width']}"
    style.tidy(redundancy, "heads of a layer", "mean squared error", more)

    middle, ends = int(heads[len(heads) // 2]), {}
    for number, (model, look) in enumerate(style.apart(data.model.values).items()):
        one, line = data.correct.sel(model=model), look | {"linewidth": max(1.4, 3.4 - 0.4 * number)}  # none hides another
        style.band(right, one.sel(heads=middle), "depth", **line)
        style.band(last, one.isel(depth=-1), "heads", **line)
        ends[_label(model)] = float(one.isel(depth=-1, heads=-1).median()), look["color"]
    for axes in (right, last):
        axes.axhline(1 / given["pairs"], color="#6b7280", linewidth=1, linestyle=":")
        axes.set_ylim(-0.03, 1.05)
    right.annotate("chance", (layers[0], 1 / given["pairs"]), (0, 3), textcoords="offset points", fontsize=8)
    style.tidy(right, "layers", "share nearest to the right item", f"who corrects errors, {middle} heads a layer")
    style.tidy(last, "heads of a layer", "", f"who corrects errors, after {layers[-1]} layers")
    for axes in (redundancy, last):
        axes.set_xscale("log", base=2)
        axes.set_xticks(heads, [str(number) for number in heads])
    redundancy.set_xlim(heads[0] * 0.9, heads[-1] * 1.6)
    style.ends(last, ends)
    style.letters((depth, redundancy, right, last))
    words = (
        f"How does error grow through stacked heads? {given['pairs']} pairs a layer, heads of {given['units']} units in a"
    )
    words += f" width of {given['width']}\na, b: mean, standard error, and theory; c, d: median, band: quartiles;"
    style.caption(figure, f"{words} n = {data.sizes['trial']} trials")
    return figure


def _means(axes: Axes, data: xr.DataArray, x: str, **mark: Any) -> None:
    """Give the mean over trials and its standard error.

    Theory is about the mean, which is above the median where errors multiply.
    """
    style.points(axes, data, x, linestyle="none", marker="o", markersize=4, capsize=2, **mark)


def _label(model: str) -> str:
    return {
        LINEAR: "linear attention",
        "pavlov": "linear attention, lengths normalised",
        "pavlov:rule=delta": "delta rule",
        "pavlov:rule=least_squares": "least squares (Mesa)",
        "attention:similarity=cosine:beta=2:steps=1": "softmax, β = 2",
        "attention:similarity=cosine:beta=8:steps=1": "softmax, β = 8",
    }.get(model, model)
