"""Bits kept as bits: rows of booleans packed 64 to a word, and the count of ones in a word.

>>> packed = pack(np.array([[True, False, True]]))
>>> packed.tolist(), unpack(packed, 3).tolist()
([[5]], [[True, False, True]])
"""

from __future__ import annotations

import numba
import numpy as np

_PAIRS, _FOURS, _BYTES = (np.uint64(word) for word in (0x5555555555555555, 0x3333333333333333, 0x0F0F0F0F0F0F0F0F))
_ONES = np.uint64(0x0101010101010101)
_1, _2, _4, _56 = np.uint64(1), np.uint64(2), np.uint64(4), np.uint64(56)


def words(bits: int) -> int:
    """Words of 64 bits that hold `bits` bits."""
    return -(-bits // 64)


def pack(rows: np.ndarray) -> np.ndarray:
    """Booleans (row, bit) as uint64 (row, word); bit b of a row is bit b % 64 of its word b // 64, bits left over are 0."""
    packed = np.packbits(rows, axis=1, bitorder="little")
    padded = np.zeros((len(rows), 8 * words(rows.shape[1])), np.uint8)
    padded[:, : packed.shape[1]] = packed
    return padded.view("<u8").astype(np.uint64, copy=False)


def unpack(packed: np.ndarray, bits: int) -> np.ndarray:
    """The inverse of `pack`: bool (row, bits)."""
    octets = np.ascontiguousarray(packed, "<u8").view(np.uint8)
    return np.unpackbits(octets, axis=1, count=bits, bitorder="little").astype(bool)


def popcount(word):
    """Ones in a uint64, summed in pairs, fours and bytes; LLVM compiles this form to the machine's own instruction."""
    word = word - ((word >> _1) & _PAIRS)
    word = (word & _FOURS) + ((word >> _2) & _FOURS)
    return (((word + (word >> _4)) & _BYTES) * _ONES) >> _56


ones = numba.njit(inline="always")(popcount)
