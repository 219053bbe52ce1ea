"""Launchers for the CPU: rows of the table are shared out over the cores, and read once for a whole batch of cues."""

from __future__ import annotations

import numba
import numpy as np

from neuromem.kernels.bits import bit, ones
from neuromem.kernels.compiled import parallel


@parallel
def shared(rows, cues, out):
    for row in numba.prange(rows.shape[0]):
        for cue in range(cues.shape[0]):
            count = np.uint64(0)
            for word in range(rows.shape[1]):
                count += ones(rows[row, word] & cues[cue, word])
            out[row, cue] = count


@parallel
def distance(rows, cues, out):
    for row in numba.prange(rows.shape[0]):
        for cue in range(cues.shape[0]):
            count = np.uint64(0)
            for word in range(rows.shape[1]):
                count += ones(rows[row, word] ^ cues[cue, word])
            out[row, cue] = count


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
