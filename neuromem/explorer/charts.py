"""Figures of what holds a memory, and of a recall against the step; each is updated in place."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from bokeh.models import ColumnDataSource, CustomJS, HoverTool, LinearColorMapper, Range1d, Span

from .holds import Bars, Code, Counts, Heat, Raster
from .pictures import BLUE, GREY, INK, ORANGE, POINTED, plain

WIDTH, HEIGHT = 420, 200  # of a way
HELD = 310  # the width of what holds a memory
BORDERS = {"min_border_left": 62, "min_border_right": 12}  # so that figures stand in line
PALETTE = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#6b7280"]
HEAT = """
const g = cb_data.geometry, n = Math.round(heat.data.dw[0])
const units = [Math.floor(g.y), Math.floor(g.x)].filter(i => i >= 0 && i < n)
pointer.data = {unit: units, x: units.map(i => places.data.x[i]), y: units.map(i => places.data.y[i]),
                middle: units.map(i => i + 0.5)}
"""


class Chart(ABC):
    """A figure of one kind of view.

    Parameters
    ----------
    pointed : ColumnDataSource
        The unit under the mouse.
    places : ColumnDataSource
        Where units stand in images.
    colour : str
        Of the memory.
    """

    view: type
    clock: Span | None = None  # marks the step on an axis of time

    def __init__(self, pointed: ColumnDataSource, places: ColumnDataSource, colour: str):
        self.colour = colour
        self.figure = plain(HELD, HEIGHT, "", **BORDERS)
        self.shown: Any = None
        self.build(pointed, places)

    @abstractmethod
    def build(self, pointed: ColumnDataSource, places: ColumnDataSource) -> None:
        """Make the glyphs.

        Parameters
        ----------
        pointed, places : ColumnDataSource
            As the chart was given them.
        """

    @abstractmethod
    def show(self, view: Any) -> None:
        """Show a view.

        Parameters
        ----------
        view : View
            Of the chart's kind.
        """

    def mark(self, time: float) -> None:
        """Mark the step that is shown, where the chart has an axis of time.

        Parameters
        ----------
        time : float
            Of the step.
        """
        if self.clock is not None:
            self.clock.location = time


class _BarsChart(Chart):
    """A bar for each item, its own in colour."""

    view = Bars

    def build(self, pointed: ColumnDataSource, places: ColumnDataSource) -> None:
        """Make the glyphs."""
        self.source = ColumnDataSource({"item": [], "value": [], "colour": []})
        bars = self.figure.vbar("item", 0.8, "value", source=self.source, fill_color="colour", line_color=None)
        self.figure.xaxis.axis_label = "stored item"
        self.figure.add_tools(HoverTool(renderers=[bars], tooltips=[("item", "@item"), ("", "@value{0.000}")]))

    def show(self, view: Bars) -> None:
        """Show the bars."""
        number = len(view.values)
        colours = [GREY] * number
        if view.own < number:
            colours[view.own] = self.colour
        self.source.data = {"item": np.arange(1, number + 1), "value": view.values, "colour": colours}


class _CountsChart(Chart):
    """A histogram, what is below 0 in red."""

    view = Counts

    def build(self, pointed: ColumnDataSource, places: ColumnDataSource) -> None:
        """Make the glyphs."""
        self.source = ColumnDataSource({"left": [], "right": [], "top": [], "colour": []})
        self.figure.quad(
            "left", "right", "top", 0, source=self.source, fill_color="colour", line_color="white", line_width=0.5
        )
        self.figure.add_layout(Span(location=0, dimension="height", line_color=INK, line_width=1))
        self.figure.xaxis.axis_label = "field along the item; below 0 a unit flips"
        self.figure.yaxis.axis_label = "units"

    def show(self, view: Counts) -> None:
        """Show the histogram."""
        left, right = view.edges[:-1], view.edges[1:]
        colours = np.where((left + right) / 2 <= 0, ORANGE, GREY).tolist()
        self.source.data = {"left": left, "right": right, "top": view.counts, "colour": colours}


class _HeatChart(Chart):
    """A picture of an array, whose rows and columns may be units."""

    view = Heat

    def build(self, pointed: ColumnDataSource, places: ColumnDataSource) -> None:
        """Make the glyphs."""
        self.figure.width, self.figure.height, self.figure.min_border_left = 220, HEIGHT, 34
        self.figure.x_range, self.figure.y_range = Range1d(0, 1), Range1d(1, 0)
        self.figure.grid.visible = False
        self.mapper = LinearColorMapper(palette=_diverging(), low=-1, high=1)
        self.source = ColumnDataSource({"image": [np.zeros((1, 1))], "dw": [1.0], "dh": [1.0]})
        glyph = {"image": "image", "x": 0, "y": 0, "dw": "dw", "dh": "dh"}
        picture = self.figure.image(source=self.source, color_mapper=self.mapper, **glyph)
        marks = {"source": pointed, "fill_color": POINTED, "fill_alpha": 0.25, "line_color": None}
        self.bands = [
            self.figure.hbar("middle", 1, right=10**6, left=0, **marks),
            self.figure.vbar("middle", 1, top=10**6, bottom=0, **marks),
        ]
        self.hover = HoverTool(renderers=[picture], tooltips=[("", "@image{0.000}")])
        arguments = {"heat": self.source, "pointer": pointed, "places": places}
        self.linking = CustomJS(args=arguments, code=HEAT)
        self.figure.add_tools(self.hover)

    def show(self, view: Heat) -> None:
        """Show the picture; white is 0."""
        rows, columns = view.values.shape
        self.source.data = {"image": [view.values], "dw": [float(columns)], "dh": [float(rows)]}
        top = float(np.abs(view.values).max()) or 1.0
        self.mapper.low, self.mapper.high = -top, top
        self.figure.x_range.end, self.figure.y_range.start = columns, rows
        self.hover.callback = self.linking if view.linked else None
        for band in self.bands:
            band.visible = view.linked


class _CodeChart(Chart):
    """Winners of modules."""

    view = Code

    def build(self, pointed: ColumnDataSource, places: ColumnDataSource) -> None:
        """Make the glyphs."""
        self.figure.x_range, self.figure.y_range = Range1d(0, 1), Range1d(0, 1)
        self.now, self.stored = (ColumnDataSource({"module": [], "cell": []}) for _ in range(2))
        where = {"x": "module", "y": "cell"}
        self.figure.scatter(source=self.now, marker="square", size=6, color=self.colour, **where)
        self.figure.scatter(source=self.stored, marker="square", size=9, fill_alpha=0, line_color=INK, **where)
        self.figure.xaxis.axis_label, self.figure.yaxis.axis_label = "module", "cell"

    def show(self, view: Code) -> None:
        """Show both codes."""
        self.figure.x_range.start, self.figure.x_range.end = -1, len(view.now)
        self.figure.y_range.start, self.figure.y_range.end = -1, view.cells
        for source, winners in ((self.now, view.now), (self.stored, view.stored)):
            there = np.flatnonzero(winners >= 0)
            source.data = {"module": there, "cell": winners[there]}


class _RasterChart(Chart):
    """Spikes over time, with the step that is shown."""

    view = Raster

    def build(self, pointed: ColumnDataSource, places: ColumnDataSource) -> None:
        """Make the glyphs."""
        self.figure.width, self.figure.height = 2 * WIDTH, 300
        self.source = ColumnDataSource({"time": [], "row": [], "colour": [], "name": []})
        dash = {"marker": "dash", "angle": np.pi / 2, "size": 9, "line_width": 2, "line_color": "colour"}
        spikes = self.figure.scatter("time", "row", source=self.source, **dash)
        self.figure.x_range, self.figure.y_range = Range1d(0, 1), Range1d(1, 0)
        self.figure.xaxis.axis_label = "time (ms)"
        self.figure.add_tools(HoverTool(renderers=[spikes], tooltips=[("", "@name"), ("ms", "@time")]))
        self.clock = _clock(self.figure)

    def show(self, view: Raster) -> None:
        """Show the spikes."""
        colour = [PALETTE[p % len(PALETTE)] for p in view.place.tolist()]
        names = [name for _, name, _ in view.firsts]
        name = [names[p] for p in view.place.tolist()]
        self.source.data = {"time": view.time_ms, "row": view.row, "colour": colour, "name": name}
        centres = [n + 0.5 for n in range(len(names))]
        self.figure.yaxis.ticker = centres
        self.figure.yaxis.major_label_overrides = dict(zip(centres, names, strict=True))
        self.figure.y_range.start, self.figure.y_range.end = len(names), 0
        self.figure.x_range.start, self.figure.x_range.end = -0.5, float(view.time_ms.max(initial=1)) + 0.5
        self.figure.ygrid.grid_line_color = None


CHARTS: dict[type, type[Chart]] = {
    chart.view: chart for chart in (_BarsChart, _CountsChart, _HeatChart, _CodeChart, _RasterChart)
}


def _clock(figure: Any) -> Span:
    """A line in a figure that marks a time."""
    line = Span(location=0, dimension="height", line_color=INK, line_dash="dotted", line_width=1.5)
    figure.add_layout(line)
    return line


def _diverging() -> list[str]:
    """Blue over white to orange, 101 colours."""
    ends = [np.array([int(c[i : i + 2], 16) for i in (1, 3, 5)]) for c in (BLUE, "#ffffff", ORANGE)]
    shares = np.linspace(0, 1, 51)[:, None]
    colours = np.concatenate([ends[0] + (ends[1] - ends[0]) * shares, (ends[1] + (ends[2] - ends[1]) * shares)[1:]])
    return ["#" + "".join(f"{round(float(v)):02x}" for v in colour) for colour in colours]


class Way:
    """Overlaps or energies of a recall against the step.

    Parameters
    ----------
    title : str
        Above it.
    """

    def __init__(self, title: str):
        self.figure = plain(WIDTH, HEIGHT, title, **BORDERS)
        self.others = ColumnDataSource({"x": [], "y": []})
        self.figure.multi_line("x", "y", source=self.others, line_color=GREY, line_alpha=0.45, line_width=1)
        self.own = [ColumnDataSource({"x": [], "y": []}) for _ in range(2)]
        for source, colour in zip(self.own, (BLUE, ORANGE), strict=True):
            self.figure.line("x", "y", source=source, line_color=colour, line_width=2.5)
            self.figure.scatter("x", "y", source=source, fill_color=colour, line_color="white", size=7)
        self.clock = _clock(self.figure)

    def show(self, unit: str, times: list[np.ndarray], own: list[Any], others: np.ndarray | None = None) -> None:
        """Show the ways of one or two recalls.

        Parameters
        ----------
        unit : str
            What the steps are counted in.
        times : list of ndarray, (step,)
            Of one or two recalls.
        own : list of ndarray or None, (step,)
            What is drawn of each; None for nothing.
        others : ndarray of shape (step, item), optional
            Thin grey lines, of the first.
        """
        self.figure.xaxis.axis_label = unit
        for n, source in enumerate(self.own):
            there = n < len(own) and own[n] is not None
            source.data = {"x": times[n], "y": own[n]} if there else {"x": [], "y": []}
        lines = [] if others is None else list(others.T)
        self.others.data = {"x": [times[0]] * len(lines), "y": lines}

    def mark(self, x: float) -> None:
        """Mark the step that is shown.

        Parameters
        ----------
        x : float
            Its time.
        """
        self.clock.location = x
