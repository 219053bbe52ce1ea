"""Sparse memories: matching beside a copy, SDM beside torch-hd, clipped Hebb beside BLAS."""

from __future__ import annotations

import functools
import importlib
import time
from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from neuromem import patterns
from neuromem.bench import Row
from neuromem.kernels import bits, locations, packed

MATCHING = 0.5  # of the bandwidth of a copy
TORCHHD = 20


@numba.njit(parallel=True)
def _copy(source: np.ndarray, target: np.ndarray) -> None:
    for row in numba.prange(len(source)):
        target[row] = source[row]


def _seconds(*calls: Callable[[], Any], repeats: int) -> list[float]:
    """Give the shortest time of each, taken in turn."""
    times: list[list[float]] = [[] for _ in calls]
    for call in calls:
        call()
    for _ in range(repeats):
        for call, seconds in zip(calls, times, strict=True):
            started = time.perf_counter()
            call()
            seconds.append(time.perf_counter() - started)
    return [min(seconds) for seconds in times]


def matching(quick: bool) -> Row:
    """Match one packed cue with a table that no cache holds.

    A copy reads and writes each byte, so that half its time is fair.
    """
    rows = np.random.default_rng(0).integers(0, 2**63, (2**16 if quick else 2**21, 16), dtype=np.uint64)
    cue, target = rows[:1].copy(), np.empty_like(rows)
    ours, threads, plain = _seconds(
        lambda: packed.shared(rows, cue),
        lambda: _copy(rows, target),
        lambda: np.copyto(target, rows),
        repeats=3 if quick else 10,
    )
    copy = min(threads, plain)
    size = rows.nbytes / 1e9
    note = f"{1000 * size:.0f} MB read at {size / ours:.1f} GB/s; copy {2 * size / copy:.1f} GB/s"
    return Row("packed matching / copy bandwidth", ours, copy / 2, MATCHING, note)


def clipped(quick: bool) -> Row:
    """Compute fields of 1000 sparse cues at 2048 units, 11 active, beside float32 BLAS.

    Half of the synapses are set.
    """
    cues = patterns.sparse(50 if quick else 1000, 2048, activity=11 / 2048, rng=0) > 0
    set_ = np.random.default_rng(1).random((2048, 2048)) < 0.5
    weights, dense, asked = bits.pack(set_), set_.astype(np.float32), cues.astype(np.float32)
    same = bool((packed.sums(weights, cues, 2048) == asked @ dense).all())
    ours, other = _seconds(lambda: packed.sums(weights, cues, 2048), lambda: asked @ dense, repeats=5)
    return Row("clipped Hebbian fields / dense product", ours, other, np.nan, f"{len(cues)} cues; same answers: {same}")


def torchhd(quick: bool) -> list[Row]:
    """Read the same keys, values, radius and cues in both memories."""
    sizes, items, units = (10_000 if quick else 100_000), 200, 512
    names = {batch: f"SDM read, {batch} cue{'s' * (batch > 1)} / torch-hd" for batch in (1, 16, 100)}
    try:
        import torch

        peer = importlib.import_module("torchhd.memory").SparseDistributed
    except ImportError:
        return [Row(name, goal=TORCHHD, note="torch-hd is not installed") for name in names.values()]
    with threadpool_limits(numba.get_num_threads()):
        torch.manual_seed(0)
        theirs = peer(sizes, units, units)
        x = patterns.random(items, units, rng=0)
        theirs.write(torch.tensor(x, dtype=torch.float32), torch.tensor(x, dtype=torch.float32))
        radius = (units - theirs.threshold) // 2
        addresses = np.ascontiguousarray(bits.pack(theirs.keys.numpy(force=True) > 0).T)
        counters = np.zeros((sizes, units), np.int16)
        locations.write(addresses, counters, x, x, radius)
        rows = []
        for batch, name in names.items():
            cues = x[:batch]
            asked = torch.tensor(cues, dtype=torch.float32)
            same = bool((locations.read(addresses, counters, cues, radius)[0] == theirs.read(asked).numpy(force=True)).all())
            ours, other = _seconds(
                functools.partial(locations.read, addresses, counters, cues, radius),
                functools.partial(theirs.read, asked),
                repeats=3 if quick else 10,
            )
            note = f"{sizes:,} locations, {units} units, {numba.get_num_threads()} threads; same answers: {same}"
            rows.append(Row(name, ours, other, TORCHHD, note))
    return rows


def measure(quick: bool) -> list[Row]:
    """Measure the rows of `neuromem bench --suite sparse`."""
    return [matching(quick), clipped(quick), *torchhd(quick)]
