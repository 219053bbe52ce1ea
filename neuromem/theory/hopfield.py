"""The Hopfield network of N units and K random patterns, in the limit of large N.

The energy, the load and the temperature are

    H = -(1/2N) sum_mu sum_{i != j} x_i^mu x_j^mu s_i s_j,  load alpha = K/N,  T = 1/beta

In the replica-symmetric theory the overlap m with one pattern, the order parameter q and the free
energy f of a unit follow from (Dz is the Gaussian measure of z)

    m = int Dz tanh(beta (m + sqrt(alpha r) z))                                                (1)
    q = int Dz tanh^2(beta (m + sqrt(alpha r) z)),  r = q / (1 - C)^2,  C = beta (1 - q)       (2)
    f = alpha/2 + m^2/2 + (alpha T/2) [ln(1 - C) - beta q/(1 - C)] + alpha r C/2
        - T int Dz ln 2cosh(beta (m + sqrt(alpha r) z))                                        (3)

D. J. Amit, H. Gutfreund, H. Sompolinsky, Annals of Physics 173, 30 (1987).

Replica symmetry is broken at low temperature. Near T = 0 the critical load that simulations find is
therefore a little larger than that of this theory: 0.145 +- 0.01 according to the same authors. The
slight rise of both loads on heating, from 0.1379 to 0.1382 and from 0.0519 to 0.0531, has the same
cause.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.polynomial import Chebyshev
from scipy.optimize import elementwise, minimize_scalar
from scipy.special import ndtr

from ._arguments import heat, plain, real
from ._retrieval import Network, log_cosh, pairwise_variance, slope

_NETWORK = Network(2, pairwise_variance)
_COLDEST = 1e-3  # where the theory differs by less than 3e-5 in the load from that of T = 0


def overlap(load: Any, temperature: Any = 0.0) -> Any:
    """The overlap m of the retrieval state, equations (1) and (2).

    Parameters
    ----------
    load : float or array
        K/N, at least 0.
    temperature : float or array, default 0
        T, at least 0. Arrays broadcast.

    Returns
    -------
    float or ndarray
        The overlap, 0 where there is no retrieval state.

    Raises
    ------
    InputError
        If an argument is out of its range.

    Examples
    --------
    >>> round(overlap(0.1), 4), overlap(0.15), round(overlap(0.05, 0.5), 4)
    (0.998, 0.0, 0.9041)
    """
    load, temperature = real("load", load, least=0), heat(temperature)
    return plain(_NETWORK.overlap(load, temperature))


def critical_load(temperature: Any = 0.0) -> Any:
    """The largest load with a retrieval state, which is the spinodal.

    Parameters
    ----------
    temperature : float or array, default 0
        T, at least 0.

    Returns
    -------
    float or ndarray
        alpha_c = K/N, which is 0 from T = 1.

    Examples
    --------
    >>> round(critical_load(), 5)
    0.13791
    """
    return plain(_NETWORK.critical_load(heat(temperature)))


def transition_load(temperature: Any = 0.0) -> Any:
    """The load below which retrieval has a lower free energy (3) than the spin glass.

    Parameters
    ----------
    temperature : float or array, default 0
        T, at least 0.

    Returns
    -------
    float or ndarray
        alpha = K/N, which is 0 from T = 1.

    Examples
    --------
    >>> round(transition_load(), 5)
    0.05185
    """
    temperature = heat(temperature)
    result = np.zeros(temperature.shape)
    for these in (temperature == 0, (temperature > 0) & (temperature < 1 - 1e-7)):  # beyond, less than 1e-14
        if these.any():
            result[these] = _transition(temperature[these])
    return plain(result)


def retrieval_temperature(load: Any) -> Any:
    """The largest temperature with a retrieval state, which is the spinodal.

    Parameters
    ----------
    load : float or array
        K/N, at least 0.

    Returns
    -------
    float or ndarray
        T_M, which is 0 at loads without a retrieval state.

    Examples
    --------
    >>> round(retrieval_temperature(0.05), 4)
    0.5423
    """
    return plain(_inverse(critical_load, real("load", load, least=0)))


def transition_temperature(load: Any) -> Any:
    """The temperature below which retrieval has a lower free energy than the spin glass.

    Parameters
    ----------
    load : float or array
        K/N, at least 0.

    Returns
    -------
    float or ndarray
        T_c, which is 0 at loads where the spin glass always has the lower free energy.

    Examples
    --------
    >>> round(transition_temperature(0.02), 4)
    0.5913
    """
    return plain(_inverse(transition_load, real("load", load, least=0)))


def glass_temperature(load: Any) -> Any:
    """The temperature T_g = 1 + sqrt(alpha) at which the paramagnet becomes a spin glass.

    Parameters
    ----------
    load : float or array
        alpha = K/N, at least 0.

    Returns
    -------
    float or ndarray
        T_g.

    Examples
    --------
    >>> glass_temperature(0.25)
    1.5
    """
    return plain(1 + np.sqrt(real("load", load, least=0)))


def _free_energy(load: Any, m: Any, q: Any, noise: Any, temperature: Any) -> np.ndarray:
    """Equation (3) with noise = sqrt(alpha r).

    At T = 0, q is 1 and C = sqrt(2/pi) exp(-(m/noise)^2 / 2) / noise.
    """
    if np.any(temperature):
        c = (1 - q) / temperature
        log = temperature * log_cosh(m / temperature, noise / temperature)
        log -= load * temperature * np.log1p(-c) / 2
    else:
        c = np.sqrt(2 / np.pi) * np.exp(-((m / noise) ** 2) / 2) / noise
        log = m * (2 * ndtr(m / noise) - 1) + noise**2 * c
    return load / 2 + m**2 / 2 - load * q / (1 - c) / 2 + noise**2 * c / 2 - log


def _glass_noise(load: np.ndarray, temperature: np.ndarray) -> np.ndarray:
    """The noise sqrt(alpha r) of m = 0, for which noise (1 - C) = sqrt(alpha q)."""
    most = np.sqrt(load) + np.sqrt(2 / np.pi)  # the solution at T = 0
    if not np.any(temperature):
        return most

    def excess(noise: np.ndarray, load: np.ndarray, t: np.ndarray) -> np.ndarray:
        gap = slope(0.0, noise / t)
        return noise * (1 - gap / t) - np.sqrt(load * (1 - gap))

    return elementwise.find_root(excess, (np.full_like(most, 1e-9), 1.01 * most), args=(load, temperature)).x


def _transition(temperature: np.ndarray) -> np.ndarray:
    """`transition_load` at temperatures that are all 0, or all between 0 and 1."""

    def advantage(u: np.ndarray, t: np.ndarray) -> np.ndarray:
        point = _NETWORK.at(np.exp(u), t)
        load = np.where(point.load > 0, point.load, 1.0)
        retrieval = _free_energy(load, point.overlap, point.spread, point.noise, t)
        noise = _glass_noise(load, t)
        glass = _free_energy(load, 0.0, 1 - slope(0.0, noise / t) if t.any() else 1.0, noise, t)
        return np.where(point.load > 0, glass - retrieval, 1.0)

    peak, _ = _NETWORK.spinodal(temperature)
    u = elementwise.find_root(advantage, (np.log(peak), np.full_like(peak, np.log(6.0))), args=(temperature,)).x
    return _NETWORK.at(np.exp(u), temperature).load


@functools.cache
def _line(critical: Callable[[Any], Any]) -> tuple[Chebyshev, float]:
    """A polynomial in T for the root of the critical load up to T = 1, and its maximum."""
    line = Chebyshev.interpolate(lambda t: np.sqrt(critical(t)), 30, domain=[_COLDEST, 1.0])
    return line, float(minimize_scalar(lambda t: -line(t), bounds=(_COLDEST, 0.2), method="bounded").x)


def _inverse(critical: Callable[[Any], Any], load: np.ndarray) -> np.ndarray:
    """The largest temperature at which the critical load is `load`; 0 if there is none."""
    line, top = _line(critical)
    root = elementwise.find_root(
        lambda t, a: line(t) - np.sqrt(a), (np.full_like(load, top), np.ones_like(load)), args=(load,)
    )
    return np.where(load == 0, 1.0, np.where(load <= line(top) ** 2, np.where(root.success, root.x, 1.0), 0.0))


def gardner_load(margin: Any = 0.0) -> Any:
    """The largest load at which any pairwise weights hold random patterns with a margin.

    Each pattern must make a field on each unit that has the right sign and, divided by the length
    of the unit's weight vector, a size above kappa. Then

        1/alpha_c = int_{-kappa}^inf Dz (z + kappa)^2
                  = (1 + kappa^2) Phi(kappa) + kappa phi(kappa)

    Parameters
    ----------
    margin : float or array, default 0
        kappa, at least 0.

    Returns
    -------
    float or ndarray
        alpha_c(kappa) = K/N.

    References
    ----------
    E. Gardner, Journal of Physics A 21, 257 (1988).

    Examples
    --------
    >>> gardner_load(0.0)
    2.0
    """
    k = real("margin", margin, least=0)
    return plain(1 / ((1 + k**2) * ndtr(k) + k * np.exp(-(k**2) / 2) / np.sqrt(2 * np.pi)))
