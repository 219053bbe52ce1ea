"""Launchers for a CUDA device: a block of threads has a cue to itself, each thread every n-th unit or pattern."""

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
from .spin_patterns import settle as settle_spin_patterns


def reach(outgoing: Any, bias: Any) -> int:
    """A bound of the largest field that any state can make."""
    xp = array_api_compat.array_namespace(outgoing)
    largest = max(abs(int(xp.max(outgoing))), abs(int(xp.min(outgoing))))
    return len(outgoing) * largest + int(xp.max(xp.abs(bias)))


@cuda.jit
def _weights(outgoing, bias, h, orders, beta, sweeps, seed, spins, steps, converged, operations):
    cue, lane, lanes = cuda.blockIdx.x, cuda.threadIdx.x, cuda.blockDim.x
    own = slice(lane, None, lanes)
    steps[cue], converged[cue], operations[cue] = settle_pairwise(
        outgoing[:, own], bias[own], spins[cue], h[cue], h[cue, own], orders, beta, sweeps, seed, cue, cuda.syncthreads
    )


def weights(outgoing: Any, bias: Any, orders: Any, beta: float, sweeps: int, seed: int, spins: Any, *ended: Any) -> None:
    xp = array_api_compat.array_namespace(spins)
    launch.fits(launch.number_of(spins), "cues", len(spins), math.prod(spins.shape[1:]) * bias.dtype.itemsize)
    h = launch.room(bias, *spins.shape)
    launch.run(_weights, len(spins), outgoing, bias, h, move_beside(xp, orders, spins), beta, sweeps, seed, spins, *ended)


@cuda.jit
def _spin_patterns(x, push, pull, floating, overlap, gain, orders, beta, sweeps, seed, spins, steps, converged, operations):
    cue, lane, lanes = cuda.blockIdx.x, cuda.threadIdx.x, cuda.blockDim.x
    own, parts = slice(lane, None, lanes), cuda.shared.array(THREADS, numba.float64)
    steps[cue], converged[cue], passes = settle_spin_patterns(
        x[:, own],
        push,
        pull,
        floating,
        spins[cue],
        overlap[cue, own],
        gain[cue, own],
        orders,
        beta,
        sweeps,
        seed,
        cue,
        over,
        parts,
    )
    operations[cue] = passes * x.shape[1]


def spin_patterns(
    x: Any,
    push: Any,
    pull: Any,
    floating: bool,
    orders: Any,
    beta: float,
    sweeps: int,
    seed: int,
    spins: Any,
    *ended: Any,
) -> None:
    xp, cues, items = array_api_compat.array_namespace(spins), len(spins), x.shape[1]
    push, pull, orders = (move_beside(xp, table, spins) for table in (push, pull, orders))
    launch.fits(launch.number_of(spins), "cues", cues, items * (4 + push.dtype.itemsize))
    overlap, gain = launch.room(spins, cues, items, dtype=xp.int32), launch.room(push, cues, items)
    overlap[...] = 0
    settings = orders, beta, sweeps, seed
    launch.run(_spin_patterns, cues, x, push, pull, floating, overlap, gain, *settings, spins, *ended)


@cuda.jit
def _real_patterns(v, c, full, e, a, powers, orders, beta, sweeps, seed, spins, steps, converged, operations):
    cue, lane, lanes = cuda.blockIdx.x, cuda.threadIdx.x, cuda.blockDim.x
    own, parts = slice(lane, None, lanes), cuda.shared.array(THREADS, numba.float64)
    steps[cue], converged[cue], passes = settle_real_patterns(
        v[:, own],
        c[own],
        full,
        spins[cue],
        e[cue][:, own],
        a[cue][:, own],
        powers[cue, own],
        orders,
        beta,
        sweeps,
        seed,
        cue,
        over,
        parts,
    )
    operations[cue] = passes * c.size


def real_patterns(
    v: Any, c: Any, full: Any, kept: int, orders: Any, beta: float, sweeps: int, seed: int, spins: Any, *ended: Any
) -> None:
    xp, cues, items = array_api_compat.array_namespace(spins), len(spins), len(c)
    launch.fits(launch.number_of(spins), "cues", cues, 8 * items * (kept + len(full) + 1))
    e, a, powers = launch.room(c, cues, kept, items), launch.room(c, cues, len(full), items), launch.room(c, cues, items)
    e[...] = 0
    e[:, 0] = 1
    full, orders = move_beside(xp, full, spins), move_beside(xp, orders, spins)
    launch.run(_real_patterns, cues, v, c, full, e, a, powers, orders, beta, sweeps, seed, spins, *ended)
