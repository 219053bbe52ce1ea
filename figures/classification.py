"""Classification: errors of a dense memory as it learns, and what its items become."""

from __future__ import annotations

import xarray as xr
from matplotlib.figure import Figure

from neuromem import results
from neuromem.figures import _style as style

ITEMS = 8  # drawn for each order


def draw(data: xr.Dataset) -> Figure:
    """Draw the errors over the passes on the left; learnt items on the right, a row an order."""
    figure = style.new(12, 5)
    left, right = figure.subfigures(1, 2, width_ratios=[1, 1.1], squeeze=False)[0]
    axes = left.subplots()
    for order, colour in style.coloured(data.order.values):
        style.band(axes, 100 * data.wrong.sel(order=order), "epoch", color=colour, label=f"n = {order}")
    near = 100 * float(data.nearest.mean())
    axes.axhline(near, color=style.INK, linewidth=1, linestyle="--", label="nearest image")
    axes.set_ylim(0, 4 * near)
    title = f"{results.parameters(data)['memories']} items, {results.parameters(data)['test']} test images"
    style.tidy(axes, "passes over the images", "wrong, %", title)
    axes.legend(frameon=False)
    grid = right.subplots(len(data.order), ITEMS, squeeze=False)
    for row, order in zip(grid, data.order.values, strict=True):
        for place, item in zip(row, data.learnt.sel(order=order).isel(trial=0).values, strict=False):
            style.image(place, item)
        row[0].set_ylabel(f"n = {order}", fontsize=9)
    right.suptitle("learnt items", fontsize=10)
    return figure
