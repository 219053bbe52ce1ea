"""Separation functions of attention: scores (..., item) -> weights of the items; what is well separated gets all the weight.

Any array library; gradients flow.
"""

from __future__ import annotations

from typing import Any

import array_api_compat


def softmax(scores: Any) -> Any:
    """p_m = exp(s_m) / sum_n exp(s_n)."""
    xp = array_api_compat.array_namespace(scores)
    weights = xp.exp(scores - xp.max(scores, axis=-1, keepdims=True))
    return weights / xp.sum(weights, axis=-1, keepdims=True)


def softmax_one(scores: Any) -> Any:
    """p_m = exp(s_m) / (1 + sum_n exp(s_n)): softmax beside a score of 0, for nothing.

    Outlier-efficient Hopfield layers, Hu et al. 2024, arXiv:2404.03828.
    """
    xp = array_api_compat.array_namespace(scores)
    top = xp.max(scores, axis=-1, keepdims=True)
    top = xp.where(top > 0, top, xp.zeros_like(top))
    weights = xp.exp(scores - top)
    return weights / (xp.exp(-top) + xp.sum(weights, axis=-1, keepdims=True))


def sparsemax(scores: Any) -> Any:
    """p_m = max(0, s_m - t) with t such that sum_m p_m = 1: the point of the simplex nearest to s.

    Martins & Astudillo 2016; sparse modern Hopfield network, Hu et al. 2023, arXiv:2309.12673.
    """
    xp = array_api_compat.array_namespace(scores)
    ordered = xp.flip(xp.sort(scores, axis=-1), axis=-1)
    rank = xp.astype(xp.arange(1, scores.shape[-1] + 1, device=array_api_compat.device(scores)), scores.dtype)
    total = xp.cumulative_sum(ordered, axis=-1)
    inside = xp.astype(1 + rank * ordered > total, scores.dtype)
    number = xp.sum(inside, axis=-1, keepdims=True)
    threshold = (xp.sum(ordered * inside, axis=-1, keepdims=True) - 1) / number
    return xp.maximum(scores - threshold, xp.zeros_like(scores))


def polynomial(scores: Any, power: int = 4) -> Any:
    """p_m = s_m^power / sum_n s_n^power for scores above 0; where none is, all items weigh the same.

    Dense associative memory, Krotov & Hopfield 2016, arXiv:1606.01164.
    """
    xp = array_api_compat.array_namespace(scores)
    above = xp.maximum(scores, xp.zeros_like(scores))
    top = xp.max(above, axis=-1, keepdims=True)
    weights = xp.where(top > 0, above / xp.where(top > 0, top, xp.ones_like(top)), xp.ones_like(above)) ** power
    return weights / xp.sum(weights, axis=-1, keepdims=True)


def local_linear(weights: Any, keys: Any, queries: Any, ridge: float = 0.1) -> Any:
    """l_m = p_m [1 + (q - m)^T (C + ridge I)^-1 (k_m - m)]: what a straight line through the weighted pairs gives at q.

    m = sum p_m k_m and C = sum p_m (k_m - m)(k_m - m)^T: the weights of the values in b, the minimum over b and W of
    sum_m p_m |v_m - b - W (k_m - q)|^2 + ridge |W|^2, local linear attention. They sum to 1, may be negative; p (..., item),
    which must sum to 1, keys (..., item, unit), queries (..., unit). Cleveland 1979 (local regression), JASA 74, 829-836.
    """
    xp = array_api_compat.array_namespace(weights, keys, queries)
    mean = weights[..., None, :] @ keys  # (..., 1, unit)
    apart = keys - mean
    spread = xp.matrix_transpose(weights[..., :, None] * apart) @ apart
    spread = spread + ridge * xp.eye(spread.shape[-1], dtype=spread.dtype, device=array_api_compat.device(spread))
    slope = xp.linalg.solve(spread, xp.matrix_transpose(queries[..., None, :] - mean))  # (..., unit, 1)
    return weights * (1 + (apart @ slope)[..., 0])


SEPARATIONS = {"softmax": softmax, "softmax_one": softmax_one, "sparsemax": sparsemax, "polynomial": polynomial}


def _softmax_potential(scores: Any) -> Any:
    xp = array_api_compat.array_namespace(scores)
    top = xp.max(scores, axis=-1, keepdims=True)
    return top[..., 0] + xp.log(xp.sum(xp.exp(scores - top), axis=-1))


def _softmax_one_potential(scores: Any) -> Any:
    xp = array_api_compat.array_namespace(scores)
    return _softmax_potential(xp.concat([scores, xp.zeros_like(scores[..., :1])], axis=-1))


def _sparsemax_potential(scores: Any) -> Any:
    xp, weights = array_api_compat.array_namespace(scores), sparsemax(scores)
    return xp.sum(weights * scores - weights**2 / 2, axis=-1)


# convex functions of the scores whose gradients are the separations, from which the energies of attention are made
POTENTIALS = {"softmax": _softmax_potential, "softmax_one": _softmax_one_potential, "sparsemax": _sparsemax_potential}
