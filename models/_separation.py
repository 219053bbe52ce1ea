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


SEPARATIONS = {"softmax": softmax, "softmax_one": softmax_one, "sparsemax": sparsemax, "polynomial": polynomial}
