"""Hopfield networks of sparse items: the covariance rule at its best threshold; graded units.

The covariance rule has the weights J_ij = sum_mu (x_i - f)(x_j - f) / (N f (1 - f)) for 0/1 items
of activity f, and units S_i = 1 where sum_j J_ij S_j > theta, else 0. Let s be the standard
deviation of the field at T = 0, u = m/s and t = theta/s. Then

    P1 = Phi((1-f) u - t),  P0 = Phi(-f u - t),  m = P1 - P0,  q = f P1 + (1-f) P0             (1)
    C = [f phi((1-f) u - t) + (1-f) phi(-f u - t)] / s,  load = s^2 (1 - C)^2 / q              (2)

and the load is largest at the best u and t. (1) and (2) hold for units of an item that are
independent. A unit also answers itself through the others, by a term Gamma S_i of its field, Gamma
= load C / (1 - C) (J has no diagonal). As S is 0 or 1, the unit is on where the rest of the field
is above theta - Gamma/2, so that

    theta = t s + Gamma / 2                                                                    (3)

Where S_j - f stands in the place of S_j in the field (`centred`), q is E (S - f)^2 and theta = t s
+ Gamma (1/2 - f); at f = 1/2 this is the network of spins. Where every item has exactly f N active
units (`counted`), as those of `patterns.sparse` have, the sums of (x_i - f) over i vanish. With
the mean activity a = f P1 + (1-f) P0 then

    q = a - a^2,  theta = t s + Gamma (1/2 - a) - load (a - f, if centred, else a)             (4)

as J S is J (S - a), but for the diagonal, load, which J does not have. The well-known law 1 / (2 f
|ln f|) for small f is reached very slowly: at f = 1e-4 the load is still only half of it.

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


def critical_load(activity: Any, *, centred: bool = False, counted: bool = False) -> Any:
    """The largest load at T = 0, at the best threshold.

    Parameters
    ----------
    activity : float or array
        The share f of ones, in (0, 1/2].
    centred : bool, default False
        Whether S_j - f stands in the place of S_j in the field.
    counted : bool, default False
        Whether every item has exactly f N ones, as those of `patterns.sparse`; otherwise each unit
        of an item is 1 with probability f, independently.

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
    >>> round(critical_load(0.1), 4), round(critical_load(0.1, counted=True), 4)
    (0.441, 0.4846)
    >>> f = 1e-4
    >>> round(float(critical_load(f) * 2 * f * abs(np.log(f))), 3)
    0.504
    """
    return _at_best(0, activity, centred, counted)


def best_threshold(activity: Any, *, centred: bool = False, counted: bool = False) -> Any:
    """The threshold at which the load is largest; take it near capacity, where half way is too low.

    Parameters
    ----------
    activity : float or array
        The share f of ones, in (0, 1/2].
    centred : bool, default False
        Whether S_j - f stands in the place of S_j in the field.
    counted : bool, default False
        Whether every item has exactly f N ones, as those of `patterns.sparse`; otherwise each unit
        of an item is 1 with probability f, independently.

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
    >>> round(best_threshold(0.1), 3), round(best_threshold(0.1, counted=True), 3)
    (0.558, 0.506)
    """
    return _at_best(1, activity, centred, counted)


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


def _at_best(which: int, activity: Any, centred: bool, counted: bool) -> Any:
    """The load or the threshold of `_best` for each activity."""
    activity = real("activity", activity, most=0.5, above=0)
    centred, counted = checks.flag("centred", centred), checks.flag("counted", counted)
    return plain(np.vectorize(lambda f: _best(f, centred, counted)[which], otypes=[float])(activity))


@functools.cache
def _best(f: float, centred: bool, counted: bool) -> tuple[float, float]:
    """The largest load (2) and its threshold, (3) or (4)."""

    def parts(u: Any, ratio: Any) -> tuple[Any, Any, Any, Any]:
        """The load, m, C m / u and the mean activity, at u and t s / m."""
        on, off = (1 - f - ratio) * u, -(f + ratio) * u
        p1, p0 = ndtr(on), ndtr(off)
        active = f * p1 + (1 - f) * p0
        silent = f * ndtr(-on) + (1 - f) * ndtr(-off)
        q = active * silent if counted else f**2 + (1 - 2 * f) * active if centred else active
        m, response = p1 - p0, (f * np.exp(-(on**2) / 2) + (1 - f) * np.exp(-(off**2) / 2)) / np.sqrt(2 * np.pi)
        return np.maximum(m / u - response, 0) ** 2 / q, m, response, active  # (2)

    u, ratio = np.meshgrid(np.geomspace(1, 50, 60), np.linspace(-0.2, 1, 60))
    best = np.argmax(parts(u, ratio)[0])
    start = [u.flat[best], ratio.flat[best]]
    options = {"xatol": 1e-7, "fatol": 1e-12}
    found = minimize(lambda at: -parts(*at)[0], start, method="Nelder-Mead", options=options)
    load, m, response, active = (float(part) for part in parts(*found.x))
    theta, reaction = float(found.x[1]) * m, load * response / (m / float(found.x[0]) - response)
    if counted:
        return load, theta + reaction * (0.5 - active) - load * (active - f * centred)  # (4)
    return load, theta + reaction * (0.5 - f * centred)  # (3)
