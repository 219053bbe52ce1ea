"""The middle of the page: images over the steps, energy and overlaps, and what holds the memory."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any

import numpy as np
import panel as pn
from bokeh.models import ColumnDataSource

from neuromem import metrics

from .charts import CHARTS, PALETTE, Chart, Way
from .holds import Raster, View, views
from .panels import CSS, heading
from .pictures import BLUE, ORANGE, Picture
from .scene import Scene
from .shown import Shown

PLAY_MS = 350  # a step
LINES = 200  # the most items whose overlaps are drawn


class RecallTab:
    """Figures of one recall, or of two side by side, with a slider for the step.

    Parameters
    ----------
    pointed : ColumnDataSource
        The unit under the mouse.
    stepped : callable
        Called with the number of a frame when the user moves the slider, or it plays.
    """

    def __init__(self, pointed: ColumnDataSource, stepped: Callable[[int], None]):
        self.stepped, self.pointed = stepped, pointed
        self._quiet, self.frame, self.last = False, 0, 0
        self._playing: Any = None
        self.pictures = {name: Picture(name, pointed) for name in ("stored", "cue", "now", "beside")}
        self.pictures["now"].figure.name = "now"  # by which scripts in the window find it
        self.step = pn.widgets.IntSlider(label="step", start=0, end=1, show_value=False, width=560, margin=(4, 10))
        self.play = pn.widgets.Toggle(label="▶ play", width=80, margin=(10, 4))
        self.step.param.watch(lambda event: None if self._quiet else self.stepped(event.new), "value")
        self.play.param.watch(self._play, "value")
        self.energy, self.overlaps = Way("energy of the state"), Way("overlap with its item; grey: with the others")
        self.held: dict[str, list[tuple[Chart | None, pn.Column]]] = {
            place: [(None, pn.Column(margin=(0, 8, 6, 0))) for _ in range(3)] for place in ("one", "other")
        }
        self.images = pn.Row(
            *(pn.Column(pn.pane.Bokeh(p.figure, margin=(0, 6)), margin=0) for p in self.pictures.values()), margin=0
        )
        self.ways = pn.Row(pn.pane.Bokeh(self.overlaps.figure), pn.pane.Bokeh(self.energy.figure), margin=0)
        self.titles = {place: heading("") for place in self.held}
        rows = [pn.Row(*(box for _, box in boxes), margin=0) for boxes in self.held.values()]
        held = [part for title, row in zip(self.titles.values(), rows, strict=True) for part in (title, row)]
        self.view = pn.Column(self.images, pn.Row(self.step, self.play, margin=0), self.ways, *held)

    def show(self, scene: Scene, fresh: bool) -> None:
        """Show a scene at the step of its state.

        Parameters
        ----------
        scene : Scene
            With a memory in it.
        fresh : bool
            Whether more than the step has changed.
        """
        one = scene.one
        assert one is not None
        both = [shown for shown in (one, scene.other) if shown]
        self.last = max(shown.last(scene.item) for shown in both)
        self.frame = self.last if scene.state.step < 0 else min(scene.state.step, self.last)
        times = [f"{self._time(shown, scene.item):g} {shown.trace.step_unit}" for shown in both]
        self._quiet = True
        try:
            self.step.end = max(1, self.last)
            self.step.label = f"step {self.frame} of {self.last}: {' and '.join(dict.fromkeys(times))}"
            self.step.value = self.frame
        finally:
            self._quiet = False
        self._show_pictures(scene, one)
        if fresh:
            self._show_ways(scene, both)
        self._mark(both, scene.item)
        for place, shown in (("one", one), ("other", scene.other)):
            self._show_held(place, shown, scene.item)

    def _show_pictures(self, scene: Scene, one: Shown) -> None:
        item, stored = scene.item, one.items[scene.item]
        values = {"stored": stored, "cue": one.cues[item], "now": one.at(self.frame, item)}
        if scene.other is not None:
            values["beside"] = scene.other.at(self.frame, item)
        self.images[3].visible = scene.other is not None
        for name, now in values.items():
            signs = metrics.signs(now[None])[0]
            wrong, unknown = signs == -stored, int((signs == 0).sum())
            self.pictures[name].show(now, scene.shape, wrong)
            shown = str(scene.other.spec).partition(":")[0] if name == "beside" and scene.other else name
            words = [f"{number} {word}" for number, word in ((int(wrong.sum()), "wrong"), (unknown, "unknown")) if number]
            self.pictures[name].figure.title.text = f"{shown}: {', '.join(words)}" if words else shown

    def _show_ways(self, scene: Scene, both: list[Shown]) -> None:
        item, ends = scene.item, [shown.last(scene.item) + 1 for shown in both]
        unit, times = "share of the recall", [shown.trace.time[:end] for shown, end in zip(both, ends, strict=True)]
        if len({shown.trace.step_unit for shown in both}) == 1:
            unit = f"time ({both[0].trace.step_unit})"
        else:
            times = [time / max(float(time[-1]), 1) for time in times]
        alone = [shown.trace.of([item]) for shown in both]
        own = [one.overlaps(shown.items[[item]])[:end, 0, 0] for one, shown, end in zip(alone, both, ends, strict=True)]
        rest = np.delete(both[0].items, item, 0)[:LINES]
        others = alone[0].overlaps(rest)[: ends[0], 0] if len(rest) else None
        energies = [None if one.energy is None else one.energy[:end, 0] for one, end in zip(alone, ends, strict=True)]
        self.overlaps.show(unit, times, own, others)
        self.energy.show(unit, times, energies)
        self.ways[1].visible = any(energy is not None for energy in energies)

    def _time(self, shown: Shown, item: int) -> float:
        return float(shown.trace.time[min(self.frame, shown.last(item))])

    def _mark(self, both: list[Shown], item: int) -> None:
        longest = max(both, key=lambda shown: shown.last(item))
        alike = len({shown.trace.step_unit for shown in both}) == 1
        whole = 1.0 if alike else max(float(longest.trace.time[longest.last(item)]), 1.0)
        for way in (self.energy, self.overlaps):
            way.mark(self._time(longest, item) / whole)

    def _show_held(self, place: str, shown: Shown | None, item: int) -> None:
        found = views(shown, self.frame, item) if shown else []
        name = html.escape(str(shown.spec)) if shown else ""
        self.titles[place].object = f"<h2>what holds <span class='{place}'>{name}</span></h2>" if shown else ""
        for n, (old, box) in enumerate(self.held[place]):
            box.visible = n < len(found)
            if shown is None or n >= len(found):
                continue
            kind = CHARTS[type(found[n])]
            if type(old) is not kind:
                old = kind(self.pointed, self.pictures["stored"].places, BLUE if place == "one" else ORANGE)
                note = pn.pane.HTML("", stylesheets=[CSS], width=max(180, old.figure.width - 20), margin=(0, 10))
                box[:] = [pn.pane.Bokeh(old.figure), note]
                self.held[place][n] = old, box
            if found[n] is not old.shown:
                old.show(found[n])
                old.shown = found[n]
            old.mark(self._time(shown, item))
            old.figure.title.text = found[n].title
            box[1].object = self._note(found[n], self._time(shown, item))

    def _note(self, view: View, now: float) -> str:
        """The words under a figure; of spikes, who spikes when, and what has come until now."""
        if not isinstance(view, Raster):
            return f"<div class='note'>{html.escape(view.note)}</div>"
        rows = []
        for n, (ms, name, role) in enumerate(view.firsts):
            colour, kind = PALETTE[n % len(PALETTE)], "come" if ms <= now else "coming"
            named = f"<td style='color:{colour}'>{html.escape(name)}</td>"
            rows.append(f"<tr class='{kind}'><td>{ms:g} ms</td>{named}<td>{html.escape(role)}</td></tr>")
        return f"<div class='note'>{html.escape(view.note)}<table class='firsts'>{''.join(rows)}</table></div>"

    def _play(self, event: Any) -> None:
        if self._playing is not None:
            self._playing.stop()
            self._playing = None
        self.play.label = "❚❚ pause" if event.new else "▶ play"
        if event.new:
            if self.frame >= self.last:
                self.stepped(0)
            self._playing = pn.state.add_periodic_callback(self._forward, PLAY_MS)

    def _forward(self) -> None:
        if self.frame >= self.last:
            self.play.value = False
        else:
            self.stepped(self.frame + 1)
