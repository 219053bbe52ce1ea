"""Spins in the fields of patterns of +1/-1 with gains of any size, equation (5): the body for one cue.

Gains are divided by the largest of them, exp(top), so that none overflows and the ratios are kept.
"""

from __future__ import annotations

import math

import numba
import numpy as np

from .shared import add, start, turn, update, whole

EPS = float(np.finfo(float).eps)


@numba.njit
def fill_gains(overlap, sign, log, up, down, over, parts):
    """g(M_mu - 1) / exp(top) into `up`, and g(M_mu + 1) / exp(top) into `down`; returns top.

    The tables have g(y) = sign(y) exp(log(y)) for y = -N - 1 .. N + 1.
    """
    middle, top = log.size // 2, -np.inf
    for mu in range(overlap.size):
        for gain in (log[middle + overlap[mu] - 1], log[middle + overlap[mu] + 1]):
            top = gain if gain > top else top
    top = whole(top, True, over, parts)
    for mu in range(overlap.size):
        below, above = middle + overlap[mu] - 1, middle + overlap[mu] + 1
        up[mu] = sign[below] * math.exp(log[below] - top) if top > -np.inf else 0.0
        down[mu] = sign[above] * math.exp(log[above] - top) if top > -np.inf else 0.0
    return top


@numba.njit
def field(x, s, up, down, items, over, parts):
    """The field (5) on a unit in the state s, over exp(top), and its rounding error; s = 0: the mean over both states."""
    total, size = 0.0, 0.0
    for mu in range(x.size):
        agrees, differs = up[mu], down[mu]
        gain = 0.5 * (agrees + differs) if s == 0 else (agrees if x[mu] == s else differs)
        total += x[mu] * gain
        size += abs(gain)
    return whole(total, False, over, parts), items * EPS * whole(size, False, over, parts)


@numba.njit
def settle(x, sign, log, items, s, overlap, up, down, orders, beta, steps, seed, trial, over, parts):
    """`items` are all patterns; `x`, `overlap`, `up` and `down` the part of this thread."""
    units, unknown = len(x), 0
    for i in range(units):
        unknown += s[i] == 0
        add(overlap, x[i], s[i])
    top = fill_gains(overlap, sign, log, up, down, over, parts)
    passes = units + 2
    if unknown > 0:
        for i in range(units):
            if s[i] == 0:
                h, least = field(x[i], 0, up, down, items, over, parts)
                s[i] = start(h, least, beta, seed, trial, i)
                add(overlap, x[i], s[i])
        top = fill_gains(overlap, sign, log, up, down, over, parts)
        passes += 2 * unknown + 2
    for sweep in range(steps):
        flips = 0
        for i in turn(orders, beta, seed, trial, sweep):
            old = s[i]
            h, least = field(x[i], old, up, down, items, over, parts)
            warm = beta if beta == np.inf else beta * math.exp(top)
            new = update(old, h, least, warm, seed, trial, sweep, i)
            if new != old:
                flips += 1
                s[i] = new
                add(overlap, x[i], 2 * new)
                top = fill_gains(overlap, sign, log, up, down, over, parts)
        passes += units + 3 * flips
        if flips == 0 and beta == np.inf:
            return sweep + 1, True, passes
    return steps, False, passes
