"""Pavlov: linear attention as a memory of conditional and unconditional stimuli."""

from __future__ import annotations

import math
from typing import Any, Self

import numpy as np

from neuromem import checks
from neuromem.memory import Cost, Recall, bits_of
from neuromem.models import _fast_weight_rules as rules
from neuromem.models._algebra import common, unit_length

RULES = {"hebb": rules.hebb, "delta": rules.delta}


class Pavlov:
    """Fast weights S that associate a conditional stimulus k (key) with an unconditional one v (value): linear attention.

        k = x / |x|                                         with `normalise`; a cue likewise     (1)
        hebb:   S <- decay S + rate v k^T                   Hebb; linear attention               (2)
        delta:  S <- decay S;  S <- S + rate (v - S k) k^T  Rescorla-Wagner; DeltaNet            (3)
        o = S q                                             response to the cue q                (4)

    S: weights (value unit, key unit).  Items are stored one after the other, each once.  Auto-association has v = x, not
    divided by its length: one stored item comes back as it was, among others +1/-1 items at their scale plus crosstalk.
    Recalled items are real; their signs are the decoded +1/-1. Unknown units of a cue (0) add nothing to (4).

    units: length of a key; a value may have another length, and both may be real.  rule: "hebb" or "delta".
    decay: what is kept of S at each item, 1 for all.  rate: learning rate; (3) needs 0 <= rate |k|^2 <= 2 to be stable,
    and with rate 1 and unit keys it puts v in place of what k meant before.  normalise: False leaves keys and cues alone.
    Raises InputError for arrays of another shape or library, or a recall before store.

    Schlag, Irie & Schmidhuber 2021, Linear transformers are secretly fast weight programmers, ICML, arXiv:2102.11174.
    Rescorla & Wagner 1972, in Classical conditioning II, 64-99.

    >>> import neuromem as nm
    >>> bell, food = [[1.0, 0.0, 0.0]], [[1.0, -1.0]]
    >>> Pavlov(3, rule="delta", rate=0.5).store(bell, food).store(bell, food).recall(bell).items.tolist()
    [[0.75, -0.75]]
    """

    step_unit = "reads"
    _state: Any

    def __init__(self, units: int, *, rule: str = "hebb", decay: float = 1.0, rate: float = 1.0, normalise: bool = True):
        self.units = checks.whole("units", units, way_out="give the length of one item, such as 256")
        self.rule = checks.choice("rule", rule, RULES)
        self.decay = checks.fraction("decay", decay)
        self.rate = checks.real("rate", rate, above=0, way_out="give a learning rate such as 1 or 0.1")
        self.normalise = normalise
        self.clear()

    def store(self, keys: Any, values: Any = None) -> Self:
        """Adds `keys` (item, unit) with their `values` (item, value unit), in their order; None: the keys themselves."""
        keys, values = checks.pairs(keys, values, self.units)
        if self._state is not None:
            values = checks.items("values", values, self._state.shape[0])
            xp, state, keys, values = common(stored=self._state, keys=keys, values=values)
        else:
            xp, keys, values = common(keys=keys, values=values)
            state = xp.zeros_like(rules.outer(values[0], keys[0]))
        keys = unit_length(keys) if self.normalise else keys
        for i in range(keys.shape[0]):
            state = RULES[self.rule](state, keys[i], values[i], rate=self.rate, decay=self.decay)  # (2), (3)
        self._state = state
        return self

    def recall(self, cues: Any) -> Recall:
        """Responses (cue, value unit), equation (4): real, in one step."""
        cues = checks.cues(cues, self.units)
        checks.stored(self, self._state is not None)
        _, cues, state = common(cues=cues, stored=self._state)
        responses = (unit_length(cues) if self.normalise else cues) @ state.T
        number, self._operations = len(cues), float(math.prod(state.shape))
        return Recall(responses, np.ones(number, int), np.ones(number, bool), np.full(number, self._operations))

    def clear(self) -> None:
        self._state = None
        self._operations = math.nan

    @property
    def cost(self) -> Cost:
        """The weights S, at the precision they are held in (float64 unless the items are float32)."""
        synapses = 0 if self._state is None else math.prod(self._state.shape)
        return Cost(bits_of(self._state), synapses, self._operations)
