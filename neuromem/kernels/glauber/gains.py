"""The gain g(y) of a pattern of +1/-1 whose other units have the overlap y, by interaction.

    full         g(y) = ((y + 1)^P - (y - 1)^P) / 2, half the change of y^P in a flip
    distinct     g(y) = (P - 1)! e_(P-1) of K spins of sum y: n! e_n = p_n,
                 p_(n+1) = y p_n - n (K - n + 1) p_(n-1)
    exponential  g(y) = exp(y) sinh(1)

K is N - 1, and in the start, equation (9), the number of the known units.

The field of a lone pattern is 1 after a division by N^(P-1), and by P where interactions are full.
"""

from __future__ import annotations

import functools
import math
from typing import Literal

import numpy as np

Interactions = Literal["full", "distinct"]
Order = int | Literal["exponential"]
EXACT = 2.0**53  # up to which sums of whole numbers are exact in float64


def are_exact(order: int, units: int, items: int, interactions: Interactions) -> bool:
    """Whether sums of gains are whole numbers that float64 holds.

    Parameters
    ----------
    order, units, items : int
        P, N and the number of patterns.
    interactions : {"full", "distinct"}
        Whether indices may coincide.

    Returns
    -------
    bool
        True where no sum over so many patterns exceeds 2^53.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        n, p = np.float64(units), np.float64(order)
        largest = ((n + 2) ** p - (n - 2) ** p) / 4 if interactions == "full" else n ** (p - 1)
        return bool(items * largest < EXACT)


def _gain(y: np.ndarray, order: int, interactions: Interactions, others: int) -> np.ndarray:
    """g(y) of `others` spins, K, in the type of y: Python's whole numbers are of any size."""
    if interactions == "full":
        return ((y + 1) ** order - (y - 1) ** order) // 2
    before, g = y * 0, y * 0 + 1
    for n in range(order - 1):
        before, g = g, y * g - n * (others - n + 1) * before
    return g


@functools.lru_cache(maxsize=16)
def whole(order: int, units: int, interactions: Interactions) -> tuple[np.ndarray, np.ndarray]:
    """Tables push(M) and pull(M), equation (4), for M = -N .. N; float64 if integers overflow."""
    y = np.arange(-units - 1, units + 2).astype(object)
    g = _gain(y, order, interactions, units - 1)
    push, pull = ((g[:-2] + g[2:]) / 2).astype(float), ((g[2:] - g[:-2]) / 2).astype(float)
    if np.abs(push).max() < 2**31:
        return push.astype(np.int32), pull.astype(np.int64)
    return push, pull


@functools.lru_cache(maxsize=16)
def whole_start(order: int, units: int, interactions: Interactions, known: int) -> np.ndarray:
    """Table g(M), equation (9), for M = -N .. N, in the type of push(M).

    Sums that K known units can't have, whose g may overflow, are never looked up.
    """
    g = _gain(np.arange(-units, units + 1), order, interactions, known)
    return g.astype(whole(order, units, interactions)[0].dtype)


@functools.lru_cache(maxsize=16)
def logarithms(order: Order, units: int, interactions: Interactions, others: int) -> tuple[np.ndarray, np.ndarray]:
    """Tables sign(y) and log(y), y = -N - 1 .. N + 1, of g(y) = sign(y) exp(log(y)).

    They are scaled so that g is 1 for a pattern that is alone, with `others` of N - 1.
    """
    y = np.arange(-units - 1.0, units + 2)
    if order == "exponential":
        return np.ones_like(y), y - units
    with np.errstate(divide="ignore", over="ignore", under="ignore"):
        if interactions == "full":
            a = np.abs(y)
            log = order * np.log(a + 1) + np.log1p(-(((a - 1) / (a + 1)) ** order)) - math.log(2 * order)
            sign = np.ones_like(y) if order % 2 else np.sign(y)
        else:
            g = _gain(y.astype(int).astype(object), order, interactions, others)
            sign = np.sign(g).astype(float)
            log = np.array([math.log(abs(value)) if value else -np.inf for value in g])
    return sign, log - (order - 1) * math.log(units)
