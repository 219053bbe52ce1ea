"""Scaling: the error against the size of a memory and against its examples, with their laws."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from neuromem import results
from neuromem.figures import _style as style

WORDS = {  # how much of an item is stored, by its frequency p
    "p": "stored by p",
    "p^(1/2)": "stored by $p^{1/2}$",
    "p^(1/2a)": "stored by $p^{1/2a}$",
    "most frequent": "the most frequent alone",
    "all alike": "all stored alike",
}


def draw(data: xr.Dataset) -> Figure:
    """Draw two panels: means over trials with their standard errors, and lines of the laws."""
    given = results.parameters(data)
    figure = style.new(13.5, 5)
    by_size, by_examples = figure.subplots(1, 2)
    ends: dict[str, tuple[float, str]] = {}
    for (scheme, colour), marker in zip(style.coloured(data.scheme.values), style.MARKERS * 9, strict=False):
        one = data.sel(scheme=scheme)
        law = float(one.theory_slope)
        words = WORDS.get(str(scheme), f"weight {scheme}")
        words += "" if np.isnan(law) else f"\nslope {float(one.slope):.2f}, law {law:.2f}"
        style.points(by_size, one.missed, "size", color=colour, marker=marker, markersize=5, linestyle="")
        ends[words] = float(one.missed.mean("trial")[-1]), colour
        if not np.isnan(law):
            middle = float(np.exp(np.log(data["size"]).mean()))
            level = float(np.exp(np.log(one.missed.mean("trial").clip(1e-12)).mean()))
            by_size.plot(data["size"], level * (data["size"] / middle) ** law, color=colour, alpha=0.6)
    by_size.set(xscale="log", yscale="log")
    by_size.set_xticks(data["size"].values, [str(d) for d in data["size"].values])
    by_size.minorticks_off()
    by_size.plot([], [], color=style.INK, alpha=0.6, label="slope of the law")
    style.tidy(by_size, "d, numbers of a code", "share of questions wrong", "the error falls with the size of the memory")
    by_size.legend(frameon=False, fontsize=9, loc="lower left")
    style.ends(by_size, ends, gap=0.11)
    style.points(by_examples, data.unseen, "examples", marker="o", color=style.COLOURS[0], linestyle="", label="drawn")
    by_examples.plot(data.examples, data.theory_unseen, color=style.INK, label="expected, exact")
    law = 1 / given["tail"] - 1
    guide = float(data.theory_unseen[2]) * (data.examples / float(data.examples[2])) ** law
    by_examples.plot(data.examples, guide, "--", color=style.INK, alpha=0.5, label=f"law $T^{{{law:.2f}}}$")
    by_examples.set(xscale="log", yscale="log")
    style.tidy(by_examples, "T, examples", "share of questions about unseen items", "the error falls with the examples")
    by_examples.legend(frameon=False, fontsize=9)
    style.letters((by_size, by_examples))
    words = f"How fast does the error of an associative memory fall? {given['number']:,} items of frequency"
    words += f" $x^{{-{given['tail']:g}}}$, {given['classes']} classes\n"
    words += f"points: mean and standard error of n = {data.sizes['trial']} trials"
    style.caption(figure, words)
    return figure
