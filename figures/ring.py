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
    figure = style.new(15, 4.2)
    shape, height, width, moved = figure.subplots(1, 4)
    dot = {"marker": "o", "linestyle": "", "markersize": 5}
    shape.plot(data.place, data.theory_shape, color=style.INK, label="theory")
    shape.plot(data.place[::4], data.shape[::4], **dot, label="relaxed")
    style.tidy(shape, "preferred direction (rad)", "activity u", "the bump at half of kc")
    fine = np.linspace(float(data.inhibition[0]), 1, 200)
    line = ring.bump_height(fine * kc, given["units"], given["width"], 1.0)
    height.plot([*fine, 1.0, float(data.inhibition[-1])], [*line, 0.0, 0.0], color=style.INK, label="theory")
    height.plot(data.inhibition, data.height, **dot, label="relaxed")
    height.set_yscale("symlog", linthresh=float(line[-1]) / 2)
    style.tidy(height, "inhibition k / kc", "height U0", f"kc = {kc:.5f}")
    fine = np.linspace(float(data.modulation[0]), float(data.modulation[-1]), 300)
    width.plot(fine, ring.half_width(fine), color=style.INK, label="theory")
    width.plot(data.modulation, data["width"], **dot, label="relaxed")
    style.tidy(width, "tuned connections J1", "half-width (rad)", "ring model: flat up to J1 = 2")
    for noise, colour in style.coloured(data.noise.values):
        one = data.sel(noise=noise)
        style.points(moved, one.variance, "time", color=colour, **dot | {"markersize": 4}, label=f"noise {noise:g}")
        moved.plot(data.time, float(one.theory_diffusion) * data.time, color=colour)
    moved.set(xscale="log", yscale="log")
    moved.set_xticks([5, 10, 20, 50], ["5", "10", "20", "50"])
    moved.minorticks_off()
    style.tidy(moved, "time (time constants)", "variance of the place (rad²)", "diffusion at half of kc; lines: theory")
    for axes in (shape, height, width, moved):
        axes.legend(frameon=False, fontsize=8)
    return figure
