"""Bumps of activity on a ring: a continuous attractor with divisive inhibition, and the ring model.

The continuous attractor has preferred directions x on a circle, rho of them in a radian:

    du/dt = -u + rho int J(x - y) r(y) dy,  J(d) = J0 exp(-d^2 / 2a^2) / (sqrt(2 pi) a)        (1)
    r = u^2 / (1 + k rho int u^2)                                                              (2)

Where a is much smaller than the circle, any place z carries the bump

    u = U0 exp(-(x - z)^2 / 4a^2),  U0 = (1 + sqrt(1 - k/kc)) J0 / (4 sqrt(pi) a k)            (3)
    kc = rho J0^2 / (8 sqrt(2 pi) a)                                                           (4)

and beyond kc no bump is left. White noise of strength s in every unit moves the bump without a
force that brings it back. With f = du/dx and the left null vector u f,

    Var z = s^2 t sum (u f)^2 / (sum u f^2)^2                                                  (5)

The ring model dm/dt = -m + [I + J0 <m> + J1 (cos x <m cos> + sin x <m sin>)]_+ has a flat state,
which is stable for J0 < 1 and J1 < 2. Beyond J1 = 2 a bump of half-width w is left:

    J1 (w - sin(2w)/2) / (2 pi) = 1                                                            (6)

A weak field b s(x), where s is the bump of an earlier place at a distance D, moves the bump toward
that place at the speed b G(D). With the left null vector sin y of the bump m = A [cos y - cos w]_+,

    G(D) = int over |y| < w of [cos(y - D) - cos w]_+ sin y dy / (w - sin(2w)/2)               (7)

which at J1 = 4 is (1 - |D|/pi) sin D. Equation (7) is an own derivation.

References
----------
Fung, C. C. A., Wong, K. Y. M. & Wu, S. (2010). A moving bump in a continuous manifold. Neural
Computation 22, 752. https://doi.org/10.1162/neco.2009.07-08-824

Ben-Yishai, R., Bar-Or, R. L. & Sompolinsky, H. (1995). Theory of orientation tuning in visual
cortex. PNAS 92, 3844. https://doi.org/10.1073/pnas.92.9.3844
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.optimize import brentq

from neuromem import checks

from ._arguments import finite, plain, real, whole

GRID = 1000  # points on each side of the bump in the integral of (7)


@finite
def critical_inhibition(units: Any, width: Any = 0.5, strength: Any = 1.0) -> Any:
    """Return the inhibition kc beyond which no bump is left, (4).

    Parameters
    ----------
    units : int or array
        Units on the circle; rho = units / (2 pi).
    width : float or array, default 0.5
        Range a of the connections, in radians.
    strength : float or array, default 1
        J0.

    Returns
    -------
    float or ndarray
        kc.

    Raises
    ------
    InputError
        If an argument is outside its domain.

    Examples
    --------
    >>> round(critical_inhibition(256), 6)
    4.063593
    """
    rho = whole("units", units) / (2 * np.pi)
    a, j = real("width", width, above=0), real("strength", strength, above=0)
    return plain(rho * j**2 / (8 * np.sqrt(2 * np.pi) * a))  # (4)


@finite
def bump_height(inhibition: Any, units: Any, width: Any = 0.5, strength: Any = 1.0) -> Any:
    """Return the height U0 of the bump, (3).

    Parameters
    ----------
    inhibition : float or array
        k, above 0.
    units : int or array
        Units on the circle.
    width, strength : float or array
        a and J0.

    Returns
    -------
    float or ndarray
        U0; 0 beyond kc.

    Raises
    ------
    InputError
        If an argument is outside its domain.

    Examples
    --------
    >>> round(bump_height(0.5 * critical_inhibition(256), 256), 7)
    0.2370149
    """
    k, kc = real("inhibition", inhibition, above=0), critical_inhibition(units, width, strength)
    left = 1 - k / kc
    j, a = real("strength", strength), real("width", width)
    height = (1 + np.sqrt(np.maximum(left, 0))) * j / (4 * np.sqrt(np.pi) * a * k)  # (3)
    return plain(np.where(left >= 0, height, 0.0))


@finite
def diffusion(noise: Any, inhibition: float, units: int, width: float = 0.5, strength: float = 1.0) -> Any:
    """Return the variance of the bump's place in a unit of time, (5).

    Parameters
    ----------
    noise : float or array
        Strength s of the white noise in each unit.
    inhibition : float
        k, above 0 and at most kc.
    units : int
        Units on the circle.
    width, strength : float
        a and J0.

    Returns
    -------
    float or ndarray
        Variance over time, in square radians.

    Raises
    ------
    InputError
        If an argument is outside its domain.

    Examples
    --------
    >>> f"{diffusion(0.01, 0.5 * critical_inhibition(128), 128):.3g}"
    '2.08e-05'
    """
    s, n, a = real("noise", noise, least=0), checks.whole("units", units, most=10**7), checks.real("width", width, above=0)
    k, kc = checks.real("inhibition", inhibition, above=0), critical_inhibition(n, a, checks.real("strength", strength))
    if k > kc:
        raise checks.refusal(
            "inhibition", f"be at most {kc:g}, beyond which these units, width and strength leave no bump", f"was {k:g}"
        )
    x = (np.arange(n) - n // 2) * 2 * np.pi / n
    u = bump_height(k, n, a, strength) * np.exp(-(x**2) / (4 * a**2))
    f = -x / (2 * a**2) * u
    return plain(s**2 * ((u * f) ** 2).sum() / (u * f**2).sum() ** 2)  # (5)


def half_width(modulation: Any) -> Any:
    """Return the half-width w of the bump of the ring model, (6).

    Parameters
    ----------
    modulation : float or array
        J1.

    Returns
    -------
    float or ndarray
        w in radians; pi up to J1 = 2, where all units are active alike.

    Raises
    ------
    InputError
        If an argument is outside its domain.

    Examples
    --------
    >>> half_width([2.0, 3.0, 4.0]).round(4).tolist()
    [3.1416, 1.8389, 1.5708]
    """
    j = real("modulation", modulation, least=0)
    result = np.full(j.shape, np.pi)
    for at in np.ndindex(j.shape):
        if j[at] > 2:
            least = 0.99 * (3 * np.pi / j[at]) ** (1 / 3)  # below the limit of narrow bumps
            result[at] = brentq(
                lambda w, at=at: j[at] * _excess(w) / (2 * np.pi) - 1, least, min(np.pi, 2 * least), xtol=1e-14 * least
            )
    return plain(result)


def _excess(w: float) -> float:
    """w - sin(2w)/2, by its series where both are nearly the same."""
    return 2 / 3 * w**3 * (1 - w**2 / 5) if w < 3e-3 else w - np.sin(2 * w) / 2


def pull(distance: Any, modulation: float) -> Any:
    """Return the speed at which the trace of an earlier bump draws the bump of the ring model, (7).

    Parameters
    ----------
    distance : float or array
        D, how far away the earlier place is, in radians.
    modulation : float
        J1, above 2.

    Returns
    -------
    float or ndarray
        G, the speed over the strength of the trace; positive toward larger places.

    Raises
    ------
    InputError
        If an argument is outside its domain.

    Examples
    --------
    >>> pull([0.0, np.pi / 2, -np.pi / 2], 4.0).round(4).tolist()
    [0.0, 0.5, -0.5]
    """
    away, w = real("distance", distance), float(half_width(real("modulation", modulation, above=2)))
    y = (np.arange(-GRID, GRID) + 0.5) * w / GRID
    trace = np.maximum(np.cos(y - away[..., None]) - np.cos(w), 0)
    return plain((trace * np.sin(y)).sum(-1) * (w / GRID) / _excess(w))  # (7)
