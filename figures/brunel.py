"""Brunel: rasters of the four states over the rates of their networks, and mean field's rate."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from neuromem import results
from neuromem.figures import _style as style


def draw(data: xr.Dataset) -> Figure:
    """Draw spikes of some cells in each state, and the rate of the network beside mean field."""
    given, number = results.parameters(data), data.sizes["state"]
    figure = style.new(4.1 * number, 4.6)
    panels = figure.subplots(2, number, sharex="col", squeeze=False, height_ratios=(2, 1))
    time = data.time.values - data.time.values[0]
    for column, state in enumerate(data.state.values):
        one = data.sel(state=state).isel(trial=0)
        above, below = panels[:, column]
        cell, at = np.nonzero(one.spikes.values)
        above.plot(time[at], cell, "|", color=style.INK, markersize=2.6, markeredgewidth=0.7)
        above.set_yticks([])
        measured = data.rate.sel(state=state)
        title = f"{state}\ng = {float(one.inhibition):g}, eta = {float(one.drive):g}, CV {float(one.variation):.2f}"
        style.tidy(above, "", f"{data.sizes['cell']} cells" if column == 0 else "", title)
        below.fill_between(time, one.activity, color=style.COLOURS[0], linewidth=0)
        theory = float(one.theory_rate)
        below.axhline(theory, color=style.COLOURS[3], linewidth=1.2)
        words = f"{float(measured.mean()):.1f} Hz; mean field {theory:.1f}"
        style.tidy(below, "time (ms)", "rate (Hz)" if column == 0 else "", words)
        below.set(xlim=(0, time[-1]), ylim=(0, None))
    style.caption(figure, f"N = {given['cells']:,} cells, {data.sizes['trial']} network a state; red: mean field's rate")
    return figure
