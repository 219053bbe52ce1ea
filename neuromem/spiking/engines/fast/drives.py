"""Background spikes, which reach cells from outside the circuit."""

from __future__ import annotations

import numba

from neuromem.kernels import counter

from ._blocks import BLOCK, LANES

inlined = numba.njit(inline="always")


@inlined
def receive(plan, cells, block, seed, copy, t):
    """The background spikes of this step reach the cells of a block."""
    population, current, unit = plan.cells.population[block], plan.cells.outside[block], plan.cells.unit[block]
    for lane in range(LANES):
        drawn, number = counter.uniform(seed, counter.Stream.BACKGROUND, copy, t, unit + lane), 0
        while drawn >= plan.cells.below[population, number]:
            number += 1
        cells[block * BLOCK + current + lane] += number * plan.cells.strength[population]
