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
    figure = style.new(12, 5.2)
    panels = figure.subplots(1, 2, sharex=True, sharey=True)
    fine = np.geomspace(float(data["load"].min()), float(data["load"].max()), 400)
    theory = {"color": style.INK, "label": f"theory, N to infinity{patterns.assumed(data)}"}
    for number, model in enumerate(map(str, data.model.values)):
        colour = style.COLOURS[number % len(style.COLOURS)]
        for axes, values in zip(panels, (data.overlap, data.exact), strict=True):
            style.band(axes, values.sel(model=model).mean("age"), "load", color=colour, label=model)
        if (predicted := _overlap(model, fine, given["units"])) is not None:
            panels[0].plot(fine, np.where(predicted > 0, predicted, np.nan), color=colour, linestyle="--", linewidth=2.2)
        if (threshold := _exact(model, given["units"])) is not None:
            panels[1].plot(threshold, 1.04, marker="v", color=colour, linestyle="", markersize=8, clip_on=False)
    panels[0].axhline(1 - 2 * given["damage"], color=style.INK, linewidth=0.8, linestyle=":", label="the cue itself")
    panels[0].plot([], [], linestyle="--", **theory)
    panels[0].plot([], [], marker="v", linestyle="", color=style.INK, label="theory, exact recall")
    panels[0].set(xscale="log", ylim=(-0.05, 1.06))
    words = f"{patterns.caption(data)}, {given['damage']:.0%} of each cue inverted"
    style.tidy(panels[0], data["load"].attrs["long_name"], "overlap", words)
    style.tidy(panels[1], data["load"].attrs["long_name"], "", "share recalled exactly")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=5, frameon=False, fontsize=9)
    return figure
