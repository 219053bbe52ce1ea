"""ARMT: fast weights whose normaliser counts a key once, however often it is written."""

from __future__ import annotations

from typing import Any, ClassVar

import array_api_compat

from neuromem import checks
from neuromem.arrays import unit_length
from neuromem.kernels.feature_maps import dpfp
from neuromem.models._one_step import OneStep, zeros

TINY = 1e-5  # of the published code, beside squares of about 1 and above


class ARMT(OneStep):
    """Memory of the Associative Recurrent Memory Transformer: delta rule and weighted mean.

    Equations, numbered as in the code's comments:

        f = phi(sqrt(units) k / |k|)                    DPFP features, not normalised           (1)
        W <- W + rate sum (v - W f / z.f) f^T           of the pairs of a segment               (2)
        z <- z + sum gamma f,  gamma = 1 - z.f / |f|^2, between 0 and 1                         (3)
        o = W f / z.f                                   f of the cue                            (4)

    All pairs of a segment are written against W and z as they were before it. z makes of (4) a mean
    of the values of the keys that share features with the cue. A key that is there already has
    gamma = 0 and is not counted again, so that its value can be written anew any number of
    times; with gamma = 1 for every key, five writes of one pair recall half of its value. With
    rate < 1 a new key recalls that part of its value, as z counts it wholly.

    Parameters
    ----------
    units : int
        Length of a key.
    expansion : int, default 3
        Features for each unit, halved.
    rate : float, default 1
        Learning rate; in the paper a number between 0 and 1 that is trained.
    segment : int, default 1
        Pairs that are written together; those of one call of `store` at most.
    counts_once : bool, default True
        Whether gamma is as in (3), and not 1.

    Attributes
    ----------
    stored : int
        Number of items stored.

    Raises
    ------
    InputError
        If arrays have another shape or library, nothing is stored at a recall, or a result is too
        large for its type.

    References
    ----------
    Rodkin, I. et al. (2024). Associative recurrent memory transformer.
    https://arxiv.org/abs/2407.04841

    Examples
    --------
    >>> key, value = [[1.0, -1.0, 1.0]], [[2.0, 4.0]]
    >>> memory, other = ARMT(3), ARMT(3, counts_once=False)
    >>> for _ in range(5):
    ...     _ = memory.store(key, value), other.store(key, value)
    >>> memory.recall(key).items.round(3).tolist(), other.recall(key).items.round(3).tolist()
    ([[2.0, 4.0]], [[1.0, 2.0]])
    """

    exceptions: ClassVar[dict[str, str]] = {
        "the_order_of_storing_does_not_matter": "the delta rule corrects what is there: the last item comes back best",
        "several_random_items_are_kept_apart": "random items share a quarter of their features, and (4) mixes their values",
    }

    def __init__(self, units: int, *, expansion: int = 3, rate: float = 1.0, segment: int = 1, counts_once: bool = True):
        super().__init__(units)
        self.expansion = checks.whole("expansion", expansion)
        self.rate = checks.real("rate", rate, above=0)
        self.segment = checks.whole("segment", segment)
        self.counts_once = checks.flag("counts_once", counts_once)

    def _learn(self, state: dict[str, Any], keys: Any, values: Any) -> dict[str, Any]:
        xp, features = array_api_compat.array_namespace(keys), self._features(keys)
        held = state or {"weights": zeros(features, values.shape[1], features.shape[1]), "counts": 0 * features[0]}
        for start in range(0, keys.shape[0], self.segment):
            f, v = features[start : start + self.segment], values[start : start + self.segment]
            weights = held["weights"] + self.rate * (v - self._respond_to(held, f)).T @ f  # (2)
            gamma = xp.ones_like(f[:, :1])
            if self.counts_once:
                gamma = xp.clip(1 - f @ held["counts"][:, None] / (xp.sum(f * f, axis=1, keepdims=True) + TINY), 0, 1)
            held = {"weights": weights, "counts": held["counts"] + xp.sum(gamma * f, axis=0)}  # (3)
        return held

    def _respond(self, state: dict[str, Any], cues: Any) -> Any:
        return self._respond_to(state, self._features(cues))

    def _respond_to(self, state: dict[str, Any], features: Any) -> Any:
        return (features @ state["weights"].T) / (features @ state["counts"][:, None] + TINY)  # (4)

    def _features(self, x: Any) -> Any:
        return dpfp(self.units**0.5 * unit_length(x), self.expansion)  # (1)
