"""The left side of the page: memories, items, damage."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import panel as pn
from bokeh.models import ColumnDataSource

from neuromem.patterns.pictures import FASHION

from .items import text_of
from .panels import WIDTH, Settings, heading, within
from .pictures import Picture
from .scene import Scene
from .state import DAMAGES, SOURCES, Named, State, unlike

SIDES = (5, 8, 12, 16, 20, 28)  # of square images


class Inputs:
    """Widgets for all that a state holds but the step.

    Parameters
    ----------
    named : Named
        What may be chosen besides what neuromem has.
    pointed : ColumnDataSource
        The unit under the mouse.
    changed : callable
        Called with the fields of the state that the user changes.
    """

    def __init__(self, named: Named, pointed: ColumnDataSource, changed: Callable[..., None]):
        self.changed, self._quiet, self._drawn = changed, False, ""
        self.memory = Settings("memory", named, False, lambda spec: changed(memory=spec))
        self.beside = Settings("beside it", named, True, lambda spec: changed(beside=spec))
        self.widgets = _widgets(named)
        for name, widget in self.widgets.items():
            widget.param.watch(partial(self._set, name), "value")
        self._pad = -np.ones(64, np.int8)
        self.pad = Picture("draw an item: click, or drag", pointed, self._ink)
        store = pn.widgets.Button(label="store what is drawn", width=WIDTH, margin=(2, 10))
        store.on_click(lambda event: self._keep())
        self.drawing = pn.Column(pn.pane.Bokeh(self.pad.figure), store, visible=False, margin=0)
        names = ("items", "units", "activity", "correlation", "stored", "item", "damage", "fraction", "seed")
        self.view = pn.Column(
            heading("memory"),
            self.memory.view,
            heading("items and cue"),
            *(self.widgets[name] for name in names),
            self.drawing,
            heading("another beside it"),
            self.beside.view,
            self.widgets["equal"],
            width=WIDTH + 30,
        )

    def _set(self, name: str, event: Any) -> None:
        if not self._quiet and event.new is not None:
            self.changed(**{name: event.new - 1 if name == "item" else event.new})

    def _ink(self, unit: int, clicked: bool) -> None:
        self._pad[unit] = -self._pad[unit] if clicked else 1
        with pn.io.hold():  # in line behind what Panel has still to send
            self.pad.show(self._pad, self.pad.shape)

    def _keep(self) -> None:
        drawn = ",".join(filter(None, (self._drawn, text_of(self._pad))))
        self._pad = -np.ones_like(self._pad)
        self.changed(drawn=drawn, item=drawn.count(","))

    def show(self, state: State, scene: Scene) -> None:
        """Show a state without calling `changed`.

        Parameters
        ----------
        state : State
            The state.
        scene : Scene
            Its scene.
        """
        self._quiet = True
        try:
            number = len(scene.one.items) if scene.one else state.stored
            self.widgets["stored"].end = max(100, state.stored)
            self.widgets["item"].end = max(2, number)
            for name, widget in self.widgets.items():
                value = scene.item + 1 if name == "item" else getattr(state, name)
                if name in ("items", "units") and value not in widget.options.values():
                    widget.options = {**widget.options, str(value): value}
                widget.value = within(widget, value)
            self.memory.show(state.memory)
            self.beside.show(state.beside)
            self.widgets["units"].visible = state.items in ("random", "sparse", "correlated", "drawn")
            self.widgets["activity"].visible = state.items == "sparse"
            self.widgets["correlation"].visible = state.items == "correlated"
            self.widgets["equal"].visible = bool(state.beside)
            self._show_pad(state, scene)
        finally:
            self._quiet = False

    def _show_pad(self, state: State, scene: Scene) -> None:
        self.drawing.visible, self._drawn = state.items == "drawn", state.drawn
        if state.items == "drawn" and scene.one is not None:
            if len(self._pad) != state.units:
                self._pad = -np.ones(state.units, np.int8)
            self.pad.show(self._pad, scene.shape)


def _widgets(named: Named) -> dict[str, Any]:
    """A widget for each field of the state that is not a memory."""
    w, common = pn.widgets, {"width": WIDTH, "margin": (2, 10)}
    absent = () if FASHION.is_dir() else ("fashion",)
    sources = {name: name for name in SOURCES if name not in absent} | unlike(named.items)
    sizes = {f"{side * side} ({side} x {side})": side * side for side in SIDES}
    equal = {"equal load": "load", "equal bits": "bits"}
    return {
        "items": w.Select(label="items", options=sources, **common),
        "units": w.Select(label="units", options=sizes, value=64, **common),
        "stored": w.EditableIntSlider(label="stored", start=1, end=100, value=4, **common),
        "activity": w.FloatSlider(label="activity", start=0.02, end=0.5, step=0.01, value=0.1, **common),
        "correlation": w.FloatSlider(label="correlation", start=0, end=0.9, step=0.05, value=0.3, **common),
        "damage": w.Select(label="damage", options=list(DAMAGES), **common),
        "fraction": w.FloatSlider(label="fraction", start=0, end=1, step=0.05, value=0.2, **common),
        "seed": w.IntInput(label="seed", start=0, value=0, **common),
        "item": w.IntSlider(label="item shown", start=1, end=4, value=1, **common),
        "equal": w.RadioButtonGroup(label="equal", options=equal, value="load", **common),
    }
