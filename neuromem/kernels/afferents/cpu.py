"""Launchers for the CPU: cues are shared out over the cores."""

from __future__ import annotations

import numba

from neuromem.kernels.compiled import parallel, serial


@numba.njit
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


@serial
def sum_one(weights, source, own, code, strength, cells, total, active):
    """`sum_all` for one cue, as in learning, without waking threads."""
    _sum(weights, source, own, code[0], strength[0], cells, total[0], active[0])


@parallel
def sum_all(weights, source, own, code, strength, cells, total, active):
    for cue in numba.prange(len(code)):
        _sum(weights, source, own, code[cue], strength[cue], cells, total[cue], active[cue])


@serial
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


@parallel
def heard(weights, winner, acts, counts):
    size = weights.shape[2] // winner.shape[2]
    for cue in numba.prange(len(winner)):
        for m in range(len(weights)):
            if acts[cue, m]:
                for row in range(weights.shape[1]):
                    for q in range(winner.shape[2]):
                        counts[cue, m, row] += weights[m, row, q * size + winner[cue, m, q]] > 0
