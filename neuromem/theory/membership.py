"""Is an item in a set? What bundles of random vectors and Bloom filters need for it.

A set of n items is the sum S of n random vectors of d units of +1/-1 (MAP-I), or its sign
(MAP-B). An item x is taken for a member if x.S is above half of what a member has on average.
Either error, a member that is missed or another item that is taken, has the probability

    MAP-I   Phi(-sqrt(d / n) / 2),            so that d = 4 n z^2                              (1)
    MAP-B   Phi(-sqrt(d / (2 pi n))),         so that d = 2 pi n z^2,  z = -Phi^-1(error)      (2)

A Bloom filter of m bits sets k of them for each item; another item finds all of its bits set with

    (1 - exp(-k n / m))^k,  least at k = (m / n) ln 2:  0.6185^(m / n)                         (3)

and misses no member, so that an error takes m = n log2(e) log2(1 / error) bits.

K. L. Clarkson, S. Ubaru, E. Yang, arXiv 2301.10352, bound the same by O(n log(D / error)) units
for D items; the equations here are those of normal noise. B. H. Bloom, Commun. ACM 13, 422
(1970).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.special import ndtr, ndtri

from neuromem import checks

from ._arguments import finite, plain, real


@finite
def bundle_error(units: Any, stored: Any, *, clipped: bool = False) -> Any:
    """The probability of either error of a bundle, equation (1), or (2) if it is clipped.

    Parameters
    ----------
    units : float or array
        Units d of a vector, above 0.
    stored : float or array
        Items n in the bundle, above 0.
    clipped : bool, default False
        Whether only the sign of the sum is kept.

    Returns
    -------
    float or ndarray
        The probability.

    Raises
    ------
    InputError
        If an argument is out of its range.

    Examples
    --------
    >>> round(bundle_error(1000, 50), 4), round(bundle_error(1000, 50, clipped=True), 4)
    (0.0127, 0.0372)
    """
    share = 2 * math.pi if checks.flag("clipped", clipped) else 4
    ratio = real("units", units, above=0) / real("stored", stored, above=0)
    return plain(ndtr(-np.sqrt(ratio / share)))


@finite
def bundle_units(stored: Any, error: Any, *, clipped: bool = False) -> Any:
    """The units that a bundle needs for an error, equation (1), or (2) if it is clipped.

    Parameters
    ----------
    stored : float or array
        Items n in the bundle, above 0.
    error : float or array
        Probability of either error, in (0, 1/2].
    clipped : bool, default False
        Whether only the sign of the sum is kept, which takes pi / 2 times as many.

    Returns
    -------
    float or ndarray
        Units d.

    Raises
    ------
    InputError
        If an argument is out of its range.

    Examples
    --------
    >>> round(bundle_units(50, 0.01))
    1082
    """
    stored, error = real("stored", stored, above=0), real("error", error, above=0, most=0.5)
    return plain((2 * math.pi if checks.flag("clipped", clipped) else 4) * stored * ndtri(error) ** 2)


@finite
def bloom_error(bits: Any, stored: Any, hashes: Any) -> Any:
    """The probability that a Bloom filter takes another item for a member, equation (3).

    Parameters
    ----------
    bits : float or array
        Bits m of the filter, above 0.
    stored : float or array
        Items n in it, above 0.
    hashes : float or array
        Bits k of an item, above 0.

    Returns
    -------
    float or ndarray
        The probability.

    Raises
    ------
    InputError
        If an argument is out of its range.

    Examples
    --------
    >>> round(bloom_error(8000, 1000, 6), 4)
    0.0216
    """
    m, n, k = (real(*pair, above=0) for pair in (("bits", bits), ("stored", stored), ("hashes", hashes)))
    return plain((-np.expm1(-k * n / m)) ** k)


@finite
def bloom_bits(stored: Any, error: Any) -> Any:
    """The bits that a Bloom filter needs for an error at the best number of hashes, from (3).

    Parameters
    ----------
    stored : float or array
        Items n in it, above 0.
    error : float or array
        Probability that another item is taken for a member, in (0, 1).

    Returns
    -------
    float or ndarray
        Bits m.

    Raises
    ------
    InputError
        If an argument is out of its range.

    Examples
    --------
    >>> round(bloom_bits(1000, 0.01))
    9585
    """
    stored, error = real("stored", stored, above=0), real("error", error, above=0, most=1)
    return plain(-stored * np.log(error) / math.log(2) ** 2)
