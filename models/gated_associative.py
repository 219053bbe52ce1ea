"""Gated associative memory: attention to a learned bank, which can't bind a new pair; a control."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Self

import array_api_compat
import numpy as np

from neuromem import checks
from neuromem.arrays import as_floating, bits_of, move_beside, require_finite, to_host, unit_length
from neuromem.kernels.separation import softmax
from neuromem.memory import Cost, Recall
from neuromem.patterns import random
from neuromem.trace import Traced


class GatedAssociative(Traced):
    """Bank of slots, fixed before any item comes, that softmax reads: no memory of the items.

    Equations, numbered as in the code's comments:

        a = softmax(beta M x / (|M| |x|))                  attention to the slots              (1)
        y = gate x + (1 - gate) M^T a                      local path, global path             (2)

    x is the cue, M the bank. What `store` is given changes nothing but that recall is allowed: a
    damaged item comes back no better than the cue, unless the bank happens to hold it. An
    experiment that shows this memory to work is wrong.

    Parameters
    ----------
    units : int
        Length of an item.
    bank : int or array of shape (slot, unit), default 64
        M, such as the items that it was trained on, or the number of its random +1/-1 slots.
    gate : float, default 0.75
        Weight of the local path, which is a convolution of width 1 here.
    beta : float, default 16
        Sharpness of (1), in cosine.
    rng : int or numpy.random.Generator, default 0
        Draws a random bank.

    Attributes
    ----------
    bank : array of shape (slot, unit)
        M.
    stored : int
        Number of items that `store` was given.

    Raises
    ------
    InputError
        If arrays have another shape or library, values are not the items, or nothing is stored at a
        recall.

    References
    ----------
    Acharya, R. (2025). Gated associative memory. https://arxiv.org/abs/2509.00605

    Examples
    --------
    >>> import neuromem as nm
    >>> items = nm.patterns.random(10, 64, rng=0)
    >>> cues = nm.cues.flip(items, 0.25, rng=1)
    >>> recalled = GatedAssociative(64).store(items).recall(cues)
    >>> float(nm.metrics.bit_error(recalled, items).mean())  # that of the cues
    0.25
    """

    step_unit = "reads"
    exceptions = dict.fromkeys(
        (
            "a_lone_item_comes_back_from_erased_cues",
            "a_lone_item_comes_back_from_flipped_cues",
            "two_random_items_are_kept_apart",
            "several_random_items_are_kept_apart",
        ),
        "a negative control: it keeps nothing of what it is given",
    )

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
        self.seed = checks.seed(rng)
        if np.ndim(bank) == 0:
            slots = checks.whole("bank", bank, way_out="give the number of slots, or an array of them")
            checks.fits("units", 16 * slots * self.units, "take fewer units or slots")
            bank = random(slots, self.units, rng=self.seed)
        bank = checks.items("bank", bank, self.units)
        self.bank = array_api_compat.array_namespace(bank).asarray(bank, copy=True)
        self.gate = checks.fraction("gate", gate)
        self.beta = checks.real("beta", beta, above=0)
        self.clear()

    def store(self, keys: Any, values: Any = None) -> Self:
        """Take `keys` (item, unit) and keep nothing of them; the bank goes beside the first."""
        checks.auto(self, values)
        keys = checks.items("keys", keys, self.units)
        xp, (here, there) = array_api_compat.array_namespace(keys), map(array_api_compat.device, (self.bank, keys))
        if not self.stored and (array_api_compat.array_namespace(self.bank) is not xp or here != there):
            self.bank = move_beside(xp, to_host(self.bank), keys)
        self.stored += len(keys)
        return self

    def recall(self, cues: Any) -> Recall:
        """Give real items (cue, unit), equation (2)."""
        cues = checks.cues(cues, self.units)
        checks.stored(self, self.stored)
        _, cues, bank = as_floating(cues=cues, bank=self.bank)
        attention = softmax(unit_length(cues) @ unit_length(bank).T, self.beta)  # (1)
        items = self.gate * cues + (1 - self.gate) * attention @ bank  # (2)
        require_finite("recall", items)
        number, self._operations = len(cues), 2.0 * math.prod(bank.shape)
        return Recall(items, np.ones(number, int), np.ones(number, bool), np.full(number, self._operations))

    def clear(self) -> None:
        """Forget that there was an item; the bank stays."""
        self.stored, self._operations = 0, math.nan

    @property
    def synapses(self) -> dict[str, np.ndarray]:
        """A copy of the bank, which training writes and `store` does not. Can be set."""
        return {"bank": np.array(to_host(self.bank))}

    @synapses.setter
    def synapses(self, arrays: Mapping[str, Any]) -> None:
        bank = checks.synapses(arrays, {"bank": self.bank})["bank"]
        xp = array_api_compat.array_namespace(self.bank)
        self.bank = move_beside(xp, np.array(to_host(bank)), self.bank)

    @property
    def cost(self) -> Cost:
        """The bank, at the precision it came in."""
        return Cost(bits_of(self.bank), math.prod(self.bank.shape), self._operations)
