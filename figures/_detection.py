"""Ultra-detection: overlap against noise for three sizes and loads, with the lines of theory."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from neuromem.figures import _style as style
from neuromem.theory import detection

ENDS = "theory ends: beyond it the state is remanent"


def draw(data: xr.Dataset) -> Figure:
    """Draw a panel a load: means over trials with their standard errors."""
    runs = data.overlap.mean("start")
    fine, hot = np.linspace(0.01, float(data.noise[-1]), 240), float(data.temperature[-1])
    figure = style.new(13.5, 4.8)
    panels = figure.subplots(1, data.sizes["load"], sharey=True, squeeze=False)[0]
    for axes, load in zip(panels, data["load"].values, strict=True):
        for units, colour in style.coloured(data.units.values):
            for order, marker in ((4, "o"), (2, "v")):
                at = {"order": order, "units": units, "load": load, "temperature": 0.0}
                look = {"color": colour, "marker": marker, "linestyle": "", "markersize": 4.5}
                style.points(axes, runs.sel(at), "noise", **look, label=f"P = {order}, N = {units}, T = 0")
        at = {"order": 4, "units": data.units.values[-1], "load": load, "temperature": hot}
        look = {"color": style.INK, "marker": "o", "linestyle": "", "markersize": 5, "markerfacecolor": "none"}
        style.points(axes, runs.sel(at), "noise", **look, label=f"P = 4, N = {at['units']}, T = {hot:g}")
        for temperature, line in ((0.0, "-"), (hot, "--")):
            theory = detection.overlap(fine, load, temperature)
            shown = np.where(theory > 0, theory, np.nan)
            axes.plot(fine, shown, line, color=style.INK, linewidth=1.6, label=f"theory, P = 4, T = {temperature:g}")
        end = detection.critical_noise(load)
        axes.axvspan(end, float(data.noise[-1]) * 1.03, color="#9ca3af", alpha=0.15, linewidth=0, label=ENDS)
        words = "a single item" if load == 0 else f"load K/N = {load:g}"
        style.tidy(axes, r"noise of a feature, $w/\sqrt{N}$", "overlap with the item" * (axes is panels[0]), words)
        axes.set(xlim=(0, float(data.noise[-1]) * 1.03), ylim=(-0.05, 1.05))
    handles, labels = panels[-1].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4, fontsize=9, frameon=False)
    trials = data.sizes["trial"]
    figure.suptitle(f"Ultra-detection: four-spin against pairwise couplings, {trials} sets of noise a point", fontsize=11)
    return figure
