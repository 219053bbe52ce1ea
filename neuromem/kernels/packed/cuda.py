"""Launchers for a CUDA device: a thread for each count."""

from __future__ import annotations

import math
from typing import Any

from neuromem.kernels import launch
from neuromem.kernels.bits import bit, ones
from neuromem.kernels.launch import cuda


@cuda.jit
def _shared(rows, cues, out):
    for at in range(cuda.grid(1), out.size, cuda.gridsize(1)):
        row, cue = at // out.shape[1], at % out.shape[1]
        count = 0
        for word in range(rows.shape[1]):
            count += ones(rows[row, word] & cues[cue, word])
        out[row, cue] = count


@cuda.jit
def _distance(rows, cues, out):
    for at in range(cuda.grid(1), out.size, cuda.gridsize(1)):
        row, cue = at // out.shape[1], at % out.shape[1]
        count = 0
        for word in range(rows.shape[1]):
            count += ones(rows[row, word] ^ cues[cue, word])
        out[row, cue] = count


@cuda.jit
def _sums(weights, active, out):
    for at in range(cuda.grid(1), out.size, cuda.gridsize(1)):
        cue, j = at // out.shape[1], at % out.shape[1]
        count = 0
        for i in range(weights.shape[0]):
            if active[cue, i]:
                count += bit(weights[i, j // 64], j % 64)
        out[cue, j] = count


def shared(rows: Any, cues: Any, out: Any) -> None:
    launch.each(_shared, math.prod(out.shape), rows, cues, out)


def distance(rows: Any, cues: Any, out: Any) -> None:
    launch.each(_distance, math.prod(out.shape), rows, cues, out)


def sums(weights: Any, active: Any, out: Any) -> None:
    launch.each(_sums, math.prod(out.shape), weights, active, out)
