"""Widgets made from the signature of a memory, and the look of the page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import panel as pn

import neuromem.explorer.settings as settings

from .settings import Setting
from .state import Named

WIDTH = 230
CSS = (Path(__file__).parent / "page.css").read_text(encoding="utf-8")


def heading(text: str) -> pn.pane.HTML:
    """Write a small heading.

    Parameters
    ----------
    text : str
        Plain text.

    Returns
    -------
    panel.pane.HTML
        The heading.
    """
    return pn.pane.HTML(f"<h2>{text}</h2>", stylesheets=[CSS], margin=(0, 10))


def within(widget: Any, value: Any) -> Any:
    """Move a number into a widget's range.

    The browser would do so, and the page would take that for a wish of the user.

    Parameters
    ----------
    widget : panel widget
        With `start` and `end`, if it has a range.
    value : object
        What it is to show.

    Returns
    -------
    object
        The nearest number of the range, or the value if it is none.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    least, most = (getattr(widget, name, None) for name in ("start", "end"))
    value = value if least is None or value >= least else least  # NaN is no more than anything
    return value if most is None or value <= most else most


class Settings:
    """The choice of a memory, and a widget for each of its settings.

    Parameters
    ----------
    label : str
        Above the choice.
    named : Named
        The memories to choose from.
    none : bool
        Whether none may be chosen.
    changed : callable
        Called with the text of the memory when the user changes it.
    """

    def __init__(self, label: str, named: Named, none: bool, changed: Callable[[str], None]):
        self.changed, self._quiet, self._named = changed, False, named
        names = [""] * none + named.choices
        options = {name.replace("_", " ") or "none": name for name in names}
        self.name = pn.widgets.Select(label=label, options=options, width=WIDTH)
        self.box = pn.Column(width=WIDTH + 20, margin=0)
        self.widgets: dict[str, Any] = {}
        self.known: list[Setting] = []
        self._made_for = "?"
        self.show(names[0])
        self.name.param.watch(self._renamed, "value")
        self.view = pn.Column(self.name, self.box, margin=0)

    def show(self, spec: str) -> None:
        """Show a memory and its settings without calling `changed`.

        Parameters
        ----------
        spec : str
            Its text.
        """
        name, given = settings.split(spec)
        self._quiet = True
        try:
            if name not in self.name.options.values():
                self.name.options = {**self.name.options, name: name}
            self.name.value = name
            if name != self._made_for:
                self._make(name)
            for one in self.known:
                widget = self.widgets[one.name]
                widget.value = within(widget, _value(one, given.get(one.name)))
        finally:
            self._quiet = False

    def _make(self, name: str) -> None:
        self._made_for, self.known = name, self._named.known(name)
        self.widgets = {one.name: _widget(one) for one in self.known}
        for widget in self.widgets.values():
            widget.param.watch(self._set, "value")
        self.box[:] = list(self.widgets.values())

    def _renamed(self, event: Any) -> None:
        if not self._quiet:
            self.show(event.new)
            self.changed(event.new)

    def _set(self, event: Any) -> None:
        if not self._quiet:
            given = {name: widget.value for name, widget in self.widgets.items()}
            self.changed(settings.join(self.name.value, given, self.known))


def _widget(one: Setting) -> Any:
    """The widget of a setting."""
    common = {"label": one.name, "width": WIDTH, "margin": (2, 10), "description": one.about or None}
    if one.kind == "choice":
        return pn.widgets.Select(options=list(one.choices), value=one.default, **common)
    if one.kind == "switch":
        common.pop("description")
        return pn.widgets.Checkbox(value=one.default, **common)
    if one.kind == "slider":
        least, most, step = one.choices
        common.pop("description")
        return pn.widgets.FloatSlider(start=least, end=most, step=step, value=one.default, **common)
    if one.kind == "whole":
        return pn.widgets.IntInput(value=one.default, start=0, **common)
    default = "default" if one.default is None else str(one.default)
    return pn.widgets.TextInput(value="", placeholder=default, **common)


def _value(one: Setting, text: str | None) -> Any:
    """What the widget of a setting shows for a text."""
    if text is None:
        return "" if one.kind == "text" else one.default
    if one.kind == "switch":
        return text.strip().lower() in ("true", "1", "yes")
    if one.kind in ("slider", "whole"):
        try:
            return float(text) if one.kind == "slider" else int(text)
        except ValueError:
            return one.default
    return text if one.kind == "text" or text in one.choices else one.default
