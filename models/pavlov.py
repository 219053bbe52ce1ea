"""Pavlov: fast weights, linear attention, as a memory of conditional and unconditional stimuli."""

from __future__ import annotations

from typing import Any

import array_api_compat
import numpy as np

from neuromem import checks
from neuromem.arrays import safe_ratio, unit_length
from neuromem.kernels.fast_weights import RULES, outer
from neuromem.kernels.feature_maps import FEATURES, POSITIVE, feature_map
from neuromem.models._one_step import OneStep

NORMALISATIONS = ("length", "sum", "none")


class Pavlov(OneStep):
    """Fast weights S that associate a conditional stimulus k (key) with an unconditional one v (value): linear attention.

        k = phi(x) / |phi(x)|                                 key of x, and query q of a cue           (1)
        hebb:           S <- decay S + rate v k^T             Hebb; linear attention                   (2)
        delta:          S <- decay S;  S <- S + rate (v - S k) k^T       Rescorla-Wagner; DeltaNet     (3)
        delta_product:  `products` times the delta step after one decay                                (4)
        oja:            S <- decay S;  S <- S + rate (v k^T - u u^T S),  u = v / |v|                   (5)
        bcm:            S <- decay S + rate v (|v| - h) k^T;  h <- h + (v^2 - h) / period              (6)
        least_squares:  G, H <- decay (G, H) + rate (v, k) k^T;  S = G (H + ridge I)^-1    Mesa        (7)
        momentum:       Z <- momentum Z + rate (v - S k) k^T;  S <- decay S + Z            Titans      (8)
        o = S q                                               response                                 (9)

    S: weights (value unit, feature).  phi: feature map, after x is divided by its length.  Items are stored one after the
    other, each once.  Auto-association has v = x, not divided by its length: one stored item comes back as it was, among
    others +1/-1 items at their scale plus crosstalk. Recalled items are real; their signs are the decoded +1/-1. Unknown
    units of a cue (0) add nothing to (9). BCM is meant for values of 0 and 1: with +1/-1 its threshold closes on the first.

    units: length of a key; a value may have another length, and both may be real.  rule: one of (2)-(8).
    decay: what is kept at each item, 1 for all.  rate: learning rate; (3)-(5) are stable for 0 <= rate |k|^2 <= 2, and with
    rate 1 put v in place of what k (in Oja: of whatever meant v) was before; (8) wants about 1 - momentum.
    features: identity, elu (+ 1), dpfp, taylor, random; `expansion` times as many for dpfp and random, drawn from `rng`.
    normalise: "length", as (1); "sum", k = phi(x) / sum phi(x), for positive features; "none", k = phi(x).
    normaliser: True divides (9) by what a constant value 1 would have given, z.q with z = sum phi(k), for positive features.
    products, period, momentum, ridge: settings of the one rule that has them.
    Raises InputError for arrays of another shape or library, an unknown name, or a recall before store.

    Schlag, Irie & Schmidhuber 2021, Linear transformers are secretly fast weight programmers, ICML, arXiv:2102.11174.
    Rescorla & Wagner 1972, in Classical conditioning II, 64-99. The rules' own sources: neuromem/kernels/fast_weights.py.

    >>> bell, food = [[1.0, 0.0, 0.0]], [[1.0, -1.0]]
    >>> Pavlov(3, rule="delta", rate=0.5).store(bell, food).store(bell, food).recall(bell).items.tolist()
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
        normaliser: bool = False,
        products: int = 2,
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
        self.normaliser = bool(normaliser)
        if (self.normaliser or normalise == "sum") and features not in POSITIVE:
            needs = "normaliser=True" if self.normaliser else "normalise='sum'"
            raise checks.refusal(
                "features", f"be positive for {needs}", f"was {features!r}", f"take {' or '.join(POSITIVE)}"
            )
        self.products = checks.whole("products", products)
        self.period = checks.real("period", period, least=1)
        self.momentum = checks.fraction("momentum", momentum)
        self.ridge = checks.real("ridge", ridge, above=0)
        self._phi = feature_map(features, checks.whole("expansion", expansion), checks.seed(rng))

    @property
    def weights(self) -> Any:
        """S (value unit, feature); with a normaliser, z is its last row."""
        checks.stored(self, self._state is not None)
        return RULES[self.rule].weights(self._state, self.ridge)

    def _learn(self, state: Any, keys: Any, values: Any) -> Any:
        xp, rule = array_api_compat.array_namespace(keys), RULES[self.rule]
        keys = self._key(keys)
        if self.normaliser:
            values = xp.concat([values, xp.ones_like(values[:, :1])], axis=1)
        if state is None:
            state = rule.start(xp.zeros_like(outer(values[0], keys[0])))
        if self.rule == "delta_product":  # the same pair at each of its steps
            keys, values = (xp.repeat(x[:, None, :], self.products, axis=1) for x in (keys, values))
        settings = {name: getattr(self, name) for name in rule.settings}
        for i in range(keys.shape[0]):
            state = rule.step(state, keys[i], values[i], **settings)
        return state

    def _respond(self, state: Any, cues: Any) -> Any:
        responses = self._key(cues) @ self.weights.T  # (9)
        return safe_ratio(responses[:, :-1], responses[:, -1:]) if self.normaliser else responses

    def _key(self, x: Any) -> Any:
        """Equation (1), and its variants."""
        phi = self._phi(unit_length(x) if self.normalise == "length" else x)
        if self.normalise == "sum":
            return safe_ratio(phi, array_api_compat.array_namespace(phi).sum(phi, axis=-1, keepdims=True))
        return unit_length(phi) if self.normalise == "length" else phi
