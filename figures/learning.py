"""Learning: overlap with archetypes against noisy examples, and how many are enough."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from neuromem import patterns
from neuromem.experiments.learning import LEARNT
from neuromem.figures import _style as style
from neuromem.theory import learning as theory


def _load(data: xr.Dataset, order: int) -> float:
    return float(data.archetypes.sel(order=order)) / float(data.units.sel(order=order)) ** (order - 1)


def draw(data: xr.Dataset) -> Figure:
    """Draw measured medians over trials and archetypes, with quartiles, and theory as lines.

    For images it draws what was recalled too, beside the curves of the same order.
    """
    images, orders = "image" in data, [int(order) for order in data.order.values]
    figure = style.new(15, 3.1 * len(orders) + 1.2)
    main: Any = figure.subfigures(1, 2, width_ratios=[1.2 if images else 1.45, 1])
    curves, aside = main
    panels = curves.subplots(len(orders), data.sizes["labels"], sharex=True, sharey=True, squeeze=False)
    for row, order in zip(panels, orders, strict=True):
        for axes, labels in zip(row, data.labels.values, strict=True):
            _curves(axes, data, order, str(labels))
            word = "overlap with the archetype" if axes is row[0] else ""
            style.tidy(axes, "", word, f"{_size(data, order)}, {labels}")
    for axes in panels[-1]:
        axes.set_xlabel("examples of each archetype, M")
    every = [*panels.flat]
    if images:
        _recalled(aside, data)
    else:
        every.append(aside.subplots())
        _thresholds(every[-1], data)
    style.letters(every)
    curves.legend(*every[0].get_legend_handles_labels(), loc="outside lower center", ncols=6, frameon=False, fontsize=9)
    words = "How many noisy examples teach a network an archetype that it never sees?"
    words += f" {patterns.described(data)['items'].capitalize()} items; quality r: overlap of an example with its archetype"
    words += f"\npoints: median, bar: quartiles, over the archetypes of n = {data.sizes['trial']} trials"
    style.caption(figure, words)
    return figure


def _size(data: xr.Dataset, order: int) -> str:
    return f"P = {order}: N = {int(data.units.sel(order=order))}, K = {int(data.archetypes.sel(order=order)):,}"


def _curves(axes: Axes, data: xr.Dataset, order: int, labels: str) -> None:
    """Draw one panel, with a colour for each quality; points stand beside each other.

    The theory of images is the majority of the examples, which is that of load 0. A majority of an
    even number has ties and is not drawn.
    """
    images, most = "image" in data, float(data.examples.max())
    m = np.unique(np.geomspace(1, most, 28).round())
    m = m[m % 2 == 1] if images else m
    load = 0.0 if images else _load(data, order)
    aside = np.linspace(-0.06, 0.06, data.sizes["quality"])
    for (quality, colour), marker, by in zip(style.shades(data.quality.values), style.MARKERS * 9, aside, strict=False):
        seen = data.overlap.sel(order=order, labels=labels, quality=quality).stack(any=("trial", "probe"))
        low, middle, high = seen.quantile((0.25, 0.5, 0.75), "any").values
        bar: dict[str, Any] = {"fmt": marker, "color": colour, "markersize": 4.5, "elinewidth": 1}
        axes.errorbar(data.examples * np.exp(by), middle, (middle - low, high - middle), **bar, label=f"r = {quality:g}")
        expected = theory.overlap(order, load, quality, m, labels == "supervised")
        axes.plot(m, np.where(expected > 0, expected, np.nan), color=colour, linewidth=1.4)
    label = "line: majority of the examples" if images else "line: theory, where it has a solution"
    axes.plot([], [], color=style.INK, linewidth=1.4, label=label)
    axes.set(xscale="log", ylim=(0, 1.04))


def _thresholds(axes: Axes, data: xr.Dataset) -> None:
    """Draw the examples M for an overlap of 0.9 against r.

    They are the measured median with quartiles over trials, theory, and the powers of r.
    """
    r = np.geomspace(0.15, 0.95, 20)
    for (order, colour), marker in zip(style.coloured(data.order.values), style.MARKERS * 9, strict=False):
        axes.plot([], [], marker, color=colour, label=f"P = {order}")
        for labels, line, face in (("supervised", "-", colour), ("unsupervised", "--", "white")):
            expected = theory.examples_needed(int(order), _load(data, int(order)), r, labels == "supervised", LEARNT)
            axes.plot(r, expected, line, color=colour, linewidth=1.4)
            found = data.needed.sel(order=order, labels=labels)
            found = found.where(found.notnull().all("trial"), drop=True)
            if not found.size:  # no number of examples was enough
                continue
            low, middle, high = (found.quantile(q, "trial").values for q in (0.25, 0.5, 0.75))
            look: dict[str, Any] = {"fmt": marker, "color": colour, "markerfacecolor": face, "markersize": 6}
            axes.errorbar(found.quality.values, middle, np.stack([middle - low, high - middle]), **look)
    axes.plot([], [], "o-", color="#6b7280", label="supervised: line theory, points measured")
    axes.plot([], [], "o--", color="#6b7280", markerfacecolor="white", label="unsupervised, likewise")
    for power, height, place in ((2, 3.0, (0.165, 60)), (8, 0.16, (0.165, 6e4))):
        axes.plot(r[:8], height * r[:8] ** -float(power), ":", color="#6b7280", linewidth=1.2)
        axes.annotate(f"$r^{{-{power}}}$", place, color="#6b7280")
    axes.set(xscale="log", yscale="log", ylim=(1, 1e6))
    axes.set_xticks([0.2, 0.3, 0.5, 0.8], ["0.2", "0.3", "0.5", "0.8"], minor=False)
    axes.set_xticks([], minor=True)
    style.tidy(axes, "quality of the examples, r", f"examples for an overlap of {LEARNT}", "how many examples are enough")
    axes.legend(frameon=False, fontsize=8)


def _recalled(figure: Any, data: xr.Dataset) -> None:
    """Draw one archetype, an example, and what was recalled as M grows.

    One row is of the supervised network, one of the unsupervised, for each order.
    """
    quality, shape = float(data.quality[len(data.quality) // 2]), patterns.described(data).get("shape")
    number = data.examples.values
    shown = [number[i] for i in np.unique(np.linspace(0, len(number) - 1, 5).round().astype(int))]
    first = data.image.isel(trial=0).sel(quality=quality)
    rows = []
    for order, labels in itertools.product(data.order.values, data.labels.values):
        one = first.sel(order=order, labels=labels)
        drawn = [one.isel(examples=0).sel(stage=stage).values for stage in ("archetype", "example")]
        rows.append((f"P = {order}\n{labels}", [*drawn, *(one.sel(examples=m, stage="recalled").values for m in shown)]))
    style.sheet(figure.subplots(), rows, enumerate(("archetype", "example", *(f"M = {m}" for m in shown))), shape)
    figure.suptitle(f"what is recalled, r = {quality:g}", fontsize=10)
