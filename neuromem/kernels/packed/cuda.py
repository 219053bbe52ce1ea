"""Launchers for a CUDA device: a thread for each word of the weights, or for each field.

The fields are few beside the cells, and few cells are active: a block gathers the active ones of a
cue, a tile of cells after the other, and each of its threads reads their weights for its field.
"""

from __future__ import annotations

import math
from typing import Any

import numba
import numpy as np

from neuromem.kernels import launch
from neuromem.kernels.bits import bit
from neuromem.kernels.launch import THREADS, cuda

TILE = 8 * THREADS  # cells


@cuda.jit
def _associate(weights, keys, values, loops):
    for at in range(cuda.grid(1), weights.size, cuda.gridsize(1)):
        i, word = at // weights.shape[1], at % weights.shape[1]
        joined = weights[i, word]
        for item in range(keys.shape[0]):
            if keys[item, i]:
                joined |= values[item, word]
        if not loops and word == i // 64 and bit(joined, i % 64):
            joined ^= np.uint64(1) << np.uint64(i % 64)
        weights[i, word] = joined


@cuda.jit
def _sums(weights, active, out):
    lane, lanes, cells = cuda.threadIdx.x, cuda.blockDim.x, weights.shape[0]
    cue, j = cuda.blockIdx.x % out.shape[0], cuda.blockIdx.x // out.shape[0] * lanes + lane
    found = cuda.shared.array(TILE, numba.int64)
    number, count = cuda.shared.array(1, numba.int64), 0  # a line of its own: the simulator tells them apart by it
    for begin in range(0, cells, TILE):
        if lane == 0:
            number[0] = 0
        cuda.syncthreads()
        for i in range(begin + lane, begin + TILE, lanes):
            if i < cells and active[cue, i]:
                found[cuda.atomic.add(number, 0, 1)] = i  # in any order, as whole numbers are added
        cuda.syncthreads()
        if j < out.shape[1]:
            for at in range(number[0]):
                count += bit(weights[found[at], j // 64], j % 64)
        cuda.syncthreads()
    if j < out.shape[1]:
        out[cue, j] = count


def associate(weights: Any, keys: Any, values: Any, loops: bool) -> None:
    launch.each(_associate, math.prod(weights.shape), weights, keys, values, loops)


def sums(weights: Any, active: Any, out: Any) -> None:
    launch.run(_sums, len(out) * -(-out.shape[1] // THREADS), weights, active, out)
