"""Spiking: rasters of the three published CA3 experiments, each operation judged at the top."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from neuromem.figures import _style as style
from neuromem.figures._raster import raster

SHOWN = ("InCue", "InCont", "OutCue", "OutCont")
SIGNS = {"learn": "L", "cue": "c", "content": "f"}


def draw(data: xr.Dataset) -> Figure:
    """Draw one panel an experiment, inputs above outputs.

    L is learning, c recall by cue, f recall by fragment.
    """
    figure = style.new(13, 10)
    panels = figure.subplots(data.sizes["name"], 1, squeeze=False)[:, 0]
    for axes, name in zip(panels, data.name.values, strict=True):
        raster(axes, data.isel(spike=np.flatnonzero(data.experiment == name)), SHOWN)
        operations = data.isel(op=np.flatnonzero(data.of == name))
        starts, passed = operations.start_ms.values, operations.passed.values.astype(bool)
        axes.set_title(f"{name}: {passed.sum()} of {len(passed)} operations right", loc="left", fontsize=10, pad=16)
        for start, text, right in zip(starts, operations.operation.values, passed, strict=True):
            axes.axvline(start, color="#9ca3af", linewidth=0.4, zorder=0)
            sign = SIGNS[str(text).split()[0]]
            colour = "#15803d" if right else "#b91c1c"
            axes.text(start, -0.8, sign, color=colour, fontsize=8, ha="center", va="bottom", weight="bold")
        axes.set_xlim(-1, float(data.time_ms.where(data.experiment == name).max()) + 2)
    figure.supxlabel(
        "L learn, c recall by cue, f recall by fragment: green where exactly the right neurons answered", fontsize=9
    )
    return figure
