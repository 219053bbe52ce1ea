"""Recognition: seen told from new, and recall, of every memory against what came after."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from neuromem import patterns
from neuromem.figures import _style as style

LINES = {"own": ("o", "-", "told by energy or familiarity"), "match": ("s", "--", "told by match with its recall")}


def draw(data: xr.Dataset) -> Figure:
    """Draw a panel a memory: means over trials with their standard errors."""
    models = data.model.values
    columns = min(4, len(models))
    rows = -(-len(models) // columns)
    figure = style.new(3.4 * columns, 2.7 * rows + 0.7)
    panels = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    colours = dict(style.coloured(data.exposures.values.tolist()))
    fine = data.later.values
    for axes, model in zip(panels.flat, models, strict=False):
        one = data.sel(model=model)
        for exposures, colour in colours.items():
            at = one.sel(exposures=exposures)
            shown = f"shown {exposures} times" if exposures > 1 else "shown once"
            for measure, (marker, line, words) in LINES.items():
                values = at.yes_no.sel(measure=measure)
                if bool(values.isnull().all()):
                    continue
                look = {"color": colour, "marker": marker, "linestyle": line, "markersize": 3.5, "linewidth": 1.2}
                style.points(axes, values, "later", **look, label=f"{shown}: {words}")
            look = {"color": colour, "marker": "v", "linestyle": ":", "markersize": 4, "linewidth": 1.2}
            style.points(axes, at.recalled, "later", **look, label=f"{shown}: recalled from its half")
            if str(model) == "hopfield":
                line = at.theory_yes_no
                axes.plot(fine, line, color=style.INK, linewidth=3.5, alpha=0.25, label="theory of Hopfield's energy")
        style.tidy(axes, "", "", style.readable(model))
        axes.axhline(0.5, color=style.INK, linewidth=0.6, linestyle=":")
    for axes in list(panels.flat)[len(models) :]:
        axes.set_visible(False)
    panels.flat[0].set_xscale("symlog", linthresh=max(1, float(np.min(fine[fine > 0], initial=1))))
    panels.flat[0].set(ylim=(-0.03, 1.05), xlim=(0, 1.1 * float(fine[-1]) + 1))
    named = {label: handle for axes in panels.flat for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)}
    figure.legend(named.values(), named.keys(), loc="outside lower center", ncols=3, fontsize=8, frameon=False)
    figure.supxlabel("items that came after", fontsize=10)
    figure.supylabel("share told right, or recalled", fontsize=10)
    head = f"Recognition outlives recall: {patterns.caption(data)}{patterns.assumed(data)}"
    style.caption(figure, head, data.sizes["trial"], means=True)
    return figure
