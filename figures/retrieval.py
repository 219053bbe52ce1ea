"""Retrieval: where spikes and attention recall exactly, over load and damage, and who wins."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.patheffects import AbstractPathEffect, withStroke

from neuromem import patterns, results
from neuromem.figures import _style as style
from neuromem.theory.matching import exact_recall

# how a memory finds the best match: see `exact_recall`; others have no line
MATCHES = {"ca3": "any", "ca3:gated=True:match=best": "best", "attention": "nearest", "trained": "nearest"}
WORDS = {"erase": "units erased", "flip": "units flipped"}
WINNERS = {
    "neither recalls a tenth": "#e5e7eb",
    "attention recalls more": "#7aa6d8",
    "as much, attention needs less energy": "#cfe0f3",
    "as much, spikes need less energy": "#f9d8a8",
    "spikes recall more": "#ee9a3a",
}
CLOSE = 0.05  # difference in exact recall that counts as none
EDGE: list[AbstractPathEffect] = [withStroke(linewidth=3.4, foreground=style.INK)]  # seen on light and on dark cells
LINE: dict[str, Any] = {"color": "white", "linewidth": 1.6, "path_effects": EDGE}


def draw(data: xr.Dataset) -> Figure:
    """Draw who wins on the left, and the exact recall of each memory beside it.

    The line is where theory has 1/2.
    """
    kinds = [kind for kind in WORDS if (data.damage == kind).any()]
    models = [str(model) for model in data.model.values]
    figure = style.new(4.6 + 1.9 * len(models), 1.3 + 3.1 * len(kinds))
    given = results.parameters(data) | patterns.described(data)
    words = "Best spiking memory against best other, and each by itself: items recalled exactly"
    style.caption(figure, f"{words}, {given['units']} units, median of n = {data.sizes['trial']} trials")
    left, right = figure.subfigures(1, 2, width_ratios=[4.1, 0.6 + 1.9 * len(models)], squeeze=False)[0]
    wins = left.subplots(len(kinds), 1, squeeze=False)[:, 0]
    maps = right.subplots(len(kinds), len(models), sharey=True, squeeze=False)
    colours = ListedColormap(list(WINNERS.values()))
    for axes, kind in zip(wins, kinds, strict=True):
        _map(axes, _winner(data, kind), cmap=colours, vmin=-0.5, vmax=len(WINNERS) - 0.5)
        style.tidy(axes, f"{WORDS[kind]} (%)", "items stored", "who wins" if kind == kinds[0] else "")
        axes.grid(False)
    patches = [Patch(color=colour, label=name) for name, colour in WINNERS.items()]
    left.legend(handles=patches, loc="outside lower left", frameon=False, fontsize=8)
    exact, mesh, lines = data.exact.median("trial"), None, False
    for row, kind in zip(maps, kinds, strict=True):
        some = exact.isel(condition=np.flatnonzero(data.damage == kind)).sortby("fraction")
        for axes, model in zip(row, models, strict=True):
            mesh = _map(axes, some.sel(model=model), cmap="Greens", vmin=0, vmax=1)
            if model in MATCHES:
                lines |= _line(axes, data, kind, MATCHES[model])
            style.tidy(axes, f"{WORDS[kind]} (%)", "items stored" if axes is row[0] else "", "")
            axes.grid(False)
            if kind == kinds[0]:
                name = style.readable(model).replace(", ", ",\n").replace("trained ", "trained\n")
                axes.set_title(name, fontsize=10, loc="left", color=style.look(model)["color"])
    right.colorbar(mesh, ax=maps, label="share of items recalled exactly", shrink=0.6, pad=0.01)
    if lines:
        handle = Line2D([], [], label="theory: half of the items", **LINE)
        right.legend(handles=[handle], loc="outside lower right", frameon=False, fontsize=8)
    style.letters([*wins, *maps[0]])
    return figure


def _edges(values: np.ndarray) -> np.ndarray:
    """Return the borders of cells around `values`."""
    if len(values) == 1:
        return np.array([values[0] - 0.5, values[0] + 0.5])
    middle = (values[1:] + values[:-1]) / 2
    return np.concatenate([[2 * values[0] - middle[0]], middle, [2 * values[-1] - middle[-1]]])


def _map(axes: Axes, values: xr.DataArray, **colours: Any) -> QuadMesh:
    """Draw `values` (stored, condition) as cells: a column a fraction, a row a number of items."""
    fractions, stored = values.fraction.values, values.stored.values
    cells = values.transpose("stored", "condition").values
    mesh = axes.pcolormesh(np.arange(len(fractions) + 1) - 0.5, _edges(np.log2(stored)), cells, **colours)
    axes.set_yticks(np.log2(stored), [str(n) for n in stored])
    axes.set_xticks(np.arange(len(fractions)), [f"{100 * f:.3g}" for f in fractions], fontsize=8)
    axes.set_xlim(-0.5, len(fractions) - 0.5)
    return mesh


def _line(axes: Axes, data: xr.Dataset, kind: str, match: str) -> bool:
    """Draw where theory has exact recall 1/2, and say whether there is theory."""
    given = results.parameters(data) | patterns.described(data)
    if "items" in data.attrs and not given["items"].startswith("sparse"):
        return False  # no theory for others
    active = round(given["activity"] * given["units"]) if "activity" in given else given["active"]
    shown = np.sort(data.fraction.values[data.damage.values == kind])
    low, high = axes.get_ylim()
    fractions = np.unique(np.round(np.linspace(shown[0], shown[-1], 40) * given["units"])) / given["units"]
    numbers = np.unique(np.round(2 ** np.linspace(max(0, low), high, 30)))
    if len(fractions) < 2 or len(numbers) < 2:
        return False  # no line in a single row or column
    shares = np.transpose([exact_recall(match, given["units"], active, numbers.astype(int), kind, f) for f in fractions])
    places = np.interp(fractions, shown, np.arange(len(shown)))
    drawn = axes.contour(places, np.log2(numbers), shares, levels=[0.5], colors="white", linewidths=LINE["linewidth"])
    drawn.set_path_effects(EDGE)
    axes.set_ylim(low, high)
    return True


def _winner(data: xr.Dataset, kind: str) -> xr.DataArray:
    """Return the index in WINNERS at each load and fraction.

    It compares the best of the spiking memories with the best of the others. A memory that doesn't
    fit within the budget recalls nothing.
    """
    some = data.isel(condition=np.flatnonzero(data.damage == kind)).sortby("fraction")[["exact", "energy", "spiking"]]
    middle = some.median("trial")
    middle["exact"] = middle.exact.fillna(0)
    spikes = middle.spiking.mean("stored") > 0
    best = []
    for side in (spikes, ~spikes):
        if not side.any():  # nobody: recalls nothing
            nothing = xr.zeros_like(middle.exact.isel(model=0))
            best.append((nothing, nothing))
            continue
        exact, energy = (middle[name].isel(model=np.flatnonzero(side)) for name in ("exact", "energy"))
        good = exact >= exact.max("model") - CLOSE
        best.append((exact.max("model"), energy.where(good).min("model")))
    (ours, our_energy), (theirs, their_energy) = best
    equal = xr.where(our_energy < their_energy, 3, 2)
    winner = xr.where(ours > theirs + CLOSE, 4, xr.where(theirs > ours + CLOSE, 1, equal))
    return xr.where((ours < 0.1) & (theirs < 0.1), 0, winner)
