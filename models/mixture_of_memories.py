"""Mixture of memories: a router chooses, for each key, a few of several fast-weight memories."""

from __future__ import annotations

from typing import Any

import array_api_compat
import numpy as np

from neuromem import checks
from neuromem.arrays import as_floating, same_kind, unit_length
from neuromem.kernels.fast_weights import RULES, read
from neuromem.kernels.separation import softmax
from neuromem.models._one_step import OneStep, zeros


class MixtureOfMemories(OneStep):
    """Linear attention with several states: a key writes to a few of them, a cue reads from a few.

    Equations, numbered as in the code's comments:

        g = softmax(beta R k) over the `chosen` largest entries, 0 elsewhere     router        (1)
        S^m <- rule(S^m, k, v)  for the m with g_m > 0                           write         (2)
        o = sum_m g_m(q) S^m q                                                   read          (3)

    k and q are key and cue divided by their length; S holds the weights (memory, value unit, key
    unit), and R routing vectors (memory, key unit) of length 1. R is fixed and random here. In
    the paper it is trained, each memory has its own maps to keys and values, and one more memory
    is shared by all tokens. A memory that is not chosen neither learns nor fades. Items that are
    routed apart can't disturb each other; a damaged cue that is routed elsewhere finds nothing.

    Parameters
    ----------
    units : int
        Length of a key.
    memories : int, default 4
        How many memories there are.
    chosen : int, default 2
        How many of them a key takes.
    rule : str, default "hebb"
        "hebb", "delta" or "oja", as in Pavlov.
    decay : float, default 1
        Factor by which a chosen memory fades at each item.
    rate : float, default 1
        Learning rate.
    beta : float, default 1
        Sharpness of the router.
    rng : int or numpy.random.Generator, default 0
        Draws the routing vectors.

    Attributes
    ----------
    stored : int
        Number of items stored.
    seed : int
        What the routing vectors were drawn from.

    Raises
    ------
    InputError
        If arrays have another shape or library, nothing is stored at a recall, or a result is too
        large for its type.

    References
    ----------
    Du, J. et al. (2025). MoM: linear sequence modeling with mixture-of-memories.
    https://arxiv.org/abs/2502.13685

    Examples
    --------
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
        beta: float = 1.0,
        rng: int | np.random.Generator = 0,
    ):
        super().__init__(units)
        self.memories = checks.whole("memories", memories)
        self.chosen = checks.whole("chosen", chosen, most=self.memories, way_out=f"there are {memories} memories")
        self.rule = checks.choice("rule", rule, ("delta", "hebb", "oja"))
        self.decay = checks.fraction("decay", decay)
        self.rate = checks.real("rate", rate, above=0)
        self.beta = checks.real("beta", beta, above=0)
        checks.fits("memories", 16 * self.memories * self.units, "take fewer memories")
        self.seed = checks.seed(rng)
        self._router = unit_length(np.random.default_rng(self.seed).normal(size=(self.memories, self.units)))

    def gates(self, keys: Any) -> Any:
        """Return g of equation (1), shape (item, memory), for keys or cues (item, unit).

        Parameters
        ----------
        keys : array of shape (item, unit)
            Keys or cues.

        Returns
        -------
        array of shape (item, memory)
            g.
        """
        xp, keys = as_floating(keys=checks.items("keys", keys, self.units))
        keys = unit_length(keys)
        scores = keys @ same_kind(self._router, keys).T
        least = xp.sort(scores, axis=1)[:, -self.chosen, None]
        gates = xp.where(scores >= least, softmax(scores, self.beta), xp.zeros_like(scores))
        return gates / xp.sum(gates, axis=1, keepdims=True)  # (1)

    def _learn(self, state: dict[str, Any], keys: Any, values: Any) -> dict[str, Any]:
        xp, chosen = array_api_compat.array_namespace(keys), self.gates(keys)[:, :, None, None] > 0
        keys = unit_length(keys)
        weights = state["weights"] if state else zeros(keys, self.memories, values.shape[1], self.units)
        for i in range(keys.shape[0]):
            written = RULES[self.rule].step(weights, keys[i], values[i], rate=self.rate, decay=self.decay)
            weights = xp.where(chosen[i], written, weights)  # (2)
        return {"weights": weights}

    def _respond(self, state: dict[str, Any], cues: Any) -> Any:
        xp = array_api_compat.array_namespace(cues)
        responses = read(state["weights"], unit_length(cues)[:, None, :])  # (cue, memory, value unit)
        return xp.sum(self.gates(cues)[:, :, None] * responses, axis=1)  # (3)
