"""Packed sets: how many members they share, how many they differ in, and fields from one-bit weights.

Sets of cells are rows of words as `bits.pack` makes them.

    shared(a, b)   = popcount(a and b)        members that both sets have                                 (1)
    distance(a, b) = popcount(a xor b)        Hamming distance                                            (2)
    s_j(A)         = sum_(i in A) w_ij        field of cell j from the active cells A, w_ij in {0, 1}     (3)

Words of the table are read once for a whole batch of cues, and rows are shared out over the cores; counts are exact.
Arrays on a CUDA device are counted there, and stay there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import array_api_compat
import numpy as np

from neuromem import checks
from neuromem.arrays import contiguous
from neuromem.kernels.bits import unpack
from neuromem.kernels.dispatch import Launcher, launcher

from . import cpu


def shared_reference(rows: np.ndarray, cues: np.ndarray) -> np.ndarray:
    """Equation (1) in plain NumPy, int (cue, row)."""
    return np.bitwise_count(rows[None, :, :] & cues[:, None, :]).sum(-1)


def distance_reference(rows: np.ndarray, cues: np.ndarray) -> np.ndarray:
    """Equation (2) in plain NumPy, int (cue, row)."""
    return np.bitwise_count(rows[None, :, :] ^ cues[:, None, :]).sum(-1)


def sums_reference(weights: np.ndarray, active: np.ndarray, width: int) -> np.ndarray:
    """Equation (3) in plain NumPy: weights (i, words of j), active bool (cue, i); int (cue, j)."""
    return active.astype(np.int64) @ unpack(weights, width).astype(np.int64)


def _cuda() -> Any:
    from . import cuda

    return cuda


def _counts(cpu: Launcher, cuda: Callable[[], Launcher], sets: Any, cues: Any) -> Any:
    xp, launch = launcher(cpu, cuda, rows=sets, cues=cues)
    if sets.dtype != xp.uint64 or cues.dtype != xp.uint64 or sets.shape[1:] != cues.shape[1:]:
        was = f"are {sets.dtype} {sets.shape} and {cues.dtype} {cues.shape}"
        raise checks.refusal("rows and cues", "be packed sets of one width, uint64 (set, word)", was, "use bits.pack")
    out = xp.empty((len(sets), len(cues)), dtype=xp.int32, device=array_api_compat.device(cues))
    launch(contiguous(sets), contiguous(cues), out)
    return out.T


def shared(rows: Any, cues: Any) -> Any:
    """Members that each cue shares with each row, equation (1): packed (row, word) and (cue, word), int32 (cue, row).

    >>> from neuromem.kernels.bits import pack
    >>> shared(pack(np.array([[True, True, False]])), pack(np.array([[True, False, True]]))).tolist()
    [[1]]
    """
    return _counts(cpu.shared, lambda: _cuda().shared, rows, cues)


def distance(rows: Any, cues: Any) -> Any:
    """Hamming distance of each cue from each row, equation (2): packed (row, word) and (cue, word), int32 (cue, row).

    >>> from neuromem.kernels.bits import pack
    >>> distance(pack(np.array([[True, True, False]])), pack(np.array([[True, False, True]]))).tolist()
    [[2]]
    """
    return _counts(cpu.distance, lambda: _cuda().distance, rows, cues)


def sums(weights: Any, active: Any, width: int) -> Any:
    """Fields from one-bit weights, equation (3): packed (i, words of j), active bool (cue, i); int32 (cue, j) of `width` j.

    The work is (active cells) x (words), so a sparse cue costs little.

    >>> from neuromem.kernels.bits import pack
    >>> sums(pack(np.array([[True, True, False], [False, True, True]])), np.array([[True, True]]), 3).tolist()
    [[1, 2, 1]]
    """
    if active.shape[1] != len(weights):
        raise checks.refusal("active", f"have shape (cue, {len(weights)})", f"has shape {active.shape}")
    xp, launch = launcher(cpu.sums, lambda: _cuda().sums, weights=weights, active=active)
    out = xp.empty((len(active), width), dtype=xp.int32, device=array_api_compat.device(active))
    launch(contiguous(weights), contiguous(active), out)
    return out
