"""Blocks: what is left of the first block, and how well the newest is learnt."""

from __future__ import annotations

import xarray as xr
from matplotlib.figure import Figure

from neuromem import results
from neuromem.figures import _style as style


def draw(data: xr.Dataset) -> Figure:
    """Draw a row a correlation: the first block on the left, the newest on the right."""
    given = results.parameters(data)
    rows = data.sizes["correlation"]
    figure = style.new(12.5, 3.6 * rows + 0.8)
    panels = figure.subplots(rows, 2, sharex=True, sharey=True, squeeze=False)
    colours = dict(zip(data.model.values.tolist(), style.COLOURS, strict=False))
    last: list[dict[str, tuple[float, str]]] = []  # where the lines end, of each panel
    for line, correlation in zip(panels, data.correlation.values, strict=True):
        kind = f"families correlated by {correlation:g}" if correlation else "keys without correlations"
        for axes, name in zip(line, ("first", "newest"), strict=True):
            values = data[name].sel(correlation=correlation)
            ends: dict[str, tuple[float, str]] = {}
            last.append(ends)
            for model, colour in colours.items():
                one = values.sel(model=model)
                style.band(axes, one, "block", color=colour)
                ends[style.readable(model)] = float(one.isel(block=-1).median("trial")), colour
            if name == "first" and not correlation:
                axes.plot(data.block, data.theory, color=style.INK, linewidth=5, alpha=0.2)
                ends["theory, delta"] = float(data.theory[-1]), style.INK
            full = given["units"] / given["size"]
            axes.axvline(full, color=style.INK, linestyle=":", linewidth=0.8)
            style.tidy(axes, "", "", f"{name} block, {kind}")
    for axes, ends in zip(panels.flat, last, strict=True):  # the panels have one height: that of all lines
        style.ends(axes, ends)
    for axes in panels[-1]:
        axes.set_xlabel(f"blocks learnt, {given['size']} pairs each; dotted: as many pairs as units")
    figure.supylabel("overlap with the right values", fontsize=10)
    style.letters(panels.flat)
    words = f"Which memory keeps the first block, and still learns the newest? N = {given['units']}"
    style.caption(figure, words, data.sizes["trial"])
    return figure
