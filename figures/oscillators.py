"""Oscillators: when they lock, and how many items they hold in one, two and more dimensions."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from neuromem import results
from neuromem.figures import _style as style
from neuromem.theory import oscillators


def draw(data: xr.Dataset) -> Figure:
    """Draw three panels: means over trials with their standard errors, and lines of theory."""
    given = results.parameters(data)
    figure = style.new(14, 4.4)
    locked, kept, signs = figure.subplots(1, 3)
    fine = np.unique(np.r_[np.linspace(0, float(data.coupling[-1]), 120), data.critical.values * (1 + 1e-6)])
    for density, colour in style.coloured(data.density.values):
        look = {"color": colour, "marker": "o", "linestyle": "", "markersize": 4.5}
        style.points(locked, data.locked.sel(density=density), "coupling", **look, label=f"{density} frequencies")
        locked.plot(fine, oscillators.order_parameter(fine, str(density)), color=colour)
    style.tidy(locked, "coupling K", "order parameter R", f"Kuramoto, N = {given['oscillators']}; lines: theory")
    load = np.linspace(1e-3, 0.04, 60)
    line = oscillators.overlap(load)
    kept.plot(load[line > 0], line[line > 0], color=style.INK, label="theory, 2 dimensions")
    for n, colour in zip(data.dimensions.values, style.COLOURS[3:], strict=False):
        words = "Ising spins" if n == 1 else f"{n} dimensions"
        look = {"color": colour, "marker": "o", "markersize": 4.5, "linewidth": 1.1, "label": words}
        for axes, values in ((kept, data.length), (signs, data.overlap)):
            style.points(axes, values.sel(dimensions=n), "load", **look)
    style.tidy(kept, "load K/N", "length of the mean vector", f"begun at the item, N = {given['units']}")
    style.tidy(signs, "load K/N", "overlap of the signs", f"from cues with {given['fraction']:.0%} flipped")
    for axes in (locked, kept, signs):
        axes.set_ylim(-0.03, 1.05)
        axes.legend(frameon=False, fontsize=8)
    style.letters((locked, kept, signs))
    head = "Oscillators lock beyond a coupling, and hold fewer items than spins"
    style.caption(figure, head, data.sizes["trial"], means=True)
    return figure
