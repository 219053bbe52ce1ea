"""Sum-of-max retrieval in a network of clusters, with one-bit weights and states packed into words.

    score_i = v_i + sum over clusters g of max_(j in g) w_ij v_j                              (1)
    v_i <- 1 iff score_i is positive and the largest in the cluster of i                      (2)

Clusters have l = 2, 4, 8, .. cells: several to a word below 64, whole words from 64 on. (1) asks
only whether a cluster has any joined active cell: adding to each field of a word its lower bits,
all set, carries into its top bit iff one was set.
"""

from __future__ import annotations

from typing import Any

import array_api_compat
import numpy as np

from neuromem.arrays import contiguous
from neuromem.kernels.bits import pack, unpack
from neuromem.kernels.dispatch import launcher

from . import cpu

_TOP = {2**k: np.uint64(sum(1 << bit for bit in range(2**k - 1, 64, 2**k))) for k in range(1, 7)}


def retrieve_reference(weights: np.ndarray, states: np.ndarray, cells: int, steps: int) -> tuple[np.ndarray, ...]:
    """Compute equations (1-2) in NumPy on booleans, as `retrieve`.

    Parameters
    ----------
    weights : uint64 array of shape (cell, word)
        Packed one-bit weights.
    states : bool array of shape (cue, cell)
        States at the start.
    cells : int
        Cells of a cluster.
    steps : int
        Most passes.

    Returns
    -------
    tuple of ndarray
        Final states, passes taken, and whether they stand.
    """
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


def _cuda() -> Any:
    from . import cuda

    return cuda


def retrieve(weights: Any, states: Any, cells: int, steps: int) -> tuple[Any, Any, Any]:
    """Repeat equations (1-2) until nothing changes.

    Parameters
    ----------
    weights : uint64 array of shape (cell, word)
        Packed one-bit weights, without edges inside a cluster.
    states : bool array of shape (cue, cell)
        States at the start.
    cells : int
        Cells of a cluster, a power of two.
    steps : int
        Most passes.

    Returns
    -------
    states : bool array of shape (cue, cell)
        Final states.
    taken : int64 array of shape (cue,)
        Passes taken.
    settled : bool array of shape (cue,)
        Whether the last pass changed nothing.
    """
    xp, launch = launcher(cpu.retrieve, lambda: _cuda().retrieve, weights=weights, states=states)
    device = array_api_compat.device(states)
    states = contiguous(xp.astype(states, xp.bool, copy=True))
    taken, settled = (xp.zeros(len(states), dtype=kind, device=device) for kind in (xp.int64, xp.bool))
    launch(weights, states, pack(states), cells, _TOP[min(cells, 64)], steps, taken, settled)
    return states, taken, settled
