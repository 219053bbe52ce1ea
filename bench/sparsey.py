"""Sparsey: code selection beside its NumPy reference, and time per item against items stored."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Literal

import numpy as np

from neuromem import patterns
from neuromem.bench import Row
from neuromem.kernels import selection
from neuromem.models.sparsey import Sparsey


def _shortest(ours: Callable[[], object], other: Callable[[], object], repeats: int) -> tuple[float, float]:
    """Give the shortest times of two works done in turn, ten of ours to one of the other.

    So both meet the same disturbances.
    """
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(repeats):
        for work, number, kept in ((ours, 10, times[0]), (other, 1, times[1])):
            for _ in range(number):
                started = time.perf_counter()
                work()
                kept.append(time.perf_counter() - started)
    return min(times[0]), min(times[1])


def _reference_recall(weights: np.ndarray, lines: np.ndarray, gain: selection.Gain) -> np.ndarray:
    """Give codes by the reference.

    Then for each cue it counts how many of its winners know each line.
    """
    codes, _ = selection.reference(weights, lines, gain, seed=0)
    modules = np.arange(weights.shape[1])
    return np.stack([weights[:, modules, code].sum(1) for code in codes])


def _beside_reference(lines: Literal["both", "on"], items: np.ndarray, repeats: int, goal: float) -> list[Row]:
    """Time store and recall of `items` by memory and reference, 24 modules of 16 cells."""
    memory = Sparsey(items.shape[1], modules=24, cells=16, lines=lines).store(items[:2])
    memory.recall(items[:2])  # all compiled now
    memory.clear()
    on = np.hstack([items > 0, items < 0]) if lines == "both" else items > 0
    gain = selection.Gain(power=memory.power, floor=memory.floor, gain=memory.gain)
    weights = np.zeros((on.shape[1], 24, 16), bool)
    works = {
        "store": (
            lambda: memory.store(items),
            lambda: selection.reference(weights, on, gain, seed=0, learn=True),
        ),
        "recall": (lambda: memory.recall(items), lambda: _reference_recall(weights, on, gain)),
    }
    times = {name: _shortest(*pair, repeats) for name, pair in works.items()}
    note = f"{len(items)} items, {on.sum(1).mean():.0f} of {on.shape[1]} lines active; other: the reference, item by item"
    return [Row(f"{name}, {lines}", ours, other, goal, note) for name, (ours, other) in times.items()]


def measure(quick: bool) -> list[Row]:
    """Measure 784 inputs, Q = 24, K = 16, a batch of 1000.

    Then come a few items at a time at 10 and at 10,000 stored.
    """
    batch, repeats, units = 50 if quick else 1000, 2 if quick else 8, 784
    rows = _beside_reference("both", patterns.random(batch, units), repeats, goal=30)
    rows += _beside_reference("on", patterns.sparse(batch, units, activity=0.19), repeats, goal=np.nan)

    few, many, part = 10, 500 if quick else 10_000, 10
    items = patterns.random(many + part, units)
    held = {number: Sparsey(units, modules=24, cells=16).store(items[:number]) for number in (few, many)}
    for name in ("store", "recall"):
        times: dict[int, list[float]] = {few: [], many: []}
        for _ in range(30 if quick else 300):  # in turn, so that both meet the same disturbances
            for number, memory in held.items():
                work = getattr(memory, name)
                started = time.perf_counter()
                work(items[-part:])
                times[number].append(time.perf_counter() - started)
        mine, theirs = (min(times[number]) / part for number in (many, few))
        note = f"one item, {many:,} stored, against {few} stored; goal: within 5 %"
        rows.append(Row(f"{name}, constant time", mine, theirs, 0.95, note))
    return rows
