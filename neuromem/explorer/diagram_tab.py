"""The tab of phase diagrams: where the page is, and a click that runs a point."""

from __future__ import annotations

import html
from collections.abc import Callable

import numpy as np
import panel as pn
from bokeh.models import ColumnDataSource

import neuromem.explorer.maps as maps
from neuromem.checks import InputError

from .charts import MapChart
from .panels import CSS
from .pictures import Picture
from .scene import Scene


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
        self.which = pn.widgets.Select(name="diagram", options=list(self.offered), width=260)
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
            self.pictures[name].show(now, scene.shape, np.sign(now) != one.items[item])
