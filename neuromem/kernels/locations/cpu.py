"""Launchers for the CPU.

`BLOCK` locations are compared at a time, and searched for active ones only if the nearest of them
is active. Reading, the table is gone through once for a group of at most `GROUP` cues, in as many
groups as keep all cores busy. Writing is shared out by blocks of locations, so that no two cores
meet.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from neuromem.kernels.bits import ones
from neuromem.kernels.compiled import parallel

BLOCK = 128
GROUP = 16


@numba.njit(inline="always")
def nearest(addresses, start, stop, sign, known, differ):
    """Fill `differ` with the known units in which the locations of a block differ from the cue.

    Returns the least of them.
    """
    differ[:] = 0
    whole = addresses.shape[0] // 4 * 4
    # four words at a time, as `differ` is the bottleneck; slices, as LLVM makes vectors of them
    for w in range(0, whole, 4):
        a, b, c, d = (
            addresses[w, start:stop],
            addresses[w + 1, start:stop],
            addresses[w + 2, start:stop],
            addresses[w + 3, start:stop],
        )
        s0, s1, s2, s3 = sign[w], sign[w + 1], sign[w + 2], sign[w + 3]
        k0, k1, k2, k3 = known[w], known[w + 1], known[w + 2], known[w + 3]
        for at in range(len(a)):
            both = ones((a[at] ^ s0) & k0) + ones((b[at] ^ s1) & k1) + ones((c[at] ^ s2) & k2) + ones((d[at] ^ s3) & k3)
            differ[at] += np.int64(both)
    for w in range(whole, addresses.shape[0]):
        s, k, row = sign[w], known[w], addresses[w, start:stop]
        for at in range(len(row)):
            differ[at] += np.int64(ones((row[at] ^ s) & k))
    least = differ[0]
    for at in range(stop - start):
        least = min(least, differ[at])
    return least


@parallel
def write(addresses, counters, signs, known, unknown, values, radius):
    for block in numba.prange(-(-counters.shape[0] // BLOCK)):
        differ = np.empty(BLOCK, np.int64)
        start, stop = block * BLOCK, min((block + 1) * BLOCK, counters.shape[0])
        for item in range(signs.shape[0]):
            most = (2 * radius - unknown[item]) // 2
            if nearest(addresses, start, stop, signs[item], known[item], differ) <= most:
                for location in range(start, stop):
                    if differ[location - start] <= most:
                        for unit in range(counters.shape[1]):
                            counters[location, unit] += values[item, unit]


@parallel
def _read(addresses, counters, signs, known, unknown, radius, sums, active, size):
    cues = signs.shape[0]
    for group in numba.prange(-(-cues // size)):
        differ = np.empty(BLOCK, np.int64)
        for start in range(0, counters.shape[0], BLOCK):
            stop = min(start + BLOCK, counters.shape[0])
            for cue in range(group * size, min((group + 1) * size, cues)):
                most = (2 * radius - unknown[cue]) // 2
                if nearest(addresses, start, stop, signs[cue], known[cue], differ) <= most:
                    for location in range(start, stop):
                        if differ[location - start] <= most:
                            active[cue] += 1
                            for unit in range(counters.shape[1]):
                                sums[cue, unit] += counters[location, unit]


def read(addresses: Any, counters: Any, signs: Any, *arguments: Any) -> None:
    """Choose the size of a group."""
    threads = numba.get_num_threads()
    turns = max(1, -(-len(signs) // (GROUP * threads)))
    size = max(1, -(-len(signs) // (turns * threads)))
    _read(addresses, counters, signs, *arguments, size)
