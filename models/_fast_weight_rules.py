"""Learning rules of fast weights: each one equation, a plain function (state, key, value) -> state.

The weights S have shape (..., value unit, key unit), a key (..., key unit), a value (..., value unit); leading axes are
independent memories, such as batch and head. `rate`, `decay` and the other settings are numbers, or arrays that broadcast
against the weights. A state is S, or a tuple whose first part has the shape of S. Any array library; gradients flow.

`RULES` says for each rule how its state starts and which weights S a state reads with: o = S q.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import array_api_compat

from neuromem.models._algebra import unit_length


def outer(value: Any, key: Any) -> Any:
    """v k^T, shape (..., value unit, key unit)."""
    return value[..., :, None] * key[..., None, :]


def read(weights: Any, key: Any) -> Any:
    """S k, shape (..., value unit)."""
    return (weights @ key[..., :, None])[..., 0]


def hebb(state: Any, key: Any, value: Any, *, rate: Any = 1.0, decay: Any = 1.0) -> Any:
    """S <- decay S + rate v k^T: Hebb, linear attention (Katharopoulos et al. 2020); with decay RetNet, GLA."""
    return decay * state + rate * outer(value, key)


def delta(state: Any, key: Any, value: Any, *, rate: Any = 1.0, decay: Any = 1.0) -> Any:
    """S <- decay S;  S <- S + rate (v - S k) k^T: Rescorla & Wagner 1972, DeltaNet; with decay Gated DeltaNet."""
    state = decay * state
    return state + rate * outer(value - read(state, key), key)


def delta_product(state: Any, keys: Any, values: Any, *, rate: Any = 1.0, decay: Any = 1.0) -> Any:
    """S <- decay S, then one delta step for each key k_j (..., step, key unit) and v_j: DeltaProduct (Siems et al. 2025)."""
    state = decay * state
    for j in range(keys.shape[-2]):
        state = delta(state, keys[..., j, :], values[..., j, :], rate=rate)
    return state


def oja(state: Any, key: Any, value: Any, *, rate: Any = 1.0, decay: Any = 1.0) -> Any:
    """S <- decay S;  S <- S + rate (v k^T - u u^T S), u = v / |v|: Oja 1982 with the output held at v.

    For |v| = 1 it is rate v (k - S^T v)^T, the delta rule with key and value exchanged: it forgets by value, not by key.
    """
    state, direction = decay * state, unit_length(value)
    return state + rate * (outer(value, key) - outer(direction, (direction[..., None, :] @ state)[..., 0, :]))


def bcm(state: tuple, key: Any, value: Any, *, rate: Any = 1.0, decay: Any = 1.0, period: Any = 10.0) -> tuple:
    """S <- decay S + rate v (|v| - h) k^T;  h <- h + (v^2 - h) / period: Bienenstock, Cooper & Munro 1982.

    The threshold h (..., value unit) slides with the mean square of the output, here held at v, of either sign.
    """
    weights, threshold = state
    drive = value * (abs(value) - threshold)
    return decay * weights + rate * outer(drive, key), threshold + (value**2 - threshold) / period


def least_squares(state: tuple, key: Any, value: Any, *, rate: Any = 1.0, decay: Any = 1.0) -> tuple:
    """G <- decay G + rate v k^T;  H <- decay H + rate k k^T; read with S = G (H + ridge I)^-1.

    Mesa layer (von Oswald et al. 2025); at decay 1 recursive least squares. S minimises
    sum_i rate_i decay^(n - i) |v_i - S k_i|^2 + ridge |S|^2.
    """
    return hebb(state[0], key, value, rate=rate, decay=decay), hebb(state[1], key, key, rate=rate, decay=decay)


def momentum(state: tuple, key: Any, value: Any, *, rate: Any = 1.0, decay: Any = 1.0, momentum: Any = 0.9) -> tuple:
    """Z <- momentum Z + rate (v - S k) k^T;  S <- decay S + Z: the linear memory of Titans (Behrouz et al. 2025).

    rate (v - S k) k^T is -rate times the gradient of |v - S k|^2 / 2, the surprise.
    """
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
