"""Launchers for the CPU: the cores share out the rows of the table, or the cues of the fields."""

from __future__ import annotations

import numba
import numpy as np

from neuromem.kernels.bits import bit, ones
from neuromem.kernels.compiled import parallel

ROWS = 64  # a core joins so many cells at a time: their keys lie in one line of the cache


@parallel
def shared(rows, cues, out):
    for row in numba.prange(rows.shape[0]):
        for cue in range(cues.shape[0]):
            count = np.uint64(0)
            for word in range(rows.shape[1]):
                count += ones(rows[row, word] & cues[cue, word])
            out[row, cue] = count


@parallel
def associate(weights, keys, values, loops):
    for block in numba.prange(-(-weights.shape[0] // ROWS)):
        start, stop = block * ROWS, min((block + 1) * ROWS, weights.shape[0])
        for item in range(keys.shape[0]):
            for i in range(start, stop):
                if keys[item, i]:
                    for word in range(weights.shape[1]):
                        weights[i, word] |= values[item, word]
        if not loops:
            for i in range(start, stop):
                weights[i, i // 64] &= ~(np.uint64(1) << np.uint64(i % 64))


@parallel
def sums(weights, active, out):
    for cue in numba.prange(active.shape[0]):
        fields = np.zeros(weights.shape[1] * 64, np.int32)
        for i in range(weights.shape[0]):
            if active[cue, i]:
                for word in range(weights.shape[1]):
                    bits = weights[i, word]
                    for b in range(64):
                        fields[64 * word + b] += np.int32(bit(bits, b))
        out[cue] = fields[: out.shape[1]]
