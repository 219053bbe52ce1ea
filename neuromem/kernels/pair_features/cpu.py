"""The launcher for the CPU: a thread has a cue to itself."""

from __future__ import annotations

import numba
import numpy as np

from neuromem.kernels.compiled import parallel

from .body import settle as settle_one


@parallel
def settle(features, beta, orders, steps, seed, first, film, every, spins, made, converged, operations):
    for cue in numba.prange(len(spins)):
        v, u = np.zeros(features.shape[2]), np.zeros(features.shape[1:])
        made[cue], converged[cue], passes = settle_one(
            features, spins[cue], v, u, orders, beta[cue], steps, seed, first + cue, film[:, cue], every
        )
        operations[cue] = passes * v.size
