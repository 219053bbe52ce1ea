"""Learning: overlap with archetypes against noisy examples, and how many are enough."""

from __future__ import annotations

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


def _title(data: xr.Dataset, order: int, labels: str) -> str:
    size = f"N = {int(data.units.sel(order=order))}, K = {int(data.archetypes.sel(order=order)):,}"
    return f"P = {order}, {labels} ({size})"


def draw(data: xr.Dataset) -> Figure:
    """Draw measured medians over trials and archetypes, with quartiles, and theory as lines.

    For images it draws what was recalled too.
    """
    images = "image" in data
    figure = style.new(14, 2.7 * data.sizes["order"] + 0.8)
    halves: Any = figure.subfigures(1, 2, width_ratios=[1.45, 1])
    curves, aside = halves
    panels = curves.subplots(data.sizes["order"], 2, sharex=True, sharey=True, squeeze=False)
    for row, order in enumerate(data.order.values):
        for column, labels in enumerate(data.labels.values):
            _curves(panels[row, column], data, int(order), str(labels))
            word = "overlap with the archetype" if not column else ""
            style.tidy(panels[row, column], "", word, _title(data, int(order), str(labels)))
    for axes in panels[-1]:
        axes.set_xlabel("examples of each archetype, M")
    panels[0, 0].legend(frameon=False, fontsize=8, title="quality r", title_fontsize=8)
    if images:
        _recalled(aside, data)
    else:
        _thresholds(aside.subplots(), data)
    return figure


def _curves(axes: Axes, data: xr.Dataset, order: int, labels: str) -> None:
    """Draw one panel, with a colour for each quality.

    The theory of images is the majority of the examples, which is that of load 0.
    """
    most = float(data.examples.max())
    m = np.unique(np.geomspace(1, most, 28).round())
    load = 0.0 if "image" in data else _load(data, order)
    for quality, colour in style.coloured(data.quality.values):
        seen = data.overlap.sel(order=order, labels=labels, quality=quality)
        measured = seen.stack(any=("trial", "probe")).reset_index("any")
        style.band(axes, measured, "examples", over="any", color=colour, label=f"{quality:g}", linestyle="none")
        expected = theory.overlap(order, load, quality, m, labels == "supervised")
        axes.plot(m, np.where(expected > 0, expected, np.nan), color=colour, linewidth=1.4)
    axes.plot([], [], color=style.INK, linewidth=1.4, label="majority of examples" if "image" in data else "theory")
    axes.set(xscale="log", ylim=(0, 1.04))


def _thresholds(axes: Axes, data: xr.Dataset) -> None:
    """Draw the examples M for an overlap of 0.9 against r.

    They are the measured median with quartiles over trials, theory, and the powers of r.
    """
    r = np.geomspace(0.15, 0.95, 20)
    for order, colour in style.coloured(data.order.values):
        for labels, line, face in (("supervised", "-", colour), ("unsupervised", "--", "white")):
            expected = theory.examples_needed(int(order), _load(data, int(order)), r, labels == "supervised", LEARNT)
            axes.plot(r, expected, line, color=colour, linewidth=1.4, label=f"P = {order}, {labels}, theory")
            found = data.needed.sel(order=order, labels=labels)
            found = found.where(found.notnull().all("trial"), drop=True)
            if not found.size:  # no number of examples was enough
                continue
            low, middle, high = (found.quantile(q, "trial").values for q in (0.25, 0.5, 0.75))
            axes.errorbar(
                found.quality.values,
                middle,
                np.stack([middle - low, high - middle]),
                fmt="o",
                color=colour,
                markerfacecolor=face,
                markersize=6,
                label=f"P = {order}, {labels}, measured",
            )
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

    One row is of the unsupervised network, one of the supervised.
    """
    quality, shape = float(data.quality[len(data.quality) // 2]), patterns.described(data).get("shape")
    number = data.examples.values
    shown = [number[i] for i in np.unique(np.linspace(0, len(number) - 1, 5).round().astype(int))]
    first = data.image.isel(trial=0).sel(quality=quality)
    rows = [(order, labels) for order in data.order.values for labels in data.labels.values]
    panels = figure.subplots(len(rows), 2 + len(shown), squeeze=False)
    for (order, labels), line in zip(rows, panels, strict=True):
        one = first.sel(order=order, labels=labels)
        for panel, stage in zip(line[:2], ("archetype", "example"), strict=True):
            style.image(panel, one.isel(examples=0).sel(stage=stage).values, shape)
        for panel, m in zip(line[2:], shown, strict=True):
            style.image(panel, one.sel(examples=m, stage="recalled").values, shape)
        line[0].set_ylabel(f"P = {order}\n{labels}", rotation=0, ha="right", va="center", fontsize=8)
    for panel, title in zip(panels[0], ("archetype", "example", *(f"M = {m}" for m in shown)), strict=True):
        panel.set_title(title, fontsize=9)
    figure.suptitle(f"{patterns.described(data)['items']}: what is recalled, quality {quality:g}", fontsize=10)
