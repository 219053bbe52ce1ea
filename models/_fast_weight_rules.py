"""Learning rules of fast weights: each one equation, a plain function (state, key, value) -> state.

The state S has shape (..., value unit, key unit), a key (..., key unit), a value (..., value unit); leading axes are
independent memories, such as batch and head. `rate` and `decay` are numbers, or arrays that broadcast against S.
Any array library; gradients flow.
"""

from __future__ import annotations

from typing import Any


def outer(value: Any, key: Any) -> Any:
    """v k^T, shape (..., value unit, key unit)."""
    return value[..., :, None] * key[..., None, :]


def read(state: Any, key: Any) -> Any:
    """S k, shape (..., value unit)."""
    return (state @ key[..., :, None])[..., 0]


def hebb(state: Any, key: Any, value: Any, *, rate: Any = 1.0, decay: Any = 1.0) -> Any:
    """S <- decay S + rate v k^T: Hebb, linear attention (Katharopoulos et al. 2020); with decay RetNet, GLA."""
    return decay * state + rate * outer(value, key)


def delta(state: Any, key: Any, value: Any, *, rate: Any = 1.0, decay: Any = 1.0) -> Any:
    """S <- decay S;  S <- S + rate (v - S k) k^T: Rescorla & Wagner 1972, DeltaNet; with decay Gated DeltaNet."""
    state = decay * state
    return state + rate * outer(value - read(state, key), key)
