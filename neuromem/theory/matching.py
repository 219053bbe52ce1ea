"""Exact recall by matching a damaged cue with random sparse items of N units, A of them active.

Three ways to match a cue with the K stored items, all by counting, so that they are exact for
independent items that are drawn without replacement:

    nearest    the item that agrees with most known units        softmax attention at large beta
    best       the item that holds most of the cue's active units    CA3, match="best"
    any        every item that holds one of them, merged             CA3 as published

A recall is exact where no other item matches as well (nearest, best) or at all (any), and the
right one does. Two ways of damage: under "erase" n of the N units are known, of which s are
active, and s is hypergeometric(N, A, n). Under "flip" F units are inverted, of which f are active,
and f is hypergeometric(N, A, F); r = A - f right active units are left among s = A - 2 f + F in
the cue.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import comb
from scipy.stats import hypergeom

from neuromem import checks

from ._arguments import whole

MATCHES = ("nearest", "best", "any")


def exact_recall(match: str, units: int, active: int, stored: Any, damage: str, fraction: float) -> Any:
    """Return the probability that a cue brings exactly its item back.

    With q the probability that one other item matches as well, and p that of s or f,

        erase:  nearest        q = C(N - n, A - s) / C(N, A)       it agrees on all that is known
                best           q = C(N - s, A - s) / C(N, A)       it holds all s active ones
        flip:   nearest, best  q = P(hypergeometric(N, A, s) >= r)
        any:                   1 - q = C(N - s, A) / C(N, A)       it holds none of the cue
        P = sum over s or f of p (1 - q)^(K - 1)                                               (1)

    where best and any need an active unit of the right item in the cue.

    Parameters
    ----------
    match : str
        "nearest", "best" or "any".
    units, active : int
        Units N of an item, and active ones A.
    stored : int or array-like of int
        Items stored K.
    damage : str
        "erase" or "flip".
    fraction : float
        Share of the units that are damaged; round(fraction * units) of them.

    Returns
    -------
    float, or ndarray of the shape of `stored`
        Probability of an exact recall.

    Raises
    ------
    InputError
        If an argument is not what it must be.

    Examples
    --------
    >>> nearest, merged = (exact_recall(m, 128, 6, 100, "erase", 0.5) for m in ("nearest", "any"))
    >>> nearest > merged
    True
    """
    checks.choice("match", match, MATCHES)
    checks.choice("damage", damage, ("erase", "flip"))
    n, a = checks.whole("units", units), checks.whole("active", active, most=units)
    stored = whole("stored", stored)
    others = stored.ravel() - 1
    changed = round(checks.fraction("fraction", fraction) * n)
    if damage == "erase":
        known = n - changed
        cued = right = np.arange(max(0, a - changed), min(a, known) + 1)  # s
        chance = hypergeom.pmf(right, n, a, known)
    else:
        lost = np.arange(max(0, a + changed - n), min(a, changed) + 1)  # f
        chance, right, cued = hypergeom.pmf(lost, n, a, changed), a - lost, a - 2 * lost + changed
    if match == "any":
        apart = hypergeom.pmf(0, n, a, cued)
    elif match == "nearest" and damage == "erase":
        apart = 1 - chance / comb(known, right)  # of the sets with s active among the known, one
    else:
        apart = hypergeom.cdf(right - 1, n, a, cued)
    answers = np.ones_like(right) if match == "nearest" else right > 0
    share = (chance * answers * apart ** others[:, None]).sum(1).reshape(stored.shape)  # (1)
    return share if share.ndim else float(share)
