"""Attention: the modern Hopfield network, which holds every item and retrieves by softmax."""

from __future__ import annotations

import math
from typing import Any, Self

import array_api_compat
import numpy as np

from neuromem import checks
from neuromem.arrays import as_floating, bits_of, to_host, unit_length
from neuromem.kernels.separation import POTENTIALS, SEPARATIONS, local_linear, softmax
from neuromem.memory import Cost, Recall

SHARPNESS = 4.0  # the default beta, in units of 1 / variance of the stored keys
TOLERANCE = 1e-4  # a state has settled when no unit moves by more, in standard deviations of the stored keys
RIDGE = 0.1  # of local linear attention, in variances of the stored keys
SIMILARITIES = ("distance", "dot", "cosine")


class Attention:
    """Modern Hopfield network of +1/-1 or real items: softmax retrieval, auto-associative or from keys to values.

        s_m(x) = -1/2 sum_{i known} (x_i - k_mi)^2                                  similarity             (1)
        p_m = exp(beta s_m) / sum_n exp(beta s_n)                                   separation             (2)
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
    where no unit moves any more.
    similarity: "distance", (1); "dot", x.k_m, of transformers; "cosine", x.k_m / (|x| |k_m|), key-query normalisation, for
    which the variance is that of k_m / |k_m|.
    separation: "softmax", (2); "sparsemax"; "softmax_one", beside an item of zeros, so that it attends to nothing where that
    is nearer than any item (+1/-1 cues with over a quarter flipped); "polynomial", max(x.k_m, 0)^4 over its sum, of dense
    associative memory, with no beta and the product in place of the distance; "local_linear", softmax corrected to the
    straight line through the pairs near x, which regresses values on keys better than (4) but cleans a cue less.
    Raises InputError for items of another length or library, an unknown name, or a recall before store.

    Ramsauer et al. 2021, Hopfield networks is all you need, ICLR, arXiv:2008.02217. The separations' own
    sources: neuromem/kernels/separation.py.

    >>> import neuromem as nm
    >>> items = nm.patterns.random(100, 64, rng=0)
    >>> recalled = Attention(64).store(items).recall(nm.cues.erase(items, 0.5, rng=1))
    >>> float(nm.metrics.exact(recalled, items).mean())
    1.0
    """

    step_unit = "updates"
    _keys: Any
    _values: Any

    def __init__(
        self,
        units: int,
        *,
        beta: float | None = None,
        steps: int = 10,
        similarity: str = "distance",
        separation: str = "softmax",
    ):
        self.units = checks.whole("units", units, way_out="give the length of one item, such as 256")
        self._beta = None if beta is None else checks.real("beta", beta, above=0)
        self.steps = checks.whole("steps", steps)
        self.similarity = checks.choice("similarity", similarity, SIMILARITIES)
        self.separation = checks.choice("separation", separation, (*SEPARATIONS, "local_linear"))
        self.clear()

    def store(self, keys: Any, values: Any = None) -> Self:
        """Adds `keys` (item, unit) with their `values` (item, value unit); None: the keys themselves."""
        keys, paired = checks.pairs(keys, values, self.units)
        auto = values is None and self._values is self._keys
        if self._keys is None:
            self._keys, self._values = keys[:0], paired[:0]
        paired = checks.items("values", paired, self._values.shape[1])
        xp, *_ = as_floating(stored=self._keys, keys=keys, values=paired)
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
        """Equation (5) for complete states (state, unit), in which 0 is a number like any other; shape (state,).

        With s + |x|^2 / 2 in place of s it is |x|^2 / 2 - F(beta (s + |x|^2 / 2)) / beta, where the gradient of F is the
        separation: F = ln sum exp for softmax, ln (1 + sum exp) for softmax_one, and p.z - |p|^2 / 2 for sparsemax.
        """
        states = checks.cues(states, self.units)
        checks.stored(self, self._number)
        if self.similarity == "cosine" or self.separation not in POTENTIALS:
            was = f"was {self.separation!r} with similarity {self.similarity!r}"
            raise checks.refusal("separation", f"be {', '.join(POTENTIALS)}, with distance or dot, for an energy", was)
        xp, states, keys = as_floating(states=states, keys=self._keys)
        potential = POTENTIALS[self.separation](self.beta * self._scores(states, keys))
        return xp.sum(states**2, axis=1) / 2 - potential / self.beta

    def recall(self, cues: Any) -> Recall:
        """Real items (cue, value unit); `steps` counts updates, `converged` is True where no unit moved any more."""
        cues = checks.cues(cues, self.units)
        checks.stored(self, self._number)
        xp, state, keys, values = as_floating(cues=cues, keys=self._keys, values=self._values)
        beta, tolerance = self.beta, TOLERANCE * self._deviation()
        attention, known = None, xp.astype(state != 0, state.dtype)  # 0 is unknown in the cue alone
        active, steps = np.ones(len(cues), bool), np.zeros(len(cues), int)
        while active.any() and steps.max() < self.steps:
            weights = self._attention(beta * self._scores(state, keys, known), state, keys, known)  # (2)
            update = weights @ keys  # (3)
            moved = to_host(xp.max(xp.abs(update - state), axis=1))
            running = xp.asarray(active[:, None], device=array_api_compat.device(state))
            attention = weights if attention is None else xp.where(running, weights, attention)
            state, known = xp.where(running, update, state), None
            steps = steps + active
            active &= moved > tolerance
        items = state if self._values is self._keys else attention @ values  # (4)
        operations = (2 * steps + 1) * keys.shape[0] * self.units + (0 if items is state else math.prod(values.shape))
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
        keys = to_host(self._keys).astype(float)
        return float(np.sqrt((unit_length(keys) if self.similarity == "cosine" else keys).var(axis=0).mean()))

    def _scores(self, states: Any, keys: Any, known: Any = None) -> Any:
        """s_m + |x|^2 / 2, or the product, (state, item).  known: (state, unit), 1 where (1) counts a unit; None: all."""
        if self.similarity == "cosine":
            return unit_length(states) @ unit_length(keys).T
        if self.similarity == "dot" or self.separation == "polynomial":
            return states @ keys.T
        squares = keys * keys
        return states @ keys.T - (squares.sum(1)[None, :] if known is None else known @ squares.T) / 2

    def _attention(self, scores: Any, states: Any, keys: Any, known: Any) -> Any:
        """The weights of the items (state, item)."""
        if self.separation != "local_linear":
            return SEPARATIONS[self.separation](scores)
        keys = keys[None, :, :] if known is None else keys[None, :, :] * known[:, None, :]
        return local_linear(softmax(scores), keys, states, ridge=RIDGE * (self._deviation() ** 2 or 1.0))
