"""Items as images that are linked: the unit under the mouse is marked in all of them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from bokeh.events import Pan, Tap
from bokeh.models import ColumnDataSource, CustomJS, HoverTool, Plot, Range1d, Rect, Title
from bokeh.plotting import figure

BLUE, ORANGE, INK, GREY, LIGHT = "#0072b2", "#d55e00", "#1f2937", "#9ca3af", "#e5e7eb"
POINTED = "#009e73"
SIDE = 190  # pixels of the longer side of an image
POINT = """
const i = cb_data.index.indices[0]
const now = pointer.data.unit[0]
if (i === now) return
pointer.data = i === undefined ? {unit: [], x: [], y: [], middle: []}
    : {unit: [i], x: [source.data.x[i]], y: [source.data.y[i]], middle: [i + 0.5]}
"""


def plain(width: int, height: int, title: str, **settings: object) -> figure:
    """Make an empty figure without tools, in the house's style.

    Parameters
    ----------
    width, height : int
        Pixels.
    title : str
        Above it.
    **settings
        Others of Bokeh's.

    Returns
    -------
    figure
        The figure.
    """
    given = {"title": _heading(title), "toolbar_location": None, "min_border": 2, **settings}
    made = figure(width=width, height=height, tools="", **given)
    made.outline_line_color = None
    made.grid.grid_line_color = LIGHT
    for axis in made.axis:
        axis.axis_line_color, axis.major_tick_line_color, axis.minor_tick_line_color = GREY, GREY, None
        axis.axis_label_text_font_size, axis.axis_label_text_font_style = "11px", "normal"
        axis.major_label_text_font_size = "10px"
    return made


def _heading(text: str) -> Title:
    return Title(text=text, text_font_size="12px", text_color=INK, text_font_style="normal")


def pointer() -> ColumnDataSource:
    """Make the unit under the mouse, which pictures of one page share.

    Returns
    -------
    ColumnDataSource
        None at first.
    """
    return ColumnDataSource({"unit": [], "x": [], "y": [], "middle": []})


class Picture:
    """An item as an image of dark ink, with frames around some units.

    Parameters
    ----------
    title : str
        Above it.
    pointed : ColumnDataSource
        The unit under the mouse.
    drawn : callable, optional
        Called with the number of a unit, and whether it is clicked, not passed over.
    """

    def __init__(self, title: str, pointed: ColumnDataSource, drawn: Callable[[int, bool], None] | None = None):
        self.places = ColumnDataSource({"x": [], "y": [], "colour": [], "value": []})
        self.framed = ColumnDataSource({"x": [], "y": []})
        self.figure = Plot(  # without axes, and with one glyph for each source: made in half the time
            width=SIDE,
            height=SIDE + 24,
            title=_heading(title),
            x_range=Range1d(0, 8),
            y_range=Range1d(0, 8),
            toolbar_location=None,
            min_border=2,
            outline_line_color=LIGHT,
        )
        square = Rect(x="x", y="y", width=1, height=1, fill_color="colour", line_color="colour", line_width=0.5)
        frame = Rect(x="x", y="y", width=0.86, height=0.86, fill_alpha=0, line_color="#e69f00", line_width=2)
        under = Rect(x="x", y="y", width=1, height=1, fill_alpha=0, line_color=POINTED, line_width=2.5)  # the mouse
        units = self.figure.add_glyph(self.places, square)
        self.figure.add_glyph(self.framed, frame)
        self.figure.add_glyph(pointed, under)
        hover = HoverTool(renderers=[units], tooltips=[("unit", "$index"), ("value", "@value{0.00}")])
        hover.callback = CustomJS(args={"source": self.places, "pointer": pointed}, code=POINT)
        self.figure.add_tools(hover)
        self.shape = (0, 0)
        if drawn:
            for event in (Tap, Pan):
                self.figure.on_event(event, lambda e: self._touched(e, drawn))

    def _touched(self, event: Tap | Pan, drawn: Callable[[int, bool], None]) -> None:
        rows, columns = self.shape
        row, column = rows - 1 - int(event.y), int(event.x)
        if 0 <= row < rows and 0 <= column < columns:
            drawn(row * columns + column, isinstance(event, Tap))

    def show(self, values: np.ndarray, shape: tuple[int, int], marked: np.ndarray | None = None) -> None:
        """Show an item.

        Parameters
        ----------
        values : ndarray of shape (unit,)
            The item; 0 is drawn in a middle tone.
        shape : tuple of int
            Rows and columns.
        marked : ndarray of bool, (unit,), optional
            The units with a frame.
        """
        rows, columns = shape
        row, column = np.divmod(np.arange(rows * columns), columns)
        x, y = column + 0.5, rows - row - 0.5
        top = max(1.0, float(np.abs(values).max(initial=0)))
        grey = np.rint(235 - 205 * (np.clip(values / top, -1, 1) + 1) / 2).astype(int)  # ink dark, paper light
        colour = [f"#{g:02x}{g:02x}{min(255, g + 8):02x}" for g in grey.tolist()]
        self.places.data = {"x": x, "y": y, "colour": colour, "value": np.asarray(values, float)}
        chosen = np.zeros(len(x), bool) if marked is None else np.asarray(marked, bool)
        self.framed.data = {"x": x[chosen], "y": y[chosen]}
        if shape != self.shape:
            self.shape = shape
            self.figure.x_range.end, self.figure.y_range.end = columns, rows
            self.figure.width = max(60, round(SIDE * min(1, columns / rows)))
            self.figure.height = 24 + max(40, round(SIDE * min(1, rows / columns)))
