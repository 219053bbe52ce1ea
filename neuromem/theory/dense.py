"""Dense associative memories: N units, and K random patterns in the limit of large N.

The overlaps m_mu = (1/N) sum_i x_i^mu s_i enter the energy by a power P, in one of two ways, or by
an exponential. Both powers give the field m^(P-1) of the pattern, and differ at loads K ~ N^(P-1):

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

E. Gardner, Journal of Physics A 20, 3453 (1987);
L. F. Abbott, Y. Arian, Physical Review A 36, 5091 (1987);
D. Krotov, J. J. Hopfield, NeurIPS 2016, arXiv 1606.01164.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from scipy.optimize import elementwise
from scipy.special import erfc

from neuromem import checks

from ._arguments import heat, plain, real, whole
from ._glass import glass, glass_free_energy, glassy
from ._interactions import covariance, derivative_of, kind, polynomial_of
from ._retrieval import Network, log_cosh, pairwise_variance


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
    return _network(*kind(order, interactions))


@functools.cache
def _network(order: int, interactions: str) -> Network:
    c = covariance(order, interactions)
    if order == 2:
        return Network(2, pairwise_variance)
    return Network(order, lambda q, response: derivative_of(c, q) / order**2)


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
    load, temperature = real("load", load, least=0), heat(temperature)
    return plain(network(order, interactions).overlap(load, temperature))


def critical_load(order: int, temperature: Any = 0.0, interactions: str = "distinct") -> Any:
    """The largest load with a retrieval state, which is the spinodal.

    For P >= 3 at T = 0 a = gamma g'(1) / P^2 has the limit
    a_c = max_x erf(x)^(2P-2) / (2 x^2). Replica symmetry is broken at low temperature, where the
    true value is a little larger.

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
    return plain(network(order, interactions).critical_load(heat(temperature)))


def transition_load(order: int, temperature: Any = 0.0, interactions: str = "distinct") -> Any:
    """The load below which retrieval has a lower free energy (3) than the glass or the paramagnet.

    The glass is that of one step of replica-symmetry breaking. For distinct interactions of random
    patterns it is exact above Gardner's temperature, and an approximation below it, T = 0 included.
    For full ones, which have a pairwise part, it is an approximation.

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
    temperature = heat(temperature)
    c, net = glassy(order, interactions), network(order, interactions)

    def advantage(u: np.ndarray, t: np.ndarray) -> np.ndarray:
        point = net.at(np.exp(u), t)
        load, m, q = np.where(point.load > 0, point.load, 1.0), point.overlap, point.spread
        if t.any():
            replicas = load / t * (c.sum() - polynomial_of(c, q) - (1 - q) * derivative_of(c, q)) / (2 * order**2)
            log = t * log_cosh(point.field / t, point.noise / t)
        else:
            replicas, log = 0.0, point.field * m + point.noise * np.sqrt(2 / np.pi) * np.exp(-np.exp(2 * u))
        retrieval = (1 - 1 / order) * m**order - replicas - log
        return np.where(point.load > 0, glass_free_energy(order, interactions, load, t) - retrieval, 1.0)

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
    """The temperature at which the paramagnet becomes a glass, proportional to sqrt(gamma).

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
    return plain(glass(order, interactions)[1] * np.sqrt(load))


def one_step_error(order: int, items: Any, units: Any, interactions: str = "full") -> Any:
    """The share of units that one update from an exact item makes wrong.

    The K - 1 other items make a field of variance sigma^2 (K - 1) / N^(P-1), with sigma^2 =
    (2P-3)!! for full and (P-1)! for distinct interactions, so that for large N

        P_err = erfc( sqrt(N^(P-1) / (2 (K - 1) sigma^2)) ) / 2

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
    0.0046
    """
    k, n = whole("items", items), whole("units", units)
    variance = derivative_of(covariance(order, interactions), 1.0) / order**2
    with np.errstate(divide="ignore"):  # a lone item has no noise
        return plain(erfc(np.sqrt(n ** (order - 1) / (2 * (k - 1) * variance))) / 2)


def exponential_load(steepness: Any = 1.0, items: str = "spins", *, every: bool = False) -> Any:
    """The largest load with retrieval where an item of overlap m has the weight exp(lambda N m).

    The noise is that of a random-energy model, in which exp(N (alpha - I(m))) items have the
    overlap m with a state. An item, whose own overlap is 1, is retrieved while
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
    law = checks.choice("items", items, ("spins", "spherical", "gaussian"))
    every = checks.flag("every", every)
    if every and law != "spins":
        raise checks.refusal("every", f"be False for {law} items", "was True", "this threshold is known for spins only")
    if law == "spins":
        typical = -np.log1p(np.expm1(-2 * k) / 2)
        return plain(np.minimum(typical, np.log(2) / 2) if every else typical)
    if law == "gaussian":
        return plain(np.where(k < 1, k * (1 - np.minimum(k, 1) / 2), 0.5))
    m = k / (np.hypot(0.5, k) + 0.5)  # lambda (1 - m^2) = m
    return plain(m / (1 + m) + np.log1p(k * m) / 2)
