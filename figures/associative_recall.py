"""Associative recall: accuracy against the bits of the state and the work, load, and learning."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from neuromem import results
from neuromem.catalogue import short
from neuromem.figures import _style as style

UNTRAINED = "#4b5563"
RIGHT = "share of questions answered rightly"


class Answers(NamedTuple):
    """What one layer or memory answers, and what it takes; each over (pairs, trial)."""

    name: str
    look: dict[str, Any]
    right: xr.DataArray
    bits: xr.DataArray
    operations: xr.DataArray


def draw(data: xr.Dataset) -> Figure:
    """Draw accuracy against bits on the left, against work beside it, then load and learning.

    A line joins the numbers of pairs; the large mark is at the most pairs.
    """
    given, most = results.parameters(data), int(data.pairs[-1])
    best = data.validated.fillna(0).median("trial").idxmax("rate")  # (mixer, pairs)
    layers = [_layer(data, best, str(name), look) for name, look in style.lines(data.mixer.values)]
    memories = [_memory(data, str(name)) for name in data.memory.values] if "memory" in data.dims else []
    figure = style.new(17, max(7.5, 0.4 * len(layers + memories)))
    left, right = figure.subfigures(1, 2, width_ratios=[2.5, 1], squeeze=False)[0]
    bits, work = left.subplots(1, 2, sharex=True)
    load, learning = right.subplots(2, 1, sharey=True)
    _prices(bits, [(one, one.bits) for one in (*layers, *memories)])
    _prices(work, [(one, one.operations) for one in (*layers, *memories)])
    style.tidy(bits, RIGHT, "bits that hold the sequence", "what a bit buys: best is below right")
    style.tidy(work, RIGHT, "operations of an answer", "what an operation buys")
    for layer, mixer in zip(layers, data.mixer.values, strict=True):
        style.band(load, layer.right, "pairs", **layer.look)
        one = data.sel(mixer=mixer, pairs=most, rate=best.sel(mixer=mixer, pairs=most))
        curve = one.learning.fillna(one.validated)  # a training that is done keeps its accuracy
        style.band(learning, curve, "evaluation", **layer.look | {"markevery": 3})
    chance = 1 / (given["vocabulary"] // 2)
    for axes in (load, learning):
        axes.axhline(chance, color=style.INK, linewidth=0.9, linestyle=(0, (1, 3)))
        axes.annotate("chance", (1, chance), (-2, 3), ("axes fraction", "data"), "offset points", fontsize=8, ha="right")
    load.set(ylim=(-0.03, 1.05), xticks=data.pairs.values)
    style.tidy(load, "pairs in a sequence", RIGHT, "trained layers: load")
    style.tidy(learning, "training step", RIGHT, f"trained layers: learning, {most} pairs")
    style.letters((bits, work, load, learning))
    words = f"How much state does associative recall need? Task {given['task']}, sequences of {given['length']}"
    words += (
        f" with {most} pairs; layers of width {given['width']}, trained (colours), and memories, untrained (grey squares)"
    )
    style.caption(figure, words, data.sizes["trial"])
    return figure


def _layer(data: xr.Dataset, best: xr.DataArray, mixer: str, look: dict[str, Any]) -> Answers:
    """Take the results of a trained layer at its best rate."""
    one = data.sel(mixer=mixer).sel(rate=best.sel(mixer=mixer))
    name = short(mixer, without=("rate",)).replace("gated associative", "gated associative (control)")
    return Answers(f"layer: {name}", look, one.accuracy.fillna(0), one.bits, one.operations)


def _memory(data: xr.Dataset, memory: str) -> Answers:
    """Take the results of an untrained memory."""
    one, look = data.sel(memory=memory), {"color": UNTRAINED, "marker": "s", "linestyle": ":"}
    return Answers(style.readable(memory), look, one.untrained_accuracy, one.untrained_bits, one.untrained_operations)


def _prices(axes: Axes, found: list[tuple[Answers, xr.DataArray]]) -> None:
    """Draw what it takes against the accuracy, with names at the heights of the most pairs."""
    ends: dict[str, tuple[float, str]] = {}
    for one, price in found:
        share, took = one.right.median("trial").values, price.median("trial").values
        took = np.where(took > 0, took, np.nan)  # the axis is logarithmic
        axes.plot(share, took, **one.look | {"markersize": 3, "linewidth": 1})
        axes.plot(share[-1], took[-1], one.look["marker"], color=one.look["color"], markersize=8, alpha=0.8)
        ends[one.name] = float(took[-1]), one.look["color"]
    axes.set(yscale="log", xlim=(-0.03, 1.04))
    style.ends(axes, ends, gap=0.043)
