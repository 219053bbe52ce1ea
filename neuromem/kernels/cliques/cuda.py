"""The launcher for a CUDA device: a block of threads has a cue to itself.

Each thread has every n-th cell and cluster of it.
"""

from __future__ import annotations

from typing import Any

import array_api_compat
import numba

from neuromem.kernels import launch
from neuromem.kernels.launch import THREADS, cuda, over

from .body import choose, support


@cuda.jit
def _retrieve(weights, states, packed, cells, top, steps, taken, settled, score):
    cue, lane, lanes = cuda.blockIdx.x, cuda.threadIdx.x, cuda.blockDim.x
    parts, state, words = cuda.shared.array(THREADS, numba.float64), states[cue], packed[cue]
    span = cells if cells > 64 else 64  # clusters that share words are one thread's
    step, still = 0, False
    while step < steps and not still:
        for i in range(lane, state.size, lanes):
            score[cue, i] = state[i] + support(weights[i], words, cells, top)
        cuda.syncthreads()
        changed = False
        for start in range(span * lane, state.size, span * lanes):
            stop = start + span if start + span < state.size else state.size
            changed |= choose(score[cue], state, words, start, stop, cells)
        still = over(1.0 if changed else 0.0, True, parts) == 0
        step += 1
    taken[cue], settled[cue] = step, still


def retrieve(weights: Any, states: Any, *arguments: Any) -> None:
    xp = array_api_compat.array_namespace(states)
    launch.fits(launch.number_of(states), "cues", len(states), 8 * states.shape[1])
    launch.run(_retrieve, len(states), weights, states, *arguments, launch.room(states, *states.shape, dtype=xp.int64))
