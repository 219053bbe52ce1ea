"""Reading and writing of hard locations: packed addresses, a row of counters at each.

A location is active for a cue iff its address lies within `radius` of it; unknown units of a cue
count half:

    active:  2 popcount((address xor cue) and known) + unknown <= 2 radius                    (1)
    write:   counters of every active location += value                                       (2)
    read:    sum of the counters of all active locations                                      (3)

Addresses are held word by word, uint64 (word, location), so that one instruction counts for several
locations.
"""

from __future__ import annotations

from typing import Any

import array_api_compat
import numpy as np

from neuromem.arrays import contiguous
from neuromem.kernels.bits import pack, unpack
from neuromem.kernels.dispatch import launcher

from . import cpu


def active_reference(addresses: np.ndarray, cues: np.ndarray, radius: int) -> np.ndarray:
    """Compute equation (1) in NumPy, by products of +1/-1 instead of packed words.

    Parameters
    ----------
    addresses, cues : ndarray
        As in `read`.
    radius : int
        As in `read`.

    Returns
    -------
    bool array of shape (cue, location)
        Which locations are active.
    """
    places = 2 * unpack(addresses.T, cues.shape[1]).astype(int) - 1
    known = (cues != 0).sum(1, keepdims=True)
    differ = (known - np.sign(cues).astype(int) @ places.T) / 2
    return differ + (cues.shape[1] - known) / 2 <= radius


def write_reference(addresses: np.ndarray, counters: np.ndarray, keys: np.ndarray, values: np.ndarray, radius: int) -> None:
    """Compute equation (2) in NumPy.

    Parameters
    ----------
    addresses, counters, keys, values : ndarray
        As in `write`.
    radius : int
        As in `write`.
    """
    counters += active_reference(addresses, keys, radius).T.astype(np.int64) @ values


def read_reference(
    addresses: np.ndarray, counters: np.ndarray, cues: np.ndarray, radius: int
) -> tuple[np.ndarray, np.ndarray]:
    """Compute equation (3) in NumPy.

    Parameters
    ----------
    addresses, counters, cues : ndarray
        As in `read`.
    radius : int
        As in `read`.

    Returns
    -------
    tuple of ndarray
        As of `read`.
    """
    active = active_reference(addresses, cues, radius)
    return active.astype(np.int64) @ counters, active.sum(1)


def _cuda() -> Any:
    from . import cuda

    return cuda


def _masks(cues: Any) -> tuple[Any, Any, Any]:
    """Signs and known units of cues (cue, unit), packed, and the number of unknown units (cue,)."""
    return pack(cues > 0), pack(cues != 0), (cues == 0).sum(1)


def write(addresses: Any, counters: Any, keys: Any, values: Any, radius: int) -> None:
    """Add values to the counters of all locations near their keys, equation (2), in place.

    Parameters
    ----------
    addresses : uint64 array of shape (word, location)
        Packed addresses.
    counters : array of shape (location, value unit)
        Counters, which are changed; their type must hold what they grow to.
    keys : array of shape (item, unit)
        Keys of +1/-1, 0 where unknown.
    values : array of shape (item, value unit)
        Values of +1/-1.
    radius : int
        Hamming distance up to which a location is active.
    """
    given = {"addresses": addresses, "counters": counters, "keys": keys, "values": values}
    xp, launch = launcher(cpu.write, lambda: _cuda().write, **given)
    launch(addresses, counters, *_masks(keys), contiguous(xp.astype(values, counters.dtype)), radius)


def read(addresses: Any, counters: Any, cues: Any, radius: int) -> tuple[Any, Any]:
    """Return the sums of the counters of all locations near each cue, equation (3).

    Parameters
    ----------
    addresses : uint64 array of shape (word, location)
        Packed addresses.
    counters : array of shape (location, value unit)
        Counters, whole or real numbers.
    cues : array of shape (cue, unit)
        Cues of +1/-1, 0 where unknown.
    radius : int
        Hamming distance up to which a location is active.

    Returns
    -------
    sums : array of shape (cue, value unit)
        In float64 for real counters, else in the smaller of int32 and int64 in which sums of
        counters of that type can't overflow.
    active : int64 array of shape (cue,)
        Number of active locations.
    """
    given = {"addresses": addresses, "counters": counters, "cues": cues}
    xp, launch = launcher(cpu.read, lambda: _cuda().read, **given)
    if xp.isdtype(counters.dtype, "real floating"):
        kind = xp.float64
    else:
        kind = xp.int32 if -int(xp.iinfo(counters.dtype).min) * len(counters) < 2**31 else xp.int64
    device = array_api_compat.device(cues)
    sums = xp.zeros((len(cues), counters.shape[1]), dtype=kind, device=device)
    active = xp.zeros(len(cues), dtype=xp.int64, device=device)
    launch(addresses, counters, *_masks(cues), radius, sums, active)
    return sums, active
