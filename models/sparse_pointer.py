"""Sparse pointer slots: the last few pairs exactly, all of them in fast weights."""

from __future__ import annotations

from typing import Any

import array_api_compat

from neuromem import checks
from neuromem.arrays import unit_length
from neuromem.kernels.fast_weights import hebb, outer
from neuromem.kernels.separation import softmax_one
from neuromem.models._one_step import OneStep


class SparsePointer(OneStep):
    """A ring of slots that hold the last pairs exactly, beside a Hebbian state that holds all of them with crosstalk.

        slot n mod `slots` <- (k_n, v_n);   S <- S + v_n k_n^T                      write                 (1)
        p_j = exp(z_j) / (1 + sum_l exp(z_l)),   z_j = sharpness (q.k_j - threshold)     pointer          (2)
        o = sum_j p_j v_j + (1 - sum_j p_j) S q                                     fused read            (3)

    k, q: key and cue, divided by their length.  S: weights (value unit, key unit).  p: pointer, which goes to no slot where
    all cosines are below the threshold; the rest is then left to S.

    units: length of a key.  slots: pairs held exactly.  threshold, sharpness: of the pointer, in cosine.
    Raises InputError for arrays of another shape or library, or a recall before store.

    Pointer: Vinyals, Fortunato & Jaitly 2015, Pointer networks, arXiv:1506.03134; a state with sparse slots: UniMatrix.

    >>> import neuromem as nm
    >>> items = nm.patterns.random(40, 128, rng=0)
    >>> recalled = SparsePointer(128).store(items).recall(nm.cues.erase(items, 0.3, rng=1))
    >>> nm.metrics.exact(recalled, items)[8:].all()  # the last 32
    np.True_
    """

    def __init__(self, units: int, *, slots: int = 32, threshold: float = 0.5, sharpness: float = 64.0):
        super().__init__(units)
        self.slots = checks.whole("slots", slots)
        self.threshold = checks.real("threshold", threshold, least=-1, most=1)
        self.sharpness = checks.real("sharpness", sharpness, above=0)

    def _learn(self, state: Any, keys: Any, values: Any) -> Any:
        xp = array_api_compat.array_namespace(keys)
        keys = unit_length(keys)
        weights, old_keys, old_values = state or (0 * outer(values[0], keys[0]), keys[:0], values[:0])
        for i in range(keys.shape[0]):
            weights = hebb(weights, keys[i], values[i])
        return weights, xp.concat([old_keys, keys])[-self.slots :], xp.concat([old_values, values])[-self.slots :]

    def _respond(self, state: Any, cues: Any) -> Any:
        weights, keys, values = state
        xp, cues = array_api_compat.array_namespace(cues), unit_length(cues)
        pointer = softmax_one(self.sharpness * (cues @ keys.T - self.threshold))  # (2)
        return pointer @ values + (1 - xp.sum(pointer, axis=1, keepdims=True)) * (cues @ weights.T)  # (3)
