"""Coupled oscillators: when they lock to one another, and how many items they hold.

Kuramoto's model is d theta_i / dt = omega_i + (K/N) sum_j sin(theta_j - theta_i), with frequencies
of density g. The order parameter R = |<exp(i theta)>| is 0 up to Kc, and beyond it

    Kc = 2 / (pi g(0)),  1 = K int cos^2(t) g(K R sin t) dt over (-pi/2, pi/2)                 (1)

The integral has a closed form: sqrt(pi/8) exp(-x) [I0(x) + I1(x)], x = (K R / 2)^2, for the normal
density. For the Lorentz density of width 1, R = sqrt(1 - 2/K); for frequencies spread evenly over
[-1, 1], R jumps to pi/4 at Kc = 4/pi.

Oscillators of two dimensions without frequencies hold K = load N items of +1/-1 in Hebb's weights:
each is a unit vector s, and turns into its field. With item 1 along the first axis, at T = 0,

    s maximises h.s + s.G s / 2,  h = (m + sx z1, sy z2)                                       (2)
    G = diag(load Cx / (1 - Cx), load Cy / (1 - Cy)),  sx^2 = load E s_x^2 / (1 - Cx)^2        (3)
    Cx = E z1 s_x / sx,  Cy = E z2 s_y / sy                                                    (4)

with m = E s_x, z1 and z2 standard Gaussians, and sy as sx. The overlap m falls from 1 as
sqrt(load) to 0.666 at a load of 0.0396, where retrieval ends: 0.29 of that of Ising spins. (4) is
the mean response ds/dh in parts, with the units that jump from one side to the other; without these
the line bends too late. Equations (2) to (4) are an own derivation.

References
----------
Kuramoto, Y. (1984). Chemical oscillations, waves, and turbulence (book). Springer.

Miyato, T., Löwe, S., Geiger, A. & Welling, M. (2025). Artificial Kuramoto oscillatory neurons.
ICLR. https://arxiv.org/abs/2410.13821
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.optimize import brentq, fsolve
from scipy.special import i0e, i1e

from neuromem import checks

from ._arguments import plain, real

DENSITIES: dict[str, Callable[[Any], Any]] = {  # the integral in (1), as a function of y = K R
    "normal": lambda y: np.sqrt(np.pi / 8) * (i0e(y**2 / 4) + i1e(y**2 / 4)),
    "lorentz": lambda y: 1 / (1 + np.hypot(1, y)),
    "uniform": lambda y: (np.arcsin(1 / max(y, 1)) + np.sqrt(1 - 1 / max(y, 1) ** 2) / max(y, 1)) / 2,
}
_Z1, _Z2 = np.meshgrid(np.arange(-65, 66) * 0.1, (np.arange(65) + 0.5) * 0.1)
_Z = np.exp(-(_Z1**2 + _Z2**2) / 2)
_Z /= _Z.sum()
_WIDTHS = np.r_[np.linspace(0.1, 0.7, 16), np.linspace(0.71, 0.77, 13)]  # sy, past the largest load
_HALVINGS = 30


def critical_coupling(density: str = "normal") -> float:
    """Return the coupling Kc from which oscillators lock, (1).

    Parameters
    ----------
    density : {"normal", "lorentz", "uniform"}
        Of the frequencies: variance 1, width 1, or even over [-1, 1].

    Returns
    -------
    float
        Kc.

    Raises
    ------
    InputError
        If there is no such density.

    Examples
    --------
    >>> [round(critical_coupling(kind), 6) for kind in ("normal", "lorentz", "uniform")]
    [1.595769, 2.0, 1.27324]
    """
    return float(1 / DENSITIES[checks.choice("density", density, DENSITIES)](0.0))


def order_parameter(coupling: Any, density: str = "normal") -> Any:
    """Return the order parameter R of a large number of oscillators, (1).

    Parameters
    ----------
    coupling : float or array
        K, at least 0.
    density : {"normal", "lorentz", "uniform"}
        Of the frequencies.

    Returns
    -------
    float or ndarray
        R, 0 up to Kc.

    Raises
    ------
    InputError
        If an argument is outside its domain.

    Examples
    --------
    >>> order_parameter([1.5, 1.7, 2.0, 3.0]).round(4).tolist()
    [0.0, 0.4254, 0.7152, 0.9252]
    """
    k, kc = real("coupling", coupling, least=0), critical_coupling(density)
    result = np.zeros(k.shape)
    for at in np.ndindex(k.shape):
        if k[at] > kc * (1 + 1e-9):
            result[at] = _locked(float(k[at]), density)
    return plain(result)


def _locked(coupling: float, density: str) -> float:
    """The root R > 0 of (1)."""

    def excess(r: float) -> float:
        return coupling * float(DENSITIES[density](coupling * r)) - 1

    if coupling > 1e17 or excess(1.0) >= 0:
        return 1.0  # to within rounding
    return float(brentq(excess, np.pi / 4 if density == "uniform" else 1e-6, 1.0))


def overlap(load: Any) -> Any:
    """Return the overlap that oscillators of two dimensions keep with an item, (2) to (4).

    Parameters
    ----------
    load : float or array
        Items over units, K / N.

    Returns
    -------
    float or ndarray
        m; 0 beyond a load of 0.0396, where retrieval ends.

    Raises
    ------
    InputError
        If an argument is outside its domain.

    Examples
    --------
    >>> overlap([0.01, 0.02, 0.04]).round(3).tolist()
    [0.882, 0.822, 0.0]
    """
    load = real("load", load, least=0)
    loads, kept = _curve()
    root = np.sqrt(loads)
    return plain(np.where(load <= loads[-1], PchipInterpolator(root, kept)(np.minimum(np.sqrt(load), root[-1])), 0.0))


@functools.cache
def _curve() -> tuple[np.ndarray, np.ndarray]:
    """Loads and overlaps of the solutions of (2) to (4) up to the largest load, along sy.

    For small sy the load is sy^4 / 4, and m = 1 - sqrt(load).
    """
    first = _WIDTHS[0] ** 2 / 2
    state = before = np.array([1 - first, first, 0.0, first, first**2])
    loads, kept, last = [0.0], [1.0], _WIDTHS[0]
    for at, width in enumerate(_WIDTHS):
        ahead = (width - last) / (last - _WIDTHS[at - 2]) if at > 1 else 0.0
        guess, before, last = state + ahead * (state - before), state, width
        state, _, solved, _ = fsolve(_gaps, guess, args=(width,), xtol=1e-10, full_output=True)
        if solved != 1 or state[-1] < loads[-1]:
            break
        loads.append(state[-1])
        kept.append(state[0])
    return np.array(loads), np.array(kept)


def _gaps(state: np.ndarray, width: float) -> np.ndarray:
    """By how much (2) to (4) fail at m, sx, Gx, Gy and the load, for a given sy."""
    m, along, gx, gy, load = state
    hx, hy = m + along * _Z1, width * _Z2  # z2 > 0 stands for both signs
    low, high = np.full(hx.shape, -1.0), np.ones(hx.shape)
    for _ in range(_HALVINGS):  # (2): the slope of h.s + s.G s / 2 along the circle, s_x from -1 to 1
        x = (low + high) / 2
        beyond = x * (hy / np.sqrt(1 - x**2) + gy - gx) > hx
        low, high = np.where(beyond, low, x), np.where(beyond, x, high)
    x = (low + high) / 2
    s = np.stack([x, np.sqrt(1 - x**2)])
    cx, cy = (_Z1 * s[0] * _Z).sum() / along, (_Z2 * s[1] * _Z).sum() / width  # (4)
    qx, qy = ((s[0] ** 2 * _Z).sum(), (s[1] ** 2 * _Z).sum())
    spread = np.sqrt(max(load, 0.0))
    return np.array(
        [
            (s[0] * _Z).sum() - m,
            along * (1 - cx) - spread * np.sqrt(qx),  # (3)
            width * (1 - cy) - spread * np.sqrt(qy),
            gx * (1 - cx) - load * cx,
            gy * (1 - cy) - load * cy,
        ]
    )
