"""Associative recall: accuracy of trained models and untrained memories against pairs, bits held and operations."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from neuromem import results
from neuromem.catalogue import short
from neuromem.figures import _style as style


def draw(data: xr.Dataset) -> Figure:
    """Accuracy against pairs and learning curves above; accuracy at the most pairs against bits and operations below."""
    setting, most = results.parameters(data), int(data.pairs[-1])
    mixers = [str(name) for name in data.mixer.values]
    memories = [str(name) for name in data.memory.values] if "memory" in data.dims else []
    colour = dict(zip([*mixers, *(f"{name}, untrained" for name in memories)], style.COLOURS, strict=False))
    accuracy = data.accuracy.fillna(0)
    best = accuracy.median("trial").idxmax("rate")  # (mixer, pairs)
    figure = style.new(12.5, 8.2)
    (load, learning), (bits, operations) = figure.subplots(2, 2)

    for name in mixers:
        chosen = accuracy.sel(mixer=name).sel(rate=best.sel(mixer=name))
        style.band(load, chosen, "pairs", color=colour[name], label=short(name, without=("rate",)))
        rate = best.sel(mixer=name, pairs=most)
        one = data.sel(mixer=name, pairs=most, rate=rate)
        curve = one.learning.fillna(one.accuracy)  # a training that is done keeps its accuracy
        style.band(learning, curve, "evaluation", color=colour[name], marker="")
    for name in memories:
        values = data.untrained_accuracy.sel(memory=name)
        key = f"{name}, untrained"
        style.band(
            load,
            values,
            "pairs",
            color=colour[key],
            linestyle="--",
            marker="s",
            label=f"{short(name, without=('rate',))}, untrained",
        )
    chance = 1 / (setting["vocabulary"] // 2)
    load.axhline(chance, color="#6b7280", linewidth=1, linestyle=":", label="chance: any value")
    style.tidy(load, "pairs in a sequence", "questions answered rightly", f"{setting['task']}: load")
    load.set_xticks(data.pairs.values)
    style.tidy(learning, "training step", "questions answered rightly", f"learning, {most} pairs, best rate of each")

    for axes, name, text in ((bits, "bits", "bits that hold the sequence"), (operations, "operations", "operations")):
        for mixer in mixers:
            at = data.sel(mixer=mixer, pairs=most, rate=best.sel(mixer=mixer, pairs=most))
            _point(axes, at[name], at.accuracy.fillna(0), color=colour[mixer], marker="o")
        for memory in memories:
            at = data.sel(memory=memory, pairs=most)
            _point(axes, at[f"untrained_{name}"], at.untrained_accuracy, color=colour[f"{memory}, untrained"], marker="s")
        axes.set_xscale("log")
        style.tidy(axes, text, "questions answered rightly", f"{most} pairs")
    for axes in (load, learning, bits, operations):
        axes.set_ylim(-0.03, 1.05)
    figure.legend(*load.get_legend_handles_labels(), loc="outside right upper", frameon=False, fontsize=9)
    return figure


def _point(axes, x: xr.DataArray, y: xr.DataArray, **mark) -> None:
    """The median over trials, with the quartiles of the accuracy."""
    low, middle, high = (float(y.quantile(q)) for q in (0.25, 0.5, 0.75))
    axes.errorbar(float(np.median(x)), middle, [[middle - low], [high - middle]], markersize=7, capsize=3, **mark)
