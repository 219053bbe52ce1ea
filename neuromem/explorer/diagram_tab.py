"""The tab of phase diagrams: where the page is, and a click that runs a point."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any

import numpy as np
import panel as pn
from bokeh.events import Tap
from bokeh.models import ColumnDataSource, Label, LinearColorMapper, Range1d
from bokeh.plotting import figure

import neuromem.explorer.maps as maps
from neuromem import metrics
from neuromem.checks import InputError

from .charts import PALETTE
from .panels import CSS
from .pictures import INK, LIGHT, Picture, plain
from .scene import Scene


class MapChart:
    """A phase diagram that can be clicked.

    Parameters
    ----------
    clicked : callable
        Called with the load and the temperature of a click.
    """

    def __init__(self, clicked: Callable[[float, float], None]):
        self.clicked = clicked
        self.here = ColumnDataSource({"x": [], "y": []})
        self.figure: figure = plain(560, 380, "")

    def show(self, shown: maps.Map) -> figure:
        """Draw a map anew.

        Parameters
        ----------
        shown : Map
            The map.

        Returns
        -------
        figure
            The figure.
        """
        made = plain(560, 380, shown.title, x_range=Range1d(0, shown.right), y_range=Range1d(0, shown.top))
        made.xaxis.axis_label, made.yaxis.axis_label = shown.x, shown.y
        if shown.values:
            x, y, values = shown.values
            mapper = LinearColorMapper(palette="Viridis256", low=0, high=1)
            grid = np.meshgrid(x, y)
            size = [float(np.diff(axis).mean()) if len(axis) > 1 else 1.0 for axis in (x, y)]
            cells = {"x": grid[0].ravel(), "y": grid[1].ravel(), "value": values.ravel()}
            colour: Any = {"field": "value", "transform": mapper}
            made.rect("x", "y", *size, source=ColumnDataSource(cells), fill_color=colour, line_color=None)
        for n, (name, (xs, ys)) in enumerate(shown.lines.items()):
            made.line(xs, ys, line_width=2, line_color=PALETTE[n], legend_label=name)
        for left, low, name in shown.regions:
            made.add_layout(Label(x=left, y=low, text=name, text_font_size="11px", text_color=INK))
        made.scatter("x", "y", source=self.here, marker="star", size=18, fill_color="#f0e442", line_color=INK)
        made.on_event(Tap, lambda event: self.clicked(float(event.x), float(event.y)))
        if shown.lines:
            made.legend.label_text_font_size, made.legend.border_line_color = "10px", LIGHT
            made.legend.orientation = "horizontal"
            made.add_layout(made.legend[0], "below")
        self.figure = made
        return made

    def mark(self, x: float, y: float) -> None:
        """Mark where the page is.

        Parameters
        ----------
        x, y : float
            Load and temperature.
        """
        self.here.data = {"x": [x], "y": [y]}


class DiagramTab:
    """A phase diagram with images of the recall at its side.

    Parameters
    ----------
    results : tuple of str
        Saved results that were named.
    pointed : ColumnDataSource
        The unit under the mouse.
    clicked : callable
        Called with the load and the temperature of a click.
    """

    def __init__(self, results: tuple[str, ...], pointed: ColumnDataSource, clicked: Callable[[float, float], None]):
        self.map, self.offered = MapChart(clicked), maps.named(results)
        self.box = pn.Column()
        self.note = pn.pane.HTML("", width=250, stylesheets=[CSS], margin=(2, 6))
        self.pictures = {name: Picture(name, pointed) for name in ("stored", "cue", "now")}
        self.which = pn.widgets.Select(label="diagram", options=list(self.offered), width=260)
        self.which.param.watch(lambda event: self.draw(), "value")
        images = pn.Row(*(pn.pane.Bokeh(p.figure, margin=(0, 6)) for p in self.pictures.values()))
        self.view = pn.Column(self.which, pn.Row(self.box, self.note), images)

    def draw(self) -> None:
        """Draw the diagram that is chosen."""
        try:
            self.box[:] = [pn.pane.Bokeh(self.map.show(self.offered[self.which.value]()))]
        except InputError as error:
            self.box[:] = [pn.pane.HTML(f"<div class='trouble'>{html.escape(str(error))}</div>", stylesheets=[CSS])]

    def show(self, scene: Scene) -> None:
        """Mark where a scene lies, and show its images.

        Parameters
        ----------
        scene : Scene
            With a memory in it.
        """
        one, item = scene.one, scene.item
        assert one is not None
        stored, units = one.items.shape
        load, temperature = maps.here(scene.state, units)
        self.map.mark(load, temperature)
        self.note.object = (
            f"<div class='note'>★ you are here: {stored} items in {units} units, load {load:.3f}, temperature "
            f"{temperature:g}.<br><br>Mean overlap after recall: <b>{float(np.mean(one.overlap)):.2f}</b>; "
            f"{one.exact.mean():.0%} exact.<br><br>Click the diagram to run that point.</div>"
        )
        values = {"stored": one.items[item], "cue": one.cues[item], "now": one.at(-1, item)}
        for name, now in values.items():
            self.pictures[name].show(now, scene.shape, metrics.signs(now[None])[0] == -one.items[item])
