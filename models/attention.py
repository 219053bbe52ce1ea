"""Attention: the modern Hopfield network, which holds every item and retrieves by softmax."""

from __future__ import annotations

import math
from typing import Any, Self

import array_api_compat
import numpy as np

from neuromem import checks
from neuromem.memory import Cost, Recall, bits_of, to_numpy
from neuromem.models._algebra import common

SHARPNESS = 4.0  # the default beta, in units of 1 / variance of the stored keys
TOLERANCE = 1e-4  # a state has settled when no unit moves by more, in standard deviations of the stored keys


class Attention:
    """Modern Hopfield network of +1/-1 or real items: softmax retrieval, auto-associative or from keys to values.

        s_m(x) = -1/2 sum_{i known} (x_i - k_mi)^2                                  similarity             (1)
        p_m = exp(beta s_m) / sum_n exp(beta s_n)                                   softmax                (2)
        x <- sum_m p_m k_m                                                          update                 (3)
        y = sum_m p_m v_m                                                           read-out after `steps` (4)
        E(x) = -(1/beta) ln sum_m exp(beta s_m(x))                                  energy                 (5)

    x: state (unit,), at first the cue.  k_m, v_m: stored key and value m; auto-association has v = k.  p_m: attention.
    For keys of equal length, all +1/-1 items among them, (1) is x.k_m up to a term that (2) cancels: (3) is then the
    update of Ramsauer et al., one step of it the attention of a transformer. With unequal lengths, the inner product
    prefers long keys to right ones; the distance does not: an undamaged part of an item is nearest to that item.
    Unknown units of a cue (0) are left out of (1). An update of a cue without them never raises E.

    Why recall works by default: two items with correlation c differ in similarity by n (1 - c) variance, n = number of known
    units, so beta = 4 / variance (mean over units of the variance over stored keys; 1 for +1/-1 items that are unbiased)
    separates K items where 4 n (1 - c) > ln K, whatever their scale or offset: with half of 64 units erased and c = 0.9,
    e^12 items. Flipping a fraction f leaves 4 n (1 - c)(1 - 2 f). A smaller `beta` averages over similar items instead.

    units: length of a key.  beta: inverse temperature; None: 4 / variance.  steps: most updates; a cue stops sooner
    where no unit moves any more.  Raises InputError for items of another length or a recall before store.

    Ramsauer et al. 2021, Hopfield networks is all you need, ICLR, arXiv:2008.02217.

    >>> import neuromem as nm
    >>> items = nm.patterns.random(100, 64, rng=0)
    >>> recalled = Attention(64).store(items).recall(nm.cues.erase(items, 0.5, rng=1))
    >>> float(nm.metrics.exact(recalled, items).mean())
    1.0
    """

    step_unit = "updates"
    _keys: Any
    _values: Any

    def __init__(self, units: int, *, beta: float | None = None, steps: int = 10):
        self.units = checks.whole("units", units, way_out="give the length of one item, such as 256")
        self._beta = (
            None if beta is None else checks.real("beta", beta, above=0, way_out="give an inverse temperature such as 1")
        )
        self.steps = checks.whole("steps", steps)
        self.clear()

    def store(self, keys: Any, values: Any = None) -> Self:
        """Adds `keys` (item, unit) with their `values` (item, value unit); None: the keys themselves."""
        keys, paired = checks.pairs(keys, values, self.units)
        auto = values is None and self._values is self._keys
        if self._keys is None:
            self._keys, self._values = keys[:0], paired[:0]
        paired = checks.items("values", paired, self._values.shape[1])
        xp, *_ = common(stored=self._keys, keys=keys, values=paired)
        joined = xp.concat([self._keys, keys])  # a copy
        self._keys, self._values = joined, joined if auto else xp.concat([self._values, paired])
        return self

    @property
    def beta(self) -> float:
        """The inverse temperature in use; 4 / variance of the stored keys unless given."""
        if self._beta is not None:
            return self._beta
        return SHARPNESS / (self._deviation() ** 2 or 1.0)

    def energy(self, states: Any) -> Any:
        """Equation (5) for complete states (state, unit), in which 0 is a number like any other; shape (state,)."""
        states = checks.cues(states, self.units)
        checks.stored(self, self._number)
        xp, states, keys = common(states=states, keys=self._keys)
        scores = self.beta * (_similarity(states, keys) - xp.sum(states**2, axis=1, keepdims=True) / 2)
        top = xp.max(scores, axis=1, keepdims=True)
        return -(top[:, 0] + xp.log(xp.sum(xp.exp(scores - top), axis=1))) / self.beta

    def recall(self, cues: Any) -> Recall:
        """Real items (cue, value unit); `steps` counts updates, `converged` is True where no unit moved any more."""
        cues = checks.cues(cues, self.units)
        checks.stored(self, self._number)
        xp, state, keys, values = common(cues=cues, keys=self._keys, values=self._values)
        beta, tolerance = self.beta, TOLERANCE * self._deviation()
        attention, known = None, xp.astype(state != 0, state.dtype)  # 0 is unknown in the cue alone
        active, steps = np.ones(len(cues), bool), np.zeros(len(cues), int)
        while active.any() and steps.max() < self.steps:
            scores = beta * _similarity(state, keys, known)  # (1)
            weights = _softmax(scores)  # (2)
            update = weights @ keys  # (3)
            moved = to_numpy(xp.max(xp.abs(update - state), axis=1))
            running = xp.asarray(active[:, None], device=array_api_compat.device(state))
            attention = weights if attention is None else xp.where(running, weights, attention)
            state, known = xp.where(running, update, state), None
            steps = steps + active
            active &= moved > tolerance
        items = state if self._values is self._keys else attention @ values  # (4)
        operations = (2 * steps + 1) * keys.shape[0] * self.units + (0 if items is state else keys.shape[0] * items.shape[1])
        self._operations = float(operations.mean())
        return Recall(items, steps, ~active, operations.astype(float))

    def clear(self) -> None:
        self._keys = self._values = None
        self._operations = math.nan

    @property
    def cost(self) -> Cost:
        """All stored keys and values, at the precision they came in; a synapse is one entry of them."""
        held = [self._keys] if self._values is self._keys else [self._keys, self._values]
        held = [array for array in held if array is not None]
        return Cost(bits_of(*held), sum(math.prod(array.shape) for array in held), self._operations)

    @property
    def _number(self) -> int:
        return 0 if self._keys is None else len(self._keys)

    def _deviation(self) -> float:
        """sqrt of the mean over units of the variance over stored keys; 0 for one item."""
        return float(np.sqrt(to_numpy(self._keys).astype(float).var(axis=0).mean()))


def _similarity(states: Any, keys: Any, known: Any = None) -> Any:
    """Equation (1) without -1/2 x.x, which (2) cancels; shape (state, item).  known: (state, unit), 1 where it counts."""
    squares = keys * keys
    lengths = squares.sum(1)[None, :] if known is None else known @ squares.T
    return states @ keys.T - lengths / 2


def _softmax(scores: Any) -> Any:
    """exp(s_m) / sum_n exp(s_n) along the last axis."""
    xp = array_api_compat.array_namespace(scores)
    weights = xp.exp(scores - xp.max(scores, axis=-1, keepdims=True))
    return weights / xp.sum(weights, axis=-1, keepdims=True)
