"""A linear memory of facts with unequal frequencies, trained along its gradient or along the gradient's direction.

K facts of frequency p_k, orthonormal keys x_k and values y_k; W = 0 at first; fact k has the logits y_j^T W x_k:

    L = -sum_k p_k ln s_k,   s_k = exp(y_k^T W x_k) / sum_j exp(y_j^T W x_k)                          (1)

All wrong values of a fact keep the same logit. With m_k the margin of the right one over them, s_k = e^m_k / (e^m_k + K - 1)
and, for time = learning rate x steps,

    gradient descent    dW/dt = -grad L           dm_k/dt = p_k K / (e^m_k + K - 1)                   (2)
    its direction       dW/dt = polar(-grad L)    dm_k/dt = r_k = 1 + O(1/K)                          (3)

polar(U S V^T) = U V^T is the step of Muon without momentum (Jordan et al. 2024). (2) learns fact k in a time ln K / p_k, (3)
all facts in ln K. Own derivation; that Muon learns the tail as well as the head, and Adam need not, is shown for one step in
Wang et al. 2025, arXiv:2509.26030.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import wrightomega

from ._arguments import plain, real, whole


def frequencies(facts: int, exponent: float) -> np.ndarray:
    """p_k of Zipf's law, k^-exponent over its sum, for k = 1 to `facts`.

    >>> frequencies(3, 1.0).round(3).tolist()
    [0.545, 0.273, 0.182]
    """
    p = np.arange(1, whole("facts", facts) + 1) ** -real("exponent", exponent, least=0)
    return p / p.sum()


def error(margin: Any, facts: Any) -> Any:
    """1 - s_k, the probability of a wrong value, at margin m.

    >>> error(0.0, 4)
    0.75
    """
    m, others = real("margin", margin), whole("facts", facts, least=2) - 1
    return plain(others / (np.exp(m) + others))


def gradient_margin(time: Any, frequency: Any, facts: Any) -> Any:
    """m_k of (2) at `time`, for a fact of `frequency` p: the solution of e^m + (K - 1) m = 1 + p K time.

    >>> round(gradient_margin(100.0, 0.1, 128), 3)
    6.201
    """
    t, p = real("time", time, least=0), real("frequency", frequency, above=0, most=1)
    k = whole("facts", facts, least=2)
    line = (1 + p * k * t) / (k - 1)
    return plain(line - wrightomega(line - np.log(k - 1)))  # e^m / (K - 1) = omega, where omega + ln omega is its argument


def polar_rates(frequency: Any) -> np.ndarray:
    """r_k of (3) for the frequencies (K,) of all facts: K / (K - 1) diag polar(C diag(p)), with C = 1 - 11^T / K.

    The gradient's direction at time 0, which hardly turns while all margins grow alike: m_k = r_k time.

    >>> polar_rates([0.25] * 4).round(6).tolist()
    [1.0, 1.0, 1.0, 1.0]
    """
    p = real("frequency", frequency, above=0, most=1)
    left, size, right = np.linalg.svd(np.diag(p) - p / len(p))
    rank = size > size[0] * len(p) * np.finfo(float).eps
    return (left[:, rank] @ right[rank]).diagonal() * len(p) / (len(p) - 1)
