"""Launchers for the CPU: a thread has a cue to itself."""

from __future__ import annotations

import numba
import numpy as np

from neuromem.kernels.compiled import parallel, serial

from .pairwise import settle as settle_pairwise
from .real_patterns import settle as settle_real_patterns
from .scaled_patterns import settle as settle_scaled_patterns
from .spin_patterns import settle as settle_spin_patterns


@serial
def reach(outgoing, total):
    """The largest field (unit,) of any state: `total` and the sizes of all weights added to it."""
    for j in range(len(outgoing)):
        for i in range(len(total)):
            total[i] += abs(outgoing[j, i])
    return total


@parallel
def weights(outgoing, bias, least, orders, beta, steps, seed, first, film, every, spins, made, converged, operations):
    for cue in numba.prange(len(spins)):
        h = np.empty_like(bias)
        made[cue], converged[cue], operations[cue] = settle_pairwise(
            outgoing, bias, least, spins[cue], h, h, orders, beta[cue], steps, seed, first + cue, film[:, cue], every, None
        )


@parallel
def spin_patterns(
    x, push, pull, starts, which, beta, orders, steps, seed, first, film, every, spins, made, converged, operations
):
    for cue in numba.prange(len(spins)):
        overlap, gain = np.zeros(x.shape[1], np.int32), np.empty(x.shape[1], push.dtype)
        made[cue], converged[cue], passes = settle_spin_patterns(
            x,
            push,
            pull,
            starts[which[cue]],
            spins[cue],
            overlap,
            gain,
            orders,
            beta[cue],
            steps,
            seed,
            first + cue,
            film[:, cue],
            every,
            None,
            None,
        )
        operations[cue] = passes * x.shape[1]


@parallel
def scaled_patterns(
    x, sign, log, starts, which, beta, orders, steps, seed, first, film, every, spins, made, converged, operations
):
    items = x.shape[1]
    for cue in numba.prange(len(spins)):
        overlap, table, gain = np.zeros(items, np.int32), np.empty(log.size), np.empty(items)
        made[cue], converged[cue], passes = settle_scaled_patterns(
            x,
            sign,
            log,
            starts[which[cue]],
            items,
            spins[cue],
            overlap,
            table,
            gain,
            orders,
            beta[cue],
            steps,
            seed,
            first + cue,
            film[:, cue],
            every,
            None,
            None,
        )
        operations[cue] = passes * items


@parallel
def real_patterns(
    v, c, full, kept, largest, rounding, beta, orders, steps, seed, first, film, every, spins, made, converged, operations
):
    for cue in numba.prange(len(spins)):
        e, a, powers = np.zeros((kept, c.size)), np.empty((full.size, c.size)), np.empty(c.size)
        e[0] = 1
        made[cue], converged[cue], passes = settle_real_patterns(
            v,
            c,
            full,
            largest,
            rounding,
            spins[cue],
            e,
            a,
            powers,
            orders,
            beta[cue],
            steps,
            seed,
            first + cue,
            film[:, cue],
            every,
            None,
            None,
        )
        operations[cue] = passes * c.size
