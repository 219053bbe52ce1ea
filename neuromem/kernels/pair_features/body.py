"""Spins in the fields of pair features, equations (1) to (4): the body for one cue."""

from __future__ import annotations

import numba
import numpy as np

from neuromem.kernels.glauber.shared import keep, start, turn, update

EPS = float(np.finfo(float).eps)


@numba.njit
def change(features, i, by, v, u):
    """Equation (4): spin i changes by `by`."""
    for mu in range(v.size):
        v[mu] += 2 * by * u[i, mu]
    for j in range(len(u)):
        for mu in range(v.size):
            u[j, mu] += by * features[i, j, mu]


@numba.njit
def field(v, u, s):
    """Equation (3) without its factor, and its rounding error; `u` (feature,) is the unit's."""
    total, size = 0.0, 0.0
    for mu in range(v.size):
        total += (v[mu] - 2 * s * u[mu]) * u[mu]
        size += (abs(v[mu]) + 2 * abs(u[mu])) * abs(u[mu])
    return total, size * EPS


@numba.njit
def settle(features, s, v, u, orders, beta, steps, seed, trial, film, every):
    """Update the spins `s`; `v` (feature,) and `u` (unit, feature) begin as zeros."""
    units, passes = len(s), 0
    known = s.copy()
    s[:] = 0
    for i in range(units):
        if known[i] != 0:
            change(features, i, known[i], v, u)
            s[i] = known[i]
            passes += units
    for i in range(units):
        if s[i] == 0:
            h, least = field(v, u[i], 0)
            s[i] = start(h, (units + v.size) * least, beta, seed, trial, i)
            change(features, i, s[i], v, u)
            passes += units + 1
    for sweep in range(steps):
        flips = 0
        for i in turn(orders, beta, seed, trial, sweep):
            h, least = field(v, u[i], s[i])
            new = update(s[i], h, (units + v.size) * least, beta, seed, trial, sweep, i)
            if new != s[i]:
                flips += 1
                change(features, i, new - s[i], v, u)
                s[i] = new
        keep(film, every, sweep, s)
        passes += units + flips * units
        if flips == 0 and beta == np.inf:
            return sweep + 1, True, passes
    return steps, False, passes
