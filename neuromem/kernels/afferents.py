"""Afferents of macrocolumns: graded weights (macrocolumn, row, cell) read by the winners of other ones, not by dense rows.

A source macrocolumn in slot s, with modules of `cells` cells, feeds rows (s * modules + q) * cells + k, its winner k of
module q. A line of an image is a source of one module with one cell. Source -1 fills up a slot that is empty.
"""

from __future__ import annotations

import numba
import numpy as np


@numba.njit(cache=True)
def _sum(weights, source, own, code, strength, cells, total, active):
    """`summed` for one cue: code (source, module), strength (source,), total (macrocolumn, cell), active (macrocolumn,)."""
    modules = code.shape[1]
    for m in range(len(weights)):
        for slot in range(source.shape[1]):
            s = source[m, slot]
            if s < 0 or strength[s] == 0:
                continue
            active[m] += modules - (own and s == m)
            for q in range(modules):
                row = (slot * modules + q) * cells + code[s, q]
                for i in range(weights.shape[2]):
                    total[m, i] += strength[s] * weights[m, row, i]


@numba.njit(parallel=True, cache=True)
def _sum_all(weights, source, own, code, strength, cells, total, active):
    for cue in numba.prange(len(code)):
        _sum(weights, source, own, code[cue], strength[cue], cells, total[cue], active[cue])


@numba.njit(cache=True)
def strengthen(weights, source, own, code, strength, cells, winner, acts, frozen, most, since, stiffness, now, again):
    """Every weight from an active source cell to a winner becomes `most`, unless its cell is frozen.

    code (source, module), strength (source,), winner (macrocolumn, module), acts (macrocolumn,), frozen (macrocolumn, cell).
    since, stiffness: when each weight was last set, and its permanence, which rises by one where that was at least again[0]
    and less than again[1] steps before `now`; both are empty where weights never fade.
    """
    modules = code.shape[1]
    size = weights.shape[2] // winner.shape[1]
    for m in range(len(weights)):
        if not acts[m]:
            continue
        for slot in range(source.shape[1]):
            s = source[m, slot]
            if s < 0 or strength[s] == 0:
                continue
            for q in range(modules):
                row = (slot * modules + q) * cells + code[s, q]
                for p in range(winner.shape[1]):
                    i = p * size + winner[m, p]
                    if frozen[m, i] or (own and s == m and p == q):
                        continue
                    if since.size:
                        age = now - since[m, row, i]
                        if weights[m, row, i] and again[0] <= age < again[1] and stiffness[m, row, i] < 2:
                            stiffness[m, row, i] += 1
                        since[m, row, i] = now
                    weights[m, row, i] = most


@numba.njit(parallel=True, cache=True)
def _heard(weights, winner, acts, counts):
    size = weights.shape[2] // winner.shape[2]
    for cue in numba.prange(len(winner)):
        for m in range(len(weights)):
            if acts[cue, m]:
                for row in range(weights.shape[1]):
                    for q in range(winner.shape[2]):
                        counts[cue, m, row] += weights[m, row, q * size + winner[cue, m, q]] > 0


def summed(weights, source, own, code, strength, cells):
    """total float32 (cue, macrocolumn, cell) of the weights from active sources, each times its `strength` (cue, source),
    and active (cue, macrocolumn): the number of active cells that each of its cells could have heard.

    code: (cue, source, module).  own: whether sources are the macrocolumns themselves; a module then gets nothing from
    itself. A single cue, as in learning, does not wake threads.
    """
    total = np.zeros((len(code), len(weights), weights.shape[2]), np.float32)
    active = np.zeros(total.shape[:2], np.int64)
    if len(code) == 1:
        _sum(weights, source, own, code[0], strength[0], cells, total[0], active[0])
    else:
        _sum_all(weights, source, own, code, strength, cells, total, active)
    return total, active


def heard(weights, winner, acts):
    """counts int32 (cue, macrocolumn, row): how many of the winners (cue, macrocolumn, module) have a weight from a row."""
    counts = np.zeros((len(winner), *weights.shape[:2]), np.int32)
    _heard(weights, winner, acts, counts)
    return counts


def zeros(source: np.ndarray, rows: int, cells: int, dtype: type = np.uint8) -> np.ndarray:
    """An array (macrocolumn, row, cell) for sources (macrocolumn, slot) of `rows` rows each."""
    return np.zeros((len(source), source.shape[1] * rows, cells), dtype)
