"""Softmax retrieval: when an item is sure to come back from among N.

The update is x <- sum_mu softmax_mu(beta x^mu . x) x^mu. The separation of item i is Delta_i =
x^i . x^i - max_{j != i} x^i . x^j, and the radius M is the largest length of an item.

References
----------
Ramsauer, H. et al. (2021). Hopfield networks is all you need. ICLR. Theorems 3 to 5.
https://arxiv.org/abs/2008.02217
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import lambertw

from ._arguments import finite, plain, real, whole


@finite
def required_separation(stored: Any, beta: Any, radius: Any = 1.0) -> Any:
    """Return the separation from which an item is sure to have a fixed point of its own nearby.

    Equation:

        Delta = 2 / (beta N) + ln(2 (N - 1) N beta M^2) / beta                                 (1)

    Parameters
    ----------
    stored : int or array
        Items stored, N, at least 2.
    beta : float or array
        Inverse temperature.
    radius : float or array, default 1
        Largest length of an item, M.

    Returns
    -------
    float or ndarray
        Delta.

    Raises
    ------
    InputError
        If an argument is outside its domain.

    Examples
    --------
    >>> round(required_separation(100, beta=1.0, radius=8.0), 3)
    14.072
    """
    n, b = whole("stored", stored, least=2), real("beta", beta, above=0)
    return plain(2 / (b * n) + np.log(2 * (n - 1) * n * b * real("radius", radius, above=0) ** 2) / b)  # (1)


@finite
def retrieval_error(stored: Any, beta: Any, separation: Any, distance: Any, radius: Any = 1.0) -> Any:
    """Return the largest distance to a well separated item that is left after one update.

    Equation:

        |f(x) - x^i| <= 2 (N - 1) exp(-beta (Delta_i - 2 d M)) M                               (1)

    Parameters
    ----------
    stored : int or array
        Items stored, N, at least 2.
    beta : float or array
        Inverse temperature.
    separation : float or array
        Delta_i.
    distance : float or array
        d, the larger one of the distances of the cue and of the fixed point from the item.
    radius : float or array, default 1
        Largest length of an item, M.

    Returns
    -------
    float or ndarray
        The bound.

    Raises
    ------
    InputError
        If an argument is outside its domain.

    Examples
    --------
    >>> retrieval_error(100, beta=1.0, separation=30.0, distance=0.5, radius=8.0) < 1e-6
    True
    """
    n, b = whole("stored", stored, least=2), real("beta", beta, above=0)
    delta, d, m = real("separation", separation), real("distance", distance, least=0), real("radius", radius, above=0)
    return plain(2 * (n - 1) * np.exp(-b * (delta - 2 * d * m)) * m)  # (1)


@finite
def capacity_base(units: Any, beta: Any, radius: Any, failure: Any) -> Any:
    """Return the base c of the capacity that is guaranteed for random items on a sphere.

    With probability 1 - p, N items are retrieved where N >= sqrt(p) c^((d - 1)/4), and

        c = b / W0(exp(a + ln b))
        a = 2 (1 + ln(2 beta K^2 p (d - 1))) / (d - 1),  b = 2 K^2 beta / 5

    where W0 is Lambert's function. A c below (2 / sqrt(p))^(4/(d - 1)) guarantees nothing: it would
    be for less than two items.

    Parameters
    ----------
    units : int or array
        Length of an item, d, at least 2.
    beta : float or array
        Inverse temperature.
    radius : float or array
        Radius of the sphere over sqrt(d - 1), K.
    failure : float or array
        p, in (0, 1].

    Returns
    -------
    float or ndarray
        c.

    Raises
    ------
    InputError
        If an argument is outside its domain.

    Examples
    --------
    >>> round(capacity_base(20, beta=1.0, radius=3.0, failure=0.001), 4)
    3.1546
    """
    d, beta = whole("units", units, least=2), real("beta", beta, above=0)
    k, p = real("radius", radius, above=0), real("failure", failure, above=0, most=1)
    a = 2 / (d - 1) * (1 + np.log(2 * beta * k**2 * p * (d - 1)))
    b = 2 * k**2 * beta / 5
    return plain(b / lambertw(np.exp(a) * b).real)
