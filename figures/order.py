"""Order: which of two items came first, in three ways, beside a fading context and theory."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from neuromem.figures import _style as style

WORDS = {
    "strength": "by strength: the newer is more familiar",
    "time": "by time: stored as the item's value",
    "chain": "by chain: from one the other is reached",
}


def draw(data: xr.Dataset) -> Figure:
    """Draw a panel a way: shares over lists with their standard errors."""
    figure = style.new(13.5, 4.8)
    panels = figure.subplots(1, data.sizes["way"], sharey=True, squeeze=False)[0]
    number, at = data.sizes["trial"], np.arange(data.sizes["pair"])
    names = [f"{newer}, {older}" for newer, older in zip(data.newer.values, data.older.values, strict=True)]
    for axes, way in zip(panels, data.way.values, strict=True):
        for model, look in style.lines(data.model.values):
            mean = data.right.sel(model=model, way=way).mean("trial")
            error = np.sqrt((mean * (1 - mean)).clip(0) / number)
            look |= {"markersize": 4, "linewidth": 1}
            axes.errorbar(at, mean, error, **look, label=style.readable(model))
        if way == "strength":
            mean = data.context.mean("trial")
            error = np.sqrt((mean * (1 - mean)).clip(0) / number)
            axes.errorbar(at, mean, error, color=style.INK, marker="x", linestyle="", label="fading context")
            axes.plot(at, data.theory_context, color=style.INK, linewidth=4, alpha=0.25, label="theory, context")
            axes.plot(at, data.theory_matrix, "--", color=style.INK, alpha=0.5, label="theory, fading matrix")
        axes.axhline(0.5, color=style.INK, linewidth=0.7, linestyle=":")
        axes.set_xticks(at, names)
        style.tidy(axes, "ages of the newer and the older item", "told right" * (axes is panels[0]), WORDS[str(way)])
        axes.set_ylim(0.2, 1.04)
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=5, fontsize=8, frameon=False)
    style.letters(panels)
    figure.suptitle(f"Which of two came first? Shares over n = {number} lists, bar: standard error", fontsize=11)
    return figure
