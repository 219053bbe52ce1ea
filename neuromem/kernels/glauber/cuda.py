"""Launchers for a CUDA device.

A block of threads has one cue, and each thread of n has every n-th unit or pattern.
"""

from __future__ import annotations

import math
from typing import Any

import array_api_compat
import numba

from neuromem.arrays import move_beside
from neuromem.kernels import launch
from neuromem.kernels.launch import THREADS, cuda, over

from .pairwise import settle as settle_pairwise
from .real_patterns import settle as settle_real_patterns
from .scaled_patterns import settle as settle_scaled_patterns
from .spin_patterns import settle as settle_spin_patterns

ROWS = 256  # of the weights, whose sizes are summed at a time


def reach(outgoing: Any, total: Any) -> Any:
    """The largest field (unit,) of any state: `total` and the sizes of all weights added to it."""
    xp = array_api_compat.array_namespace(outgoing)
    for row in range(0, len(outgoing), ROWS):
        total = total + xp.sum(xp.abs(outgoing[row : row + ROWS]), axis=0, dtype=total.dtype)
    return total


@cuda.jit
def _weights(outgoing, bias, least, h, orders, beta, steps, seed, first, film, every, spins, made, converged, operations):
    cue, lane, lanes = cuda.blockIdx.x, cuda.threadIdx.x, cuda.blockDim.x
    own = slice(lane, None, lanes)
    made[cue], converged[cue], operations[cue] = settle_pairwise(
        outgoing[:, own],
        bias[own],
        least,
        spins[cue],
        h[cue],
        h[cue, own],
        orders,
        beta[cue],
        steps,
        seed,
        first + cue,
        film[:, cue],
        every,
        cuda.syncthreads,
    )


def weights(
    outgoing: Any,
    bias: Any,
    least: Any,
    orders: Any,
    beta: Any,
    steps: int,
    seed: int,
    first: int,
    film: Any,
    every: int,
    spins: Any,
    *ended: Any,
) -> None:
    xp = array_api_compat.array_namespace(spins)
    launch.fits(launch.number_of(spins), "cues", len(spins), math.prod(spins.shape[1:]) * bias.dtype.itemsize)
    h, orders = launch.room(bias, *spins.shape), move_beside(xp, orders, spins)
    launch.run(_weights, len(spins), outgoing, bias, least, h, orders, beta, steps, seed, first, film, every, spins, *ended)


@cuda.jit
def _spin_patterns(
    x,
    push,
    pull,
    starts,
    which,
    overlap,
    gain,
    beta,
    orders,
    steps,
    seed,
    first,
    film,
    every,
    spins,
    made,
    converged,
    operations,
):
    cue, lane, lanes = cuda.blockIdx.x, cuda.threadIdx.x, cuda.blockDim.x
    own, parts = slice(lane, None, lanes), cuda.shared.array(THREADS, numba.float64)
    made[cue], converged[cue], passes = settle_spin_patterns(
        x[:, own],
        push,
        pull,
        starts[which[cue]],
        spins[cue],
        overlap[cue, own],
        gain[cue, own],
        orders,
        beta[cue],
        steps,
        seed,
        first + cue,
        film[:, cue],
        every,
        over,
        parts,
    )
    operations[cue] = passes * x.shape[1]


def spin_patterns(x: Any, push: Any, pull: Any, starts: Any, which: Any, beta: Any, orders: Any, *run: Any) -> None:
    spins = run[-4]
    xp, cues, items = array_api_compat.array_namespace(spins), len(spins), x.shape[1]
    push, pull, starts, which, orders = (move_beside(xp, table, spins) for table in (push, pull, starts, which, orders))
    launch.fits(launch.number_of(spins), "cues", cues, items * (4 + push.dtype.itemsize))
    overlap, gain = launch.room(spins, cues, items, dtype=xp.int32), launch.room(push, cues, items)
    overlap[...] = 0
    launch.run(_spin_patterns, cues, x, push, pull, starts, which, overlap, gain, beta, orders, *run)


@cuda.jit
def _scaled_patterns(
    x,
    sign,
    log,
    starts,
    which,
    overlap,
    table,
    gain,
    beta,
    orders,
    steps,
    seed,
    first,
    film,
    every,
    spins,
    made,
    converged,
    operations,
):
    cue, lane, lanes = cuda.blockIdx.x, cuda.threadIdx.x, cuda.blockDim.x
    own, parts = slice(lane, None, lanes), cuda.shared.array(THREADS, numba.float64)
    made[cue], converged[cue], passes = settle_scaled_patterns(
        x[:, own],
        sign,
        log,
        starts[which[cue]],
        x.shape[1],
        spins[cue],
        overlap[cue, own],
        table[cue],
        gain[cue, own],
        orders,
        beta[cue],
        steps,
        seed,
        first + cue,
        film[:, cue],
        every,
        over,
        parts,
    )
    operations[cue] = passes * x.shape[1]


def scaled_patterns(x: Any, sign: Any, log: Any, starts: Any, which: Any, beta: Any, orders: Any, *run: Any) -> None:
    spins = run[-4]
    xp, cues, items = array_api_compat.array_namespace(spins), len(spins), x.shape[1]
    sign, log, starts, which, orders = (move_beside(xp, table, spins) for table in (sign, log, starts, which, orders))
    launch.fits(launch.number_of(spins), "cues", cues, 12 * items + 8 * len(log))
    overlap, table = launch.room(spins, cues, items, dtype=xp.int32), launch.room(log, cues, len(log))
    gain = launch.room(log, cues, items)
    overlap[...] = 0
    launch.run(_scaled_patterns, cues, x, sign, log, starts, which, overlap, table, gain, beta, orders, *run)


@cuda.jit
def _real_patterns(
    v,
    c,
    full,
    largest,
    rounding,
    e,
    a,
    powers,
    beta,
    orders,
    steps,
    seed,
    first,
    film,
    every,
    spins,
    made,
    converged,
    operations,
):
    cue, lane, lanes = cuda.blockIdx.x, cuda.threadIdx.x, cuda.blockDim.x
    own, parts = slice(lane, None, lanes), cuda.shared.array(THREADS, numba.float64)
    made[cue], converged[cue], passes = settle_real_patterns(
        v[:, own],
        c[own],
        full,
        largest,
        rounding,
        spins[cue],
        e[cue][:, own],
        a[cue][:, own],
        powers[cue, own],
        orders,
        beta[cue],
        steps,
        seed,
        first + cue,
        film[:, cue],
        every,
        over,
        parts,
    )
    operations[cue] = passes * c.size


def real_patterns(
    v: Any, c: Any, full: Any, kept: int, largest: float, rounding: float, beta: Any, orders: Any, *run: Any
) -> None:
    spins = run[-4]
    xp, cues, items = array_api_compat.array_namespace(spins), len(spins), len(c)
    launch.fits(launch.number_of(spins), "cues", cues, 8 * items * (kept + len(full) + 1))
    e, a, powers = launch.room(c, cues, kept, items), launch.room(c, cues, len(full), items), launch.room(c, cues, items)
    e[...] = 0
    e[:, 0] = 1
    full, orders = move_beside(xp, full, spins), move_beside(xp, orders, spins)
    launch.run(_real_patterns, cues, v, c, full, largest, rounding, e, a, powers, beta, orders, *run)
