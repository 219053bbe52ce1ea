"""Code selection in a macrocolumn: Q modules of K binary cells, a code is one winner in every module.

    u_i = sum_j w_ij x_j;   U_i = u_i / sum_j x_j;   V_i = U_i^lambda                            (2, 3, 4)
    G = (1/Q) sum_q max_{i in q} V_i                                                             (6, 7)
    eta = 1 + max(0, (G - G_min) / (1 - G_min))^gamma chi K                                      (8)
    psi_i = 1 + (eta - 1) / (1 + s1 exp(-s2 (V_i - s3)))^s4;   rho_i = psi_i / sum_{q} psi       (9, 10)
    learning: the winner of q is drawn from rho, then w_winner,j = 1 wherever x_j = 1;  recognition: argmax V     (11)

The numbers are those of the steps of the code selection algorithm (Rinkus 2010, Frontiers in Neuroanatomy 4:17; 2014,
Frontiers in Computational Neuroscience 8:160). `reference` is these lines in NumPy on booleans; `learn` and `recognise`
run them on packed bits. The draw is keyed by (seed, item, module), ties in (11) are broken by a number keyed by
(seed, module, cell): the code of an item depends on the seed and on what was stored before, not on batches. On a CUDA
device G (7), and so the chances in (9), may differ in their last bits from the CPU's.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import array_api_compat
import numba
import numpy as np

from neuromem.arrays import namespace

from . import counter
from .arrays import fitting
from .bits import bit, ones

S1, S2, S3, S4 = 0.1, 4.0, 1.0, 8
_DRAW, _TIE = 0, 1  # the counter's step: what a random number is for


class Gain(NamedTuple):
    """How input becomes probability: lambda = power, G_min = floor, gamma = bend, chi = gain."""

    power: float = 1.0
    floor: float = 0.1
    bend: float = 2.0
    gain: float = 100.0


def reference(
    weights: np.ndarray, lines: np.ndarray, gain: Gain, seed: int, first: int = 0, learn: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Codes (item, module) and familiarity G (item,) of inputs `lines` (item, line); slow and obvious.

    weights: bool (line, module, cell), changed where `learn`.  first: the number of the first item, which keys its draw.
    """
    _, modules, cells = weights.shape
    tie = counter.reference(seed, 0, _TIE, np.arange(modules * cells)).reshape(modules, cells)
    codes, familiarity = np.empty((len(lines), modules), np.int32), np.empty(len(lines))
    for item, line in enumerate(lines):
        u = weights[line].sum(0)  # (2), (module, cell)
        V = (u / max(1, line.sum())) ** gain.power  # (3, 4)
        best = V.max(1)  # (6)
        G = familiarity[item] = best.mean()  # (7)
        if learn:
            eta = 1 + max(0.0, (G - gain.floor) / (1 - gain.floor)) ** gain.bend * gain.gain * cells  # (8)
            psi = 1 + (eta - 1) / (1 + S1 * np.exp(-S2 * (V - S3))) ** S4  # (9)
            reached = psi.cumsum(1)
            draw = counter.reference(seed, first + item, _DRAW, np.arange(modules)) * reached[:, -1]
            code = (reached > draw[:, None]).argmax(1)  # (10, 11)
            weights[:, np.arange(modules), code] |= line[:, None]
        else:
            code = np.where(best[:, None] == V, tie, -1).argmax(1)  # (11)
        codes[item] = code
    return codes, familiarity


@numba.njit(cache=True)
def _inputs(weights, line, u):
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


@numba.njit(cache=True)
def _best(u, active, power, tie, code, lane, lanes):
    """Equations (3, 4, 6, 11): the cell of each module with the greatest input, of equals the greatest tie; returns Q G (7).

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
def _chance(u, active, power):
    """Equation (9) without eta: 1 / (1 + s1 exp(..))^s4."""
    return 1 / (1 + S1 * math.exp(-S2 * ((u / active) ** power - S3))) ** S4


@numba.njit(cache=True)
def _eta(G, floor, bend, gain, cells):
    """Equation (8)."""
    above = (G - floor) / (1 - floor)
    return 1 + (above if above > 0 else 0.0) ** bend * gain * cells


@numba.njit(cache=True)
def _drawn(u, q, cells, eta, chance, uniform, reached):
    """Equations (9, 10, 11), learning: the cell of module q that is drawn."""
    total = 0.0
    for k in range(cells):
        total += 1 + (eta - 1) * chance[u[q * cells + k]]
        reached[k] = total
    for k in range(cells):
        if reached[k] > uniform * total:
            return k
    return cells - 1


@numba.njit(cache=True)
def _learn(weights, lines, seed, first, power, floor, bend, gain, codes, familiarity):
    modules = codes.shape[1]
    cells = len(weights) // modules
    u, reached, no_tie = np.empty(len(weights), np.int64), np.empty(cells), np.zeros(len(weights))
    chance, known = np.empty(64 * lines.shape[1] + 1), 0
    for item in range(len(lines)):
        active = _inputs(weights, lines[item], u)
        if active != known:
            for some in range(active + 1):  # V takes no other value
                chance[some] = _chance(some, active, power)
            known = active
        G = familiarity[item] = _best(u, active, power, no_tie, codes[item], 0, 1) / modules
        eta = _eta(G, floor, bend, gain, cells)
        for q in range(modules):
            uniform = counter.uniform(seed, first + item, _DRAW, q)
            winner = codes[item, q] = _drawn(u, q, cells, eta, chance, uniform, reached)
            for w in range(lines.shape[1]):
                weights[q * cells + winner, w] |= lines[item, w]


@numba.njit(parallel=True, cache=True)
def _recognise(weights, lines, tie, power, codes, familiarity):
    for item in numba.prange(len(lines)):
        u = np.empty(len(weights), np.int64)
        active = _inputs(weights, lines[item], u)
        familiarity[item] = _best(u, active, power, tie, codes[item], 0, 1) / codes.shape[1]


@numba.njit(parallel=True, cache=True)
def _decode(weights, codes, items, quorum):
    cells, units = len(weights) // codes.shape[1], items.shape[1]
    for item in numba.prange(len(codes)):
        known = np.zeros(64 * weights.shape[1], np.uint16)  # how many winners know each line
        for w in range(weights.shape[1]):
            for q in range(codes.shape[1]):
                word = weights[q * cells + codes[item, q], w]
                for b in range(64):
                    known[64 * w + b] += np.uint16(bit(word, b))
        for j in range(units):
            items[item, j] = _sign(known[j], 0 if quorum else known[units + j], quorum)


@numba.njit(inline="always")
def _sign(on, off, quorum):
    """What a unit is whose lines for +1 and -1 so many winners know."""
    if quorum:
        return 1 if on >= quorum else -1
    return 1 if on > off else (-1 if on < off else 0)


def _empty(lines: Any, modules: int) -> tuple[Any, Any]:
    xp, device = array_api_compat.array_namespace(lines), array_api_compat.device(lines)
    codes = xp.empty((len(lines), modules), dtype=xp.int32, device=device)
    return codes, xp.empty(len(lines), dtype=xp.float64, device=device)


def learn(weights: Any, lines: Any, modules: int, gain: Gain, seed: int, first: int) -> tuple[Any, Any]:
    """Codes (item, module) and G (item,) of packed inputs (item, word), learnt one after the other.

    weights: uint64 (module * cell, word), changed.  first: the number of the first item.
    """
    namespace(weights=weights, lines=lines)
    codes, familiarity = _empty(lines, modules)
    fitting(lines, "learn", _learn)(weights, lines, np.uint64(seed), first, *gain, codes, familiarity)
    return codes, familiarity


def recognise(weights: Any, lines: Any, modules: int, gain: Gain, seed: int) -> tuple[Any, Any]:
    """Codes (item, module) and G (item,) of packed inputs (item, word): the best cell of every module."""
    namespace(weights=weights, lines=lines)
    codes, familiarity = _empty(lines, modules)
    tie = counter.reference(seed, 0, _TIE, np.arange(len(weights)))
    fitting(lines, "recognise", _recognise)(weights, lines, tie, gain.power, codes, familiarity)
    return codes, familiarity


def decode(weights: Any, codes: Any, units: int, quorum: int = 0) -> Any:
    """Items int8 (item, unit) that codes (item, module) stand for, from packed weights.

    quorum: winners that must know the line of a unit for it to be +1.  0: each unit has a line for +1, and then each has one
    for -1; the one that more winners know is right, and the unit is 0 if they are even.
    """
    xp = namespace(weights=weights, codes=codes)
    items = xp.empty((len(codes), units), dtype=xp.int8, device=array_api_compat.device(codes))
    fitting(codes, "decode", _decode)(weights, codes, items, quorum)
    return items
