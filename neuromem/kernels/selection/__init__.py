"""Code selection in a macrocolumn of Q modules with K binary cells: one winner in each module.

    u_i = sum_j w_ij x_j,   U_i = u_i / sum_j x_j,   V_i = U_i^lambda                     (2, 3, 4)
    G = (1/Q) sum_q max_{i in q} V_i                                                         (6, 7)
    eta = 1 + max(0, (G - G_min) / (1 - G_min))^gamma chi K                                  (8)
    psi_i = 1 + (eta - 1) / (1 + s1 exp(-s2 (V_i - s3)))^s4,   rho_i = psi_i / sum_{q} psi  (9, 10)
    learning: the winner of q is drawn from rho, then w_winner,j = 1 wherever x_j = 1
    recognition: the winner of q has the greatest V                                          (11)

The numbers are those of the steps of the code selection algorithm. `reference` is these lines in
NumPy on booleans; `learn` and `recognise` run them on packed bits. A draw is keyed by (seed, item,
module), and ties in (11) are broken by a number keyed by (seed, module, cell), so that the code of
an item depends on the seed and on what was stored before, and not on batches. On a CUDA device G
(7), and so the chances in (9), may differ in their last bits from those of the CPU.

References
----------
Rinkus, G. J. (2010). Frontiers in Neuroanatomy 4, 17. https://doi.org/10.3389/fnana.2010.00017

Rinkus, G. J. (2014). Frontiers in Computational Neuroscience 8, 160.
https://doi.org/10.3389/fncom.2014.00160
"""

from __future__ import annotations

from typing import Any, NamedTuple

import array_api_compat
import numpy as np

from neuromem.kernels import counter
from neuromem.kernels.counter import Stream
from neuromem.kernels.dispatch import launcher

from . import cpu
from .body import S1, S2, S3, S4


class Gain(NamedTuple):
    """How input becomes probability.

    Parameters
    ----------
    power : float, default 1
        lambda of (4).
    floor : float, default 0.1
        G_min of (8).
    bend : float, default 2
        gamma of (8).
    gain : float, default 100
        chi of (8).
    """

    power: float = 1.0
    floor: float = 0.1
    bend: float = 2.0
    gain: float = 100.0


def reference(
    weights: np.ndarray, lines: np.ndarray, gain: Gain, seed: int, first: int = 0, learn: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """`learn` and `recognise` on booleans, slow and obvious.

    Parameters
    ----------
    weights : ndarray of bool, shape (line, module, cell)
        Changed in place if `learn`.
    lines : ndarray of bool, shape (item, line)
        Active input lines.
    gain : Gain
    seed : int
    first : int, default 0
        Number of the first item, which keys its draw.
    learn : bool, default False
        Whether the items are learnt, one after the other.

    Returns
    -------
    codes : ndarray of int32, shape (item, module)
    familiarity : ndarray of shape (item,)
    """
    _, modules, cells = weights.shape
    tie = counter.uniforms(seed, Stream.TIE, 0, 0, np.arange(modules * cells)).reshape(modules, cells)
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
            draw = counter.uniforms(seed, Stream.DRAW, first + item, 0, np.arange(modules)) * reached[:, -1]
            code = (reached > draw[:, None]).argmax(1)  # (10, 11)
            weights[:, np.arange(modules), code] |= line[:, None]
        else:
            code = np.where(best[:, None] == V, tie, -1).argmax(1)  # (11)
        codes[item] = code
    return codes, familiarity


def _cuda() -> Any:
    from . import cuda

    return cuda


def _empty(lines: Any, modules: int) -> tuple[Any, Any]:
    xp, device = array_api_compat.array_namespace(lines), array_api_compat.device(lines)
    codes = xp.empty((len(lines), modules), dtype=xp.int32, device=device)
    return codes, xp.empty(len(lines), dtype=xp.float64, device=device)


def learn(weights: Any, lines: Any, modules: int, gain: Gain, seed: int, first: int) -> tuple[Any, Any]:
    """Learn items one after the other, and return the codes that they are given.

    Parameters
    ----------
    weights : uint64 array of shape (module * cell, word)
        Packed weights, changed in place.
    lines : uint64 array of shape (item, word)
        Packed input lines.
    modules : int
    gain : Gain
    seed : int
    first : int
        Number of the first item, which keys its draw.

    Returns
    -------
    codes : int32 array of shape (item, module)
    familiarity : float64 array of shape (item,)
    """
    _, launch = launcher(cpu.learn, lambda: _cuda().learn, weights=weights, lines=lines)
    codes, familiarity = _empty(lines, modules)
    launch(weights, lines, np.uint64(seed), first, *gain, codes, familiarity)
    return codes, familiarity


def recognise(weights: Any, lines: Any, modules: int, gain: Gain, seed: int) -> tuple[Any, Any]:
    """Return the codes of inputs, the best cell in each module, and their familiarity.

    Parameters
    ----------
    weights : uint64 array of shape (module * cell, word)
        Packed weights.
    lines : uint64 array of shape (cue, word)
        Packed input lines.
    modules : int
    gain : Gain
    seed : int
        Breaks ties.

    Returns
    -------
    codes : int32 array of shape (cue, module)
    familiarity : float64 array of shape (cue,)
    """
    _, launch = launcher(cpu.recognise, lambda: _cuda().recognise, weights=weights, lines=lines)
    codes, familiarity = _empty(lines, modules)
    tie = counter.uniforms(seed, Stream.TIE, 0, 0, np.arange(len(weights)))
    launch(weights, lines, tie, gain.power, codes, familiarity)
    return codes, familiarity


def decode(weights: Any, codes: Any, units: int, quorum: int = 0) -> Any:
    """Return the items that codes stand for.

    Parameters
    ----------
    weights : uint64 array of shape (module * cell, word)
        Packed weights.
    codes : int32 array of shape (item, module)
        Winners.
    units : int
        Length of an item.
    quorum : int, default 0
        Number of winners that must know the line of a unit for it to be +1. With 0, each unit has
        a line for +1 and, after all of these, one for -1; the line that more winners know is
        right, and the unit is 0 if they are even.

    Returns
    -------
    int8 array of shape (item, unit)
    """
    xp, launch = launcher(cpu.decode, lambda: _cuda().decode, weights=weights, codes=codes)
    items = xp.empty((len(codes), units), dtype=xp.int8, device=array_api_compat.device(codes))
    launch(weights, codes, items, quorum)
    return items
