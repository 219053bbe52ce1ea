"""Chains of associations in a matrix of Hebb's rule, and the order of events in a fading context.

A chain A > B > C > .. is kept as its links, W = (1/N) sum x_next x^T over all links of all chains.
Told A, the network answers B, then, told its own answer, C: what nobody told it is inferred. With
P = chains * links pairs of random items of +1/-1, load a = P / N, the overlap after each hop is

    m_next = erf(m / sqrt(2 a))                                                                (1)

The noise of a hop is taken as independent of the hops before, though both share W; at high load the
second hop is worse than (1) says.

A context c <- rho c + x fades by rho at each item x. Of two items of ages a < b (0 is the last
one), the newer has the larger score x.c / N, and it is told right with the probability

    P = Phi((rho^a - rho^b) / sqrt((2/N) (1 / (1 - rho^2) - rho^(2a) - rho^(2b))))             (2)

which is near chance for ages beyond 1 / (1 - rho). A matrix W <- rho W + x x^T that fades alike is
asked for x.W x / N. Its N^2 numbers tell the order with

    P = Phi(sqrt(N (N - 1)) (rho^a - rho^b) / sqrt(4 (1 / (1 - rho^2) - rho^(2a) - rho^(2b)))) (3)

Equations (1) to (3) are own derivations.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import erf, ndtr

from neuromem import checks

from ._arguments import plain, real, whole


def chain_overlaps(start: Any, load: Any, hops: int = 2) -> np.ndarray:
    """Return the overlap with the right item after each hop, (1).

    Parameters
    ----------
    start : float or array
        Overlap of the cue with the first item, 0 to 1.
    load : float or array
        Pairs stored over units, a, above 0.
    hops : int, default 2
        How many hops.

    Returns
    -------
    ndarray of shape (.., hops)
        m after hop 1, 2, ..

    Raises
    ------
    InputError
        If an argument is outside its domain.

    Examples
    --------
    >>> chain_overlaps(0.8, load=0.2).round(3).tolist()
    [0.926, 0.962]
    """
    m, load = np.broadcast_arrays(real("start", start, least=0, most=1), real("load", load, above=0))
    found = []
    for _ in range(checks.whole("hops", hops, most=1000)):
        m = erf(m / np.sqrt(2 * load))  # (1)
        found.append(m)
    return np.stack(found, -1)


def order_told(units: Any, newer: Any, older: Any, decay: Any, *, matrix: bool = False) -> Any:
    """Return the probability that the order of two items is told right, (2) or (3).

    Parameters
    ----------
    units : int or array
        Length of an item, N.
    newer, older : int or array
        Ages of the two items, a < b: how many items came after each.
    decay : float or array
        Factor by which what is kept fades at each item, rho, below 1.
    matrix : bool, default False
        Whether the memory is a matrix, (3), or a context vector, (2).

    Returns
    -------
    float or ndarray
        P.

    Raises
    ------
    InputError
        If an argument is outside its domain.

    Examples
    --------
    >>> round(order_told(100, 0, 5, 0.9), 3), round(order_told(100, 30, 35, 0.9), 3)
    (0.928, 0.521)
    """
    n, rho = whole("units", units), real("decay", decay, above=0, most=0.999999)
    a, b = rho ** whole("newer", newer, least=0), rho ** whole("older", older, least=0)
    others = np.maximum(1 / (1 - rho**2) - a**2 - b**2, 1e-12)
    gain = np.sqrt(n * (n - 1)) / 2 if checks.flag("matrix", matrix) else np.sqrt(n / 2)
    return plain(ndtr(gain * (a - b) / np.sqrt(others)))
