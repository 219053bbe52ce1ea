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

    There is a column for each part of the item in the cue.
    """
    figure = style.new(11, 7.4)
    parts = data.known.values
    panels = figure.subplots(2, len(parts), sharey="row", squeeze=False)
    for column, known in enumerate(parts):
        for n, size in enumerate(data.units.values):
            one = data.sel(known=known, units=size)
            active = int(one.active[0, 0])
            density = one.stored.isel(trial=0).values / size**2 * active**2  # items k^2 / n^2, about -ln(1 - fill)
            for memory, line in (("ca3_attractor", {"marker": "o"}), ("willshaw", {"marker": "x", "linestyle": ":"})):
                for row, name in enumerate(("exact", "bits_per_synapse")):
                    values = one[name].sel(memory=memory).assign_coords(fill=density)
                    label = f"{memory.replace('_', ' ')}, {size} cells" if not row else None
                    style.band(panels[row, column], values, "fill", color=style.COLOURS[n], label=label, **line)
            loads = np.linspace(density.min(), density.max(), 30) * size**2 / active**2
            expected = [_exact(int(load), int(size), active, max(round(float(known) * active), 1)) for load in loads]
            panels[0, column].plot(
                loads * active**2 / size**2, expected, "--", color=style.COLOURS[n], linewidth=1, alpha=0.8
            )
            sparse = active / size
            for axes in panels[:, column]:
                low, high = (k * size / (sparse * np.log(1 / sparse)) * active**2 / size**2 for k in TREVES)
                axes.axvspan(low, high, color=style.COLOURS[n], alpha=0.06, linewidth=0)
        panels[1, column].axhline(willshaw.LIMIT / 2, color=style.INK, linewidth=0.8, linestyle="--")
        panels[1, column].text(
            0.99, willshaw.LIMIT / 2, "limit ln 2 / 2 ", ha="right", va="bottom", fontsize=8,
            transform=panels[1, column].get_yaxis_transform(),
        )  # fmt: skip
        style.tidy(
            panels[0, column], "", "share exact" if not column else "", f"cue: {float(known):.0%} of the active cells"
        )
        label = "bits a synapse that recall adds" if not column else ""
        style.tidy(panels[1, column], r"load $M\,k^2/n^2$", label)
        panels[0, column].set_ylim(-0.05, 1.05)
        panels[1, column].set_ylim(-0.12, 0.38)
    handles = panels[0, 0].get_legend_handles_labels()
    figure.legend(*handles, loc="outside lower center", ncols=3, frameon=False, fontsize=9)
    caption = (
        "dashed: Willshaw theory of one pass, no spurious cell; shaded: Treves-Rolls, k = 0.2 to 0.3, all n synapses a cell"
    )
    figure.suptitle(caption, fontsize=9)
    return figure


def _exact(items: int, units: int, active: int, known: int) -> float:
    """Chance that one pass recalls no spurious cell, their number taken as Poisson."""
    return float(np.exp(-willshaw.spurious(items, units, active, known=known, auto=True)))
