"""Rank-one editing: one answer of a linear map is replaced, and the others change least."""

from __future__ import annotations

from typing import Any

import array_api_compat

from neuromem import checks
from neuromem.arrays import as_floating, require_finite


def edit(weights: Any, key: Any, value: Any, covariance: Any = None, *, ridge: float = 0.0) -> Any:
    """Change weights so that the key gives the value, by a matrix of rank one.

    Equations, numbered as in the code's comments:

        u = (C + ridge I)^-1 k                                                       (1)
        W <- W + (v - W k) u^T / (u.k)                                               (2)

    Of all W with W k = v it is the one that moves the answers to keys of second moment
    C = mean k k^T (uncentred) least, in the mean square: by |v - W k|^2 / (k.u). Without C all
    directions count alike, which is a step of the delta rule; then the mean square is
    |v - W k|^2 k^T C k / |k|^4, which is never less. Fewer samples than units leave C singular:
    take a ridge.

    Parameters
    ----------
    weights : array of shape (value unit, key unit)
        W, such as the weight of a linear layer.
    key : array of shape (key unit,)
        k.
    value : array of shape (value unit,)
        v.
    covariance : array of shape (key unit, key unit), optional
        C.
    ridge : float, default 0
        Added to the diagonal of C.

    Returns
    -------
    array of shape (value unit, key unit)
        The new weights.

    Raises
    ------
    InputError
        If a shape does not fit, or the key is 0, or C is singular.

    References
    ----------
    Meng, K. et al. (2022). Locating and editing factual associations in GPT. NeurIPS.
    https://arxiv.org/abs/2202.05262

    Examples
    --------
    >>> import numpy as np
    >>> key, often = np.array([1.0, 1.0]), np.diag([9.0, 1.0])
    >>> edit(np.zeros((1, 2)), key, np.array([10.0]), often).round(6).tolist()
    [[1.0, 9.0]]
    """
    weights = checks.array("weights", weights, ("value unit", "key unit"))
    outputs, units = weights.shape
    ridge = checks.real("ridge", ridge, least=0)
    key, value = checks.array("key", key, (units,)), checks.array("value", value, (outputs,))
    given = {} if covariance is None else {"covariance": checks.array("covariance", covariance, (units, units))}
    xp, weights, key, value, *rest = as_floating(weights=weights, key=key, value=value, **given)
    direction = key
    if rest:
        one = xp.eye(units, dtype=key.dtype, device=array_api_compat.device(key))
        try:
            direction = xp.linalg.solve(rest[0] + ridge * one, key[:, None])[:, 0]  # (1)
        except (ArithmeticError, RuntimeError, ValueError) as error:  # each library has an error of its own
            was = f"can't be solved ({error})".strip().splitlines()[0]
            raise checks.refusal("covariance", "be invertible", was, "give ridge=1e-3") from error
    meets = direction @ key
    if not bool(meets > 0):
        was = "is 0" if not bool(xp.any(key != 0)) else "is orthogonal to itself by the covariance"
        raise checks.refusal("key", "have a direction", was, "give another key, or a covariance that is positive")
    changed = weights + (value - weights @ key)[:, None] * (direction / meets)[None, :]  # (2)
    return require_finite("edit", changed)
