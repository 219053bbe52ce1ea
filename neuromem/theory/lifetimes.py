"""How long synapses remember: the signal of an item against its age, for four kinds of synapse.

Every item asks each of N synapses for a change of random sign x. An ideal observer who knows the
items finds an item t items later with the signal-to-noise ratio

    S(t) = sqrt(N) E[w x] / sd(w)                                                              (1)

For a synapse with a finite number of states, M+ and M- are its transitions at a change of either
sign, M their mean, and pi its stationary occupation; then, with the weights w of its states,

    S(t) = sqrt(N) w M^t (M+ - M-) pi / (2 sd(w))                                              (2)

    binary    set to the change's sign with probability q: S = sqrt(N) q (1 - q)^t             (3)
    clipped   w <- w + x, kept between -L and L
    cascade   n depths on each side: the sign changes from depth i, to depth 1 of the other side,
              with probability 2^(1-i) (twice that at the last), and a change that agrees leads one
              deeper with probability 2^(1-i)                                                  (4)
    chain     C_k du_k/dt = g_(k-1) (u_(k-1) - u_k) - g_k (u_k - u_(k+1)), C_k = 2^(k-1),
              g_k = 2^(1-k)/8, m variables and a leak at the end; changes enter u_1 = w        (5)

The chain is linear: with the kernel K(t) = (B^t)_11 of a step, S = sqrt(N) K(t) / sqrt(sum K^2).
The cascade falls by a power of t that steepens from -1/2 towards -1 up to t = 2^n; for n = 20 it is
-3/4 by t = 128 and -0.9 by 2^18. The chain falls as t^(-1/2) up to the time 2^(2m), while its first
signal falls as 1/sqrt(m) only.

References
----------
Amit, D. J. & Fusi, S. (1994). Learning in neural networks with material synapses. Neural
Computation 6, 957. https://doi.org/10.1162/neco.1994.6.5.957

Fusi, S., Drew, P. J. & Abbott, L. F. (2005). Cascade models of synaptically stored memories. Neuron
45, 599. https://doi.org/10.1016/j.neuron.2005.02.001

Benna, M. K. & Fusi, S. (2016). Computational principles of synaptic memory consolidation. Nature
Neuroscience 19, 1697. https://doi.org/10.1038/nn.4401
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.linalg import svd

from neuromem import checks

from ._arguments import plain, whole

KINDS = ("binary", "clipped", "cascade", "chain")
LEAK = 1 / 8  # g_1 of the chain
_UNEVEN = 64  # ages up to which a signal may rise again, as that of a cascade does from age 1 to 2


def transitions(kind: str, size: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the weights of the states, and the transitions at a change of either sign.

    Parameters
    ----------
    kind : {"binary", "clipped", "cascade"}
        Of synapse.
    size : float
        q of the binary synapse, L of the clipped one, n of the cascade, from 2; L and n up to 300.

    Returns
    -------
    weights : ndarray of shape (state,)
        w.
    up, down : ndarray of shape (state, state)
        M+ and M-, from the column to the row.

    Raises
    ------
    InputError
        If there is no such synapse, or its size is out of its range.

    Examples
    --------
    >>> transitions("binary", 0.25)[1].tolist()
    [[0.75, 0.0], [0.25, 1.0]]
    """
    checks.choice("kind", kind, KINDS[:3])
    if kind == "binary":
        q = checks.real("size", size, above=0, most=1)
        weights, up = np.array([-1.0, 1.0]), np.array([[1 - q, 0.0], [q, 1.0]])
    elif kind == "clipped":
        bound = _states(size)
        weights, up = np.arange(-bound, bound + 1.0), np.eye(2 * bound + 1, k=-1)
        up[-1, -1] = 1
    else:
        n = _states(size, least=2)
        weights, up = np.repeat([-1.0, 1.0], n), np.eye(2 * n)  # from the deepest -1 to the deepest +1
        depth = np.arange(n)
        leave, deeper = 0.5**depth, 0.5**depth
        leave[-1] *= 2  # (4)
        for i in range(n):
            up[n - 1 - i, n - 1 - i] -= leave[i]
            up[n, n - 1 - i] += leave[i]
            if i < n - 1:
                up[n + i, n + i] -= deeper[i]
                up[n + i + 1, n + i] += deeper[i]
    return weights, up, up[::-1, ::-1]


def _states(size: float, least: int = 1) -> int:
    """The size of a synapse that has a whole number of states or variables, at most 300."""
    number = checks.real("size", size, least=least, most=300)
    if number != round(number):
        raise checks.refusal("size", "be a whole number", f"was {number:g}")
    return int(number)


def signal(kind: str, size: float, age: Any) -> Any:
    """Return the signal-to-noise ratio of an item over sqrt(N), (2) or (5).

    Parameters
    ----------
    kind : {"binary", "clipped", "cascade", "chain"}
        Of synapse.
    size : float
        q of the binary synapse, L of the clipped one, n of the cascade, m of the chain;
        whole numbers are at most 300.
    age : int or array
        t: items that came after it.

    Returns
    -------
    float or ndarray
        S(t) / sqrt(N).

    Raises
    ------
    InputError
        If there is no such synapse, or an argument is out of its range.

    Examples
    --------
    >>> signal("cascade", 5, [0, 2, 16]).round(4).tolist()
    [0.4, 0.1684, 0.0389]
    >>> signal("chain", 8, [0, 64]).round(4).tolist()
    [0.2072, 0.0344]
    """
    t = whole("age", age, least=0)
    if checks.choice("kind", kind, KINDS) == "chain":
        rates, shares = _chain(_states(size))
        noise = (shares[:, None] * shares / (rates[:, None] + rates - rates[:, None] * rates)).sum()  # of K^2 over all times
        return plain((shares * np.exp(t[..., None] * np.log1p(-rates))).sum(-1) / np.sqrt(noise))
    weights, up, down = transitions(kind, size)
    half = len(weights) // 2
    above, mirrored = slice(-half, None), slice(half - 1, None, -1)  # w and M^t (M+ - M-) pi change sign in the mirror
    moves = (up + down) / 2
    np.fill_diagonal(moves, 0)
    loss = np.diag(moves.sum(0)) - moves  # 1 - M; every state is as likely, and pi = 1 / states
    change = (up - down).sum(1) / (2 * len(weights))
    left = _aged(loss[above, above] - loss[above, mirrored], change[above], t.ravel()).reshape(half, *t.shape)
    return plain(2 * np.tensordot(weights[above], left, 1) / np.sqrt((weights**2).mean()))  # (2)


def _aged(loss: np.ndarray, x: np.ndarray, t: np.ndarray) -> np.ndarray:
    """(1 - loss)^t x, shape (state, age), by squares of 1 - loss."""
    one, x = np.eye(len(x)), np.tile(x[:, None], len(t))
    kept = one - loss
    for bit in range(int(np.frexp(t.max())[1])):
        odd = t // 2.0**bit % 2 == 1
        x[:, odd] = kept @ x[:, odd]
        if np.abs(kept).sum(0).max() > 0.5:
            loss = 2 * loss - loss @ loss  # a loss of 2^-60 is lost in 1 - loss
            kept = one - loss
        else:
            kept = kept @ kept
    return x


def _chain(variables: int) -> tuple[np.ndarray, np.ndarray]:
    """What each mode of (5) loses in a step, and its share of (B^t)_11.

    They are the squares of singular values and vectors of two diagonals, whose smallest values
    this algorithm of LAPACK gives with all digits; they span a factor of 4^m.
    """
    k = np.arange(variables)
    held, passed = 2.0**k, LEAK * 2.0**-k  # C_k and g_k
    flow = np.diag(np.sqrt(passed / held)) - np.diag(np.sqrt(passed[:-1] / held[1:]), 1)
    _, values, vectors = svd(flow, lapack_driver="gesvd")
    return values**2, vectors[:, 0] ** 2


def lifetime(kind: str, size: float, synapses: float) -> float:
    """Return the age from which an item's signal-to-noise ratio is below 1.

    Parameters
    ----------
    kind : {"binary", "clipped", "cascade", "chain"}
        Of synapse.
    size : float
        As for `signal`.
    synapses : float
        N.

    Returns
    -------
    float
        The first age from which S stays below 1, at most 2^40.

    Raises
    ------
    InputError
        If an argument is out of its range.

    Examples
    --------
    >>> [lifetime("cascade", n, 1e6) for n in (5, 8, 10, 12)]
    [68.0, 371.0, 841.0, 1080.0]
    """
    least = 1 / np.sqrt(checks.real("synapses", synapses, above=0))
    first = np.flatnonzero(signal(kind, size, np.arange(_UNEVEN)) >= least)
    if not len(first) or first[-1] < _UNEVEN - 1:
        return float(first[-1] + 1) if len(first) else 0.0
    low, high = _UNEVEN - 1, _UNEVEN
    while high < 2**40 and signal(kind, size, high) >= least:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if signal(kind, size, middle) >= least else (low, middle)
    return float(high)
