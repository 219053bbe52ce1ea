"""SDM and attention: shared locations and their exponential, beta, and one read of each."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from neuromem.figures import _style as style

SHOWN = 4  # radii


def draw(data: xr.Dataset) -> Figure:
    """Draw what theory says of each radius above, and one read of damaged items below.

    Points are medians over trials with their quartiles.
    """
    every = data.radius.values.tolist()
    radii = sorted({every[round(place)] for place in np.linspace(0, len(every) - 1, SHOWN)})
    figure = style.new(14, 7.4)
    rows: Any = figure.subfigures(2, 1)
    above, below = rows
    shared, beta, like = above.subplots(1, 3)
    for radius, colour in zip(radii, style.COLOURS, strict=False):
        one = data.sel(radius=radius)
        shared.plot(data.distance, one.shared / one.shared[0], "o", color=colour, markersize=3.5, label=f"radius {radius}")
        shared.plot(data.distance, one.exponential / one.shared[0], color=colour, linewidth=1.2)
        style.band(like, one.likeness.sel(fit="least squares"), "flipped", color=colour, label=f"radius {radius}")
    shared.plot([], [], color="grey", linewidth=1.2, label="fitted exponential")
    shared.set(yscale="log", ylim=(1e-9, 2))
    shared.legend(frameon=False, fontsize=8.5)
    style.tidy(shared, "distance of two addresses (bit)", "locations shared, of those of one", "Shared locations")
    beta.axhspan(10, 25, color="#e5e7eb", zorder=0, label="learned in transformers, about")
    beta.plot(data.radius, data.beta, "o-", markersize=4, color=style.COLOURS[0], label="least squares")
    beta.plot(data.radius, data.beta_published, "x--", color=style.INK, label="published fit")
    beta.legend(frameon=False, fontsize=8.5)
    style.tidy(beta, "Hamming radius (bit)", "beta", "Beta of the softmax")
    style.tidy(like, "fraction of units flipped", "cosine of the two reads", "Softmax against SDM with every location")
    like.set_ylim(-0.02, 1.03)
    like.legend(frameon=False, fontsize=8.5)
    panels = np.atleast_1d(below.subplots(1, len(radii), sharey=True))
    for axes, radius in zip(panels, radii, strict=True):
        for reader, colour, line in zip(data.reader.values, style.COLOURS, ("-", "-", "--", ":"), strict=False):
            read = data.overlap.sel(radius=radius, reader=reader)
            if read.notnull().any():
                style.band(axes, read, "flipped", color=colour, linestyle=line, label=str(reader))
        style.tidy(
            axes, "fraction of units flipped", "overlap after one read" if axes is panels[0] else "", f"radius {radius}"
        )
    below.legend(*panels[-1].get_legend_handles_labels(), loc="outside lower center", ncols=4, frameon=False, fontsize=9)
    return figure
