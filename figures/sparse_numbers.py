"""Numbers of others on sparse memories against ours."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from neuromem.figures import _style as style

LEAST = 3e-3  # below, on the right, a probability of 0 is drawn


def draw(data: xr.Dataset) -> Figure:
    """Draw the ratio of ours by equation on the left, and what was measured on the right.

    Measured are medians with their range over trials, against the numbers of others with two
    standard errors; on the line they are equal.
    """
    figure = style.new(12, 5.6)
    left, right = figure.subplots(1, 2)
    families = list(dict.fromkeys(data.family.values.tolist()))
    for family, colour in zip(families, style.COLOURS, strict=False):
        one = data.isel(number=data.family.values == family)
        simulated = one.source == "simulation"
        for part, face, label in ((one.where(~simulated), colour, family), (one.where(simulated), "none", None)):
            left.plot(part.theirs, part.theory / part.theirs, "o", color=colour, markerfacecolor=face, label=label)
        runs = one.isel(number=one.measured.notnull().all("trial").values)
        if not runs.sizes["number"]:
            continue
        low, middle, high = (np.maximum(runs.measured.quantile(q, "trial"), LEAST) for q in (0.0, 0.5, 1.0))
        spread = np.abs(np.stack([middle - low, high - middle]))
        theirs = np.maximum(runs.theirs, LEAST), middle, spread, 2 * runs.theirs_error
        right.errorbar(*theirs, fmt="o", color=colour, markersize=6, alpha=0.7)
    left.axhline(1, color="grey", linewidth=0.8, zorder=0)
    left.set(xscale="log", ylim=(0.6, 1.3))
    left.plot([], [], "o", color="grey", markerfacecolor="none", label="they simulated")
    left.text(0.3, 0.74, "beta: the published fit\nis too steep", ha="center")
    right.plot((LEAST, 2), (LEAST, 2), color="grey", linewidth=0.8, zorder=0)
    right.set(xscale="log", yscale="log")
    left.legend(frameon=False)
    style.tidy(left, "number of others", "ours / theirs", "By equation")
    style.tidy(right, f"number of others ({LEAST:g}: none)", "ours", "Measured: median and range over trials")
    return figure
