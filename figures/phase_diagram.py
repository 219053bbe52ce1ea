"""Phase diagrams: measured maps of overlap and replicas, under the lines of theory."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import xarray as xr
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from neuromem import patterns, results
from neuromem.experiments.phase_diagram import boundary
from neuromem.figures import _detection, _memory_phases
from neuromem.figures import _style as style
from neuromem.theory import dense, hopfield, learning, multitasking

RUNS = ("trial", "start", "replica")
LINES = {"T_M": "-", "T_c": "--", "T_g": ":"}
THEORY = "theory, N to infinity"
Phases = dict[str, tuple[float, float]]  # name: where it is written
PHASES: dict[str, Phases] = {  # where the names of phases are written: load and temperature; of dense, for P = 4, distinct
    "hopfield": {
        "retrieval": (0.026, 0.15),
        "metastable\nretrieval": (0.08, 0.255),
        "spin glass": (0.115, 0.75),
        "paramagnet": (0.048, 1.38),
    },
    "dense": {
        "retrieval": (0.0125, 0.24),
        "metastable": (0.0235, 0.36),
        "spin glass": (0.0435, 0.096),
        "paramagnet": (0.035, 0.51),
    },
}
LEARNED: dict[str, Phases] = {  # quality and examples; load and temperature: for P = 2 and these settings
    "examples": {"learned": (0.68, 160), "too few examples": (0.37, 2)},
    "heated": {"retrieval": (0.027, 0.12), "no retrieval": (0.105, 0.72)},
}
LEARNED_AT = {"order": 2, "learned_load": 0.05, "quality": 0.3, "examples": 100}
WHY = {
    "dense": """
Why it departs from theory: with only N = {N} units, noise carries runs over a low barrier before retrieval ends
(below $T_M$ at small load); near T = 0 runs stay trapped beside the item where theory has no state (right of $T_M$).""",
    "learning": """
Why it departs from theory: with only N = {N} units the transition is wide, and a run that begins at the archetype
may stay beside it for all {steps} sweeps after theory's state has ended. Steps in the line: examples are whole numbers.""",
}
NAMES = {"T_M": "$T_M$ retrieval exists", "T_c": "$T_c$ retrieval has the lowest free energy", "T_g": "$T_g$ glass"}


def draw(data: xr.Dataset) -> Figure:
    """Draw the maps of one network."""
    if results.parameters(data)["network"] == "detection":
        return _detection.draw(data)
    chosen = ("units", "order", "recalled", "learned_load")
    given = results.parameters(data) | {name: data[name].item() for name in chosen if name in data.coords}
    if "model" in data.dims:
        return _memory_phases.draw(data, _map, _line)
    return {"learning": _learning, "multitasking": _multitasking}.get(given["network"], _storing)(data, given)


def _map(axes: Axes, values: xr.DataArray, x: str, y: str, **colours: Any) -> Any:
    """Draw `values` in colour against two of its coordinates."""
    colours = {"vmin": 0, "vmax": 1, "cmap": "viridis", **colours}
    mesh = axes.pcolormesh(values[x], values[y], values.transpose(y, x), shading="nearest", rasterized=True, **colours)
    axes.set(xlabel=_label(values[x]), ylabel=_label(values[y]))
    return mesh


def _label(coordinate: xr.DataArray) -> str:
    """Give the long name, with the power of the network's order."""
    power = int(coordinate.order) - 1
    return coordinate.attrs["long_name"].replace("N^(P-1)", f"$N^{power}$" if power > 1 else "N")


def _line(axes: Axes, x: Any, y: Any, **line: Any) -> None:
    """Draw a theory line that is seen on any colour."""
    edge = [patheffects.withStroke(linewidth=4, foreground="black")]
    axes.plot(x, y, **{"color": "white", "linewidth": 2, "path_effects": edge, "scalex": False, "scaley": False, **line})


def _over(values: xr.DataArray, how: str, recalled: float) -> xr.DataArray:
    """Give the median over all runs, or the share of them above `recalled`."""
    runs = [dim for dim in RUNS if dim in values.dims]
    if how == "median":
        return values.median(runs)
    return (values > recalled).mean(runs).assign_coords(values.median(runs).coords)


def _storing(data: xr.Dataset, given: dict[str, Any]) -> Figure:
    order, loads, temperatures = given["order"], data["load"], data.temperature
    figure = style.new(17, 9.6)
    recalled = given["recalled"]
    maps = {
        "median overlap with the item": _over(data.overlap, "median", recalled),
        f"share of runs above {recalled}": _over(data.overlap, "share", recalled),
        "median overlap of two replicas": _over(abs(data.alike), "median", recalled),
    }
    load = np.linspace(0, float(loads[-1] + loads[0]), 300)[1:]
    hot = np.linspace(0, float(temperatures[-1] + temperatures[0]), 60)
    lines: dict[str, Any] = {}  # no theory for rules other than Hebb's
    if given.get("rule", "hebb") == "hebb" and given["network"] == "hopfield":
        lines = {
            "T_M": (hopfield.critical_load(hot), hot),
            "T_c": (hopfield.transition_load(hot), hot),
            "T_g": (load, hopfield.glass_temperature(load)),
        }
    elif given["network"] == "dense":
        kind = given["interactions"]
        lines = {
            "T_M": (dense.critical_load(order, hot, kind), hot),
            "T_c": (dense.transition_load(order, hot, kind), hot),
            "T_g": (load, dense.glass_temperature(order, load, kind)),
        }
    (*above, end), (panel, *cuts) = figure.subplots(2, 3)
    panels = [*above, panel]
    for axes, (title, values) in zip(panels, maps.items(), strict=True):
        mesh = _map(axes, values, "load", "temperature")
        for name, (x, y) in lines.items():
            seen = (np.asarray(x) > 0) | (np.roll(x, 1) > 0)  # down to where the load vanishes
            _line(axes, np.where(seen, x, np.nan), y, linestyle=LINES[name], label=NAMES[name])
        axes.set_title(title, loc="left", fontsize=10)
        figure.colorbar(mesh, ax=axes, pad=0.01, label=title)
    if lines and (given["network"] == "hopfield" or (order, given["interactions"]) == (4, "distinct")):
        _write(panels[0], PHASES[given["network"]])
    ends = boundary(data)
    style.boundary(panels[1], ends, "temperature")
    style.boundary(end, ends, "temperature", label=f"half of the runs above {recalled}, standard error")
    if lines:
        end.plot(*lines["T_M"], color=style.INK, label=f"{NAMES['T_M']}, {THEORY}")
    style.tidy(end, _label(loads), "temperature", f"where retrieval ends, over {data.sizes['trial']} trials")
    end.set(xlim=(0, load[-1]), ylim=(0, hot[-1]))
    end.legend(frameon=False, fontsize=9)
    _cut(cuts[0], data.isel(load=len(loads) // 4), "temperature", given, bool(lines))
    _cut(cuts[1], data.isel(temperature=len(temperatures) // 8), "load", given, bool(lines))
    style.letters((*above, end, panel, *cuts))
    many = data.sizes["trial"] * data.sizes["start"] * data.sizes["replica"]
    words = (
        f"{given.get('rule', 'hebb')} rule" if given["network"] == "hopfield" else f"P = {order}, {given['interactions']}"
    )
    title = f"{given['network'].capitalize()} network, {patterns.caption(data)}, {words}"
    title += f": {many} runs of {given['steps']} sweeps a point, each begun at an item"
    style.caption(figure, title + (WHY["dense"].format(N=given["units"]) if given["network"] == "dense" else ""))
    if lines:
        _legend(figure, panels[0], assumed=patterns.assumed(data))
    return figure


def _write(axes: Axes, phases: Phases) -> None:
    """Write the names of phases into a map, those whose place is in it."""
    edge = [patheffects.withStroke(linewidth=3, foreground="black")]
    for word, (x, y) in phases.items():
        if axes.viewLim.contains(x, y):
            axes.text(x, y, word, ha="center", va="center", color="white", fontsize=10, path_effects=edge)


def _points(axes: Axes, values: xr.DataArray, x: str, **look: Any) -> None:
    """Draw the median over all runs against `x`, the quartiles as error bars."""
    runs = [dim for dim in RUNS if dim in values.dims]
    low, middle, high = (values.quantile(q, runs) for q in (0.25, 0.5, 0.75))
    spread = np.abs([middle - low, high - middle])
    look = {"fmt": "o", "color": style.COLOURS[0], "markersize": 4, "label": "median, quartiles", **look}
    axes.errorbar(values[x], middle, spread, **look)


def _cut(axes: Axes, data: xr.Dataset, x: str, given: dict[str, Any], hebb: bool) -> None:
    """Draw the overlap against load or temperature, the other being fixed, beside theory."""
    one, fixed = data.overlap, "temperature" if x == "load" else "load"
    _points(axes, one, x)
    if hebb:
        order, kind = given["order"], given["interactions"]
        theory = hopfield.overlap if given["network"] == "hopfield" else partial(dense.overlap, order, interactions=kind)
        along = np.linspace(1e-3 * float(one[x][-1]), float(one[x][-1]), 200)
        at = {"temperature": along, "load": along} | {fixed: np.full(200, float(one[fixed]))}
        axes.plot(along, theory(at["load"], temperature=at["temperature"]), color=style.INK, label=THEORY)
    style.tidy(axes, _label(one[x]), "overlap with the item", f"cut at {fixed} {float(one[fixed]):.3g}")
    axes.set_ylim(-0.05, 1.05)
    axes.legend(frameon=False, fontsize=9)


def _legend(figure: Figure, *panels: Axes, assumed: str = "") -> None:
    """Name the theory lines of the panels, below them."""
    lines = {label: line for axes in panels for line, label in zip(*axes.get_legend_handles_labels(), strict=True)}
    figure.legend(
        lines.values(),
        lines.keys(),
        loc="outside lower center",
        ncols=len(lines),
        fontsize=9,
        facecolor="#94a3b8",
        title=f"theory, N to infinity{assumed}",
    )


def _learning(data: xr.Dataset, given: dict[str, Any]) -> Figure:
    order, kind, recalled = given["order"], given["interactions"], given["recalled"]
    figure = style.new(16.5, 8.6)
    panels = figure.subplots(2, 4)
    quality = np.linspace(float(data.quality[0]), float(data.quality[-1]), 25)
    hot = np.linspace(0, float(data.temperature[-1]), 25)
    for row, training in zip(panels, data.training.values, strict=True):
        supervised = training == "supervised"
        shown, heated = data.overlap.sel(training=training), data.heated.sel(training=training)
        for axes, values, how in zip(row[:3], (shown, shown, heated), ("median", "share", "median"), strict=True):
            plane = ("load", "temperature") if values is heated else ("quality", "examples")
            mesh = _map(axes, _over(values, how, recalled), *plane)
            words = "median overlap" if how == "median" else f"share of runs above {recalled}"
            axes.set_title(f"{training}: {words}", loc="left", fontsize=10)
        needed = learning.examples_needed(order, given["learned_load"], quality, supervised, overlap=recalled)
        for axes in row[:2]:
            axes.set_yscale("log")
            _line(axes, quality, needed, label=f"examples for overlap {recalled}")
        spinodal = learning.network(order, given["quality"], given["examples"], supervised, kind).critical_load(hot)
        _line(row[2], spinodal, hot, label=NAMES["T_M"], linestyle="--")
        row[2].set_title(f"{training}: median, r = {given['quality']}, M = {given['examples']}", loc="left", fontsize=10)
        if all(np.isclose(given[name], value) for name, value in LEARNED_AT.items()):
            _write(row[0], LEARNED["examples"])
            _write(row[2], LEARNED["heated"])
        one = shown.isel(quality=data.sizes["quality"] // 2)
        known = {"supervised": supervised, "interactions": kind, "quality": float(one.quality)}
        expected = [learning.overlap(order, given["learned_load"], examples=int(m), **known) for m in one.examples]
        _points(row[3], one, "examples")
        row[3].plot(one.examples, expected, color=style.INK, label=THEORY)
        style.tidy(
            row[3], "examples of each archetype", "overlap", f"{training}: cut at r = {float(one.quality):.2g}, T = 0"
        )
        row[3].set(xscale="log", ylim=(-0.05, 1.05))
        row[3].legend(frameon=False, fontsize=9, loc="lower right")
    figure.colorbar(mesh, ax=panels[:, :3], pad=0.01, label="median overlap, or share of runs")
    style.letters(panels.flat)
    words = "pairwise" if order == 2 else f"P = {order}, {kind}"
    title = f"Learning from noisy examples, {words}, N = {given['units']}"
    title += f"; examples: load {given['learned_load']:.2g}, T = 0; {data.sizes['trial']} trials"
    style.caption(figure, title + WHY["learning"].format(N=given["units"], steps=given["steps"]))
    _legend(figure, panels[0, 0], panels[0, 2])
    return figure


def _multitasking(data: xr.Dataset, given: dict[str, Any]) -> Figure:
    patterns, coldest = data.sizes["pattern"], float(data.temperature[0])
    figure = style.new(14, 5)
    left, *panels = figure.subplots(1, 1 + min(patterns, 2))
    fine = np.linspace(0, 1, 201)
    theory = multitasking.overlaps(patterns, fine, coldest)
    for number, colour in style.coloured(range(patterns)):
        values = data.overlap.isel(temperature=0, pattern=number)
        _points(left, values, "dilution", color=colour, fmt="osD^v"[number % 5], label=f"pattern {number + 1}")
        left.plot(fine, theory[:, number], color=colour)
    left.plot([], [], color="grey", label=THEORY)
    if patterns > 2:
        left.axvline(multitasking.stability_dilution(patterns), color=style.INK, linestyle=":", linewidth=1)
    style.tidy(left, "dilution", "overlap", f"cut at T = {coldest:.3g}; dotted: hierarchy ends at T = 0")
    left.legend(frameon=False, fontsize=9)
    dilution, hot = np.meshgrid(np.linspace(0, 1, 31), np.linspace(0.01, float(data.temperature[-1]), 31))
    solved = multitasking.overlaps(patterns, dilution, hot)
    for axes, number in zip(panels, range(patterns), strict=False):
        mesh = _map(
            axes, data.overlap.isel(pattern=number).median("trial"), "dilution", "temperature", vmax=(1.0, 0.3)[number]
        )
        line = axes.contour(dilution, hot, solved[..., number], levels=[0.05], colors="white", linewidths=2)
        line.set(path_effects=[patheffects.withStroke(linewidth=4, foreground="black")])
        axes.set_title(f"pattern {number + 1}", loc="left", fontsize=10)
        figure.colorbar(mesh, ax=axes, pad=0.01, label=f"median overlap with pattern {number + 1}")
    if patterns == 3:
        _write(panels[0], {"pattern 1 recalled": (0.3, 0.25), "paramagnet": (0.72, 0.75)})
        _write(panels[1], {"recalled too": (0.55, 0.12), "pattern 1 alone": (0.24, 0.42), "paramagnet": (0.72, 0.75)})
    style.letters((left, *panels))
    title = f"Multitasking network: {patterns} patterns at once, N = {given['units']}, {data.sizes['trial']} trials"
    title += ": points are medians, bars quartiles\nwhite line: where theory ends for N to infinity"
    style.caption(figure, title + "; the faint stripe beside it in c is critical noise, which fades as N grows")
    return figure
