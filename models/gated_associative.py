"""Gated associative memory: attention to a learned bank; the negative control that can't bind a new pair."""

from __future__ import annotations

import math
from typing import Any, Self

import numpy as np

from neuromem import checks
from neuromem.arrays import as_floating, bits_of, unit_length
from neuromem.kernels.separation import softmax
from neuromem.memory import Cost, Recall
from neuromem.patterns import random


class GatedAssociative:
    """A bank M of slots fixed before any item comes, read by softmax and mixed with the cue itself: no memory of items.

        a = softmax(beta M x / (|M| |x|))                          attention to the slots             (1)
        y = gate x + (1 - gate) M^T a                              local path, global path            (2)

    x: cue.  M: bank (slot, unit): given (the items it was trained on), or random +1/-1.  gate: weight of the local path, a
    convolution of width 1 here. What `store` is given changes nothing but that recall is allowed: a damaged item comes back
    no better than the cue, unless the bank happens to hold it. An experiment that shows this memory to work is wrong.

    units: length of an item.  bank: M, or the number of its random slots.  beta: sharpness.
    Raises InputError for arrays of another shape or library, values other than the items, or a recall before store.

    Acharya 2025, Gated associative memory, arXiv:2509.00605.

    >>> import neuromem as nm
    >>> items = nm.patterns.random(10, 64, rng=0)
    >>> cues = nm.cues.flip(items, 0.25, rng=1)
    >>> recalled = GatedAssociative(64).store(items).recall(cues)
    >>> float(nm.metrics.bit_error(recalled, items).mean())  # that of the cues
    0.25
    """

    step_unit = "reads"

    def __init__(
        self,
        units: int,
        *,
        bank: int | Any = 64,
        gate: float = 0.75,
        beta: float = 16.0,
        rng: int | np.random.Generator = 0,
    ):
        self.units = checks.whole("units", units, way_out="give the length of one item, such as 256")
        if isinstance(bank, int):
            bank = random(checks.whole("bank", bank), self.units, rng=rng)
        self.bank = checks.items("bank", bank, self.units)
        self.gate = checks.fraction("gate", gate)
        self.beta = checks.real("beta", beta, above=0)
        self.clear()

    def store(self, keys: Any, values: Any = None) -> Self:
        """Takes `keys` (item, unit) and keeps nothing of them."""
        checks.auto(self, values)
        self._number += len(checks.items("keys", keys, self.units))
        return self

    def recall(self, cues: Any) -> Recall:
        """Real items (cue, unit), equation (2)."""
        cues = checks.cues(cues, self.units)
        checks.stored(self, self._number)
        _, cues, bank = as_floating(cues=cues, bank=self.bank)
        attention = softmax(self.beta * unit_length(cues) @ unit_length(bank).T)  # (1)
        items = self.gate * cues + (1 - self.gate) * attention @ bank  # (2)
        number, self._operations = len(cues), 2.0 * math.prod(bank.shape)
        return Recall(items, np.ones(number, int), np.ones(number, bool), np.full(number, self._operations))

    def clear(self) -> None:
        self._number, self._operations = 0, math.nan

    @property
    def cost(self) -> Cost:
        """The bank, at the precision it came in."""
        return Cost(bits_of(self.bank), math.prod(self.bank.shape), self._operations)
