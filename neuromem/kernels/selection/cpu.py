"""Launchers for the CPU: items are learnt one after the other, and recognised on all cores."""

from __future__ import annotations

import numba
import numpy as np

from neuromem.kernels import counter
from neuromem.kernels.bits import bit
from neuromem.kernels.compiled import parallel, serial
from neuromem.kernels.counter import Stream

from .body import best, chance_of, drawn, eta_of, inputs, sign


@serial
def learn(weights, lines, seed, first, power, floor, bend, gain, codes, familiarity):
    modules = codes.shape[1]
    cells = len(weights) // modules
    u, reached, no_tie = np.empty(len(weights), np.int64), np.empty(cells), np.zeros(len(weights))
    chance, known = np.empty(64 * lines.shape[1] + 1), 0
    for item in range(len(lines)):
        active = inputs(weights, lines[item], u)
        if active != known:
            for some in range(active + 1):  # V takes no other value
                chance[some] = chance_of(some, active, power)
            known = active
        G = familiarity[item] = best(u, active, power, no_tie, codes[item], 0, 1) / modules
        eta = eta_of(G, floor, bend, gain, cells)
        for q in range(modules):
            uniform = counter.uniform(seed, Stream.DRAW, first + item, 0, q)
            winner = codes[item, q] = drawn(u, q, cells, eta, chance, uniform, reached)
            for w in range(lines.shape[1]):
                weights[q * cells + winner, w] |= lines[item, w]


@parallel
def recognise(weights, lines, tie, power, codes, familiarity):
    for item in numba.prange(len(lines)):
        u = np.empty(len(weights), np.int64)
        active = inputs(weights, lines[item], u)
        familiarity[item] = best(u, active, power, tie, codes[item], 0, 1) / codes.shape[1]


def decode(weights, codes, items, quorum):
    """Count in the smallest type that holds the number of winners, which is fast."""
    _decode(weights, codes, items, quorum, np.empty(0, np.min_scalar_type(codes.shape[1])))


@parallel
def _decode(weights, codes, items, quorum, like):
    cells, units = len(weights) // codes.shape[1], items.shape[1]
    for item in numba.prange(len(codes)):
        known = np.zeros(64 * weights.shape[1], like.dtype)  # how many winners know each line
        for w in range(weights.shape[1]):
            for q in range(codes.shape[1]):
                word = weights[q * cells + codes[item, q], w]
                for b in range(64):
                    known[64 * w + b] += like.dtype.type(bit(word, b))
        for j in range(units):
            items[item, j] = sign(known[j], 0 if quorum else known[units + j], quorum)
