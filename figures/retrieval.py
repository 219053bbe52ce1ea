"""Retrieval: exact recall of spikes and of attention over load and damage, and its price."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from neuromem import patterns, results
from neuromem.figures import _style as style
from neuromem.theory.matching import exact_recall

NAMES = {
    "ca3": ("CA3, spikes\nas published", "any"),
    "ca3:gated=True:match=best": ("CA3, spikes\nbest match", "best"),
    "ca3_attractor": ("CA3 attractor\nspikes", None),
    "attention": ("attention", "nearest"),
    "trained": ("attention layer\ntrained", "nearest"),
    "pavlov:rule=least_squares": ("fast weights\nleast squares", None),
}
WORDS = {"erase": "units erased", "flip": "units flipped"}
WINNERS = {
    "neither recalls a tenth": "#e5e7eb",
    "attention recalls more": "#7aa6d8",
    "as much, attention cheaper": "#cfe0f3",
    "as much, spikes cheaper": "#f9d8a8",
    "spikes recall more": "#ee9a3a",
}
CLOSE = 0.05  # difference in exact recall that counts as none


def draw(data: xr.Dataset) -> Figure:
    """Draw exact recall above, and who wins, equal bits and energy below.

    The line is where theory has 1/2.
    """
    kinds = [kind for kind in WORDS if (data.damage == kind).any()]
    models = [str(model) for model in data.model.values]
    figure = style.new(16, 10.5)
    above, below = figure.subfigures(2, 1, height_ratios=[1.55, 1], squeeze=False)[:, 0]
    maps = above.subplots(len(kinds), len(models), sharey=True, squeeze=False)
    exact = data.exact.median("trial")
    mesh = None
    for row, kind in zip(maps, kinds, strict=True):
        some = exact.isel(condition=np.flatnonzero(data.damage == kind)).sortby("fraction")
        for axes, model in zip(row, models, strict=True):
            name, match = NAMES.get(model, (model, None))
            mesh = _map(axes, some.sel(model=model), cmap="Greens", vmin=0, vmax=1)
            if match:
                _line(axes, data, kind, match)
            style.tidy(axes, WORDS[kind], "items stored" if axes is row[0] else "", "")
            axes.grid(False)
            if kind == kinds[0]:
                axes.set_title(name, fontsize=11, fontweight="bold", color=_colour(data, model))
    above.colorbar(mesh, ax=maps, label="share of items recalled exactly", shrink=0.6, pad=0.01)

    panels = below.subplots(1, len(kinds) + 2)
    for axes, kind in zip(panels, kinds, strict=False):
        _map(axes, _winner(data, kind), cmap=ListedColormap(list(WINNERS.values())), vmin=-0.5, vmax=len(WINNERS) - 0.5)
        style.tidy(axes, WORDS[kind], "items stored", "who wins: best spiking memory, best attention")
        axes.grid(False)
    shown = int(np.flatnonzero(data.damage == kinds[0])[(data.damage == kinds[0]).sum().item() // 2])
    word = f"{float(data.fraction[shown]):.0%} of {WORDS[kinds[0]]}"
    right = (data.exact.isel(condition=shown) * data.stored).median("trial")
    right = right.where(right > 0)  # the axis is logarithmic
    energy = data.energy.isel(condition=shown).median("trial") / 1000
    for model in models:
        style_of = {"color": _colour(data, model), "marker": _marker(data, model), "markersize": 4, "linewidth": 1.5}
        label = NAMES.get(model, (model, None))[0].replace("\n", ", ")
        panels[-2].plot(data.bits.sel(model=model).median("trial") / 1000, right.sel(model=model), label=label, **style_of)
        if model == "attention":  # +1/-1 held as int8
            packed = data.bits.sel(model=model).median("trial") / 8000
            panels[-2].plot(
                packed, right.sel(model=model), **style_of, alpha=0.5, linestyle=":", label="attention, 1 bit a unit"
            )
        panels[-1].plot(data.stored, energy.sel(model=model), **style_of)
    for axes in panels[-2:]:
        axes.set(xscale="log", yscale="log")
    style.tidy(panels[-2], "kbit held", "items recalled exactly", f"equal bits, {word}")
    style.tidy(panels[-1], "items stored", "nJ a recall, arithmetic alone", f"energy at equal load, {word}")
    patches = [Patch(color=colour, label=name) for name, colour in WINNERS.items()]
    below.legend(handles=patches, loc="outside lower left", ncols=3, frameon=False, fontsize=9)
    below.legend(*panels[-2].get_legend_handles_labels(), loc="outside lower right", ncols=3, frameon=False, fontsize=9)
    return figure


def _colour(data: xr.Dataset, model: str) -> str:
    """Give warm colours to spikes, cold ones to the rest."""
    spikes = data.spiking.median(("trial", "stored"))
    same = [str(m) for m in data.model.values if float(spikes.sel(model=m)) == float(spikes.sel(model=model))]
    warm, cold = ("#e9a23b", "#c2410c", "#7f1d1d"), ("#1d4ed8", "#0e7490", "#6d7f99", "#312e81")
    shades = warm if float(spikes.sel(model=model)) else cold
    return shades[same.index(model) % len(shades)]


def _marker(data: xr.Dataset, model: str) -> str:
    return "^" if float(data.spiking.sel(model=model).median()) else "o"


def _edges(values: np.ndarray) -> np.ndarray:
    """Give the borders of cells around `values`."""
    if len(values) == 1:
        return np.array([values[0] - 0.5, values[0] + 0.5])
    middle = (values[1:] + values[:-1]) / 2
    return np.concatenate([[2 * values[0] - middle[0]], middle, [2 * values[-1] - middle[-1]]])


def _map(axes: Axes, values: xr.DataArray, **colours: Any) -> QuadMesh:
    """Draw `values` (stored, condition) in colour, over fraction damaged and log2 of the items."""
    x, y = _edges(values.fraction.values), _edges(np.log2(values.stored.values))
    mesh = axes.pcolormesh(x, y, values.transpose("stored", "condition").values, **colours)
    axes.set_yticks(np.log2(values.stored.values), [str(n) for n in values.stored.values])
    axes.set_xticks(values.fraction.values, [f"{f:.0%}" for f in values.fraction.values], fontsize=7)
    return mesh


def _line(axes: Axes, data: xr.Dataset, kind: str, match: str) -> None:
    """Draw where theory has exact recall 1/2."""
    given = results.parameters(data) | patterns.described(data)
    if "items" in data.attrs and not given["items"].startswith("sparse"):
        return  # no theory for others
    active = round(given["activity"] * given["units"]) if "activity" in given else given["active"]
    (left, right), (low, high) = axes.get_xlim(), axes.get_ylim()
    fractions = np.unique(np.round(np.linspace(max(0, left), min(1, right), 40) * given["units"])) / given["units"]
    numbers = np.unique(np.round(2 ** np.linspace(max(0, low), high, 30)))
    shares = [exact_recall(match, given["units"], active, numbers.astype(int), kind, f) for f in fractions]
    axes.contour(fractions, np.log2(numbers), np.transpose(shares), levels=[0.5], colors=[style.INK], linewidths=1.4)
    axes.set(xlim=(left, right), ylim=(low, high))


def _winner(data: xr.Dataset, kind: str) -> xr.DataArray:
    """Give the index in WINNERS at each load and fraction.

    It compares the best of the spiking memories with the best of the others.
    """
    some = data.isel(condition=np.flatnonzero(data.damage == kind)).sortby("fraction")[["exact", "energy", "spiking"]]
    middle = some.median("trial")
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
