"""Similarity: overlap of codes and familiarity against the overlap of inputs, one curve a load."""

from __future__ import annotations

import xarray as xr
from matplotlib.figure import Figure

from neuromem import patterns, results
from neuromem.figures import _style as style


def draw(data: xr.Dataset) -> Figure:
    """Draw the mean over trials with two standard errors, of codes and of familiarity.

    The dashed line is chance; crosses are an independent implementation, with two standard
    errors too.
    """
    figure = style.new(12, 4.8)
    codes, familiarity = figure.subplots(1, 2, sharex=True, sharey=True)
    ends: tuple[dict[str, tuple[float, str]], ...] = ({}, {})
    for (number, colour), marker in zip(style.coloured(data.stored.values), style.MARKERS * 9, strict=False):
        for axes, name, end in zip((codes, familiarity), ("overlap", "familiarity"), ends, strict=True):
            one = data[name].sel(stored=number)
            style.points(axes, one, "shared", 2, marker=marker, markersize=4, color=colour)
            end[f"{number} stored"] = float(one.mean("trial")[-1]), colour
        other = data.sel(stored=number)
        cross = {"fmt": "x", "color": colour, "markersize": 9, "markeredgewidth": 1.8}
        codes.errorbar(data.shared, other.independent, 2 * other.independent_error, **cross)
    if data.independent.notnull().any():
        codes.plot([], [], "x", color=style.INK, label="independent implementation")
    given = results.parameters(data) | patterns.described(data)
    codes.axhline(1 / given["cells"], color=style.INK, linestyle="--", linewidth=1, label="chance, 1 / cells")
    style.tidy(codes, "overlap of the inputs", "overlap of the codes", "are codes as alike as their inputs?")
    style.tidy(familiarity, "overlap of the inputs", "familiarity G", "how familiar is the new input?")
    codes.set_ylim(-0.03, 1.05)
    codes.legend(frameon=False, fontsize=9, loc="upper left")
    for axes, end in zip((codes, familiarity), ends, strict=True):
        style.ends(axes, end)
    style.letters((codes, familiarity))
    active = given["active"] if "activity" not in given else round(given["activity"] * given["units"])
    words = f"Does Sparsey keep likeness? {active} of N = {given['units']} inputs active, {given['modules']} modules of"
    words += f" {given['cells']} cells\npoints: mean and two standard errors of n = {data.sizes['trial']} trials"
    full = [int(number) for number in data.stored if float(data.familiarity.sel(stored=number).mean("trial").min()) > 0.99]
    if full:
        words += f"; b: with {full[0]} stored every input looks familiar, so familiarity fails"
    style.caption(figure, words)
    return figure
