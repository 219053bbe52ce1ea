"""Spins in the fields of patterns of +1/-1 with gains of any size, equation (5), for one cue.

Gains are divided by exp(base), near the largest of them, so that none overflows and the ratios are
kept. They are looked up in a table, which is made anew when the largest gain has moved far from
base. Equation (3) is faster, and decides wherever its rounding error allows it; in (5) nothing
cancels.
"""

from __future__ import annotations

import math

import numba
import numpy as np

from .shared import add, dot, keep, start, turn, update, whole

EPS = float(np.finfo(float).eps)
SPAN = 300.0  # float64 holds numbers from exp(-708) to exp(709)


@numba.njit
def extremes(overlap):
    kind = overlap.dtype.type
    low, high = kind(2**30), kind(-(2**30))
    for mu in range(overlap.size):
        low = overlap[mu] if overlap[mu] < low else low
        high = overlap[mu] if overlap[mu] > high else high
    return low, high


@numba.njit(fastmath={"nnan", "nsz"})
def largest(values):
    top = -np.inf
    for n in range(values.size):
        top = values[n] if values[n] > top else top
    return top


@numba.njit
def fill_gains(overlap, sign, log, base, table, gain, over, parts):
    """push(M_mu) / exp(base) into `gain`, equation (4), from the gains g(y) = sign(y) exp(log(y)).

    `table` is g / exp(base) for y = -N - 1 .. N + 1. Returns base, sum_mu pull(M_mu) / exp(base),
    and the sum of the sizes of all gains.
    """
    middle, ends = log.size // 2, extremes(overlap)
    low, high = -int(whole(-ends[0], True, over, parts)), int(whole(ends[1], True, over, parts))
    top = largest(log[middle + low - 1 : middle + high + 2])
    if top == -np.inf:
        for mu in range(gain.size):
            gain[mu] = 0.0
        return base, 0.0, 0.0
    if abs(top - base) > SPAN:
        base = top
        for y in range(log.size):
            table[y] = sign[y] * math.exp(log[y] - base)
    own, size = push(overlap, table, gain)
    return base, whole(own, False, over, parts), whole(size, False, over, parts)


@numba.njit(fastmath={"reassoc"})
def push(overlap, table, gain):
    """What `fill_gains` puts into `gain`, and its two sums, for the patterns of one thread."""
    middle, own, size = table.size // 2, 0.0, 0.0
    for mu in range(overlap.size):
        up, down = table[middle + overlap[mu] - 1], table[middle + overlap[mu] + 1]
        gain[mu] = 0.5 * (up + down)
        own += 0.5 * (down - up)
        size += abs(up) + abs(down)
    return own, size


@numba.njit
def fill_starts(overlap, sign, log, gain, over, parts):
    """g(M_mu) over the largest into `gain`, equation (9); returns the sum of their sizes."""
    middle, size = log.size // 2, 0.0
    for mu in range(overlap.size):
        gain[mu] = log[middle + overlap[mu]]
    top = whole(largest(gain), True, over, parts)
    for mu in range(overlap.size):
        gain[mu] = 0.0 if top == -np.inf else sign[middle + overlap[mu]] * math.exp(gain[mu] - top)
        size += abs(gain[mu])
    return whole(size, False, over, parts)


@numba.njit
def sums(x, s, overlap, table):
    """Equation (5) for the patterns of one thread, and the sum of the sizes of its terms."""
    middle, total, size = table.size // 2, 0.0, 0.0
    for mu in range(x.size):
        term = x[mu] * table[middle + overlap[mu] - x[mu] * s]
        total += term
        size += abs(term)
    return total, size


@numba.njit
def exact(x, s, overlap, table, items, over, parts):
    """The field (5) over exp(base), and its rounding error."""
    total, size = sums(x, s, overlap, table)
    return whole(total, False, over, parts), items * EPS * whole(size, False, over, parts)


@numba.njit(inline="always")
def is_open(h, error, beta):
    """Whether an error of a field leaves its sign open, or in a heat bath a chance to 1e-9."""
    return error > 0 and (abs(h) <= error if beta == np.inf else beta * error > 1e-9)


@numba.njit
def settle(x, sign, log, starts, items, s, overlap, table, gain, orders, beta, steps, seed, trial, film, every, over, parts):
    """`items` are all patterns; `x`, `overlap` and `gain` the part of this thread.

    `starts` are the tables sign and log of the start.
    """
    units, unknown, accuracy = len(x), 0, (items + 4) * EPS
    for i in range(units):
        unknown += s[i] == 0
        add(overlap, x[i], s[i])
    passes = units + 2
    if unknown > 0:
        size = fill_starts(overlap, starts[0], starts[1], gain, over, parts)
        for i in range(units):
            if s[i] == 0:
                h = whole(dot(x[i], gain), False, over, parts)
                s[i] = start(h, accuracy * size, beta, seed, trial, i)
                add(overlap, x[i], s[i])
        passes += 2 * unknown + 2
    base, own, size = fill_gains(overlap, sign, log, np.inf, table, gain, over, parts)
    for sweep in range(steps):
        flips = 0
        for i in turn(orders, beta, seed, trial, sweep):
            old, warm = s[i], beta if beta == np.inf else beta * math.exp(base)
            h, least = whole(dot(x[i], gain), False, over, parts) - old * own, accuracy * size  # (3)
            if is_open(h, least, warm):
                h, least = exact(x[i], old, overlap, table, items, over, parts)  # (5)
            new = update(old, h, least, warm, seed, trial, sweep, i)
            if new != old:
                flips += 1
                s[i] = new
                add(overlap, x[i], 2 * new)
                base, own, size = fill_gains(overlap, sign, log, base, table, gain, over, parts)
        passes += units + 3 * flips
        keep(film, every, sweep, s)
        if flips == 0 and beta == np.inf:
            return sweep + 1, True, passes
    return steps, False, passes
