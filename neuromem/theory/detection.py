"""Ultra-detection: what a network of four-spin interactions recalls through noise of order sqrt(N).

Each of K = load N items x is kept as noisy features, one for each pair of units, each with noise of
its own, and the energy couples four spins:

    eta_ij^mu = x_i^mu x_j^mu + c sqrt(N) z_ij^mu
    H = -(1/(4 N^3)) sum_mu (sum_ij eta_ij^mu s_i s_j)^2

The replica-symmetric equations for one retrieved item at temperature T = 1/beta are

    D = 1 - c^2 beta (1 - q^2),  V = m^2 / D                                                   (1)
    h = V m + g sqrt(c^2 q V^2 + 2 load c^4 q^3 / D^2),  g a standard Gaussian                 (2)
    m = E tanh(beta h),  q = E tanh^2(beta h)                                                  (3)

At T = 0, D cancels and one equation is left, which gives the noise of an overlap in closed form:

    m = erf(m^3 / (c sqrt(2 m^4 + 4 load c^2)))                                                (4)

Where nothing else is stored (load 0) it is the ferromagnetic line of the Sherrington-Kirkpatrick
model with the bias J0 / J = 1 / c. At any load above 0 retrieval ends at once, at an overlap of 0.6
to 0.8. Replica symmetry is broken at T = 0. Equations (1) to (4) are an own derivation.

Its rival keeps noisy units, eta_i = x_i + w z_i, and couples pairs. It stands a noise w of order 1:

    M = m + w n,  s^2 = M^2 w^2 + load r (1 + w^2)^2,  m = erf(M / (sqrt(2) s))                (5)
    n = sqrt(2/pi) (M w / s) exp(-M^2 / 2 s^2),  r = (1 - (1 + w^2) C)^-2,
    C = sqrt(2/pi) exp(-M^2 / 2 s^2) / s                                                       (6)

References
----------
Agliari, E., Alemanno, F., Barra, A., Centonze, M. & Fachechi, A. (2020). Neural networks with a
redundant representation: detecting the undetectable. Physical Review Letters 124, 028301.
https://doi.org/10.1103/PhysRevLett.124.028301
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.optimize import brentq
from scipy.special import erf, erfinv

from ._arguments import heat, plain, real
from ._retrieval import slope, spin

_OVERLAPS = 1 - np.geomspace(1, 1e-15, 4001)[1:]  # from 0 up to 1, dense where the noise is small
_RATIOS = np.geomspace(1e3, 0.05, 500)  # x, signal to noise of the field
_HALVINGS = 45  # of a bracket, down to rounding


def _noise(overlap: np.ndarray, load: Any) -> np.ndarray:
    """The noise c at which (4) holds for an overlap, which is the root of a quadratic in c^2."""
    m, y = overlap, erfinv(overlap)
    linear = 2 * y**2 * m**4
    return np.sqrt(2 * m**6 / (linear + np.sqrt(linear**2 + 16 * load * y**2 * m**6)))


def overlap(noise: Any, load: Any = 0.0, temperature: Any = 0.0) -> Any:
    """Return the overlap of the state that retrieves an item.

    Parameters
    ----------
    noise : float or array
        Noise of a feature over sqrt(N), c.
    load : float or array, default 0
        Items over units, K / N.
    temperature : float or array, default 0
        Temperature T, in units of the field at a lone item without noise.

    Returns
    -------
    float or ndarray
        m; 0 where no state retrieves.

    Raises
    ------
    InputError
        If an argument is outside its domain.

    Examples
    --------
    >>> round(overlap(0.4), 4), round(overlap(0.4, load=0.4), 4), overlap(0.6, load=0.4)
    (0.9863, 0.978, 0.0)
    """
    c, load = real("noise", noise, least=0), real("load", load, least=0)
    c, load, temperature = np.broadcast_arrays(c, load, heat(temperature))
    result = np.empty(c.shape)
    for k, t in {*zip(load.flat, temperature.flat, strict=True)}:
        these = (load == k) & (temperature == t)
        result[these] = _warm(c[these], k, t) if t else [_cold(one, k) for one in c[these]]
    return plain(result)


def critical_noise(load: Any = 0.0) -> Any:
    """Return the noise at which retrieval ends at T = 0.

    Parameters
    ----------
    load : float or array, default 0
        Items over units, K / N.

    Returns
    -------
    float or ndarray
        c, which is sqrt(2/pi) at load 0.

    Raises
    ------
    InputError
        If an argument is outside its domain.

    Examples
    --------
    >>> round(critical_noise(), 4), round(critical_noise(0.4), 4)
    (0.7979, 0.5092)
    """
    load = real("load", load, least=0)
    return plain(_noise(_OVERLAPS, load[..., None]).max(-1))


def _cold(noise: float, load: float) -> float:
    """The largest overlap at which (4) holds, on the branch along which the noise falls to 0."""
    curve = _noise(_OVERLAPS, load)
    end = int(curve.argmax())
    if noise >= curve[end]:
        return 0.0
    above = end + int((curve[end:] > noise).sum()) - 1  # the last overlap that stands more noise
    if above + 1 == len(_OVERLAPS):
        return 1.0
    bounds = _OVERLAPS[above], _OVERLAPS[above + 1]
    return float(brentq(lambda m: float(_noise(np.asarray(m), load)) - noise, *bounds, xtol=1e-14))


def _state(x: np.ndarray, a: np.ndarray, load: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The noise, temperature and overlap of the solution of (1) to (3) whose field is a + (a/x) g.

    As D V = m^2, the field is B (m + g sqrt(c^2 q + 2 load c^4 q^3 / m^4)) with B = beta V, and
    T = m^2 / B + c^2 (1 - q^2): all follow from a and x, the noise from a quadratic in c^2.
    """
    m, q = spin(a, a / x), 1 - slope(a, a / x)
    wide = 2 * load * q**3 / m**4
    c = np.sqrt(2 * (m / x) ** 2 / (q + np.sqrt(q**2 + 4 * wide * (m / x) ** 2)))
    return c, m**3 / a + c**2 * (1 - q**2), m


def _warm(noise: np.ndarray, load: float, temperature: float) -> np.ndarray:
    """The overlaps of the branch that begins at noise 0, at one load and temperature."""
    if temperature > 0.5:  # m = tanh(m^3 / T) has no solution beyond T = 0.4958
        return np.zeros(noise.shape)
    x, a = _RATIOS, np.geomspace(1e3 / temperature, 0.01, 400)
    hot = _state(x[:, None], a, load)[1] >= temperature
    if not hot[0].any():
        return np.zeros(noise.shape)
    x, first = x[hot.any(1)], hot.argmax(1)[hot.any(1)]
    low, high = a[first], a[first - 1]  # too hot and too cold
    for _ in range(_HALVINGS):
        middle = np.sqrt(low * high)
        warm = _state(x, middle, load)[1] >= temperature
        low, high = np.where(warm, middle, low), np.where(warm, high, middle)
    c, _, m = _state(x, low, load)
    end = int(c.argmax()) + 1
    at_zero = noise < c[0]
    return np.where(at_zero, m[0], np.where(noise < c[end - 1], PchipInterpolator(c[:end], m[:end])(noise), 0.0))


def pairwise_overlap(noise: Any, load: Any = 0.0) -> Any:
    """Return the overlap that the rival of pairwise couplings retrieves at T = 0, (5) and (6).

    Parameters
    ----------
    noise : float or array
        Noise of a unit, w, which is not divided by sqrt(N).
    load : float or array, default 0
        Items over units, K / N.

    Returns
    -------
    float or ndarray
        m; 0 where no state retrieves.

    Raises
    ------
    InputError
        If an argument is outside its domain.

    Examples
    --------
    >>> round(pairwise_overlap(0.5, load=0.02), 3), pairwise_overlap(0.5, load=0.05)
    (0.916, 0.0)
    """
    w, load = np.broadcast_arrays(real("noise", noise, least=0), real("load", load, least=0))
    result = np.empty(w.shape)
    for at in np.ndindex(w.shape):
        result[at] = _pairwise(float(w[at]), float(load[at]))
    return plain(result)


def _pairwise(w: float, load: float) -> float:
    """The overlap m = erf(y), y = M / (sqrt(2) s), of the largest y at which (5) gives the load."""

    def surplus(y: np.ndarray) -> np.ndarray:
        """The load of y, less that asked for; what it is proportional to at load 0."""
        bell = np.sqrt(2 / np.pi) * np.exp(-(y**2))
        total = erf(y) + w**2 * bell * np.sqrt(2) * y  # M, as n = sqrt(2/pi) w (M/s) exp(-y^2)
        s = total / (np.sqrt(2) * y)
        free = 1 - (1 + w**2) * bell / s  # r^(-1/2)
        return (s**2 - (total * w) ** 2) * np.maximum(free, 0) ** 2 / (1 + w**2) ** 2 - load if load else s - total * w

    y = np.geomspace(1e-3, 30, 20_001)
    above = np.flatnonzero(surplus(y) > 0)
    if not len(above):
        return 0.0
    last = above[-1]
    return float(erf(brentq(surplus, y[last], y[last + 1]))) if last + 1 < len(y) else 1.0
