"""Launchers for a CUDA device.

Reading, a block of threads has a cue to itself; writing, as many locations as it has threads.
"""

from __future__ import annotations

from typing import Any

import numba

from neuromem.kernels import launch
from neuromem.kernels.bits import ones
from neuromem.kernels.launch import THREADS, cuda


@cuda.jit(device=True)
def _near(addresses, start, sign, known, most, number, near):
    """Put the active locations from `start` on into `near`, number[0] of them, in order."""
    location, differ = start + cuda.threadIdx.x, 0
    if cuda.threadIdx.x == 0:
        number[0] = 0
    cuda.syncthreads()
    if location < addresses.shape[1]:
        for w in range(addresses.shape[0]):
            differ += ones((addresses[w, location] ^ sign[w]) & known[w])
        if differ <= most:
            near[cuda.atomic.add(number, 0, 1)] = location
    cuda.syncthreads()
    if cuda.threadIdx.x == 0:  # sums of real counters depend on the order
        for last in range(1, number[0]):
            place, at = near[last], last
            while at > 0 and near[at - 1] > place:
                near[at] = near[at - 1]
                at -= 1
            near[at] = place
    cuda.syncthreads()


@cuda.jit
def _read(addresses, counters, signs, known, unknown, radius, sums, active):
    cue, count, most = cuda.blockIdx.x, 0, (2 * radius - unknown[cuda.blockIdx.x]) // 2
    number = cuda.shared.array(1, numba.int64)
    near = cuda.shared.array(THREADS, numba.int64)
    for start in range(0, counters.shape[0], THREADS):
        _near(addresses, start, signs[cue], known[cue], most, number, near)
        count += number[0]
        for at in range(number[0]):
            for unit in range(cuda.threadIdx.x, counters.shape[1], THREADS):
                sums[cue, unit] += counters[near[at], unit]
        cuda.syncthreads()
    active[cue] = count


def read(addresses: Any, counters: Any, signs: Any, known: Any, unknown: Any, radius: int, *found: Any) -> None:
    launch.run(_read, len(signs), addresses, counters, signs, known, unknown, radius, *found)


@cuda.jit
def _write(addresses, counters, signs, known, unknown, values, radius):
    start = cuda.blockIdx.x * THREADS
    number = cuda.shared.array(1, numba.int64)
    near = cuda.shared.array(THREADS, numba.int64)
    for item in range(len(signs)):
        _near(addresses, start, signs[item], known[item], (2 * radius - unknown[item]) // 2, number, near)
        for at in range(number[0]):
            for unit in range(cuda.threadIdx.x, counters.shape[1], THREADS):
                counters[near[at], unit] += values[item, unit]
        cuda.syncthreads()


def write(addresses: Any, counters: Any, *arguments: Any) -> None:
    """A block for each THREADS locations, so that no two add to one counter."""
    launch.run(_write, -(-len(counters) // THREADS), addresses, counters, *arguments)
