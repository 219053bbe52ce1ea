"""Spiking ring: the bump after the delay, how it moves away, and how that goes with its size."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from neuromem import results
from neuromem.figures import _style as style


def draw(data: xr.Dataset) -> Figure:
    """Draw three panels: rates, variances, and diffusion against the law of 1/N."""
    given = results.parameters(data)
    figure = style.new(14, 4.6)
    rates, moved, law = figure.subplots(1, 3)
    ends = {}
    for number, colour in style.coloured(data.units.values):
        one = data.sel(units=number)
        style.band(rates, one.rate, "place", color=colour, label=f"N = {number}")
        style.band(moved, one.variance, "time", color=colour, markersize=2)
        ends[f"N = {number}"] = float(one.variance.median("trial")[-1]), colour
    style.ends(moved, ends)
    rates.legend(frameon=False, fontsize=8)
    seconds = given["duration_ms"] / 1000
    style.tidy(rates, "preferred direction, from the bump (rad)", "rate (Hz)", f"still there {seconds:g} s after the cue")
    style.tidy(moved, "time since the cue (s)", "variance of its place (rad²)", "noise moves it, and nothing brings it back")
    style.band(law, data.diffusion, "units", color=style.COLOURS[0], linestyle="", label="measured")
    fine = np.geomspace(float(data.units.min()), float(data.units.max()), 50)
    line = float(data.law[0] * data.units[0]) / fine
    law.plot(fine, line, color=style.INK, label="1/N from the smallest ring")
    law.set(xscale="log", yscale="log")
    law.set_xticks(data.units.values, [str(number) for number in data.units.values])
    law.minorticks_off()
    law.legend(frameon=False, fontsize=8)
    style.tidy(law, "cells on the ring N", "diffusion (rad²/s)", "larger rings remember longer")
    style.letters((rates, moved, law))
    words = (
        f"Spikes on a ring hold a place for seconds; noise moves it, less on larger rings ({given['copies']} copies a trial)"
    )
    style.caption(figure, words, data.sizes["trial"])
    return figure
