"""Spiking: rasters of the three published CA3 experiments, each operation judged at the top."""

from __future__ import annotations

import itertools

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from neuromem.figures import _style as style
from neuromem.figures._raster import raster

SHOWN = {"InCue": "cue in", "InCont": "content in", "OutCue": "cue out", "OutCont": "content out"}
WORDS = {"learn": "learn", "cue": "recall\nby cue", "content": "recall by\nfragment"}
RIGHT, WRONG = "#009e73", "#d55e00"


def draw(data: xr.Dataset) -> Figure:
    """Draw one panel an experiment, inputs above outputs, with bars that judge operations."""
    figure = style.new(13, 3.6 * data.sizes["name"])
    panels = figure.subplots(data.sizes["name"], 1, squeeze=False)[:, 0]
    for axes, name in zip(panels, data.name.values, strict=True):
        raster(axes, data.isel(spike=np.flatnonzero(data.experiment == name)), tuple(SHOWN))
        axes.set_yticklabels(SHOWN.values(), fontsize=9)
        for spikes in axes.collections:
            spikes.set_linewidth(1.8)
        end = float(data.time_ms.where(data.experiment == name).max()) + 2
        axes.set_xlim(-1, end)
        operations = data.isel(op=np.flatnonzero(data.of == name))
        _judged(axes, operations, end)
        passed = operations.passed.values.astype(bool)
        axes.set_title(f"{name}: {passed.sum()} of {len(passed)} operations right", loc="left")
    style.letters(panels)
    for axes in panels:
        axes.set_title(axes.get_title("left"), loc="left", fontsize=10, pad=34)  # above the bars
    words = "Does the spiking CA3 do what was published? Spikes of the three published experiments"
    style.caption(
        figure, f"{words}\nbars: operations of one kind, right of all; orange and dashed where an answer was not exact"
    )
    return figure


def _judged(axes: Axes, operations: xr.Dataset, end: float) -> None:
    """Put a bar with words over each run of operations of one kind, and a line at each start."""
    starts = [*operations.start_ms.values.tolist(), end]
    kinds = [str(text).split()[0] for text in operations.operation.values]
    passed = operations.passed.values.astype(bool)
    for start, right in zip(starts[:-1], passed, strict=True):
        axes.axvline(start, color="#9ca3af", linewidth=0.4, zorder=0)
        if not right:
            axes.axvline(start, color=WRONG, linewidth=1.2, linestyle="--")
    over = axes.get_xaxis_transform()
    for kind, run in itertools.groupby(range(len(kinds)), kinds.__getitem__):
        at = list(run)
        right, colour = int(passed[at].sum()), RIGHT if passed[at].all() else WRONG
        first, last = starts[at[0]], starts[at[-1] + 1]
        axes.plot([first, last - 0.006 * end], [1.03, 1.03], color=colour, linewidth=4, transform=over, clip_on=False)
        words = f"{WORDS[kind]}: {right}/{len(at)}"
        axes.text((first + last) / 2, 1.05, words, transform=over, ha="center", va="bottom", fontsize=8.5, color=style.INK)
