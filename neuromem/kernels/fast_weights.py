"""Fast-weight rules: one step each, a plain function of state, key and value, in any array library.

A state S (..., value unit, key unit) is a linear map from keys to values; k (..., key unit), v (..., value unit). The leading
axes are independent memories. `rate` b and `decay` a are numbers, or arrays of the leading shape.

    hebb         S <- S + b v k^T                                                                     (1)
    decay        S <- a S + b v k^T                                                                   (2)
    delta        S <- S + b (v - S k) k^T                                                             (3)
    gated_delta  S <- a S + b (v - a S k) k^T                                                         (4)
    read         o = S q                                                                              (5)

(1) Hebb 1949; linear attention, Katharopoulos et al. 2020, arXiv:2006.16236. (2) Sun et al. 2023, arXiv:2307.08621.
(3) Widrow & Hoff 1960; Rescorla & Wagner 1972; Schlag et al. 2021, arXiv:2102.11174. (4) Yang et al. 2024, arXiv:2412.06464.
None changes its arguments.
"""

from __future__ import annotations

from typing import Any


def _matrix(scale: Any) -> Any:
    """A number as it is; an array (...) as (..., 1, 1), to scale states."""
    return scale[..., None, None] if getattr(scale, "ndim", 0) else scale


def outer(value: Any, key: Any) -> Any:
    """v k^T: (..., value unit), (..., key unit) -> (..., value unit, key unit)."""
    return value[..., :, None] * key[..., None, :]


def read(state: Any, query: Any) -> Any:
    """S q, equation (5): (..., value unit).

    >>> import numpy as np
    >>> key, value = np.eye(3)[0], np.array([1.0, -1.0])
    >>> read(hebb(np.zeros((2, 3)), key, value), key).tolist()
    [1.0, -1.0]
    """
    return (state @ query[..., :, None])[..., 0]


def hebb(state: Any, key: Any, value: Any, *, rate: Any = 1.0) -> Any:
    """Adds the pair, equation (1): the same pair twice is held with twice the strength."""
    return state + _matrix(rate) * outer(value, key)


def decay(state: Any, key: Any, value: Any, *, rate: Any = 1.0, decay: Any = 0.9) -> Any:
    """Fades all that is held, then adds the pair, equation (2)."""
    return _matrix(decay) * state + _matrix(rate) * outer(value, key)


def delta(state: Any, key: Any, value: Any, *, rate: Any = 1.0) -> Any:
    """Corrects what the key recalls, equation (3): with rate 1 and a unit key the new value replaces the old.

    >>> import numpy as np
    >>> key = np.eye(3)[0]
    >>> read(delta(delta(np.zeros((1, 3)), key, np.array([5.0])), key, np.array([2.0])), key).tolist()
    [2.0]
    """
    return gated_delta(state, key, value, rate=rate, decay=1.0)


def gated_delta(state: Any, key: Any, value: Any, *, rate: Any = 1.0, decay: Any = 0.9) -> Any:
    """Fades all that is held, then corrects what the key recalls, equation (4)."""
    state = _matrix(decay) * state
    return hebb(state, key, value - read(state, key), rate=rate)
