"""Interference, in theory: signal, error and capacity of fast weights beside their equations."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from neuromem.catalogue import short
from neuromem.figures import _style as style
from neuromem.theory import fast_weights as theory
from neuromem.theory import top_one

LINE: dict[str, Any] = {"color": style.INK, "linestyle": "--", "linewidth": 1.1, "zorder": 5}
MARKS = {"signal/noise 1": "o", "squared error 1/2": "s", "top-1 99%": "^"}


def draw(data: xr.Dataset) -> Figure:
    """Draw the memories that have theory against load, and one memory against dimension."""
    d = int(data.units[-1])
    figure = style.new(13, 9)
    words = f"Random pairs with unique keys, dimension d = {d}; dashed: theory"
    style.caption(figure, words, data.sizes["trial"])
    panels = figure.subplots(2, 2)
    unique = data.isel(units=-1).sel(setting="unique")
    fine = np.unique(np.geomspace(float(data.pairs[-1, 0]), float(data["load"][-1]) * d, 60).round())
    lines = {model: _theories(str(model), d, fine) for model in data.model.values}
    known = [model for model, some in lines.items() if some]
    colours = dict(zip(known, style.COLOURS, strict=False))
    for axes, name in zip(panels.flat, ("ratio", "distance", "correct"), strict=False):
        for model in known:
            values = unique[name].sel(model=model)
            style.band(axes, values.clip(1e-3, 1e6) if name == "ratio" else values, "load", color=colours[model])
            if name in lines[model]:
                axes.plot(fine / d, lines[model][name], **LINE)
        axes.set_xscale("log", base=2)
    ratio, distance, correct, capacity = panels.flat
    ratio.set_yscale("log")
    style.tidy(ratio, "load N/d", "signal to noise", "power along the right value over power across")
    ends = {short(str(m), without=("similarity", "steps")): m for m in known}
    style.ends(ratio, {n: (float(unique.ratio.sel(model=m).median("trial")[-1]), colours[m]) for n, m in ends.items()})
    distance.set_ylim(-0.05, 2)
    style.tidy(distance, "load N/d", "squared error", "squared distance from the right value")
    correct.set_ylim(-0.03, 1.03)
    style.tidy(correct, "load N/d", "share decoded right", "top-1: nearest of all N values")
    _capacity(capacity, data, colours)
    style.letters(panels.flat)
    return figure


def _theories(model: str, d: int, pairs: np.ndarray) -> dict[str, np.ndarray]:
    """Return the lines of theory of a memory against the pairs, by variable; none for most."""
    words = set(model.split(":"))
    if words == {"pavlov", "rule=hebb"}:
        return {
            "ratio": theory.along_over_across(theory.hebb_signal_to_noise(d, pairs), d),
            "distance": theory.hebb_error(d, pairs),
            "correct": top_one.accuracy(d, pairs),
        }
    if words == {"pavlov", "rule=delta"}:
        return {"distance": np.array([theory.delta_error(d, int(n)).mean() for n in pairs])}
    if {"pavlov", "rule=least_squares"} <= words:
        return {"distance": theory.least_squares_error(d, pairs)}
    beta = next((float(word.removeprefix("beta=")) for word in words if word.startswith("beta=")), None)
    if "attention" in words and beta is not None:
        return {"ratio": theory.along_over_across(theory.softmax_signal_to_noise(d, pairs, beta), d)}
    return {}


def _capacity(axes: Axes, data: xr.Dataset, colours: dict) -> None:
    """Draw how the pairs that the first memory holds grow with d, for three criteria."""
    hebb, sizes = data.model.values[0], data.units.values
    colour = colours.get(hebb, style.INK)
    size = np.geomspace(float(sizes[0]), float(sizes[-1]), 40).round()
    lines = {
        "signal/noise 1": ("d²/(d - 2) + 1", size**2 / (size - 2) + 1),  # along_over_across of it is 1
        "squared error 1/2": ("d/2 + 1", size / 2 + 1),
        "top-1 99%": ("top-1 99%, any d", top_one.capacity(size)),
    }
    for criterion, mark in MARKS.items():
        held = data.capacity.sel(model=hebb, setting="unique", criterion=criterion)
        style.band(axes, held, "units", color=colour, marker=mark, linestyle="none", label=criterion)
        axes.plot(size, lines[criterion][1], **LINE)
    labels = {word: (float(line[-1]), style.INK) for word, line in lines.values()}
    bounds = {"d²/(2 ln N), large d": top_one.leading_capacity(size), "√d, worst case": theory.worst_case_capacity(size)}
    for word, line in bounds.items():
        axes.plot(size, line, color="#6b7280", linestyle=":", linewidth=1.1)
        labels[word] = float(line[-1]), "#6b7280"
    axes.set(xscale="log", yscale="log")
    axes.set_xticks(sizes, [str(n) for n in sizes])
    axes.set_xticks([], minor=True)
    axes.legend(frameon=False, fontsize=8, loc="upper left")
    style.tidy(axes, "dimension d", "pairs N", f"{short(str(hebb))}: how many it holds depends on the criterion")
    style.ends(axes, labels)
