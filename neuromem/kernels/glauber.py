"""Asynchronous (Glauber) spin updates: a spin at a time, at zero temperature or in a heat bath, batched over the cues.

At zero temperature      s_i <- sign(h_i), and a spin whose field is 0 keeps its state;            (1)
at temperature 1 / beta  P(s_i = +1) = 1 / (1 + exp(-2 beta h_i)).                                 (2)

A sweep visits every unit once, in a random order; the orders come from the seed alone, so a batch equals a loop. At zero
temperature a cue ends with the first sweep that flips nothing. Fields are sums kept up to date and touched only where a
spin flips. With whole-number weights they are whole numbers, so ties are exact.
Glauber 1963, J. Math. Phys. 4:294; Geman & Geman 1984, IEEE PAMI 6:721.
"""

from __future__ import annotations

import functools
import math
from typing import NamedTuple

import numba
import numpy as np

from . import counter

ORDERS = 64  # different update orders, used in turn


class Settled(NamedTuple):
    """Where each cue ended: spins int8 (cue, unit), sweeps made, whether it stands still, multiply-adds done (cue,)."""

    spins: np.ndarray
    sweeps: np.ndarray
    converged: np.ndarray
    operations: np.ndarray


@functools.lru_cache(maxsize=16)
def _orders(seed: int, units: int) -> np.ndarray:
    return counter.orders(seed, ORDERS, units)


def chance(field, beta):
    """P(s = +1) of a spin in a local field, equation (2)."""
    return 1.0 / (1.0 + math.exp(-2.0 * beta * field))


# --- references: slow and obvious -------------------------------------------------------------------------------------


def reference(field, spins: np.ndarray, *, beta: float = np.inf, sweeps: int = 100, seed: int = 0) -> np.ndarray:
    """The updates above in NumPy, for any `field(s, i)`: the local field of unit i in the state s."""
    spins = np.array(spins, np.int8)
    orders = counter.orders(seed, ORDERS, spins.shape[1])
    for trial, s in enumerate(spins):
        for sweep in range(sweeps):
            before = s.copy()
            for i in orders[sweep % ORDERS]:
                h = field(s, i)
                if beta == np.inf:
                    s[i] = np.sign(h) or s[i]
                else:
                    s[i] = 1 if counter.reference(seed, trial, sweep, i) < chance(h, beta) else -1
            if beta == np.inf and np.array_equal(s, before):
                break
    return spins


# --- one cue ----------------------------------------------------------------------------------------------------------

_chance = numba.njit(inline="always")(chance)


@numba.njit(inline="always")
def _update(s, h, beta, seed, trial, sweep, unit):
    """The new state of a spin, equations (1) and (2)."""
    if beta == np.inf:
        return 1 if h > 0 else (-1 if h < 0 else s)
    return 1 if counter.uniform(seed, trial, sweep, unit) < _chance(h, beta) else -1


@numba.njit(cache=True)
def _settle_weights(outgoing, bias, s, h, orders, beta, sweeps, seed, trial):
    h[:] = bias
    touched = 0
    for j in range(s.size):
        if s[j] != 0:
            touched += 1
            for i in range(s.size):
                h[i] += s[j] * outgoing[j, i]
    for sweep in range(sweeps):
        flips = 0
        for j in orders[sweep % len(orders)]:
            new = _update(s[j], h[j], beta, seed, trial, sweep, j)
            change = new - s[j]
            if change != 0:
                flips += 1
                s[j] = new
                for i in range(s.size):
                    h[i] += change * outgoing[j, i]
        touched += flips
        if flips == 0 and beta == np.inf:
            return sweep + 1, True, touched * s.size
    return sweeps, False, touched * s.size


# --- all cues ---------------------------------------------------------------------------------------------------------


@numba.njit(parallel=True, cache=True)
def _all_weights(outgoing, bias, spins, orders, beta, sweeps, seed, steps, converged, operations):
    for cue in numba.prange(len(spins)):
        h = np.empty_like(bias)
        steps[cue], converged[cue], operations[cue] = _settle_weights(
            outgoing, bias, spins[cue], h, orders, beta, sweeps, seed, cue
        )


def weights(
    outgoing: np.ndarray,
    spins: np.ndarray,
    *,
    bias: np.ndarray | None = None,
    beta: float = np.inf,
    sweeps: int = 100,
    seed: int = 0,
) -> Settled:
    """Updates `spins` (cue, unit; +1, -1 or 0) in the fields h_i = b_i + sum_j W_ij s_j.

    `outgoing` (unit, unit) is W transposed: its row j holds the weights from unit j to all others, which are added to the
    fields when j flips. Weights may be whole numbers (fields are then exact) or float32, float64; `bias` (unit,).
    """
    spins = np.array(spins, np.int8, order="C")
    outgoing = np.ascontiguousarray(outgoing)
    if outgoing.dtype.kind == "f":
        kind = outgoing.dtype
    else:
        most = len(outgoing) * max(int(outgoing.max()), -int(outgoing.min()), 1)
        kind = np.dtype(np.int32 if most < 2**31 else np.int64)
    bias = np.zeros(len(outgoing), kind) if bias is None else np.ascontiguousarray(bias, kind)
    batch = len(spins)
    ended = Settled(spins, np.empty(batch, np.int64), np.empty(batch, bool), np.empty(batch, np.int64))
    _all_weights(outgoing, bias, spins, _orders(seed, len(outgoing)), float(beta), sweeps, seed, *ended[1:])
    return ended
