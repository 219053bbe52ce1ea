"""Fast-weight rules: one step each, a plain function (state, key, value) -> state, in any array library; gradients flow.

A state S (..., value unit, key unit) is a linear map from keys to values; k (..., key unit), v (..., value unit). The
leading axes are independent memories, such as batch and head. `rate` b and `decay` a are numbers, or arrays that
broadcast against S: (..., 1, 1) for one a memory, (..., 1, key unit) for one a key unit.

    hebb    S <- a S + b v k^T                                                                        (1)
    delta   S <- a S;  S <- S + b (v - S k) k^T                                                       (2)
    read    o = S q                                                                                   (3)

(1) Hebb 1949; linear attention, Katharopoulos et al. 2020, arXiv:2006.16236; a < 1: RetNet, Sun et al. 2023,
arXiv:2307.08621.
(2) Widrow & Hoff 1960; Rescorla & Wagner 1972; DeltaNet, Schlag et al. 2021, arXiv:2102.11174; a < 1: gated DeltaNet,
Yang et al. 2024, arXiv:2412.06464. None changes its arguments.
"""

from __future__ import annotations

from typing import Any


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
