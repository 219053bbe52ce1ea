"""Macrocolumn: items held and bits a synapse against its number of synapses."""

from __future__ import annotations

import xarray as xr
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from neuromem import results
from neuromem.figures import _style as style


def draw(data: xr.Dataset) -> Figure:
    """Draw items and bits against synapses.

    Points are medians over trials with their quartiles. Solid lines are of cues that are the
    items themselves, dotted ones of noisy cues.
    """
    figure = style.new(9, 3.9)
    left, right = figure.subplots(1, 2, sharex=True)
    moved = results.parameters(data)["moved"]
    for modules, colour in style.coloured(data.modules.values):
        one = data.sel(modules=modules)
        one = one.assign_coords(size=("cells", one.synapses.isel(trial=0).values))
        for cue, look in (("clean", {"linestyle": "-"}), ("noisy", {"linestyle": ":", "marker": "s"})):
            for axes, name in ((left, "held"), (right, "bits_per_synapse")):
                label = f"{modules} modules" if cue == "clean" else None
                style.band(axes, one[name].sel(cue=cue), "size", color=colour, label=label, **look)
    left.plot([], [], "s:", color="0.3", label=f"{moved} active inputs moved")
    style.tidy(left, "synapses", "items stored, 9 in 10 recalled exactly", "capacity")
    style.tidy(right, "synapses", "information (bit/synapse)", "efficiency")
    left.set(xscale="log", yscale="log")
    left.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    left.yaxis.set_major_formatter("{x:g}")
    left.yaxis.set_minor_formatter(NullFormatter())
    right.set_ylim(bottom=0)
    left.legend(frameon=False, fontsize=8)
    return figure
