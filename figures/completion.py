"""Completion: overlap and exact recall against damage for each memory, and what each gave back."""

from __future__ import annotations

from typing import Any

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
    figure = style.new(15, 7.4)
    halves: Any = figure.subfigures(1, 2, width_ratios=[1.5, 1])
    curves, strip = halves
    axes = curves.subplots(2, 2, sharex=True)
    for row, (name, word) in enumerate((("overlap", "overlap"), ("exact", "share recalled exactly"))):
        for column, damage in enumerate(data.damage.values):
            for number, model in enumerate(models):
                values = data[name].sel(model=model, damage=damage).mean("item")
                line = style.look(model) | {"linewidth": max(1.2, 3.6 - 0.35 * number)}  # none hides another
                style.band(axes[row, column], values, "fraction", **line)
            style.tidy(axes[row, column], "", word if not column else "", f"units {LABELS[str(damage)]}" if not row else "")
            axes[row, column].set_ylim(min(-0.05, float(data[name].mean("item").min())), 1.05)
            last = data[name].sel(damage=damage).isel(fraction=-1).mean("item").median("trial")
            labels = {style.readable(m): (float(last.sel(model=m)), style.look(m)["color"]) for m in models}
            style.ends(axes[row, column], labels, 0.075)
    for column in range(2):
        axes[1, column].set_xlabel("fraction of units damaged")
    style.letters(axes.flat)

    middle = min(len(data.fraction) - 1, len(data.fraction) // 2)
    shown = data.image.isel(fraction=middle).stack(column=("damage", "shown")).transpose(..., "column", "unit")
    rows = [(word, shown.sel(stage=word, model=models[0]).values) for word in ("stored", "cue")]
    rows += [(style.readable(m).replace(", ", ",\n"), shown.sel(stage="recalled", model=m).values) for m in models]
    share = f"{float(data.fraction[middle]):.0%}"
    titles = [(n * data.sizes["shown"], f"{share} {LABELS[str(damage)]}") for n, damage in enumerate(data.damage.values)]
    style.sheet(strip.subplots(), rows, titles, shape)
    words = f"Who completes a damaged item? N = {data.sizes['unit']}, K = {data.sizes['item']} stored"
    style.caption(figure, words, data.sizes["trial"])
    return figure
