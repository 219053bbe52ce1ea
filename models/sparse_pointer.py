"""Sparse pointer slots: the last few pairs exactly, all of them in fast weights."""

from __future__ import annotations

from typing import Any

import array_api_compat

from neuromem import checks
from neuromem.arrays import unit_length
from neuromem.kernels.fast_weights import hebb
from neuromem.kernels.separation import softmax_one
from neuromem.models._one_step import OneStep, zeros


class SparsePointer(OneStep):
    """Ring of slots that hold the last pairs exactly, beside a Hebbian state of all pairs.

    Equations, numbered as in the code's comments:

        slot n mod `slots` <- (k_n, v_n);   S <- S + v_n k_n^T                   write         (1)
        p_j = exp(z_j) / (1 + sum_l exp(z_l)),   z_j = beta (q.k_j - c)          pointer       (2)
        o = sum_j p_j v_j + (1 - sum_j p_j) S q                                  read          (3)

    k and q are key and cue divided by their length, S holds weights (value unit, key unit), and c
    is `least_cosine`. The pointer p goes to no slot where all cosines are below c; the rest is
    left to S, in which all pairs are held with crosstalk. The equations of the published model,
    UniMatrix-SparsePointer (https://arxiv.org/abs/2604.25930), are not known here: these are built
    from its summary.

    Parameters
    ----------
    units : int
        Length of a key.
    slots : int, default 32
        Pairs held exactly.
    least_cosine : float, default 0.5
        Cosine of key and cue at which a slot weighs as much as the state.
    beta : float, default 64
        Sharpness of the pointer.

    Attributes
    ----------
    stored : int
        Number of items stored, in the state at least.

    Raises
    ------
    InputError
        If arrays have another shape or library, nothing is stored at a recall, or a result is too
        large for its type.

    References
    ----------
    Vinyals, O., Fortunato, M. & Jaitly, N. (2015). Pointer networks.
    https://arxiv.org/abs/1506.03134

    Examples
    --------
    >>> import neuromem as nm
    >>> items = nm.patterns.random(40, 128, rng=0)
    >>> recalled = SparsePointer(128).store(items).recall(nm.cues.erase(items, 0.3, rng=1))
    >>> nm.metrics.exact(recalled, items)[8:].all()  # the last 32
    np.True_
    """

    def __init__(self, units: int, *, slots: int = 32, least_cosine: float = 0.5, beta: float = 64.0):
        super().__init__(units)
        self.slots = checks.whole("slots", slots)
        self.least_cosine = checks.real("least_cosine", least_cosine, least=-1, most=1)
        self.beta = checks.real("beta", beta, above=0)

    def _learn(self, state: dict[str, Any], keys: Any, values: Any) -> dict[str, Any]:
        xp, keys = array_api_compat.array_namespace(keys), unit_length(keys)
        start = {"keys": keys[:0], "values": values[:0]}
        held = state or {"weights": zeros(keys, values.shape[1], self.units), **start}
        weights = held["weights"]
        for i in range(keys.shape[0]):
            weights = hebb(weights, keys[i], values[i])  # (1)
        slots = {name: xp.concat([held[name], new])[-self.slots :] for name, new in (("keys", keys), ("values", values))}
        return {"weights": weights, **slots}

    def _respond(self, state: dict[str, Any], cues: Any) -> Any:
        xp, cues = array_api_compat.array_namespace(cues), unit_length(cues)
        pointer = softmax_one(cues @ state["keys"].T - self.least_cosine, self.beta)  # (2)
        rest = 1 - xp.sum(pointer, axis=1, keepdims=True)
        return pointer @ state["values"] + rest * (cues @ state["weights"].T)  # (3)
