"""What reaches cells from outside the circuit: noise, and background spikes."""

from __future__ import annotations

import math

import numba

from neuromem.kernels import counter

from ._blocks import BLOCK, LANES

TAU = 2 * math.pi

inlined = numba.njit(inline="always")


@inlined
def normal(seed, copy, step, unit):
    """A standard normal number for a counter (Box & Muller 1958)."""
    radius = math.sqrt(-2 * math.log(1 - counter.uniform(seed, counter.Stream.CURRENT, copy, step, 2 * unit)))
    return radius * math.cos(TAU * counter.uniform(seed, counter.Stream.CURRENT, copy, step, 2 * unit + 1))


@inlined
def receive(plan, cells, block, seed, copy, t):
    """The background spikes of this step reach the cells of a block."""
    population, current, unit = plan.cells.population[block], plan.cells.outside[block], plan.cells.unit[block]
    for lane in range(LANES):
        drawn, number = counter.uniform(seed, counter.Stream.BACKGROUND, copy, t, unit + lane), 0
        while drawn >= plan.cells.below[population, number]:
            number += 1
        cells[block * BLOCK + current + lane] += number * plan.cells.strength[population]
