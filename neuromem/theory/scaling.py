"""Scaling laws of an associative memory on items whose frequencies have a heavy tail.

Item x comes with the probability p(x) ~ x^-a, a > 1, and belongs to class f(x). A matrix of d x d
numbers keeps the pairs with weights q(x), and answers with the class of the largest score:

    W = sum_x q(x) u_f(x) e_x^T,  answer argmax_y u_y.W e_x,  error E = sum_x p(x) 1[wrong]    (1)

With random e_x and u_y of length about 1 the noise of a score is sqrt(sum q^2 / d). An item is kept
where q(x) is above it, and the rest costs the tail of p:

    q = p^rho, 2 a rho > 1:  E ~ d^(-(a - 1) / (2 a rho))                                      (2)
    q = p^(1/2a), or q = 1 for the P ~ d most frequent items:  E ~ d^-(a - 1)                  (3)
    q = 1: no law in d; the error falls off where d is of the order of the items               (4)
    after T examples, of which nothing else is known:  E = sum_x p (1 - p)^T ~ T^-(1 - 1/a)    (5)

The laws in d hold where d is far below the number of items, with the tail beyond them counted.

References
----------
Cabannes, V., Dohmatob, E. & Bietti, A. (2024). Scaling laws for associative memories. ICLR.
https://arxiv.org/abs/2310.02984
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import zeta

from neuromem import checks

from ._arguments import plain, whole

SCHEMES = ("p", "p^(1/2)", "p^(1/2a)", "most frequent", "all alike")


def exponent(scheme: str, tail: float) -> float:
    """Return the exponent of the error in d, (2) to (4).

    Parameters
    ----------
    scheme : {"p", "p^(1/2)", "p^(1/2a)", "most frequent", "all alike"}
        The weights q.
    tail : float
        a, above 1.

    Returns
    -------
    float
        Exponent, below 0; NaN for "all alike", for which there is no law.

    Raises
    ------
    InputError
        If an argument is outside its domain.

    Examples
    --------
    >>> [round(exponent(scheme, 2.0), 3) for scheme in SCHEMES]
    [-0.25, -0.5, -1.0, -1.0, nan]
    """
    a, rho = checks.real("tail", tail, above=1), power(scheme, tail)
    if scheme in ("p^(1/2a)", "most frequent"):
        return 1 - a  # (3)
    return -(a - 1) / (2 * a * rho) if 2 * a * rho > 1 else float("nan")  # (2)


def power(scheme: str, tail: float) -> float:
    """Return the power rho of a scheme, q = p^rho.

    Parameters
    ----------
    scheme : {"p", "p^(1/2)", "p^(1/2a)", "most frequent", "all alike"}
        The weights q.
    tail : float
        a, above 1.

    Returns
    -------
    float
        rho; 0 where all items that are kept weigh alike.

    Raises
    ------
    InputError
        If an argument is outside its domain.

    Examples
    --------
    >>> [power(scheme, 2.0) for scheme in SCHEMES]
    [1.0, 0.5, 0.25, 0.0, 0.0]
    """
    a = checks.real("tail", tail, above=1)
    powers = 1.0, 0.5, 1 / (2 * a), 0.0, 0.0
    return powers[SCHEMES.index(checks.choice("scheme", scheme, SCHEMES))]


def frequencies(items: int, tail: float) -> np.ndarray:
    """Return p(x) of the most frequent items, out of endlessly many.

    Parameters
    ----------
    items : int
        How many, at most 10^8.
    tail : float
        a, above 1.

    Returns
    -------
    ndarray of shape (items,)
        Probabilities, which sum to less than 1.

    Raises
    ------
    InputError
        If an argument is outside its domain.

    Examples
    --------
    >>> frequencies(2, 2.0).round(3).tolist()
    [0.608, 0.152]
    """
    a = checks.real("tail", tail, above=1)
    return np.arange(1.0, checks.whole("items", items, most=10**8) + 1) ** -a / zeta(a)


def unseen(examples: Any, items: int, tail: float) -> Any:
    """Return the error after T examples of a memory that keeps all that it saw, (5).

    Parameters
    ----------
    examples : int or array
        T.
    items : int
        Items that are summed; at most 10^8; the tail beyond them counts as unseen.
    tail : float
        a, above 1.

    Returns
    -------
    float or ndarray
        E.

    Raises
    ------
    InputError
        If an argument is outside its domain.

    Examples
    --------
    >>> round(unseen(100, 100_000, 2.0), 4)
    0.0688
    """
    t, p = whole("examples", examples, least=0), frequencies(items, tail)
    return plain((p * (1 - p) ** t[..., None]).sum(-1) + 1 - p.sum())
