"""What the page shows for a state: items, cues, the trace of a memory and of another beside it."""

from __future__ import annotations

import contextlib
import copy
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import neuromem.explorer.settings as settings
from neuromem import models, patterns
from neuromem.named_code import closed
from neuromem.source import Source
from neuromem.trace import traced

from .items import cues_of, items_of, shape_of, source
from .shown import Shown, said
from .state import MOST_STORED, Named, State, check

LONGEST = 200  # frames of a trace that the page keeps
KIND = ("items", "units", "activity", "correlation")  # the fields of a state that say where items come from
NUMBER = ("stored", "seed", "drawn")  # and which of them are stored


@dataclass
class Scene:
    """All that the page shows.

    Parameters
    ----------
    state : State
        What was asked for.
    source : ItemSet, optional
        Where items come from; None for drawn ones.
    shape : tuple of int
        Rows and columns of an image.
    one : Shown, optional
        The memory; None where it failed.
    other : Shown, optional
        The memory beside it.
    trouble : list of str
        Clear lines about what failed.
    """

    state: State
    source: patterns.ItemSet | None = None
    shape: tuple[int, int] = (1, 1)
    one: Shown | None = None
    other: Shown | None = None
    trouble: list[str] = field(default_factory=list)

    @property
    def item(self) -> int:
        """The number of the item that is shown, which the memory holds."""
        return min(self.state.item, len(self.one.items) - 1) if self.one else 0


class Workbench:
    """Makes scenes, and keeps of the last one what the next has in common with it.

    Parameters
    ----------
    named : Named
        What may be asked for besides what neuromem has.
    """

    def __init__(self, named: Named | None = None):
        self.named = named or Named()
        self._kept: dict[str, tuple[Any, Any]] = {}

    def look(self, state: State) -> Scene:
        """Make the scene of a state; what fails is said in it and never raised.

        Parameters
        ----------
        state : State
            What to show.

        Returns
        -------
        Scene
            With `trouble` where something failed.
        """
        scene = Scene(state)
        try:
            check(state, self.named)
            scene.source = self._once("source", _key(state, *KIND), lambda: source(state))
            items = self._once("items", _key(state, *KIND, *NUMBER), lambda: items_of(state, scene.source))
            scene.shape = shape_of(scene.source, items.shape[1])
            scene.one = self._shown("one", state.memory, scene, items, "")
        except Exception as error:  # a memory of the user's own raises whatever it raises
            scene.trouble.append(said(state.memory, error))
            return scene
        if state.beside:
            try:
                more, note = items, ""
                if state.equal == "bits":
                    more, note = self._as_many(scene.one, scene, items)
                scene.other = self._shown("other", state.beside, scene, more, note)
            except Exception as error:
                scene.trouble.append(said(state.beside, error))
        return scene

    def _once(self, name: str, key: Any, make: Callable[[], Any]) -> Any:
        """What was made for the same key the last time, or new."""
        if name not in self._kept or self._kept[name][0] != key:
            self._kept[name] = key, make()
        return self._kept[name][1]

    def _source(self, spec: str) -> Any:
        """The object that was named, with the settings of the text; or the text."""
        known = (one for one in self.named.memories if isinstance(one, Source) and one.thing is not None)
        own = next((one for one in known if settings.split(one)[0] == settings.split(spec)[0]), None)
        if own is None or not callable(own.thing):
            return own or spec
        return Source(spec, own.thing, settings.given(spec, own.thing), own.origin, own.sha256)

    def _make(self, spec: str, state: State, items: np.ndarray) -> Any:
        named = spec in (*self.named.choices, *self.named.memories)  # else a link may have given it settings
        with contextlib.nullcontext() if named else closed(*self.named.code):
            return models.make(self._source(spec), items.shape[1], rng=state.seed).store(items)

    def _shown(self, place: str, spec: str, scene: Scene, items: np.ndarray, note: str) -> Shown:
        state = scene.state
        key = spec, len(items), *_key(state, *KIND, *NUMBER)
        clock = time.perf_counter()
        memory = self._once(f"{place} memory", key, lambda: self._make(spec, state, items))
        learnt: dict[str, Any] = self._once(f"{place} learnt", key, dict)

        def run() -> Shown:
            damaged, fresh = cues_of(state, items, scene.shape), copy.deepcopy(memory)  # random numbers begin anew
            steps = getattr(fresh, "steps", None) or getattr(fresh, "duration_ms", None) or 1
            trace = traced(fresh, damaged, every=max(1, int(steps) // LONGEST))
            return Shown(spec, self._source(spec), fresh, items, damaged, trace, time.perf_counter() - clock, learnt, note)

        return self._once(f"{place} shown", (*key, state.damage, state.fraction, note), run)

    def _as_many(self, one: Shown, scene: Scene, items: np.ndarray) -> tuple[np.ndarray, str]:
        """The items that take about as many bits in the memory beside, and what to say of it."""
        state = scene.state
        bits = [self._make(state.beside, state, items[:number]).cost.bits for number in (1, min(2, len(items)))]
        if len(items) < 2 or bits[0] == bits[1]:
            return items, f"holds {bits[0]:,} bits however much it stores, so that it is shown at equal load"
        number = max(1, int((one.cost.bits - bits[0]) / (bits[1] - bits[0])) + 1)
        most = min(number, MOST_STORED)
        more = self._once("more", (most, *_key(state, *KIND, *NUMBER)), lambda: items_of(state, scene.source, most))
        words = "as far as there are items, " if len(more) < number else ""
        return more, f"stores {len(more)} items, {words}which take as many bits as {one.spec} holds"


def _key(state: State, *names: str) -> tuple[Any, ...]:
    """The values of some fields."""
    return tuple(getattr(state, name) for name in names)
