"""What all figures share: how a memory looks and is called, medians with their band, captions."""

from __future__ import annotations

import itertools
import re
import string
import zlib
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import xarray as xr
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from neuromem import checks
from neuromem.experiments._spread import standard_error

PAPER, INK = "#ffffff", "#1f2937"
# without yellow; colour-blind eyes tell them apart
OKABE_ITO = "#0072b2 #d55e00 #009e73 #cc79a7 #e69f00 #56b4e9"
TOL = "#332288 #117733 #882255 #999933 #aa4499 #44aa99 #000000 #6b7280 #ddcc77 #cc6677 #88ccee #661100"
COLOURS: tuple[str, ...] = (*OKABE_ITO.split(), *TOL.split())
MARKERS = "osD^vPX<>hp*d"
MODELS = {  # colour and marker of a memory, and what it is called
    "hopfield": ("#0072b2", "o", "Hopfield"),
    "hopfield:rule=storkey": ("#332288", "s", "Hopfield, Storkey"),
    "hopfield:rule=projection": ("#56b4e9", "D", "Hopfield, projection"),
    "dense_hebbian": ("#aa4499", "P", "dense Hebbian"),
    "willshaw": ("#117733", "X", "Willshaw"),
    "sdm": ("#999933", "p", "SDM"),
    "attention": ("#d55e00", "^", "attention"),
    "trained": ("#cc6677", "*", "trained attention"),
    "pavlov": ("#009e73", "h", "Pavlov"),
    "palimpsa": ("#44aa99", "<", "Palimpsa"),
    "sparsey": ("#cc79a7", ">", "Sparsey"),
    "ca3": ("#e69f00", "v", "CA3"),
    "ca3:gated=True:match=best": ("#661100", "d", "CA3, gated"),
    "ca3_attractor": ("#882255", "s", "CA3 attractor"),
}


def look(model: Any) -> dict[str, Any]:
    """Give the colour and the marker of a memory, the same in all figures.

    Settings that are not in the table keep the colour of their memory, with a marker and a line
    that follow from their text; a memory of one's own takes its colour so too.
    """
    spec = str(model)
    if spec in MODELS:
        return dict(zip(("color", "marker"), MODELS[spec], strict=False))
    name, _, settings = spec.partition(":")
    number = zlib.crc32((settings or name).encode())
    colour = MODELS[name][0] if name in MODELS else COLOURS[zlib.crc32(name.encode()) % len(COLOURS)]
    return {"color": colour, "marker": MARKERS[number % len(MARKERS)], "linestyle": ("--", ":", "-.")[number % 3]}


def coloured(values: Iterable[Any]) -> Iterator[tuple[Any, str]]:
    """Give each value with a colour; the colours begin again where they end."""
    return zip(values, itertools.cycle(COLOURS), strict=False)


def apart(models: Iterable[Any]) -> dict[str, dict[str, Any]]:
    """Give the look of each memory, where a picture compares the settings of one memory.

    Those in the table keep their look; each of the others takes a colour that is left.
    """
    looks = {str(model): look(model) for model in models}
    taken = {MODELS[spec][0] for spec in looks if spec in MODELS}
    left = itertools.cycle(colour for colour in COLOURS if colour not in taken)
    for at, spec in enumerate(spec for spec in looks if spec not in MODELS):
        looks[spec] = {"color": next(left), "marker": MARKERS[(at + 3) % 13], "linestyle": ("--", ":", "-.")[at % 3]}
    return looks


def shades(values: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
    """Give each value of a quantity with its colour, from dark to light."""
    values = list(values)
    return zip(values, colormaps["cividis"](np.linspace(0, 0.8, len(values))), strict=True)


def lines(values: Iterable[Any]) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Give each value with a colour, a marker and a dash, where many lines cross."""
    for at, (value, colour) in enumerate(coloured(values)):
        yield value, {"color": colour, "marker": "os^vDP"[at % 6], "linestyle": ("-", "--", ":")[at % 3]}


def readable(model: Any) -> str:
    """Give the name of a memory with its settings, such as 'CA3, gated' or 'Hopfield, storkey'."""
    if str(model) in MODELS:
        return MODELS[str(model)][2]
    name, *settings = str(model).split(":")
    title = MODELS[name][2] if name in MODELS else name.replace("_", " ")
    words = (s.removeprefix("rule=").removesuffix("=True").replace("=", " ").replace("_", " ") for s in settings)
    return ", ".join([title, *words])


def bare(model: Any) -> str:
    """Leave out the activity of a memory, where the caption says it."""
    return re.sub(r":activity=[^:]*", "", str(model))


def new(width: float, height: float) -> Figure:
    """Make an empty figure, in inches, that arranges its own panels."""
    return Figure(figsize=(width, height), layout="constrained", dpi=130)


def tidy(axes: Axes, x: str, y: str, title: str = "") -> None:
    """Set axis labels and a title, with a light grid and no box above and to the right."""
    axes.set(xlabel=x, ylabel=y)
    axes.set_title(title, loc="left", fontsize=10)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.25, linewidth=0.6)


def letters(panels: Iterable[Axes]) -> None:
    """Put a, b, c before the titles of the panels."""
    for letter, axes in zip(string.ascii_lowercase, panels, strict=False):
        axes.set_title(rf"$\bf{{{letter}}}$  {axes.get_title('left')}", loc="left", fontsize=10)


def caption(figure: Figure, words: str, trials: int = 0, means: bool = False) -> None:
    """Say above the panels what was done, and what points and bands are."""
    kind = "mean, bar: standard error" if means else "median, band or bar: quartiles"
    spread = f"\npoints: {kind}, of n = {trials} trials" if trials else ""
    figure.suptitle(words + spread, x=0.01, ha="left", fontsize=10)


def ends(axes: Axes, labels: dict[str, tuple[float, str]], gap: float = 0.062) -> None:
    """Write names at the right edge beside the ends of lines, given as (y, colour) of each name.

    Call it once all is drawn whose height the axes share: it fixes the limits. The name of a line
    that ends outside of them stands at the border.
    """
    labels = {name: end for name, end in labels.items() if np.isfinite(end[0])}  # others have no line
    if not labels:
        return
    axes.set_ylim(axes.get_ylim())
    place_of = axes.transScale + axes.transLimits
    heights = {name: float(place_of.transform((1, y))[1].clip(0, 1)) for name, (y, _) in labels.items()}
    names = sorted(heights, key=heights.__getitem__)
    places = np.array([heights[name] for name in names])
    for _ in range(200):  # neighbours that are too near push each other away
        for low, high in itertools.pairwise(range(len(places))):
            push = max(0.0, gap - (places[high] - places[low])) / 2
            places[low], places[high] = places[low] - push, places[high] + push
        places += max(0.0, -0.02 - places.min()) - max(0.0, places.max() - 1.02)
    for name, place in zip(names, places, strict=True):
        colour = labels[name][1]
        at = (1.0, heights[name]), (1.05, place), "axes fraction", "axes fraction"
        arrow = {"arrowstyle": "-", "color": colour, "linewidth": 0.7, "relpos": (0, 0.5)}
        axes.annotate(name, *at, color=colour, fontsize=9, va="center", arrowprops=arrow)


def band(axes: Axes, data: xr.DataArray, x: str, over: str | list[Any] = "trial", **line: Any) -> None:
    """Draw the median of `data` over `over` against coordinate `x`, its quartiles as a band."""
    seen = data.notnull().any(over)  # NumPy warns of a median of nothing
    low, middle, high = data.where(seen, 0).quantile((0.25, 0.5, 0.75), over).where(seen)
    line = {"marker": "o", "markersize": 4, "linewidth": 1.6, **line}
    (drawn,) = axes.plot(data[x], middle, **line)
    axes.fill_between(data[x], low, high, color=drawn.get_color(), alpha=0.18, linewidth=0)


def points(axes: Axes, data: xr.DataArray, x: str, errors: float = 1, /, **look: Any) -> None:
    """Draw the mean of `data` over trials against coordinate `x`, with so many standard errors.

    One trial has no standard error.
    """
    bars = errors * standard_error(data) if data.sizes["trial"] > 1 else None
    axes.errorbar(data[x], data.mean("trial"), bars, **look)


def boundary(axes: Axes, ends: xr.Dataset, y: str, **look: Any) -> None:
    """Draw where retrieval ends, loads with their standard errors, against coordinate `y`."""
    error = None if bool(ends.error.isnull().all()) else ends.error
    look = {"fmt": "o", "color": COLOURS[1], "markersize": 4, "capsize": 2, "linewidth": 1.2, **look}
    axes.errorbar(ends["load"], ends[y], xerr=error, **look)


Line = tuple[str, Iterable[np.ndarray]]  # a name and items


def sheet(axes: Axes, rows: Iterable[Line], titles: Iterable[tuple[int, str]] = (), shape: Any = None) -> None:
    """Draw rows of items as grey images, named at the left, with titles above some columns.

    Ink is dark and unknown units are middle grey. Without a `shape` an item is as square as its
    length can be. One pair of axes holds all, which is drawn sooner than a pair for each.
    """
    names, lines = zip(*((name, [np.asarray(item) for item in items]) for name, items in rows), strict=True)
    height, width = shape or checks.near_square(lines[0][0].size)
    high, wide = 1.13 * height, width + 0.13 * height  # an image and the gap behind it
    grey: dict[str, Any] = {"cmap": "gray", "vmin": -1, "vmax": 1, "interpolation": "nearest"}
    for row, line in enumerate(lines):
        for column, item in enumerate(line):
            left, top = column * wide, row * high
            axes.imshow(-item.reshape(height, width), extent=(left, left + width, top + height, top), **grey)
            axes.add_patch(Rectangle((left, top), width, height, fill=False, edgecolor="#9ca3af", linewidth=0.4))
    for column, title in titles:
        axes.text(column * wide, -0.13 * height, title, fontsize=10)
    axes.set(xlim=(0, max(map(len, lines)) * wide), ylim=(len(lines) * high, 0), xticks=[])
    axes.set_yticks([row * high + height / 2 for row in range(len(lines))], names, fontsize=9)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_anchor("NW")
