"""Linear and softmax attention over N random pairs: signal, crosstalk, capacity.

Keys k_i (d,) and values v_i are independent and uniform on the unit sphere, q is one of the keys,
and o is what is recalled. There are three criteria, which rank memories differently, so that none
should be quoted without its name:

    signal to noise   a^2 / E |o - a v|^2 = 1           power of the signal a v over the crosstalk's
    squared error     E |o - v|^2                       against the value; 1 for o = 0
    top-1             argmax_j v_j.o is the right one of the N values: `theory.top_one`

The error of the delta rule and of a stack is an own derivation, and exact; the rest is as named.
In all functions `units` is d, `stored` is N, both whole numbers or arrays of them, and an argument
outside its domain raises InputError.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import hyp1f1

from neuromem import checks

from ._arguments import finite, plain, real, whole

MOST = 30_000  # pairs whose errors take some seconds


def hebb_signal_to_noise(units: Any, stored: Any) -> Any:
    """Return the signal to noise of linear attention, d / (N - 1).

    In S = sum v k^T, the crosstalk of each of N - 1 other pairs has the power 1/d.

    Parameters
    ----------
    units : int or array
        d.
    stored : int or array
        N, at least 2.

    Returns
    -------
    float or ndarray
        Of the shape to which the arguments broadcast.

    Examples
    --------
    >>> round(hebb_signal_to_noise(64, 8), 2)
    9.14
    """
    return plain(whole("units", units) / (whole("stored", stored, least=2) - 1))


@finite
def decayed_signal_to_noise(units: Any, stored: Any, decay: Any, age: Any) -> Any:
    """Return the signal to noise of linear attention that fades, S <- decay S + v k^T.

    For the pair that came `age` pairs before the last of N it is

        d decay^(2 age) / (sum_(b < N) decay^(2 b) - decay^(2 age))                            (1)

    Parameters
    ----------
    units, stored : int or array
        d and N.
    decay : float or array
        In (0, 1].
    age : int or array
        Pairs stored since, from 0 to N - 1.

    Returns
    -------
    float or ndarray
        Signal to noise.

    Examples
    --------
    >>> round(decayed_signal_to_noise(64, 8, 1.0, 3), 2) == round(hebb_signal_to_noise(64, 8), 2)
    True
    """
    d, n, g = whole("units", units), whole("stored", stored, least=2), real("decay", decay, above=0, most=1)
    b = whole("age", age, least=0)
    if (b >= n).any():
        raise checks.refusal("age", "be less than stored", f"holds {b.max():g}", "the oldest of N pairs has the age N - 1")
    rate = 2 * np.where(g < 1, np.log(g), -1.0)
    younger, older = (np.where(g < 1, np.expm1(pairs * rate) / np.expm1(rate), pairs) for pairs in (b, n - b - 1))
    others = younger + g ** (2 * b + 2) * older
    return plain(d * g ** (2 * b) / others)  # (1)


@finite
def softmax_signal_to_noise(units: Any, stored: Any, beta: Any) -> Any:
    """Return the signal to noise of softmax attention.

    Of the weights exp(beta q.k) the right one is exp(beta), and another has the mean square E
    exp(2 beta c) for the cosine c of two random vectors. Their ratio is Kummer's function M:

        R = 1 / ((N - 1) M((d - 1)/2, d - 1, -4 beta))                                         (1)

    For beta << d it is exp(2 beta - 2 beta^2 / d) / (N - 1), which at d = 64 is 5 % too small for
    beta = 8, and less than half of it for beta = 16.

    Parameters
    ----------
    units : int or array
        d, at least 2.
    stored : int or array
        N, at least 2.
    beta : float or array
        Inverse temperature, at least 0.

    Returns
    -------
    float or ndarray
        Of the shape to which the arguments broadcast.

    Examples
    --------
    >>> round(softmax_signal_to_noise(64, 64, beta=4.0), 1)
    28.8
    """
    d, n, b = whole("units", units, least=2), whole("stored", stored, least=2), real("beta", beta, least=0)
    return plain(1 / ((n - 1) * hyp1f1((d - 1) / 2, d - 1, -4 * b)))  # (1)


def along_over_across(ratio: Any, units: Any) -> Any:
    """Return the power of what is recalled along the right value over its power across that value.

    This is what can be measured on the recalled o, (o.v)^2 / |o - (o.v) v|^2. At a signal to noise
    R the crosstalk of random values has 1/d of its power along the right one:

        (R + 1/d) / (1 - 1/d)                                                                  (1)

    Linear attention has a ratio of 1 at d^2 / (d - 2) + 1 pairs, about d + 3, and a signal to noise
    of 1 at d + 1.

    Parameters
    ----------
    ratio : float or array
        R, of one of the functions above.
    units : int or array
        d, at least 2.

    Returns
    -------
    float or ndarray
        Of the shape to which the arguments broadcast.

    Examples
    --------
    >>> round(along_over_across(hebb_signal_to_noise(64, 67), 64), 2)
    1.0
    """
    share = 1 / whole("units", units, least=2)
    return plain((real("ratio", ratio, least=0) + share) / (1 - share))  # (1)


@finite
def hebb_error(units: Any, stored: Any) -> Any:
    """Return the squared error of linear attention, (N - 1) / d; it passes 1 at N = d + 1.

    Parameters
    ----------
    units : int or array
        d.
    stored : int or array
        N.

    Returns
    -------
    float or ndarray
        Of the shape to which the arguments broadcast.

    Examples
    --------
    >>> hebb_error(64, 33)
    0.5
    """
    return plain((whole("stored", stored) - 1) / whole("units", units))


def delta_error(units: int, stored: int, rate: float = 1.0) -> np.ndarray:
    """Return the squared error of every pair after one pass of the delta rule over N pairs.

    Each later key has a component c along k, with E c^2 = 1/d. With F = E |S|^2 and, for one pair,
    P = E |S k|^2 and g = E (S k).v, a step of rate b is exactly, for keys uniform on the sphere,

        F <- F - (2 b - b^2) F / d + b^2                                                       (1)
        P <- (1 - 2 b/d + 3 b^2 / (d (d + 2))) P
             + b^2 (1/d - 3 / (d (d + 2))) (F - P) / (d - 1) + b^2 / d                         (2)
        g <- (1 - b/d) g                                                                       (3)

    from P = (1 - b)^2 F / d + b^2 and g = b when the pair is written. The error is P - 2 g + 1.

    Parameters
    ----------
    units, stored : int
        d and N.
    rate : float, default 1
        b, from 0 to 2.

    Returns
    -------
    ndarray of shape (stored,)
        Error of each pair, oldest first.

    Examples
    --------
    >>> error = delta_error(64, 200)
    >>> bool(error[-1] == 0), bool(error[0] > 1)
    (True, True)
    """
    d, n = float(whole("units", units, least=2)), checks.whole("stored", stored, most=MOST)
    b = checks.real("rate", rate, least=0, most=2)
    fourth = 3 / (d * (d + 2))  # E c^4
    size, power, signal = 0.0, np.zeros(n), np.zeros(n)
    for i in range(n):
        old = slice(0, i)
        across = (size - power[old]) / (d - 1)
        power[old] = (1 - 2 * b / d + b**2 * fourth) * power[old] + b**2 * (1 / d - fourth) * across + b**2 / d  # (2)
        signal[old] *= 1 - b / d  # (3)
        power[i], signal[i] = (1 - b) ** 2 * size / d + b**2, b
        size = size - (2 * b - b**2) * size / d + b**2  # (1)
    return power - 2 * signal + 1


def least_squares_error(units: Any, stored: Any) -> Any:
    """Return the squared error of the exact fit for a ridge of 0: 0 up to N = d, then 1 - d / N.

    Parameters
    ----------
    units : int or array
        d.
    stored : int or array
        N.

    Returns
    -------
    float or ndarray
        Of the shape to which the arguments broadcast.

    Examples
    --------
    >>> least_squares_error(64, [32, 128]).tolist()
    [0.0, 0.5]
    """
    return plain(np.maximum(0, 1 - whole("units", units) / whole("stored", stored)))


@finite
def stacked_error(width: Any, units: Any, stored: Any, heads: Any, depth: Any) -> Any:
    """Return the squared error after several layers of linear attention.

    Each of L = `depth` layers holds N pairs of length D = `width`:

        E = (1 + t + (N - 1) s)^L - 1                                                          (1)
        s = 1/D + (1/d - 1/D) / H,  t = 2 (D - d) / (H d (D + 2))                              (2)

    A layer maps its keys to the next one's by the mean over H = `heads`. Each head stores all
    pairs under random projections of the keys to d = `units`, sqrt(D / d) P with P P^T = 1. In the
    basis of the pairs a layer is the matrix G_ij = k_i.M k_j, where M is the mean of the heads' (D
    / d) P^T P: s is the mean square of an entry off the diagonal, and t the variance of one on it.
    Layers are independent, so that their mean squares multiply: exact, for uniform unit keys.
    Errors add up, L (t + (N - 1) s), while they are few, and then multiply. More heads help down
    to s = 1/D, the crosstalk of one head as wide as the layer. This is an own derivation; whether
    it is the law of https://arxiv.org/abs/2508.08289 is not known here.

    Parameters
    ----------
    width, units, stored, heads, depth : int or array
        D, d, N, H and L; d is at most D.

    Returns
    -------
    float or ndarray
        E.

    Examples
    --------
    >>> stacked_error(64, 64, 33, heads=1, depth=1)
    0.5
    >>> round(stacked_error(64, 16, 33, heads=4, depth=3), 2)
    5.83
    """
    big, small = whole("width", width), whole("units", units)
    if (small > big).any():
        raise checks.refusal("units", "be at most the width", f"holds {small.max():g}", "give heads of fewer units")
    n, h, layers = whole("stored", stored), whole("heads", heads), whole("depth", depth)
    across = 1 / big + (1 / small - 1 / big) / h  # (2)
    along = 2 * (big - small) / (h * small * (big + 2))
    return plain((1 + along + (n - 1) * across) ** layers - 1)  # (1)


def worst_case_capacity(units: Any) -> Any:
    """Return the pairs that linear attention keeps apart in the worst case, sqrt(d).

    There all crosstalk terms, 1 / sqrt(d), add up. On average they have random signs, and d + 1
    pairs are kept apart at a signal to noise of 1. This is a reconstruction of the square-root law
    of https://arxiv.org/abs/2508.08289 from its abstract, not its proof.

    Parameters
    ----------
    units : int or array
        d.

    Returns
    -------
    float or ndarray
        Of the shape to which the arguments broadcast.

    Examples
    --------
    >>> worst_case_capacity(64)
    8.0
    """
    return plain(np.sqrt(whole("units", units)))
