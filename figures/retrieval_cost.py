"""Retrieval, its price: items recalled exactly against bits held, and energy against load."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from neuromem.figures import _style as style
from neuromem.figures.retrieval import WORDS


def draw(data: xr.Dataset) -> Figure:
    """Draw equal bits on the left and equal load on the right, at one damage."""
    kind = next(kind for kind in WORDS if (data.damage == kind).any())
    some = np.flatnonzero(data.damage == kind)
    shown = int(some[len(some) // 2])
    figure = style.new(13, 5)
    style.caption(figure, f"Cues with {100 * float(data.fraction[shown]):g}% of {WORDS[kind]}", data.sizes["trial"])
    panels = figure.subplots(1, 2)
    right = data.exact.isel(condition=shown) * data.stored
    right = right.where(right > 0)  # the axis is logarithmic
    held, energy = data.bits.median("trial") / 1000, data.energy.isel(condition=shown) / 1000
    ends: list[dict[str, tuple[float, str]]] = [{}, {}]
    for model in map(str, data.model.values):
        look, name = style.look(model), style.readable(model)
        for axes, values, x, end in zip(panels, (right, energy), (held.sel(model=model), data.stored), ends, strict=True):
            kept = values.sel(model=model).dropna("stored", how="all")
            if not kept.sizes["stored"]:  # it recalls none of them
                continue
            low, middle, high = kept.quantile((0.25, 0.5, 0.75), "trial").values
            axes.errorbar(
                x.sel(stored=kept.stored),
                middle,
                (middle - low, high - middle),
                **{**look, "markersize": 5, "linewidth": 1.5},
            )
            end[name] = float(middle[-1]), look["color"]
        if model == "attention":  # +1/-1 held as int8
            packed = {**look, "linestyle": ":", "markersize": 3, "alpha": 0.6}
            panels[0].plot(held.sel(model=model) / 8, right.sel(model=model).median("trial"), **packed)
            panels[0].annotate("1 bit a unit", (float(held.sel(model=model)[0]) / 8, float(data.stored[0])), fontsize=8,
                               color=look["color"], textcoords="offset points", xytext=(6, 8))  # fmt: skip
    for axes, end in zip(panels, ends, strict=True):
        if end:  # a logarithmic axis needs a number
            axes.set(xscale="log", yscale="log")
    style.tidy(panels[0], "kbit held", "items recalled exactly", "equal bits: what is to the left holds in less")
    style.tidy(panels[1], "items stored", "nJ a recall, arithmetic alone", "equal load: what is below needs less energy")
    for axes, end in zip(panels, ends, strict=True):
        style.ends(axes, end)
    style.letters(panels)
    return figure
