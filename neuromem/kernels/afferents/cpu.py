"""Launchers for the CPU: cues are shared out over the cores."""

from __future__ import annotations

import numba

from neuromem.kernels.compiled import parallel, serial

WEIGHT = 127  # a weight that was just set; Rinkus keeps one byte a weight


@numba.njit
def _hear(weight, sources, winner, strength, total, active):
    """Equations (1) and (2) for one cue.

    Shapes: winner (source, module), total (macrocolumn, cell), active (macrocolumn,).
    """
    for m in range(len(weight)):
        for slot in range(sources.slots.shape[1]):
            s = sources.slots[m, slot]
            if s < 0 or strength[s] == 0:
                continue
            active[m] += sources.modules - (sources.own and s == m)
            for q in range(sources.modules):
                row = (slot * sources.modules + q) * sources.cells + winner[s, q]
                for i in range(weight.shape[2]):
                    total[m, i] += strength[s] * weight[m, row, i]


@serial
def hear_one(weight, sources, winner, strength, total, active):
    """`hear_all` for one cue, as in learning, without waking threads."""
    _hear(weight, sources, winner[0], strength[0], total[0], active[0])


@parallel
def hear_all(weight, sources, winner, strength, total, active):
    for cue in numba.prange(len(winner)):
        _hear(weight, sources, winner[cue], strength[cue], total[cue], active[cue])


@serial
def learn(weights, sources, before, after, now, again):
    """Equation (3) for the first cue of the codes."""
    weight, since, stiffness, frozen = weights
    said, strength, winner, loud = before.winner[0], before.strength[0], after.winner[0], after.strength[0]
    cells = weight.shape[2] // winner.shape[1]
    for m in range(len(weight)):
        if loud[m] == 0:
            continue
        for slot in range(sources.slots.shape[1]):
            s = sources.slots[m, slot]
            if s < 0 or strength[s] == 0:
                continue
            for q in range(sources.modules):
                row = (slot * sources.modules + q) * sources.cells + said[s, q]
                for p in range(winner.shape[1]):
                    i = p * cells + winner[m, p]
                    if frozen[m, i] or (sources.own and s == m and p == q):
                        continue
                    if since.size:
                        age = now - since[m, row, i]
                        if weight[m, row, i] and again[0] <= age < again[1] and stiffness[m, row, i] < 2:
                            stiffness[m, row, i] += 1
                        since[m, row, i] = now
                    weight[m, row, i] = WEIGHT


@parallel
def know(weight, winner, counts):
    cells = weight.shape[2] // winner.shape[2]
    for cue in numba.prange(len(winner)):
        for m in range(len(weight)):
            if winner[cue, m].min() >= 0:
                for row in range(weight.shape[1]):
                    for q in range(winner.shape[2]):
                        counts[cue, m, row] += weight[m, row, q * cells + winner[cue, m, q]] > 0
