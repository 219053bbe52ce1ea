"""Mixture of memories: several fast-weight memories, of which a router chooses a few for each key."""

from __future__ import annotations

from typing import Any

import array_api_compat
import numpy as np

from neuromem import checks
from neuromem.arrays import unit_length
from neuromem.kernels.fast_weights import RULES, read
from neuromem.kernels.separation import softmax
from neuromem.models._one_step import OneStep


class MixtureOfMemories(OneStep):
    """Linear attention with several states S^m; a key writes to, and a cue reads from, the `chosen` best routed ones only.

        g = softmax(sharpness R k) over the `chosen` largest entries, 0 elsewhere        router       (1)
        S^m <- rule(S^m, k, v)  for the m with g_m > 0                                   write        (2)
        o = sum_m g_m(q) S^m q                                                           read         (3)

    k, q: key and cue, divided by their length.  S: weights (memory, value unit, key unit).  R: routing vectors (memory, key
    unit) of unit length, fixed and random here (trained in the paper, which also has one memory that all tokens share).
    Items that are routed apart can't disturb each other; a damaged cue that is routed elsewhere finds nothing.

    units: length of a key.  memories, chosen: how many there are, and how many a key takes.  rule, decay, rate: of (2), as
    in Pavlov; "hebb", "delta" or "oja".  Raises InputError for arrays of another shape or library, or a recall before store.

    Du et al. 2025, MoM: linear sequence modeling with mixture-of-memories, arXiv:2502.13685.

    >>> import neuromem as nm
    >>> items = nm.patterns.random(10, 128, rng=0)
    >>> recalled = MixtureOfMemories(128).store(items).recall(items)
    >>> float(nm.metrics.overlap(recalled, items).min()) > 0.9
    True
    """

    def __init__(
        self,
        units: int,
        *,
        memories: int = 4,
        chosen: int = 2,
        rule: str = "hebb",
        decay: float = 1.0,
        rate: float = 1.0,
        sharpness: float = 1.0,
        rng: int | np.random.Generator = 0,
    ):
        super().__init__(units)
        self.memories = checks.whole("memories", memories)
        self.chosen = checks.whole("chosen", chosen, most=self.memories, way_out=f"there are {memories} memories")
        self.rule = checks.choice("rule", rule, ("delta", "hebb", "oja"))
        self.decay = checks.fraction("decay", decay)
        self.rate = checks.real("rate", rate, above=0)
        self.sharpness = checks.real("sharpness", sharpness, above=0)
        self._router = unit_length(checks.generator(rng).normal(size=(self.memories, self.units)))

    def _learn(self, state: Any, keys: Any, values: Any) -> Any:
        xp = array_api_compat.array_namespace(keys)
        keys = unit_length(keys)
        chosen = self._gates(keys)[:, :, None, None] > 0  # (item, memory, 1, 1)
        if state is None:
            state = xp.zeros(
                (self.memories, values.shape[1], self.units), dtype=keys.dtype, device=array_api_compat.device(keys)
            )
        for i in range(keys.shape[0]):
            written = RULES[self.rule].step(state, keys[i], values[i], rate=self.rate, decay=self.decay)
            state = xp.where(chosen[i], written, state)  # (2)
        return state

    def _respond(self, state: Any, cues: Any) -> Any:
        cues = unit_length(cues)
        xp = array_api_compat.array_namespace(cues)
        responses = read(state, cues[:, None, :])  # (cue, memory, value unit)
        return xp.sum(self._gates(cues)[:, :, None] * responses, axis=1)  # (3)

    def _gates(self, keys: Any) -> Any:
        """Equation (1), shape (item, memory)."""
        xp = array_api_compat.array_namespace(keys)
        scores = self.sharpness * keys @ xp.asarray(self._router, dtype=keys.dtype, device=array_api_compat.device(keys)).T
        least = xp.sort(scores, axis=1)[:, -self.chosen, None]
        gates = xp.where(scores >= least, softmax(scores), xp.zeros_like(scores))
        return gates / xp.sum(gates, axis=1, keepdims=True)
