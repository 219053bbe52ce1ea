"""What the weights of one unit can hold at best: of any length, binary, and for items with a bias.

A unit hears n inputs through weights w. Of p = load n random items each asks for an output of +1
or -1 with a stability of at least kappa |w|. Gardner's volume of the weights that give them all
vanishes at

    1/load = I(kappa),  I(k) = int_{-k}^inf Dt (t + k)^2                                       (1)

For items whose units, inputs and outputs, are +1 with probability f, and a free threshold,

    1/load = min_u [ (1 - f) I(kappa' - u) + f I(kappa' + u) ]                                 (2)

at kappa' = 0. Weights of +1/-1 are too few beyond the load at which the entropy of replica
symmetry is 0:

    S = -(qh/2)(1 - q) + E ln 2cosh(sqrt(qh) z) + load E ln H(sqrt(q / (1 - q)) z) = 0         (3)

at its saddle point in q and qh, where H(x) is the chance that a normal number is above x.

E. Gardner, J. Phys. A 21, 257 (1988); W. Krauth, M. Mezard, J. Physique 50, 3057 (1989).
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np
from scipy.optimize import brentq, minimize_scalar
from scipy.special import log_ndtr, ndtr

from ._arguments import finite, plain, real, whole

_Z = np.linspace(-10, 10, 4001)
_DZ = np.exp(-(_Z**2) / 2) * (_Z[1] - _Z[0]) / math.sqrt(2 * math.pi)


def _moment(k: Any) -> Any:
    """I(k) of (1)."""
    return np.maximum((1 + k**2) * ndtr(k) + k * np.exp(-(k**2) / 2) / math.sqrt(2 * math.pi), 0)


@finite
def biased_load(share: Any) -> Any:
    """The largest load of items with a bias, equation (2), for any weights and the best threshold.

    Parameters
    ----------
    share : float or array
        Probability f that a unit is +1, in (0, 1).

    Returns
    -------
    float or ndarray
        p/n, which is 2 without a bias and grows without bound at either end.

    Examples
    --------
    >>> biased_load([0.5, 0.1]).round(4).tolist()
    [2.0, 3.9129]
    """
    share = real("share", share, above=0, most=1)
    real("1 - share", 1 - share, above=0)

    def one(f: float) -> float:
        cost = minimize_scalar(lambda u: (1 - f) * _moment(-u) + f * _moment(u), bounds=(-40, 40), method="bounded")
        return 1 / float(cost.fun)

    return plain(np.vectorize(one, otypes=[float])(share))


def separable(items: Any, inputs: Any) -> Any:
    """The probability that weights exist which give random items their random outputs, exactly.

    Of 2^p outputs of p items in general position, C = 2 sum_{k<n} binom(p - 1, k) can be given by
    weights of n inputs without a threshold.

    Parameters
    ----------
    items : int or array of int
        Number of items, p.
    inputs : int or array of int
        Number of inputs, n.

    Returns
    -------
    float or ndarray
        C / 2^p.

    References
    ----------
    T. M. Cover, IEEE Trans. Electronic Computers EC-14, 326 (1965).
    https://doi.org/10.1109/PGEC.1965.264137

    Examples
    --------
    >>> round(separable(200, 100), 12), round(separable(180, 100), 4)
    (0.5, 0.9326)
    """
    from scipy.stats import binom

    return plain(binom.cdf(whole("inputs", inputs) - 1, whole("items", items) - 1, 0.5))


@functools.cache
def binary_load() -> float:
    """The load beyond which weights of +1/-1 can't hold random items, where the entropy (3) is 0.

    Returns
    -------
    float
        p/n.

    Examples
    --------
    >>> round(binary_load(), 3)
    0.833
    """
    return brentq(_entropy, 0.7, 0.95)


def _entropy(load: float) -> float:
    """The entropy (3) at its saddle point: q and qh follow from each other until they stand."""
    q = 0.5
    for _ in range(2000):
        root = math.sqrt(q / (1 - q))
        slope = np.exp(-((root * _Z) ** 2) / 2 - log_ndtr(-root * _Z)) / math.sqrt(2 * math.pi)  # -H'/H
        conjugate = load / (1 - q) * float(_DZ @ slope**2)
        before, q = q, float(_DZ @ np.tanh(math.sqrt(conjugate) * _Z) ** 2)
        if abs(q - before) < 1e-12:
            break
    field = math.sqrt(conjugate) * _Z
    weights = float(_DZ @ np.logaddexp(field, -field)) - conjugate * (1 - q) / 2
    return weights + load * float(_DZ @ log_ndtr(-math.sqrt(q / (1 - q)) * _Z))
