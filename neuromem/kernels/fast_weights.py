"""Fast-weight rules: one step each, a plain function (state, key, value) -> state, in any array library; gradients flow.

A state S (..., value unit, key unit) is a linear map from keys to values; k (..., key unit), v (..., value unit). The
leading axes are independent memories, such as batch and head. `rate` b and `decay` a are numbers, or arrays that
broadcast against S: (..., 1, 1) for one a memory, (..., 1, key unit) for one a key unit. On a GPU all rules run as they are,
through CuPy or torch.

    hebb           S <- a S + b v k^T                                                                 (1)
    delta          S <- a S;  S <- S + b (v - S k) k^T                                                (2)
    read           o = S q                                                                            (3)
    delta_product  S <- a S;  S <- S + b (v_j - S k_j) k_j^T  for each j                              (4)
    oja            S <- a S;  S <- S + b (v k^T - u u^T S),  u = v / |v|                              (5)
    bcm            S <- a S + b v (|v| - h) k^T;  h <- h + (v^2 - h) / period                         (6)
    least_squares  G <- a G + b v k^T;  H <- a H + b k k^T;  S = G (H + ridge I)^-1                   (7)
    momentum       Z <- momentum Z + b (v - S k) k^T;  S <- a S + Z                                   (8)

(1) Hebb 1949; linear attention, Katharopoulos et al. 2020, arXiv:2006.16236; a < 1: RetNet, Sun et al. 2023,
arXiv:2307.08621.
(2) Widrow & Hoff 1960; Rescorla & Wagner 1972; DeltaNet, Schlag et al. 2021, arXiv:2102.11174; a < 1: gated DeltaNet,
Yang et al. 2024, arXiv:2412.06464. (4) DeltaProduct, Siems et al. 2025, arXiv:2502.10297. (5) Oja 1982, J. Math. Biol. 15,
267, with the output held at v. (6) Bienenstock, Cooper & Munro 1982, J. Neurosci. 2, 32, with the output held at v, of
either sign. (7) Recursive least squares; Mesa layer, von Oswald et al. 2025, arXiv:2506.05233. (8) The linear memory of
Titans, Behrouz et al. 2024, arXiv:2501.00663. None changes its arguments.

(6)-(8) have more to remember than S: their state is a tuple. `RULES` says for each rule how its state starts and which S a
state reads with.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import array_api_compat

from neuromem.arrays import unit_length


def outer(value: Any, key: Any) -> Any:
    """v k^T: (..., value unit), (..., key unit) -> (..., value unit, key unit)."""
    return value[..., :, None] * key[..., None, :]


def read(state: Any, query: Any) -> Any:
    """S q, equation (3): (..., value unit).

    >>> import numpy as np
    >>> key, value = np.eye(3)[0], np.array([1.0, -1.0])
    >>> read(hebb(np.zeros((2, 3)), key, value), key).tolist()
    [1.0, -1.0]
    """
    return (state @ query[..., :, None])[..., 0]


def hebb(state: Any, key: Any, value: Any, *, rate: Any = 1.0, decay: Any = 1.0) -> Any:
    """Fades what is held and adds the pair, equation (1): a pair stored twice is held with twice the strength."""
    return decay * state + rate * outer(value, key)


def delta(state: Any, key: Any, value: Any, *, rate: Any = 1.0, decay: Any = 1.0) -> Any:
    """Fades what is held and corrects what the key recalls, equation (2): rate 1 and a unit key replace the old value.

    >>> import numpy as np
    >>> key = np.eye(3)[0]
    >>> read(delta(delta(np.zeros((1, 3)), key, np.array([5.0])), key, np.array([2.0])), key).tolist()
    [2.0]
    """
    state = decay * state
    return state + rate * outer(value - read(state, key), key)


def delta_product(state: Any, keys: Any, values: Any, *, rate: Any = 1.0, decay: Any = 1.0) -> Any:
    """Equation (4): one decay, a delta step for each of keys (..., step, key unit), values (..., step, value unit)."""
    state = decay * state
    for j in range(keys.shape[-2]):
        state = delta(state, keys[..., j, :], values[..., j, :], rate=rate)
    return state


def oja(state: Any, key: Any, value: Any, *, rate: Any = 1.0, decay: Any = 1.0) -> Any:
    """Equation (5); for |v| = 1 delta with key and value exchanged, b v (k - S^T v)^T: it forgets by value, not key."""
    state, direction = decay * state, unit_length(value)
    return state + rate * (outer(value, key) - outer(direction, (direction[..., None, :] @ state)[..., 0, :]))


def bcm(state: tuple, key: Any, value: Any, *, rate: Any = 1.0, decay: Any = 1.0, period: Any = 10.0) -> tuple:
    """Equation (6) on (S, h): the threshold h (..., value unit) slides with the mean square of the output."""
    weights, threshold = state
    drive = value * (abs(value) - threshold)
    return decay * weights + rate * outer(drive, key), threshold + (value**2 - threshold) / period


def least_squares(state: tuple, key: Any, value: Any, *, rate: Any = 1.0, decay: Any = 1.0) -> tuple:
    """Equation (7) on (G, H): S minimises sum_i rate_i decay^(n - i) |v_i - S k_i|^2 + ridge |S|^2 over all n pairs."""
    return hebb(state[0], key, value, rate=rate, decay=decay), hebb(state[1], key, key, rate=rate, decay=decay)


def momentum(state: tuple, key: Any, value: Any, *, rate: Any = 1.0, decay: Any = 1.0, momentum: Any = 0.9) -> tuple:
    """Equation (8) on (S, Z): rate (v - S k) k^T is -rate times the gradient of |v - S k|^2 / 2, the surprise."""
    weights, surprise = state
    surprise = momentum * surprise + rate * outer(value - read(weights, key), key)
    return decay * weights + surprise, surprise


def _solved(state: tuple, ridge: float) -> Any:
    """S = G (H + ridge I)^-1."""
    xp = array_api_compat.array_namespace(*state)
    second = state[1] + ridge * xp.eye(state[1].shape[-1], dtype=state[1].dtype, device=array_api_compat.device(state[1]))
    return xp.matrix_transpose(xp.linalg.solve(second, xp.matrix_transpose(state[0])))


class Rule(NamedTuple):
    """One rule.

    step: the function.  settings: the names of the settings it takes.  start(zero weights): the state before anything is
    learnt.  weights(state, ridge): S, with which the state reads.
    """

    step: Callable[..., Any]
    settings: tuple[str, ...] = ("rate", "decay")
    start: Callable[[Any], Any] = lambda zero: zero
    weights: Callable[[Any, float], Any] = lambda state, ridge: state[0] if isinstance(state, tuple) else state


RULES = {
    "hebb": Rule(hebb),
    "delta": Rule(delta),
    "delta_product": Rule(delta_product),
    "oja": Rule(oja),
    "bcm": Rule(bcm, ("rate", "decay", "period"), lambda zero: (zero, zero[..., 0])),
    "least_squares": Rule(least_squares, start=lambda zero: (zero, zero.mT @ zero), weights=_solved),
    "momentum": Rule(momentum, ("rate", "decay", "momentum"), lambda zero: (zero, zero)),
}
