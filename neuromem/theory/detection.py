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
model with the bias J0 / J = 1 / c. At any load above 0 retrieval ends at once, at an overlap that
grows with the load: 0.13 at 1e-6, 0.39 at 1e-3, 0.54 at 0.01, 0.70 at 0.1, 0.79 at 0.4, 0.83 at 1.
Replica symmetry is broken at T = 0. Equations (1) to (4) are an own derivation.

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

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.optimize import brentq
from scipy.special import erf, erfinv

from ._arguments import heat, plain, real
from ._retrieval import slope, spin

_OVERLAPS = np.r_[np.geomspace(1e-6, 8e-3, 500), 1 - np.geomspace(1, 1e-15, 4001)[1:]]  # dense at 0 and at 1
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
    return plain(np.where(load > 0, _noise(_OVERLAPS, load[..., None]).max(-1), np.sqrt(2 / np.pi)))


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
    """The largest overlap that solves (1) to (3) at each noise, at one load and temperature."""
    result = np.zeros(noise.shape)
    for c, m in _curves(load, temperature):
        if len(c) == 1:  # the state at the largest ratio, hence of the least noise
            result = np.where(noise <= c[0], np.maximum(result, m[0]), result)
            continue
        turns = np.flatnonzero(np.diff(np.sign(np.diff(c)))) + 1
        for start, end in pairwise([0, *turns, len(c) - 1]):  # parts along which the noise rises or falls
            order = slice(start, end + 1) if c[end] > c[start] else slice(end, start - 1 if start else None, -1)
            within = (noise >= c[order][0]) & (noise <= c[order][-1])
            if within.any():
                result[within] = np.maximum(result[within], PchipInterpolator(c[order], m[order])(noise[within]))
    return result


def _curves(load: float, temperature: float) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Noise and overlap along the curves of solutions at one load and temperature.

    At each ratio the temperature rises with falling a up to a first root, and falls to a second one
    or to the end. The two roots meet where a run of neighbouring ratios ends, and nothing connects
    two such runs.
    """
    x, a = _RATIOS, np.geomspace(1e3 / temperature, 0.01, 400)
    hot = _state(x[:, None], a, load)[1] >= temperature
    ends = np.flatnonzero(np.diff(hot.any(1)))
    if len(ends):  # there the curve turns within a small step of the ratio
        finer = np.geomspace(x[ends], x[ends + 1], 42)[1:-1].ravel()
        x, hot = np.r_[x, finer], np.r_[hot, _state(finer[:, None], a, load)[1] >= temperature]
        x, hot = x[np.argsort(-x)], hot[np.argsort(-x)]
    first = hot.argmax(1)
    cooled = ~hot & (np.arange(len(a)) > first[:, None])
    last = cooled.argmax(1)
    roots = []
    for rows, cold, warm in ((hot.any(1), first - 1, first), (hot.any(1) & cooled.any(1), last, last - 1)):
        low, high = a[warm[rows]], a[cold[rows]]
        for _ in range(_HALVINGS):
            middle = np.sqrt(low * high)
            warmer = _state(x[rows], middle, load)[1] >= temperature
            low, high = np.where(warmer, middle, low), np.where(warmer, high, middle)
        both = np.full((2, len(x)), np.nan)
        both[0, rows], _, both[1, rows] = _state(x[rows], low, load)
        roots.append(both)
    upper, lower = roots
    if hot[0].any():
        yield upper[0, :1], upper[1, :1]
    there = np.concatenate([[False], hot.any(1), [False]])
    for begin, end in np.flatnonzero(np.diff(there)).reshape(-1, 2):
        single = np.flatnonzero(np.isnan(lower[0, begin:end]))
        parts = [upper[:, begin:end]]
        if begin:
            parts.insert(0, lower[:, begin : begin + single[0] if len(single) else end][:, ::-1])
        if end < len(x):
            parts.append(lower[:, begin + single[-1] + 1 if len(single) else begin : end][:, ::-1])
        c, m = np.concatenate(parts, axis=1)
        kept = np.concatenate([[True], np.diff(c) != 0])
        if kept.sum() > 1:
            yield c[kept], m[kept]


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
        """The load of y, less that asked for."""
        bell = np.sqrt(2 / np.pi) * np.exp(-(y**2))
        total = erf(y) + w**2 * bell * np.sqrt(2) * y  # M, as n = sqrt(2/pi) w (M/s) exp(-y^2)
        s = total / (np.sqrt(2) * y)
        free = 1 - (1 + w**2) * bell / s  # r^(-1/2)
        return (s**2 - (total * w) ** 2) * np.maximum(free, 0) ** 2 / (1 + w**2) ** 2 - load

    if not load:  # the field is M (1 + w g), whatever M is
        return float(erf(1 / (np.sqrt(2) * w))) if w else 1.0
    y = np.geomspace(1e-3, 30, 20_001)
    above = np.flatnonzero(surplus(y) > 0)
    if not len(above):
        return 0.0
    last = above[-1]
    return float(erf(brentq(surplus, y[last], y[last + 1]))) if last + 1 < len(y) else 1.0
