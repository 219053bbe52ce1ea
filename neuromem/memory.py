"""The protocol of every memory, and what a recall gives back and costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, Self, runtime_checkable

import numpy as np

from .arrays import to_host


@dataclass(frozen=True)
class Recall:
    """What a memory gave back for a batch of cues; `np.asarray(recall)` is its items.

    items: (cue, unit), in the array library of the cues.  steps: (cue,), in the memory's `step_unit`.
    converged: (cue,), False where the recall did not settle.  operations: (cue,), elementary operations as run
    (multiply-adds; synaptic events for spikes).
    """

    items: Any
    steps: np.ndarray
    converged: np.ndarray
    operations: np.ndarray

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(to_host(self.items), dtype=dtype, copy=copy)


@dataclass(frozen=True)
class Cost:
    """The price of a memory: `bits` it keeps to be able to recall, `synapses`, mean `operations` a cue of its last recall.

    `bits` counts what is really held, at the precision at which it is held: weights, or every stored item.
    `operations` is NaN before the first recall.
    """

    bits: int
    synapses: int
    operations: float


@runtime_checkable
class Memory(Protocol):
    """A memory of items of `units` entries, +1/-1 unless it takes real ones; a 0 in a cue means "unknown".

    `store` adds items (item, unit) and returns the memory itself; values=None is auto-association.
    `recall` takes cues (cue, unit), each alone, and never changes what is stored.
    `clear` forgets everything.

    A memory may also have the property `synapses`; ask with hasattr(memory, "synapses"). It is a
    dict[str, ndarray]: copies of the named arrays that hold what is learnt, in the units in which
    recall uses them, such as {"weights": W}. It can be set to a mapping with the same names and
    shapes, whose values are then used as they are, without rounding. A memory of binary synapses
    refuses other values with InputError. A memory that keeps items gives {"keys": ..., "values": ...}.
    """

    units: int
    step_unit: str

    def __init__(self, units: int, **settings: Any) -> None: ...

    def store(self, keys: Any, values: Any = None) -> Self: ...

    def recall(self, cues: Any) -> Recall: ...

    def clear(self) -> None: ...

    @property
    def cost(self) -> Cost: ...
