"""A memory on the page, with what it did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from neuromem import metrics
from neuromem.checks import InputError
from neuromem.memory import Cost
from neuromem.trace import Trace


@dataclass(frozen=True, eq=False)
class Shown:
    """A memory with what it did.

    Parameters
    ----------
    spec : str
        Its text.
    thing : str or Source
        What names it, or the object that was named.
    memory : Memory
        With the items in it.
    items : ndarray of shape (item, unit)
        What it holds.
    cues : ndarray of shape (item, unit)
        One for each item.
    trace : Trace
        The recall of all cues.
    seconds : float
        That storing and recalling took.
    learnt : dict
        Views of what it has learnt, which other cues share.
    note : str
        Why it holds another number of items than was asked for, or "".
    """

    spec: str
    thing: Any
    memory: Any
    items: np.ndarray
    cues: np.ndarray
    trace: Trace
    seconds: float
    learnt: dict[str, Any]
    note: str = ""

    @property
    def cost(self) -> Cost:
        """Bits held, and operations."""
        return self.memory.cost

    @property
    def exact(self) -> np.ndarray:
        """Whether each item came back exactly (item,)."""
        return metrics.exact(self.trace.recall, self.items)

    @property
    def overlap(self) -> np.ndarray:
        """Overlap of each recall with its item (item,)."""
        return metrics.overlap(self.trace.recall, self.items)

    def last(self, item: int) -> int:
        """Return the frame in which a recall ends; those of other cues may go on.

        Parameters
        ----------
        item : int
            Number of the cue.

        Returns
        -------
        int
            Number of the frame.
        """
        return int(np.searchsorted(self.trace.time, self.trace.recall.steps[item]))

    def at(self, step: int, item: int) -> np.ndarray:
        """Return the state of a cue at a frame of the trace, which stays at its last.

        Parameters
        ----------
        step : int
            Number of the frame; -1 is the last.
        item : int
            Number of the cue.

        Returns
        -------
        ndarray of shape (unit,)
            The state.
        """
        last = self.last(item)
        return self.trace.states[last if step < 0 else min(step, last), item]

    def verdict(self, item: int) -> str:
        """Say in a sentence how the recall of an item ended.

        Parameters
        ----------
        item : int
            Its number.

        Returns
        -------
        str
            A sentence.
        """
        recall, share = self.trace.recall, float(self.overlap[item])
        unit, taken = self.trace.step_unit, float(recall.steps[item])
        steps = f"{taken:g} {unit.removesuffix('s') if taken == 1 and unit != 'ms' else unit}"
        others = metrics.overlap(np.repeat(np.asarray(recall)[item : item + 1], len(self.items), 0), self.items)
        nearest = int(np.abs(others).argmax())
        end = "" if recall.converged[item] else ", and was still moving"
        if self.exact[item]:
            return f"came back exactly in {steps}{end}"
        if not np.asarray(recall)[item].any():
            return f"gave no answer after {steps}"
        if nearest != item and abs(others[nearest]) > max(0.9, abs(share)):
            return f"came back as item {nearest + 1}, in {steps}{end}"
        wrong = round(float(metrics.bit_error(np.asarray(recall)[[item]], self.items[[item]])[0]) * self.items.shape[1])
        if share > 0.9:
            return f"came back nearly, with {wrong} of {self.items.shape[1]} units wrong, in {steps}{end}"
        return f"was lost: overlap {share:.2f} with its item after {steps}{end}"


def said(spec: str, error: Exception) -> str:
    """Say in a line why a memory failed.

    Parameters
    ----------
    spec : str
        The memory.
    error : Exception
        What it raised.

    Returns
    -------
    str
        The line.
    """
    if isinstance(error, InputError):
        return str(error)
    return f"{spec} failed: {type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
