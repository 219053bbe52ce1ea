"""Sequence: capacity and the sense of order against sequences stored, and a film."""

from __future__ import annotations

from typing import Any

import xarray as xr
from matplotlib.figure import Figure

from neuromem.figures import _style as style


def draw(data: xr.Dataset) -> Figure:
    """Draw median and quartiles over trials, and the first film of the first trial below.

    Crosses are an independent implementation, with two standard errors.
    """
    figure = style.new(11, 6.4)
    halves: Any = figure.subfigures(2, 1, height_ratios=[1.25, 1])
    top, bottom = halves
    panels = top.subplots(1, 3, sharey=True)
    for modules, colour in zip(data.modules.values, style.COLOURS, strict=False):
        one = data.sel(modules=modules)
        label = f"{modules} modules, {int(one.synapses.max()):,} weights"
        style.band(panels[0], one.cued, "sequences", color=colour, label=label)
        cross = {"fmt": "x", "color": colour, "markersize": 8, "markeredgewidth": 1.8}
        panels[0].errorbar(data.sequences, one.independent, 2 * one.independent_error, **cross)
        style.band(panels[1], one.recalled, "sequences", color=colour)
        style.band(panels[1], one.exact, "sequences", color=colour, linestyle=":", marker="s")
        style.band(panels[2], one.in_order, "sequences", color=colour)
        style.band(panels[2], one.shuffled, "sequences", color=colour, linestyle=":", marker="s")
    panels[0].plot([], [], "x", color="0.3", label="independent implementation")
    panels[1].plot([], [], "o-", color="0.3", label="winners right")
    panels[1].plot([], [], "s:", color="0.3", label="frames exact")
    panels[2].plot([], [], "o-", color="0.3", label="learnt order")
    panels[2].plot([], [], "s:", color="0.3", label="same frames, other order")
    style.tidy(panels[0], "sequences stored", "share of winners right", "every frame shown")
    style.tidy(panels[1], "sequences stored", "", "first frame shown, the rest recalled")
    style.tidy(panels[2], "sequences stored", "familiarity G (U and H)", "is the order known?")
    panels[0].set_ylim(-0.03, 1.08)
    for axes in panels:
        axes.legend(frameon=False, fontsize=7.5, loc="lower left")

    strip = bottom.subplots(data.sizes["stage"], data.sizes["frame"])
    for row, stage in zip(strip, data.stage.values, strict=True):
        for axes, frame in zip(row, data.frame.values, strict=True):
            style.image(axes, data.shown.sel(stage=stage, frame=frame).isel(films=0, trial=0).values)
        row[0].set_ylabel(str(stage), rotation=0, ha="right", va="center", fontsize=9)
    overlap, known = data.film_overlap[..., 2:].mean(("trial", "frame")), data.film_recognised.mean("trial")
    said = [
        f"{number} stored: {float(overlap.sel(films=number)):.2f}, {float(known.sel(films=number)):.0%}"
        for number in data.films.values
    ]
    title = "a film recalled from its first two frames (overlap of the others; noisy films recognised.  "
    bottom.suptitle(f"{title}{';  '.join(said)})", fontsize=10, x=0.02, ha="left")
    return figure
