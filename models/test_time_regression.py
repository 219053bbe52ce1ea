"""Test-time regression: one solver of which linear attention, DeltaNet, Mesa and softmax attention are settings."""

from __future__ import annotations

from typing import Any

import array_api_compat

from neuromem import checks
from neuromem.arrays import unit_length
from neuromem.kernels.separation import softmax
from neuromem.models._one_step import OneStep

FUNCTIONS = ("constant", "linear", "affine")
OPTIMISERS = ("exact", "batch", "stochastic")


class TestTimeRegression(OneStep):
    """Fits a function m of the stored keys to their values anew for each cue q, and answers m(q).

        m = argmin sum_i g_i |v_i - m(k_i)|^2 + ridge |slope of m|^2                                    (1)
        g_i = decay^(n - i), or, with `beta`, the softmax of beta q.k_i + (n - i) ln decay over i       (2)
        m(k) = W f(k):  f(k) = 1 constant;  k linear;  [1, k - q] affine around the cue                 (3)
        exact:       W = G (H + ridge P)^-1,  G = sum g_i v_i f_i^T,  H = sum g_i f_i f_i^T             (4)
        batch:       W = G, one gradient step from W = 0 on all pairs, as if H were the identity        (5)
        stochastic:  W <- decay W;  W <- W + rate g_i (v_i - W f_i) f_i^T over the pairs, g_i without decay    (6)

    P: identity, without the entry of the constant in f.  The settings that are known by other names:

        linear,   batch                 linear attention, with decay RetNet      Pavlov(rule="hebb")
        linear,   stochastic            DeltaNet, with decay Gated DeltaNet      Pavlov(rule="delta")
        linear,   exact                 Mesa, recursive least squares            Pavlov(rule="least_squares")
        constant, exact, beta           softmax attention (Nadaraya-Watson)      Attention(similarity="dot", steps=1)
        affine,   exact, beta           local linear attention                   Attention(separation="local_linear", ...)

    It holds every pair, as the kernel (2) needs. Keys and cues are divided by their length unless normalise=False.
    units: length of a key.  function: (3).  optimiser: (4)-(6).  beta: None: no kernel.  decay in (0, 1].  rate: (5), (6).
    Raises InputError for arrays of another shape or library, an unknown name, or a recall before store.

    Wang, Shi & Fox 2025, Test-time regression, arXiv:2501.12352.

    >>> import neuromem as nm
    >>> items = nm.patterns.random(20, 64, rng=0)
    >>> recalled = TestTimeRegression(64).store(items).recall(nm.cues.flip(items, 0.1, rng=1))
    >>> float(nm.metrics.overlap(recalled, items).min()) > 0.8
    True
    """

    __test__ = False  # its name is no test's

    def __init__(
        self,
        units: int,
        *,
        function: str = "linear",
        optimiser: str = "exact",
        beta: float | None = None,
        decay: float = 1.0,
        rate: float = 1.0,
        ridge: float = 0.01,
        normalise: bool = True,
    ):
        super().__init__(units)
        self.function = checks.choice("function", function, FUNCTIONS)
        self.optimiser = checks.choice("optimiser", optimiser, OPTIMISERS)
        self.beta = None if beta is None else checks.real("beta", beta, least=0)
        self.decay = checks.real("decay", decay, above=0, most=1)
        self.rate = checks.real("rate", rate, above=0)
        self.ridge = checks.real("ridge", ridge, above=0)
        self.normalise = bool(normalise)

    def _learn(self, state: Any, keys: Any, values: Any) -> Any:
        if state is None:
            return keys, values
        xp = array_api_compat.array_namespace(keys)
        return tuple(xp.concat([old, new]) for old, new in zip(state, (keys, values), strict=True))

    def _respond(self, state: Any, cues: Any) -> Any:
        keys, values = state
        if self.normalise:
            keys, cues = unit_length(keys), unit_length(cues)
        xp = array_api_compat.array_namespace(keys)
        pairs, numbers = keys.shape[0], {"dtype": keys.dtype, "device": array_api_compat.device(keys)}
        retention = 1.0 if self.optimiser == "stochastic" else self.decay
        kept = retention ** xp.arange(pairs - 1, -1, -1, **numbers)
        weights = kept[None, :] if self.beta is None else softmax(self.beta * (cues @ keys.T) + xp.log(kept))  # (2)
        features, query = self._features(keys[None, :, :], cues[:, None, :])  # (1 or cue, item, feature), (cue, 1, feature)
        weighed = weights[:, :, None] * features
        if self.optimiser == "stochastic":
            fit = xp.zeros((weighed.shape[0], values.shape[1], features.shape[2]), **numbers)
            for i in range(pairs):  # (6)
                fit = self.decay * fit
                error = values[i, :, None] - fit @ features[:, i, :, None]
                fit = fit + self.rate * error * weighed[:, i, None, :]
            return (query @ xp.matrix_transpose(fit))[:, 0, :]
        product = xp.matrix_transpose(weighed) @ values  # G^T
        if self.optimiser == "batch":
            return self.rate * (query @ product)[:, 0, :]  # (5)
        penalty = xp.ones((features.shape[2],), **numbers)
        if self.function != "linear":
            penalty = xp.where(xp.arange(features.shape[2], **numbers) == 0, 0.0 * penalty, penalty)
        second = xp.matrix_transpose(weighed) @ features + self.ridge * penalty * xp.eye(features.shape[2], **numbers)
        return (query @ xp.linalg.solve(second, product))[:, 0, :]  # (4)

    def _features(self, keys: Any, cues: Any) -> tuple[Any, Any]:
        """f of the keys and of the cue itself, equation (3)."""
        if self.function == "linear":
            return keys, cues
        xp = array_api_compat.array_namespace(keys)
        one, here = xp.ones_like(keys[..., :1]), xp.ones_like(cues[..., :1])
        if self.function == "constant":
            return one, here
        apart = keys - cues
        one = xp.ones_like(apart[..., :1])
        return xp.concat([one, apart], axis=-1), xp.concat([here, xp.zeros_like(cues)], axis=-1)
