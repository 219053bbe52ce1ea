"""Attractors: morphs recalled afresh and held by a field, adaptation, and priming."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from neuromem import results
from neuromem.figures import _style as style
from neuromem.theory import attractors


def draw(data: xr.Dataset) -> Figure:
    """Draw four panels: means over trials with their standard errors, and lines of theory."""
    given = results.parameters(data)
    figure = style.new(16, 4.4)
    fresh, held, left, primed = figure.subplots(1, 4)
    for model, look in style.lines(data.model.values):
        _points(fresh, data.fresh.sel(model=model), "morph", **look, label=style.readable(model))
    fresh.axvline(0.5, color=style.INK, linestyle=":", linewidth=0.8)
    _tidy(
        fresh, "share of B in the cue", "overlap with A less with B", f"begun afresh at every cue, N = {given['recalled']}"
    )
    fine = np.linspace(0, 1, 101)
    for field, colour in style.coloured(data.field.values):
        one = data.sel(field=field)
        _points(held, one.there, "morph", color=colour, marker=">", markersize=4, label=f"field {field:g}")
        _points(held, one.back, "morph", color=colour, marker="<", markersize=4, markerfacecolor="none", linestyle="--")
        line = attractors.morph_overlap(fine, field, given["stored"] / given["units"], given["temperature"])
        held.plot(fine, line, color=colour, linewidth=4, alpha=0.2)
    words = f"state kept, T = {given['temperature']:g}; bands: theory, large N"
    _tidy(held, "share of B in the cue, there (>) and back (<)", "", words)
    fine = np.linspace(1.02, float(data.adaptation[-1]) * 1.05, 200)
    tau = float(data.theory_left[-1] / attractors.leaving_time(float(data.adaptation[-1]), 1.0))
    left.plot(fine, attractors.leaving_time(fine, tau), color=style.INK, label="theory: the latest")
    _points(left, data.left, "adaptation", marker="o", linestyle="", label="measured")
    left.set_ylim(0, 1.4 * float(data.theory_left[0]))
    _tidy(left, "strength of adaptation g", "sweeps until the item is left", "adaptation")
    _points(primed, data.primed, "delay", marker="o", label="measured")
    primed.axhline(0, color=style.INK, linewidth=0.7)
    primed.axvline(float(data.theory_primed), color=style.INK, linestyle=":", label="theory: equal")
    _tidy(primed, "delay since the last item (sweeps)", "overlap with it less with another", "repelled, then primed")
    style.letters((fresh, held, left, primed))
    head = f"When does a memory take a changing cue for another item? b, c, d: Hopfield network of {given['units']} units"
    style.caption(figure, head, data.sizes["trial"], means=True)
    return figure


def _points(axes: Axes, values: xr.DataArray, x: str, **look: Any) -> None:
    style.points(axes, values, x, **{"linewidth": 1.1, "markersize": 4.5, **look})


def _tidy(axes: Axes, x: str, y: str, title: str) -> None:
    style.tidy(axes, x, y, title)
    axes.legend(frameon=False, fontsize=8)
