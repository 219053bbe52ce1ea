"""A linear memory of facts with unequal frequencies, trained along its gradient or its direction.

K facts of frequency p_k have orthonormal keys x_k and values y_k. W is 0 at first, and fact k has
the logits y_j^T W x_k:

    L = -sum_k p_k ln s_k,  s_k = exp(y_k^T W x_k) / sum_j exp(y_j^T W x_k)                    (1)

All wrong values of a fact keep the same logit. With m_k the margin of the right one over them,
s_k = e^m_k / (e^m_k + K - 1), and for time = learning rate x steps,

    gradient descent    dW/dt = -grad L           dm_k/dt = p_k K / (e^m_k + K - 1)            (2)
    its direction       dW/dt = polar(-grad L)    dm_k/dt = r_k = 1 + O(1/K)                   (3)

polar(U S V^T) = U V^T is the step of Muon without momentum. (2) learns fact k in a time ln K / p_k,
(3) all facts in ln K. This is an own derivation; that Muon learns the tail as well as the head, and
Adam need not, is shown for one step by Wang et al.

References
----------
Jordan, K. et al. (2024). Muon: an optimizer for hidden layers in neural networks.

Wang, S. et al. (2025). Muon outperforms Adam in tail-end associative memory learning.
https://arxiv.org/abs/2509.26030
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import wrightomega

from neuromem import checks

from ._arguments import finite, plain, real, whole


def frequencies(facts: int, exponent: float) -> np.ndarray:
    """Return p_k of Zipf's law, k^-exponent over its sum, for k = 1 to `facts`.

    Parameters
    ----------
    facts : int
        Number of facts, K.
    exponent : float
        At least 0.

    Returns
    -------
    ndarray of shape (facts,)
        Frequencies, the largest first.

    Examples
    --------
    >>> frequencies(3, 1.0).round(3).tolist()
    [0.545, 0.273, 0.182]
    """
    k = checks.whole("facts", facts)
    checks.fits("facts", 32 * k, "take fewer facts")
    p = np.arange(1, k + 1, dtype=float) ** -checks.real("exponent", exponent, least=0)
    return p / p.sum()


@finite
def error(margin: Any, facts: Any) -> Any:
    """Return 1 - s_k, the probability of a wrong value, at a margin of m among `facts` facts.

    Parameters
    ----------
    margin : float or array
        m.
    facts : int or array
        K, at least 2.

    Returns
    -------
    float or ndarray
        Of the shape to which the arguments broadcast.

    Examples
    --------
    >>> error(0.0, 4)
    0.75
    """
    m, others = real("margin", margin), whole("facts", facts, least=2) - 1
    return plain(others / (np.exp(m) + others))


@finite
def gradient_margin(time: Any, frequency: Any, facts: Any) -> Any:
    """Return m_k of (2), the solution of e^m + (K - 1) m = 1 + p K time.

    Parameters
    ----------
    time : float or array
        Learning rate times steps.
    frequency : float or array
        p, in (0, 1].
    facts : int or array
        K, at least 2.

    Returns
    -------
    float or ndarray
        Margin.

    Examples
    --------
    >>> round(gradient_margin(100.0, 0.1, 128), 3)
    6.201
    """
    t, p = real("time", time, least=0), real("frequency", frequency, above=0, most=1)
    k = whole("facts", facts, least=2)
    line, others = (1 + p * k * t) / (k - 1), np.log(k - 1)
    omega = wrightomega(line - others)  # e^m / (K - 1) = omega, where omega + ln omega is its argument
    m = np.where(line < 1, line - omega, np.log(omega) + others)  # the same, each with its digits
    m = np.where(p * t < 1e-6, p * t, m)  # where line and omega are alike; one step of Newton's gives the digits
    return plain(m - (np.expm1(m) + (k - 1) * m - p * k * t) / (np.exp(m) + (k - 1)))


def polar_rates(frequency: Any) -> np.ndarray:
    """Return r_k of (3), K / (K - 1) diag polar(C diag(p)) with C = 1 - 11^T / K.

    It is the gradient's direction at time 0, which hardly turns while all margins grow alike, so
    that m_k = r_k time.

    Parameters
    ----------
    frequency : array of shape (facts,)
        p of all facts.

    Returns
    -------
    ndarray of shape (facts,)
        r.

    Examples
    --------
    >>> polar_rates([0.25] * 4).round(6).tolist()
    [1.0, 1.0, 1.0, 1.0]
    """
    p = real("frequency", frequency, above=0, most=1)
    if p.ndim != 1 or len(p) < 2:
        raise checks.refusal("frequency", "have shape (facts,), of two facts or more", f"has shape {p.shape}")
    checks.fits("frequency", 40.0 * len(p) ** 2, "take fewer facts")
    values, group, same = np.unique(np.maximum(p, np.finfo(float).tiny), return_inverse=True, return_counts=True)
    own = _polar(values, same / len(p)) if len(values) > 1 else np.zeros(1)
    return (1 - 1 / same + own / same)[group] * len(p) / (len(p) - 1)


def _polar(p: np.ndarray, share: np.ndarray) -> np.ndarray:
    """The diagonal of polar((1 - w w^T) diag(p)) for rising p and w^2 = `share` of sum 1.

    Between each two neighbours of p there is one singular value s, at which the sum of w_k^2 /
    (p_k^2 - s^2) over k is 0. Its left vector is w_k / (p_k^2 - s^2), and the right one p_k / s
    times that. All terms of the diagonal are above 0, so that it has its digits however far apart
    the p are. Of s^2 the distance from the nearer p^2 is found, in units of the larger one.
    """
    below, above = p[:-1, None], p[1:, None]
    small = below / above
    gap = (1 - small) * (1 + small)  # of the squares

    def differences(distance: np.ndarray, origin: np.ndarray) -> np.ndarray:
        """p_k^2 - s^2, of shape (s, k), for s^2 at this distance from the p^2 of origin."""
        return ((p - origin) / above) * ((p + origin) / above) - distance

    with np.errstate(over="ignore", divide="ignore"):
        low_half = (share / differences(gap / 2, below)).sum(1, keepdims=True) > 0
        origin, sign = np.where(low_half, below, above), np.where(low_half, 1.0, -1.0)
        low, high = np.zeros_like(gap), gap / 2
        for _ in range(60):
            middle = (low + high) / 2
            beyond = sign * (share / differences(sign * middle, origin)).sum(1, keepdims=True) > 0
            low, high = np.where(beyond, low, middle), np.where(beyond, middle, high)
        left = np.sqrt(share) / differences(sign * high, origin)
    left /= np.linalg.norm(left, axis=1, keepdims=True)
    size = np.sqrt((origin / above) ** 2 + sign * high)
    return (left**2 * (p / above) / size).sum(0)
