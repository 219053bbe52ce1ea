"""The foot of the page: Python, a link, files, equations."""

from __future__ import annotations

import html
from collections.abc import Callable
from functools import partial
from typing import Any

import panel as pn

import neuromem.explorer.export as export
import neuromem.explorer.words as words
from neuromem.checks import InputError

from .panels import CSS
from .scene import Scene

COPY = "navigator.clipboard.writeText(text.value)"


class Foot:
    """What leaves the page.

    Parameters
    ----------
    failed : callable
        Called with a line that says why a file can't be made.
    """

    def __init__(self, failed: Callable[[str], None]):
        self.failed, self._spec = failed, ""
        self._scene: Scene | None = None
        text: dict[str, Any] = {"stylesheets": [CSS], "margin": (2, 6), "sizing_mode": "stretch_width"}
        self.code, self.equations = pn.pane.HTML("", **text), pn.pane.HTML("", **text)
        self.script = pn.widgets.TextAreaInput(value="", visible=False)
        self.link = pn.widgets.TextInput(label="a link to this page", width=560)
        copies = [pn.widgets.Button(label="copy", width=80, margin=(22, 4)) for _ in range(2)]
        for button, source in zip(copies, (self.script, self.link), strict=True):
            button.js_on_click(args={"text": source}, code=COPY)
        makers = {"svg": export.svg, "csv": export.table, "gif": export.gif}
        files = [
            pn.widgets.FileDownload(
                callback=partial(self._file, make), filename=f"recall.{kind}", label=kind.upper(), width=110, embed=False
            )
            for kind, make in makers.items()
        ]
        self.view = pn.Tabs(
            ("Python that does the same", pn.Column(self.code, copies[0], self.script)),
            ("Link", pn.Row(self.link, copies[1])),
            ("Export", pn.Row(*files)),
            ("Equations and paper", self.equations),
            margin=(10, 10),
        )

    def show(self, scene: Scene, address: str) -> None:
        """Write what does the same as a scene.

        Parameters
        ----------
        scene : Scene
            With a memory in it.
        address : str
            Of the page, without a query.
        """
        self._scene = scene
        self.script.value = export.python(scene)
        self.code.object = f"<pre>{html.escape(self.script.value)}</pre>"
        self.link.value = f"{address}?{scene.state.link}"
        if self._spec != scene.state.memory:
            self._spec = scene.state.memory
            self.equations.object = words.equations(scene.one.thing if scene.one else self._spec)

    def _file(self, make: Callable[[Scene], Any]) -> Any:
        try:
            return make(self._scene or Scene(words.STORIES[0].state))
        except InputError as error:
            self.failed(str(error))
            raise
