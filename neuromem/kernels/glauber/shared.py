"""What the bodies share: the update of a spin, and sums over a row.

On a device a row is in parts, one for each thread.
"""

from __future__ import annotations

import math

import numba
import numpy as np

from neuromem.kernels import counter
from neuromem.kernels.counter import Stream


@numba.njit(inline="always")
def chance(field, beta):
    """P(s = +1) of a spin in a local field, equation (2)."""
    return 0.5 + 0.5 * math.tanh(beta * field)


@numba.njit(inline="always")
def update(s, h, least, beta, seed, trial, sweep, unit):
    """The new state of a spin, (1) and (2); a field up to `least`, its rounding error, is 0."""
    if beta == np.inf:
        return 1 if h > least else (-1 if h < -least else s)
    return 1 if counter.uniform(seed, Stream.HEAT, trial, sweep, unit) < chance(h, beta) else -1


@numba.njit(inline="always")
def start(h, least, beta, seed, trial, unit):
    """Where an unknown unit starts: the sign of the known units' field, or a coin's toss.

    At zero temperature the toss depends on the seed and the unit alone: equal cues end alike.
    """
    if -least <= h <= least:
        h = counter.uniform(seed, Stream.START, 0 if beta == np.inf else trial, 0, unit) - 0.5
    return 1 if h > 0 else -1


@numba.njit(inline="always")
def turn(orders, beta, seed, trial, sweep):
    """The order of visits in a sweep: the next one, or in a heat bath a random one."""
    if beta == np.inf:
        return orders[sweep % len(orders)]
    return orders[int(counter.uniform(seed, Stream.TURN, trial, sweep, 0) * len(orders))]


@numba.njit  # written into the loop over the spins, it would slow it by a fifth
def keep(film, every, sweep, s):
    """Copy the spins to the film (frame, unit) after every `every`-th sweep, while it has room."""
    if film.shape[0] > 0 and (sweep + 1) % every == 0 and (sweep + 1) // every <= film.shape[0]:
        for i in range(s.size):
            film[(sweep + 1) // every - 1, i] = s[i]


@numba.njit(inline="always")
def add(total, row, factor):
    factor = row.dtype.type(factor)  # a wider one would widen every product
    for i in range(row.size):
        total[i] += factor * row[i]


@numba.njit
def add_all(total, rows, factors):
    """Add rows times factors of 0 and +1/-1: sums of four in the type of the rows."""
    narrow, wide, left = rows.dtype.type, total.dtype.type, len(rows) % 4
    for j in range(left):
        add(total, rows[j], factors[j])
    for j in range(left, len(rows), 4):
        p, q = narrow(factors[j]), narrow(factors[j + 1])
        r, s = narrow(factors[j + 2]), narrow(factors[j + 3])
        a, b, c, d = rows[j], rows[j + 1], rows[j + 2], rows[j + 3]
        for i in range(total.size):
            total[i] += wide((p * a[i] + q * b[i]) + (r * c[i] + s * d[i]))


@numba.njit
def whole(part, most, over, parts):
    """The sum or the maximum over all threads that share a cue; on the CPU the part itself."""
    return part if over is None else over(float(part), most, parts)


@numba.njit(fastmath={"reassoc"})
def dot(row, values):
    """Products in the type of the values, and their sum in 64 bits.

    Whole numbers of 32 bits then run as fast as float32.
    """
    total = values.dtype.type(0)
    for mu in range(values.size):
        total += values.dtype.type(row[mu] * values[mu])
    return total
