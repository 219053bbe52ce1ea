"""What memories share that learn pairs one after the other and answer a cue in one step."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Self

import array_api_compat
import numpy as np

from neuromem import checks
from neuromem.arrays import as_floating, bits_of, require_finite, same_kind, to_host
from neuromem.memory import Cost, Recall
from neuromem.trace import Traced

TEMPORARIES = 4  # arrays of the size of the state while a pair is learnt: the old one, the new one, two products


class OneStep(Traced):
    """Store, recall, clear and cost of a memory that is given by two functions of its state.

    A subclass defines `_learn(state, keys, values)`, which gives the state after the pairs (item,
    unit) and (item, value unit) in their order, and `_respond(state, cues)`, which gives the
    responses (cue, value unit). A state is a dict of named arrays, empty at first, which are the
    memory's synapses. All arrays come in one library and one floating type. A recall costs one
    multiply-add for each entry of the arrays that it reads, which are all unless `_read` says less.

    Parameters
    ----------
    units : int
        Length of a key.

    Attributes
    ----------
    stored : int
        Number of items stored.
    """

    step_unit = "reads"
    _state: dict[str, Any]
    _outputs: int

    def __init__(self, units: int):
        self.units = checks.whole("units", units, way_out="give the length of one item, such as 256")
        self.clear()

    def _pairs(self, keys: Any, values: Any) -> tuple[Any, Any]:
        """Checked keys and values, one value a key."""
        return checks.pairs(keys, values, self.units)

    def _learn(self, state: dict[str, Any], keys: Any, values: Any) -> dict[str, Any]:
        raise NotImplementedError

    def _respond(self, state: dict[str, Any], cues: Any) -> Any:
        raise NotImplementedError

    def _read(self, state: dict[str, Any]) -> list[Any]:
        """The arrays of a state from which a response is made; others are for learning alone."""
        return list(state.values())

    def store(self, keys: Any, values: Any = None) -> Self:
        """Add `keys` (item, unit) and their `values` (item, value unit), in their order.

        values=None stores the keys as their own values.
        """
        keys, values = self._pairs(keys, values)
        if self._state:
            values = checks.array("values", values, (*("item", "step")[: values.ndim - 1], self._outputs))
        keys, values, before = self._alike(keys=keys, values=values)
        state = self._learn(before, keys, values)
        require_finite("store", *state.values())
        self._state, self._outputs = state, values.shape[-1]
        self.stored += len(keys)
        return self

    def recall(self, cues: Any) -> Recall:
        """Give real responses (cue, value unit), in one step."""
        cues = checks.cues(cues, self.units)
        checks.stored(self, self.stored)
        responses = self._respond(*reversed(self._alike(cues=cues)))
        require_finite("recall", responses)
        number, self._operations = len(cues), float(sum(math.prod(array.shape) for array in self._read(self._state)))
        return Recall(responses, np.ones(number, int), np.ones(number, bool), np.full(number, self._operations))

    def clear(self) -> None:
        """Forget everything."""
        self._state, self._outputs, self.stored, self._operations = {}, 0, 0, math.nan

    @property
    def synapses(self) -> dict[str, np.ndarray]:
        """Copies of the arrays of the state, by name; empty before the first store.

        Set, they are used as they are: in the type of the items, or in float64 where that would
        round them.
        """
        return {name: np.array(to_host(array)) for name, array in self._state.items()}

    @synapses.setter
    def synapses(self, arrays: Mapping[str, Any]) -> None:
        new = checks.synapses(arrays, self._state)
        self._state = {name: uncut(array, self._state[name]) for name, array in new.items()}

    @property
    def cost(self) -> Cost:
        """The whole state, at the precision at which it is held.

        That is the precision of the items, and float64 for whole numbers.
        """
        held = self._state.values()
        return Cost(bits_of(*held), sum(math.prod(array.shape) for array in held), self._operations)

    def _alike(self, **given: Any) -> tuple[Any, ...]:
        """Arrays, by the names of their arguments, and the state, all in one floating type."""
        stored = {f"what is stored ({name})": array for name, array in self._state.items()}
        _, *arrays = as_floating(**given, **stored)
        return *arrays[: len(given)], dict(zip(self._state, arrays[len(given) :], strict=True))


def uncut(array: Any, beside: Any) -> Any:
    """Return a copy in the library and type of another array, or in float64 if that rounds."""
    host = np.array(to_host(array))
    copy = same_kind(host, beside)
    if (to_host(copy) == host).all():
        return copy
    xp = array_api_compat.array_namespace(beside)
    return xp.asarray(host.astype(float), device=array_api_compat.device(beside))


def zeros(beside: Any, *shape: int) -> Any:
    """Return zeros like an array (library, type, device), if there is room for a state of them."""
    xp = array_api_compat.array_namespace(beside)
    need = TEMPORARIES * math.prod(shape) * xp.finfo(beside.dtype).bits / 8
    checks.fits("units", need, "take shorter keys and values, or fewer features")
    return xp.zeros(shape, dtype=beside.dtype, device=array_api_compat.device(beside))
