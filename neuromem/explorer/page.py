"""The page: widgets around a state, and figures around its scene."""

from __future__ import annotations

import html
from functools import partial
from typing import Any

import panel as pn

import neuromem.explorer.maps as maps
import neuromem.explorer.words as words
from neuromem.checks import InputError

from .diagram_tab import DiagramTab
from .foot import Foot
from .inputs import Inputs
from .panels import CSS, heading
from .pictures import pointer
from .recall_tab import RecallTab
from .scene import Scene, Workbench
from .state import Named, State, read


class Page:
    """One window's page; windows share nothing.

    Parameters
    ----------
    named : Named, optional
        What it may show besides what neuromem has.
    state : State, optional
        What it shows at first.
    """

    def __init__(self, named: Named | None = None, state: State | None = None):
        self.named, self.state = named or Named(), state or State()
        self.bench, self.scene = Workbench(self.named), Scene(self.state)
        pointed = pointer()
        self.inputs = Inputs(self.named, pointed, self.set)
        self.recall = RecallTab(pointed, lambda frame: self.set(step=frame))
        self.diagram = DiagramTab(self.named.results, pointed, lambda x, y: self.go(maps.at(self.state, x, y)))
        self.foot = Foot(self.say)
        text: dict[str, Any] = {"stylesheets": [CSS], "margin": (2, 6)}
        self.story, self.verdict = (pn.pane.HTML("", sizing_mode="stretch_width", **text) for _ in range(2))
        self.numbers = pn.pane.HTML("", width=330, **text)
        self.tabs = pn.Tabs(("Recall", self.recall.view), ("Phase diagram", self.diagram.view))
        self.tabs.param.watch(lambda event: self._opened(event.new), "active")
        self.view = self._layout()
        self.refresh()

    def set(self, **changes: Any) -> None:
        """Change the state, and show it.

        Parameters
        ----------
        **changes
            Fields of `State`; unless the step or the item is one of them, the last step is shown.
        """
        step = {} if "item" in changes else {"step": -1}
        self.state = self.state.but(**{**step, **changes})
        self.refresh()

    def go(self, state: State, story: str = "") -> None:
        """Show another state, and say a story beside it.

        Parameters
        ----------
        state : State
            The state.
        story : str
            HTML.
        """
        self.state = state
        self.story.object = f"<div class='story'>{story}</div>" if story else ""
        self.refresh()

    def open(self, link: str) -> None:
        """Show the state of a link; a bad one is said in the page.

        Parameters
        ----------
        link : str
            The query of an address.
        """
        try:
            self.go(read(link, self.named))
        except InputError as error:
            self.say(str(error))

    def say(self, line: str) -> None:
        """Say in the page what went wrong.

        Parameters
        ----------
        line : str
            Plain text.
        """
        self.verdict.object = f"<div class='trouble'>{html.escape(line)}</div>"

    def refresh(self) -> None:
        """Show the scene of the state; the window gets all changes in one message."""
        with pn.io.hold():
            before, self.scene = self.scene, self.bench.look(self.state)
            now = self.scene
            self.inputs.show(self.state, now)
            self.verdict.object = words.verdict(now)
            if now.one is not None:
                fresh = before.one is not now.one or before.other is not now.other or before.item != now.item
                self.recall.show(now, fresh)
                if fresh:
                    self.numbers.object = words.numbers(now)
                    if self.tabs.active == 1:
                        self.diagram.show(now)
                self.foot.show(now, self._address())

    def _address(self) -> str:
        location = pn.state.location
        return location.href.partition("?")[0] if location and location.href else ""

    def _opened(self, tab: int) -> None:
        if tab == 1:
            with pn.io.hold():  # else Bokeh's marker can reach the window before Panel's figure that holds it
                self.diagram.draw()
                if self.scene.one is not None:
                    self.diagram.show(self.scene)

    def _told(self, story: words.Story, event: Any) -> None:
        self.go(story.state, story.text)

    def _layout(self) -> pn.Column:
        buttons = [pn.widgets.Button(label=story.name, margin=(6, 4)) for story in words.STORIES]
        for button, story in zip(buttons, words.STORIES, strict=True):
            button.on_click(partial(self._told, story))
        title = pn.pane.HTML("<h1>neuromem</h1>", stylesheets=[CSS], margin=(8, 16))
        middle = pn.Column(self.verdict, self.tabs, width=860)
        right = pn.Column(heading("numbers"), self.numbers, width=350)
        body = pn.Row(self.inputs.view, middle, right)
        return pn.Column(pn.Row(title, *buttons), self.story, body, self.foot.view)
