"""Equations (1) and (2) on packed words: what both launchers run."""

from __future__ import annotations

import numba
import numpy as np

from neuromem.kernels.bits import ones


@numba.njit(inline="always")
def support(row, state, cells, top):
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


@numba.njit
def choose(score, state, words, start, stop, cells):
    """Equation (2) for the cells start .. stop, whose clusters share no word with others.

    Returns whether a cell changed.
    """
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
