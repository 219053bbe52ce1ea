"""The polynomial of the noise of P-body interactions, equation (2) of `neuromem.theory.dense`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.polynomial import polynomial

from neuromem import checks


def kind(order: int, interactions: str) -> tuple[int, str]:
    """The order P and which energy, once they are known to be right."""
    p = checks.whole("order", order, least=2, most=30, way_out="give the number of units that interact, such as 4")
    return p, checks.choice("interactions", interactions, ("distinct", "full"))


def covariance(order: int, interactions: str = "distinct") -> np.ndarray:
    """The coefficients of the polynomial g(q) in equation (2).

    The noise energies of two states with overlap q have the covariance N gamma g(q) / P^2.

    Parameters
    ----------
    order : int
        P, from 2 to 30.
    interactions : {"distinct", "full"}, default "distinct"
        Which of the two energies.

    Returns
    -------
    ndarray of shape (order + 1,)
        c_k in g(q) = sum_k c_k q^k; c_0 is 0.

    Examples
    --------
    >>> covariance(4, "full").tolist()
    [0.0, 0.0, 72.0, 0.0, 24.0]
    """
    p, interactions = kind(order, interactions)
    result = np.zeros(p + 1)
    for j in range((p + 1) // 2 if interactions == "full" else 1):
        k = p - 2 * j
        result[k] = (math.factorial(p) / (2**j * math.factorial(j))) ** 2 / math.factorial(k)
    return result


def polynomial_of(c: np.ndarray, q: Any) -> Any:
    """g(q)."""
    return polynomial.polyval(q, c)


def derivative_of(c: np.ndarray, q: Any) -> Any:
    """g'(q)."""
    return polynomial.polyval(q, polynomial.polyder(c))
