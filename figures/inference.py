"""Inference: the share of chains inferred, against their number, and the hops of Hebb's matrix."""

from __future__ import annotations

import itertools

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from neuromem import results
from neuromem.figures import _style as style
from neuromem.theory import inference


def draw(data: xr.Dataset) -> Figure:
    """Draw the last item exact, for every memory, and overlaps of Hebb's matrix under theory."""
    given = results.parameters(data)
    figure = style.new(12.5, 5)
    left, right = figure.subplots(1, 2, width_ratios=[1.3, 1])
    number, last = data.sizes["trial"], data.exact.isel(hop=-1)
    looks = zip(style.COLOURS, itertools.cycle("os^vDP"), itertools.cycle(["-", "--", ":"]), strict=False)
    for model, (colour, marker, line) in zip(data.model.values, looks, strict=False):
        look = {"color": colour, "marker": marker, "linestyle": line, "markersize": 5, "linewidth": 1.4}
        style.points(left, last.sel(model=model), "chains", **look, label=style.readable(model))
    words = f"cue with {given['fraction']:.0%} flipped, items of {given['units']} units"
    style.tidy(left, "chains stored", f"exact after {given['hops']} hops, never told", words)
    left.set_xscale("log", base=2)
    left.legend(frameon=False, fontsize=8)
    shown = [model for model in data.model.values if "hebb" in str(model) and "dense" not in str(model)]
    fine = np.geomspace(float(data.chains[0]), float(data.chains[-1]), 100)
    start = max(0.0, 1 - 2 * round(given["fraction"] * given["units"]) / given["units"])
    theory = inference.chain_overlaps(start, fine * given["hops"] / given["units"], given["hops"])
    for hop, colour in zip(data.hop.values, style.COLOURS, strict=False):
        right.plot(fine, theory[:, hop - 1], color=colour, label=f"theory, hop {hop}")
        for model in shown[:1]:
            values = data.overlap.sel(model=model, hop=hop)
            look = {"color": colour, "marker": "o", "linestyle": "", "markersize": 5}
            style.points(right, values, "chains", **look, label=f"{style.readable(model)}, hop {hop}")
    style.tidy(right, "chains stored", "overlap with the right item", "Hebb's matrix; theory for large N")
    right.set_xscale("log", base=2)
    right.legend(frameon=False, fontsize=8)
    style.letters((left, right))
    style.caption(figure, "Associative inference: A > B and B > C are told, A > C is asked", number, means=True)
    return figure
