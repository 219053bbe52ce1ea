"""What memories share that learn pairs one after the other and answer a cue in one step."""

from __future__ import annotations

import math
from typing import Any, Self

import numpy as np

from neuromem import checks
from neuromem.arrays import as_floating, bits_of
from neuromem.memory import Cost, Recall


class OneStep:
    """Store, recall, clear and cost of a memory given by two functions of its state: an array or a tuple, None at first.

    _learn(state, keys, values) -> state takes pairs (item, unit) and (item, value unit) in their order.
    _respond(state, cues) -> responses (cue, value unit).
    All arrays come in one library and floating type. A recall costs one multiply-add for each entry of the state.
    """

    step_unit = "reads"
    _state: Any
    _outputs: int

    def __init__(self, units: int):
        self.units = checks.whole("units", units, way_out="give the length of one item, such as 256")
        self.clear()

    def _learn(self, state: Any, keys: Any, values: Any) -> Any:
        raise NotImplementedError

    def _respond(self, state: Any, cues: Any) -> Any:
        raise NotImplementedError

    def store(self, keys: Any, values: Any = None) -> Self:
        """Adds `keys` (item, unit) with their `values` (item, value unit), in their order; None: the keys themselves."""
        keys, values = checks.pairs(keys, values, self.units)
        if self._state is not None:
            values = checks.items("values", values, self._outputs)
            _, keys, values, _ = as_floating(keys=keys, values=values, stored=self._held[0])
        else:
            _, keys, values = as_floating(keys=keys, values=values)
        self._outputs = values.shape[1]
        self._state = self._learn(self._state, keys, values)
        return self

    def recall(self, cues: Any) -> Recall:
        """Real responses (cue, value unit), in one step."""
        cues = checks.cues(cues, self.units)
        checks.stored(self, self._state is not None)
        _, cues, _ = as_floating(cues=cues, stored=self._held[0])
        number, self._operations = len(cues), float(self.cost.synapses)
        responses = self._respond(self._state, cues)
        return Recall(responses, np.ones(number, int), np.ones(number, bool), np.full(number, self._operations))

    def clear(self) -> None:
        self._state, self._outputs, self._operations = None, 0, math.nan

    @property
    def cost(self) -> Cost:
        """The whole state, at the precision of the items it came from; integers are held as float64."""
        return Cost(bits_of(*self._held), sum(math.prod(array.shape) for array in self._held), self._operations)

    @property
    def _held(self) -> tuple[Any, ...]:
        return () if self._state is None else self._state if isinstance(self._state, tuple) else (self._state,)
