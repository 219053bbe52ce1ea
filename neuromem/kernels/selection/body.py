"""Equations (2) to (11) for one item, on packed bits: what both launchers run."""

from __future__ import annotations

import math

import numba
import numpy as np

from neuromem.kernels.bits import ones

S1, S2, S3, S4 = 0.1, 4.0, 1.0, 8


@numba.njit
def inputs(weights, line, u):
    """Equation (2) on packed bits; returns the number of active lines."""
    active = np.int64(0)
    for w in range(line.size):
        active += np.int64(ones(line[w]))
    for i in range(u.size):
        total = np.uint64(0)
        for w in range(line.size):
            total += ones(weights[i, w] & line[w])
        u[i] = total
    return active if active > 1 else 1


@numba.njit
def best(u, active, power, tie, code, lane, lanes):
    """Equations (3, 4, 6, 11): the cell of each module with the greatest input; returns Q G (7).

    Of equal cells the one with the greatest tie wins.

    Of every `lanes` modules, one, where threads of a CUDA device share them.
    """
    cells, G = u.size // code.size, 0.0
    for q in range(lane, code.size, lanes):
        winner = q * cells
        for i in range(winner + 1, winner + cells):
            if u[i] > u[winner] or (u[i] == u[winner] and tie[i] > tie[winner]):
                winner = i
        code[q] = winner - q * cells
        G += (u[winner] / active) ** power
    return G


@numba.njit(inline="always")
def chance_of(u, active, power):
    """Equation (9) without eta: 1 / (1 + s1 exp(..))^s4."""
    return 1 / (1 + S1 * math.exp(-S2 * ((u / active) ** power - S3))) ** S4


@numba.njit
def eta_of(G, floor, bend, gain, cells):
    """Equation (8)."""
    above = (G - floor) / (1 - floor)
    return 1 + (above if above > 0 else 0.0) ** bend * gain * cells


@numba.njit
def drawn(u, q, cells, eta, chance, uniform, reached):
    """Equations (9, 10, 11), learning: the cell of module q that is drawn."""
    total = 0.0
    for k in range(cells):
        total += 1 + (eta - 1) * chance[u[q * cells + k]]
        reached[k] = total
    for k in range(cells):
        if reached[k] > uniform * total:
            return k
    return cells - 1


@numba.njit(inline="always")
def sign(on, off, quorum):
    """What a unit is whose lines for +1 and -1 so many winners know."""
    if quorum:
        return 1 if on >= quorum else -1
    return 1 if on > off else (-1 if on < off else 0)
