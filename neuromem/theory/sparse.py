"""Hopfield networks of sparse items: the covariance rule at its best threshold; graded units.

The covariance rule has the weights J_ij = sum_mu (x_i - f)(x_j - f) / (N f (1 - f)) for 0/1 items
of activity f, and units S_i = 1 where sum_j J_ij S_j > theta, else 0. Let s be the standard
deviation of the field at T = 0, u = m/s and t = theta/s. Then

    P1 = Phi((1-f) u - t),  P0 = Phi(-f u - t),  m = P1 - P0,  q = f P1 + (1-f) P0             (1)
    C = [f phi((1-f) u - t) + (1-f) phi(-f u - t)] / s,  load = s^2 (1 - C)^2 / q              (2)

and the load is largest at the best u and t. Where S_j - f stands in the place of S_j in the
field, q is E (S - f)^2; at f = 1/2 this is the network of spins. The well-known law 1 / (2 f |ln
f|) for small f is reached very slowly: at f = 1e-4 the load is still only half of it.

M. V. Tsodyks, M. V. Feigelman, Europhysics Letters 6, 101 (1988).
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.special import ndtr

from neuromem import checks

from ._arguments import finite, plain, real


def critical_load(activity: Any, *, centred: bool = False) -> Any:
    """The largest load at T = 0, at the best threshold.

    Parameters
    ----------
    activity : float or array
        The share f of ones, in (0, 1/2].
    centred : bool, default False
        Whether S_j - f stands in the place of S_j in the field.

    Returns
    -------
    float or ndarray
        K/N.

    Raises
    ------
    InputError
        If the activity is out of its range.

    Examples
    --------
    >>> round(critical_load(0.1), 4)
    0.441
    >>> f = 1e-4
    >>> round(float(critical_load(f) * 2 * f * abs(np.log(f))), 3)
    0.504
    """
    activity, centred = real("activity", activity, most=0.5, above=0), checks.flag("centred", centred)
    return plain(np.vectorize(lambda f: _best(f, centred)[0], otypes=[float])(activity))


def best_threshold(activity: Any, *, centred: bool = False) -> Any:
    """The threshold at which the load is largest; take it near capacity, where half way is too low.

    Parameters
    ----------
    activity : float or array
        The share f of ones, in (0, 1/2].
    centred : bool, default False
        Whether S_j - f stands in the place of S_j in the field.

    Returns
    -------
    float or ndarray
        theta, as `Hopfield(rule="covariance", threshold=theta)` takes it, in the unit of the field:
        the active units of a lone item have the field 1 - f, and the silent ones -f.

    Raises
    ------
    InputError
        If the activity is out of its range.

    Examples
    --------
    >>> 0.4 < best_threshold(0.1) < 0.7
    True
    """
    activity, centred = real("activity", activity, most=0.5, above=0), checks.flag("centred", centred)
    return plain(np.vectorize(lambda f: _best(f, centred)[1], otypes=[float])(activity))


@finite
def threshold_linear_capacity(connections: Any, activity: Any, *, factor: Any = 0.235) -> Any:
    """The number of items that recurrent connections of graded units hold, k C / (a ln(1/a)).

    Parameters
    ----------
    connections : float or array
        Recurrent connections C of a unit.
    activity : float or array
        Sparseness a of an item, in (0, 1).
    factor : float or array, default 0.235
        k, from 0.2 to 0.3 by the distribution of the rates.

    Returns
    -------
    float or ndarray
        Items.

    Raises
    ------
    InputError
        If an argument is out of its range.

    References
    ----------
    A. Treves, E. T. Rolls, Network 2, 371 (1991). The text was not seen: law and k are from memory.

    Examples
    --------
    >>> round(threshold_linear_capacity(12_000, 0.02))
    36043
    """
    c, k = real("connections", connections, above=0), real("factor", factor, above=0)
    a = real("activity", activity, above=0, most=1)
    real("1 - activity", 1 - a, above=0)
    return plain(k * c / (a * np.log(1 / a)))


@functools.cache
def _best(f: float, centred: bool) -> tuple[float, float]:
    """The largest load (2) and its threshold."""

    def parts(u: Any, ratio: Any) -> tuple[Any, Any]:
        """m and the load, at u and theta / m."""
        on, off = (1 - f - ratio) * u, -(f + ratio) * u
        p1, p0 = ndtr(on), ndtr(off)
        active = f * p1 + (1 - f) * p0
        q = f**2 + (1 - 2 * f) * active if centred else active  # (1)
        response = (f * np.exp(-(on**2) / 2) + (1 - f) * np.exp(-(off**2) / 2)) / np.sqrt(2 * np.pi)
        return p1 - p0, np.maximum((p1 - p0) / u - response, 0) ** 2 / q  # (2)

    u, ratio = np.meshgrid(np.geomspace(1, 50, 60), np.linspace(-0.2, 1, 60))
    best = np.argmax(parts(u, ratio)[1])
    start = [u.flat[best], ratio.flat[best]]
    options = {"xatol": 1e-7, "fatol": 1e-12}
    found = minimize(lambda at: -parts(*at)[1], start, method="Nelder-Mead", options=options)
    return -float(found.fun), float(found.x[1] * parts(*found.x)[0])
