"""Capacity: overlap and exact recall against load, with the theory where there is one."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from neuromem import patterns, results
from neuromem.figures import _style as style
from neuromem.theory import dense, hopfield


def _overlap(model: str, load: np.ndarray, units: int) -> np.ndarray | None:
    """Give the overlap that theory predicts for many units at items / units = load.

    It is None without a theory.
    """
    name, *settings = model.split(":")
    given = dict(setting.partition("=")[::2] for setting in settings)
    if name == "hopfield" and given.get("rule", "hebb") == "hebb" and set(given) <= {"rule", "temperature"}:
        return hopfield.overlap(load, float(given.get("temperature", 0)))
    if (
        name == "dense_hebbian"
        and given.get("order", "4").isdigit()
        and set(given) <= {"order", "interactions", "temperature"}
    ):
        order = int(given.get("order", "4"))
        kind, temperature = given.get("interactions", "full"), float(given.get("temperature", 0))
        return dense.overlap(order, load / units ** (order - 2), temperature, kind)
    return None


def _exact(model: str, units: int) -> float | None:
    """Give the load up to which nearly all items are exact fixed points, for large N.

    For Hebb it is 1/(2 ln N): McEliece et al. 1987, IEEE Trans. Inf. Theory 33:461. For Storkey
    it is 1/sqrt(2 ln N): Storkey & Valabregue 1999, Neural Networks 12:869. For projection it
    is 1: Personnaz et al. 1985, J. Phys. Lett. 46:359.
    """
    log = 2 * np.log(units)
    return {"hopfield": 1 / log, "hopfield:rule=storkey": log**-0.5, "hopfield:rule=projection": 1.0}.get(model)


def draw(data: xr.Dataset) -> Figure:
    """Draw overlap and exact recall against load.

    Points are medians over trials with their quartiles. Lines and triangles in the colour of a
    memory are its theory.
    """
    given = results.parameters(data) | patterns.described(data)
    figure = style.new(13.5, 6)
    panels = figure.subplots(1, 2, sharex=True)
    fine = np.geomspace(float(data["load"].min()), float(data["load"].max()), 400)
    theory = {"color": style.INK, "label": f"theory, N to infinity{patterns.assumed(data)}"}
    for model in map(str, data.model.values):
        colour = style.look(model)["color"]
        for axes, values in zip(panels, (data.overlap, data.exact), strict=True):
            style.band(axes, values.sel(model=model).mean("age"), "load", **style.look(model))
        if (predicted := _overlap(model, fine, given["units"])) is not None:
            there = np.where(predicted > 0, predicted, np.nan)
            panels[0].plot(fine, there, color=colour, linestyle="--", linewidth=2.6, alpha=0.6)
        if (threshold := _exact(model, given["units"])) is not None:
            panels[1].plot(threshold, 1.04, marker="v", color=colour, linestyle="", markersize=8, clip_on=False)
    cue = {"color": style.INK, "linewidth": 0.8, "linestyle": ":", "label": "overlap of the cue"}
    panels[0].axhline(1 - 2 * given["damage"], **cue)
    panels[0].plot([], [], linestyle="--", **theory)
    exact = {"color": style.INK, "label": "theory: nearly all are exact up to this load"}
    panels[0].plot([], [], marker="v", linestyle="", **exact)
    panels[0].set(xscale="log", ylim=(-0.05, 1.06))
    panels[1].set(ylim=(-0.05, 1.06))
    words = f"{patterns.caption(data)}, {given['damage']:.0%} of each cue inverted"
    style.tidy(panels[0], data["load"].attrs["long_name"], "overlap", "overlap with the item")
    style.tidy(panels[1], data["load"].attrs["long_name"], "share recalled exactly", "exact recall")
    for axes, values in zip(panels, (data.overlap, data.exact), strict=True):
        middle = values.mean("age").median("trial")
        last = {str(m): float(np.append(np.nan, middle.sel(model=m).dropna("load"))[-1]) for m in data.model.values}
        style.ends(axes, {style.readable(m): (y, style.look(m)["color"]) for m, y in last.items()})
    style.letters(panels)
    style.caption(figure, f"How much is held before recall fails? {words}", data.sizes["trial"])
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=5, frameon=False, fontsize=9)
    return figure
