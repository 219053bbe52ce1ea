"""Damage: cues (item, unit) made from items of +1/-1; a 0 means "unknown". The items are never changed."""

from __future__ import annotations

import numpy as np

from . import checks
from .arrays import require_host

Rng = int | np.random.Generator


def _chosen(items: np.ndarray, fraction: float, rng: Rng) -> np.ndarray:
    """True at exactly round(fraction * units) units of each item, drawn without replacement."""
    number = round(checks.fraction("fraction", fraction) * items.shape[1])
    return checks.generator(rng).random(items.shape).argsort(1).argsort(1) < number


def flip(items: np.ndarray, fraction: float, *, rng: Rng = 0) -> np.ndarray:
    """Each item with exactly round(fraction * units) of its units inverted.

    >>> flip(np.ones((1, 10)), 0.2, rng=0).sum()
    np.float64(6.0)
    """
    items = require_host(checks.items("items", items, "unit"))
    return np.where(_chosen(items, fraction, rng), -items, items)


def erase(items: np.ndarray, fraction: float, *, rng: Rng = 0) -> np.ndarray:
    """Each item with exactly round(fraction * units) of its units set to 0, unknown.

    >>> (erase(np.ones((2, 10)), 0.3, rng=0) == 0).sum(1).tolist()
    [3, 3]
    """
    items = require_host(checks.items("items", items, "unit"))
    return np.where(_chosen(items, fraction, rng), np.zeros_like(items), items)


def occlude(items: np.ndarray, fraction: float, *, shape: tuple[int, int] | None = None, rng: Rng = 0) -> np.ndarray:
    """Each item with one block of about `fraction` of its units set to 0, at a random place.

    shape=(rows, columns) reads an item as an image and hides a rectangle of its proportions, of round(sqrt(fraction) rows)
    by round(sqrt(fraction) columns); None hides a run of round(fraction * units) neighbouring units.

    >>> int((occlude(np.ones((1, 64)), 0.25, shape=(8, 8), rng=0) == 0).sum())
    16
    """
    items = require_host(checks.items("items", items, "unit"))
    checks.fraction("fraction", fraction)
    rows, columns = (1, items.shape[1]) if shape is None else shape
    if rows * columns != items.shape[1]:
        raise checks.refusal("shape", f"multiply to {items.shape[1]} units", f"was {tuple(shape or ())}")
    height, width = (1, round(fraction * columns)) if shape is None else (round(fraction**0.5 * n) for n in (rows, columns))
    rng = checks.generator(rng)
    top = rng.integers(0, rows - height + 1, (len(items), 1, 1))
    left = rng.integers(0, columns - width + 1, (len(items), 1, 1))
    row, column = np.arange(rows)[:, None], np.arange(columns)[None, :]
    hidden = (row >= top) & (row < top + height) & (column >= left) & (column < left + width)  # (item, row, column)
    return np.where(hidden.reshape(items.shape), np.zeros_like(items), items)


def noise(items: np.ndarray, deviation: float, *, rng: Rng = 0) -> np.ndarray:
    """Each item plus independent Gaussian noise of that standard deviation: real cues. Memories of spins read their sign.

    >>> noise(np.ones((1, 3)), 0.0, rng=0).tolist()
    [[1.0, 1.0, 1.0]]
    """
    items = require_host(checks.items("items", items, "unit"))
    deviation = checks.real("deviation", deviation, least=0, way_out="give a standard deviation such as 0.5")
    return items + checks.generator(rng).normal(0.0, deviation, items.shape)
