"""Memory mosaic unit: kernel regression from the recent past to what came next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import numpy as np

from neuromem import checks
from neuromem.arrays import as_floating, unit_length
from neuromem.memory import Cost, Recall
from neuromem.models.attention import Attention
from neuromem.trace import Traced


class MemoryMosaic(Traced):
    """Attention whose keys are leaky averages of the past, and whose values are what came next.

    Equations, numbered as in the code's comments:

        k_t = a_t / |a_t|,  a_t = x_t + leak a_(t-1)                 key of a sequence at t    (1)
        v_t = x_(t+1)                                                value: what came next     (2)
        f(k) = sum_i exp(beta k.k_i) v_i / sum_i exp(beta k.k_i)     prediction                (3)

    A sequence (item, time, unit) is stored as the pairs (1), (2) of all its times but the last,
    and a cue (cue, time, unit) is answered by (3) at its last time. There is no separate query.
    Keys (item, unit) are sequences of one time, stored with given values, or with themselves.

    Parameters
    ----------
    units : int
        Length of one x_t.
    leak : float, default 0.5
        How much of the past stays in the key, in [0, 1).
    beta : float, optional
        Inverse temperature; by default 4 / variance of the keys (1), as in Attention.

    Attributes
    ----------
    stored : int
        Number of pairs stored; a sequence of T times is T - 1 of them.

    Raises
    ------
    InputError
        If arrays have another shape or library, nothing is stored at a recall, or a result is too
        large for its type.

    References
    ----------
    Zhang, J. et al. (2024). Memory mosaics. https://arxiv.org/abs/2405.06394

    Examples
    --------
    >>> import neuromem as nm
    >>> song = nm.patterns.random(30, 64, rng=0)
    >>> heard = nm.cues.flip(song, 0.1, rng=1)
    >>> memory = MemoryMosaic(64).store(song[None])
    >>> bool(nm.metrics.exact(memory.recall(heard[None, 5:9]), song[9:10]).all())
    True
    """

    step_unit = "updates"

    def __init__(self, units: int, *, leak: float = 0.5, beta: float | None = None):
        self.units = checks.whole("units", units, way_out="give the length of one item, such as 256")
        self.leak = checks.real("leak", leak, least=0, below=1)
        self._beta = beta
        self._memory = Attention(self.units, beta=beta, steps=1, similarity="cosine")

    @property
    def beta(self) -> float:
        """The inverse temperature in use; NaN while it depends on keys that are not there yet."""
        return self._memory.beta

    @property
    def stored(self) -> int:
        """Number of pairs stored."""
        return self._memory.stored

    def store(self, keys: Any, values: Any = None) -> Self:
        """Add sequences (item, time, unit), or keys (item, unit) and values (item, value unit)."""
        if checks.axes(keys) != 3:
            self._memory.store(*checks.pairs(keys, values, self.units))
            return self
        checks.auto(self, values)
        keys = checks.array("keys", keys, ("item", "time", self.units))
        if keys.shape[1] < 2:
            raise checks.refusal("keys", "have at least two times", f"has {keys.shape[1]}", "give what came next as values")
        _, keys = as_floating(keys=keys)
        past = keys[:, 0]
        for time in range(1, keys.shape[1]):
            self._memory.store(unit_length(past), keys[:, time])  # (1), (2)
            past = keys[:, time] + self.leak * past
        return self

    def recall(self, cues: Any) -> Recall:
        """Give predictions (cue, value unit), for cues (cue, unit) or (cue, time, unit)."""
        if checks.axes(cues) == 3:
            _, cues = as_floating(cues=checks.array("cues", cues, ("cue", "time", self.units)))
            past = cues[:, 0]
            for time in range(1, cues.shape[1]):
                past = cues[:, time] + self.leak * past  # (1)
            cues = past
        recalled = self._memory.recall(cues)
        return Recall(recalled.items, recalled.steps, np.ones(len(recalled.steps), bool), recalled.operations)

    def clear(self) -> None:
        """Forget everything."""
        self._memory.clear()

    @property
    def synapses(self) -> dict[str, np.ndarray]:
        """Copies of the stored keys and values. Can be set."""
        return self._memory.synapses

    @synapses.setter
    def synapses(self, arrays: Mapping[str, Any]) -> None:
        self._memory.synapses = arrays

    @property
    def cost(self) -> Cost:
        """All stored keys and values."""
        return self._memory.cost
