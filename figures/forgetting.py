"""Forgetting: the signal of an item against its age, and lifetimes against synapses."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from neuromem.experiments.forgetting import kind
from neuromem.figures import _style as style
from neuromem.theory import lifetimes


def draw(data: xr.Dataset) -> Figure:
    """Draw two panels: means over trials with their standard errors, and lines of theory."""
    figure = style.new(12.5, 5)
    signal, lasting = figure.subplots(1, 2)
    fine = np.unique(np.geomspace(1, 100_000, 200).round().astype(int))
    for synapse, colour in style.coloured(data.synapse.values):
        one = data.sel(synapse=synapse)
        name = str(synapse).replace(":", ", ")
        line = lifetimes.signal(*kind(str(synapse)), fine - 1)
        signal.plot(fine, line, color=colour, label=name)
        look = {"color": colour, "marker": "o", "linestyle": "", "markersize": 4}
        style.points(signal, one.signal.assign_coords(age=one.age + 1), "age", **look)
        lasting.plot(data.number, one.lifetime.where(one.lifetime > 0), color=colour, marker="o", markersize=4, label=name)
    signal.set(xscale="log", yscale="log", ylim=(3e-4, 1.2))
    style.tidy(signal, "age + 1 (items)", r"signal-to-noise ratio over $\sqrt{N}$", "points: simulated; lines: theory")
    signal.legend(frameon=False, fontsize=8, loc="lower left")
    n = data.number.values
    for power, dash in ((0.5, ":"), (1.0, "--")):
        lasting.plot(n, 0.1 * n**power, dash, color=style.INK, linewidth=0.8, label=f"N^{power:g}")
    lasting.set(xscale="log", yscale="log")
    style.tidy(lasting, "synapses N", "lifetime (items)", "age at which the ratio falls below 1, theory")
    lasting.legend(frameon=False, fontsize=8)
    return figure
