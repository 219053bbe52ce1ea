"""Interference: signal, error and top-1 against load, and capacity against dimension."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from neuromem.catalogue import short
from neuromem.figures import _style as style
from neuromem.theory import fast_weights as theory

SMALL: dict[str, Any] = {"fontsize": 8, "ha": "right", "bbox": {"facecolor": "white", "alpha": 0.75, "pad": 0.6, "lw": 0}}
THEORY: dict[str, Any] = {"color": style.INK, "linestyle": "--", "linewidth": 1.1, "zorder": 5}


def draw(data: xr.Dataset) -> Figure:
    """Draw fast-weight memories against load and dimension, theory dashed.

    Points are medians over trials with their quartiles. The first row is at the largest
    dimension, with unique keys.
    """
    d = int(data.units[-1])
    colours = dict(zip(data.model.values, style.COLOURS, strict=False))
    figure = style.new(14.5, 9)
    panels = figure.subplots(2, 3)
    unique, again = (data.isel(units=-1).sel(setting=name) for name in ("unique", "reassigned"))
    fine = np.unique(np.geomspace(float(data.pairs[-1, 0]), float(data["load"][-1]) * d, 60).round())

    axes = panels[0, 0]
    _curves(axes, unique.ratio.clip(1e-3, 1e6), colours)
    _theory(axes, fine / d, theory.hebb_signal_to_noise(d, fine), "d/(N−1)", 0.3)
    for model in data.model.values:
        if str(model).startswith("attention") and "beta=" in str(model):
            beta = float(str(model).partition("beta=")[2].partition(":")[0])
            _theory(axes, fine / d, theory.softmax_signal_to_noise(d, fine, beta), "exp(2β−2β²/d)/(N−1)", 0.3)
    axes.axhline(1, color="#9ca3af", linewidth=0.8)
    axes.set_yscale("log")
    style.tidy(axes, "load N/d", "signal to noise", f"power along the right value over power across, d = {d}")

    axes = panels[0, 1]
    _curves(axes, unique.distance, colours)
    _theory(axes, fine / d, theory.hebb_error(d, fine), "(N−1)/d", 1.2)
    _theory(axes, fine / d, np.array([theory.delta_error(d, int(n)).mean() for n in fine]), "delta", 2)
    _theory(axes, fine / d, theory.least_squares_error(d, fine), "1−d/N", 2.8)
    axes.axhline(0.5, color="#9ca3af", linewidth=0.8)
    axes.set_ylim(-0.05, 2)
    style.tidy(axes, "load N/d", "squared error", "squared distance from the right value")

    axes = panels[0, 2]
    _curves(axes, unique.correct, colours)
    right = theory.top_one_accuracy(d, fine)
    _theory(axes, fine[right > 0.9] / d, right[right > 0.9], "hebb", float(fine[right > 0.9][-1] / d))
    axes.axhline(0.99, color="#9ca3af", linewidth=0.8)
    axes.set_ylim(-0.03, 1.03)
    style.tidy(axes, "load N/d", "share decoded right", "top-1: nearest of all N values")

    axes = panels[1, 0]
    enough = again.isel(load=np.flatnonzero(again.pairs.values >= 32))  # below, a trial has few questions
    _curves(axes, enough.correct, colours)
    for height, words in ((0.99, ""), (0.5, "both values fit alike")):
        axes.axhline(height, color="#9ca3af", linewidth=0.8)
        axes.annotate(words, (float(enough["load"][-1]), height), textcoords="offset points", xytext=(0, -52), **SMALL)
    axes.set_ylim(-0.03, 1.03)
    style.tidy(axes, "load N/d", "share decoded right", "keys reassigned: the newer value is right")

    axes = panels[1, 1]
    hebb = data.model.values[0]
    marks = {"signal/noise 1": "o", "squared error 1/2": "s", "top-1 99%": "^"}
    for criterion, mark in marks.items():
        held = data.capacity.sel(model=hebb, setting="unique", criterion=criterion)
        style.band(axes, held, "units", color=colours[hebb], marker=mark, linestyle="none", label=criterion)
    size = np.geomspace(float(data.units[0]), d, 40).round()
    for word, line in {
        "d²/(2 ln N), top-1, large d": theory.top_one_capacity(size),
        "d + 1, signal to noise 1": size + 1,
        "d/2 + 1, squared error 1/2": size / 2 + 1,
        "√d, worst case": theory.worst_case_capacity(size),
    }.items():
        axes.plot(size, line, **{**THEORY, "linewidth": 0.9})
        axes.annotate(word, (size[-1], line[-1]), textcoords="offset points", xytext=(-4, 6), **SMALL)
    exact = [_ninety_nine(int(n)) for n in size]
    axes.plot(size, exact, color=style.INK, linewidth=1.1)
    axes.annotate("top-1 99%, any d", (size[16], exact[16]), textcoords="offset points", xytext=(-6, 8), **SMALL)
    axes.set(xscale="log", yscale="log")
    axes.set_xticks(data.units.values, [str(n) for n in data.units.values])
    axes.set_xticks([], minor=True)
    axes.legend(frameon=False, fontsize=8, loc="upper left")
    style.tidy(axes, "dimension d", "pairs N", "capacity of linear attention depends on the criterion")

    axes = panels[1, 2]
    for model in data.model.values:
        held = data.capacity.sel(model=model, setting="unique", criterion="top-1 99%")
        if float(held.max()) < float(data.pairs.max()):
            style.band(axes, held, "units", color=colours[model])
    axes.set(xscale="log", yscale="log")
    axes.set_xticks(data.units.values, [str(n) for n in data.units.values])
    axes.set_xticks([], minor=True)
    style.tidy(axes, "dimension d", "pairs N", "top-1 99%, unique keys (those that failed within the loads)")

    handles = [
        panels[0, 0].plot(
            [], [], color=colours[m], marker="o", markersize=4, label=short(str(m), without=("similarity", "steps"))
        )[0]
        for m in colours
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=4, frameon=False, fontsize=9)
    return figure


def _curves(axes: Axes, values: xr.DataArray, colours: dict) -> None:
    for model, colour in colours.items():
        style.band(axes, values.sel(model=model), "load", color=colour, markersize=3)
    axes.set_xscale("log", base=2)


def _theory(axes: Axes, x: np.ndarray, y: np.ndarray, word: str, at: float) -> None:
    """Draw a dashed line of theory, its name beside it at x = `at`."""
    axes.plot(x, y, **THEORY)
    axes.annotate(
        word, (at, float(np.interp(at, x, y))), textcoords="offset points", xytext=(4, 6), **{**SMALL, "ha": "left"}
    )


def _ninety_nine(units: int) -> float:
    """Give the pairs at which theory decodes 99% right."""
    pairs = np.unique(np.geomspace(2, 8 * units, 200).round())
    return float(np.interp(-0.99, -theory.top_one_accuracy(units, pairs), pairs))
