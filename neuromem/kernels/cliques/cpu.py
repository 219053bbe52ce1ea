"""The launcher for the CPU: a thread has a cue to itself."""

from __future__ import annotations

import numba
import numpy as np

from neuromem.kernels.compiled import parallel

from .body import choose, support


@parallel
def retrieve(weights, states, packed, cells, top, steps, taken, settled):
    for cue in numba.prange(states.shape[0]):
        state, words = states[cue], packed[cue]
        score = np.empty(state.shape[0], np.int64)
        while taken[cue] < steps and not settled[cue]:
            for i in range(state.shape[0]):
                score[i] = state[i] + support(weights[i], words, cells, top)
            settled[cue] = not choose(score, state, words, 0, state.shape[0], cells)
            taken[cue] += 1
