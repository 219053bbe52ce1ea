"""Spins in the fields of patterns of +1/-1 with whole gains, (3), (4) and (9), for one cue."""

from __future__ import annotations

import numba
import numpy as np

from .shared import add, dot, keep, start, turn, update, whole


@numba.njit
def fill_gains(overlap, push, pull, gain, over, parts):
    """push(M_mu) into `gain`; returns sum_mu pull(M_mu). The tables have M = -N .. N."""
    units, total = push.size // 2, 0 * pull[0]
    for mu in range(overlap.size):
        gain[mu] = push[units + overlap[mu]]
        total += pull[units + overlap[mu]]
    return whole(total, False, over, parts)


@numba.njit
def settle(x, push, pull, starts, s, overlap, gain, orders, beta, steps, seed, trial, film, every, over, parts):
    units, unknown = len(x), 0
    for i in range(units):
        unknown += s[i] == 0
        add(overlap, x[i], s[i])
    passes = units + 1
    if unknown > 0:
        for mu in range(overlap.size):
            gain[mu] = starts[units + overlap[mu]]  # (9)
        for i in range(units):
            if s[i] == 0:
                s[i] = start(whole(dot(x[i], gain), False, over, parts), 0, beta, seed, trial, i)
                add(overlap, x[i], s[i])
        passes += 2 * unknown + 1
    own = fill_gains(overlap, push, pull, gain, over, parts)
    for sweep in range(steps):
        flips = 0
        for i in turn(orders, beta, seed, trial, sweep):
            old = s[i]
            h = whole(dot(x[i], gain), False, over, parts) - old * own  # (3)
            new = update(old, h, 0, beta, seed, trial, sweep, i)
            if new != old:
                flips += 1
                s[i] = new
                add(overlap, x[i], 2 * new)
                own = fill_gains(overlap, push, pull, gain, over, parts)
        passes += units + 2 * flips
        keep(film, every, sweep, s)
        if flips == 0 and beta == np.inf:
            return sweep + 1, True, passes
    return steps, False, passes
