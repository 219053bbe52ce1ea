"""Spins in the fields of patterns of +1/-1, of any gain, equations (3) and (4): the body for one cue."""

from __future__ import annotations

import numba
import numpy as np

from .shared import add, dot, start, update, whole


@numba.njit
def fill_gains(overlap, push, pull, floating, gain, over, parts):
    """push(M_mu) into `gain`; returns sum_mu pull(M_mu).

    The tables end at M = N or, floating, at the largest overlap there is, by whose gain all are then divided.
    """
    units = push.size // 2
    top = units
    if floating:
        top = -units
        for mu in range(overlap.size):
            top = overlap[mu] if overlap[mu] > top else top
        top = int(whole(top, True, over, parts))
    total = 0 * pull[0]
    for mu in range(overlap.size):
        place = 2 * units + overlap[mu] - top
        gain[mu] = push[place]
        total += pull[place]
    return whole(total, False, over, parts)


@numba.njit
def settle(x, push, pull, floating, s, overlap, gain, orders, beta, sweeps, seed, trial, over, parts):
    units, unknown = len(x), 0
    for i in range(units):
        unknown += s[i] == 0
        add(overlap, x[i], s[i])
    own = fill_gains(overlap, push, pull, floating, gain, over, parts)
    passes = units + 1
    if unknown > 0:
        for i in range(units):
            if s[i] == 0:
                s[i] = start(whole(dot(x[i], gain), False, over, parts), seed, i)
                add(overlap, x[i], s[i])
        own = fill_gains(overlap, push, pull, floating, gain, over, parts)
        passes += 2 * unknown + 1
    for sweep in range(sweeps):
        flips = 0
        for i in orders[sweep % len(orders)]:
            old = s[i]
            h = whole(dot(x[i], gain), False, over, parts) - old * own  # (3)
            new = update(old, h, beta, seed, trial, sweep, i)
            if new != old:
                flips += 1
                s[i] = new
                add(overlap, x[i], 2 * new)
                own = fill_gains(overlap, push, pull, floating, gain, over, parts)
        passes += units + 2 * flips
        if flips == 0 and beta == np.inf:
            return sweep + 1, True, passes
    return sweeps, False, passes
