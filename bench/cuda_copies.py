"""Thousands of CA3 networks on a card, each storing and recalling on its own, beside the CPU."""

from __future__ import annotations

import time
from typing import Literal

import numpy as np

from neuromem.bench import Row, _device
from neuromem.bench.ca3 import ca3_runs
from neuromem.spiking import Circuit, Record, Spikes, fast

COPIES = 10_000


def timed(device: Literal["cpu", "cuda"], runs: tuple[Circuit, Spikes, float], copies: int) -> tuple[float, Record]:
    """Give the seconds of a whole run, all transfers included, and its record."""
    net, inputs, end = runs
    fast.run(net, 10.0, copies=2, keep_weights=False, device=device)  # compiles
    started = time.perf_counter()
    record = fast.run(net, end, inputs=inputs, copies=copies, keep_weights=False, device=device)
    return time.perf_counter() - started, record


def measure(quick: bool) -> list[Row]:
    """Measure the copies on the card and on all cores, which give the same spikes."""
    copies = 100 if quick else COPIES
    name = f"spiking CA3, {copies:,} copies"
    if absent := _device.unmeasured([name]):
        return absent
    runs = ca3_runs(copies)
    (ours, mine), (other, theirs) = timed("cuda", runs, copies), timed("cpu", runs, copies)
    assert np.array_equal(mine.neuron, theirs.neuron)
    note = f"{_device.name()}: 100 operations each; other: the CPU's engine on all cores; the same spikes"
    return [Row(name, ours, other, 20.0, note)]
