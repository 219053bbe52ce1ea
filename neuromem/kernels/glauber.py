"""Asynchronous (Glauber) spin updates: a spin at a time, at zero temperature or in a heat bath, batched over the cues.

At zero temperature      s_i <- sign(h_i), and a spin whose field is 0 keeps its state;            (1)
at temperature 1 / beta  P(s_i = +1) = (1 + tanh(beta h_i)) / 2.                                 (2)

A sweep visits every unit once, in a random order; the orders come from the seed alone, so a batch equals a loop. At zero
temperature a cue ends with the first sweep that flips nothing.

`weights`, pairwise: h_i = b_i + sum_j W_ij s_j. The fields are kept, and touched only where a spin flips.

`patterns` x of +1/-1, P-body or exponential: with the overlaps M_mu = sum_j x_j^mu s_j, kept as whole numbers,

    h_i = sum_mu x_i^mu g(M_mu - x_i^mu s_i) = sum_mu x_i^mu push(M_mu) - s_i sum_mu pull(M_mu)       (3)
    push(M) = (g(M - 1) + g(M + 1)) / 2,  pull(M) = (g(M + 1) - g(M - 1)) / 2                         (4)

so a visit is one product of a row of patterns with push(M), which changes only where a spin flips.

`patterns` v of other numbers, P-body: diluted (0, +1, -1), or sums of examples, of strength c_mu. Half the change of the
energy in a flip of s_i is a polynomial in v_i,

    h_i = sum_mu c_mu sum_k a_k^mu s_i^(k - 1) v_i^k,  k = 1 .. P                                     (5)
    full power  a_k = (-2)^(k - 1) C(P, k) M^(P - k) / P                                               (6)
    distinct    a_k = (P - 1)! (-1)^(k - 1) e_(P - k),  e_n = sum over j1 < .. < jn of v_j1 s_j1 .. v_jn s_jn  (7)

Sums are of whole numbers where patterns and weights are, so up to 2^53 they are exact, and so are ties.

On a CUDA device (`cuda.py`) a block of threads shares a cue. Each thread runs the same body on every n-th unit or pattern;
`wait` is the barrier between them, `over` gives all of them the sum of their parts, for which `parts` is the room. All three
are None on the CPU, where one thread has a cue to itself.
Glauber 1963, J. Math. Phys. 4:294; Geman & Geman 1984, IEEE PAMI 6:721.
"""

from __future__ import annotations

import functools
import math
from typing import Any, Literal, NamedTuple

import array_api_compat
import numba
import numpy as np

from neuromem.arrays import contiguous, move_beside, namespace, on_device

from . import counter
from .arrays import fitting

ORDERS = 16  # different update orders, used in turn
START = 2**32  # the step whose random numbers start units that are unknown and have no field

Interactions = Literal["full", "distinct"]


class Settled(NamedTuple):
    """Where each cue ended: spins int8 (cue, unit), sweeps made, whether it stands still, multiply-adds done (cue,).

    Arrays of the library, and on the device, of those that the kernel was given.
    """

    spins: Any
    sweeps: Any
    converged: Any
    operations: Any


@functools.lru_cache(maxsize=16)
def _orders(seed: int, units: int) -> np.ndarray:
    return counter.orders(seed, ORDERS, units)


def chance(field, beta):
    """P(s = +1) of a spin in a local field, equation (2)."""
    return 0.5 + 0.5 * math.tanh(beta * field)


_chance = numba.njit(inline="always")(chance)


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


@numba.njit(inline="always")
def _update(s, h, beta, seed, trial, sweep, unit):
    """The new state of a spin, equations (1) and (2)."""
    if beta == np.inf:
        return 1 if h > 0 else (-1 if h < 0 else s)
    return 1 if counter.uniform(seed, trial, sweep, unit) < _chance(h, beta) else -1


@numba.njit(inline="always")
def _start(h, seed, unit):
    """Where an unknown unit starts: the sign of the field of the known ones, a coin's toss where there is none."""
    if h == 0:
        h = counter.uniform(seed, 0, START, unit) - 0.5
    return 1 if h > 0 else -1


@numba.njit(inline="always")
def _add(total, row, factor):
    factor = row.dtype.type(factor)  # a wider one would widen every product
    for i in range(row.size):
        total[i] += factor * row[i]


@numba.njit(cache=True)
def _whole(part, most, over, parts):
    """The sum, or the largest, of the parts of all threads that share a cue; the part itself on the CPU."""
    return part if over is None else over(float(part), most, parts)


@numba.njit(cache=True)
def _settle_weights(outgoing, bias, s, h, own, orders, beta, sweeps, seed, trial, wait):
    """`own` are the fields of `h` that this thread keeps, from its columns of `outgoing` and its part of `bias`."""
    for i in range(own.size):
        own[i] = bias[i]
    touched = 0
    for j in range(s.size):
        if s[j] != 0:
            touched += 1
            _add(own, outgoing[j], s[j])
    if wait is not None:
        wait()
    for sweep in range(sweeps):
        flips = 0
        for j in orders[sweep % len(orders)]:
            new = _update(s[j], h[j], beta, seed, trial, sweep, j)
            change = new - s[j]
            if change != 0:
                flips += 1
                if wait is not None:
                    wait()  # until all have read h[j] and s[j]
                s[j] = new
                _add(own, outgoing[j], change)
                if wait is not None:
                    wait()
        touched += flips
        if flips == 0 and beta == np.inf:
            return sweep + 1, True, touched * s.size
    return sweeps, False, touched * s.size


@numba.njit(cache=True, fastmath={"reassoc"})
def _dot(row, values):
    """Products in the type of the values, so that whole numbers of 32 bits run as fast as float32; their sum in 64 bits."""
    total = values.dtype.type(0)
    for mu in range(values.size):
        total += values.dtype.type(row[mu] * values[mu])
    return total


@numba.njit(cache=True)
def _gains(overlap, push, pull, floating, gain, over, parts):
    """push(M_mu) into `gain`; returns sum_mu pull(M_mu).

    The tables end at M = N or, floating, at the largest overlap there is, by whose gain all are then divided.
    """
    units = push.size // 2
    top = units
    if floating:
        top = -units
        for mu in range(overlap.size):
            top = overlap[mu] if overlap[mu] > top else top
        top = int(_whole(top, True, over, parts))
    total = 0 * pull[0]
    for mu in range(overlap.size):
        place = 2 * units + overlap[mu] - top
        gain[mu] = push[place]
        total += pull[place]
    return _whole(total, False, over, parts)


@numba.njit(cache=True)
def _settle_spin_patterns(x, push, pull, floating, s, overlap, gain, orders, beta, sweeps, seed, trial, over, parts):
    units, unknown = len(x), 0
    for i in range(units):
        unknown += s[i] == 0
        _add(overlap, x[i], s[i])
    own = _gains(overlap, push, pull, floating, gain, over, parts)
    passes = units + 1
    if unknown > 0:
        for i in range(units):
            if s[i] == 0:
                s[i] = _start(_whole(_dot(x[i], gain), False, over, parts), seed, i)
                _add(overlap, x[i], s[i])
        own = _gains(overlap, push, pull, floating, gain, over, parts)
        passes += 2 * unknown + 1
    for sweep in range(sweeps):
        flips = 0
        for i in orders[sweep % len(orders)]:
            old = s[i]
            h = _whole(_dot(x[i], gain), False, over, parts) - old * own  # (3)
            new = _update(old, h, beta, seed, trial, sweep, i)
            if new != old:
                flips += 1
                s[i] = new
                _add(overlap, x[i], 2 * new)
                own = _gains(overlap, push, pull, floating, gain, over, parts)
        passes += units + 2 * flips
        if flips == 0 and beta == np.inf:
            return sweep + 1, True, passes
    return sweeps, False, passes


@numba.njit(cache=True)
def _flip_factor(e, v, before, after):
    """e_n of prod_j (1 + v_j s_j t) when one factor 1 + v before t becomes 1 + v after t."""
    for mu in range(v.size):
        old, new = before * v[mu], after * v[mu]
        lower = without = e[0, mu]  # e_(n-1) and e_n without this factor
        for n in range(1, len(e)):
            without = e[n, mu] - old * lower
            e[n, mu] = without + new * lower
            lower = without


@numba.njit(cache=True, fastmath={"reassoc"})
def _polynomial(a, v, s, powers):
    """sum_mu sum_k a_k s^(k - 1) v^k, equation (5); s = 0 leaves out the terms of even k, which are a unit's own."""
    total = 0.0
    if len(a) == 4 and s != 0:  # in one pass over the patterns
        for mu in range(v.size):
            z = s * v[mu]
            total += z * (a[0, mu] + z * (a[1, mu] + z * (a[2, mu] + z * a[3, mu])))
        return s * total
    powers[:] = 1
    for k in range(len(a)):
        for mu in range(v.size):
            powers[mu] *= v[mu]
        total += _dot(a[k], powers) * (1 if k % 2 == 0 else s)
    return total


@numba.njit(cache=True)
def _coefficients(e, c, full, a):
    """c a_k of equations (6) and (7), from e, or from M = e_1, for k = 1 .. P in the rows of `a`."""
    order = len(a)
    for mu in range(c.size):
        a[order - 1, mu] = c[mu]
    for k in range(order - 1, 0, -1):
        for mu in range(c.size):
            a[k - 1, mu] = a[k, mu] * e[1, mu] if full[0] != 0 else c[mu] * e[order - k, mu]
    for k in range(order):
        factor = full[k] if full[0] != 0 else 1 - 2 * (k % 2)
        for mu in range(c.size):
            a[k, mu] *= factor


@numba.njit(cache=True)
def _settle_real_patterns(v, c, full, s, e, a, powers, orders, beta, sweeps, seed, trial, over, parts):
    units, order, unknown = len(v), len(a), 0
    for i in range(units):
        unknown += s[i] == 0
        _flip_factor(e, v[i], 0, int(s[i]))
    _coefficients(e, c, full, a)
    passes = units + order
    if unknown > 0:
        for i in range(units):
            if s[i] == 0:
                s[i] = _start(_whole(_polynomial(a, v[i], 0, powers), False, over, parts), seed, i)
                _flip_factor(e, v[i], 0, int(s[i]))
        _coefficients(e, c, full, a)
        passes += unknown * (order + len(e)) + order
    for sweep in range(sweeps):
        flips = 0
        for i in orders[sweep % len(orders)]:
            old = s[i]
            h = _whole(_polynomial(a, v[i], int(old), powers), False, over, parts)  # (5)
            new = _update(old, h, beta, seed, trial, sweep, i)
            if new != old:
                flips += 1
                s[i] = new
                _flip_factor(e, v[i], int(old), int(new))
                _coefficients(e, c, full, a)
        passes += units * order + flips * (order + len(e))
        if flips == 0 and beta == np.inf:
            return sweep + 1, True, passes
    return sweeps, False, passes


@numba.njit(cache=True)
def _reach(outgoing, bias):
    """The largest field that any state can make: the type of the fields need hold no more."""
    total = np.abs(bias).astype(np.int64)
    for j in range(len(outgoing)):
        for i in range(len(bias)):
            total[i] += abs(outgoing[j, i])
    return total.max()


@numba.njit(parallel=True, cache=True)
def _all_weights(outgoing, bias, orders, beta, sweeps, seed, spins, steps, converged, operations):
    for cue in numba.prange(len(spins)):
        h = np.empty_like(bias)
        steps[cue], converged[cue], operations[cue] = _settle_weights(
            outgoing, bias, spins[cue], h, h, orders, beta, sweeps, seed, cue, None
        )


def weights(
    outgoing: Any, spins: Any, *, bias: Any = None, beta: float = np.inf, sweeps: int = 100, seed: int = 0
) -> Settled:
    """Updates `spins` (cue, unit; +1, -1 or 0) in the fields h_i = b_i + sum_j W_ij s_j.

    `outgoing` (unit, unit) is W transposed: its row j holds the weights from unit j to all others, which are added to the
    fields when j flips. Weights may be whole numbers (fields are then exact) or float32, float64; `bias` (unit,).
    """
    xp = namespace(outgoing=outgoing, spins=spins)
    outgoing, ended = contiguous(outgoing), _begun(xp, spins)
    bias = xp.zeros_like(outgoing[0]) if bias is None else move_beside(xp, bias, spins)
    kind = outgoing.dtype
    if not xp.isdtype(kind, "real floating"):
        if on_device(spins):
            reach = len(outgoing) * max(abs(int(xp.max(outgoing))), abs(int(xp.min(outgoing)))) + int(xp.max(xp.abs(bias)))
        else:
            reach = _reach(outgoing, bias)
        kind = next(k for k in (kind, xp.int32, xp.int64) if reach <= xp.iinfo(k).max)
    arguments = contiguous(outgoing), xp.astype(bias, kind), _orders(seed, len(outgoing)), float(beta), sweeps, seed, *ended
    fitting(spins, "weights", _all_weights)(*arguments)
    return ended


def _begun(xp: Any, spins: Any) -> Settled:
    """Room for the results, with a copy of the spins in it."""
    device = array_api_compat.device(spins)
    rooms = (xp.empty(len(spins), dtype=kind, device=device) for kind in (xp.int64, xp.bool, xp.int64))
    return Settled(contiguous(xp.astype(spins, xp.int8, copy=True)), *rooms)


@numba.njit(parallel=True, cache=True)
def _all_spin_patterns(x, push, pull, floating, orders, beta, sweeps, seed, spins, steps, converged, operations):
    for cue in numba.prange(len(spins)):
        overlap, gain = np.zeros(x.shape[1], np.int32), np.empty(x.shape[1], push.dtype)
        steps[cue], converged[cue], passes = _settle_spin_patterns(
            x, push, pull, floating, spins[cue], overlap, gain, orders, beta, sweeps, seed, cue, None, None
        )
        operations[cue] = passes * x.shape[1]


@functools.lru_cache(maxsize=16)
def gains(order: int | Literal["exponential"], units: int, interactions: Interactions) -> tuple[np.ndarray, np.ndarray]:
    """Tables push(M) and pull(M) for M = -N .. N, equation (4), of fields times N^(P - 1), and P where they are full.

    full:         g(y) = ((y + 1)^P - (y - 1)^P) / 2, half the change of y^P in a flip
    distinct:     g(y) = (P - 1)! e_(P - 1) of N - 1 spins of sum y, by n! e_n = p_n, p_(n+1) = y p_n - n (N - n) p_(n-1)
    exponential:  g(y) = exp(y - N) sinh 1
    """
    y = np.arange(-units - 1, units + 2).astype(object)  # Python's whole numbers: exact before they are rounded once
    if order == "exponential":
        g = np.exp((y - units).astype(float)) * np.sinh(1.0)
    elif interactions == "full":
        g = ((y + 1) ** order - (y - 1) ** order).astype(float) / 2
    else:
        before, g = y * 0, y * 0 + 1
        for n in range(order - 1):
            before, g = g, y * g - n * (units - n) * before
        g = g.astype(float)
    return (g[:-2] + g[2:]) / 2, (g[2:] - g[:-2]) / 2


@numba.njit(parallel=True, cache=True)
def _all_real_patterns(v, c, full, kept, orders, beta, sweeps, seed, spins, steps, converged, operations):
    for cue in numba.prange(len(spins)):
        e, a, powers = np.zeros((kept, c.size)), np.empty((full.size, c.size)), np.empty(c.size)
        e[0] = 1
        steps[cue], converged[cue], passes = _settle_real_patterns(
            v, c, full, spins[cue], e, a, powers, orders, beta, sweeps, seed, cue, None, None
        )
        operations[cue] = passes * c.size


def patterns(
    patterns: Any,
    spins: Any,
    *,
    order: int | Literal["exponential"],
    interactions: Interactions = "full",
    strengths: Any = None,
    beta: float = np.inf,
    sweeps: int = 100,
    seed: int = 0,
) -> Settled:
    """Updates `spins` (cue, unit; +1, -1 or 0) in the fields of `patterns` (unit, item) of `strengths` (item,), 1 if None.

    Patterns of +1/-1 of one strength use equation (3), others (5); the exponential takes the former alone. `beta` multiplies
    fields times N^(P - 1); the exponential's are scaled by their largest term, so that beta must be infinite. Unknown units
    (0) start together from the field of the known ones, before the first sweep, and by a coin's toss where that is 0.
    """
    xp = namespace(patterns=patterns, spins=spins)
    v, ended = patterns, _begun(xp, spins)
    c = move_beside(xp, np.ones(v.shape[1]) if strengths is None else strengths, spins)
    first = float(c[0])
    scale = first / order if order != "exponential" and interactions == "full" else first  # leaves whole numbers
    c = xp.astype(c, xp.float64) / first
    common = _orders(seed, len(v)), float(beta) * scale, sweeps, seed, *ended
    if order == "exponential" or (v.dtype == xp.int8 and bool(xp.all(v * v == 1)) and bool(xp.all(c == 1))):
        push, pull = gains(order, len(v), interactions)
        if order != "exponential" and np.abs(push).max() < 2**31:
            push, pull = push.astype(np.int32), pull.astype(np.int64)
        tables = push, pull, order == "exponential"
        fitting(spins, "spin_patterns", _all_spin_patterns)(contiguous(v), *tables, *common)
        return ended
    full = np.zeros(order)
    if interactions == "full":
        full[:] = [(-2.0) ** (k - 1) * math.comb(order, k) for k in range(1, order + 1)]
    else:
        c = c * math.factorial(order - 1)
    v = xp.astype(v, xp.int16 if v.dtype in (xp.int8, xp.int16) else xp.float64)
    kept = 2 if interactions == "full" else order
    fitting(spins, "real_patterns", _all_real_patterns)(contiguous(v), c, full, kept, *common)
    return ended
