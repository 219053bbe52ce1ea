"""How well the energy of a Hopfield network tells seen from new items.

The familiarity of an item s is minus its energy under W = sum_mu e_mu x^mu (x^mu)^T without its
diagonal, where item mu was seen e_mu times. With random items of N units, and with S the sum of
e_mu^2 over all items but the one in question,

    F(s) = (1/2) s W s,  mean e N (N - 1) / 2 of an item seen e times, 0 of a new one,
    variance S N (N - 1) / 2 of both                                                           (1)
    d' = e sqrt(N (N - 1) / (2 S))                            sensitivity                      (2)
    P(right) = Phi(d' / 2)                                    yes or no, threshold midway      (3)
    P(right) = Phi(d' / sqrt(2))                              which of two was seen            (4)

With K items seen once, (3) is Phi(N / (4 sqrt(K/2))): the error is 1 % at K = 0.0231 N^2, where
recall has long failed, as it ends at K = 0.138 N.

References
----------
Bogacz, R., Brown, M. W. & Giraud-Carrier, C. (2001). Model of familiarity discrimination in the
perirhinal cortex. Journal of Computational Neuroscience 10, 5.
https://doi.org/10.1023/A:1008925909305

Bogacz, R. & Brown, M. W. (2003). Comparison of computational models of familiarity discrimination
in the perirhinal cortex. Hippocampus 13, 494. https://doi.org/10.1002/hipo.10093
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import ndtr, ndtri

from neuromem import checks

from ._arguments import finite, plain, real, whole


@finite
def sensitivity(units: Any, others: Any, exposures: Any = 1.0) -> Any:
    """Return the distance d' of the familiarity of seen items from that of new ones, (2).

    Parameters
    ----------
    units : int or array
        Length of an item, N, at least 2.
    others : float or array
        S: the number of other items seen, each counted as the square of its exposures.
    exposures : float or array, default 1
        How often the item was seen, e.

    Returns
    -------
    float or ndarray
        d', in standard deviations of the familiarity.

    Raises
    ------
    InputError
        If an argument is outside its domain.

    Examples
    --------
    >>> round(sensitivity(100, 231), 2)
    4.63
    """
    n, s = whole("units", units, least=2), real("others", others, above=0)
    return plain(real("exposures", exposures, least=0) * np.sqrt(n * (n - 1) / (2 * s)))  # (2)


def accuracy(units: Any, others: Any, exposures: Any = 1.0, *, choices: int = 1) -> Any:
    """Return the share of right answers, (3) for one item and (4) for the choice between two.

    Parameters
    ----------
    units : int or array
        Length of an item, N, at least 2.
    others : float or array
        S: the number of other items seen, each counted as the square of its exposures.
    exposures : float or array, default 1
        How often the item was seen, e.
    choices : int, default 1
        1: is this item seen or new? 2: which of these two was seen?

    Returns
    -------
    float or ndarray
        Probability.

    Raises
    ------
    InputError
        If an argument is outside its domain.

    Examples
    --------
    >>> round(accuracy(200, 1600), 4), round(accuracy(200, 1600, choices=2), 4)
    (0.9611, 0.9937)
    """
    return plain(ndtr(sensitivity(units, others, exposures) / _spread(choices)))


@finite
def capacity(units: Any, error: Any = 0.01, *, choices: int = 1) -> Any:
    """Return the number of items, each seen once, at which the share of wrong answers is `error`.

    Parameters
    ----------
    units : int or array
        Length of an item, N, at least 2.
    error : float or array, default 0.01
        Share of wrong answers, above 0 and at most 0.499.
    choices : int, default 1
        As for `accuracy`.

    Returns
    -------
    float or ndarray
        K.

    Raises
    ------
    InputError
        If an argument is outside its domain.

    Examples
    --------
    >>> round(capacity(10_000) / 10_000**2, 4), round(capacity(10_000, choices=2) / 10_000**2, 4)
    (0.0231, 0.0462)
    """
    n, z = whole("units", units, least=2), -ndtri(real("error", error, above=0, most=0.499))
    return plain(n * (n - 1) / (2 * (z * _spread(choices)) ** 2) + 1)


def _spread(choices: int) -> float:
    """By what d' is divided in (3) and (4)."""
    return float([2, np.sqrt(2)][checks.whole("choices", choices, most=2) - 1])
