"""Ring: the bump and its height against inhibition, its width, and its diffusion, under theory."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from neuromem import results
from neuromem.figures import _style as style
from neuromem.theory import ring


def draw(data: xr.Dataset) -> Figure:
    """Draw four panels: measured points over the lines of theory."""
    given, kc = results.parameters(data), float(data.critical)
    figure = style.new(15, 4.6)
    shape, height, width, moved = figure.subplots(1, 4)
    dot = {"marker": "o", "linestyle": "", "markersize": 5}
    shape.plot(data.place, data.theory_shape, color=style.INK, label="theory")
    shape.plot(data.place[::4], data.shape[::4], **dot, label="simulated")
    style.tidy(shape, "preferred direction (rad)", "activity u", "the bump, at k = kc / 2")
    fine = np.linspace(float(data.inhibition[0]), 1, 200)
    line = ring.bump_height(fine * kc, given["units"], given["width"], 1.0)
    height.plot([*fine, 1.0, float(data.inhibition[-1])], [*line, 0.0, 0.0], color=style.INK, label="theory")
    height.plot(data.inhibition, data.height, **dot, label="simulated")
    height.set_yscale("symlog", linthresh=float(line[-1]) / 2)
    style.tidy(height, "inhibition k / kc", "height U0", f"it is gone from kc = {kc:.4g} on")
    fine = np.linspace(float(data.modulation[0]), float(data.modulation[-1]), 300)
    width.plot(fine, ring.half_width(fine), color=style.INK, label="theory")
    width.plot(data.modulation, data["width"], **dot, label="simulated")
    style.tidy(width, "tuned connections J1", "half-width (rad)", "ring model: a bump from J1 = 2 on")
    for (noise, colour), marker in zip(style.coloured(data.noise.values), style.MARKERS * 9, strict=False):
        one, look = data.sel(noise=noise), dot | {"markersize": 4, "marker": marker, "color": colour}
        style.points(moved, one.variance, "time", **look, label=f"noise {noise:g}")
        moved.plot(data.time, float(one.theory_diffusion) * data.time, color=colour)
    moved.set(xscale="log", yscale="log")
    moved.set_xticks([5, 10, 20, 50], ["5", "10", "20", "50"])
    moved.minorticks_off()
    style.tidy(moved, "time (time constants)", "variance of the place (rad²)", "noise moves it, at k = kc / 2")
    moved.plot([], [], color=style.INK, label="theory")
    panels = shape, height, width, moved
    for axes in panels:
        axes.legend(frameon=False, fontsize=8.5)
    style.letters(panels)
    words = f"Where does the bump of a ring stand, how high, how wide, and how fast does it wander? N = {given['units']}"
    words += f"\nd: mean and standard error of n = {data.sizes['trial']} trials of {given['copies']} bumps each"
    style.caption(figure, words)
    return figure
