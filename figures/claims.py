"""How far each number of ours is from the published one, in units of what it may be off."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

MARKS = {
    "reproduced": ("o", "#009E73"),
    "not reproduced": ("X", "#D55E00"),
    "published number wrong": ("D", "#E69F00"),
    "not testable here": ("|", "#767676"),
}
MOST = 3.0  # larger distances are drawn here


def draw(data: xr.Dataset) -> Figure:
    """Draw a row a family, a mark a claim.

    Parameters
    ----------
    data : Dataset
        What `neuromem.experiments.claims.run` gives.

    Returns
    -------
    Figure
        A matplotlib figure.
    """
    families = list(dict.fromkeys(data.family.values.tolist()))
    figure = Figure(figsize=(8, 1.2 + 0.32 * len(families)), layout="constrained")
    axes = figure.subplots()
    off = (data.ours - data.published) / data.within.where(data.within > 0, 1e-12)
    worst = off.values[np.arange(len(off)), np.argmax(np.abs(np.nan_to_num(off.values)), axis=1)]
    rows = np.array([families.index(family) for family in data.family.values])
    spread = np.random.default_rng(0).uniform(-0.25, 0.25, len(rows))  # marks at the same place stay visible
    for verdict, (mark, colour) in MARKS.items():
        mine = data.verdict.values == verdict
        if mine.any():
            label = f"{verdict} ({mine.sum()})"
            at = np.clip(np.nan_to_num(worst[mine]), -MOST, MOST)
            axes.scatter(at, (rows + spread)[mine], marker=mark, color=colour, s=28, label=label)
    axes.axvspan(-1, 1, color="0.92", zorder=0)
    axes.set_yticks(range(len(families)), [family.replace("_", " ") for family in families])
    axes.invert_yaxis()
    axes.set_xlim(-MOST - 0.2, MOST + 0.2)
    axes.set_xlabel("(ours - published) / what it may be off; marks at the edge are farther off")
    axes.set_title("Which published numbers does neuromem reproduce?")
    figure.legend(loc="outside lower center", ncols=2, frameon=False)
    return figure
