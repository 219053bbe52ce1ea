"""The multitasking network: a few diluted patterns, several of which are retrieved at once.

The entries of a pattern are 0 with probability d, and +1 or -1 with (1 - d)/2 each. The energy is
H = -(1/2N) sum_mu (sum_i x_i^mu s_i)^2 at temperature T = 1/beta. The number K of patterns stays
finite while N grows, so that they make no noise. The overlaps m_mu = (1/N) sum_i x_i^mu s_i, which
are at most 1 - d, and the free energy f of a unit follow from

    m_mu = E x^mu tanh(beta x . m),  f = m . m / 2 - T E ln 2cosh(beta x . m)                  (1)

where E is the mean over the 3^K values of a unit's entries. The units at which one pattern is 0 can
serve the next one. This gives the hierarchical state m_k = (1-d) d^(k-1). Above T = 1 - d nothing
is retrieved.

E. Agliari, A. Barra, A. Galluzzi, F. Guerra, F. Moauro, Physical Review Letters 109, 268101 (2012).
"""

from __future__ import annotations

import functools
import itertools
from typing import Any

import numpy as np
from scipy.optimize import brentq, root
from scipy.stats import binom

from neuromem import checks

from ._arguments import heat, plain, real, whole

_EXAMPLES, _ROUNDS = 2000, 300  # of which all pairs of sums are formed; steps of iteration at most
_TRIES = 50  # to solve (1) from further along, where the state moves slowly
_MOST = 10  # patterns; 3^10 = 59,049 values of a unit's entries


@functools.cache
def _entries(patterns: int) -> np.ndarray:
    """All values of the entries of a unit up to their common sign; shape (value, pattern)."""
    entries = np.array(list(itertools.product((1, 0, -1), repeat=patterns)), dtype=float)
    return entries[: len(entries) // 2 + 1]


def _weights(patterns: int, dilution: float) -> np.ndarray:
    """The probabilities of the values in `_entries`; shape (value,)."""
    used = np.abs(_entries(patterns)).sum(1)
    weights = dilution ** (patterns - used) * ((1 - dilution) / 2) ** used
    weights[used > 0] *= 2
    return weights


def overlaps(patterns: int, dilution: Any, temperature: Any = 0.0) -> np.ndarray:
    """The overlaps of the state that forms around the first pattern, the largest first.

    At T = 0 this is the hierarchical state up to d = `stability_dilution(patterns)`. Beyond it, and
    at T > 0, it is the solution of (1) to which the hierarchical state falls.

    Parameters
    ----------
    patterns : int
        K, from 1 to 10.
    dilution : float or array
        d, in [0, 1].
    temperature : float or array, default 0
        T, at least 0. Dilution and temperature broadcast.

    Returns
    -------
    ndarray of shape (..., patterns)
        The overlaps, along the last axis.

    Raises
    ------
    InputError
        If an argument is out of its range.

    Examples
    --------
    >>> overlaps(3, 0.5).tolist()
    [0.5, 0.25, 0.125]
    >>> overlaps(2, 0.3, 0.05).round(3).tolist()
    [0.7, 0.21]
    """
    k = checks.whole("patterns", patterns, most=_MOST, way_out="the theory is for a few patterns")
    d, t = np.broadcast_arrays(real("dilution", dilution, 0, 1), heat(temperature))
    return np.vectorize(functools.partial(_overlaps, k), signature="(),()->(k)")(d, t)


def _overlaps(patterns: int, d: float, t: float) -> np.ndarray:
    entries, weights = _entries(patterns), _weights(patterns, d)

    def update(m: np.ndarray) -> np.ndarray:
        field = entries @ m
        field[np.abs(field) < 1e-12] = 0.0  # ties
        return (weights * (np.tanh(field / t) if t else np.sign(field))) @ entries

    m = (1 - d) * d ** np.arange(patterns)
    if t >= 1 - d:
        return np.zeros(patterns)
    for _ in range(_TRIES):
        for _ in range(200):  # no update raises f
            m, before = update(m), m
            if np.abs(m - before).max() < 1e-12:
                return np.sort(np.abs(m))[::-1]
        found = root(lambda m: update(m) - m, m, tol=1e-12).x
        if np.abs(update(found) - found).max() < 1e-13 and np.abs(found).max() > 1e-9:
            break
    return np.sort(np.abs(found))[::-1]


def free_energy(overlaps: Any, dilution: float, temperature: float = 0.0) -> float:
    """The free energy (1) of a unit at the overlaps of any state; at T = 0 the energy.

    At T = 0 the hierarchical state has -(1/2) (1-d)^2 (1 - d^(2K)) / (1 - d^2).

    Parameters
    ----------
    overlaps : array of shape (pattern,)
        m.
    dilution : float
        d, in [0, 1].
    temperature : float, default 0
        T, at least 0.

    Returns
    -------
    float
        f.

    Examples
    --------
    >>> free_energy([0.5, 0.25], dilution=0.5)
    -0.15625
    """
    m = np.asarray(checks.array("overlaps", overlaps, ("pattern",)), dtype=float)
    k = checks.whole("patterns", len(m), most=_MOST, way_out="the theory is for a few patterns")
    d, t = checks.fraction("dilution", dilution), checks.real("temperature", temperature, least=0)
    field = np.abs(_entries(k) @ m)
    if t:
        field = field + t * np.log1p(np.exp(-2 * field / t))  # T ln 2cosh
    return float(m @ m / 2 - _weights(k, d) @ field)


def stability_dilution(patterns: Any) -> Any:
    """The dilution up to which the hierarchical state is stable at T = 0.

    It is stable while 1 - 2d + d^K > 0, so that d + d^2 + ... + d^(K-1) = 1 at the limit.

    Parameters
    ----------
    patterns : int or array of int
        K, at least 1.

    Returns
    -------
    float or ndarray
        d, which is 1 for one or two patterns, whose state is always stable.

    Examples
    --------
    >>> round(stability_dilution(3), 6)
    0.618034
    """

    def one(k: float) -> float:
        if k < 3:
            return 1.0
        return brentq(lambda d: d * (1 - d ** (k - 1)) / (1 - d) - 1, 0.4, 0.7, xtol=1e-14)

    return plain(np.vectorize(one, otypes=[float])(whole("patterns", patterns)))


def learnt_overlaps(dilution: float, quality: float, examples: int) -> np.ndarray:
    """The overlaps with two archetypes that a network at T = 0 has learnt from examples alone.

    An example is chi x with P(chi = 1) = (1 + r)/2, so that the mean of M of them, over r, is B x
    with (1 + B r) M / 2 of the binomial distribution. With or without labels

        n_mu = E B^mu x^mu sign(h),  m_mu = E x^mu sign(h),  h = sum_mu n_mu B^mu x^mu         (2)

    from the hierarchical state. As M grows they tend to (1 - d) (1, d). This is an own derivation.

    Parameters
    ----------
    dilution : float
        d, in [0, 1].
    quality : float
        r, in (0, 1].
    examples : int
        M of each archetype.

    Returns
    -------
    ndarray of shape (2,)
        m.

    Raises
    ------
    InputError
        If an argument is out of its range.

    Examples
    --------
    >>> learnt_overlaps(0.3, 0.3, 40).round(3).tolist()
    [0.604, 0.279]
    """
    d, r = checks.real("dilution", dilution, 0, 1), checks.real("quality", quality, above=0, most=1)
    m = checks.whole("examples", examples, most=_EXAMPLES)
    right = np.arange(m + 1)
    b, chance = (2 * right - m) / (m * r), binom.pmf(right, m, (1 + r) / 2)
    both = np.outer(chance, chance)
    n = (1 - d) * np.array([1.0, d])
    for _ in range(_ROUNDS):
        first, second = n[0] * b[:, None], n[1] * b
        signs = [np.sign(np.where(np.abs(h) < 1e-12, 0, h)) for h in (first + second, first - second)]
        along = [both * (signs[0] + signs[1]) / 2, both * (signs[0] - signs[1]) / 2]  # x^mu sign(h), both there
        alone, value = (chance * np.sign(b)).sum(), (chance * np.abs(b)).sum()
        together = np.array([(along[0] * b[:, None]).sum(), (along[1] * b).sum()])
        new = (1 - d) * (d * value * np.sign(n) + (1 - d) * together)  # (2)
        overlap = (1 - d) * (d * alone * np.sign(n) + (1 - d) * np.array([part.sum() for part in along]))
        if np.abs(new - n).max() < 1e-12:
            break
        n = (n + new) / 2
    return overlap
