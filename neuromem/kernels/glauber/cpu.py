"""Launchers for the CPU: a thread has a cue to itself."""

from __future__ import annotations

import numba
import numpy as np

from neuromem.kernels.compiled import parallel, serial

from .pairwise import settle as settle_pairwise
from .real_patterns import settle as settle_real_patterns
from .spin_patterns import settle as settle_spin_patterns


@serial
def reach(outgoing, bias):
    """The largest field that any state can make: the type of the fields need hold no more."""
    total = np.abs(bias).astype(np.int64)
    for j in range(len(outgoing)):
        for i in range(len(bias)):
            total[i] += abs(outgoing[j, i])
    return total.max()


@parallel
def weights(outgoing, bias, orders, beta, sweeps, seed, spins, steps, converged, operations):
    for cue in numba.prange(len(spins)):
        h = np.empty_like(bias)
        steps[cue], converged[cue], operations[cue] = settle_pairwise(
            outgoing, bias, spins[cue], h, h, orders, beta, sweeps, seed, cue, None
        )


@parallel
def spin_patterns(x, push, pull, floating, orders, beta, sweeps, seed, spins, steps, converged, operations):
    for cue in numba.prange(len(spins)):
        overlap, gain = np.zeros(x.shape[1], np.int32), np.empty(x.shape[1], push.dtype)
        steps[cue], converged[cue], passes = settle_spin_patterns(
            x, push, pull, floating, spins[cue], overlap, gain, orders, beta, sweeps, seed, cue, None, None
        )
        operations[cue] = passes * x.shape[1]


@parallel
def real_patterns(v, c, full, kept, orders, beta, sweeps, seed, spins, steps, converged, operations):
    for cue in numba.prange(len(spins)):
        e, a, powers = np.zeros((kept, c.size)), np.empty((full.size, c.size)), np.empty(c.size)
        e[0] = 1
        steps[cue], converged[cue], passes = settle_real_patterns(
            v, c, full, spins[cue], e, a, powers, orders, beta, sweeps, seed, cue, None, None
        )
        operations[cue] = passes * c.size
