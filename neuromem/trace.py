"""The way of a recall: the states between a cue and its answer."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Any

import array_api_compat
import numpy as np

from . import checks
from .arrays import same_kind, to_host
from .base import Base
from .checks import InputError
from .memory import Recall

WAY_OUT = "trace fewer cues, or every=10 for one state in ten steps"


@dataclass(frozen=True, eq=False)
class Trace:
    """The states of a recall from the cues to the answers, in arrays of NumPy.

    Parameters
    ----------
    states : ndarray of shape (step, cue, unit)
        The first are the cues as the memory takes them, the last what came back. A cue that has
        ended keeps its answer. Answers that are longer or shorter than cues begin as zeros.
    time : ndarray of shape (step,)
        When each state was reached: 0, `every`, 2 `every`, .. and the end, in `step_unit`.
    step_unit : str
        What `time` counts.
    recall : Recall
        What `recall` would have given, with the steps that each cue took.
    energy : ndarray of shape (step, cue), optional
        Energy of each state, in which an unknown unit counts as 0; None for a memory without one.
    record : spiking.Record, optional
        All spikes of a spiking memory, where `copy` is the cue; None for the others.

    Examples
    --------
    >>> import neuromem as nm
    >>> items = nm.patterns.random(4, 64, rng=0)
    >>> trace = nm.Hopfield(64).store(items).trace(nm.cues.flip(items, 0.2, rng=1))
    >>> trace.states.shape, trace.time.tolist(), trace.step_unit
    ((3, 4, 64), [0, 1, 2], 'sweeps')
    >>> bool((np.diff(trace.energy, axis=0) <= 0).all())
    True
    """

    states: np.ndarray
    time: np.ndarray
    step_unit: str
    recall: Recall
    energy: np.ndarray | None = None
    record: Any = None

    def overlaps(self, items: Any) -> np.ndarray:
        """Compute the overlap m = x.y / (|x| |y|) of every state x with every item y.

        Parameters
        ----------
        items : array of shape (item, unit)
            Such as all items that are stored.

        Returns
        -------
        ndarray of shape (step, cue, item)
            From -1 to 1; 0 for a state of zeros.
        """
        y = to_host(checks.items("items", items, self.states.shape[2])).astype(float)
        checks.fits("items", 8 * (math.prod(self.states.shape[:2]) * len(y) + 2 * self.states.size), WAY_OUT)
        return _directions(self.states) @ _directions(y).T

    def of(self, cues: Any) -> Trace:
        """Return the trace of some of the cues, with all spikes.

        Parameters
        ----------
        cues : sequence of int
            Their numbers.

        Returns
        -------
        Trace
            Of as many cues.
        """
        parts = (self.recall.items, self.recall.steps, self.recall.converged, self.recall.operations)
        energy = None if self.energy is None else self.energy[:, cues]
        return replace(self, states=self.states[:, cues], recall=Recall(*(part[cues] for part in parts)), energy=energy)

    def __len__(self) -> int:
        return len(self.time)

    def __repr__(self) -> str:
        cues, units = self.states.shape[1:]
        also = [name for name in ("energy", "record") if getattr(self, name) is not None]
        return (
            f"Trace({len(self)} states of {cues} cue{'s' * (cues != 1)} of {units} units, "
            f"{self.step_unit} {self.time[0]:g} to {self.time[-1]:g}{''.join(f', with its {name}' for name in also)})"
        )


def _directions(x: np.ndarray) -> np.ndarray:
    """The rows over their lengths; a row of zeros stays."""
    largest = np.abs(x).max(-1, keepdims=True)
    x = x / np.where(largest > 0, largest, 1)  # so that no square is 0 or infinite
    return x / np.sqrt(np.maximum((x * x).sum(-1, keepdims=True), np.finfo(float).tiny))


@dataclass
class Film:
    """What a memory shows of a recall on its way; `Traced` makes a `Trace` of it.

    Parameters
    ----------
    every : int
        One state in so many steps is kept.
    states : list of ndarray, each of shape (cue, unit)
        Those kept: the cues at first.
    record : spiking.Record, optional
        Spikes.
    """

    every: int
    states: list[np.ndarray] = field(default_factory=list)
    record: Any = None
    _shown: int = field(default=0, init=False)

    def __call__(self, states: Any) -> None:
        """Take the cues (cue, unit), then the states after each step; every `every`-th is kept."""
        if self._shown % self.every == 0:
            checks.fits("cues", 3 * math.prod(states.shape) * (len(self.states) + 1) * states.dtype.itemsize, WAY_OUT)
            self.states.append(np.array(to_host(states)))
        self._shown += 1

    def room(self, states: Any, steps: int) -> Any:
        """Give room for the states of a kernel, which makes all its steps at once.

        Parameters
        ----------
        states : array of shape (cue, unit)
            The cues, in the library and on the device of the kernel.
        steps : int
            The most steps.

        Returns
        -------
        array of int8, of shape (frame, cue, unit)
            Zeros: a frame for each `every`-th step.
        """
        frames = steps // self.every
        checks.fits("cues", 3 * frames * math.prod(states.shape), WAY_OUT)
        xp = array_api_compat.array_namespace(states)
        return xp.zeros((frames, *states.shape), dtype=xp.int8, device=array_api_compat.device(states))


class Traced(Base):
    """Gives a memory `trace`, which films its own recall.

    A memory whose recall takes several steps does all of it in `_filmed`, which calls `film` with
    the cue as it takes it and with the states after every step, unless `film` is None; `recall`
    calls it without one. A memory of one step needs nothing more than this class.
    """

    step_unit: str
    reads_signs = False  # whether a memory of one step takes no more of a cue than its signs

    def recall(self, cues: Any) -> Recall:
        """Recall each cue alone."""
        raise NotImplementedError

    def trace(self, cues: Any, every: int = 1) -> Trace:
        """Recall cues as `recall` does, and keep the states on the way.

        Parameters
        ----------
        cues : array of shape (cue, unit)
            As for `recall`.
        every : int, default 1
            One state in so many steps is kept, besides the first and the last, so that the trace
            of a recall of n steps holds at most n / every + 2 times the numbers of its cues.

        Returns
        -------
        Trace
            The states, their energy where the memory has one, and the spikes of a spiking memory.

        Raises
        ------
        InputError
            If the cues are none that `recall` takes, or the states don't fit in the machine.
        """
        film = Film(checks.whole("every", every))
        recall = self._filmed(cues, film)
        items, steps = np.asarray(recall), np.asarray(recall.steps)
        if items.ndim == 3:  # sequences: a step is a frame
            first = film.states[0] if film.states else np.zeros_like(items[:, 0])
            frames = np.stack([first, *np.moveaxis(items, 1, 0)])
            return Trace(frames, np.arange(len(frames)), self.step_unit, recall)
        last = steps.max().item()
        time = np.array([*np.arange(0, last, film.every), last])
        states = np.empty((len(time), *items.shape), np.result_type(items, *film.states[:1]))
        for number, when in enumerate(time):
            ended = (steps <= when)[:, None]
            states[number] = items if ended.all() else np.where(ended, items, _fitting(film.states[number], items))
        return Trace(states, time, self.step_unit, recall, self._energies(states, recall.items), film.record)

    def _filmed(self, cues: Any, film: Film | None) -> Recall:
        """What `recall` gives for cues, shown to the film on the way."""
        recall = self.recall(cues)
        if film:
            taken = to_host(cues) if np.ndim(cues) == 2 else to_host(cues)[:, -1]
            film(np.sign(taken) if self.reads_signs else taken)
        return recall

    def _energies(self, states: np.ndarray, like: Any) -> np.ndarray | None:
        """Energy of the states (step, cue), taken where an array lies; None if there is none."""
        if not hasattr(self, "energy"):
            return None
        try:
            return np.stack([np.asarray(to_host(self.energy(same_kind(now, like))), float) for now in states])
        except InputError:  # none with these settings
            return None


def _fitting(states: np.ndarray, items: np.ndarray) -> np.ndarray:
    """States that are as long as the items; zeros for cues of another length."""
    return states if states.shape == items.shape else np.zeros_like(items)


def traced(memory: Any, cues: Any, every: int = 1) -> Trace:
    """Trace the recall of any memory; from the cue to the answer where it has no `trace`.

    Parameters
    ----------
    memory : Memory
        With items in it.
    cues : array of shape (cue, unit)
        The cues.
    every : int, default 1
        One state in so many steps is kept, where the memory has a `trace`.

    Returns
    -------
    Trace
        The states.
    """
    if hasattr(memory, "trace"):
        return memory.trace(cues, every)
    recall = memory.recall(cues)
    items = np.asarray(recall)
    states = np.stack([_fitting(to_host(cues), items), items])
    return Trace(states, np.array([0, np.max(recall.steps)]), memory.step_unit, recall)
