"""Associative recall: accuracy, learning curves, and the price of an answer."""

from __future__ import annotations

import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from neuromem import results
from neuromem.catalogue import short
from neuromem.figures import _style as style

UNTRAINED = "#9ca3af"


def draw(data: xr.Dataset) -> Figure:
    """Draw accuracy against pairs and learning curves above, prices below.

    The prices are bits and operations at the most pairs, with the accuracy beside them.
    """
    setting, most = results.parameters(data), int(data.pairs[-1])
    mixers = [str(name) for name in data.mixer.values]
    memories = [str(name) for name in data.memory.values] if "memory" in data.dims else []
    colour = dict(zip(mixers, style.COLOURS, strict=False))
    accuracy = data.accuracy.fillna(0)
    best = data.validated.fillna(0).median("trial").idxmax("rate")  # (mixer, pairs)
    figure = style.new(13, 5.4 + 0.28 * len(mixers + memories))
    above, below = figure.subfigures(2, 1, height_ratios=[4.4, 1 + 0.28 * len(mixers + memories)], squeeze=False)[:, 0]
    load, learning = above.subplots(1, 2)

    for at, name in enumerate(memories):
        values = data.untrained_accuracy.sel(memory=name)
        words = "biological and other memories, untrained" if not at else None
        style.band(load, values, "pairs", color=UNTRAINED, linestyle="--", marker="s", label=words)
    for name in mixers:
        chosen = accuracy.sel(mixer=name).sel(rate=best.sel(mixer=name))
        style.band(load, chosen, "pairs", color=colour[name], label=_name(name))
        one = data.sel(mixer=name, pairs=most, rate=best.sel(mixer=name, pairs=most))
        curve = one.learning.fillna(one.validated)  # a training that is done keeps its accuracy
        style.band(learning, curve, "evaluation", color=colour[name], marker="")
    chance = 1 / (setting["vocabulary"] // 2)
    for axes in (load, learning):
        axes.axhline(chance, color=style.INK, linewidth=1, linestyle=":", label="chance: any value")
        axes.set_ylim(-0.03, 1.05)
    style.tidy(load, "pairs in a sequence", "questions answered rightly", f"{setting['task']}: load")
    load.set_xticks(data.pairs.values)
    style.tidy(learning, "training step", "questions answered rightly", f"learning, {most} pairs, best rate of each")
    above.legend(*load.get_legend_handles_labels(), loc="outside right center", frameon=False, fontsize=9)

    rows = []
    for name in mixers:
        one = data.sel(mixer=name, pairs=most, rate=best.sel(mixer=name, pairs=most))
        rows.append((_name(name), colour[name], one.bits, one.operations, one.accuracy.fillna(0)))
    for name in memories:
        one = data.sel(memory=name, pairs=most)
        rows.append((short(name), style.INK, one.untrained_bits, one.untrained_operations, one.untrained_accuracy))
    rows.sort(key=lambda row: -float(row[2].median()))
    bits, operations = below.subplots(1, 2, sharey=True)
    _prices(bits, [(held, right) for _, _, held, _, right in rows])
    _prices(operations, [(worked, right) for *_, worked, right in rows])
    bits.set_yticks(range(len(rows)), [name for name, *_ in rows], fontsize=9)
    for label, (_, shade, *_) in zip(bits.get_yticklabels(), rows, strict=True):
        label.set_color(shade)
    style.tidy(bits, "bits that hold the sequence", "", f"state, and accuracy at {most} pairs; black: untrained")
    style.tidy(operations, "operations of an answer", "", "work, and the same accuracy")
    return figure


def _name(mixer: str) -> str:
    return short(mixer, without=("rate",)).replace("gated associative", "gated associative (control)")


def _prices(axes: Axes, rows: list[tuple[xr.DataArray, xr.DataArray]]) -> None:
    """Draw the median price of every model, one a row.

    Its colour is its median accuracy, which is written beside it.
    """
    price, right = ([float(values.median()) for values in column] for column in zip(*rows, strict=True))
    axes.scatter(price, range(len(rows)), c=right, cmap="RdYlGn", vmin=0, vmax=1, s=55, edgecolors=style.INK, zorder=3)
    for row, (x, share) in enumerate(zip(price, right, strict=True)):
        axes.annotate(f"{share:.2f}", (x, row), textcoords="offset points", xytext=(8, -3), fontsize=8)
    axes.set_xscale("log")
