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
import numpy as np

from neuromem.arrays import contiguous, move_beside
from neuromem.kernels import counter
from neuromem.kernels.dispatch import launcher

from . import cpu

ORDERS = 16  # different update orders, used in turn

Interactions = Literal["full", "distinct"]


class Settled(NamedTuple):
    """Where each cue ended: spins int8 (cue, unit), sweeps made, whether it stands still, multiply-adds done (cue,).

    Arrays of the library, and on the device, of those that the kernel was given.
    """

    spins: Any
    sweeps: Any
    converged: Any
    operations: Any


def _cuda() -> Any:
    from . import cuda

    return cuda


@functools.lru_cache(maxsize=16)
def _orders(seed: int, units: int) -> np.ndarray:
    return counter.orders(seed, ORDERS, units)


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
                    s[i] = 1 if counter.reference(seed, trial, sweep, i) < 0.5 + 0.5 * math.tanh(beta * h) else -1
            if beta == np.inf and np.array_equal(s, before):
                break
    return spins


def weights(
    outgoing: Any, spins: Any, *, bias: Any = None, beta: float = np.inf, sweeps: int = 100, seed: int = 0
) -> Settled:
    """Updates `spins` (cue, unit; +1, -1 or 0) in the fields h_i = b_i + sum_j W_ij s_j.

    `outgoing` (unit, unit) is W transposed: its row j holds the weights from unit j to all others, which are added to the
    fields when j flips. Weights may be whole numbers (fields are then exact) or float32, float64; `bias` (unit,).
    """
    xp, launch = launcher(cpu.weights, lambda: _cuda().weights, outgoing=outgoing, spins=spins)
    _, reach = launcher(cpu.reach, lambda: _cuda().reach, outgoing=outgoing)
    outgoing, ended = contiguous(outgoing), _begun(xp, spins)
    bias = xp.zeros_like(outgoing[0]) if bias is None else move_beside(xp, bias, spins)
    kind = outgoing.dtype
    if not xp.isdtype(kind, "real floating"):
        largest = reach(outgoing, bias)
        kind = next(k for k in (kind, xp.int32, xp.int64) if largest <= xp.iinfo(k).max)
    arguments = contiguous(outgoing), xp.astype(bias, kind), _orders(seed, len(outgoing)), float(beta), sweeps, seed, *ended
    launch(*arguments)
    return ended


def _begun(xp: Any, spins: Any) -> Settled:
    """Room for the results, with a copy of the spins in it."""
    device = array_api_compat.device(spins)
    rooms = (xp.empty(len(spins), dtype=kind, device=device) for kind in (xp.int64, xp.bool, xp.int64))
    return Settled(contiguous(xp.astype(spins, xp.int8, copy=True)), *rooms)


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
    given = {"patterns": patterns, "spins": spins}
    xp, settle_spins = launcher(cpu.spin_patterns, lambda: _cuda().spin_patterns, **given)
    _, settle_reals = launcher(cpu.real_patterns, lambda: _cuda().real_patterns, **given)
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
        settle_spins(contiguous(v), *tables, *common)
        return ended
    full = np.zeros(order)
    if interactions == "full":
        full[:] = [(-2.0) ** (k - 1) * math.comb(order, k) for k in range(1, order + 1)]
    else:
        c = c * math.factorial(order - 1)
    v = xp.astype(v, xp.int16 if v.dtype in (xp.int8, xp.int16) else xp.float64)
    kept = 2 if interactions == "full" else order
    settle_reals(contiguous(v), c, full, kept, *common)
    return ended
