"""Working memory: errors toward the last stimulus and the middle of a range, under theory."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from neuromem import results
from neuromem.experiments.working_memory import DEGREE, lines
from neuromem.figures import _style as style


def draw(data: xr.Dataset) -> Figure:
    """Draw two panels: medians and quartiles over trials, and lines of theory."""
    given = results.parameters(data)
    figure = style.new(12, 4.6)
    serial, contraction = figure.subplots(1, 2)
    fine = np.linspace(-1, 1, 201)
    settings = (given[name] for name in ("modulation", "delay", "slow", "span"))
    theory = lines(fine, *settings)
    edges = np.pi, given["span"]
    for axes, name, x, line, edge in zip(
        (serial, contraction), ("serial", "contraction"), ("distance", "place"), theory, edges, strict=True
    ):
        ends = {}
        for trace, colour in zip(data.trace.values, style.COLOURS, strict=False):
            one = DEGREE * data[name].sel(trace=trace).assign_coords({x: DEGREE * data[x]})
            style.band(axes, one, x, color=colour, linestyle="")
            axes.plot(DEGREE * fine * edge, DEGREE * trace * line, color=colour, linewidth=1.2)
            ends[f"trace {trace:g}"] = float(DEGREE * trace * line[-1]), colour
        axes.axhline(0, color=style.INK, linewidth=0.7)
        if name == "contraction":
            style.ends(axes, ends)
        else:
            handles = [axes.plot([], [], color=colour, label=label)[0] for label, (_, colour) in ends.items()]
            axes.legend(handles=handles, frameon=False, fontsize=9)
    degrees = round(DEGREE * given["span"])
    style.tidy(serial, "the last stimulus, from this one (degrees)", "error (degrees)", "drawn to the last stimulus")
    words = f"stimuli within ±{degrees}°: drawn to their middle"
    style.tidy(contraction, "place of the stimulus (degrees)", "error (degrees)", words)
    style.letters((serial, contraction))
    head = f"A slow trace of earlier bumps draws the bump that is held for {given['delay']:g} time constants; lines: theory"
    style.caption(figure, head, data.sizes["trial"])
    return figure
