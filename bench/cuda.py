"""The CUDA kernels beside the limit of the card, the CPU's kernels, and plain CuPy.

The limit of a kernel is the time of its bytes at the rate of a large copy, or that of its
operations at the rate of multiply-adds in a large float32 product, both as measured on the card;
bytes that its cache holds come faster than that. Times are device events after a warm-up, the
median of many.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from neuromem import cues, patterns
from neuromem.arrays import device_placer, to_host
from neuromem.bench import Row, _device
from neuromem.kernels import bits, counter, glauber, packed, selection

BESIDE = ("limit", "CPU", "CuPy")


class Work(NamedTuple):
    """A kernel on given arrays, and what it has to do.

    `ours` and the `plain` expression of it give equal arrays. Operations are multiply-adds, or
    words of 64 bits compared.
    """

    name: str
    ours: Callable[[], Any]
    plain: Callable[[], Any]
    operations: Callable[[], float]
    bytes: Callable[[], float]


def works(xp: Any, place: Callable[[Any], Any], quick: bool) -> list[Work]:
    """Make the kernels on arrays of the library xp; small ones where quick."""
    shrink = 20 if quick else 1
    return [
        _pairwise(xp, place, 4000 // shrink, 400 // shrink, 2000 // shrink),
        _dense(xp, place, 200 // (4 if quick else 1), 20_000 // shrink, 500 // shrink),
        _fields(xp, place, 100_000 // shrink, 1000 // shrink, 1024),
        _recognition(xp, place, 784, 24, 16 if quick else 64, 2000 // shrink),
    ]


def _pairwise(xp: Any, place: Callable[[Any], Any], units: int, items: int, batch: int) -> Work:
    x = patterns.random(items, units, rng=0)
    whole = x.T.astype(np.float32) @ x
    np.fill_diagonal(whole, 0)
    held, real = place(whole.astype(np.int16)), place(whole)
    start = place(cues.flip(x[np.arange(batch) % items], 0.2, rng=1))
    orders = counter.orders(0, glauber.ORDERS, units)

    def ours() -> Any:
        return glauber.weights(held, start)

    def plain() -> Any:
        """A field at a time for all cues at once, until a sweep changes nothing."""
        s = xp.astype(start.T, xp.float32)  # (unit, cue)
        for order in orders:
            before = s.copy()
            for i in order:
                h = real[i] @ s
                s[i] = xp.where(h == 0, s[i], xp.sign(h))
            if bool((s == before).all()):
                break
        return s.T

    def done() -> float:
        return float(to_host(ours().operations).sum())

    return Work("pairwise", lambda: ours().spins, plain, done, lambda: done() * (2 + 4 + 4))


def _dense(xp: Any, place: Callable[[Any], Any], units: int, items: int, batch: int) -> Work:
    x = np.ascontiguousarray(patterns.random(items, units, rng=0).T)
    held, real = place(x), place(x.astype(float))
    start = place(cues.flip(x.T[:batch], 0.05, rng=1))
    orders = counter.orders(0, glauber.ORDERS, units)

    def ours() -> Any:
        return glauber.patterns(held, start, order=4)

    def plain() -> Any:
        """Overlaps are kept for all cues at once; a flip takes half the change of M^4."""
        s = xp.astype(start.T, xp.float64)  # (unit, cue)
        overlap = real.T @ s  # (item, cue)
        for order in orders:
            before = s.copy()
            for i in order:
                others = overlap - real[i][:, None] * s[i]
                h = real[i] @ (((others + 1) ** 4 - (others - 1) ** 4) / 2)
                s[i] = xp.where(h == 0, s[i], xp.sign(h))
                overlap = others + real[i][:, None] * s[i]
            if bool((s == before).all()):
                break
        return s.T

    def done() -> float:
        return float(to_host(ours().operations).sum())

    return Work("dense, P = 4", lambda: ours().spins, plain, done, lambda: done() * (1 + 4))


def _fields(xp: Any, place: Callable[[Any], Any], rows: int, batch: int, width: int) -> Work:
    rng = np.random.default_rng(0)
    sets, active = rng.random((rows, width)) < 0.5, rng.random((batch, rows)) < 0.01
    weights, cells = place(bits.pack(sets)), place(active)
    a, c = (place(array.astype(np.float32)) for array in (sets, active))
    return Work(
        "packed, sums",
        lambda: packed.sums(weights, cells, width),
        lambda: c @ a,
        lambda: float(active.sum()) * width,
        lambda: rows * batch + 8 * bits.words(width) * rows + 4 * batch * width,
    )


def _recognition(xp: Any, place: Callable[[Any], Any], units: int, modules: int, cells: int, batch: int) -> Work:
    rng = np.random.default_rng(0)
    weights, lines = rng.random((modules * cells, units)) < 0.3, rng.random((batch, units)) < 0.3
    kept, asked = place(bits.pack(weights)), place(bits.pack(lines))
    w, x = (place(array.astype(np.float32)) for array in (weights, lines))
    tie = place(counter.uniforms(0, counter.Stream.TIE, 0, 0, np.arange(len(weights))).reshape(modules, cells))

    def plain() -> Any:
        u = (x @ w.T).reshape(batch, modules, cells)
        return xp.where(u == u.max(2, keepdims=True), tie, -1.0).argmax(2)

    words = bits.words(units)
    return Work(
        "code selection",
        lambda: selection.recognise(kept, asked, modules, selection.Gain(), 0)[0],
        plain,
        lambda: batch * len(weights) * words,
        lambda: 8 * words * (len(weights) + batch) + 2 * 8 * batch * len(weights),
    )


def measure(quick: bool) -> Iterator[Row]:
    """Measure every kernel beside the card's limit, the CPU's kernel, and plain CuPy.

    The goal is 60 % of the limit.
    """
    names = [f"{work.name}, beside {what}" for work in works(_numpy(), np.asarray, quick=True) for what in BESIDE]
    if absent := _device.unmeasured(names):
        yield from absent
        return
    import array_api_compat.cupy as xp

    place, card = device_placer("cuda"), _device.card()
    for work, other in zip(works(xp, place, quick), works(_numpy(), np.asarray, quick), strict=True):
        assert np.array_equal(to_host(work.ours()), to_host(work.plain()))
        ours, plain = _device.median(work.ours), _device.median(work.plain, 5)
        limit = max(work.bytes() / card.bandwidth, work.operations() / card.rate)
        note = (
            f"{card.name}: {work.operations():.3g} operations, {work.bytes():.3g} bytes; "
            f"copy {card.bandwidth / 1e9:.0f} GB/s, product {card.rate / 1e12:.1f} T multiply-adds/s"
        )
        others = zip(BESIDE, (limit, _device.wall(other.ours), plain), (0.6, np.nan, np.nan), strict=True)
        for what, seconds, goal in others:
            yield Row(f"{work.name}, beside {what}", ours, seconds, goal, note)


def _numpy() -> Any:
    import array_api_compat.numpy

    return array_api_compat.numpy
