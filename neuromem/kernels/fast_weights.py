"""Rules of fast weights: functions (state, key, value) -> state, in any array library.

A state S (..., value unit, key unit) is a linear map from keys k (..., key unit) to values v
(..., value unit). The leading axes are independent memories, such as batch and head. `rate` b and
`decay` a are numbers, or arrays that broadcast against S: (..., 1, 1) for one a memory and
(..., 1, key unit) for one a key unit. Equations, numbered as in the code's comments:

    hebb           S <- a S + b v k^T                                                     (1)
    delta          S <- a S;  S <- S + b (v - S k) k^T                                    (2)
    read           o = S q                                                                (3)
    delta_product  S <- a S;  S <- S + b_j (v_j - S k_j) k_j^T  for each step j           (4)
    oja            S <- a S;  S <- S + b (v k^T - u u^T S),  u = v / |v|                  (5)
    bcm            S <- a S + b v (|v| - h) k^T;  h <- h + (v^2 - h) / period             (6)
    least_squares  G <- a G + b v k^T;  H <- a H + b k k^T;  S = G (H + ridge I)^-1       (7)
    momentum       Z <- momentum Z + b (v - S k) k^T;  S <- a S + Z                       (8)

The states of (6) to (8) hold more than S and are tuples. `RULES` says for each rule what its state
holds, how it starts, and which S it reads with. No function changes its arguments, and
gradients flow.

References
----------
(1) Hebb (1949); linear attention, Katharopoulos et al. (2020), https://arxiv.org/abs/2006.16236;
with a < 1 RetNet, Sun et al. (2023), https://arxiv.org/abs/2307.08621.
(2) Widrow & Hoff (1960); Rescorla & Wagner (1972); DeltaNet, Schlag et al. (2021),
https://arxiv.org/abs/2102.11174; with a < 1 gated DeltaNet, Yang et al. (2024),
https://arxiv.org/abs/2412.06464.
(4) DeltaProduct, Siems et al. (2025), https://arxiv.org/abs/2502.10297.
(5) Oja (1982), Journal of Mathematical Biology 15, 267, with the output held at v.
(6) Bienenstock, Cooper & Munro (1982), Journal of Neuroscience 2, 32, with the output held at v, of
either sign.
(7) Recursive least squares; Mesa layer, von Oswald et al. (2025), https://arxiv.org/abs/2506.05233.
(8) The linear memory of Titans, Behrouz et al. (2024), https://arxiv.org/abs/2501.00663.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import array_api_compat

from neuromem.arrays import unit_length


def outer(value: Any, key: Any) -> Any:
    """Return v k^T, (..., value unit, key unit), of v (..., value unit) and k (..., key unit).

    Parameters
    ----------
    value : array of shape (..., value unit)
        v.
    key : array of shape (..., key unit)
        k.

    Returns
    -------
    array of shape (..., value unit, key unit)
        v k^T.
    """
    return value[..., :, None] * key[..., None, :]


def read(state: Any, query: Any) -> Any:
    """Return what the query recalls, equation (3): (..., value unit).

    Parameters
    ----------
    state : array of shape (..., value unit, key unit)
        S.
    query : array of shape (..., key unit)
        q.

    Returns
    -------
    array of shape (..., value unit)
        o.

    Examples
    --------
    >>> import numpy as np
    >>> key, value = np.eye(3)[0], np.array([1.0, -1.0])
    >>> read(hebb(np.zeros((2, 3)), key, value), key).tolist()
    [1.0, -1.0]
    """
    return (state @ query[..., :, None])[..., 0]


def hebb(state: Any, key: Any, value: Any, *, rate: Any = 1.0, decay: Any = 1.0) -> Any:
    """Fade what is held and add the pair; a pair stored twice is held with twice the strength.

    Parameters
    ----------
    state : array of shape (..., value unit, key unit)
        S.
    key : array of shape (..., key unit)
        k.
    value : array of shape (..., value unit)
        v.
    rate : float or array, default 1
        b.
    decay : float or array, default 1
        a.

    Returns
    -------
    array of shape (..., value unit, key unit)
        The new S.
    """
    return decay * state + rate * outer(value, key)  # (1)


def delta(state: Any, key: Any, value: Any, *, rate: Any = 1.0, decay: Any = 1.0) -> Any:
    """Fade what is held and correct what the key recalls; rate 1 replaces it, for a unit key.

    Parameters
    ----------
    state : array of shape (..., value unit, key unit)
        S.
    key : array of shape (..., key unit)
        k.
    value : array of shape (..., value unit)
        v.
    rate : float or array, default 1
        b.
    decay : float or array, default 1
        a.

    Returns
    -------
    array of shape (..., value unit, key unit)
        The new S.

    Examples
    --------
    >>> import numpy as np
    >>> key = np.eye(3)[0]
    >>> state = delta(np.zeros((1, 3)), key, np.array([5.0]))
    >>> read(delta(state, key, np.array([2.0])), key).tolist()
    [2.0]
    """
    state = decay * state
    return state + rate * outer(value - read(state, key), key)  # (2)


def delta_product(state: Any, keys: Any, values: Any, *, rate: Any = 1.0, decay: Any = 1.0) -> Any:
    """Fade once, then take one delta step for each key and value of the token.

    Parameters
    ----------
    state : array of shape (..., value unit, key unit)
        S.
    keys : array of shape (..., step, key unit)
        k_j, of length 1 for the steps to be reflections at rate 2.
    values : array of shape (..., step, value unit)
        v_j.
    rate : float or array of shape (..., step, 1, 1), default 1
        b_j. A step multiplies the part of S along k_j by 1 - b_j.
    decay : float or array, default 1
        a.

    Returns
    -------
    array of shape (..., value unit, key unit)
        The state after the last step.

    Examples
    --------
    >>> import numpy as np
    >>> keys = np.array([[1.0, 0.0], [0.6, 0.8]])
    >>> turn = delta_product(np.eye(2), keys, np.zeros((2, 2)), rate=2.0)
    >>> round(float(np.linalg.det(turn)), 12)  # two reflections are a rotation
    1.0
    """
    state = decay * state
    for j in range(keys.shape[-2]):
        own = rate[..., j, :, :] if getattr(rate, "ndim", 0) else rate
        state = delta(state, keys[..., j, :], values[..., j, :], rate=own)  # (4)
    return state


def oja(state: Any, key: Any, value: Any, *, rate: Any = 1.0, decay: Any = 1.0) -> Any:
    """Take a step of Oja's rule, which forgets by value and not by key.

    For |v| = 1 it is the delta rule with key and value exchanged, b v (k - S^T v)^T.

    Parameters
    ----------
    state : array of shape (..., value unit, key unit)
        S.
    key : array of shape (..., key unit)
        k.
    value : array of shape (..., value unit)
        v.
    rate : float or array, default 1
        b.
    decay : float or array, default 1
        a.

    Returns
    -------
    array of shape (..., value unit, key unit)
        The new S.
    """
    state, direction = decay * state, unit_length(value)
    known = (direction[..., None, :] @ state)[..., 0, :]
    return state + rate * (outer(value, key) - outer(direction, known))  # (5)


def bcm(state: tuple, key: Any, value: Any, *, rate: Any = 1.0, decay: Any = 1.0, period: Any = 10.0) -> tuple:
    """Take a step on (S, h); the threshold h (..., value unit) follows the square of the output.

    Parameters
    ----------
    state : tuple of arrays
        S and h.
    key : array of shape (..., key unit)
        k.
    value : array of shape (..., value unit)
        v.
    rate : float or array, default 1
        b.
    decay : float or array, default 1
        a.
    period : float, default 10
        Steps over which h slides.

    Returns
    -------
    tuple of arrays
        The new state.
    """
    weights, threshold = state
    drive = value * (abs(value) - threshold)
    return decay * weights + rate * outer(drive, key), threshold + (value**2 - threshold) / period  # (6)


def least_squares(state: tuple, key: Any, value: Any, *, rate: Any = 1.0, decay: Any = 1.0) -> tuple:
    """Take a step on (G, H).

    S minimises sum_i rate_i decay^(n - i) |v_i - S k_i|^2 + ridge |S|^2 over all n pairs.

    Parameters
    ----------
    state : tuple of arrays
        G and H.
    key : array of shape (..., key unit)
        k.
    value : array of shape (..., value unit)
        v.
    rate : float or array, default 1
        b.
    decay : float or array, default 1
        a.

    Returns
    -------
    tuple of arrays
        The new state.
    """
    return hebb(state[0], key, value, rate=rate, decay=decay), hebb(state[1], key, key, rate=rate, decay=decay)  # (7)


def momentum(state: tuple, key: Any, value: Any, *, rate: Any = 1.0, decay: Any = 1.0, momentum: Any = 0.9) -> tuple:
    """Take a step on (S, Z); Z sums up the surprise, minus the gradient of |v - S k|^2 / 2.

    Parameters
    ----------
    state : tuple of arrays
        S and Z.
    key : array of shape (..., key unit)
        k.
    value : array of shape (..., value unit)
        v.
    rate : float or array, default 1
        b.
    decay : float or array, default 1
        a.
    momentum : float, default 0.9
        What is kept of Z.

    Returns
    -------
    tuple of arrays
        The new state.
    """
    weights, surprise = state
    surprise = momentum * surprise + rate * outer(value - read(weights, key), key)  # (8)
    return decay * weights + surprise, surprise


def _solved(state: tuple, ridge: float) -> Any:
    """S = G (H + ridge I)^-1."""
    xp = array_api_compat.array_namespace(*state)
    second = state[1] + ridge * xp.eye(state[1].shape[-1], dtype=state[1].dtype, device=array_api_compat.device(state[1]))
    return xp.matrix_transpose(xp.linalg.solve(second, xp.matrix_transpose(state[0])))


class Rule(NamedTuple):
    """What there is to know of one rule.

    Parameters
    ----------
    step : callable
        The function (state, key, value, **settings) -> state.
    settings : tuple of str
        The names of the settings that it takes.
    names : tuple of str
        What the arrays of its state are called, in their order.
    start : callable
        The state before anything is learnt, from S = 0.
    weights : callable
        The S with which a state reads, from the state and the ridge.
    """

    step: Callable[..., Any]
    settings: tuple[str, ...] = ("rate", "decay")
    names: tuple[str, ...] = ("weights",)
    start: Callable[[Any], Any] = lambda zero: zero
    weights: Callable[[Any, float], Any] = lambda state, ridge: state[0] if isinstance(state, tuple) else state


def _no_moments(zero: Any) -> tuple:
    """G = 0 and H = 0."""
    return zero, zero[..., :1, :].mT @ zero[..., :1, :]


RULES = {
    "hebb": Rule(hebb),
    "delta": Rule(delta),
    "delta_product": Rule(delta_product),
    "oja": Rule(oja),
    "bcm": Rule(bcm, ("rate", "decay", "period"), ("weights", "threshold"), lambda zero: (zero, zero[..., 0])),
    "least_squares": Rule(least_squares, names=("correlation", "covariance"), start=_no_moments, weights=_solved),
    "momentum": Rule(momentum, ("rate", "decay", "momentum"), ("weights", "surprise"), lambda zero: (zero, zero)),
}
