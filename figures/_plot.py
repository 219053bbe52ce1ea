"""Drawings of traces and recalls."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

import neuromem.figures._style as style
from neuromem import metrics
from neuromem.figures._raster import raster
from neuromem.memory import Recall
from neuromem.trace import Trace

CUES, STEPS, ITEMS = 4, 7, 8  # the most rows and columns of images
CHANGED = "#d55e00"  # the frame of a unit that is not as it was, or not as it should be


def draw_image(axes: Axes, item: np.ndarray, shape: tuple[int, int], marked: np.ndarray | None = None) -> None:
    """Draw an item as an image of dark ink, with a frame around the units that are marked."""
    largest = float(np.abs(item).max()) or 1.0
    axes.imshow(-item.reshape(shape), cmap="gray", vmin=-largest, vmax=largest, interpolation="nearest")
    axes.set(xticks=[], yticks=[])
    for row, column in np.argwhere(marked.reshape(shape)) if marked is not None else ():
        axes.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, fill=False, edgecolor=CHANGED, linewidth=1.2))


def draw(thing: Trace | Recall, items: np.ndarray | None, shape: tuple[int, int]) -> Figure:
    """Draw a trace or a recall."""
    return _trace(thing, items, shape) if isinstance(thing, Trace) else _recall(thing, items, shape)


def _recall(recall: Recall, items: np.ndarray | None, shape: tuple[int, int]) -> Figure:
    given, signs = np.asarray(recall), metrics.signs(recall)
    number = min(len(given), ITEMS if items is None else min(ITEMS, len(items)))
    rows = [("recalled", given)] if items is None else [("stored", items), ("recalled", given)]
    figure = style.new(1.3 * number + 0.6, 1.5 * len(rows) + 0.3)
    for line, (name, images) in zip(figure.subplots(len(rows), number, squeeze=False), rows, strict=True):
        line[0].set_ylabel(name)
        for n, axes in enumerate(line):
            wrong = signs[n] != np.sign(items[n]) if items is not None and images is given else None
            draw_image(axes, images[n], shape, wrong)
            if images is given:
                axes.set_xlabel("settled" if recall.converged[n] else "not settled", fontsize=8)
    return figure


def _trace(trace: Trace, items: np.ndarray | None, shape: tuple[int, int]) -> Figure:
    cues = min(CUES, trace.states.shape[1], len(items) if items is not None else CUES)
    columns = np.unique(np.linspace(0, len(trace) - 1, STEPS).round().astype(int))
    wide = len(columns) + (items is not None)
    figure = style.new(max(1.35 * wide, 8.5), 1.35 * cues + 2.6 + 2.4 * (trace.record is not None))
    heights = [1.35 * cues, 2.4] + [2.4] * (trace.record is not None)
    parts = figure.subfigures(len(heights), 1, height_ratios=heights, squeeze=False)[:, 0]
    for cue, line in enumerate(parts[0].subplots(cues, wide, squeeze=False)):
        states = trace.states[columns, cue]
        signs = metrics.signs(states)
        for at, (axes, step) in enumerate(zip(line, columns, strict=False)):
            draw_image(axes, states[at], shape, signs[at] != signs[max(at - 1, 0)])
            if cue == 0:
                axes.set_title(f"{trace.time[step]:g}" if step else f"{trace.step_unit} 0, cue", fontsize=9)
        if items is not None:
            draw_image(line[-1], items[cue], shape)
            if cue == 0:
                line[-1].set_title("stored", fontsize=9)
    curves = [name for name, there in (("energy", trace.energy is not None), ("overlap", items is not None)) if there]
    for axes, name in zip(parts[1].subplots(1, max(len(curves), 1), squeeze=False)[0], curves or ["units"], strict=True):
        _curve(axes, trace, items, name)
    if trace.record is not None:
        axes, record = parts[2].subplots(), trace.record
        mine = record.copy == 0
        raster(axes, record, [name for n, name in enumerate(record.names) if (record.place[mine] == n).any()], copy=0)
        axes.set_title("spikes, first cue", loc="left", fontsize=10)
    return figure


def _curve(axes: Axes, trace: Trace, items: np.ndarray | None, name: str) -> None:
    """Draw the energy of all cues, their overlaps with the items, or the units that changed."""
    step = f"time ({trace.step_unit})"
    line: dict[str, Any] = {"marker": "o", "markersize": 3, "linewidth": 1.4}
    if name == "energy" and trace.energy is not None:
        axes.plot(trace.time, trace.energy, color=style.COLOURS[0], alpha=0.6, **line)
        style.tidy(axes, step, "energy", "energy of each cue")
    elif items is not None:
        overlaps = trace.overlaps(items)
        own = np.eye(*overlaps.shape[1:]) > 0
        if not own.all():
            axes.plot(trace.time, overlaps[:, ~own], color="#9ca3af", alpha=0.35, linewidth=0.8)
        axes.plot(trace.time, overlaps[:, own], color=style.COLOURS[1], alpha=0.7, **line)
        style.tidy(axes, step, "overlap", "overlap with its item, and with others (grey)")
        axes.set_ylim(min(-0.1, float(overlaps.min()) - 0.05), 1.05)
    else:
        signs = np.stack([metrics.signs(states) for states in trace.states])
        changed = (signs != signs[:1]).mean(2)
        axes.plot(trace.time, changed, color=style.COLOURS[0], alpha=0.6, **line)
        style.tidy(axes, step, "share of units", "units that are no longer as in the cue")
