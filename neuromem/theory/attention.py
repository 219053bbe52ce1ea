"""Softmax retrieval, x <- sum_mu softmax_mu(beta x^mu . x) x^mu, of N items: when it is sure to succeed.

The separation of item i is Delta_i = x^i . x^i - max_{j != i} x^i . x^j; `radius` is the largest length of an item.
H. Ramsauer et al., Hopfield Networks is All You Need, ICLR 2021, arXiv 2008.02217; theorems 3 to 5 there.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import lambertw

from ._arguments import plain, real, whole


def required_separation(items: Any, beta: Any, radius: Any = 1.0) -> Any:
    """The separation from which an item is sure to have a fixed point of its own nearby:

        Delta = 2 / (beta N) + ln(2 (N-1) N beta M^2) / beta,   N = `items` >= 2, M = `radius`

    >>> round(required_separation(100, beta=1.0, radius=8.0), 3)
    14.072
    """
    n, b = whole("items", items, least=2), real("beta", beta, above=0)
    return plain(2 / (b * n) + np.log(2 * (n - 1) * n * b * real("radius", radius, above=0) ** 2) / b)


def retrieval_error(items: Any, beta: Any, separation: Any, distance: Any, radius: Any = 1.0) -> Any:
    """The largest distance to a well separated item that is left after one update from within `distance` of it:

        |f(x) - x^i| <= 2 (N-1) exp(-beta (Delta_i - 2 distance M)) M

    distance: the larger one of that of the cue and that of the fixed point from the item.

    >>> retrieval_error(100, beta=1.0, separation=30.0, distance=0.5, radius=8.0) < 1e-6
    True
    """
    n, b = whole("items", items, least=2), real("beta", beta, above=0)
    delta, d, m = real("separation", separation), real("distance", distance, least=0), real("radius", radius, above=0)
    return plain(2 * (n - 1) * np.exp(-b * (delta - 2 * d * m)) * m)


def capacity_base(units: Any, beta: Any, radius: Any, failure: Any) -> Any:
    """The base c of the guaranteed capacity N >= sqrt(p) c^((d-1)/4) of random items on a sphere, with probability 1 - p:

        c = b / W0(exp(a + ln b)),   a = 2 (1 + ln(2 beta K^2 p (d-1))) / (d-1),   b = 2 K^2 beta / 5

    units: d >= 2.  radius: the sphere's radius over sqrt(d-1), K.  failure: p in (0, 1].

    >>> round(capacity_base(20, beta=1.0, radius=3.0, failure=0.001), 4)
    3.1546
    """
    d, beta = whole("units", units, least=2), real("beta", beta, above=0)
    k, p = real("radius", radius, above=0), real("failure", failure, above=0, most=1)
    a = 2 / (d - 1) * (1 + np.log(2 * beta * k**2 * p * (d - 1)))
    b = 2 * k**2 * beta / 5
    return plain(b / lambertw(np.exp(a) * b).real)
