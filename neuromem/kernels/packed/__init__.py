"""Sets of cells, packed 64 to a word, and one-bit weights between cells.

Sets are rows of words as `bits.pack` makes them; row i of the weights is the set of the cells
that cell i is joined to.

    shared(a, b) = popcount(a and b)                members that both sets have                (1)
    w_ij <- 1  where i is in A and j is in B        association of the sets A and B            (2)
    s_j(A) = sum_(i in A) w_ij                      field of cell j from the active cells A    (3)
"""

from __future__ import annotations

from typing import Any

import array_api_compat
import numpy as np

from neuromem import checks
from neuromem.arrays import contiguous
from neuromem.kernels.bits import unpack
from neuromem.kernels.dispatch import launcher

from . import cpu


def shared_reference(rows: np.ndarray, cues: np.ndarray) -> np.ndarray:
    """Compute equation (1) in NumPy.

    Parameters
    ----------
    rows, cues : bool arrays of shape (row, member) and (cue, member)
        Sets that are not packed.

    Returns
    -------
    int64 array of shape (cue, row)
    """
    return cues.astype(np.int64) @ rows.T.astype(np.int64)


def associate_reference(weights: np.ndarray, keys: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Compute equation (2) in NumPy, with loops.

    Parameters
    ----------
    weights, keys, values : bool arrays of shape (i, j), (item, i) and (item, j)
        Weights and sets that are not packed.

    Returns
    -------
    bool array of shape (i, j)
    """
    return weights | (keys[:, :, None] & values[:, None, :]).any(0)


def sums_reference(weights: np.ndarray, active: np.ndarray, width: int) -> np.ndarray:
    """Compute equation (3) in NumPy.

    Parameters
    ----------
    weights, active : ndarray
        As in `sums`.
    width : int
        As in `sums`.

    Returns
    -------
    int64 array of shape (cue, j)
    """
    return active.astype(np.int64) @ unpack(weights, width).astype(np.int64)


def _cuda() -> Any:
    from . import cuda

    return cuda


def shared(rows: Any, cues: Any) -> Any:
    """Return how many members each cue shares with each row, equation (1).

    Parameters
    ----------
    rows : uint64 array of shape (row, word)
        Packed sets. They are read once for all cues.
    cues : uint64 array of shape (cue, word)
        Packed sets of the same width.

    Returns
    -------
    int32 array of shape (cue, row)
        Number of members.

    Raises
    ------
    InputError
        If the sets are not packed or differ in width.

    Examples
    --------
    >>> from neuromem.kernels.bits import pack
    >>> rows, cues = np.array([[True, True, False]]), np.array([[True, False, True]])
    >>> shared(pack(rows), pack(cues)).tolist()
    [[1]]
    """
    xp, launch = launcher(cpu.shared, None, rows=rows, cues=cues)
    if rows.dtype != xp.uint64 or cues.dtype != xp.uint64 or rows.shape[1:] != cues.shape[1:]:
        was = f"are {rows.dtype} {rows.shape} and {cues.dtype} {cues.shape}"
        raise checks.refusal("rows and cues", "be packed sets of one width, uint64 (set, word)", was, "use bits.pack")
    out = np.empty((len(rows), len(cues)), np.int32)
    launch(contiguous(rows), contiguous(cues), out)
    return out.T


def associate(weights: Any, keys: Any, values: Any, *, loops: bool = True) -> None:
    """Join the cells of each key to the cells of its value, equation (2), in place.

    Parameters
    ----------
    weights : uint64 array of shape (i, word)
        Packed one-bit weights, which are changed.
    keys : bool array of shape (item, i)
        Active cells of the keys.
    values : uint64 array of shape (item, word)
        Packed active cells of the values.
    loops : bool, default True
        Whether a cell may be joined to itself.

    Raises
    ------
    InputError
        If the sets have another width than the weights.

    Examples
    --------
    >>> from neuromem.kernels.bits import pack
    >>> weights, cells = pack(np.zeros((3, 3), bool)), np.array([[True, False, True]])
    >>> associate(weights, cells, pack(cells), loops=False)
    >>> unpack(weights, 3).astype(int).tolist()
    [[0, 0, 1], [0, 0, 0], [1, 0, 0]]
    """
    for name, array, width, what in (("keys", keys, len(weights), "cells"), ("values", values, weights.shape[1], "words")):
        if array.shape[1] != width:  # the loops would read and write beside the arrays
            raise checks.refusal(name, f"have {width} {what}, as weights", f"has {array.shape[1]}")
    _, launch = launcher(cpu.associate, lambda: _cuda().associate, weights=weights, keys=keys, values=values)
    launch(weights, contiguous(keys), contiguous(values), loops)


def sums(weights: Any, active: Any, width: int) -> Any:
    """Return the fields of the cells from one-bit weights, equation (3).

    The work is (active cells) x (words), so a sparse cue costs little.

    Parameters
    ----------
    weights : uint64 array of shape (i, word)
        Packed one-bit weights.
    active : bool array of shape (cue, i)
        Active cells.
    width : int
        Number of cells j that get a field.

    Returns
    -------
    int32 array of shape (cue, j)
        Fields.

    Raises
    ------
    InputError
        If `active` has not a column for each row of the weights.

    Examples
    --------
    >>> from neuromem.kernels.bits import pack
    >>> weights = pack(np.array([[True, True, False], [False, True, True]]))
    >>> sums(weights, np.array([[True, True]]), 3).tolist()
    [[1, 2, 1]]
    """
    xp, launch = launcher(cpu.sums, lambda: _cuda().sums, weights=weights, active=active)
    if active.shape[1] != len(weights):
        raise checks.refusal("active", f"have shape (cue, {len(weights)})", f"has shape {active.shape}")
    out = xp.empty((len(active), width), dtype=xp.int32, device=array_api_compat.device(active))
    launch(contiguous(weights), contiguous(active), out)
    return out
