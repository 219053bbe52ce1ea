"""Macrocolumn: items held and bits a synapse against its number of synapses."""

from __future__ import annotations

import xarray as xr
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from neuromem import results
from neuromem.figures import _style as style


def draw(data: xr.Dataset) -> Figure:
    """Draw items and bits against synapses, with quartiles as bars.

    Solid lines are of cues that are the items themselves, dotted ones of noisy cues.
    """
    given = results.parameters(data)
    figure = style.new(12, 5)
    left, right = panels = figure.subplots(1, 2, sharex=True)
    ends: tuple[dict[str, tuple[float, str]], ...] = ({}, {})
    for modules, colour in style.coloured(data.modules.values):
        one = data.sel(modules=modules)
        synapses = one.synapses.isel(trial=0).values
        for cue, look in (("clean", {"linestyle": "-", "marker": "o"}), ("noisy", {"linestyle": ":", "marker": "s"})):
            for axes, name, end in zip(panels, ("held", "bits_per_synapse"), ends, strict=True):
                low, middle, high = one[name].sel(cue=cue).quantile((0.25, 0.5, 0.75), "trial").values
                axes.errorbar(synapses, middle, (middle - low, high - middle), color=colour, markersize=4.5, **look)
                end[f"{modules} modules{'' if cue == 'clean' else ', noisy'}"] = float(middle[-1]), colour
    for words, line in (("the cue is the item", "o-"), (f"noisy cue: {given['moved']} active inputs moved", "s:")):
        left.plot([], [], line, color=style.INK, label=words)
    style.tidy(left, "synapses", "items, of which 9 in 10 come back exactly", "what a macrocolumn holds")
    style.tidy(right, "synapses", "information held (bit/synapse)", "what a synapse is worth")
    left.set(xscale="log", yscale="log")
    left.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    left.yaxis.set_major_formatter("{x:g}")
    left.yaxis.set_minor_formatter(NullFormatter())
    right.set_ylim(bottom=0)
    left.legend(frameon=False, fontsize=9)
    style.ends(right, ends[1])
    style.letters(panels)
    cells = ", ".join(str(number) for number in data.cells.values)
    words = (
        f"How much does one macrocolumn of Sparsey hold as it grows? {given['active']} of N = {given['units']} inputs active"
    )
    style.caption(figure, f"{words}; along a line: {cells} cells a module", data.sizes["trial"])
    return figure
