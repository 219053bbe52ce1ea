"""Attractor: exact recall and information against load, beside Willshaw and theory."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from neuromem.figures import _style as style
from neuromem.theory import willshaw

TREVES = (0.2, 0.3)  # k of p_max = k C / (a ln(1 / a)), Treves & Rolls (1991, Network 2:371)


def draw(data: xr.Dataset) -> Figure:
    """Draw the share exact above and the bits a synapse below.

    There is a column for each part of the item in the cue. The largest network is drawn bold, with
    its theory; smaller ones are pale.
    """
    parts, sizes = data.known.values, data.units.values
    figure = style.new(12.5, 8)
    panels = figure.subplots(2, len(parts), sharey="row", squeeze=False)
    for column, known in enumerate(parts):
        for size in sizes:
            one, bold = data.sel(known=known, units=size), size == sizes[-1]
            active = int(one.active[0, 0])
            density = one.stored.isel(trial=0).values / size**2 * active**2  # items k^2 / n^2, about -ln(1 - fill)
            for memory in map(str, data.memory.values):
                look = style.look(memory) | {"linewidth": 2.2 if bold else 0.9}
                for axes, name in zip(panels[:, column], ("exact", "bits_per_synapse"), strict=True):
                    values = one[name].sel(memory=memory).assign_coords(fill=density)
                    if bold:
                        style.band(axes, values, "fill", **look)
                    else:
                        axes.plot(density, values.median("trial"), **look, alpha=0.35, markersize=3)
        loads = np.linspace(density.min(), density.max(), 60)
        counts, cued = loads * size**2 / active**2, max(round(float(known) * active), 1)
        panels[0, column].plot(loads, [_exact(int(n), int(size), active, cued) for n in counts], "--", color=style.INK)
        sparse = active / size
        low, high = (k * size / (sparse * np.log(1 / sparse)) * active**2 / size**2 for k in TREVES)
        for axes in panels[:, column]:
            axes.axvspan(low, high, color="#9ca3af", alpha=0.2, linewidth=0)
        panels[0, column].text((low + high) / 2, 1.06, "Treves-Rolls", ha="center", fontsize=8)
        panels[1, column].axhline(willshaw.LIMIT / 2, color=style.INK, linewidth=0.8, linestyle="--")
        panels[1, column].text(density.min(), willshaw.LIMIT / 2, "limit ln 2 / 2", va="bottom", fontsize=8)
        panels[1, column].axhline(0, color="#9ca3af", linewidth=0.8)
        whole = "the whole item, so recall has nothing to add" if known == 1 else f"{float(known):.0%} of the active cells"
        style.tidy(panels[0, column], "", "" if column else "share exact", f"cue: {whole}")
        style.tidy(panels[1, column], r"load $M\,k^2/n^2$", "" if column else "bits a synapse that recall adds")
        panels[0, column].set_ylim(-0.05, 1.12)
    for row, name in zip(panels, ("exact", "bits_per_synapse"), strict=True):
        last = data[name].isel(units=-1, known=-1, fill=-1).median("trial")
        ends = {str(m): float(last.sel(memory=m)) for m in data.memory.values}
        style.ends(row[-1], {style.readable(m): (y, style.look(m)["color"]) for m, y in ends.items()})
    style.letters(panels.flat)
    pale = ", ".join(map(str, sizes[:-1]))
    words = "CA3's attractor recalls like Willshaw's network, and more when overloaded"
    words += f"; bold N = {sizes[-1]}" + (f", pale N = {pale}" if pale else "")
    words += "\ndashed: theory of one pass; grey: Treves-Rolls capacity, k = 0.2 to 0.3; below 0 bits recall spoils the cue"
    style.caption(figure, words, data.sizes["trial"])
    return figure


def _exact(items: int, units: int, active: int, known: int) -> float:
    """Chance that one pass recalls no spurious cell, their number taken as Poisson."""
    return float(np.exp(-willshaw.spurious(items, units, active, known=known, auto=True)))
