"""Reading and writing of hard locations: packed addresses, a row of counters at each.

A location is active for a cue iff its address lies within `radius` of it; unknown units of a cue count half:

    active:  2 popcount((address xor cue) and known) + unknown <= 2 radius                                (1)
    write:   counters of every active location += value                                                   (2)
    read:    sum of the counters of all active locations                                                  (3)

The table of addresses is read once for each `GROUP` cues. Writing is shared out by location, so that no two cores meet.
"""

from __future__ import annotations

import numba
import numpy as np

from .bits import ones, pack

GROUP = 16


def masks(cues: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Signs and known units of cues (cue, unit), packed, and the number of unknown units (cue,), for the kernels below."""
    return pack(cues > 0), pack(cues != 0), (cues == 0).sum(1)


def active_reference(addresses: np.ndarray, cues: np.ndarray, radius: int) -> np.ndarray:
    """Equation (1) in plain NumPy, bool (cue, location)."""
    signs, known, unknown = masks(cues)
    differ = np.bitwise_count((addresses[None] ^ signs[:, None]) & known[:, None]).sum(-1, dtype=int)
    return 2 * differ + unknown[:, None] <= 2 * radius


def write_reference(addresses, counters, keys, values, radius) -> None:
    """Equation (2) in plain NumPy."""
    counters += active_reference(addresses, keys, radius).T.astype(np.int64) @ values


def read_reference(addresses, counters, cues, radius) -> tuple[np.ndarray, np.ndarray]:
    """Equation (3) in plain NumPy: sums (cue, unit) and active locations (cue,)."""
    active = active_reference(addresses, cues, radius)
    return active.astype(np.int64) @ counters, active.sum(1)


@numba.njit(inline="always")
def _active(address, sign, known, unknown, radius):
    differ = np.uint64(0)
    for word in range(address.shape[0]):
        differ += ones((address[word] ^ sign[word]) & known[word])
    return 2 * np.int64(differ) + unknown <= 2 * radius


@numba.njit(parallel=True, cache=True)
def _write(addresses, counters, signs, known, unknown, values, radius):
    for location in numba.prange(addresses.shape[0]):
        for item in range(signs.shape[0]):
            if _active(addresses[location], signs[item], known[item], unknown[item], radius):
                for unit in range(counters.shape[1]):
                    counters[location, unit] += values[item, unit]


@numba.njit(parallel=True, cache=True)
def _read(addresses, counters, signs, known, unknown, radius, sums, active):
    for group in numba.prange(-(-signs.shape[0] // GROUP)):
        cues = range(group * GROUP, min((group + 1) * GROUP, signs.shape[0]))
        for location in range(addresses.shape[0]):
            for cue in cues:
                if _active(addresses[location], signs[cue], known[cue], unknown[cue], radius):
                    active[cue] += 1
                    for unit in range(counters.shape[1]):
                        sums[cue, unit] += counters[location, unit]


def write(addresses: np.ndarray, counters: np.ndarray, keys: np.ndarray, values: np.ndarray, radius: int) -> None:
    """Adds values (item, value unit) of +1/-1 to `counters` (location, value unit), integers, in place, equation (2).

    addresses: packed, uint64 (location, word); keys: (item, unit).
    """
    _write(addresses, counters, *masks(keys), values.astype(counters.dtype), radius)


def read(addresses: np.ndarray, counters: np.ndarray, cues: np.ndarray, radius: int) -> tuple[np.ndarray, np.ndarray]:
    """Sums (cue, value unit) int32 and numbers of active locations (cue,) for cues (cue, unit), equation (3)."""
    sums, active = np.zeros((len(cues), counters.shape[1]), np.int32), np.zeros(len(cues), np.int64)
    _read(addresses, counters, *masks(cues), radius, sums, active)
    return sums, active
