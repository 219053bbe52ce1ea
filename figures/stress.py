"""Stress: share of recalls that gave exactly the right set, published CA3 beside the cured."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from neuromem.figures import _style as style

RULES = {"published": "any", "gated": "any", "cured": "best"}
LABELS = {
    "published": "as published",
    "gated": "plasticity gated during recall",
    "cured": "gated, and best match first",
}


def draw(data: xr.Dataset) -> Figure:
    """Draw a panel for each spacing, with and without relearning.

    Bars are means over trials, and each trial is a dot.
    """
    figure = style.new(11, 6)
    spacings, overwrites = data.spacing.values, data.overwrites.values
    panels = figure.subplots(len(overwrites), len(spacings), sharex=True, sharey=True, squeeze=False)
    share = data.right.sum(("size", "active")) / (int(data.asked) * data.sizes["size"] * data.sizes["active"])
    kinds, width = np.arange(data.sizes["kind"]), 0.26
    for row, relearnt in enumerate(overwrites):
        for column, spacing in enumerate(spacings):
            axes = panels[row, column]
            for n, (memory, label) in enumerate(LABELS.items()):
                one = share.sel(memory=memory, rule=RULES[memory], spacing=spacing, overwrites=relearnt)
                where = kinds + (n - 1) * width
                axes.bar(where, one.mean("trial"), 0.92 * width, color=style.COLOURS[n], alpha=0.55, label=label)
                spread = np.linspace(-0.3, 0.3, data.sizes["trial"]) * width
                axes.plot(where[:, None] + spread, one.transpose("kind", "trial"), ".", color=style.COLOURS[n], markersize=4)
                for x, y, top in zip(where, one.mean("trial").values, one.max("trial").values, strict=True):
                    axes.text(x, top + 0.02, f"{y:.0%}", ha="center", fontsize=7.5, color=style.INK)
            learn, recall = str(spacing).split("/")
            title = f"{learn} ms after learning, {recall} ms after recall, " + (
                "cues relearnt" if relearnt == "yes" else "no relearning"
            )
            style.tidy(axes, "", "share of recalls exactly right" if not column else "", title)
            axes.set(ylim=(0, 1.12), xticks=kinds, yticks=[0, 0.5, 1])
            axes.set_xticklabels([f"by {kind}" for kind in data.kind.values])
            axes.grid(axis="x", visible=False)
    figure.legend(*panels[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3, frameon=False, fontsize=9)
    return figure
