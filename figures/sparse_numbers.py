"""Numbers of others on sparse memories against ours."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from neuromem.figures import _style as style

FAR = 0.03  # a ratio that is further from 1 is named
AWAY = (
    "beta of attention: the published\nfit is too steep by d/(d - 1)",
    "theory beside their\nsimulation of one pass",
    "theory beside their simulated\nvalue of two digits",
)
LEAST = 3e-3  # below, on the right, a probability of 0 is drawn


def draw(data: xr.Dataset) -> Figure:
    """Draw the ratio of ours by equation on the left, and what was measured on the right.

    Measured are medians with their range over trials, against the numbers of others with two
    standard errors; on the line they are equal.
    """
    figure = style.new(13, 6)
    left, right = figure.subplots(1, 2)
    families = list(dict.fromkeys(data.family.values.tolist()))
    for family, colour, marker in zip(families, style.COLOURS, "osD^vPX", strict=False):
        one = data.isel(number=data.family.values == family)
        simulated = one.source == "simulation"
        parts = ((one.where(~simulated), colour, style.readable(family)), (one.where(simulated), "none", None))
        for part, face, label in parts:
            left.plot(part.theirs, part.theory / part.theirs, marker, color=colour, markerfacecolor=face, label=label)
        runs = one.isel(number=one.measured.notnull().all("trial").values)
        if not runs.sizes["number"]:
            continue
        low, middle, high = (np.maximum(runs.measured.quantile(q, "trial"), LEAST) for q in (0.0, 0.5, 1.0))
        spread = np.abs(np.stack([middle - low, high - middle]))
        theirs = np.maximum(runs.theirs, LEAST), middle, spread, 2 * runs.theirs_error
        right.errorbar(*theirs, fmt=marker, color=colour, markersize=6, alpha=0.7)
    left.axhline(1, color="grey", linewidth=0.8, zorder=0)
    left.set(xscale="log", ylim=(0.6, 1.3))
    left.plot([], [], "o", color="grey", markerfacecolor="none", label="they simulated")
    away = abs(data.theory / data.theirs - 1) > FAR
    fits, simulated = data.number.str.startswith("beta"), data.source == "simulation"
    for word, some in zip(AWAY, (away & fits, away & simulated, away & (data.family == "dendrite")), strict=True):
        if not some.any():
            continue
        one = data.isel(number=int(np.flatnonzero(some)[0]))
        place: dict[str, Any] = {"xytext": (-14, -4), "textcoords": "offset points", "ha": "right"}
        left.annotate(word, (float(one.theirs), float(one.theory / one.theirs)), fontsize=9, **place)
    right.plot((LEAST, 2), (LEAST, 2), color="grey", linewidth=0.8, zorder=0)
    right.set(xscale="log", yscale="log")
    left.legend(frameon=False, loc="lower left")
    style.tidy(left, "published value", "our equation / published value", "our equations: 1 is agreement")
    style.tidy(right, f"published value (at {LEAST:g}: none)", "our simulation", "our simulations: the line is agreement")
    style.letters((left, right))
    close = int((abs(data.theory / data.theirs - 1) <= FAR).sum())
    words = f"Do we find the numbers that others published on sparse memories? {close} of {int(data.theory.notnull().sum())}"
    words += f" equations agree within {FAR:.0%}"
    words += f"\nb: median and range of {data.sizes['trial']} trials; theirs with two standard errors"
    style.caption(figure, words)
    return figure
