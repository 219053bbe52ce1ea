"""Reading and writing of hard locations: packed addresses, a row of counters at each.

A location is active for a cue iff its address lies within `radius` of it; unknown units of a cue count half:

    active:  2 popcount((address xor cue) and known) + unknown <= 2 radius                                (1)
    write:   counters of every active location += value                                                   (2)
    read:    sum of the counters of all active locations                                                  (3)

Addresses are held word by word, uint64 (word, location), so that one instruction counts for several locations: `BLOCK` of
them are compared at a time, and searched for active ones only if the nearest is. The table is read once for a group of at
most `GROUP` cues, as many groups as keep all cores busy. Writing is shared out by blocks of locations, so that no two cores
meet.
"""

from __future__ import annotations

from typing import Any

import array_api_compat
import numba
import numpy as np

from neuromem.arrays import namespace

from .arrays import fitting
from .bits import ones, pack

GROUP = 16
BLOCK = 128


def masks(cues: Any) -> tuple[Any, Any, Any]:
    """Signs and known units of cues (cue, unit), packed, and the number of unknown units (cue,), for the kernels below."""
    return pack(cues > 0), pack(cues != 0), (cues == 0).sum(1)


def active_reference(addresses: np.ndarray, cues: np.ndarray, radius: int) -> np.ndarray:
    """Equation (1) in plain NumPy, bool (cue, location)."""
    signs, known, unknown = masks(cues)
    differ = np.bitwise_count((addresses.T[None] ^ signs[:, None]) & known[:, None]).sum(-1, dtype=int)
    return 2 * differ + unknown[:, None] <= 2 * radius


def write_reference(addresses, counters, keys, values, radius) -> None:
    """Equation (2) in plain NumPy."""
    counters += active_reference(addresses, keys, radius).T.astype(np.int64) @ values


def read_reference(addresses, counters, cues, radius) -> tuple[np.ndarray, np.ndarray]:
    """Equation (3) in plain NumPy: sums (cue, unit) and active locations (cue,)."""
    active = active_reference(addresses, cues, radius)
    return active.astype(np.int64) @ counters, active.sum(1)


@numba.njit(inline="always")
def _nearest(addresses, start, stop, sign, known, differ):
    """Fills `differ` with the known units in which the locations of a block differ from the cue; the least of them."""
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


@numba.njit(parallel=True, cache=True)
def _write(addresses, counters, signs, known, unknown, values, radius):
    for block in numba.prange(-(-counters.shape[0] // BLOCK)):
        differ = np.empty(BLOCK, np.int64)
        start, stop = block * BLOCK, min((block + 1) * BLOCK, counters.shape[0])
        for item in range(signs.shape[0]):
            most = (2 * radius - unknown[item]) // 2
            if _nearest(addresses, start, stop, signs[item], known[item], differ) <= most:
                for location in range(start, stop):
                    if differ[location - start] <= most:
                        for unit in range(counters.shape[1]):
                            counters[location, unit] += values[item, unit]


@numba.njit(parallel=True, cache=True)
def _read(addresses, counters, signs, known, unknown, radius, size, sums, active):
    cues = signs.shape[0]
    for group in numba.prange(-(-cues // size)):
        differ = np.empty(BLOCK, np.int64)
        for start in range(0, counters.shape[0], BLOCK):
            stop = min(start + BLOCK, counters.shape[0])
            for cue in range(group * size, min((group + 1) * size, cues)):
                most = (2 * radius - unknown[cue]) // 2
                if _nearest(addresses, start, stop, signs[cue], known[cue], differ) <= most:
                    for location in range(start, stop):
                        if differ[location - start] <= most:
                            active[cue] += 1
                            for unit in range(counters.shape[1]):
                                sums[cue, unit] += counters[location, unit]


def write(addresses: Any, counters: Any, keys: Any, values: Any, radius: int) -> None:
    """Adds values (item, value unit) of +1/-1 to `counters` (location, value unit), integers, in place, equation (2).

    addresses: packed, uint64 (word, location); keys: (item, unit).
    """
    xp = namespace(addresses=addresses, counters=counters, keys=keys, values=values)
    fitting(keys, "write", _write)(addresses, counters, *masks(keys), xp.astype(values, counters.dtype), radius)


def read(addresses: Any, counters: Any, cues: Any, radius: int) -> tuple[Any, Any]:
    """Sums (cue, value unit) int32 and numbers of active locations (cue,) for cues (cue, unit), equation (3)."""
    xp, device = namespace(addresses=addresses, counters=counters, cues=cues), array_api_compat.device(cues)
    sums = xp.zeros((len(cues), counters.shape[1]), dtype=xp.int32, device=device)
    active = xp.zeros(len(cues), dtype=xp.int64, device=device)
    turns = max(1, -(-len(cues) // (GROUP * numba.get_num_threads())))
    size = max(1, -(-len(cues) // (turns * numba.get_num_threads())))
    fitting(cues, "read", _read)(addresses, counters, *masks(cues), radius, size, sums, active)
    return sums, active
