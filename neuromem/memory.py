"""The protocol of every memory, and what a recall gives back and costs."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import Any, Protocol, Self, runtime_checkable

import numpy as np

from . import display
from .arrays import to_host

SHOWN = 12  # items of a recall that a notebook shows


@dataclass(frozen=True, repr=False, eq=False)
class Recall:
    """What a memory gave back for a batch of cues; `np.asarray(recall)` is its items.

    Parameters
    ----------
    items : array of shape (cue, unit)
        What came back, in the array library of the cues.
    steps : ndarray of shape (cue,)
        Steps that each recall took, in the memory's `step_unit`.
    converged : ndarray of shape (cue,)
        False where a recall did not settle.
    operations : ndarray of shape (cue,)
        Elementary operations as run: multiply-adds; for spikes, synaptic events.
    """

    items: Any
    steps: np.ndarray
    converged: np.ndarray
    operations: np.ndarray

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(to_host(self.items), dtype=dtype, copy=copy)

    def __repr__(self) -> str:
        cues, length = len(self.steps), " x ".join(map(str, np.shape(self.items)[1:]))
        least, most = (f"{value:g}" for value in (np.min(self.steps), np.max(self.steps)))
        steps = f"{least} step{'s' * (least != '1')}" if least == most else f"{least} to {most} steps"
        settled = int(np.sum(self.converged))
        return (
            f"Recall({cues} cue{'s' * (cues != 1)} of {length} units, {'all' if settled == cues else settled} converged, "
            f"{steps}, {np.mean(self.operations):.3g} operations a cue)"
        )

    def _repr_html_(self) -> str:
        items = np.asarray(self)
        shown = "".join(map(display.image, items[:SHOWN])) if display.drawable(items) else ""
        return f"<div>{html.escape(repr(self))}</div><div>{shown}{' ...' if shown and len(items) > SHOWN else ''}</div>"


@dataclass(frozen=True)
class Cost:
    """The price of a memory.

    Parameters
    ----------
    bits : int
        Bits that it keeps to be able to recall, at the precision at which they are held: weights,
        or every stored item.
    synapses : int
        How many numbers those are, where they are weights.
    operations : float
        Mean operations for a cue of its last recall; NaN before the first.
    """

    bits: int
    synapses: int
    operations: float


@runtime_checkable
class Memory(Protocol):
    """A memory of items of +1/-1, or of real numbers; a 0 in a cue means "unknown".

    A memory may also have the property `synapses`; ask with hasattr(memory, "synapses"). It is a
    dict[str, ndarray]: copies of the named arrays that hold what is learnt, in the units in which
    recall uses them, such as {"weights": W}. It can be set to a mapping with the same names and
    shapes, whose values are then used as they are, without rounding. A memory of binary synapses
    refuses other values with InputError. A memory that keeps items gives
    {"keys": ..., "values": ...}.

    A memory may also have the method `trace(cues, every=1)`, which gives the states on the way of a
    recall; `neuromem.trace.Traced` adds it to a class.

    Parameters
    ----------
    units : int
        Length of an item.
    **settings
        All else, each with a default.

    Attributes
    ----------
    units : int
        Length of an item.
    step_unit : str
        What `Recall.steps` counts.
    """

    units: int
    step_unit: str

    def __init__(self, units: int, **settings: Any) -> None: ...

    def store(self, keys: Any, values: Any = None) -> Self:
        """Add items to what is stored.

        Parameters
        ----------
        keys : array of shape (item, unit)
            The items, or the keys of pairs.
        values : array of shape (item, value unit), optional
            The values of pairs; without them each key is its own value.

        Returns
        -------
        Self
            The memory itself.
        """
        ...

    def recall(self, cues: Any) -> Recall:
        """Recall each cue alone, and change nothing that is stored.

        Parameters
        ----------
        cues : array of shape (cue, unit)
            Damaged items; a 0 means unknown.

        Returns
        -------
        Recall
            What came back.
        """
        ...

    def clear(self) -> None:
        """Forget everything."""
        ...

    @property
    def cost(self) -> Cost:
        """What the memory holds, and what its last recall took."""
        ...
