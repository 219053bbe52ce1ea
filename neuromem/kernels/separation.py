"""Separation functions of attention, which turn the scores of items into their weights.

They take arrays of any library, scores (..., item), and let gradients flow. The better the best
item is separated from the others, the more of the weight it gets. `beta` multiplies differences
of scores only, so that it may be as large as a number can be.
"""

from __future__ import annotations

from typing import Any

import array_api_compat
import numpy as np


def softmax(scores: Any, beta: Any = 1.0) -> Any:
    """Return p_m = exp(beta s_m) / sum_n exp(beta s_n).

    Parameters
    ----------
    scores : array of shape (..., item)
        Similarities s.
    beta : float or array, default 1
        Inverse temperature.

    Returns
    -------
    array of shape (..., item)
        Weights, which sum to 1.
    """
    xp = array_api_compat.array_namespace(scores)
    weights = xp.exp(_below_best(xp, scores, beta))
    return weights / xp.sum(weights, axis=-1, keepdims=True)


def softmax_one(scores: Any, beta: Any = 1.0) -> Any:
    """Return p_m = exp(beta s_m) / (1 + sum_n exp(beta s_n)), a softmax beside a score of 0.

    Parameters
    ----------
    scores : array of shape (..., item)
        Similarities s.
    beta : float or array, default 1
        Inverse temperature.

    Returns
    -------
    array of shape (..., item)
        Weights, which sum to less than 1.

    References
    ----------
    Hu, J. Y.-C. et al. (2024). Outlier-efficient Hopfield layers for large transformer-based
    models. https://arxiv.org/abs/2404.03828
    """
    xp = array_api_compat.array_namespace(scores)
    return softmax(_beside_nothing(xp, scores), beta)[..., :-1]


def sparsemax(scores: Any, beta: Any = 1.0) -> Any:
    """Return p_m = max(0, beta s_m - t) with t such that sum_m p_m = 1.

    It is the point of the simplex nearest to beta s.

    Parameters
    ----------
    scores : array of shape (..., item)
        Similarities s.
    beta : float or array, default 1
        Inverse temperature.

    Returns
    -------
    array of shape (..., item)
        Weights, which sum to 1; many are 0.

    References
    ----------
    Martins, A. & Astudillo, R. (2016). From softmax to sparsemax.
    https://arxiv.org/abs/1602.02068

    Hu, J. Y.-C. et al. (2023). On sparse modern Hopfield model. https://arxiv.org/abs/2309.12673
    """
    xp = array_api_compat.array_namespace(scores)
    scores = _below_best(xp, scores, beta)
    scores = xp.maximum(scores, xp.full_like(scores, -2.0))  # an item 1 below the best has no weight
    ordered = xp.flip(xp.sort(scores, axis=-1), axis=-1)
    rank = xp.astype(xp.arange(1, scores.shape[-1] + 1, device=array_api_compat.device(scores)), scores.dtype)
    total = xp.cumulative_sum(ordered, axis=-1)
    inside = xp.astype(1 + rank * ordered > total, scores.dtype)
    number = xp.sum(inside, axis=-1, keepdims=True)
    threshold = (xp.sum(ordered * inside, axis=-1, keepdims=True) - 1) / number
    return xp.maximum(scores - threshold, xp.zeros_like(scores))


def polynomial(scores: Any, beta: Any = 1.0, power: int = 4) -> Any:
    """Return p_m = s_m^power / sum_n s_n^power for scores above 0; equal weights if none is.

    Parameters
    ----------
    scores : array of shape (..., item)
        Similarities s.
    beta : float or array, default 1
        Takes no part: the weights are the same at any positive factor of the scores.
    power : int, default 4
        Exponent.

    Returns
    -------
    array of shape (..., item)
        Weights, which sum to 1.

    References
    ----------
    Krotov, D. & Hopfield, J. J. (2016). Dense associative memory for pattern recognition.
    https://arxiv.org/abs/1606.01164
    """
    xp = array_api_compat.array_namespace(scores)
    above = xp.maximum(scores, xp.zeros_like(scores))
    top = xp.max(above, axis=-1, keepdims=True)
    weights = xp.where(top > 0, above / xp.where(top > 0, top, xp.ones_like(top)), xp.ones_like(above)) ** power
    return weights / xp.sum(weights, axis=-1, keepdims=True)


def local_linear(weights: Any, keys: Any, queries: Any, ridge: Any = 0.1) -> Any:
    """Return the weights of the values in a local linear regression, read at the queries.

    Equations, numbered as in the code's comments:

        m = sum_m p_m k_m,  C = sum_m p_m (k_m - m)(k_m - m)^T                            (1)
        l_m = p_m [1 + (q - m)^T (C + ridge I)^-1 (k_m - m)]                              (2)

    sum_m l_m v_m is b at the minimum of sum_m p_m |v_m - b - W (k_m - q)|^2 + ridge |W|^2 over b
    and W, which is local linear attention. The l_m sum to 1 and may be negative. They are computed
    in float64, as a ridge that is small beside C asks for its digits.

    Parameters
    ----------
    weights : array of shape (..., item)
        p, which must sum to 1.
    keys : array of shape (..., item, unit)
        k.
    queries : array of shape (..., unit)
        q.
    ridge : float, default 0.1
        Strength of the penalty on the slope W.

    Returns
    -------
    array of shape (..., item)
        l.

    References
    ----------
    Cleveland, W. S. (1979). Robust locally weighted regression and smoothing scatterplots.
    Journal of the American Statistical Association 74, 829-836.
    """
    xp, kind = array_api_compat.array_namespace(weights, keys, queries), weights.dtype
    weights, keys, queries = (xp.astype(x, xp.float64) for x in (weights, keys, queries))
    weights = weights / xp.sum(weights, axis=-1, keepdims=True)  # to the last digit
    mean = weights[..., None, :] @ keys  # (1); (..., 1, unit)
    apart = keys - mean
    spread = xp.matrix_transpose(weights[..., :, None] * apart) @ apart  # (1)
    spread = spread + ridge * xp.eye(spread.shape[-1], dtype=spread.dtype, device=array_api_compat.device(spread))
    slope = xp.linalg.solve(spread, xp.matrix_transpose(queries[..., None, :] - mean))  # (..., unit, 1)
    return xp.astype(weights * (1 + (apart @ slope)[..., 0]), kind)  # (2)


SEPARATIONS = {"softmax": softmax, "softmax_one": softmax_one, "sparsemax": sparsemax, "polynomial": polynomial}


def softmax_potential(scores: Any, beta: Any) -> Any:
    """Return ln(sum_m exp(beta s_m)) / beta, shape (...), whose gradient is `softmax`.

    Parameters
    ----------
    scores : array of shape (..., item)
        Similarities s.
    beta : float or array
        Inverse temperature.

    Returns
    -------
    array of shape (...)
        The potential.
    """
    xp = array_api_compat.array_namespace(scores)
    top = xp.max(scores, axis=-1, keepdims=True)
    return top[..., 0] + xp.log(xp.sum(xp.exp(beta * (scores - top)), axis=-1)) / beta


def softmax_one_potential(scores: Any, beta: Any) -> Any:
    """Return ln(1 + sum_m exp(beta s_m)) / beta, shape (...), whose gradient is `softmax_one`.

    Parameters
    ----------
    scores : array of shape (..., item)
        Similarities s.
    beta : float or array
        Inverse temperature.

    Returns
    -------
    array of shape (...)
        The potential.
    """
    xp = array_api_compat.array_namespace(scores)
    return softmax_potential(_beside_nothing(xp, scores), beta)


def sparsemax_potential(scores: Any, beta: Any) -> Any:
    """Return p.s - |p|^2 / (2 beta), shape (...), whose gradient is p, the `sparsemax`.

    Parameters
    ----------
    scores : array of shape (..., item)
        Similarities s.
    beta : float or array
        Inverse temperature.

    Returns
    -------
    array of shape (...)
        The potential.
    """
    xp, weights = array_api_compat.array_namespace(scores), sparsemax(scores, beta)
    return xp.sum(weights * (scores - weights / (2 * beta)), axis=-1)


POTENTIALS = {"softmax": softmax_potential, "softmax_one": softmax_one_potential, "sparsemax": sparsemax_potential}


def _beside_nothing(xp: Any, scores: Any) -> Any:
    """The scores and, as the last one, 0."""
    return xp.concat([scores, xp.zeros_like(scores[..., :1])], axis=-1)


def _below_best(xp: Any, scores: Any, beta: Any) -> Any:
    """How far each score lies below the best, times beta: -inf where no number is as large."""
    with np.errstate(over="ignore"):
        return beta * (scores - xp.max(scores, axis=-1, keepdims=True))
