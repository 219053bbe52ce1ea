"""A step of the cells whose potential does not move linearly."""

from __future__ import annotations

import math

import numba
import numpy as np

from ._blocks import (
    BLOCK,
    CONDUCTS,
    DECAY,
    DECAY_E,
    DECAY_I,
    FAST_B,
    FOLLOW,
    IE,
    II,
    KEPT,
    LANES,
    LEAK,
    OFFSET,
    PULL,
    QUADRATIC,
    READY,
    REVERSAL_E,
    REVERSAL_I,
    SHARP,
    THETA,
    TURN,
    V,
)

inlined = numba.njit(inline="always")


@inlined
def step_exponential(plan, cells, slow, block, kick, now):
    """Equations (9) to (12), or (1) and (2) with (11) and (12): how many fire."""
    own, curve = plan.cells.constants[block], plan.cells.curve[plan.cells.population[block]]
    leak, sharp, turn, fires = curve[LEAK], curve[SHARP], curve[TURN], 0
    for lane in range(LANES):
        i, j = block * BLOCK + lane, block * LANES + lane
        v, excited, inhibited, w = cells[i + V], cells[i + IE], cells[i + II], slow[j]
        drive, g, factor = own[OFFSET] + cells[kick + np.uint64(lane)] - w, leak, own[DECAY]
        if curve[CONDUCTS] > 0:
            g = leak + excited + inhibited
            factor = math.exp(-g * curve[PULL])
            drive += excited * curve[REVERSAL_E] + inhibited * curve[REVERSAL_I]
        else:
            drive += excited - inhibited
        if sharp > 0:
            drive += leak * sharp * math.exp((v - turn) / sharp)  # (11)
        level = drive / g
        slow[j] = curve[FOLLOW] * v + (w - curve[FOLLOW] * v) * curve[KEPT]  # (12)
        moved = level + (v - level) * factor  # (10)
        cells[i + V] = moved if now >= cells[i + READY] else v
        cells[i + IE], cells[i + II] = excited * own[DECAY_E], inhibited * own[DECAY_I]  # (3)
        fires += cells[i + V] >= own[THETA]
    return fires


@inlined
def step_quadratic(plan, cells, slow, block, kick, now):
    """Equations (13), (14) and (3): how many fire."""
    own, curve, fires = plan.cells.constants[block], plan.cells.curve[plan.cells.population[block]], 0
    for lane in range(LANES):
        i, j = block * BLOCK + lane, block * LANES + lane
        v, u = cells[i + V], slow[j]
        drive = cells[i + IE] - cells[i + II] + own[OFFSET] + cells[kick + np.uint64(lane)]
        slow[j] = u + curve[PULL] * curve[FOLLOW] * (curve[FAST_B] * v - u)  # (14)
        cells[i + V] = v + curve[PULL] * (0.04 * v * v + 5 * v + 140 - u + drive)  # (13)
        cells[i + IE], cells[i + II] = cells[i + IE] * own[DECAY_E], cells[i + II] * own[DECAY_I]  # (3)
        fires += cells[i + V] >= own[THETA]
    return fires


@inlined
def step_curved(plan, cells, slow, block, kick, now):
    """A step of a block of such cells: how many fire."""
    if plan.cells.kind[block] == QUADRATIC:
        return step_quadratic(plan, cells, slow, block, kick, now)
    return step_exponential(plan, cells, slow, block, kick, now)
