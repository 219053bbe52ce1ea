"""Conditioning: learning curves of every rule, and which phenomena it shows."""

from __future__ import annotations

import json

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from neuromem import results
from neuromem.figures import _style as style

ANIMALS = {
    "acquisition": "A comes to predict",
    "extinction": "A fades when nothing follows",
    "reacquisition": "A returns faster than at first",
    "blocking": "B learns little beside A",
    "overshadowing": "A learns less beside B",
    "second-order": "B learns from A",
    "latent inhibition": "a familiar A learns slowly",
    "overexpectation": "A falls beside a B known too",
    "conditioned inhibition": "B comes to forbid",
}
FILL = ("#f4f4f5", "#bbe5c6", "#fbe6a8")  # no, yes, forgets


def draw(data: xr.Dataset) -> Figure:
    """Draw the responses over the presentations above, and the table below.

    Responses are clipped at 2. The table is green where animals agree.
    """
    colours = dict(style.coloured(data.model.values))
    figure = style.new(16, 10)
    above, below = figure.subfigures(2, 1, height_ratios=[1.25, 1], squeeze=False)[:, 0]
    schedules = json.loads(data.attrs["schedules"])
    presentations = results.parameters(data)["presentations"]
    places = above.subplots(-(-len(data.phenomenon) // 5), 5).flat
    for axes in places[len(data.phenomenon) :]:
        axes.set_axis_off()
    for axes, phenomenon in zip(places, data.phenomenon.values, strict=False):
        probe = str(data.probe.sel(phenomenon=phenomenon).values)
        curves = data.response.sel(phenomenon=phenomenon, schedule="group", stimulus=probe).median("trial")
        length = int(curves.notnull().any("model").sum())
        for model in data.model.values:
            axes.plot(np.clip(curves.sel(model=model)[:length], -1.2, 2), color=colours[model], linewidth=1.5)
        start, phases = 0, schedules[str(phenomenon)]["group"]
        for number, *turns in phases:
            end = start + (number or presentations) * len(turns)
            axes.axvline(end, color=style.INK, linewidth=0.5, alpha=0.4)
            words = ", ".join(turn.replace("a", " → A").replace("-", "−") for turn in turns)
            axes.text((start + end) / 2, 2.12, words, ha="center", fontsize=8, color=style.INK)
            start = end
        style.tidy(axes, "", "", "")
        axes.set_title(f"{phenomenon}: response to {probe}", loc="left", fontsize=10, pad=18, fontweight="bold")
        axes.text(0, 1.02, f"animals: {ANIMALS[str(phenomenon)]}", transform=axes.transAxes, fontsize=8, color="#6b7280")
        axes.set(ylim=(-1.25, 2.35), xlim=(0, length - 1))
    above.supxlabel("presentations", fontsize=9)
    above.supylabel("response (1 = unconditional stimulus)", fontsize=9)

    columns = len(data.phenomenon)
    table, end = below.subplots(), data.end.median("trial")
    for row, model in enumerate(data.model.values):
        table.text(
            -0.55,
            row,
            str(data.rule[row].values),
            ha="right",
            va="center",
            fontsize=9,
            color=colours[model],
            fontweight="bold",
        )
        for column, phenomenon in enumerate(data.phenomenon.values):
            fill = FILL[int(data.shown[row, column])]
            group, control = end.sel(model=model, phenomenon=phenomenon).values
            table.axhspan(row - 0.45, row + 0.45, (column + 0.02) / columns, (column + 0.98) / columns, color=fill)
            table.text(column, row, f"{group:.2f}  ({control:.2f})", ha="center", va="center", fontsize=8.5)
    table.set(xlim=(-0.5, columns - 0.5), ylim=(len(data.model) - 0.5, -0.5), yticks=[])
    table.set_xticks(range(columns), [str(name) for name in data.phenomenon.values], fontsize=9)
    table.xaxis.tick_top()
    table.tick_params(length=0)
    table.spines[:].set_visible(False)
    table.set_xlabel(
        "response at the end of the group (of its control); green: the phenomenon shows, yellow: by forgetting alone",
        fontsize=9,
    )
    return figure
