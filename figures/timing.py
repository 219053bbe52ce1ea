"""Timing: latency, spikes and energy of a spiking recall against load and damage."""

from __future__ import annotations

import xarray as xr
from matplotlib.figure import Figure

from neuromem import results
from neuromem.figures import _style as style

ROWS = {"latency": "latency (ms)", "spikes": "spikes", "energy": "energy (nJ)", "exact": "share exact"}


def draw(data: xr.Dataset) -> Figure:
    """Draw a row a quantity, with median and quartiles over trials.

    Energy is synaptic events times the joules that the run states.
    """
    figure = style.new(12, 10)
    panels = figure.subplots(len(ROWS), 3, sharey="row", squeeze=False)
    data = data.assign(energy=1e9 * data.energy)
    load, whole = int(data.stored[data.sizes["stored"] // 2]), float(data.fraction[0])
    for row, (name, label) in enumerate(ROWS.items()):
        for model, colour in style.coloured(data.model.values):
            one = data[name].sel(model=model)
            against = (
                (one.sel(damage="erase", fraction=whole), "stored"),
                (one.sel(damage="erase", stored=load), "fraction"),
                (one.sel(damage="flip", stored=load), "fraction"),
            )
            for axes, (values, x) in zip(panels[row], against, strict=True):
                style.band(axes, values, x, color=colour, label=style.readable(model))
        for column, axes in enumerate(panels[row]):
            style.tidy(axes, "", label if not column else "")
            if name != "exact":
                axes.set_yscale("log")
        panels[row, 0].set_xscale("log", base=2)
        panels[row, 0].set_xticks(data.stored.values, [str(n) for n in data.stored.values])
    for axes, title in zip(panels[0], ("whole cues", f"{load} items, erased", f"{load} items, flipped"), strict=True):
        axes.set_title(title, loc="left", fontsize=10)
    for axes, label in zip(panels[-1], ("items stored", "fraction of units erased", "fraction flipped"), strict=True):
        axes.set_xlabel(label)
        axes.set_ylim(-0.05, 1.05)
    figure.legend(*panels[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3, frameon=False, fontsize=9)
    joules = results.parameters(data)["joules"]
    figure.suptitle(f"energy: {joules * 1e12:.3g} pJ a synaptic event", fontsize=9)
    return figure
