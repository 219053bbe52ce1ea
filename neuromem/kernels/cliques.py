"""Sum-of-max retrieval in a network of clusters, its one-bit weights and its states packed into words.

    score_i = v_i + sum over clusters g of max_(j in g) w_ij v_j                                         (1)
    v_i <- 1 iff score_i is positive and the largest in the cluster of i                                 (2)

Clusters have l = 2, 4, 8, .. cells: several to a word below 64, whole words from 64 on. (1) asks only whether a cluster has
any joined active cell: adding to each field of a word its lower bits, all set, carries into its top bit iff one was set.
"""

from __future__ import annotations

from typing import Any

import array_api_compat
import numba
import numpy as np

from neuromem.arrays import contiguous, namespace

from .arrays import fitting
from .bits import ones, pack, unpack

_TOP = {2**k: np.uint64(sum(1 << bit for bit in range(2**k - 1, 64, 2**k))) for k in range(1, 7)}


def retrieve_reference(weights: np.ndarray, states: np.ndarray, cells: int, steps: int) -> tuple[np.ndarray, ...]:
    """Equations (1-2) in plain NumPy, with states bool (cue, cell) and weights as the kernel has them."""
    joined = unpack(weights, len(weights))
    states, taken, settled = states.copy(), np.zeros(len(states), np.int64), np.zeros(len(states), bool)
    for cue in range(len(states)):
        state = states[cue]
        while taken[cue] < steps and not settled[cue]:
            score = state + (joined & state).reshape(len(weights), -1, cells).any(-1).sum(-1)
            best = score.reshape(-1, cells).max(-1).repeat(cells)
            now = (score == best) & (score > 0)
            settled[cue] = (now == state).all()
            taken[cue] += 1
            state[:] = now
    return states, taken, settled


@numba.njit(inline="always")
def _support(row, state, cells, top):
    """Clusters with an active cell that this one is joined to."""
    count = np.int64(0)
    if cells < 64:
        for word in range(row.shape[0]):
            both = row[word] & state[word]
            count += np.int64(ones((((both & ~top) + ~top) | both) & top))
    else:
        span = cells // 64
        for start in range(0, row.shape[0], span):
            both = np.uint64(0)
            for word in range(start, start + span):
                both |= row[word] & state[word]
            count += both != 0
    return count


@numba.njit(cache=True)
def _choose(score, state, words, start, stop, cells):
    """Equation (2) for the clusters of cells start .. stop, which share no word with others; whether a cell changed."""
    changed = False
    for word in range(start // 64, (stop + 63) // 64):
        words[word] = 0
    for cluster in range(start, stop, cells):
        best = np.int64(1)
        for i in range(cluster, cluster + cells):
            best = score[i] if score[i] > best else best
        for i in range(cluster, cluster + cells):
            now = score[i] == best
            if now != state[i]:
                changed = True
                state[i] = now
            if now:
                words[i // 64] |= np.uint64(1) << np.uint64(i % 64)
    return changed


@numba.njit(parallel=True, cache=True)
def _retrieve(weights, states, packed, cells, top, steps, taken, settled):
    for cue in numba.prange(states.shape[0]):
        state, words = states[cue], packed[cue]
        score = np.empty(state.shape[0], np.int64)
        while taken[cue] < steps and not settled[cue]:
            for i in range(state.shape[0]):
                score[i] = state[i] + _support(weights[i], words, cells, top)
            settled[cue] = not _choose(score, state, words, 0, state.shape[0], cells)
            taken[cue] += 1


def retrieve(weights: Any, states: Any, cells: int, steps: int) -> tuple[Any, Any, Any]:
    """At most `steps` passes of (1-2) from `states`: final states, passes taken (cue,), whether they stand (cue,).

    weights: packed, uint64 (cell, word), without edges inside a cluster; states: bool (cue, cell); cells: in a cluster.
    """
    xp, device = namespace(weights=weights, states=states), array_api_compat.device(states)
    launch = fitting(states, "retrieve", _retrieve)
    states = contiguous(xp.astype(states, xp.bool, copy=True))
    taken, settled = (xp.zeros(len(states), dtype=kind, device=device) for kind in (xp.int64, xp.bool))
    launch(weights, states, pack(states), cells, _TOP[min(cells, 64)], steps, taken, settled)
    return states, taken, settled
