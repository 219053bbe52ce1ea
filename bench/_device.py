"""What the suites for a card share: the card and its rates, and times by its events."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from neuromem.arrays import device_placer
from neuromem.bench import Row
from neuromem.checks import InputError

ABSENT = "not measured: no CUDA device, see `neuromem doctor`"


class Card(NamedTuple):
    """A card: its name, and its rates as measured.

    The rates are the bytes a second in a large copy, read and written, and the float32
    multiply-adds a second in a large product.
    """

    name: str
    bandwidth: float
    rate: float


def unmeasured(names: Sequence[str]) -> list[Row] | None:
    """Give a row for each name, which says why it was not measured; None where a card is there."""
    try:
        device_placer("cuda")
    except InputError:
        return [Row(name, note=ABSENT) for name in names]
    return None


def name() -> str:
    """Give the name of the card."""
    import cupy

    found: str = cupy.cuda.runtime.getDeviceProperties(0)["name"].decode()
    return found


@functools.cache
def card() -> Card:
    """Measure the rates of the card."""
    import cupy

    large, other = cupy.ones(2**28, cupy.float32), cupy.empty(2**28, cupy.float32)
    copied = median(lambda: cupy.copyto(other, large))
    a = cupy.random.default_rng(0).standard_normal((8192, 8192), cupy.float32)
    product = median(lambda: a @ a)
    return Card(name(), 2 * large.nbytes / copied, 8192**3 / product)


def median(work: Callable[[], Any], repeats: int = 30) -> float:
    """Give the median of seconds on the device, by its events and after a warm-up."""
    from cupyx.profiler import benchmark

    return float(np.median(benchmark(work, n_repeat=repeats, n_warmup=2).gpu_times))


def wall(work: Callable[[], Any], repeats: int = 3) -> float:
    """Give the median of seconds on the clock, after one run that compiles."""
    work()
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return float(np.median(times))
