"""All spins updated at once, in plain algebra of any array library."""

from __future__ import annotations

from typing import Any

import array_api_compat
import numpy as np

from neuromem.arrays import to_host
from neuromem.kernels import counter
from neuromem.kernels.counter import Stream


def settle(
    xp: Any,
    outgoing: Any,
    bias: Any,
    least: Any,
    beta: Any,
    steps: int,
    seed: int,
    first: int,
    film: Any,
    every: int,
    s: Any,
) -> tuple[Any, np.ndarray, np.ndarray]:
    """Update all spins at once.

    Parameters
    ----------
    xp : module
        The array library.
    outgoing, bias, least : array
        W transposed (unit, unit), b (unit,), and the fields (unit,) that count as 0.
    beta : array of shape (cue,)
        Inverse temperature of each cue.
    steps, seed, first : int
        The most sweeps, the seed, and the number of the first cue.
    film : array of int8, of shape (frame, cue, unit)
        Filled with the spins after every `every`-th sweep.
    every : int
        Sweeps from one frame to the next.
    s : array of shape (cue, unit)
        +1, -1 or 0.

    Returns
    -------
    tuple of arrays
        Spins int8 (cue, unit), sweeps made (cue,), and whether each cue stands still (cue,), the
        latter two of NumPy.
    """
    device = array_api_compat.device(s)
    w, b, least = (xp.astype(array, xp.float64) for array in (outgoing, bias, least))
    s = xp.astype(s, xp.float64)
    made, moving = np.full(len(s), steps), np.ones(len(s), bool)
    cold, beta = to_host(xp.isinf(beta)), beta[:, None]
    bath = xp.isfinite(beta)
    trials, units = first + np.arange(len(s))[:, None], np.arange(s.shape[1])
    for sweep in range(steps):
        h = s @ w + b
        new = xp.where(xp.abs(h) <= least, s, xp.sign(h))  # (1)
        if not cold.all():
            heat = xp.asarray(counter.uniforms(seed, Stream.HEAT, trials, sweep, units), device=device)
            up = heat < 0.5 + 0.5 * xp.tanh(xp.where(bath, beta, 0.0) * h)
            new = xp.where(bath, xp.where(up, 1.0, -1.0), new)  # (2)
        still = ~to_host(xp.any(new != s, axis=1)) & moving & cold
        made[still], moving[still] = sweep + 1, False
        s = new
        if (sweep + 1) % every == 0 and (sweep + 1) // every <= len(film):
            film[(sweep + 1) // every - 1] = xp.astype(s, xp.int8)
        if not moving.any():
            break
    return xp.astype(s, xp.int8), made, ~moving
