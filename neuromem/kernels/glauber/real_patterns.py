"""Spins in the fields of patterns of any numbers, equations (6) to (8) and (10), for one cue."""

from __future__ import annotations

import numba
import numpy as np

from .shared import dot, keep, start, turn, update, whole

EXACT = 2.0**53  # up to which sums of whole numbers are exact


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
    """sum_mu sum_k a_k s^(k - 1) v^k, equation (6)."""
    total = 0.0
    if len(a) == 4:  # in one pass over the patterns
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
def start_field(a, v, terms, powers):
    """sum_mu sum_k a_k v^k / 2^(k - 1), equation (10), over the first `terms` odd k."""
    total = 0.0
    for n in range(terms):
        for mu in range(v.size):
            powers[mu] = v[mu] if n == 0 else 0.25 * v[mu] * v[mu] * powers[mu]
        total += dot(a[2 * n], powers)
    return total


@numba.njit(fastmath={"reassoc"})
def sizes(row):
    total = 0.0
    for mu in range(row.size):
        total += abs(row[mu])
    return total


@numba.njit
def coefficients(e, c, full, largest, a, over, parts):
    """c a_k of equations (7) and (8), from e, or from M = e_1, for k = 1 .. P in the rows of `a`.

    Returns the largest sum of the sizes of the terms of (6) for any |v| <= `largest`.
    """
    order = len(a)
    for mu in range(c.size):
        a[order - 1, mu] = c[mu]
    for k in range(order - 1, 0, -1):
        for mu in range(c.size):
            a[k - 1, mu] = a[k, mu] * e[1, mu] if full[0] != 0 else c[mu] * e[order - k, mu]
    size, power = 0.0, 1.0
    for k in range(order):
        factor = full[k] if full[0] != 0 else 1 - 2 * (k % 2)
        power *= largest
        for mu in range(c.size):
            a[k, mu] *= factor
        size += power * sizes(a[k])
    return whole(size, False, over, parts)


@numba.njit(inline="always")
def error(size, rounding):
    """The rounding error of a field whose terms have sizes that sum to `size`."""
    return 0.0 if rounding < 0 and size < EXACT else abs(rounding) * size


@numba.njit
def settle(v, c, full, largest, rounding, s, e, a, powers, orders, beta, steps, seed, trial, film, every, over, parts):
    """Update a cue; `rounding` is the relative error of a sum.

    If it is negative, the numbers are whole, and sums up to 2^53 exact.
    """
    units, order, unknown = len(v), len(a), 0
    for i in range(units):
        unknown += s[i] == 0
        flip_factor(e, v[i], 0, int(s[i]))
    least = error(coefficients(e, c, full, largest, a, over, parts), rounding)
    passes = units + order
    if unknown > 0:
        terms = (order + 1) // 2 if full[0] != 0 else 1
        for i in range(units):
            if s[i] == 0:
                s[i] = start(whole(start_field(a, v[i], terms, powers), False, over, parts), least, beta, seed, trial, i)
                flip_factor(e, v[i], 0, int(s[i]))
        least = error(coefficients(e, c, full, largest, a, over, parts), rounding)
        passes += unknown * (terms + len(e)) + order
    for sweep in range(steps):
        flips = 0
        for i in turn(orders, beta, seed, trial, sweep):
            old = s[i]
            h = whole(polynomial(a, v[i], int(old), powers), False, over, parts)  # (6)
            new = update(old, h, least, beta, seed, trial, sweep, i)
            if new != old:
                flips += 1
                s[i] = new
                flip_factor(e, v[i], int(old), int(new))
                least = error(coefficients(e, c, full, largest, a, over, parts), rounding)
        passes += units * order + flips * (order + len(e))
        keep(film, every, sweep, s)
        if flips == 0 and beta == np.inf:
            return sweep + 1, True, passes
    return steps, False, passes
