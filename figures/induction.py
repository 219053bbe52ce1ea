"""Induction: three matrices that become memories one after the other, and the answers meanwhile."""

from __future__ import annotations

import xarray as xr
from matplotlib.figure import Figure

from neuromem import results
from neuromem.figures import _style as style

MEMORIES = {  # in the order of a signal through the network, from its end
    "output": "output: a token\nfor its value",
    "second keys": "second keys: a trigger\nin what was moved",
    "first keys": "first keys: the\nplace before",
}


def draw(data: xr.Dataset) -> Figure:
    """Draw what each matrix recalls over the steps, and the answers; one row a width.

    Dots are where a matrix recalls half of the most that it ever does.
    """
    given, trials = results.parameters(data), data.sizes["trial"]
    figure = style.new(12, 0.9 + 3.9 * data.sizes["width"])
    rows = figure.subplots(data.sizes["width"], 2, squeeze=False)
    for (held, answers), width in zip(rows, data.width.values, strict=True):
        one, last = data.sel(width=width), {}
        for (memory, name), colour in zip(MEMORIES.items(), style.COLOURS, strict=False):
            recalled = one.recalled.sel(memory=memory)
            style.band(held, recalled, "step", color=colour, marker="")
            at = float(one.formed.sel(memory=memory).median("trial"))
            if at >= 0:  # NaN where it never forms
                held.plot(at, float(recalled.median("trial").interp(step=at)), "o", color=colour, markersize=8)
            last[name] = float(recalled.isel(step=-1).median("trial")), colour
        held.set_ylim(-0.03, 1.04)
        style.tidy(held, "training step", "recalled", f"what each matrix recalls, width {width}; dot: half formed")
        style.ends(held, last, gap=0.12)
        style.band(answers, one.accuracy, "step", color=style.INK, marker="")
        answers.axhline(1 / given["vocabulary"], color=style.INK, linewidth=0.8, linestyle=":")
        answers.annotate("chance", (1, 1 / given["vocabulary"]), xycoords=("axes fraction", "data"), ha="right", va="bottom")
        answers.set_ylim(-0.03, 1.04)
        style.tidy(answers, "training step", "answered rightly", "outputs that only the sequence itself says")
    style.letters(rows.ravel())
    words = "Learning to find what followed before: which of three matrices becomes a memory when?"
    style.caption(figure, words, trials if trials > 1 else 0)
    return figure
