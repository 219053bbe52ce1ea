"""Asynchronous (Glauber) spin updates: one spin at a time, at zero temperature or in a heat bath.

At zero temperature a spin takes the sign of its field, and keeps its state where the field is 0; at
temperature 1 / beta it is drawn:

    s_i <- sign(h_i)                                                                           (1)
    P(s_i = +1) = (1 + tanh(beta h_i)) / 2                                                     (2)

A sweep visits every unit once, in a random order. At zero temperature the orders come from the seed
alone, so that a batch equals a loop, and a cue ends with the first sweep that flips nothing. In a
heat bath each cue has random numbers of its own, keyed by its number.

`weights` is for pairwise fields, h_i = b_i + sum_j W_ij s_j. They are kept, and touched only where
a spin flips. In a `synchronous` run all spins are updated at once.

`patterns` is for P-body and exponential interactions. With patterns x of +1/-1, the overlaps
M_mu = sum_j x_j^mu s_j are kept as whole numbers, and with the gains g in `gains.py`

    h_i = sum_mu x_i^mu g(M_mu - x_i^mu s_i)                                                   (3)
        = sum_mu x_i^mu push(M_mu) - s_i sum_mu pull(M_mu)
    push(M) = (g(M - 1) + g(M + 1)) / 2,  pull(M) = (g(M + 1) - g(M - 1)) / 2                  (4)

so that a visit is one product of a row of patterns with push(M), which changes only where a spin
flips. Where these sums exceed the whole numbers that float64 holds, they may cancel, and

    h_i = sum_mu x_i^mu g(M_mu - x_i^mu s_i), with g over the largest of them                  (5)

is summed where they do. With patterns v of other numbers and strengths c_mu, such as diluted ones
or sums of examples, half the change of the energy in a flip of s_i is a polynomial in v_i:

    h_i = sum_mu c_mu sum_k a_k^mu s_i^(k - 1) v_i^k,  k = 1 .. P                              (6)
    full      a_k = (-2)^(k - 1) C(P, k) M^(P - k) / P                                         (7)
    distinct  a_k = (P - 1)! (-1)^(k - 1) e_(P - k),                                           (8)
              e_n = sum over j1 < .. < jn of v_j1 s_j1 .. v_jn s_jn

An unknown unit of a cue counts as 0, so that M_mu and e_n are of the K known ones. The unknown ones
start together, each from half the energy between its two states while the others are left out:

    h_i = sum_mu x_i^mu g(M_mu), with g of K other units                                       (9)
    h_i = sum_mu c_mu sum_k a_k^mu v_i^k / 2^(k - 1), k odd; distinct: k = 1 alone            (10)

Where patterns and weights are whole numbers, sums up to 2^53 are exact, and so are ties. Other
fields count as 0 while they are no larger than their rounding errors.

On a CUDA device a block of threads shares a cue. Each thread runs the same body on every n-th unit
or pattern; `wait` is the barrier between them, and `over` gives all of them the sum of their parts,
for which `parts` is the room. All three are None on the CPU, where one thread has a cue to itself.

Glauber 1963, J. Math. Phys. 4:294; Geman & Geman 1984, IEEE PAMI 6:721.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from neuromem.arrays import contiguous, move_beside, to_host
from neuromem.kernels.dispatch import launcher

from . import at_once, cpu, gains
from .gains import Interactions, Order
from .rooms import ORDERS, Settled, begun, frames, orders

__all__ = ["ORDERS", "Interactions", "Order", "Settled", "patterns", "reference", "weights"]


def _cuda() -> Any:
    from . import cuda

    return cuda


def reference(
    field: Callable[[np.ndarray, int], float],
    spins: np.ndarray,
    orders: np.ndarray,
    *,
    beta: float = np.inf,
    heat: np.ndarray | None = None,
) -> np.ndarray:
    """Update spins one at a time in plain NumPy, with random numbers that the caller draws.

    Parameters
    ----------
    field : callable
        field(s, i) is the local field of unit i in the state s (unit,).
    spins : array of shape (cue, unit)
        Where the cues start.
    orders : array of shape (cue, sweep, unit)
        The order of visits in each sweep.
    beta : float, optional
        Inverse temperature.
    heat : array of shape (cue, sweep, unit), optional
        For a heat bath, the number in [0, 1) that decides each new state.

    Returns
    -------
    ndarray of int8, of shape (cue, unit)
        Where the cues end.
    """
    spins = np.array(spins, np.int8)
    for cue, s in enumerate(spins):
        for sweep, order in enumerate(orders[cue]):
            before = s.copy()
            for i in order:
                h = field(s, i)
                if heat is not None:
                    s[i] = 1 if heat[cue, sweep, i] * (1 + math.exp(-2 * beta * h)) < 1 else -1
                elif h != 0:
                    s[i] = math.copysign(1, h)
            if heat is None and np.array_equal(s, before):
                break
    return spins


def _inverse(xp: Any, beta: Any, spins: Any) -> Any:
    """The inverse temperature of each cue (cue,), beside the spins."""
    return move_beside(xp, np.array(np.broadcast_to(np.asarray(beta, float), len(spins))), spins)


def _ready(xp: Any, outgoing: Any, bias: Any, spins: Any) -> tuple[Any, Any, Any]:
    """Weights by rows, bias and rounding errors (unit,), in the type that the fields need."""
    _, reach = launcher(cpu.reach, lambda: _cuda().reach, outgoing=outgoing)
    outgoing, kind = contiguous(outgoing), outgoing.dtype
    bias = xp.zeros_like(outgoing[0]) if bias is None else move_beside(xp, bias, spins)
    if xp.isdtype(kind, "real floating"):
        largest = reach(outgoing, xp.astype(xp.abs(bias), xp.float64, copy=True))
        error = 2 * float(xp.finfo(kind).eps)  # of weights, and of sums of four of them
        error += len(outgoing) * float(xp.finfo(xp.float64).eps)  # of sums of these
        return outgoing, xp.astype(bias, xp.float64), error * largest
    largest = int(xp.max(reach(outgoing, xp.astype(xp.abs(bias), xp.int64, copy=True))))
    kind = next(k for k in (kind, xp.int32, xp.int64) if largest <= xp.iinfo(k).max)
    return outgoing, xp.astype(bias, kind), xp.zeros_like(bias, dtype=kind)


def weights(
    outgoing: Any,
    spins: Any,
    *,
    bias: Any = None,
    beta: Any = np.inf,
    steps: int = 100,
    seed: int = 0,
    first: int = 0,
    film: Any = None,
    every: int = 1,
    synchronous: bool = False,
) -> Settled:
    """Update spins in the fields h_i = b_i + sum_j W_ij s_j, one at a time or all at once.

    Parameters
    ----------
    outgoing : array of shape (unit, unit)
        W transposed: row j holds the weights from unit j, which are added to the fields when j
        flips. Whole numbers (fields are then exact), float32 or float64.
    spins : array of shape (cue, unit)
        +1, -1 or 0, in the library and on the device of `outgoing`.
    bias : array of shape (unit,), optional
        b.
    beta : float, or array of shape (cue,), optional
        Inverse temperature, of all cues or of each.
    steps : int, default 100
        The most sweeps.
    seed, first : int
        Seed of the random numbers, and the number of the first cue, which keys them.
    film : array of int8, of shape (frame, cue, unit), optional
        Filled with the spins after each `every`-th sweep that is made, as far as it has frames.
    every : int, default 1
        Sweeps from one frame to the next.
    synchronous : bool, default False
        Whether all spins are updated at once, in the fields at the start of the sweep.

    Returns
    -------
    Settled
        Where each cue ended.
    """
    xp, launch = launcher(cpu.weights, lambda: _cuda().weights, outgoing=outgoing, spins=spins)
    ready = _ready(xp, outgoing, bias, spins)
    run = _inverse(xp, beta, spins), steps, seed, first, frames(xp, film, spins), every
    if synchronous:
        s, made, still = at_once.settle(xp, *ready, *run, spins)
        return Settled(s, *(move_beside(xp, array, spins) for array in (made, still, made * len(outgoing) ** 2)))
    ended = begun(xp, spins)
    launch(*ready, orders(seed, len(outgoing)), *run, *ended)
    return ended


def patterns(
    patterns: Any,
    spins: Any,
    *,
    order: Order,
    interactions: Interactions = "full",
    strengths: Any = None,
    beta: Any = np.inf,
    steps: int = 100,
    seed: int = 0,
    first: int = 0,
    film: Any = None,
    every: int = 1,
) -> Settled:
    """Update spins one at a time in the fields of patterns, equations (3) to (10).

    Unknown units start together from the field of the known ones, (9) or (10), before the first
    sweep, and by a coin's toss where that is 0.

    Parameters
    ----------
    patterns : array of shape (unit, pattern)
        +1/-1 of one strength, or any numbers of any strengths where `order` is a number.
    spins : array of shape (cue, unit)
        +1, -1 or 0, in the library and on the device of `patterns`.
    order : int or "exponential"
        Number P of spins that interact. The exponential needs an infinite beta.
    interactions : {"full", "distinct"}
        Whether indices may coincide.
    strengths : array of shape (pattern,), optional
        c, 1 by default.
    beta : float, or array of shape (cue,), optional
        Inverse temperature, of all cues or of each, where the field of a lone pattern of +1/-1 is
        its strength.
    steps : int, default 100
        The most sweeps.
    seed, first : int
        Seed of the random numbers, and the number of the first cue, which keys them.
    film : array of int8, of shape (frame, cue, unit), optional
        Filled with the spins after each `every`-th sweep that is made, as far as it has frames.
    every : int, default 1
        Sweeps from one frame to the next.

    Returns
    -------
    Settled
        Where each cue ended.
    """
    given = {"patterns": patterns, "spins": spins}
    xp, settle_spins = launcher(cpu.spin_patterns, lambda: _cuda().spin_patterns, **given)
    _, settle_scaled = launcher(cpu.scaled_patterns, lambda: _cuda().scaled_patterns, **given)
    _, settle_reals = launcher(cpu.real_patterns, lambda: _cuda().real_patterns, **given)
    v, ended = patterns, begun(xp, spins)
    units, items = v.shape
    c = xp.astype(move_beside(xp, np.ones(items) if strengths is None else strengths, spins), xp.float64)
    strength = float(xp.max(xp.abs(c))) or 1.0
    equal = bool(xp.all(c == strength))
    run = orders(seed, units), steps, seed, first, frames(xp, film, spins), every, *ended
    beta = _inverse(xp, beta, spins)
    alike = equal and v.dtype == xp.int8 and bool(xp.all(v * v == 1))
    numbers, which = _known(xp, spins, interactions)
    if order == "exponential" or (alike and not gains.are_exact(order, units, items, interactions)):
        starts = np.array([gains.logarithms(order, units, interactions, known) for known in numbers])
        tables = *gains.logarithms(order, units, interactions, units - 1), starts, which
        settle_scaled(contiguous(v), *tables, beta * strength, *run)
        return ended
    scale = beta * strength * float(units) ** (1 - order) / (order if interactions == "full" else 1)
    if alike:
        starts = np.array([gains.whole_start(order, units, interactions, known) for known in numbers])
        settle_spins(contiguous(v), *gains.whole(order, units, interactions), starts, which, scale, *run)
        return ended
    whole = equal and xp.isdtype(v.dtype, "integral")
    rounding = items * order * float(np.finfo(float).eps) * (-1 if whole else 1)
    v = contiguous(xp.astype(v, xp.int16 if v.dtype in (xp.int8, xp.int16) else xp.float64))
    settle_reals(v, *_factors(c / strength, order, interactions), float(xp.max(xp.abs(v))), rounding, scale, *run)
    return ended


def _known(xp: Any, spins: Any, interactions: Interactions) -> tuple[list[int], np.ndarray]:
    """Numbers K of known units, one for each table of (9), and which table a cue has (cue,)."""
    cues, units = spins.shape
    known = np.full(cues, units)  # of no effect where interactions are full
    if interactions == "distinct":
        known = to_host(xp.sum(xp.astype(spins != 0, xp.int64), axis=1))
    numbers, which = np.unique(np.append(units, known), return_inverse=True)
    return numbers.tolist(), which[1:]


def _factors(c: Any, order: int, interactions: Interactions) -> tuple[Any, np.ndarray, int]:
    """Factors of the powers in (7) or (8) by pattern and by k, and the number of e_n kept."""
    if interactions == "full":
        return c, np.array([(-2.0) ** (k - 1) * math.comb(order, k) for k in range(1, order + 1)]), 2
    return c * math.factorial(order - 1), np.zeros(order), order
