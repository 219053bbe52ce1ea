"""Spins in the fields of pairwise weights, which are kept: the body for one cue."""

from __future__ import annotations

import numba
import numpy as np

from .shared import add, add_all, keep, turn, update


@numba.njit
def settle(outgoing, bias, least, s, h, own, orders, beta, steps, seed, trial, film, every, wait):
    """Update a cue; `own` are the fields of `h` that this thread keeps.

    They come from its columns of `outgoing` and its part of `bias`.
    """
    for i in range(own.size):
        own[i] = bias[i]
    touched = 0
    for j in range(s.size):
        touched += s[j] != 0
    add_all(own, outgoing, s)
    if wait is not None:
        wait()
    for sweep in range(steps):
        flips = 0
        for j in turn(orders, beta, seed, trial, sweep):
            new = update(s[j], h[j], least[j], beta, seed, trial, sweep, j)
            change = new - s[j]
            if change != 0:
                flips += 1
                if wait is not None:
                    wait()  # until all have read h[j] and s[j]
                s[j] = new
                add(own, outgoing[j], change)
                if wait is not None:
                    wait()
        touched += flips
        keep(film, every, sweep, s)
        if flips == 0 and beta == np.inf:
            return sweep + 1, True, touched * s.size
    return steps, False, touched * s.size
