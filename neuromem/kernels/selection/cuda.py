"""Launchers for a CUDA device: a block of threads has an item to itself.

Each of its n threads takes every n-th cell and module.
"""

from __future__ import annotations

import math
from typing import Any

import array_api_compat
import numba

import neuromem.kernels.selection.body as body
from neuromem.arrays import move_beside
from neuromem.kernels import counter, launch
from neuromem.kernels.bits import bit
from neuromem.kernels.counter import Stream
from neuromem.kernels.launch import THREADS, cuda, over


@cuda.jit
def _learn(weights, lines, seed, first, power, floor, bend, gain, codes, familiarity, u, reached, chance, no_tie):
    lane, lanes, modules = cuda.threadIdx.x, cuda.blockDim.x, codes.shape[1]
    cells, own, parts = len(weights) // modules, slice(lane, None, lanes), cuda.shared.array(THREADS, numba.float64)
    for item in range(len(lines)):
        active = body.inputs(weights[own], lines[item], u[own])
        for some in range(lane, active + 1, lanes):
            chance[some] = body.chance_of(some, active, power)
        cuda.syncthreads()
        G = over(body.best(u, active, power, no_tie, codes[item], lane, lanes), False, parts) / modules
        familiarity[item] = G
        eta = body.eta_of(G, floor, bend, gain, cells)
        for q in range(lane, modules, lanes):
            uniform = counter.uniform(seed, Stream.DRAW, first + item, 0, q)
            winner = body.drawn(u, q, cells, eta, chance, uniform, reached[q])
            codes[item, q] = winner
            for w in range(lines.shape[1]):
                weights[q * cells + winner, w] |= lines[item, w]
        cuda.syncthreads()


def learn(weights: Any, lines: Any, *arguments: Any) -> None:
    """One block, as items are learnt one after the other."""
    xp, modules = array_api_compat.array_namespace(lines), arguments[-2].shape[1]
    cells = len(weights) // modules
    u, reached = launch.room(lines, len(weights), dtype=xp.int64), launch.room(lines, modules, cells, dtype=xp.float64)
    chance, no_tie = launch.room(reached, 64 * lines.shape[1] + 1), launch.room(reached, len(weights))
    no_tie[...] = 0
    launch.run(_learn, 1, weights, lines, *arguments, u, reached, chance, no_tie)


@cuda.jit
def _recognise(weights, lines, tie, power, codes, familiarity, u):
    item, lane, lanes = cuda.blockIdx.x, cuda.threadIdx.x, cuda.blockDim.x
    own, parts = slice(lane, None, lanes), cuda.shared.array(THREADS, numba.float64)
    active = body.inputs(weights[own], lines[item], u[item, own])
    cuda.syncthreads()
    best = body.best(u[item], active, power, tie, codes[item], lane, lanes)
    familiarity[item] = over(best, False, parts) / codes.shape[1]


def recognise(weights: Any, lines: Any, tie: Any, *arguments: Any) -> None:
    xp = array_api_compat.array_namespace(lines)
    launch.fits(launch.number_of(lines), "cues", len(lines), 8 * len(weights))
    u = launch.room(lines, len(lines), len(weights), dtype=xp.int64)
    launch.run(_recognise, len(lines), weights, lines, move_beside(xp, tie, lines), *arguments, u)


@cuda.jit(device=True)
def _winners(weights, code, line):
    """How many winners of a code know a line."""
    cells, count = len(weights) // code.size, 0
    for q in range(code.size):
        count += bit(weights[q * cells + code[q], line // 64], line % 64)
    return count


@cuda.jit
def _decode(weights, codes, items, quorum):
    for at in range(cuda.grid(1), items.size, cuda.gridsize(1)):
        item, j = at // items.shape[1], at % items.shape[1]
        off = 0 if quorum else _winners(weights, codes[item], items.shape[1] + j)
        items[item, j] = body.sign(_winners(weights, codes[item], j), off, quorum)


def decode(weights: Any, codes: Any, items: Any, quorum: int) -> None:
    launch.each(_decode, math.prod(items.shape), weights, codes, items, quorum)
