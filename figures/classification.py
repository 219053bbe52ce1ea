"""Classification: errors of a dense memory as it learns, and what its items become."""

from __future__ import annotations

import xarray as xr
from matplotlib.figure import Figure

from neuromem import results
from neuromem.figures import _style as style

ITEMS = 8  # drawn for each order


def draw(data: xr.Dataset) -> Figure:
    """Draw the errors over the passes on the left; learnt items on the right, a row an order."""
    given = results.parameters(data)
    figure = style.new(13, 5)
    left, right = figure.subfigures(1, 2, width_ratios=[1.25, 1], squeeze=False)[0]
    axes = left.subplots()
    ends: dict[str, tuple[float, str]] = {}
    for (order, look), line in zip(style.lines(data.order.values), ("-", "--", "-.", ":") * 9, strict=False):
        wrong = 100 * data.wrong.sel(order=order)
        style.band(axes, wrong, "epoch", **look | {"linestyle": line, "markevery": 6})
        ends[f"order {order}"] = float(wrong.median("trial")[-1]), look["color"]
    near = 100 * float(data.nearest.median())
    axes.axhline(near, color=style.INK, linewidth=1, linestyle=(0, (1, 3)))
    ends["nearest image"] = near, style.INK
    axes.set_ylim(0, max(4 * near, 1.05 * max(end for end, _ in ends.values())))
    style.tidy(axes, "passes over the training images", "test images wrong (%)", "errors while it learns")
    style.ends(axes, ends)
    style.letters([axes])
    learnt = data.learnt.isel(trial=0, item=slice(ITEMS))
    style.sheet(right.subplots(), [(f"order {order}", learnt.sel(order=order).values) for order in data.order.values])
    right.suptitle(r"$\bf{b}$  what learnt items become, the first eight", x=0.01, ha="left", fontsize=10)
    words = f"How well does a dense memory classify {given['items']} from {given['memories']} learnt items?"
    style.caption(figure, f"{words} {given['test']} test images", data.sizes["trial"])
    return figure
