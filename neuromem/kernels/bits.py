"""Bits kept as bits: rows of booleans packed 64 to a word, and the count of ones in a word.

>>> packed = pack(np.array([[True, False, True]]))
>>> packed.tolist(), unpack(packed, 3).tolist()
([[5]], [[True, False, True]])
"""

from __future__ import annotations

from typing import Any

import array_api_compat
import numba
import numpy as np
from numba.extending import register_jitable

from neuromem.arrays import on_device

_PAIRS, _FOURS, _BYTES = (np.uint64(word) for word in (0x5555555555555555, 0x3333333333333333, 0x0F0F0F0F0F0F0F0F))
_ONES = np.uint64(0x0101010101010101)
_1, _2, _4, _56 = np.uint64(1), np.uint64(2), np.uint64(4), np.uint64(56)


def words(bits: int) -> int:
    """Return the number of words of 64 bits that hold a number of bits.

    Parameters
    ----------
    bits : int
        Number of bits.

    Returns
    -------
    int
    """
    return -(-bits // 64)


def pack(rows: Any) -> Any:
    """Pack booleans, 64 to a word; those on a CUDA device are packed there.

    Parameters
    ----------
    rows : bool array of shape (row, bit)
        Booleans.

    Returns
    -------
    uint64 array of shape (row, word)
        Bit b of a row is bit b % 64 of its word b // 64; bits left over are 0.
    """
    if on_device(rows):
        return _pack_on_device(rows)
    packed = np.packbits(rows, axis=1, bitorder="little")
    padded = np.zeros((len(rows), 8 * words(rows.shape[1])), np.uint8)
    padded[:, : packed.shape[1]] = packed
    return padded.view("<u8").astype(np.uint64, copy=False)


def _pack_on_device(rows: Any) -> Any:
    xp, device = array_api_compat.array_namespace(rows), array_api_compat.device(rows)
    padded = xp.zeros((len(rows), 64 * words(rows.shape[1])), dtype=xp.int64, device=device)
    padded[:, : rows.shape[1]] = xp.astype(rows, xp.int64)
    bits = xp.reshape(padded, (len(rows), -1, 64)) << xp.arange(64, dtype=xp.int64, device=device)
    return xp.sum(bits, axis=2, dtype=xp.int64).view(xp.uint64)  # signed, as torch can't shift unsigned words


def unpack(packed: np.ndarray, bits: int) -> np.ndarray:
    """Unpack what `pack` has packed.

    Parameters
    ----------
    packed : uint64 array of shape (row, word)
        Words.
    bits : int
        Bits of a row.

    Returns
    -------
    bool array of shape (row, bit)
    """
    octets = np.ascontiguousarray(packed, "<u8").view(np.uint8)
    return np.unpackbits(octets, axis=1, count=bits, bitorder="little").astype(bool)


@register_jitable
def ones(word):
    """Count the ones in a word.

    They are summed in pairs, fours and bytes, a form that LLVM compiles to the machine's own
    instruction.

    Parameters
    ----------
    word : uint64
        Word.

    Returns
    -------
    uint64
    """
    word = word - ((word >> _1) & _PAIRS)
    word = (word & _FOURS) + ((word >> _2) & _FOURS)
    return (((word + (word >> _4)) & _BYTES) * _ONES) >> _56


@numba.njit(inline="always")
def bit(word, place):
    """Bit `place` of a uint64, as one."""
    return (word >> np.uint64(place)) & _1
