"""Forgetting: the signal of an item against its age, and lifetimes against synapses."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from neuromem import results
from neuromem.experiments.forgetting import kind
from neuromem.figures import _style as style
from neuromem.theory import lifetimes


def draw(data: xr.Dataset) -> Figure:
    """Draw two panels: means over trials with their standard errors, and lines of theory."""
    figure, ends = style.new(13, 5.2), {}
    signal, lasting = figure.subplots(1, 2)
    fine = np.unique(np.geomspace(1, 100_000, 200).round().astype(int))
    for synapse, colour in style.coloured(data.synapse.values):
        one = data.sel(synapse=synapse)
        name = str(synapse).replace(":", ", ")
        line = lifetimes.signal(*kind(str(synapse)), fine - 1)
        signal.plot(fine, line, color=colour)
        look = {"color": colour, "marker": "o", "linestyle": "", "markersize": 4}
        style.points(signal, one.signal.assign_coords(age=one.age + 1), "age", **look)
        lasting.plot(data.number, one.lifetime.where(one.lifetime > 0), color=colour, marker="o", markersize=4)
        ends[name] = float(one.lifetime[-1]), colour
    signal.set(xscale="log", yscale="log", ylim=(3e-4, 1.2))
    words = f"simulated, N = {results.parameters(data)['number']}; lines: theory"
    style.tidy(signal, "age + 1 (items)", r"signal-to-noise ratio over $\sqrt{N}$", words)
    n = data.number.values
    for power, dash in ((0.5, ":"), (1.0, "--")):
        lasting.plot(n, 0.1 * n**power, dash, color=style.INK, linewidth=0.8)
        ends["N" if power == 1 else r"$\sqrt{N}$"] = float(0.1 * n[-1] ** power), style.INK
    lasting.set(xscale="log", yscale="log")
    style.tidy(lasting, "synapses N", "lifetime (items)", "age at which the ratio falls below 1, theory")
    style.ends(lasting, ends)
    style.letters((signal, lasting))
    head = "Which synapse remembers longest? Cascades and chains fall by powers, and gain from every synapse more"
    style.caption(figure, head, data.sizes["trial"], means=True)
    return figure
