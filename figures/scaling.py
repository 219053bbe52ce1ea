"""Scaling: the error against the size of a memory and against its examples, with their laws."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from neuromem import results
from neuromem.figures import _style as style


def draw(data: xr.Dataset) -> Figure:
    """Draw two panels: means over trials with their standard errors, and lines of the laws."""
    given = results.parameters(data)
    figure = style.new(12, 4.8)
    by_size, by_examples = figure.subplots(1, 2)
    for scheme, colour in style.coloured(data.scheme.values):
        one = data.sel(scheme=scheme)
        law = float(one.theory_slope)
        words = f"q = {scheme}" if str(scheme).startswith("p") else f"q = 1, {scheme}"
        words += "" if np.isnan(law) else f": {float(one.slope):.2f}, law {law:.2f}"
        style.points(by_size, one.missed, "size", color=colour, marker="o", markersize=4.5, linestyle="", label=words)
        if not np.isnan(law):
            middle = float(np.exp(np.log(data["size"]).mean()))
            level = float(np.exp(np.log(one.missed.mean("trial").clip(1e-12)).mean()))
            by_size.plot(data["size"], level * (data["size"] / middle) ** law, color=colour, alpha=0.6)
    by_size.set(xscale="log", yscale="log")
    by_size.set_xticks(data["size"].values, [str(d) for d in data["size"].values])
    by_size.minorticks_off()
    style.tidy(by_size, "d, numbers of a code", "error", f"items p ~ x^-{given['tail']:g}; lines: slopes of the law")
    by_size.legend(frameon=False, fontsize=8)
    style.points(by_examples, data.unseen, "examples", marker="o", linestyle="", label="drawn")
    by_examples.plot(data.examples, data.theory_unseen, color=style.INK, label="expected")
    law = 1 / given["tail"] - 1
    guide = float(data.theory_unseen[2]) * (data.examples / float(data.examples[2])) ** law
    by_examples.plot(data.examples, guide, "--", color=style.INK, alpha=0.5, label=f"law T^{law:.2f}")
    by_examples.set(xscale="log", yscale="log")
    style.tidy(by_examples, "T, examples", "share of questions about unseen items", "what examples leave out")
    by_examples.legend(frameon=False, fontsize=8)
    return figure
