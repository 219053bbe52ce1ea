"""Attention: the modern Hopfield network, which holds every item and retrieves by softmax."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Self

import array_api_compat
import numpy as np

from neuromem import checks
from neuromem.arrays import as_floating, bits_of, magnitude, move_beside, require_finite, to_host, unit_length
from neuromem.kernels.separation import POTENTIALS, SEPARATIONS, local_linear, softmax
from neuromem.memory import Cost, Recall
from neuromem.trace import Film, Traced

SHARPNESS = 4.0  # the default beta, in units of 1 / variance of the stored keys
TOLERANCE = 1e-4  # a state has settled when no unit moves by more, in standard deviations of the stored keys
RIDGE = 0.1  # of local linear attention, in variances of the stored keys
SIMILARITIES = ("distance", "dot", "cosine")


class Attention(Traced):
    """Modern Hopfield network of +1/-1 or real items, auto-associative or from keys to values.

    Equations, numbered as in the code's comments:

        s_m(x) = -1/2 sum_{i known} (x_i - k_mi)^2                      similarity             (1)
        p_m = exp(beta s_m) / sum_n exp(beta s_n)                       separation             (2)
        x <- sum_m p_m k_m                                              update                 (3)
        y = sum_m p_m v_m                                               read-out at the end    (4)
        E(x) = -(1/beta) ln sum_m exp(beta s_m(x))                      energy                 (5)

    x is the state (unit,), at first the cue; k_m and v_m are the stored key and value m, which
    are the same in auto-association; p_m is the attention. For keys of equal length, all +1/-1
    items among them, (1) is x.k_m up to a term that (2) cancels: (3) is then the update of
    Ramsauer et al., and one step of it is the attention of a transformer. With keys of unequal
    length the inner product prefers long keys to right ones. The distance does not: an undamaged
    part of an item is nearest to that item. Unknown units of a cue are left out of (1). An
    update of a cue without unknown units never raises E.

    By default beta is 4 / variance, where the variance over the stored keys is averaged over
    units; it is 1 for +1/-1 items that are unbiased. Two items with correlation c then differ in
    (1), over n known units, by n (1 - c) variance on average, so that K items are told apart
    where 4 n (1 - c) > ln K, whatever their scale or offset, as long as no two agree on all known
    units. Flipping a fraction f of the units leaves 4 n (1 - c)(1 - 2 f). A smaller beta averages
    over similar items instead.

    Parameters
    ----------
    units : int
        Length of a key.
    beta : float, optional
        Inverse temperature; by default 4 / variance of the stored keys.
    steps : int, default 10
        Most updates of a recall; a cue stops sooner where no unit moves any more.
    similarity : str, default "distance"
        "distance", equation (1); "dot", x.k_m, as in transformers; or "cosine", x.k_m / (|x|
        |k_m|), for which the variance is that of k_m / |k_m|.
    separation : str, default "softmax"
        "softmax", equation (2); "sparsemax"; "softmax_one", a softmax beside an item of zeros,
        which attends to nothing where that is nearer than any item (+1/-1 cues with over a
        quarter flipped); "polynomial", max(x.k_m, 0)^4 over its sum, the dense associative
        memory, with no beta and the product in place of the distance; or "local_linear", a
        softmax corrected to the straight line through the pairs near x, which regresses values on
        keys better than (4) but cleans a cue less.
    unknown : float or None, default 0
        The number that means "unknown" in a cue, at the precision of the cue; None where every
        number is a value, such as the 0 of a black pixel.

    Attributes
    ----------
    beta : float
        The inverse temperature in use; NaN while it depends on keys that are not there yet.
    stored : int
        Number of pairs stored.

    Raises
    ------
    InputError
        If items have another length or library, a name is unknown, nothing is stored at a recall,
        or a result is too large for its type.

    References
    ----------
    Ramsauer, H. et al. (2021). Hopfield networks is all you need. ICLR.
    https://arxiv.org/abs/2008.02217

    Examples
    --------
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
        unknown: float | None = 0.0,
    ):
        self.units = checks.whole("units", units, way_out="give the length of one item, such as 256")
        self._beta = None if beta is None else checks.real("beta", beta, above=0)
        self.steps = checks.whole("steps", steps)
        self.similarity = checks.choice("similarity", similarity, SIMILARITIES)
        self.separation = checks.choice("separation", separation, (*SEPARATIONS, "local_linear"))
        self.unknown = None if unknown is None else checks.real("unknown", unknown)
        self.clear()

    def store(self, keys: Any, values: Any = None) -> Self:
        """Add `keys` (item, unit) and their `values` (item, value unit).

        values=None stores the keys as their own values.
        """
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
    def stored(self) -> int:
        """Number of pairs stored."""
        return 0 if self._keys is None else len(self._keys)

    @property
    def beta(self) -> float:
        """The inverse temperature in use; NaN while it depends on keys that are not there yet."""
        if self._beta is not None or not self.stored:
            return math.nan if self._beta is None else self._beta
        _, keys = as_floating(keys=self._keys)
        size = self._size(keys)
        return SHARPNESS / float(to_host(self._variance(keys / size))) / size / size

    def energy(self, states: Any) -> Any:
        """Return equation (5) of complete states, in which 0 is a number like any other.

        With s + |x|^2 / 2 in place of s, the energy is |x|^2 / 2 - F(beta (s + |x|^2 / 2)) /
        beta, where the gradient of F is the separation: ln sum exp for softmax, ln (1 + sum exp)
        for softmax_one, and p.z - |p|^2 / 2 for sparsemax.

        Parameters
        ----------
        states : array of shape (state, unit)
            x.

        Returns
        -------
        array of shape (state,)
            E(x).

        Raises
        ------
        InputError
            If the separation has no such F, or the similarity is the cosine.
        """
        states = checks.array("states", states, ("state", self.units))
        checks.stored(self, self.stored)
        if self.similarity == "cosine" or self.separation not in POTENTIALS:
            was = f"was {self.separation!r} with similarity {self.similarity!r}"
            raise checks.refusal("separation", f"be {', '.join(POTENTIALS)}, with distance or dot, for an energy", was)
        xp, states, keys = as_floating(states=states, keys=self._keys)
        size = self._size(keys)
        states, keys = self._from_first_key(states / size, keys / size)
        beta = self._sharpness(self._variance(keys), size)
        potential = POTENTIALS[self.separation](self._scores(states, keys), beta)
        energy = size * size * (xp.sum(states**2, axis=1) / 2 - potential)  # (5)
        return require_finite("states", energy)

    def recall(self, cues: Any) -> Recall:
        """Give real items (cue, value unit); `converged` is True where no unit moved any more."""
        return self._filmed(cues, None)

    def attend(self, states: Any) -> Any:
        """Give the weights of the stored items at complete states, equation (2).

        Parameters
        ----------
        states : array of shape (state, unit)
            x, in which 0 is a number like any other.

        Returns
        -------
        array of shape (state, item)
            p.
        """
        states = checks.array("states", states, ("state", self.units))
        checks.stored(self, self.stored)
        self._fits(len(states))
        _, states, keys = as_floating(states=states, keys=self._keys)
        size = self._size(keys)
        keys = keys / size
        return self._attention(states / size, keys, self._sharpness(self._variance(keys), size))

    def _filmed(self, cues: Any, film: Film | None) -> Recall:
        cues = checks.cues(cues, self.units)
        checks.stored(self, self.stored)
        xp, state, keys, values = as_floating(cues=cues, keys=self._keys, values=self._values)
        self._fits(len(cues))
        known = None if self.unknown is None else xp.astype(cues != self.unknown, state.dtype)  # rounded as the cues are
        state = state if known is None else state * known
        size = self._size(keys)
        state, keys = state / size, keys / size
        if film:
            film(state * size)
        variance = self._variance(keys)
        beta, tolerance = self._sharpness(variance, size), TOLERANCE * self._spread(keys, variance)
        auto = self._values is self._keys
        attention = None
        active, steps = np.ones(len(cues), bool), np.zeros(len(cues), int)
        while active.any() and steps.max() < self.steps:
            weights = self._attention(state, keys, beta, known)  # (2)
            update = weights @ keys  # (3)
            moved = to_host(xp.max(xp.abs(update - state), axis=1))
            running = xp.asarray(active[:, None], device=array_api_compat.device(state))
            attention = weights if attention is None else xp.where(running, weights, attention)
            state, known = xp.where(running, update, state), None
            steps = steps + active
            active = active & (moved > tolerance)  # not in place: torch keeps `running`, which shares it, for the gradient
            if film:
                film(state * size if auto else attention @ values)
        items = state * size if auto else attention @ values  # (4)
        require_finite("recall", items)
        operations = (2 * steps + 1) * keys.shape[0] * self.units + (0 if auto else math.prod(values.shape))
        self._operations = float(operations.mean())
        return Recall(items, steps, ~active, operations.astype(float))

    def _energies(self, states: np.ndarray, like: Any) -> np.ndarray | None:
        return super()._energies(states, like) if self._values is self._keys else None  # states are values then

    def clear(self) -> None:
        """Forget everything."""
        self._keys = self._values = None
        self._operations = math.nan

    @property
    def synapses(self) -> dict[str, np.ndarray]:
        """Copies of the stored keys and, if they are others, of the values. Can be set."""
        return {name: np.array(to_host(array)) for name, array in self._held().items()}

    @synapses.setter
    def synapses(self, arrays: Mapping[str, Any]) -> None:
        held = self._held()
        for name, array in checks.synapses(arrays, held).items():
            xp = array_api_compat.array_namespace(held[name])
            held[name] = move_beside(xp, np.array(to_host(array)), held[name])
        self._keys = held.get("keys")
        self._values = held.get("values", self._keys)

    @property
    def cost(self) -> Cost:
        """All stored keys and values, at the precision they came in; a synapse is one entry."""
        held = self._held().values()
        return Cost(bits_of(*held), sum(math.prod(array.shape) for array in held), self._operations)

    def _held(self) -> dict[str, Any]:
        if self._keys is None:
            return {}
        return {"keys": self._keys} | ({} if self._values is self._keys else {"values": self._values})

    def _fits(self, cues: int) -> None:
        """Refuse more cues than there is room for their weights, 8 bytes each, four times."""
        each = 4 * (self.units if self.separation == "local_linear" else 1)
        checks.fits("cues", 8 * cues * self.stored * each, "recall fewer cues at a time")

    def _size(self, keys: Any) -> float:
        """What keys and states are divided by, so that they can be squared; 1 for the cosine."""
        return 1.0 if self.similarity == "cosine" else float(to_host(magnitude(keys)).item())

    def _variance(self, keys: Any) -> Any:
        """Variance over keys, averaged over units; 1 where all keys are the same."""
        xp = array_api_compat.array_namespace(keys)
        variance = xp.mean(xp.var(unit_length(keys) if self.similarity == "cosine" else keys, axis=0))
        return xp.where(variance > 0, variance, xp.ones_like(variance))

    def _spread(self, keys: Any, variance: Any) -> float:
        """Standard deviation of the keys, by which the moves of states are judged."""
        if self.similarity == "cosine":  # whose variance is that of directions
            xp, size = array_api_compat.array_namespace(keys), magnitude(keys)
            varied = float(to_host(xp.mean(xp.var(keys / size, axis=0))))
            return math.sqrt(varied or 1.0) * float(to_host(size).item())
        return math.sqrt(to_host(variance))

    def _sharpness(self, variance: Any, size: float) -> Any:
        """beta for keys that were divided by `size`; at most the largest number of their type."""
        if self._beta is None:
            return SHARPNESS / variance
        xp = array_api_compat.array_namespace(variance)
        return min(self._beta * size * size, float(xp.finfo(variance.dtype).max))

    def _scores(self, states: Any, keys: Any, known: Any = None) -> Any:
        """s_m + |x|^2 / 2, or the product, (state, item).

        known (state, unit) is 1 where (1) counts a unit; None counts all.
        """
        if self.similarity == "cosine":
            return unit_length(states) @ unit_length(keys).T
        if self.similarity == "dot" or self.separation == "polynomial":
            return states @ keys.T
        squares = keys * keys
        return states @ keys.T - (squares.sum(1)[None, :] if known is None else known @ squares.T) / 2

    def _from_first_key(self, states: Any, keys: Any) -> tuple[Any, Any]:
        """Both counted from the first key, where the weights do not depend on where 0 is.

        (1) keeps its digits then where keys are far from 0 and close together, and whole numbers
        stay whole.
        """
        if self.similarity != "distance" or self.separation in ("softmax_one", "polynomial"):
            return states, keys
        return states - keys[0], keys - keys[0]

    def _attention(self, states: Any, keys: Any, beta: Any, known: Any = None) -> Any:
        """The weights of the items (state, item), equation (2)."""
        states, keys = self._from_first_key(states, keys)
        states = states if known is None else states * known
        scores = self._scores(states, keys, known)
        if self.separation != "local_linear":
            return SEPARATIONS[self.separation](scores, beta)
        seen = keys[None, :, :] if known is None else keys[None, :, :] * known[:, None, :]
        return local_linear(softmax(scores, beta), seen, states, ridge=RIDGE * self._variance(keys))
