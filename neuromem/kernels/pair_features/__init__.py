"""Asynchronous spin updates under features of pairs of units, in O(N K) operations a flip.

    H = -(1/(4 N^3)) sum_mu v_mu^2,  v_mu = sum_ij eta_ij^mu s_i s_j                           (1)
    u_i^mu = sum_j eta_ij^mu s_j                                                               (2)
    h_i = (1/N^3) sum_mu (v_mu - 2 s_i u_i^mu) u_i^mu                                          (3)
    s_i changes by d:  v_mu += 2 d u_i^mu,  u_j^mu += d eta_ij^mu                              (4)

The features eta are symmetric with a zero diagonal. H(s_i = -1) - H(s_i = +1) = 2 h_i exactly, as
the spin's own share of v is taken out in (3).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from neuromem.arrays import contiguous
from neuromem.kernels.dispatch import launcher
from neuromem.kernels.glauber.rooms import Settled, begun, frames, orders

from . import cpu


def energy(features: np.ndarray, spins: np.ndarray) -> np.ndarray:
    """Compute equation (1) as it stands.

    Parameters
    ----------
    features : ndarray of shape (unit, unit, feature)
        eta.
    spins : ndarray of shape (state, unit)
        States.

    Returns
    -------
    ndarray of shape (state,)
        H.
    """
    s = spins.astype(float)
    v = np.stack([np.einsum("i,ijm,j->m", one, features, one) for one in s]) if len(s) else np.zeros((0, 1))
    return -(v**2).sum(1) / (4 * float(len(features)) ** 3)  # (1)


def settle(
    features: Any,
    spins: Any,
    *,
    beta: Any = np.inf,
    steps: int = 100,
    seed: int = 0,
    first: int = 0,
    film: Any = None,
    every: int = 1,
) -> Settled:
    """Update spins one at a time in the fields (3), at zero temperature or in a heat bath.

    Unknown spins start before the first sweep, one after the other. Each takes the sign of the
    field of those that are known or have started, or is drawn by a coin's toss where it is 0.

    Parameters
    ----------
    features : array of shape (unit, unit, feature)
        eta, float32 or float64.
    spins : array of shape (cue, unit)
        +1, -1 or 0, beside `features`.
    beta : float, or array of shape (cue,), optional
        Inverse temperature, where the field of a lone item is 1.
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
    xp, launch = launcher(cpu.settle, None, features=features, spins=spins)
    ended = begun(xp, spins)
    scale = np.broadcast_to(np.asarray(beta, float), len(spins)) / float(len(features)) ** 3
    run = orders(seed, len(features)), steps, seed, first, frames(xp, film, spins), every
    launch(contiguous(features), scale, *run, *ended)
    return ended
