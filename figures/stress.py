"""Stress: share of recalls that gave exactly the right set, published CA3 beside the cured."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from neuromem import results
from neuromem.experiments.stress import RULES
from neuromem.figures import _style as style

LABELS = {
    "published": "as published",
    "gated": "plasticity gated during recall",
    "cured": "gated, and best match first",
}
HATCHES = ("", "//", "..")


def draw(data: xr.Dataset) -> Figure:
    """Draw a panel for each spacing, with and without relearning.

    Bars are medians over trials, and each trial is a dot. The share is written where it is not 1.
    """
    figure = style.new(12, 6.6)
    spacings, overwrites = data.spacing.values, data.overwrites.values
    panels = figure.subplots(len(overwrites), len(spacings), sharex=True, sharey=True, squeeze=False)
    share = data.right.sum(("size", "active")) / (int(data.asked) * data.sizes["size"] * data.sizes["active"])
    kinds, width = np.arange(data.sizes["kind"]), 0.26
    for row, relearnt in enumerate(overwrites):
        for column, spacing in enumerate(spacings):
            axes = panels[row, column]
            for n, (memory, label) in enumerate(LABELS.items()):
                one = share.sel(memory=memory, rule=RULES[memory], spacing=spacing, overwrites=relearnt)
                where, colour = kinds + (n - 1) * width, style.COLOURS[(4, 5, 2)[n]]
                bar = {"color": colour, "alpha": 0.6, "hatch": HATCHES[n], "edgecolor": "white", "label": label}
                axes.bar(where, one.median("trial"), 0.92 * width, **bar)
                spread = np.linspace(-0.3, 0.3, data.sizes["trial"]) * width
                axes.plot(where[:, None] + spread, one.transpose("kind", "trial"), ".", color=style.INK, markersize=2.5)
                for x, middle, top in zip(where, one.median("trial").values, one.max("trial").values, strict=True):
                    if middle < 1:
                        axes.text(x, top + 0.03, f"{middle:.0%}", ha="center", fontsize=9, color=style.INK)
            learn, recall = str(spacing).split("/")
            again = "cues learnt again" if relearnt == "yes" else "each cue learnt once"
            title = f"{again}; {learn} ms after a learning, {recall} ms after a recall"
            style.tidy(axes, "", "share exactly right" if not column else "", title)
            axes.set(ylim=(0, 1.14), xticks=kinds, yticks=[0, 0.5, 1])
            axes.set_xticklabels([f"recall by {kind}" for kind in data.kind.values])
            axes.grid(axis="x", visible=False)
    style.letters(panels.flat)
    given = results.parameters(data)
    sizes = " and ".join(f"{a} cues x {b} neurons" for a, b in (str(size).split("x") for size in data["size"].values))
    words = f"How long does the spiking CA3 stay right? Networks of {sizes} together, {given['recalls']} recalls a run"
    style.caption(figure, f"{words}\nbars: medians, dots: each of n = {data.sizes['trial']} trials, no number: all right")
    figure.legend(*panels[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3, frameon=False)
    return figure
