"""Packed sets: how many members they share, how many they differ in, and fields from one-bit weights.

Sets of cells are rows of words as `bits.pack` makes them.

    shared(a, b)   = popcount(a and b)        members that both sets have                                 (1)
    distance(a, b) = popcount(a xor b)        Hamming distance                                            (2)
    s_j(A)         = sum_(i in A) w_ij        field of cell j from the active cells A, w_ij in {0, 1}     (3)

Words of the table are read once for a whole batch of cues, and rows are shared out over the cores; counts are exact.
"""

from __future__ import annotations

import numba
import numpy as np

from neuromem import checks

from .bits import ones, unpack


def shared_reference(rows: np.ndarray, cues: np.ndarray) -> np.ndarray:
    """Equation (1) in plain NumPy, int (cue, row)."""
    return np.bitwise_count(rows[None, :, :] & cues[:, None, :]).sum(-1)


def distance_reference(rows: np.ndarray, cues: np.ndarray) -> np.ndarray:
    """Equation (2) in plain NumPy, int (cue, row)."""
    return np.bitwise_count(rows[None, :, :] ^ cues[:, None, :]).sum(-1)


def sums_reference(weights: np.ndarray, active: np.ndarray, width: int) -> np.ndarray:
    """Equation (3) in plain NumPy: weights (i, words of j), active bool (cue, i); int (cue, j)."""
    return active.astype(np.int64) @ unpack(weights, width).astype(np.int64)


@numba.njit(parallel=True, cache=True)
def _shared(rows, cues, out):
    for row in numba.prange(rows.shape[0]):
        for cue in range(cues.shape[0]):
            count = np.uint64(0)
            for word in range(rows.shape[1]):
                count += ones(rows[row, word] & cues[cue, word])
            out[row, cue] = count


@numba.njit(parallel=True, cache=True)
def _distance(rows, cues, out):
    for row in numba.prange(rows.shape[0]):
        for cue in range(cues.shape[0]):
            count = np.uint64(0)
            for word in range(rows.shape[1]):
                count += ones(rows[row, word] ^ cues[cue, word])
            out[row, cue] = count


@numba.njit(parallel=True, cache=True)
def _sums(weights, active, out):
    for cue in numba.prange(active.shape[0]):
        fields = np.zeros(weights.shape[1] * 64, np.int32)
        for i in range(weights.shape[0]):
            if active[cue, i]:
                for word in range(weights.shape[1]):
                    bits = weights[i, word]
                    for bit in range(64):
                        fields[64 * word + bit] += np.int32((bits >> np.uint64(bit)) & np.uint64(1))
        out[cue] = fields[: out.shape[1]]


def _matched(kernel, rows: np.ndarray, cues: np.ndarray) -> np.ndarray:
    if rows.dtype != np.uint64 or cues.dtype != np.uint64 or rows.shape[1:] != cues.shape[1:]:
        was = f"are {rows.dtype} {rows.shape} and {cues.dtype} {cues.shape}"
        raise checks.refusal("rows and cues", "be packed sets of one width, uint64 (set, word)", was, "use bits.pack")
    out = np.empty((len(rows), len(cues)), np.int32)
    kernel(rows, cues, out)
    return out.T


def shared(rows: np.ndarray, cues: np.ndarray) -> np.ndarray:
    """Members that each cue shares with each row, equation (1): packed (row, word) and (cue, word), int32 (cue, row).

    >>> from neuromem.kernels.bits import pack
    >>> shared(pack(np.array([[True, True, False]])), pack(np.array([[True, False, True]]))).tolist()
    [[1]]
    """
    return _matched(_shared, rows, cues)


def distance(rows: np.ndarray, cues: np.ndarray) -> np.ndarray:
    """Hamming distance of each cue from each row, equation (2): packed (row, word) and (cue, word), int32 (cue, row).

    >>> from neuromem.kernels.bits import pack
    >>> distance(pack(np.array([[True, True, False]])), pack(np.array([[True, False, True]]))).tolist()
    [[2]]
    """
    return _matched(_distance, rows, cues)


def sums(weights: np.ndarray, active: np.ndarray, width: int) -> np.ndarray:
    """Fields from one-bit weights, equation (3): packed (i, words of j), active bool (cue, i); int32 (cue, j) of `width` j.

    The work is (active cells) x (words), so a sparse cue costs little.

    >>> from neuromem.kernels.bits import pack
    >>> sums(pack(np.array([[True, True, False], [False, True, True]])), np.array([[True, True]]), 3).tolist()
    [[1, 2, 1]]
    """
    if active.shape[1] != len(weights):
        raise checks.refusal("active", f"have shape (cue, {len(weights)})", f"has shape {active.shape}")
    out = np.empty((len(active), width), np.int32)
    _sums(weights, active, out)
    return out
