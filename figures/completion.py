"""Completion: overlap and exact recall against damage for each memory, and what each gave back."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from neuromem import patterns
from neuromem.figures import _style as style

LABELS = {"erase": "erased", "flip": "flipped"}


def draw(data: xr.Dataset) -> Figure:
    """Draw overlap and exact recall against damage, and the images of the first trial.

    Points are medians over trials with their quartiles. The images are stored, cue and recalled
    at one damage.
    """
    models = [str(m) for m in data.model.values]
    shape = patterns.described(data).get("shape")
    figure = style.new(13, 6.4)
    halves: Any = figure.subfigures(1, 2, width_ratios=[1.15, 1])
    curves, strip = halves
    axes = curves.subplots(2, 2, sharex=True, sharey=True)
    for row, (name, word) in enumerate((("overlap", "overlap"), ("exact", "share recalled exactly"))):
        for column, damage in enumerate(data.damage.values):
            for model, colour in zip(models, style.COLOURS, strict=False):
                values = data[name].sel(model=model, damage=damage).mean("item")
                style.band(axes[row, column], values, "fraction", color=colour, label=model)
            style.tidy(axes[row, column], "", word if not column else "", f"units {LABELS[str(damage)]}" if not row else "")
            axes[row, column].set_ylim(-0.05, 1.05)
    for column in range(2):
        axes[1, column].set_xlabel("fraction of units damaged")
    curves.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3, frameon=False, fontsize=9)

    middle = min(len(data.fraction) - 1, len(data.fraction) // 2)
    shown = data.image.isel(trial=0, fraction=middle)
    rows = [("stored", shown.sel(stage="stored", model=models[0])), ("cue", shown.sel(stage="cue", model=models[0]))]
    rows += [(model, shown.sel(stage="recalled", model=model)) for model in models]
    columns = [(damage, number) for damage in data.damage.values for number in range(data.sizes["shown"])]
    panels = np.atleast_2d(strip.subplots(len(rows), len(columns)))
    for (label, images), line in zip(rows, panels, strict=True):
        for (damage, number), panel in zip(columns, line, strict=True):
            style.image(panel, images.sel(damage=damage).isel(shown=number).values, shape)
        line[0].set_ylabel(label.replace(":", "\n"), rotation=0, ha="right", va="center", fontsize=9)
    for start, damage in enumerate(data.damage.values):
        panels[0, start * data.sizes["shown"]].set_title(
            f"{float(data.fraction[middle]):.0%} {LABELS[str(damage)]}", loc="left", fontsize=10
        )
    return figure
