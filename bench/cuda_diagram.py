"""The phase diagram of a Hopfield network on a card: 100 loads x 100 temperatures of 4096 units."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from neuromem import metrics, patterns
from neuromem.arrays import device_placer, to_host
from neuromem.bench import Row, _device
from neuromem.models.hopfield import Hopfield

UNITS, RESOLUTION, STEPS, STARTS = 4096, 100, 30, 4
SECONDS = 120.0  # after which no further column begins
COLUMN, WHOLE = "phase diagram, one load", "phase diagram, all loads"


def column(device: str, load: float, temperatures: np.ndarray, units: int, steps: int) -> np.ndarray:
    """Give the overlaps (temperature, start) of one network at many temperatures, in one recall."""
    place: Any = device_placer(device)
    items = patterns.random(max(STARTS, round(load * units)), units, rng=0)
    network = Hopfield(units, steps=steps, rng=0).store(place(items))
    starts = np.tile(items[:STARTS], (len(temperatures), 1))
    found = network.recall(place(starts), temperatures=np.repeat(temperatures, STARTS))
    return np.asarray(metrics.overlap(to_host(found.items), starts)).reshape(-1, STARTS)


def measure(quick: bool) -> Iterator[Row]:
    """Measure one load on the card and on all cores, which give the same spins, then all loads."""
    if absent := _device.unmeasured([COLUMN, WHOLE]):
        yield from absent
        return
    units, resolution = (256, 10) if quick else (UNITS, RESOLUTION)
    cells = (np.arange(resolution) + 0.5) / resolution
    heat, loads = 1.5 * cells, 0.16 * cells
    settings = heat, units, STEPS
    ours = _device.wall(lambda: column("cuda", 0.08, *settings), 1)
    started = time.perf_counter()
    theirs = column("cpu", 0.08, *settings)
    other = time.perf_counter() - started
    assert np.array_equal(column("cuda", 0.08, *settings), theirs)
    size = f"{_device.name()}: N = {units}, {resolution} temperatures, {STARTS} starts, {STEPS} sweeps"
    yield Row(COLUMN, ours, other, note=f"{size}; other: all cores; the same spins")
    started, done = time.perf_counter(), 0
    for load in loads:
        if time.perf_counter() - started > SECONDS:
            break
        column("cuda", load, *settings)
        done += 1
    yield Row(WHOLE, time.perf_counter() - started, note=f"{size}; {done} of {resolution} loads")
