"""Other designs of sparse distributed memory: which locations two addresses share.

Kanerva's locations are circles; see `neuromem.theory.sdm`. In Jaeckel's two designs a location is
active

    selected coordinates  if k chosen units of the address have prescribed values,
                          p = 2^-k,      shared at distance d: C(n - d, k) / C(n, k)           (1)
    hyperplane            if k chosen units are among the L ones of a sparse address,
                          p = C(L, k) / C(n, k),  shared at o common ones: C(o, k) / C(L, k)   (2)

where the share is that of the locations of one address which the other has too.

L. A. Jaeckel, RIACS Technical Reports 89.28 and 89.30 (1989).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import betaln

from neuromem import checks

from ._arguments import plain, whole


def _choose_ratio(most: Any, all_of: Any, k: Any) -> np.ndarray:
    """C(most, k) / C(all_of, k), 0 where `most` is below k."""
    most, all_of, k = np.broadcast_arrays(most, all_of, k)

    def log_choose(n: Any) -> Any:
        return -np.log(n + 1) - betaln(np.maximum(n - k, 0) + 1, k + 1)

    return np.where(most >= k, np.exp(log_choose(most) - log_choose(all_of)), 0.0)


def _within(name: str, value: Any, most: Any, of: str) -> np.ndarray:
    value = whole(name, value, least=0)
    if (value > most).any():
        raise checks.refusal(name, f"be at most {of}", f"holds {value.max():g}")
    return value


def selected(units: Any, coordinates: Any, distance: Any) -> Any:
    """The share of locations that two addresses have in common, selected coordinates, equation (1).

    Parameters
    ----------
    units : int or array of int
        Length n of an address.
    coordinates : int or array of int
        Units k that a location looks at, at most n.
    distance : int or array of int
        Hamming distance d of the addresses, at most n.

    Returns
    -------
    float or ndarray
        The share; a location itself is active with 2^-k.

    Raises
    ------
    InputError
        If a number is no whole number in its range.

    Examples
    --------
    >>> selected(1000, 10, [10, 100, 500]).round(4).tolist()
    [0.904, 0.3469, 0.0009]
    """
    n = whole("units", units)
    k, d = _within("coordinates", coordinates, n, "units"), _within("distance", distance, n, "units")
    return plain(_choose_ratio(n - d, n, k))


def hyperplane(ones: Any, coordinates: Any, common: Any) -> Any:
    """The share of locations that two sparse addresses have in common, hyperplanes, equation (2).

    Parameters
    ----------
    ones : int or array of int
        Ones L of an address.
    coordinates : int or array of int
        Units k that a location looks at, at most L.
    common : int or array of int
        Ones o that both addresses have, at most L.

    Returns
    -------
    float or ndarray
        The share.

    Raises
    ------
    InputError
        If a number is no whole number in its range.

    Examples
    --------
    >>> hyperplane(100, 3, [90, 50, 10]).round(4).tolist()
    [0.7265, 0.1212, 0.0007]
    """
    n = whole("ones", ones)
    k, o = _within("coordinates", coordinates, n, "ones"), _within("common", common, n, "ones")
    return plain(_choose_ratio(o, n, k))
