"""The protocol of every memory, and what a recall gives back and costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, Self, runtime_checkable

import array_api_compat
import numpy as np

from .checks import refusal


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
        return np.array(fetched(self.items), dtype=dtype, copy=copy)


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
    """

    units: int
    step_unit: str

    def store(self, keys: Any, values: Any = None) -> Self: ...

    def recall(self, cues: Any) -> Recall: ...

    def clear(self) -> None: ...

    @property
    def cost(self) -> Cost: ...


def on_device(array: Any) -> bool:
    """Whether it lies on a CUDA device: a CuPy array, or a torch tensor there."""
    return hasattr(array.detach() if hasattr(array, "detach") else array, "__cuda_array_interface__")


def fetched(array: Any) -> np.ndarray:
    """`array` of any library, on any device, with or without a gradient, as a NumPy array."""
    if hasattr(array, "detach"):
        array = array.detach().cpu()
    elif hasattr(array, "get"):
        array = array.get()
    return np.asarray(array)


def to_numpy(array: Any) -> np.ndarray:
    """The same for what works on the CPU alone: InputError for an array on a CUDA device, which nothing moves unasked."""
    if on_device(array):
        was, way_out = "lies on a CUDA device", "bring it over with cupy.asnumpy(array) or tensor.cpu()"
        raise refusal("the array", "lie on the CPU, where alone this works", was, way_out)
    return fetched(array)


def resident(array: Any) -> Any:
    """The array where it lies, if that is a CUDA device, else as a NumPy array: what a kernel takes."""
    if not on_device(array):
        return to_numpy(array)
    return array.detach() if hasattr(array, "detach") else array


def like(array: Any, cues: Any) -> Any:
    """An `array` of NumPy, or of the cues' own library, in the library and data type of `cues`, and on their device."""
    xp = array_api_compat.array_namespace(cues)
    return xp.asarray(array, dtype=cues.dtype, device=array_api_compat.device(cues))


def bits_of(*arrays: Any) -> int:
    """Bits that the arrays occupy, at the precision at which they are held."""
    return sum(8 * int(array.nbytes) for array in arrays if array is not None)
