"""Similarity: overlap of codes and familiarity against the overlap of inputs, one curve a load."""

from __future__ import annotations

import xarray as xr
from matplotlib.figure import Figure

from neuromem import patterns, results
from neuromem.figures import _style as style


def draw(data: xr.Dataset) -> Figure:
    """Draw the mean over trials with two standard errors.

    The dashed line is chance; crosses are an independent implementation, with two standard
    errors too.
    """
    figure = style.new(9, 3.8)
    codes, familiarity = figure.subplots(1, 2, sharex=True, sharey=True)
    for number, colour in style.coloured(data.stored.values):
        for axes, name in ((codes, "overlap"), (familiarity, "familiarity")):
            one = data[name].sel(stored=number)
            mean, error = one.mean("trial"), one.std("trial") / one.sizes["trial"] ** 0.5
            axes.errorbar(data.shared, mean, 2 * error, marker="o", markersize=4, color=colour, label=f"{number} stored")
        other = data.sel(stored=number)
        cross = {"fmt": "x", "color": colour, "markersize": 8, "markeredgewidth": 1.8}
        codes.errorbar(data.shared, other.independent, 2 * other.independent_error, **cross)
    if data.independent.notnull().any():
        codes.plot([], [], "x", color="0.3", label="independent implementation")
    given = results.parameters(data) | patterns.described(data)
    codes.axhline(1 / given["cells"], color="0.5", linestyle="--", linewidth=1, label="chance, 1 / cells")
    active = given["active"] if "activity" not in given else round(given["activity"] * given["units"])
    size = f"{active} of {given['units']} inputs active, {given['modules']} modules of {given['cells']} cells"
    style.tidy(codes, "overlap of the inputs", "overlap of the codes", size)
    style.tidy(familiarity, "overlap of the inputs", "familiarity G", "how familiar the new input is")
    codes.set_ylim(-0.03, 1.05)
    codes.legend(frameon=False, fontsize=8)
    return figure
