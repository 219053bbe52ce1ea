"""Launchers for a CUDA device: a thread for each word of the weights, or for each field."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from neuromem.kernels import launch
from neuromem.kernels.bits import bit
from neuromem.kernels.launch import cuda


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
    for at in range(cuda.grid(1), out.size, cuda.gridsize(1)):
        cue, j = at // out.shape[1], at % out.shape[1]
        count = 0
        for i in range(weights.shape[0]):
            if active[cue, i]:
                count += bit(weights[i, j // 64], j % 64)
        out[cue, j] = count


def associate(weights: Any, keys: Any, values: Any, loops: bool) -> None:
    launch.each(_associate, math.prod(weights.shape), weights, keys, values, loops)


def sums(weights: Any, active: Any, out: Any) -> None:
    launch.each(_sums, math.prod(out.shape), weights, active, out)
