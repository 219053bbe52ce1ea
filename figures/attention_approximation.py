"""SDM and attention: shared locations and their exponential, beta, and one read of each."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from neuromem import results
from neuromem.figures import _style as style

SHOWN = 4  # radii
SHADES = ("#1b4f72", "#5b8db8", "#b08d57", "#7b4b12")  # of radii, from small to large
READERS: dict[str, dict[str, Any]] = {
    "every location": style.look("sdm") | {"linewidth": 3.2},
    "hard locations": {"color": "#6b7280", "marker": "x", "linewidth": 2.4},
    "softmax": style.look("attention") | {"linewidth": 1.8},
    "softmax, published fit": {"color": style.INK, "marker": "v", "linestyle": ":", "linewidth": 1.2},
}
NAMES = {"every location": "SDM, every location", "hard locations": "SDM, hard locations (only where enough are active)"}


def draw(data: xr.Dataset) -> Figure:
    """Draw what theory says of each radius above, and one read of damaged items below.

    Points are medians over trials with their quartiles.
    """
    every = data.radius.values.tolist()
    radii = sorted({every[round(place)] for place in np.linspace(0, len(every) - 1, SHOWN)})
    figure = style.new(14, 8.2)
    rows: Any = figure.subfigures(2, 1)
    above, below = rows
    shared, beta, like = above.subplots(1, 3)
    for radius, colour in zip(radii, SHADES, strict=False):
        one = data.sel(radius=radius)
        shared.plot(data.distance, one.shared / one.shared[0], "o", color=colour, markersize=3.5, label=f"radius {radius}")
        shared.plot(data.distance, one.exponential / one.shared[0], color=colour, linewidth=1.2)
        style.band(like, one.likeness.sel(fit="least squares"), "flipped", color=colour, label=f"radius {radius}")
    shared.plot([], [], color="grey", linewidth=1.2, label="fitted exponential")
    shared.set(yscale="log", ylim=(1e-12, 2))
    shared.legend(frameon=False, fontsize=8.5)
    style.tidy(shared, "distance of two addresses (bit)", "locations shared, of those of one", "what two addresses share")
    beta.axhspan(10, 25, color="#e5e7eb", zorder=0, label="learned in transformers, about")
    beta.plot(data.radius, data.beta, "o-", markersize=4, color=style.look("attention")["color"], label="our least squares")
    beta.plot(data.radius, data.beta_published, "x--", color=style.INK, label="published fit")
    beta.legend(frameon=False, fontsize=8.5)
    style.tidy(beta, "Hamming radius (bit)", "beta", "beta that fits them")
    style.tidy(like, "fraction of units flipped", "cosine of the two reads", "how alike softmax and SDM read")
    like.set_ylim(-0.02, 1.03)
    like.legend(frameon=False, fontsize=8.5)
    panels = np.atleast_1d(below.subplots(1, len(radii), sharey=True))
    for axes, radius in zip(panels, radii, strict=True):
        for reader in map(str, data.reader.values):
            read = data.overlap.sel(radius=radius, reader=reader)
            if read.notnull().any():
                style.band(axes, read, "flipped", **READERS[reader], label=NAMES.get(reader, reader))
        style.tidy(
            axes, "fraction of units flipped", "overlap after one read" if axes is panels[0] else "", f"radius {radius}"
        )
    below.legend(*panels[-1].get_legend_handles_labels(), loc="outside lower center", ncols=4, frameon=False, fontsize=9)
    style.letters((shared, beta, like, *panels))
    given = results.parameters(data)
    words = "Attention reads like SDM near an item; far from one, at a small radius, it reads more"
    words += f"; N = {given['units']}, K = {given['stored']}"
    words += "\nb is the news: the published fit of beta is too steep at small radii"
    style.caption(figure, words, data.sizes["trial"])
    return figure
