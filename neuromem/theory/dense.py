"""Dense associative memories: N units, and K random patterns in the limit of large N.

The overlaps m_mu = (1/N) sum_i x_i^mu s_i enter the energy by a power P, in one of two ways, or by an
exponential. Both powers give the field m^(P-1) of the pattern, and differ at loads K ~ N^(P-1):

    distinct  H = -(P! / (P N^(P-1))) sum_mu sum_{i1 < .. < iP} x_i1^mu .. x_iP^mu s_i1 .. s_iP
    full      H = -(N/P) sum_mu m_mu^P

The load is gamma = K / N^(P-1), and the temperature T = 1/beta goes with these prefactors: for
H = -c N sum m^P it is c P times as large. In the replica-symmetric theory of the overlap m with one
pattern, the field is h = m^(P-1) + z sqrt(gamma g'(q)) / P, and

    m = int Dz tanh(beta h),  q = int Dz tanh^2(beta h)                                        (1)
    distinct  g(q) = P! q^P
    full      g(q) = sum_k k! a_k^2 q^k  for  x^P = sum_k a_k He_k(x)                          (2)
    f = (1 - 1/P) m^P - (beta gamma / 2P^2) [g(1) - g(q) - g'(q) (1 - q)]
        - T int Dz ln 2cosh(beta h)                                                            (3)

P = 2 is the Hopfield network, in which the retrieved state adds to the noise; see
`neuromem.theory.hopfield`.

E. Gardner, Journal of Physics A 20, 3453 (1987);  L. F. Abbott, Y. Arian, Physical Review A 36, 5091 (1987);
D. Krotov, J. J. Hopfield, NeurIPS 2016, arXiv 1606.01164.
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np
from numpy.polynomial import polynomial
from scipy.interpolate import CubicSpline
from scipy.optimize import elementwise, minimize_scalar
from scipy.special import erfc, log_ndtr

from neuromem import checks

from ._arguments import plain, real, whole
from ._retrieval import Network, log_cosh, pairwise_variance


def covariance(order: int, interactions: str = "distinct") -> np.ndarray:
    """The coefficients of the polynomial g(q) in equation (2).

    The noise energies of two states with overlap q have the covariance N gamma g(q) / P^2.

    Parameters
    ----------
    order : int
        P, from 2 to 30.
    interactions : {"distinct", "full"}, default "distinct"
        Which of the two energies.

    Returns
    -------
    ndarray of shape (order + 1,)
        c_k in g(q) = sum_k c_k q^k; c_0 is 0.

    Examples
    --------
    >>> covariance(4, "full").tolist()
    [0.0, 0.0, 72.0, 0.0, 24.0]
    """
    checks.choice("interactions", interactions, ("distinct", "full"))
    p = checks.whole("order", order, least=2, most=30, way_out="give the number of units that interact, such as 4")
    result = np.zeros(p + 1)
    for j in range((p + 1) // 2 if interactions == "full" else 1):
        k = p - 2 * j
        result[k] = (math.factorial(p) / (2**j * math.factorial(j))) ** 2 / math.factorial(k)
    return result


def _polynomial(c: np.ndarray, q: Any) -> Any:
    """g(q)."""
    return polynomial.polyval(q, c)


def _derivative(c: np.ndarray, q: Any) -> Any:
    """g'(q)."""
    return polynomial.polyval(q, polynomial.polyder(c))


@functools.cache
def network(order: int, interactions: str = "distinct") -> Network:
    """Equation (1) in the form that is solved.

    Parameters
    ----------
    order : int
        P.
    interactions : {"distinct", "full"}, default "distinct"
        Which of the two energies.

    Returns
    -------
    Network
        The network, whose methods solve its equations.
    """
    c = covariance(order, interactions)
    if order == 2:
        return Network(2, pairwise_variance)
    return Network(order, lambda q, response: _derivative(c, q) / order**2)


def overlap(order: int, load: Any, temperature: Any = 0.0, interactions: str = "distinct") -> Any:
    """The overlap m of the retrieval state, equation (1).

    Parameters
    ----------
    order : int
        P, at least 2.
    load : float or array
        gamma = K / N^(P-1), at least 0.
    temperature : float or array, default 0
        T, at least 0. Load and temperature broadcast.
    interactions : {"distinct", "full"}, default "distinct"
        Which of the two energies.

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
    >>> round(overlap(4, 0.01, 0.3), 4)
    0.9896
    """
    load, temperature = real("load", load, least=0), real("temperature", temperature, least=0)
    return plain(network(order, interactions).overlap(load, temperature))


def critical_load(order: int, temperature: Any = 0.0, interactions: str = "distinct") -> Any:
    """The largest load with a retrieval state, which is the spinodal.

    For P >= 3 at T = 0 it is given by a_c = max_x erf(x)^(2P-2) / (2 x^2), where a = gamma g'(1) / P^2.
    Replica symmetry is broken at low temperature, where the true value is a little larger.

    Parameters
    ----------
    order : int
        P, at least 2.
    temperature : float or array, default 0
        T, at least 0.
    interactions : {"distinct", "full"}, default "distinct"
        Which of the two energies.

    Returns
    -------
    float or ndarray
        gamma_c = K / N^(P-1), 0 where there is no retrieval state.

    Examples
    --------
    >>> round(critical_load(4), 6)
    0.032977
    """
    return plain(network(order, interactions).critical_load(real("temperature", temperature, least=0)))


def transition_load(order: int, temperature: Any = 0.0, interactions: str = "distinct") -> Any:
    """The load below which retrieval has a lower free energy (3) than the glass or the paramagnet.

    The glass is that of one step of replica-symmetry breaking. It is exact for distinct interactions
    of random patterns, and an approximation for full ones, which have a pairwise part.

    Parameters
    ----------
    order : int
        P, at least 3; even for full interactions.
    temperature : float or array, default 0
        T, at least 0.
    interactions : {"distinct", "full"}, default "distinct"
        Which of the two energies.

    Returns
    -------
    float or ndarray
        gamma. It is 0 if there is no such load, and the critical load if retrieval has the lower
        free energy wherever it exists.

    Examples
    --------
    >>> round(transition_load(4, 0.3), 4)
    0.0185
    """
    temperature = real("temperature", temperature, least=0)
    c, net = _glassy(order, interactions), network(order, interactions)

    def advantage(u: np.ndarray, t: np.ndarray) -> np.ndarray:
        point = net.at(np.exp(u), t)
        load, m, q = np.where(point.load > 0, point.load, 1.0), point.overlap, point.spread
        if t.any():
            replicas = load / t * (c.sum() - _polynomial(c, q) - (1 - q) * _derivative(c, q)) / (2 * order**2)
            log = t * log_cosh(point.field / t, point.noise / t)
        else:
            replicas, log = 0.0, point.field * m + point.noise * np.sqrt(2 / np.pi) * np.exp(-np.exp(2 * u))
        retrieval = (1 - 1 / order) * m**order - replicas - log
        return np.where(point.load > 0, _glass_free_energy(order, interactions, load, t) - retrieval, 1.0)

    result = np.zeros(temperature.shape)
    for these in (temperature == 0, temperature > 0):
        if these.any():
            t = temperature[these]
            peak, most = net.spinodal(t)
            u = elementwise.find_root(advantage, (np.log(peak), np.full_like(peak, np.log(6.0))), args=(t,))
            crossing = net.at(np.exp(np.where(u.success, u.x, np.log(peak))), t).load
            result[these] = np.where(crossing > 1e-8 * most, crossing, 0.0)
    return plain(result)


def glass_temperature(order: int, load: Any, interactions: str = "distinct") -> Any:
    """The temperature at which the paramagnet becomes a glass, which is proportional to sqrt(gamma).

    Parameters
    ----------
    order : int
        P, at least 3; even for full interactions.
    load : float or array
        gamma, at least 0.
    interactions : {"distinct", "full"}, default "distinct"
        Which of the two energies.

    Returns
    -------
    float or ndarray
        The temperature.

    Examples
    --------
    >>> round(glass_temperature(4, 1.0), 3)
    1.068
    """
    load = real("load", load, least=0)
    return plain(_glass(order, interactions)[1] * np.sqrt(load))


def _glassy(order: int, interactions: str) -> np.ndarray:
    """The covariance of a network in whose paramagnet q is 0; other networks are refused."""
    c = covariance(order, interactions)
    if order == 2:
        raise checks.refusal("order", "be at least 3", "was 2", "see neuromem.theory.hopfield")
    if c[1]:
        raise checks.refusal("order", "be even for full interactions", f"was {order}", 'use interactions="distinct"')
    return c


@functools.cache
def _glass(order: int, interactions: str) -> tuple[CubicSpline, float]:
    """The free energy of the glass: f / sqrt(gamma) as a function of T / sqrt(gamma), and where it begins.

    With one step of replica-symmetry breaking, replicas in one block of size x have the overlap q,
    and those of different blocks have none. Let <.> be averages over z weighted by cosh^x(s z), with
    s = beta sqrt(gamma g'(q)) / P. Then

        q = <tanh^2(s z)>,  (x <ln cosh(s z)> - L) / x^2 = (s^2 / 2) (q - g / g')              (4)
        L = ln int Dz cosh^x(s z)
        -beta f = ln 2 + L / x
                  + (beta^2 gamma / 2P^2) [g(1) - g - (1 - q) g' - x (q g' - g)]               (5)

    is solved for x at many values of s. The glass begins where x reaches 1, or where q grows from 0,
    which is at T = sqrt(gamma g''(0)) / P. At T = 0 x s is a constant y, and
    f = -sqrt(gamma g'(1)) / P  min_y [y g(1) / 2g'(1) + ln(2 Phi(y)) / y].
    """
    c = _glassy(order, interactions)
    z = np.arange(-2000, 2001) * 0.01
    weight = np.exp(-(z**2) / 2) * 0.01 / np.sqrt(2 * np.pi)

    def averages(s: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, ...]:
        u = np.abs(s[:, None] * z)
        log = u + np.log1p(np.exp(-2 * u)) - np.log(2)
        tilted = weight * np.exp(x[:, None] * log)
        total = tilted.sum(1)
        q = (tilted * np.tanh(u) ** 2).sum(1) / total
        return q, np.log(total), (tilted * log).sum(1) / total, _polynomial(c, q), _derivative(c, q)

    def residual(x: np.ndarray, s: np.ndarray) -> np.ndarray:
        q, log, mean, g, slope = averages(s, x)
        return (x * mean - log) / x**2 - s**2 / 2 * (q - g / slope)

    onset = elementwise.find_root(lambda s: residual(np.ones_like(s), s), ([1.0], [8.0]))
    s = np.geomspace(onset.x[0] if onset.success[0] else 0.2, 30, 150)
    x = elementwise.find_root(residual, (np.full_like(s, 1e-3), np.minimum(1.01, 10 / s)), args=(s,)).x
    q, log, _, g, slope = averages(s, x)
    t = np.sqrt(slope) / order / s
    f = -t * (np.log(2) + log / x) - (c.sum() - g - (1 - q) * slope - x * (q * slope - g)) / (2 * order**2 * t)
    steep = _derivative(c, 1.0)
    ground = minimize_scalar(
        lambda y: y * c.sum() / 2 / steep + (np.log(2) + log_ndtr(y)) / y, bounds=(1e-3, 20), method="bounded"
    )
    t, f = [0.0, *t[::-1]], [-np.sqrt(steep) / order * ground.fun, *f[::-1]]
    if not onset.success[0]:
        t.append(np.sqrt(2 * c[2]) / order)
        f.append(-t[-1] * np.log(2) - c.sum() / (2 * order**2 * t[-1]))
    return CubicSpline(t, f), t[-1]


def _glass_free_energy(order: int, interactions: str, load: Any, temperature: Any) -> np.ndarray:
    """The free energy of the state without retrieval: the glass below its temperature, the paramagnet above."""
    line, hottest = _glass(order, interactions)
    scale = np.sqrt(load)
    hot = np.maximum(temperature, hottest * scale)
    paramagnet = -hot * np.log(2) - load * covariance(order, interactions).sum() / (2 * order**2 * hot)
    return np.where(temperature < hottest * scale, scale * line(np.minimum(temperature / scale, hottest)), paramagnet)


def one_step_error(order: int, items: Any, units: Any, interactions: str = "full") -> Any:
    """The share of units that one update from an exact item makes wrong.

    The other items make a field of variance sigma^2 K / N^(P-1), with sigma^2 = (2P-3)!! for full
    and (P-1)! for distinct interactions, so that

        P_err = erfc( sqrt(N^(P-1) / (2 K sigma^2)) ) / 2

    For full interactions this holds where a unit compares the energies of its two states.

    Parameters
    ----------
    order : int
        P, at least 2.
    items : int or array of int
        K, at least 1.
    units : int or array of int
        N, at least 1. Items and units broadcast.
    interactions : {"full", "distinct"}, default "full"
        Which of the two energies.

    Returns
    -------
    float or ndarray
        P_err.

    Examples
    --------
    >>> round(one_step_error(2, items=60, units=400), 4)
    0.0049
    """
    k, n = whole("items", items), whole("units", units)
    variance = _derivative(covariance(order, interactions), 1.0) / order**2
    return plain(erfc(np.sqrt(n ** (order - 1) / (2 * k * variance))) / 2)


def exponential_load(steepness: Any = 1.0, items: str = "spins", *, every: bool = False) -> Any:
    """The largest load with retrieval where an item of overlap m has the weight exp(lambda N m).

    The noise is that of a random-energy model, in which exp(N (alpha - I(m))) items have the overlap
    m with a state. An item, whose own overlap is 1, is retrieved while
    max_{I(m) <= alpha} [alpha - I(m) + lambda m] < lambda. For a typical item this gives

        spins      lambda - ln cosh(lambda)
        spherical  lambda (1 - m) - ln(1 - m^2) / 2,  m = (sqrt(1 + 4 lambda^2) - 1) / (2 lambda)
        gaussian   lambda - lambda^2 / 2 up to lambda = 1, then 1/2

    Parameters
    ----------
    steepness : float or array, default 1
        lambda, above 0.
    items : {"spins", "spherical", "gaussian"}, default "spins"
        How the entries of the items are distributed.
    every : bool, default False
        Whether all items must be retrieved, and not a typical one. They must then all differ, which
        limits the load to ln(2)/2. This is known for spins alone.

    Returns
    -------
    float or ndarray
        alpha = ln(K)/N.

    References
    ----------
    M. Demircigil et al., Journal of Statistical Physics 168, 288 (2017), for spins at lambda = 1.

    C. Lucibello, M. Mezard, Physical Review Letters 132, 077301 (2024), arXiv 2304.14964.

    Examples
    --------
    >>> round(exponential_load(1.0), 5), round(exponential_load(1.0, every=True), 5)
    (0.56622, 0.34657)
    """
    k = real("steepness", steepness, above=0)
    kind = checks.choice("items", items, ("spins", "spherical", "gaussian"))
    if every and kind != "spins":
        raise checks.refusal("every", f"be False for {kind} items", "was True", "this threshold is known for spins only")
    if kind == "spins":
        typical = np.log(2) - np.log1p(np.exp(-2 * k))
        return plain(np.minimum(typical, np.log(2) / 2) if every else typical)
    if kind == "gaussian":
        return plain(np.where(k < 1, k * (1 - np.minimum(k, 1) / 2), 0.5))
    m = 2 * k / (np.sqrt(1 + 4 * k**2) + 1)
    return plain(k * (1 - m) - np.log1p(-(m**2)) / 2)
