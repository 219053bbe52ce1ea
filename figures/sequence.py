"""Sequence: capacity and the sense of order against sequences stored, and a film."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from neuromem import results
from neuromem.experiments.sequence import CELLS
from neuromem.figures import _style as style

SHOWN = 5  # frames of the film
ROWS = {"stored": "stored", "noisy": "noisy cue", "recalled": "recalled from\nthe first two"}


def draw(data: xr.Dataset) -> Figure:
    """Draw recall and familiarity, and below frames of the first film of the first trial.

    Where all frames are shown it draws the mean with two standard errors, as an independent
    implementation has them.
    """
    figure = style.new(13, 8)
    halves: Any = figure.subfigures(2, 1, height_ratios=[1.25, 1])
    top, bottom = halves
    panels = top.subplots(1, 3, sharey=True)
    cued, recalled, order = panels
    for modules, colour in style.shades(data.modules.values):
        one = data.sel(modules=modules)
        label = f"{modules} modules, {int(one.synapses.max()):,} synapses"
        style.points(cued, one.cued, "sequences", 2, color=colour, marker="o", markersize=4, label=label)
        cross = {"fmt": "x", "color": colour, "markersize": 9, "markeredgewidth": 1.8}
        cued.errorbar(data.sequences, one.independent, 2 * one.independent_error, **cross)
        for axes, solid, dotted in ((recalled, "recalled", "exact"), (order, "in_order", "shuffled")):
            style.band(axes, one[solid], "sequences", color=colour)
            style.band(axes, one[dotted], "sequences", color=colour, linestyle=":", marker="s")
    cued.plot([], [], "x", color=style.INK, label="independent implementation")
    for axes, names in ((recalled, ("winners right", "frames exact")), (order, ("learnt order", "another order"))):
        for name, look in zip(names, ("o-", "s:"), strict=True):
            axes.plot([], [], look, color=style.INK, label=name)
    style.tidy(cued, "sequences stored", "share right, or familiarity", "winners right, every frame shown")
    style.tidy(recalled, "sequences stored", "", "only the first frame shown")
    style.tidy(order, "sequences stored", "", "familiarity G of the same frames")
    cued.set_ylim(-0.03, 1.05)
    for axes in panels:
        axes.legend(frameon=False, fontsize=8.5, loc="lower left")
    style.letters(panels)
    _film(bottom, data)
    words = f"Does a sequence of 10 frames come back? One macrocolumn of Sparsey, {CELLS} cells a module"
    words += "\na: mean and two standard errors; b, c: median, band: quartiles"
    style.caption(figure, f"{words}; n = {data.sizes['trial']} trials")
    return figure


def _film(figure: Any, data: xr.Dataset) -> None:
    """Draw some frames of a film, and say how well films came back."""
    frames = np.unique(np.linspace(0, data.sizes["frame"] - 1, SHOWN).round().astype(int))
    strip, told = figure.subfigures(1, 2, width_ratios=[1.6, 1])
    film = data.shown.isel(films=0, trial=0, frame=frames).transpose("stage", "frame", ...)
    rows = [(ROWS[str(stage)], film.sel(stage=stage).values) for stage in data.stage.values]
    style.sheet(strip.subplots(), rows, [(at, f"frame {frame + 1}") for at, frame in enumerate(frames)])
    strip.suptitle(r"$\bf{d}$  a film of a moving digit", x=0.01, ha="left", fontsize=10)
    axes = told.subplots()
    for (number, colour), line in zip(style.shades(data.films.values), ("-", "--", ":", "-.") * 9, strict=False):
        known = float(data.film_recognised.sel(films=number).mean())
        label = f"{number} films; {known:.0%} of the noisy ones recognised"
        overlap = data.film_overlap.sel(films=number).assign_coords(frame=data.frame + 1)
        style.band(axes, overlap, "frame", color=colour, linestyle=line, label=label)
    noise = results.parameters(data)["noise"]
    style.tidy(axes, "frame", "overlap of the recalled frame", f"films of digits; noise: {noise:.0%} of the pixels")
    axes.set_ylim(0, 1.05)
    axes.legend(frameon=False, fontsize=8.5, loc="lower left")
    axes.set_title(rf"$\bf{{e}}$  {axes.get_title('left')}", loc="left", fontsize=10)
