"""Pavlov: fast weights, linear attention, as a memory of conditional and unconditional stimuli."""

from __future__ import annotations

from typing import Any

import array_api_compat
import numpy as np

from neuromem import checks
from neuromem.arrays import safe_ratio, unit_length
from neuromem.kernels.fast_weights import RULES
from neuromem.kernels.feature_maps import FEATURES, POSITIVE, feature_map
from neuromem.models._one_step import OneStep, zeros

NORMALISATIONS = ("length", "sum", "none")


class Pavlov(OneStep):
    """Fast weights from a conditional stimulus (key) to an unconditional one (value).

    Equations, numbered as in the code's comments:

        k = phi(x) / |phi(x)|                            key of x, and query q of a cue        (1)
        hebb:           S <- decay S + rate v k^T        Hebb; linear attention                (2)
        delta:          S <- decay S;  S <- S + rate (v - S k) k^T   Rescorla-Wagner, DeltaNet (3)
        delta_product:  S <- decay S;  S <- S + rate (v_j - S k_j) k_j^T for each step j       (4)
        oja:            S <- decay S;  S <- S + rate (v k^T - u u^T S),  u = v / |v|           (5)
        bcm:            S <- decay S + rate v (|v| - h) k^T;  h <- h + (v^2 - h) / period      (6)
        least_squares:  G, H <- decay (G, H) + rate (v, k) k^T;  S = G (H + ridge I)^-1  Mesa  (7)
        momentum:       Z <- momentum Z + rate (v - S k) k^T;  S <- decay S + Z        Titans  (8)
        o = S q                                          response                              (9)

    S holds the weights (value unit, feature); phi is a feature map, for normalise="length" of x
    divided by its length, else of x as it is. Items are stored one after the other, each once.
    Auto-association has v = x, not divided by its length, so that one stored item comes back as it
    was; +1/-1 items come back at their scale, with crosstalk. Recalled items are real, and their
    signs are the decoded +1/-1. Unknown units of a cue (0) add nothing to (9), except through the
    features elu, random and taylor.

    An item of (4) may have several steps, each with its own key and value: keys (item, step,
    unit) and values (item, step, value unit). One step is (3). With rate 2 and v_j = 0 a step is
    a reflection, and two of them are a rotation, so that S can follow a product of group
    elements. BCM is meant for values of 0 and 1: with +1/-1 its threshold closes on the first.

    Parameters
    ----------
    units : int
        Length of a key; a value may have another length, and both may be real.
    rule : str, default "hebb"
        One of (2) to (8). Their sources stand in `neuromem.kernels.fast_weights`.
    decay : float, default 1
        Factor by which what is stored fades at each item.
    rate : float, default 1
        Learning rate. Equations (3) and (4) are stable for 0 <= rate |k|^2 <= 2 and (5) for 0 <=
        rate <= 2. With rate 1 and |k| = 1 they put v in place of what k (in Oja: k in place of what
        v) was before; (8) wants about 1 - momentum.
    features : str, default "identity"
        Feature map phi: identity, elu, dpfp, taylor, random, silu or softmax.
    expansion : int, default 1
        Features for each unit, for dpfp (twice as many) and random.
    normalise : str, default "length"
        "length", as in (1); "sum", k = phi(x) / sum phi(x), for positive features; or "none", k =
        phi(x).
    average : bool, default False
        Whether (9) is divided by z.q with z = sum phi(k), what a constant value of 1 would have
        given, so that it is a weighted mean of the values. It needs positive features.
    period : float, default 10
        Items over which the threshold of (6) slides.
    momentum : float, default 0.9
        What is kept of Z in (8).
    ridge : float, default 0.01
        Of (7).
    rng : int or numpy.random.Generator, default 0
        Draws the random features.

    Attributes
    ----------
    weights : array of shape (value unit, feature)
        S, with which the memory recalls. With `average`, z is its last row.
    stored : int
        Number of items stored.
    seed : int
        What the random features were drawn from.

    Raises
    ------
    InputError
        If arrays have another shape or library, a name is unknown, nothing is stored at a recall,
        or a result is too large for its type.

    References
    ----------
    Schlag, I., Irie, K. & Schmidhuber, J. (2021). Linear transformers are secretly fast weight
    programmers. ICML. https://arxiv.org/abs/2102.11174

    Rescorla, R. A. & Wagner, A. R. (1972). A theory of Pavlovian conditioning. In Classical
    conditioning II, 64-99.

    Examples
    --------
    >>> bell, food = [[1.0, 0.0, 0.0]], [[1.0, -1.0]]
    >>> memory = Pavlov(3, rule="delta", rate=0.5).store(bell, food).store(bell, food)
    >>> memory.recall(bell).items.tolist()
    [[0.75, -0.75]]
    """

    def __init__(
        self,
        units: int,
        *,
        rule: str = "hebb",
        decay: float = 1.0,
        rate: float = 1.0,
        features: str = "identity",
        expansion: int = 1,
        normalise: str = "length",
        average: bool = False,
        period: float = 10.0,
        momentum: float = 0.9,
        ridge: float = 0.01,
        rng: int | np.random.Generator = 0,
    ):
        super().__init__(units)
        self.rule = checks.choice("rule", rule, RULES)
        self.decay = checks.fraction("decay", decay)
        self.rate = checks.real("rate", rate, above=0, way_out="give a learning rate such as 1 or 0.1")
        self.features = checks.choice("features", features, FEATURES)
        self.normalise = checks.choice("normalise", normalise, NORMALISATIONS)
        self.average = checks.flag("average", average)
        if (self.average or normalise == "sum") and features not in POSITIVE:
            needs = "average=True" if self.average else "normalise='sum'"
            must, way_out = f"be positive for {needs}", f"take {' or '.join(POSITIVE)}"
            raise checks.refusal("features", must, f"was {features!r}", way_out)
        self.period = checks.real("period", period, least=1)
        self.momentum = checks.fraction("momentum", momentum)
        self.ridge = checks.real("ridge", ridge, above=0)
        self.seed = checks.seed(rng)
        self.expansion = checks.whole("expansion", expansion)
        self._phi = feature_map(features, self.expansion, self.seed)

    @property
    def weights(self) -> Any:
        """S (value unit, feature); with `average`, z is its last row."""
        checks.stored(self, self.stored)
        return self._weights(self._state)

    def _weights(self, state: dict[str, Any]) -> Any:
        return RULES[self.rule].weights(self._arrays(state), self.ridge)

    def _pairs(self, keys: Any, values: Any) -> tuple[Any, Any]:
        if self.rule != "delta_product" or checks.axes(keys) != 3:
            return super()._pairs(keys, values)
        keys = checks.array("keys", keys, ("item", "step", self.units))
        return keys, keys if values is None else checks.array("values", values, (*keys.shape[:2], "value unit"))

    def _arrays(self, state: dict[str, Any]) -> Any:
        """The state as the rules take it: S, or a tuple."""
        arrays = tuple(state.values())
        return arrays if len(arrays) > 1 else arrays[0]

    def _learn(self, state: dict[str, Any], keys: Any, values: Any) -> dict[str, Any]:
        xp, rule = array_api_compat.array_namespace(keys), RULES[self.rule]
        keys = self._key(keys)
        if self.average:
            values = xp.concat([values, xp.ones_like(values[..., :1])], axis=-1)
        if self.rule == "delta_product" and keys.ndim == 2:
            keys, values = keys[:, None, :], values[:, None, :]
        now = self._arrays(state) if state else rule.start(zeros(keys, values.shape[-1], keys.shape[-1]))
        settings = {name: getattr(self, name) for name in rule.settings}
        for i in range(keys.shape[0]):
            now = rule.step(now, keys[i], values[i], **settings)  # (2) to (8)
        return dict(zip(rule.names, now if isinstance(now, tuple) else (now,), strict=True))

    def _read(self, state: dict[str, Any]) -> list[Any]:
        return [state["weights"]] if "weights" in state else super()._read(state)

    def _respond(self, state: dict[str, Any], cues: Any) -> Any:
        responses = self._key(cues) @ self._weights(state).T  # (9)
        return safe_ratio(responses[:, :-1], responses[:, -1:]) if self.average else responses

    def _key(self, x: Any) -> Any:
        """Equation (1), and its variants."""
        phi = self._phi(unit_length(x) if self.normalise == "length" else x)
        if self.normalise == "sum":
            return safe_ratio(phi, array_api_compat.array_namespace(phi).sum(phi, axis=-1, keepdims=True))
        return unit_length(phi) if self.normalise == "length" else phi
