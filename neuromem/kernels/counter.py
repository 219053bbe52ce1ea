"""Counter-based random numbers: a number depends only on what it is for.

It is the same on any machine, and in whatever order numbers are drawn.

    x = mix(mix(mix(mix(seed) + 2^48 stream + trial) + step) + unit)                            (1)

`mix` gives the next output of SplitMix64 (Steele, Lea & Flood 2014, OOPSLA; constants by D.
Stafford). It maps the numbers of 64 bits one to one, so that different streams and trials of a seed
start from different states. Every use of random numbers has a stream of its own, named in `Stream`.

Normal numbers come from pairs of these, u, by the method of Box and Muller (1958):

    g = sqrt(-2 log(1 - u_(2 unit))) cos(2 pi u_(2 unit + 1))                                   (2)
"""

from __future__ import annotations

import enum
import math
from typing import Any

import numba
import numpy as np

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_M1 = np.uint64(0xBF58476D1CE4E5B9)
_M2 = np.uint64(0x94D049BB133111EB)
_30, _27, _31, _11, _48 = (np.uint64(shift) for shift in (30, 27, 31, 11, 48))
_TO_UNIT = 1.0 / (1 << 53)
_TAU = 2 * math.pi


class Stream(enum.IntEnum):
    """What a random number is for, and what its trial, step and unit are."""

    DRAW = 0  # the winner of a module: item or clock, level, module
    TIE = 1  # which of equal cells wins: level, 0, cell
    ORDER = 2  # the orders in which spins are visited: 0, number of the order, unit
    TURN = 3  # which of these orders a sweep of a heat bath takes: recall, sweep, 0
    HEAT = 4  # the new state of a spin in a heat bath: recall, sweep, unit
    START = 5  # where an unknown spin without a field starts: recall, 0, unit
    CURRENT = 6  # the noise of a membrane's current: copy, step, twice the neuron (+ 1)
    SOURCE = 7  # the intervals of a Poisson source: copy, number of the spike, neuron
    BACKGROUND = 8  # how many background spikes reach a cell: copy, step, neuron
    SCORE = 9  # the noise on a resonator's scores: recall, sweep and factor, twice the item (+ 1)


def mix(x: Any) -> Any:
    """Give the next output of SplitMix64.

    Parameters
    ----------
    x : uint64, or an array of uint64
        The state.

    Returns
    -------
    uint64, or an array of uint64
        The output, 64 bits.
    """
    x = x + _GOLDEN
    x = (x ^ (x >> _30)) * _M1
    x = (x ^ (x >> _27)) * _M2
    return x ^ (x >> _31)


_mix = numba.njit(inline="always")(mix)


@numba.njit(inline="always")
def bits(seed, stream, trial, step, unit):
    """64 random bits, equation (1)."""
    trial = (np.uint64(stream) << _48) + np.uint64(trial)
    return _mix(_mix(_mix(_mix(np.uint64(seed)) + trial) + np.uint64(step)) + np.uint64(unit))


@numba.njit(inline="always")
def uniform(seed, stream, trial, step, unit):
    """A float64 in [0, 1)."""
    return float(bits(seed, stream, trial, step, unit) >> _11) * _TO_UNIT


def uniforms(seed: int, stream: Stream, trial: int | np.ndarray, step: int, unit: int | np.ndarray) -> np.ndarray:
    """Give the numbers of `uniform` for arrays.

    Parameters
    ----------
    seed : int
        Seed, below 2^63.
    stream : Stream
        What the numbers are for.
    trial, step, unit : int, or arrays of int
        The other keys. Trials and units may be arrays, which broadcast.

    Returns
    -------
    ndarray of float64
        Numbers in [0, 1).
    """
    with np.errstate(over="ignore"):
        state = mix(np.uint64(seed))
        for part in ((np.uint64(stream) << _48) + np.asarray(trial, np.uint64), np.uint64(step)):
            state = mix(state + part)
        return (mix(state + np.asarray(unit, np.uint64)) >> _11) * _TO_UNIT


@numba.njit(inline="always")
def normal(seed, stream, trial, step, unit):
    """A float64 from the standard normal distribution, equation (2)."""
    radius = math.sqrt(-2 * math.log(1 - uniform(seed, stream, trial, step, 2 * unit)))
    return radius * math.cos(_TAU * uniform(seed, stream, trial, step, 2 * unit + 1))


def normals(seed: int, stream: Stream, trial: int | np.ndarray, step: int, unit: int | np.ndarray) -> np.ndarray:
    """Give the numbers of `normal` for arrays.

    Parameters
    ----------
    seed : int
        Seed, below 2^63.
    stream : Stream
        What the numbers are for.
    trial, step, unit : int, or arrays of int
        The other keys, as for `uniforms`.

    Returns
    -------
    ndarray of float64
        Numbers g of equation (2).
    """
    radius = np.sqrt(-2 * np.log1p(-uniforms(seed, stream, trial, step, 2 * np.asarray(unit))))
    return radius * np.cos(_TAU * uniforms(seed, stream, trial, step, 2 * np.asarray(unit) + 1))


def orders(seed: int, number: int, units: int) -> np.ndarray:
    """Give random orders in which to visit the units.

    Parameters
    ----------
    seed : int
        Seed, below 2^63.
    number : int
        Number of orders.
    units : int
        Number of units.

    Returns
    -------
    ndarray of int32, of shape (order, unit)
        A permutation of the units in each row.
    """
    draws = [uniforms(seed, Stream.ORDER, 0, order, np.arange(units)) for order in range(number)]
    return np.argsort(draws, axis=1, kind="stable").astype(np.int32)
