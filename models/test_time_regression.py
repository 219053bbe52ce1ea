"""Test-time regression: one solver of which many kinds of attention are settings."""

from __future__ import annotations

import math
from typing import Any

import array_api_compat

from neuromem import checks
from neuromem.arrays import unit_length
from neuromem.kernels.separation import softmax
from neuromem.models._one_step import OneStep

FUNCTIONS = ("constant", "linear", "affine")
OPTIMISERS = ("exact", "batch", "stochastic")


class TestTimeRegression(OneStep):
    """Function of the stored keys, fitted to their values anew for each cue, which it answers.

    Equations, numbered as in the code's comments:

        m = argmin sum_i g_i |v_i - m(k_i)|^2 + ridge |slope of m|^2                           (1)
        g_i = decay^(n - i), or with `beta` the softmax of beta q.k_i + (n - i) ln decay       (2)
        m(k) = W f(k):  f(k) = 1 constant;  k linear;  [1, k - q] affine around the cue        (3)
        exact:       W = G (H + ridge P)^-1,  G = sum g_i v_i f_i^T,  H = sum g_i f_i f_i^T    (4)
        batch:       W = G, one gradient step from W = 0 on all pairs, as if H were 1          (5)
        stochastic:  W <- decay W;  W <- W + rate g_i (v_i - W f_i) f_i^T over the pairs       (6)

    n is the last pair, and P the identity without the entry of the constant in f; the g_i of (6)
    are without decay. Settings that are known by other names:

        linear,   batch        linear attention, with decay RetNet    Pavlov(rule="hebb")
        linear,   stochastic   DeltaNet, with decay Gated DeltaNet    Pavlov(rule="delta")
        linear,   exact        Mesa, recursive least squares          Pavlov(rule="least_squares")
        constant, exact, beta  softmax attention (Nadaraya-Watson)    Attention(similarity="dot")
        affine,   exact, beta  local linear attention                 (separation="local_linear")

    The memory holds every pair, as the weights (2) of a cue need them.

    Parameters
    ----------
    units : int
        Length of a key.
    function : str, default "linear"
        "constant", "linear" or "affine", equation (3).
    optimiser : str, default "exact"
        "exact", "batch" or "stochastic", equations (4) to (6).
    beta : float, optional
        Inverse temperature of (2); by default there is no softmax, and all cues have the same
        weights.
    decay : float, default 1
        Factor by which the weight of a pair fades with each later one, above 0.
    rate : float, default 1
        Learning rate of (5) and (6).
    ridge : float, default 0.01
        Penalty of (1).
    normalise : str, default "length"
        "length" divides keys and cues by their length; "none" leaves them as they are.

    Attributes
    ----------
    stored : int
        Number of pairs stored.

    Raises
    ------
    InputError
        If arrays have another shape or library, a name is unknown, nothing is stored at a recall,
        or a result is too large for its type.

    References
    ----------
    Wang, K. A., Shi, J. & Fox, E. B. (2025). Test-time regression. https://arxiv.org/abs/2501.12352

    Examples
    --------
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
        normalise: str = "length",
    ):
        super().__init__(units)
        self.function = checks.choice("function", function, FUNCTIONS)
        self.optimiser = checks.choice("optimiser", optimiser, OPTIMISERS)
        self.beta = None if beta is None else checks.real("beta", beta, least=0)
        self.decay = checks.real("decay", decay, above=0, most=1)
        self.rate = checks.real("rate", rate, above=0)
        self.ridge = checks.real("ridge", ridge, above=0)
        self.normalise = checks.choice("normalise", normalise, ("length", "none"))

    def _learn(self, state: dict[str, Any], keys: Any, values: Any) -> dict[str, Any]:
        xp = array_api_compat.array_namespace(keys)
        held = state or {"keys": keys[:0], "values": values[:0]}
        return {"keys": xp.concat([held["keys"], keys]), "values": xp.concat([held["values"], values])}  # copies

    def _respond(self, state: dict[str, Any], cues: Any) -> Any:
        keys, values = state["keys"], state["values"]
        if self.normalise == "length":
            keys, cues = unit_length(keys), unit_length(cues)
        weights = self._weights(keys, cues)  # (1 or cue, item)
        alone = len(cues) if self.beta is not None or self.function == "affine" else 1  # fits, one a cue or one for all
        need = 8 * 3 * alone * (keys.shape[0] + self.units) * (self.units + 1)
        checks.fits("cues", need, "recall fewer cues at a time")
        features, query = self._features(keys[None, :, :], cues[:, None, :])  # (1 or cue, item, feature), (cue, 1, feature)
        if self.optimiser == "stochastic":
            return self._stochastic(weights, features, query, values)
        xp = array_api_compat.array_namespace(keys)
        weighed = weights[:, :, None] * features
        product = xp.matrix_transpose(weighed) @ values  # G^T
        if self.optimiser == "batch":
            return self.rate * (query @ product)[:, 0, :]  # (5)
        numbers = {"dtype": keys.dtype, "device": array_api_compat.device(keys)}
        penalty = xp.ones((features.shape[2],), **numbers)
        if self.function != "linear":
            penalty = xp.where(xp.arange(features.shape[2], **numbers) == 0, 0.0 * penalty, penalty)
        second = xp.matrix_transpose(weighed) @ features + self.ridge * penalty * xp.eye(features.shape[2], **numbers)
        return (query @ xp.linalg.solve(second, product))[:, 0, :]  # (4)

    def _weights(self, keys: Any, cues: Any) -> Any:
        """Equation (2), (cue, item), or (1, item) if it is the same for all; no decay for (6)."""
        xp, pairs = array_api_compat.array_namespace(keys), keys.shape[0]
        retention = 1.0 if self.optimiser == "stochastic" else self.decay
        later = xp.arange(pairs - 1, -1, -1, dtype=keys.dtype, device=array_api_compat.device(keys))
        if self.beta is None:
            return (retention**later)[None, :]
        return softmax(self.beta * (cues @ keys.T) + math.log(retention) * later)  # (2)

    def _stochastic(self, weights: Any, features: Any, query: Any, values: Any) -> Any:
        """Equation (6) over all pairs, and its answer (cue, value unit)."""
        xp, weighed = array_api_compat.array_namespace(features), weights[:, :, None] * features
        numbers = {"dtype": features.dtype, "device": array_api_compat.device(features)}
        fit = xp.zeros((weighed.shape[0], values.shape[1], features.shape[2]), **numbers)
        for i in range(values.shape[0]):
            fit = self.decay * fit
            error = values[i, :, None] - fit @ features[:, i, :, None]
            fit = fit + self.rate * error * weighed[:, i, None, :]  # (6)
        return (query @ xp.matrix_transpose(fit))[:, 0, :]

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
