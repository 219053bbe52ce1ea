"""What all figures share: colours, medians with their band over trials, images."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure

COLOURS = colormaps["tab10"].colors + colormaps["Dark2"].colors  # type: ignore[attr-defined]
PAPER, INK = "#ffffff", "#1f2937"


def new(width: float, height: float) -> Figure:
    """Make an empty figure, in inches, that arranges its own panels."""
    return Figure(figsize=(width, height), layout="constrained", dpi=130)


def tidy(axes: Axes, x: str, y: str, title: str = "") -> None:
    """Set axis labels and a title, with a light grid and no box above and to the right."""
    axes.set(xlabel=x, ylabel=y)
    axes.set_title(title, loc="left", fontsize=10)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.25, linewidth=0.6)


def band(axes: Axes, data: xr.DataArray, x: str, over: str = "trial", **line: Any) -> None:
    """Draw the median of `data` over `over` against coordinate `x`, its quartiles as a band."""
    low, middle, high = (data.quantile(q, over) for q in (0.25, 0.5, 0.75))
    line = {"marker": "o", "markersize": 4, "linewidth": 1.6, **line}
    (drawn,) = axes.plot(data[x], middle, **line)
    axes.fill_between(data[x], low, high, color=drawn.get_color(), alpha=0.18, linewidth=0)


def readable(model: Any) -> str:
    """Give the name of a memory with its settings, such as 'ca3, gated, match best'."""
    name, *settings = str(model).split(":")
    return ", ".join([name.replace("_", " "), *(s.removesuffix("=True").replace("=", " ") for s in settings)])


def image(axes: Axes, item: np.ndarray, shape: Any = None) -> None:
    """Draw one item as a grey image, with dark ink and unknown units middle grey.

    Without a `shape` it is as square as its length can be.
    """
    rows = next(side for side in range(int(np.sqrt(item.size)), 0, -1) if item.size % side == 0)
    axes.imshow(-item.reshape(shape or (rows, -1)), cmap="gray", vmin=-1, vmax=1, interpolation="nearest")
    axes.set(xticks=[], yticks=[])
    for spine in axes.spines.values():
        spine.set(linewidth=0.4, color="#9ca3af")
