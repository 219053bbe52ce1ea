"""Asynchronous recall beside NumPy loops, beside a matrix-vector product, and against size."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable

import numpy as np

from neuromem import cues, patterns
from neuromem.bench import Row
from neuromem.kernels import counter, glauber
from neuromem.kernels.compiled import one_thread


def _seconds(*works: Callable[[], object], repeats: int) -> list[float]:
    """Give the shortest run of each, in turns of a tenth of a second.

    That is what the machine does when nothing else disturbs it.
    """
    best = [np.inf for _ in works]
    for _ in range(repeats):
        for which, work in enumerate(works):
            turn = time.perf_counter()
            while time.perf_counter() < turn + 0.1:
                started = time.perf_counter()
                work()
                best[which] = min(best[which], time.perf_counter() - started)
    return best


def plain_loop(weights: np.ndarray, spins: np.ndarray, orders: np.ndarray) -> np.ndarray:
    """Recall as a user would write it.

    It computes a field at a time for all cues at once, until a sweep changes nothing.
    """
    s = np.ascontiguousarray(spins.T, np.float32)  # (unit, cue): the faster layout
    for order in orders:
        before = s.copy()
        for i in order:
            h = weights[i] @ s
            s[i] = np.where(h == 0, s[i], np.sign(h))
        if np.array_equal(s, before):
            break
    return s.T


def careful_loop(weights: np.ndarray, spins: np.ndarray, orders: np.ndarray) -> np.ndarray:
    """Recall with the kernel's own idea, in NumPy.

    Fields are kept, and touched only for the cues whose spin flips.
    """
    s = spins.astype(np.float32)
    h = s @ weights  # (cue, unit)
    for order in orders:
        flips = 0
        for i in order:
            wrong = np.flatnonzero(h[:, i] * s[:, i] < 0)
            if wrong.size:
                s[wrong, i] *= -1
                h[wrong] += 2 * s[wrong, i][:, None] * weights[i]
                flips += wrong.size
        if not flips:
            break
    return s


def _pairwise(units: int, items: int, batch: int, repeats: int) -> list[Row]:
    x = patterns.random(items, units, rng=0)
    spins = cues.flip(x[:batch], 0.2, rng=1)
    whole = x.T.astype(np.int32) @ x
    np.fill_diagonal(whole, 0)
    held, real, orders = whole.astype(np.int16), whole.astype(np.float32), counter.orders(0, glauber.ORDERS, units)
    ended = glauber.weights(held, spins)
    for loop in (plain_loop, careful_loop):
        assert np.array_equal(loop(real, spins, orders), ended.spins)
    note = f"N = {units}, K = {items}, {batch} cues, 20% flipped, to the fixed point, {{}}; the same spins"
    ours, plain, careful = _seconds(
        lambda: glauber.weights(held, spins),
        lambda: plain_loop(real, spins, orders),
        lambda: careful_loop(real, spins, orders),
        repeats=repeats,
    )
    with one_thread():
        s = np.ones(units, np.float32)
        single, product = _seconds(
            lambda: glauber.weights(held, spins), lambda: [real @ s for _ in range(batch)], repeats=repeats
        )
    each, limit = single / ended.operations.sum(), product / (batch * units**2)
    return [
        Row("pairwise", ours, plain, 20.0, note.format("other: a field at a time in NumPy, all cues at once")),
        Row(
            "pairwise, kept fields",
            ours,
            careful,
            np.nan,
            note.format("other: fields kept in NumPy, touched where spins flip"),
        ),
        Row("pairwise, 10^9 multiply-adds", 1e9 * each, 1e9 * limit, 0.5, _rates(each, limit, f"{units} x {units}")),
    ]


def _dense(units: int, items: int, repeats: int) -> list[Row]:
    x = np.ascontiguousarray(patterns.random(items, units, rng=0).T)
    spins = cues.flip(x.T[:4], 0.05, rng=1)
    ended = glauber.patterns(x, spins, order=4)
    real, s = x.astype(np.float32), np.ones(items, np.float32)
    with one_thread():
        single, product = _seconds(
            lambda: glauber.patterns(x, spins, order=4), lambda: [real @ s for _ in range(4)], repeats=repeats
        )
    each, limit = single / ended.operations.sum(), product / (4 * units * items)
    return [Row("P = 4, 10^9 multiply-adds", 1e9 * each, 1e9 * limit, 0.5, _rates(each, limit, f"{units} x {items}"))]


def _rates(each: float, limit: float, shape: str) -> str:
    return (
        f"{1e-9 / each:.1f} billion a second; other: {1e-9 / limit:.1f}, a float32 matrix-vector product {shape}; one thread"
    )


def _growth(name: str, sizes: list[tuple[int, int]], repeats: int) -> Row:
    """Time one sweep from stored patterns at sizes (N, K) that span a decade.

    The row gives the slope of log time against log size.
    """
    works = []
    for units, items in sizes:
        x = patterns.random(items, units, rng=0)
        works.append(functools.partial(glauber.patterns, np.ascontiguousarray(x.T), x[:8], order=4, steps=1))
        works[-1]()
    with one_thread():
        times = _seconds(*works, repeats=repeats)
    size = np.array([units * items for units, items in sizes])
    slope = np.polyfit(np.log(size), np.log(times), 1)[0]
    note = f"time ~ {name}^{slope:.2f}; other: {size[-1] / size[0]:.0f} times that of the smallest of (N, K) = {sizes}"
    return Row(f"P = 4, growth with {name}", times[-1], times[0] * size[-1] / size[0], np.nan, note)


def measure(quick: bool) -> list[Row]:
    """Measure pairwise recall, P = 4, and the growth of a sweep with N and with K.

    Pairwise recall is at N = 1000 and K = 100 with 64 cues, P = 4 at N = 200 and K = 20,000.
    """
    repeats = 1 if quick else 10
    shrink = 5 if quick else 1
    grid = np.array([1, 2, 5, 10])
    return [
        *_pairwise(1000 // shrink, 100 // shrink, min(64, 100 // shrink), repeats),
        *_dense(200 // shrink, 20_000 // shrink, repeats),
        _growth("N", [(int(n), 2000 // shrink) for n in 64 * grid], repeats),
        _growth("K", [(200, int(k)) for k in 1000 // shrink * grid], repeats),
    ]
