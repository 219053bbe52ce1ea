"""Spins in the fields of patterns of +1/-1 with gains of any size, equation (5), for one cue.

Gains are divided by exp(base), near the largest of them, so that none overflows and the ratios are
kept. They are looked up in a table, which is made anew when the largest gain has moved far from
base.
"""

from __future__ import annotations

import math

import numba
import numpy as np

from .shared import add, keep, start, turn, update, whole

EPS = float(np.finfo(float).eps)
SPAN = 300.0  # float64 holds numbers from exp(-708) to exp(709)


@numba.njit
def fill_gains(overlap, sign, log, base, table, up, down, over, parts):
    """g(M_mu - 1) / exp(base) into `up`, and g(M_mu + 1) / exp(base) into `down`; returns base.

    g(y) = sign(y) exp(log(y)), and `table` is g / exp(base), for y = -N - 1 .. N + 1.
    """
    middle, top = log.size // 2, -np.inf
    for mu in range(overlap.size):
        for gain in (log[middle + overlap[mu] - 1], log[middle + overlap[mu] + 1]):
            top = gain if gain > top else top
    top = whole(top, True, over, parts)
    if top > -np.inf and abs(top - base) > SPAN:
        base = top
        for y in range(log.size):
            table[y] = sign[y] * math.exp(log[y] - base)
    for mu in range(overlap.size):
        up[mu] = table[middle + overlap[mu] - 1] if top > -np.inf else 0.0
        down[mu] = table[middle + overlap[mu] + 1] if top > -np.inf else 0.0
    return base


@numba.njit(fastmath={"reassoc"})
def sums(x, s, up, down):
    """Equation (5) for the patterns of one thread, and the sum of the sizes of its terms."""
    total, size = 0.0, 0.0
    for mu in range(x.size):
        gain = up[mu] if x[mu] == s else -down[mu]
        total += gain
        size += abs(gain)
    return s * total, size


@numba.njit
def field(x, s, up, down, items, over, parts):
    """The field (5) on a unit in the state s, over exp(base), and its rounding error.

    For s = 0 it is the mean over both states.
    """
    total, size = sums(x, 1 if s == 0 else s, up, down)
    if s == 0:
        other, more = sums(x, -1, up, down)
        total, size = 0.5 * (total + other), 0.5 * (size + more)
    return whole(total, False, over, parts), items * EPS * whole(size, False, over, parts)


@numba.njit
def settle(x, sign, log, items, s, overlap, table, up, down, orders, beta, steps, seed, trial, film, every, over, parts):
    """`items` are all patterns; `x`, `overlap`, `up` and `down` the part of this thread."""
    units, unknown = len(x), 0
    for i in range(units):
        unknown += s[i] == 0
        add(overlap, x[i], s[i])
    base = fill_gains(overlap, sign, log, np.inf, table, up, down, over, parts)
    passes = units + 2
    if unknown > 0:
        for i in range(units):
            if s[i] == 0:
                h, least = field(x[i], 0, up, down, items, over, parts)
                s[i] = start(h, least, beta, seed, trial, i)
                add(overlap, x[i], s[i])
        base = fill_gains(overlap, sign, log, base, table, up, down, over, parts)
        passes += 2 * unknown + 2
    for sweep in range(steps):
        flips = 0
        for i in turn(orders, beta, seed, trial, sweep):
            old = s[i]
            h, least = field(x[i], old, up, down, items, over, parts)
            warm = beta if beta == np.inf else beta * math.exp(base)
            new = update(old, h, least, warm, seed, trial, sweep, i)
            if new != old:
                flips += 1
                s[i] = new
                add(overlap, x[i], 2 * new)
                base = fill_gains(overlap, sign, log, base, table, up, down, over, parts)
        passes += units + 3 * flips
        keep(film, every, sweep, s)
        if flips == 0 and beta == np.inf:
            return sweep + 1, True, passes
    return steps, False, passes
