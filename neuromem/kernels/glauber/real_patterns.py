"""Spins in the fields of patterns of any numbers, equations (5) to (7): the body for one cue."""

from __future__ import annotations

import numba
import numpy as np

from .shared import dot, start, update, whole


@numba.njit
def flip_factor(e, v, before, after):
    """e_n of prod_j (1 + v_j s_j t) when one factor 1 + v before t becomes 1 + v after t."""
    for mu in range(v.size):
        old, new = before * v[mu], after * v[mu]
        lower = without = e[0, mu]  # e_(n-1) and e_n without this factor
        for n in range(1, len(e)):
            without = e[n, mu] - old * lower
            e[n, mu] = without + new * lower
            lower = without


@numba.njit(fastmath={"reassoc"})
def polynomial(a, v, s, powers):
    """sum_mu sum_k a_k s^(k - 1) v^k, equation (5); s = 0 leaves out the terms of even k, which are a unit's own."""
    total = 0.0
    if len(a) == 4 and s != 0:  # in one pass over the patterns
        for mu in range(v.size):
            z = s * v[mu]
            total += z * (a[0, mu] + z * (a[1, mu] + z * (a[2, mu] + z * a[3, mu])))
        return s * total
    powers[:] = 1
    for k in range(len(a)):
        for mu in range(v.size):
            powers[mu] *= v[mu]
        total += dot(a[k], powers) * (1 if k % 2 == 0 else s)
    return total


@numba.njit
def coefficients(e, c, full, a):
    """c a_k of equations (6) and (7), from e, or from M = e_1, for k = 1 .. P in the rows of `a`."""
    order = len(a)
    for mu in range(c.size):
        a[order - 1, mu] = c[mu]
    for k in range(order - 1, 0, -1):
        for mu in range(c.size):
            a[k - 1, mu] = a[k, mu] * e[1, mu] if full[0] != 0 else c[mu] * e[order - k, mu]
    for k in range(order):
        factor = full[k] if full[0] != 0 else 1 - 2 * (k % 2)
        for mu in range(c.size):
            a[k, mu] *= factor


@numba.njit
def settle(v, c, full, s, e, a, powers, orders, beta, sweeps, seed, trial, over, parts):
    units, order, unknown = len(v), len(a), 0
    for i in range(units):
        unknown += s[i] == 0
        flip_factor(e, v[i], 0, int(s[i]))
    coefficients(e, c, full, a)
    passes = units + order
    if unknown > 0:
        for i in range(units):
            if s[i] == 0:
                s[i] = start(whole(polynomial(a, v[i], 0, powers), False, over, parts), seed, i)
                flip_factor(e, v[i], 0, int(s[i]))
        coefficients(e, c, full, a)
        passes += unknown * (order + len(e)) + order
    for sweep in range(sweeps):
        flips = 0
        for i in orders[sweep % len(orders)]:
            old = s[i]
            h = whole(polynomial(a, v[i], int(old), powers), False, over, parts)  # (5)
            new = update(old, h, beta, seed, trial, sweep, i)
            if new != old:
                flips += 1
                s[i] = new
                flip_factor(e, v[i], int(old), int(new))
                coefficients(e, c, full, a)
        passes += units * order + flips * (order + len(e))
        if flips == 0 and beta == np.inf:
            return sweep + 1, True, passes
    return sweeps, False, passes
