"""Learning archetypes from noisy examples: Hebbian networks that never see the patterns themselves.

Each of K archetypes x^mu of N units is known by M examples eta^(mu,a). A unit of an example is
right with probability (1 + r)/2, where r is the quality. Supervised networks store the mean of each
class, and unsupervised ones store every example. With the noise

    rho = (1 - r^2) / (M r^2),  rho_P = (1 - r^(2P)) / (M r^(2P))

and n^mu, the mean over the examples a of (1/(r N)) eta^(mu,a) . s, the energies are

    supervised            H = -(N/P) (1 + rho)^(-P/2) sum_mu (n^mu)^P
    unsupervised, P >= 3  H = -(N/P) c^-1 sum_mu sum_a ((1/N) eta^(mu,a) . s)^P,
                          c = M r^P sqrt(1 + rho_P)
    unsupervised, P = 2   H = -(N/2) (M r^2 (1 + rho))^-1 sum_mu sum_a ((1/N) eta^(mu,a) . s)^2

For distinct interactions all indices differ; see `neuromem.theory.dense`. The load is K / N^(P-1).
With these prefactors the noise is as strong as where archetypes are stored. For the overlap m with
one archetype, with a standard Gaussian z,

    h = A n^(P-1) B + z sqrt(load v),  m = E tanh(beta h),  n = E B tanh(beta h)               (1)
    B = (2 Bin(M, (1+r)/2) - M) / (r M)
    P >= 3  v = g'(q) / P^2,
            A = (1 + rho)^(-P/2) supervised, (1 + rho_P)^(-1/2) unsupervised                   (2)
    P = 2   v = q / (1-C)^2 supervised, q / (1-C)^2 + (M-1) e^2 q / (1-eC)^2 unsupervised,
            A = 1 / (1 + rho),  e = rho / (1 + rho)                                            (3)

Without supervision the coefficients c_k of g = sum_k c_k q^k in (2) are multiplied by
[1/M + (1 - 1/M) r^(2k)] / (r^(2P) (1 + rho_P)).

Units at which the examples tie have B = 0. At P = 2 nothing holds them, and they follow other
archetypes however low the load is. This leaves a noise that is absent at load 0 itself.

F. Alemanno, M. Aquaro, I. Kanter, A. Barra, E. Agliari, Europhysics Letters 141, 11001 (2023),
arXiv 2211.14067;
L. Albanese, F. Alemanno, A. Alessandrelli, A. Barra, arXiv 2212.00606.

The prefactors of these papers differ, and the equations here were derived anew and compared with
simulations.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.polynomial import polynomial
from scipy.stats import binom

from neuromem import checks

from ._arguments import heat, plain, real, whole
from ._interactions import covariance, kind
from ._retrieval import Network, pairwise_variance

FAINT = 1e-4  # the least quality: its powers up to 2 P stay within float64


def _blur(quality: float, examples: float) -> tuple[np.ndarray, np.ndarray]:
    """The values of B and their probabilities; of many examples, those of a Gaussian like it."""
    variance = examples * (1 - quality**2) / 4
    if variance < 1000:
        right = np.arange(np.floor(max(0.0, examples * (1 + quality) / 2 - 9 * variance**0.5 - 30)), examples + 1)
        weight = binom.pmf(right, examples, (1 + quality) / 2)
    else:
        z = np.arange(-400, 401) * 0.02
        right, weight = examples * (1 + quality) / 2 + z * variance**0.5, np.exp(-(z**2) / 2)
    kept = weight > 1e-16 * weight.max()
    return (2 * right[kept] / examples - 1) / quality, weight[kept] / weight[kept].sum()


def network(order: int, quality: float, examples: float, supervised: bool = True, interactions: str = "distinct") -> Network:
    """Equations (1) to (3) in the form that is solved.

    Parameters
    ----------
    order : int
        P.
    quality : float
        r, in (0, 1].
    examples : float
        M, at least 1.
    supervised : bool, default True
        Whether the examples have labels.
    interactions : {"distinct", "full"}, default "distinct"
        Whether indices may coincide.

    Returns
    -------
    Network
        The network, whose methods solve its equations.
    """
    (order, interactions), r = kind(order, interactions), checks.real("quality", quality, least=FAINT, most=1)
    m, supervised = checks.real("examples", examples, least=1), checks.flag("supervised", supervised)
    c = covariance(order, interactions)
    rho, rho_p = ((1 - r**power) / (m * r**power) for power in (2, 2 * order))
    blur, weight = _blur(r, m)
    if order == 2:
        e = 0.0 if supervised else rho / (1 + rho)
        return Network(2, lambda q, s: pairwise_variance(q, s, e, m), 1 / (1 + rho), blur, weight)
    if not supervised:
        k = np.arange(order + 1)
        c = c * (1 / m + (1 - 1 / m) * r ** (2 * k)) / (r ** (2 * order) * (1 + rho_p))
    signal = (1 + rho) ** (-order / 2) if supervised else (1 + rho_p) ** -0.5
    return Network(order, lambda q, s: polynomial.polyval(q, polynomial.polyder(c)) / order**2, signal, blur, weight)


def overlap(
    order: int,
    load: Any,
    quality: Any,
    examples: Any,
    supervised: bool = True,
    temperature: Any = 0.0,
    interactions: str = "distinct",
) -> Any:
    """The overlap m of the state that retrieves one archetype, equation (1).

    Without supervision, full interactions never reach the overlap of stored archetypes, since the
    examples of one archetype have units in common however many they are.

    Parameters
    ----------
    order : int
        P, at least 2.
    load : float or array
        K / N^(P-1), at least 0.
    quality : float or array
        r, in (0, 1].
    examples : int or array of int
        Number M of examples of each archetype.
    supervised : bool, default True
        Whether the examples have labels.
    temperature : float or array, default 0
        T, at least 0. Load, quality, examples and temperature broadcast.
    interactions : {"distinct", "full"}, default "distinct"
        Whether indices may coincide.

    Returns
    -------
    float or ndarray
        The overlap, 0 where there is no such state.

    Raises
    ------
    InputError
        If an argument is out of its range.

    Examples
    --------
    >>> round(overlap(4, 0.1 / 6, quality=0.5, examples=22), 2)
    0.9
    >>> round(overlap(4, 0.1 / 6, quality=0.5, examples=22, supervised=False), 2)
    0.0
    """
    covariance(order, interactions)
    supervised = checks.flag("supervised", supervised)
    a, r = real("load", load, least=0), real("quality", quality, least=FAINT, most=1)
    m, t = whole("examples", examples), heat(temperature)

    a, r, m, t = np.broadcast_arrays(a, r, m, t)
    result = np.zeros(a.shape)
    for quality, examples in set(zip(r.flat, m.flat, strict=True)):
        these = (r == quality) & (m == examples)
        result[these] = network(order, quality, examples, supervised, interactions).overlap(a[these], t[these])
    return plain(result)


def examples_needed(
    order: int,
    load: Any,
    quality: Any,
    supervised: bool = True,
    overlap: float = 0.9,
    interactions: str = "distinct",
) -> Any:
    """The smallest number of examples of each archetype that gives an overlap with it at T = 0.

    It falls with the quality as r^-2 with supervision, and at high load as r^-2P without.

    Parameters
    ----------
    order : int
        P, at least 2.
    load : float or array
        K / N^(P-1), at least 0.
    quality : float or array
        r, in (0, 1]. Load and quality broadcast.
    supervised : bool, default True
        Whether the examples have labels.
    overlap : float, default 0.9
        The overlap that is to be reached, in (0, 1).
    interactions : {"distinct", "full"}, default "distinct"
        Whether indices may coincide.

    Returns
    -------
    float or ndarray
        M, which is infinite if no number is enough.

    Examples
    --------
    >>> examples_needed(4, 0.1 / 6, 0.5), examples_needed(4, 0.1 / 6, 0.5, supervised=False)
    (22.0, 267.0)
    """
    covariance(order, interactions)
    target, supervised = checks.real("overlap", overlap, above=0, below=1), checks.flag("supervised", supervised)

    def reached(a: float, r: float, m: float) -> bool:
        return network(order, r, m, supervised, interactions).reaches(target * (1 - 1e-12), a)

    def one(a: float, r: float) -> float:
        return min(first(a, r, 1.0), first(a, r, 0.0))

    def first(a: float, r: float, odd: float) -> float:
        """The least odd or even number; even ones have ties, so that only each kind is ordered."""
        most = 1.0  # of pairs of examples
        while not reached(a, r, 2 * most - odd):
            most *= 2
            if most > 2.0**59:
                return np.inf
        least = most // 2
        while most - least > 1:
            middle = (least + most) // 2
            least, most = (least, middle) if reached(a, r, 2 * middle - odd) else (middle, most)
        return 2 * most - odd

    a, r = real("load", load, least=0), real("quality", quality, least=FAINT, most=1)
    return plain(np.vectorize(one, otypes=[float])(a, r))
