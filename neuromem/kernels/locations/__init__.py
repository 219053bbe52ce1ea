"""Reading and writing of hard locations: packed addresses, a row of counters at each.

A location is active for a cue iff its address lies within `radius` of it; unknown units of a cue count half:

    active:  2 popcount((address xor cue) and known) + unknown <= 2 radius                                (1)
    write:   counters of every active location += value                                                   (2)
    read:    sum of the counters of all active locations                                                  (3)

Addresses are held word by word, uint64 (word, location), so that one instruction counts for several locations: `BLOCK` of
them are compared at a time, and searched for active ones only if the nearest is. The table is read once for a group of at
most `GROUP` cues, as many groups as keep all cores busy. Writing is shared out by blocks of locations, so that no two cores
meet.
"""

from __future__ import annotations

from typing import Any

import array_api_compat
import numba
import numpy as np

from neuromem.kernels.bits import pack
from neuromem.kernels.dispatch import launcher

from . import cpu

GROUP = 16


def masks(cues: Any) -> tuple[Any, Any, Any]:
    """Signs and known units of cues (cue, unit), packed, and the number of unknown units (cue,), for the kernels below."""
    return pack(cues > 0), pack(cues != 0), (cues == 0).sum(1)


def active_reference(addresses: np.ndarray, cues: np.ndarray, radius: int) -> np.ndarray:
    """Equation (1) in plain NumPy, bool (cue, location)."""
    signs, known, unknown = masks(cues)
    differ = np.bitwise_count((addresses.T[None] ^ signs[:, None]) & known[:, None]).sum(-1, dtype=int)
    return 2 * differ + unknown[:, None] <= 2 * radius


def write_reference(addresses, counters, keys, values, radius) -> None:
    """Equation (2) in plain NumPy."""
    counters += active_reference(addresses, keys, radius).T.astype(np.int64) @ values


def read_reference(addresses, counters, cues, radius) -> tuple[np.ndarray, np.ndarray]:
    """Equation (3) in plain NumPy: sums (cue, unit) and active locations (cue,)."""
    active = active_reference(addresses, cues, radius)
    return active.astype(np.int64) @ counters, active.sum(1)


def _cuda() -> Any:
    from . import cuda

    return cuda


def write(addresses: Any, counters: Any, keys: Any, values: Any, radius: int) -> None:
    """Adds values (item, value unit) of +1/-1 to `counters` (location, value unit), integers, in place, equation (2).

    addresses: packed, uint64 (word, location); keys: (item, unit).
    """
    given = {"addresses": addresses, "counters": counters, "keys": keys, "values": values}
    xp, launch = launcher(cpu.write, lambda: _cuda().write, **given)
    launch(addresses, counters, *masks(keys), xp.astype(values, counters.dtype), radius)


def read(addresses: Any, counters: Any, cues: Any, radius: int) -> tuple[Any, Any]:
    """Sums (cue, value unit) int32 and numbers of active locations (cue,) for cues (cue, unit), equation (3)."""
    given = {"addresses": addresses, "counters": counters, "cues": cues}
    xp, launch = launcher(cpu.read, lambda: _cuda().read, **given)
    device = array_api_compat.device(cues)
    sums = xp.zeros((len(cues), counters.shape[1]), dtype=xp.int32, device=device)
    active = xp.zeros(len(cues), dtype=xp.int64, device=device)
    turns = max(1, -(-len(cues) // (GROUP * numba.get_num_threads())))
    size = max(1, -(-len(cues) // (turns * numba.get_num_threads())))
    launch(addresses, counters, *masks(cues), radius, size, sums, active)
    return sums, active
