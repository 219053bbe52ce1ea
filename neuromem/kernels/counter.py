"""Counter-based random numbers: the value depends on (seed, trial, step, unit) alone, on any machine and in any order.

    x(seed, trial, step, unit) = mix(mix(mix(mix(seed) + trial) + step) + unit)              (1)

with `mix` the finalizer of SplitMix64 (Steele, Lea & Flood 2014, OOPSLA; constants by D. Stafford).
"""

from __future__ import annotations

import numba
import numpy as np

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_M1 = np.uint64(0xBF58476D1CE4E5B9)
_M2 = np.uint64(0x94D049BB133111EB)
_30, _27, _31, _11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)
_TO_UNIT = 1.0 / (1 << 53)


def mix(x):
    """SplitMix64's next output from state x (uint64)."""
    x = x + _GOLDEN
    x = (x ^ (x >> _30)) * _M1
    x = (x ^ (x >> _27)) * _M2
    return x ^ (x >> _31)


_mix = numba.njit(inline="always")(mix)


@numba.njit(inline="always")
def bits(seed, trial, step, unit):
    """64 random bits for a counter, equation (1)."""
    return _mix(_mix(_mix(_mix(np.uint64(seed)) + np.uint64(trial)) + np.uint64(step)) + np.uint64(unit))


@numba.njit(inline="always")
def uniform(seed, trial, step, unit):
    """A float64 in [0, 1) for a counter."""
    return float(bits(seed, trial, step, unit) >> _11) * _TO_UNIT


def reference(seed: int, trial: int | np.ndarray, step: int, unit: int | np.ndarray) -> np.ndarray:
    """`uniform` in plain NumPy, for arrays of trials and units that broadcast."""
    with np.errstate(over="ignore"):
        state = mix(np.uint64(seed))
        for part in (trial, step):
            state = mix(state + np.uint64(part))
        return (mix(state + np.asarray(unit, np.uint64)) >> _11) * _TO_UNIT


def orders(seed: int, sweeps: int, units: int) -> np.ndarray:
    """Random update orders, int32 (sweep, unit): each row a permutation of the units, keyed by (seed, sweep)."""
    return np.stack([np.argsort(reference(seed, 0, t, np.arange(units)), kind="stable") for t in range(sweeps)]).astype(
        np.int32
    )
