"""Timing: exact recall, latency and energy of a spiking recall against load and damage."""

from __future__ import annotations

import xarray as xr
from matplotlib.figure import Figure

from neuromem import patterns, results
from neuromem.figures import _style as style

ROWS = {"exact": "share recalled exactly", "latency": "latency (ms)", "energy": "energy of a recall (nJ)"}


def draw(data: xr.Dataset) -> Figure:
    """Draw a row a quantity, against load and two kinds of damage.

    Energy is synaptic events times the joules that the run states. Points are hollow where less
    than half of the items come back exactly.
    """
    given = results.parameters(data) | patterns.described(data)
    figure = style.new(13, 9)
    panels = figure.subplots(len(ROWS), 3, sharey="row", sharex="col", squeeze=False)
    data = data.assign(energy=1e9 * data.energy)
    load, whole = int(data.stored[data.sizes["stored"] // 2]), float(data.fraction[0])
    columns = (
        (data.sel(damage="erase", fraction=whole), "stored", "whole cues"),
        (data.sel(damage="erase", stored=load), "fraction", f"{load} items, cues partly erased"),
        (data.sel(damage="flip", stored=load), "fraction", f"{load} items, units of the cues flipped"),
    )
    for row, (name, label) in zip(panels, ROWS.items(), strict=True):
        for axes, (one, x, title) in zip(row, columns, strict=True):
            ends = {}
            for number, model in enumerate(map(str, data.model.values)):
                look, values = style.look(style.bare(model)), one.sel(model=model)
                style.band(axes, values[name], x, **look, markerfacecolor="white", linewidth=3 - 0.8 * min(number, 2))
                middle, right = values[name].median("trial"), values.exact.median("trial") >= 0.5
                axes.plot(values[x][right], middle[right], look["marker"], color=look["color"], markersize=4.5)
                ends[style.readable(style.bare(model))] = float(middle[-1]), look["color"]
            style.tidy(axes, "", label if axes is row[0] else "", title if name == "exact" else "")
            if name == "exact":
                axes.set_ylim(-0.05, 1.05)
            else:
                axes.set_yscale("log")
            if axes is row[-1]:
                style.ends(axes, ends)
    panels[0, 0].set_xscale("log", base=2)
    panels[0, 0].set_xticks(data.stored.values, [str(n) for n in data.stored.values])
    for axes, label in zip(panels[-1], ("items stored", "fraction of units erased", "fraction flipped"), strict=True):
        axes.set_xlabel(label)
    style.letters(panels.flat)
    words = (
        f"How long does a spiking recall take, and what does it cost? N = {given['units']}, activity {given['activity']:g}"
    )
    words += f", {given['joules'] * 1e12:.3g} pJ a synaptic event; hollow: less than half recalled exactly"
    style.caption(figure, words, data.sizes["trial"])
    return figure
