"""Associative recall: accuracy against the bits that hold a sequence, and against its pairs."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from neuromem import models, results
from neuromem.catalogue import short
from neuromem.figures import _style as style

KINDS = {  # how the lines of a kind are drawn, what fills its markers (None: their own colour), and its best
    "trained": ("-", None, "#000000"),
    "never trained": ("--", "white", "#d55e00"),
    "never trained, spiking": (":", "#d1d5db", "#882255"),
}
ENOUGH = 0.9  # of the questions: the bits that it takes are written beside the line


class _Curve(NamedTuple):
    """A model or a memory of several sizes: its name, how it looks, and what was measured."""

    name: str
    look: dict[str, Any]
    bits: xr.DataArray  # (size, pairs, trial)
    right: xr.DataArray


def draw(data: xr.Dataset) -> Figure:
    """Draw accuracy against bits at one number of pairs, and accuracy against pairs at one size.

    Trained models are filled and solid, memories that were never trained hollow and dashed, those
    of spiking cells grey within and dotted. The broad steps are the best accuracy within so many
    bits of each of the three kinds, with the bits from which on it is `ENOUGH`.
    """
    setting, trials = results.parameters(data), data.sizes["trial"]
    shown = int(data.pairs[data.sizes["pairs"] // 2])
    kinds = _kinds(data)
    figure = style.new(14, 6)
    taught = f", trained with {setting['taught']} pairs" if setting["taught"] else ""
    words = f"How much state does associative recall need? Task {setting['task']}{taught}"
    style.caption(figure, words, trials if trials > 1 else 0)
    frontier, load = figure.subplots(1, 2, width_ratios=[1.35, 1])
    for kind, curves in kinds.items():
        for curve in curves:
            look = {**_look(kind, curve), "linewidth": 1}
            at = curve.right.sel(pairs=shown), curve.bits.sel(pairs=shown).median("trial")
            low, middle, high = at[0].quantile((0.25, 0.5, 0.75), "trial").values
            frontier.errorbar(at[1].values, middle, (middle - low, high - middle), markersize=5, alpha=0.5, **look)
            style.band(load, curve.right.isel(size=curve.right.sizes["size"] // 2), "pairs", **{**look, "markersize": 5})
        _best(frontier, kind, curves, shown)
    chance = 2 / setting["vocabulary"]
    for axes in (frontier, load):
        axes.axhline(chance, color=style.INK, linewidth=0.8, linestyle=":")
        axes.set_ylim(-0.03, 1.04)
    frontier.annotate("chance", (1, chance), xycoords=("axes fraction", "data"), ha="right", va="bottom", fontsize=8)
    frontier.set_xscale("log")
    load.set_xscale("log", base=2)
    load.set_xticks(data.pairs.values, [str(number) for number in data.pairs.values])
    style.tidy(
        frontier,
        "bits that hold the sequence",
        "questions answered rightly",
        f"{shown} pairs: the best of each kind, with the bits for {ENOUGH:.0%}; up and left is better",
    )
    middle = [int(data[name][data.sizes[name] // 2]) for name in ("width", "code") if name in data.dims]
    sizes = " and ".join(f"{name} {size}" for name, size in zip(("width", "codes of"), middle, strict=False))
    style.tidy(load, "pairs in a sequence", "questions answered rightly", f"load, {sizes}")
    style.letters((frontier, load))
    _legend(figure, kinds)
    return figure


def _kinds(data: xr.Dataset) -> dict[str, list[_Curve]]:
    """The curves of each kind, of those that there are."""
    found: dict[str, list[_Curve]] = {"trained": _trained(data)}
    for memory, curve in _untrained(data):
        found.setdefault("never trained, spiking" if _spiking(memory) else "never trained", []).append(curve)
    return {kind: found[kind] for kind in KINDS if found.get(kind)}


def _spiking(memory: str) -> bool:
    """Whether a memory of the catalogue is one of spiking cells: its recall lasts milliseconds."""
    name = memory.partition(":")[0]
    return name in models.ALL and models.ALL[name].step_unit == "ms"


def _look(kind: str, curve: _Curve) -> dict[str, Any]:
    line, fill, _ = KINDS[kind]
    return {**curve.look, "linestyle": line, "markerfacecolor": fill or curve.look["color"]}


def _trained(data: xr.Dataset) -> list[_Curve]:
    """The models at the rate that was best before the test."""
    best = data.validated.fillna(0).median("trial").idxmax("rate")
    found = data[["accuracy", "bits"]].sel(rate=best).rename(width="size").transpose("mixer", "size", "pairs", "trial")
    curves = []
    for mixer, colour in style.coloured(data.mixer.values):
        name = short(str(mixer), without=("rate",)).replace("hax", "HAX")
        name = name.replace("gated associative", "control: holds no pair")
        one = found.sel(mixer=mixer)
        curves.append(_Curve(name, {"color": colour, "marker": "o"}, one.bits, one.accuracy.fillna(0)))
    return curves


def _untrained(data: xr.Dataset) -> list[tuple[str, _Curve]]:
    """The memories that were not trained, and their names."""
    if "memory" not in data.dims:
        return []
    found = data.rename(code="size").transpose("memory", "size", "pairs", "trial", ...)
    return [
        (memory, _Curve(style.readable(memory), {name: style.look(memory)[name] for name in ("color", "marker")},
                        found.untrained_bits.sel(memory=memory), found.untrained_accuracy.sel(memory=memory)))
        for memory in map(str, data.memory.values)
    ]  # fmt: skip


def _best(axes: Axes, kind: str, curves: list[_Curve], shown: int) -> None:
    """Draw the best median accuracy that so many bits reach, and write how many are enough."""
    points = [
        (float(bits), float(right))
        for curve in curves
        for bits, right in zip(*(x.sel(pairs=shown).median("trial").values for x in (curve.bits, curve.right)), strict=True)
        if bits > 0
    ]
    if not points:
        return
    bits, right = np.array(sorted(points)).T
    best, row = np.maximum.accumulate(right), list(KINDS).index(kind)
    axes.step(bits, best, where="post", **_broad(kind))
    if best[-1] >= ENOUGH:
        first = bits[(best >= ENOUGH).argmax()]
        axes.plot(first, ENOUGH, "|", color=KINDS[kind][2], markersize=16, markeredgewidth=2.5, zorder=5)
        words, place = f"{kind}: {first / 1000:,.0f} kbit", (0.02, 0.72 - 0.06 * row)
        axes.annotate(words, place, xycoords="axes fraction", color=KINDS[kind][2], fontweight="bold", fontsize=11)


def _broad(kind: str) -> dict[str, Any]:
    """How the best of a kind is drawn."""
    line, _, colour = KINDS[kind]
    return {"color": colour, "linewidth": 3.2, "alpha": 0.8, "linestyle": line}


def _legend(figure: Figure, kinds: dict[str, list[_Curve]]) -> None:
    """Name all curves at the right, kind by kind."""
    lines, names = [], []
    for kind, curves in kinds.items():
        lines.append(Line2D([], [], **_broad(kind)))
        names.append(rf"$\bf{{{kind.replace(', ', ',~').replace(' ', '~')}}}$, best")
        for curve in curves:
            lines.append(Line2D([], [], **_look(kind, curve)))
            names.append(curve.name)
    figure.legend(lines, names, loc="outside right center", frameon=False, fontsize=9)
