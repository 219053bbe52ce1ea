"""Rasters of spikes and diagrams of circuits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Circle

import neuromem.figures._style as style


def raster(axes: Axes, record: Any, populations: Sequence[str], copy: int | None = None) -> None:
    """Draw the spikes of `populations`, a band of rows each from top to bottom.

    `record` is a Record, or anything with its arrays `time_ms`, `population` and `neuron` of
    (spike,). `copy` is the independent copy to show, and None shows all.
    """
    time, names, neuron = (np.asarray(getattr(record, key)) for key in ("time_ms", "population", "neuron"))
    shown = np.ones(len(time), bool) if copy is None else np.asarray(record.copy) == copy
    base, ticks = 0, []
    for n, population in enumerate(populations):
        mine = shown & (names == population)
        rows = int(neuron[names == population].max(initial=0)) + 1
        colour = style.COLOURS[n % len(style.COLOURS)]
        axes.vlines(time[mine], base + neuron[mine] + 0.08, base + neuron[mine] + 0.92, color=colour, linewidth=1.4)
        axes.axhspan(base, base + rows, color=colour, alpha=0.05, linewidth=0)
        ticks.append(base + rows / 2)
        base += rows + 1
    axes.set(ylim=(base - 0.5, -0.5), yticks=ticks, xlabel="time (ms)")
    axes.set_yticklabels(populations, fontsize=8)
    axes.tick_params(axis="y", length=0)
    axes.spines[["top", "right", "left"]].set_visible(False)


def diagram(axes: Axes, circuit: Any) -> None:
    """Draw the circuit, with its populations on a ring.

    Excitation has arrows, inhibition has bars, and plastic projections are dashed. A circle
    beside a population is a projection to itself; a dotted line joins a gate to the cells it
    opens plasticity on.
    """
    angle = np.pi / 2 - 2 * np.pi * np.arange(len(circuit.populations)) / len(circuit.populations)
    place = {p.name: (float(np.cos(a)), float(np.sin(a))) for p, a in zip(circuit.populations, angle, strict=True)}
    for p in circuit.projections:
        excites = p.receptor == "excitatory"
        colour, line = style.COLOURS[0 if excites else 3], "--" if p.plasticity else "-"
        if p.plasticity and p.plasticity.gate:
            ends = zip(place[p.plasticity.gate], place[p.post], strict=True)
            axes.plot(*ends, ":", color="#9ca3af", linewidth=1, zorder=0)
        if p.pre == p.post:
            x, y = place[p.pre]
            axes.add_patch(Circle((1.16 * x, 1.13 * y), 0.07, fill=False, color=colour, linestyle=line, linewidth=1.1))
            continue
        arrow = {
            "arrowstyle": "-|>" if excites else "|-|, widthA=0, widthB=0.35",
            "color": colour,
            "linestyle": line,
            "connectionstyle": "arc3,rad=0.16",
            "shrinkA": 22,
            "shrinkB": 22,
            "linewidth": 1.1,
        }
        axes.annotate("", place[p.post], place[p.pre], arrowprops=arrow)
    for p in circuit.populations:
        box = {"boxstyle": "round,pad=0.3", "facecolor": "#f3f4f6" if p.cell else "#fef3c7", "edgecolor": style.INK}
        x, y = place[p.name]
        axes.text(x, y, f"{p.name}\n{p.size}", ha="center", va="center", fontsize=8, bbox=box)
    axes.set(xlim=(-1.3, 1.3), ylim=(-1.25, 1.25), aspect="equal")
    axes.axis("off")
