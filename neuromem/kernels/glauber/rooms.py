"""What asynchronous updates need beside the fields: orders of visits, and room for the results."""

from __future__ import annotations

import functools
from typing import Any, NamedTuple

import array_api_compat
import numpy as np

from neuromem.arrays import contiguous
from neuromem.kernels import counter

ORDERS = 16  # different update orders


class Settled(NamedTuple):
    """Where each cue ended, in arrays of the library and on the device that the kernel was given.

    Parameters
    ----------
    spins : array of int8, of shape (cue, unit)
        +1 or -1; 0 where a unit without a field was unknown.
    steps : array of int, of shape (cue,)
        Sweeps made.
    converged : array of bool, of shape (cue,)
        Whether the cue stands still.
    operations : array of int, of shape (cue,)
        Multiply-adds done.
    """

    spins: Any
    steps: Any
    converged: Any
    operations: Any


@functools.lru_cache(maxsize=16)
def orders(seed: int, units: int) -> np.ndarray:
    """Give the orders of visits that a seed gives.

    Parameters
    ----------
    seed : int
        Seed of the update.
    units : int
        Number of units.

    Returns
    -------
    int array of shape (order, unit)
        `ORDERS` permutations of the units.
    """
    return counter.orders(seed, ORDERS, units)


def begun(xp: Any, spins: Any) -> Settled:
    """Make room for the results, with a copy of the spins in it.

    Parameters
    ----------
    xp : module
        Library of the spins.
    spins : array of shape (cue, unit)
        Where the cues start.

    Returns
    -------
    Settled
        Its arrays lie beside the spins; all but the spins are still to be written.
    """
    device = array_api_compat.device(spins)
    rooms = (xp.empty(len(spins), dtype=kind, device=device) for kind in (xp.int64, xp.bool, xp.int64))
    return Settled(contiguous(xp.astype(spins, xp.int8, copy=True)), *rooms)


def frames(xp: Any, film: Any, spins: Any) -> Any:
    """Give the film, or one without frames if there is none.

    Parameters
    ----------
    xp : module
        Library of the spins.
    film : int8 array of shape (frame, cue, unit), or None
        Where states are kept.
    spins : array of shape (cue, unit)
        Where the cues start.

    Returns
    -------
    int8 array of shape (frame, cue, unit)
        The film.
    """
    return xp.zeros((0, *spins.shape), dtype=xp.int8, device=array_api_compat.device(spins)) if film is None else film
