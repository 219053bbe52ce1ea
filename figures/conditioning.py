"""Conditioning: which phenomena each rule shows, and four learning curves that tell rules apart."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from neuromem import results
from neuromem.figures import _style as style

ANIMALS = {
    "acquisition": "A comes\nto predict",
    "extinction": "A fades when\nnothing follows",
    "reacquisition": "A returns faster\nthan at first",
    "blocking": "B learns little\nbeside A",
    "overshadowing": "A learns less\nbeside B",
    "second-order": "B learns\nfrom A",
    "latent inhibition": "a familiar A\nlearns slowly",
    "overexpectation": "A falls beside\na B known too",
    "conditioned inhibition": "B comes\nto forbid",
}
FILL = ("#f4f4f5", "#a7dcc4", "#f7dfae")  # no, yes, forgets
MARK = ("", "yes  ", "fades  ")
TELLING = ("extinction", "blocking", "latent inhibition", "overexpectation")
CURVES = (  # rules that are drawn, where they are there
    "pavlov:rule=hebb",
    "pavlov:rule=delta",
    "pavlov:rule=least_squares",
    "attention:similarity=dot:beta=4:steps=1",
)


def draw(data: xr.Dataset) -> Figure:
    """Draw the table above, and below the responses of a few rules over the presentations.

    Responses are clipped at 2. The table is green where animals agree.
    """
    figure = style.new(15, 1.6 + 0.36 * data.sizes["model"] + 3.6)
    above, below = figure.subfigures(2, 1, height_ratios=[1.6 + 0.36 * data.sizes["model"], 3.6], squeeze=False)[:, 0]
    table = above.subplots()
    _table(table, data)
    known = data.model.values.tolist()
    models = [model for model in CURVES if model in known] or known[:4]
    there = data.phenomenon.values.tolist()
    phenomena = [name for name in TELLING if name in there] or there[:4]
    panels = below.subplots(1, len(phenomena), sharey=True, squeeze=False)[0]
    for axes, phenomenon in zip(panels, phenomena, strict=True):
        _curves(axes, data.sel(phenomenon=phenomenon), models)
    panels[0].set_ylabel("response (1 = unconditional stimulus)")
    style.letters((table, *panels))
    for axes in panels:
        axes.set_title(axes.get_title("left"), loc="left", fontsize=10, pad=16)  # above the names of the phases
    given = results.parameters(data)
    words = "Which learning rule conditions as animals do?"
    words += f" Rate {given['rate']:g}, {given['presentations']} presentations a phase"
    noisy = f"; median of n = {data.sizes['trial']} trials" if data.sizes["trial"] > 1 else "; nothing is drawn at random"
    style.caption(figure, words + noisy)
    return figure


def _once(rule: Any) -> str:
    """Say a word once that is said twice, as in "momentum, momentum 0.5"."""
    return re.sub(r"\b(\w+), \1\b", r"\1", str(rule))


def _table(table: Axes, data: xr.Dataset) -> None:
    """Write the response of each rule to each schedule, those most like animals first."""
    end, columns = data.end.median("trial"), data.sizes["phenomenon"]
    order = np.argsort(-(data.shown == 1).sum("phenomenon").values, kind="stable")
    for row, model in enumerate(order):
        for column in range(columns):
            kind = int(data.shown[model, column])
            group, control = end[model, column].values
            left, right = (column + 0.02) / columns, (column + 0.98) / columns
            table.axhspan(row - 0.45, row + 0.45, left, right, color=FILL[kind])
            table.text(column, row, f"{MARK[kind]}{group:.2f}  ({control:.2f})", ha="center", va="center", fontsize=8.5)
    title = "response at the end, and of the control in brackets; yes: as animals, fades: by forgetting alone"
    style.tidy(table, "", "", title)
    table.set(xlim=(-0.5, columns - 0.5), ylim=(len(order) - 0.5, -0.5))
    table.set_yticks(range(len(order)), [_once(data.rule[model].values) for model in order], fontsize=9)
    names = [f"{name}:\n{ANIMALS[str(name)]}" for name in data.phenomenon.values]
    table.set_xticks(range(columns), names, fontsize=8.5)
    table.xaxis.tick_top()
    table.tick_params(length=0)
    table.grid(visible=False)
    table.spines[:].set_visible(False)


def _curves(axes: Axes, one: xr.Dataset, models: list[str]) -> None:
    """Draw the responses of some rules to one stimulus over the phases of a schedule."""
    phenomenon, probe = str(one.phenomenon.values), str(one.probe.values)
    curves = one.response.sel(schedule="group", stimulus=probe, model=models).median("trial")
    length = int(curves.notnull().any("model").sum())
    ends: dict[str, tuple[float, str]] = {}
    names = dict(zip(one.model.values.tolist(), one.rule.values.tolist(), strict=True))
    dashes: Any = ("-", "--", "-.", ":")
    for (model, look), dash in zip(style.apart(models).items(), dashes * 9, strict=False):
        values = np.clip(curves.sel(model=model)[:length], -1.2, 2)
        axes.plot(values, **look | {"linestyle": dash, "markevery": max(1, length // 6), "markersize": 4})
        ends[_once(names[model])] = float(values[-1]), look["color"]
    start, most = 0, json.loads(one.attrs["parameters"])["presentations"]
    for number, *turns in json.loads(one.attrs["schedules"])[phenomenon]["group"]:
        end = start + (number or most) * len(turns)
        axes.axvline(end, color=style.INK, linewidth=0.5, alpha=0.4)
        words = ", ".join(turn.replace("a", " → A").replace("-", "−") for turn in turns)
        axes.text((start + end) / 2, 1.02, words, transform=axes.get_xaxis_transform(), ha="center", fontsize=8.5)
        start = end
    style.tidy(axes, "presentations", "", f"{phenomenon}: response to {probe}")
    axes.set(ylim=(-0.4, 2.1), xlim=(0, length - 1))
    style.ends(axes, ends)
