"""Linear and softmax attention over N random pairs of unit-length keys and values: signal, crosstalk, capacity.

Keys k_i (d,) and values v_i are independent and uniform on the unit sphere; q is one of the keys, o what is recalled.
Three criteria, which rank memories differently, so that none should be quoted without its name:

    signal to noise   (o.v)^2 / |o - (o.v) v|^2 = 1                    power of the signal over that of the crosstalk
    squared error     E |o - v|^2                                      against the value itself; 1 for o = 0
    top-1             argmax_j v_j.o is the right one of the N values

Error of the delta rule: own derivation, exact. The rest as named.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import lambertw, ndtr, roots_jacobi

from ._arguments import plain, real, whole


def hebb_signal_to_noise(units: Any, items: Any) -> Any:
    """Linear attention S = sum v k^T: the crosstalk of N - 1 others, each of power 1/d, gives d / (N - 1).

    >>> round(hebb_signal_to_noise(64, 8), 2)
    9.14
    """
    return plain(whole("units", units) / (whole("items", items, least=2) - 1))


def decayed_signal_to_noise(units: Any, items: Any, decay: Any, age: Any) -> Any:
    """Linear attention with S <- decay S + v k^T, for the pair that came `age` pairs before the last of N:

        d decay^(2 age) / (sum_(b < N) decay^(2 b) - decay^(2 age))

    >>> round(decayed_signal_to_noise(64, 8, 1.0, 3), 2) == round(hebb_signal_to_noise(64, 8), 2)
    True
    """
    d, n, g = whole("units", units), whole("items", items, least=2), real("decay", decay, above=0, most=1)
    own = g ** (2 * whole("age", age, least=0))
    with np.errstate(divide="ignore", invalid="ignore"):
        total = np.where(g < 1, (1 - g ** (2 * n)) / (1 - g**2), n)
    return plain(d * own / (total - own))


def softmax_signal_to_noise(units: Any, items: Any, beta: Any) -> Any:
    """Softmax attention on unit keys: exp(2 beta - 2 beta^2 / d) / (N - 1), for beta << d.

    Weights exp(beta q.k): the right one is exp(beta), another has mean square E exp(2 beta c) = exp(2 beta^2 / d) for a
    cosine c of variance 1/d. An eighth of d is small enough: at d = 64, beta = 8 it is 7% off, at beta = 16 twofold.

    >>> round(softmax_signal_to_noise(64, 64, beta=4.0), 1)
    28.7
    """
    d, n, b = whole("units", units), whole("items", items, least=2), real("beta", beta, least=0)
    return plain(np.exp(2 * b - 2 * b**2 / d) / (n - 1))


def hebb_error(units: Any, items: Any) -> Any:
    """Squared error of linear attention: (N - 1) / d, which passes that of no answer, 1, at N = d + 1.

    >>> hebb_error(64, 33)
    0.5
    """
    return plain((whole("items", items) - 1) / whole("units", units))


def delta_error(units: int, items: int, rate: float = 1.0) -> np.ndarray:
    """Squared error of every pair after one pass of the delta rule over N pairs, oldest first: shape (items,).

    Each later key has a component c along k, E c^2 = 1/d. With F = E |S|^2 and, for one pair, P = E |S k|^2 and
    g = E (S k).v, a step of rate b is exactly, for keys uniform on the sphere,

        F <- F - (2 b - b^2) F / d + b^2
        P <- (1 - 2 b / d + 3 b^2 / (d (d + 2))) P + b^2 (1/d - 3 / (d (d + 2))) (F - P) / (d - 1) + b^2 / d
        g <- (1 - b / d) g

    from P = (1 - b)^2 F / d + b^2 and g = b when the pair is written; the error is P - 2 g + 1.

    >>> error = delta_error(64, 200)
    >>> bool(error[-1] == 0), bool(error[0] > 1)
    (True, True)
    """
    d, n, b = float(whole("units", units, least=2)), int(whole("items", items)), float(real("rate", rate, least=0, most=2))
    fourth = 3 / (d * (d + 2))  # E c^4
    size, power, signal = 0.0, np.zeros(n), np.zeros(n)
    for i in range(n):
        old = slice(0, i)
        across = (size - power[old]) / (d - 1)
        power[old] = (1 - 2 * b / d + b**2 * fourth) * power[old] + b**2 * (1 / d - fourth) * across + b**2 / d
        signal[old] *= 1 - b / d
        power[i], signal[i] = (1 - b) ** 2 * size / d + b**2, b
        size = size - (2 * b - b**2) * size / d + b**2
    return power - 2 * signal + 1


def least_squares_error(units: Any, items: Any) -> Any:
    """Squared error of the exact fit, ridge -> 0: none up to N = d, then what d weights can't explain, 1 - d / N.

    >>> least_squares_error(64, [32, 128]).tolist()
    [0.0, 0.5]
    """
    return plain(np.maximum(0, 1 - whole("units", units) / whole("items", items)))


def stacked_error(width: Any, units: Any, items: Any, heads: Any, depth: Any) -> Any:
    """Squared error after L = `depth` layers of linear attention, each of which holds N pairs of length D = `width`:

        E = (1 + t + (N - 1) s)^L - 1,   s = 1/D + (1/d - 1/D) / H,   t = 2 (D - d) / (H d (D + 2))

    A layer maps its keys to the next one's by the mean over H = `heads`; each head stores all pairs under random
    projections of the keys to d = `units`, sqrt(D / d) P with P P^T = 1. In the basis of the pairs a layer is the matrix
    G_ij = k_i.M k_j, M the mean of the heads' (D / d) P^T P: s is the mean square of an entry off the diagonal, t the
    variance of one on it. Layers are independent, so that their mean squares multiply: exact, for uniform unit keys.

    Errors add up, L (t + (N - 1) s), while few, then multiply. More heads help down to s = 1/D, the crosstalk of one head
    as wide as the layer. This is an own derivation; whether it is the law of arXiv:2508.08289 is not known here.

    >>> stacked_error(64, 64, 33, heads=1, depth=1), round(stacked_error(64, 16, 33, heads=4, depth=3), 2)
    (0.5, 5.83)
    """
    big, small = whole("width", width), whole("units", units)
    n, h, layers = whole("items", items), whole("heads", heads), whole("depth", depth)
    across = 1 / big + (1 / small - 1 / big) / h
    along = 2 * (big - small) / (h * small * (big + 2))
    return plain((1 + along + (n - 1) * across) ** layers - 1)


def top_one_accuracy(units: Any, items: Any) -> Any:
    """Share of pairs that linear attention decodes right among all N values:

        P = exp(-(N - 1) p),   p = E_ab Q((1 - b) sqrt(1 - a) d / sqrt(2 (N - 2))),   Q(x) = P(normal > x)

    Wrong value j with cosines a = v_j.v and b = k_j.q wins where (1 - a)(1 - b) + (v - v_j).n < 0; n, the crosstalk of the
    N - 2 others, is taken as normal, and the wrong values as independent, so near P = 1 alone (where N p << 1) it is exact.

    >>> top_one_accuracy(64, 80) > 0.99 > top_one_accuracy(64, 160)
    True
    """

    def one(d: float, n: float) -> float:
        x, weight = roots_jacobi(60, (d - 3) / 2, (d - 3) / 2)  # cosines of random vectors
        a, b = x[:, None], x[None, :]
        with np.errstate(divide="ignore"):
            wrong = ndtr(-(1 - b) * np.sqrt(1 - a) * d / np.sqrt(2 * (n - 2)))
        return float(np.exp(-(n - 1) * (weight @ wrong @ weight) / weight.sum() ** 2))

    return plain(np.vectorize(one)(whole("units", units, least=3), whole("items", items, least=2)))


def top_one_capacity(units: Any) -> Any:
    """Pairs up to which almost all are decoded right by linear attention: N with 2 N ln N = d^2, top-1, large d.

    Leading order: the largest of N noises of variance N / d^2 reaches the signal 1. At d = 128 the 99% point is at a third.

    >>> round(top_one_capacity(128))
    1161
    """
    half = whole("units", units, least=2) ** 2 / 2
    return plain(half / lambertw(half).real)


def worst_case_capacity(units: Any) -> Any:
    """Pairs that linear attention keeps apart in the worst case: sqrt(d), where all crosstalk terms, 1 / sqrt(d), add up.

    Against it stands d + 1 on average (signal to noise 1), where the terms have random signs. A reconstruction of the
    square-root law of arXiv:2508.08289 from its abstract, not its proof.

    >>> worst_case_capacity(64)
    8.0
    """
    return plain(np.sqrt(whole("units", units)))
