"""Associative recall: accuracy against the bits of the state, load, learning curves, and prices."""

from __future__ import annotations

import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from neuromem import results
from neuromem.catalogue import short
from neuromem.figures import _style as style

UNTRAINED = "#9ca3af"


def draw(data: xr.Dataset) -> Figure:
    """Draw accuracy against bits, accuracy against pairs and learning curves above, prices below.

    The first shows every model and memory at every number of pairs, and the best accuracy within so
    many bits at the most pairs. The prices are bits and operations at the most pairs, with the
    accuracy beside them.
    """
    setting, most = results.parameters(data), int(data.pairs[-1])
    mixers = [str(name) for name in data.mixer.values]
    memories = [str(name) for name in data.memory.values] if "memory" in data.dims else []
    colour = dict(style.coloured(mixers))
    accuracy = data.accuracy.fillna(0)
    best = data.validated.fillna(0).median("trial").idxmax("rate")  # (mixer, pairs)
    figure = style.new(17, 5.4 + 0.28 * len(mixers + memories))
    above, below = figure.subfigures(2, 1, height_ratios=[4.4, 1 + 0.28 * len(mixers + memories)], squeeze=False)[:, 0]
    frontier, load, learning = above.subplots(1, 3, width_ratios=[1.5, 1, 1])

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
    states = {name: data.bits.sel(mixer=name).sel(rate=best.sel(mixer=name)) for name in mixers}
    answers = {name: accuracy.sel(mixer=name).sel(rate=best.sel(mixer=name)) for name in mixers}
    _frontier(frontier, [(_name(name), colour[name], states[name], answers[name]) for name in mixers], "trained")
    others = [
        (short(name), UNTRAINED, data.untrained_bits.sel(memory=name), data.untrained_accuracy.sel(memory=name))
        for name in memories
    ]
    _frontier(frontier, others, "untrained")
    style.tidy(frontier, "bits that hold the sequence", "questions answered rightly", f"{setting['task']}: what a bit buys")
    chance = 1 / (setting["vocabulary"] // 2)
    for axes in (frontier, load, learning):
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


def _frontier(axes: Axes, found: list[tuple[str, str, xr.DataArray, xr.DataArray]], kind: str) -> None:
    """Draw accuracy against bits, a point for each number of pairs, larger for more of them.

    The line is the best accuracy that so many bits reach at the most pairs.
    """
    most = []
    for name, shade, bits, right in found:
        held, share = bits.median("trial").values, right.median("trial").values
        sizes = [20 + 50 * (at + 1) / len(held) for at in range(len(held))]
        marker = "o" if kind == "trained" else "s"
        axes.scatter(held, share, s=sizes, color=shade, marker=marker, edgecolors=style.INK, linewidths=0.5, zorder=3)
        axes.plot(held, share, color=shade, linewidth=1)
        if share[-1] < 0.95:  # those that answer nearly all lie upon each other; their rows are below
            axes.annotate(name, (held[-1], share[-1]), textcoords="offset points", xytext=(6, 4), fontsize=7)
        most.append((float(held[-1]), float(share[-1])))
    if most:
        most = sorted(one for one in most if one[0] > 0)
        best = [max(right for held, right in most if held <= bits) for bits, _ in most]
        line = "-" if kind == "trained" else "--"
        axes.step([bits for bits, _ in most], best, where="post", color=style.INK, linestyle=line, label=f"best {kind}")
    axes.set_xscale("log")


def _prices(axes: Axes, rows: list[tuple[xr.DataArray, xr.DataArray]]) -> None:
    """Draw the median price of every model, one a row.

    Its colour is its median accuracy, which is written beside it.
    """
    price, right = ([float(values.median()) for values in column] for column in zip(*rows, strict=True))
    axes.scatter(price, range(len(rows)), c=right, cmap="RdYlGn", vmin=0, vmax=1, s=55, edgecolors=style.INK, zorder=3)
    for row, (x, share) in enumerate(zip(price, right, strict=True)):
        axes.annotate(f"{share:.2f}", (x, row), textcoords="offset points", xytext=(8, -3), fontsize=8)
    axes.set_xscale("log")
