"""Damage: cues (item, unit) made from items, in their array library; a 0 means "unknown".

The items are never changed. The same seed damages the same units in every array library.
"""

from __future__ import annotations

from typing import Any

import array_api_compat
import numpy as np

from . import checks
from .arrays import as_floating, move_beside, require_finite, same_kind

Rng = int | np.random.Generator


def _damaged(items: Any, fraction: float, rng: Rng) -> Any:
    """True at exactly round(fraction * units) units of each item, drawn without replacement."""
    number = round(checks.fraction("fraction", fraction) * items.shape[1])
    checks.fits("items", 24 * items.shape[0] * items.shape[1], "damage fewer items at a time")
    order = checks.generator(rng).random(tuple(items.shape)).argsort(1).argsort(1)
    return move_beside(array_api_compat.array_namespace(items), order < number, items)


def flip(items: Any, fraction: float, *, rng: Rng = 0) -> Any:
    """Invert exactly round(fraction * units) units of each item.

    Parameters
    ----------
    items : array of shape (item, unit)
        Items of +1/-1.
    fraction : float
        Share of the units that is inverted, from 0 to 1.
    rng : int or numpy.random.Generator, default 0
        Which units are inverted.

    Returns
    -------
    array of shape (item, unit)
        Cues, in the array library and data type of the items; int8 for unsigned items.

    Raises
    ------
    InputError
        If an item is not of +1/-1, or the fraction is not in [0, 1].

    Examples
    --------
    >>> flip(np.ones((1, 10)), 0.2, rng=0).sum()
    np.float64(6.0)
    """
    items = checks.spins("items", items, "unit")
    xp = array_api_compat.array_namespace(items)
    return xp.where(_damaged(items, fraction, rng), -items, items)


def erase(items: Any, fraction: float, *, rng: Rng = 0) -> Any:
    """Set exactly round(fraction * units) units of each item to 0, unknown.

    Parameters
    ----------
    items : array of shape (item, unit)
        Real items.
    fraction : float
        Share of the units that is erased, from 0 to 1.
    rng : int or numpy.random.Generator, default 0
        Which units are erased.

    Returns
    -------
    array of shape (item, unit)
        Cues, in the array library and data type of the items.

    Raises
    ------
    InputError
        If the items are no array of real numbers, or the fraction is not in [0, 1].

    Examples
    --------
    >>> (erase(np.ones((2, 10)), 0.3, rng=0) == 0).sum(1).tolist()
    [3, 3]
    """
    items = checks.items("items", items, "unit")
    xp = array_api_compat.array_namespace(items)
    return xp.where(_damaged(items, fraction, rng), xp.zeros_like(items), items)


def occlude(items: Any, fraction: float, *, shape: tuple[int, int] | None = None, rng: Rng = 0) -> Any:
    """Set one block of about `fraction` of the units of each item to 0, at a random place.

    Parameters
    ----------
    items : array of shape (item, unit)
        Real items.
    fraction : float
        Share of the units that is hidden, from 0 to 1.
    shape : tuple of int, optional
        (rows, columns) reads an item as an image and hides a rectangle of its proportions, of
        round(sqrt(fraction) rows) by round(sqrt(fraction) columns). Without it, a run of
        round(fraction * units) neighbouring units is hidden.
    rng : int or numpy.random.Generator, default 0
        Where the block lies.

    Returns
    -------
    array of shape (item, unit)
        Cues, in the array library and data type of the items.

    Raises
    ------
    InputError
        If the items are no array of real numbers, the fraction is not in [0, 1], or the shape is
        not theirs.

    Examples
    --------
    >>> int((occlude(np.ones((1, 64)), 0.25, shape=(8, 8), rng=0) == 0).sum())
    16
    """
    items = checks.items("items", items, "unit")
    fraction = checks.fraction("fraction", fraction)
    number, units = map(int, items.shape)
    rows, columns = (1, units) if shape is None else checks.rectangle("shape", shape, units)
    height, width = (1, round(fraction * columns)) if shape is None else (round(fraction**0.5 * n) for n in (rows, columns))
    rng = checks.generator(rng)
    top = rng.integers(0, rows - height + 1, (number, 1, 1))
    left = rng.integers(0, columns - width + 1, (number, 1, 1))
    row, column = np.arange(rows)[:, None], np.arange(columns)[None, :]
    hidden = (row >= top) & (row < top + height) & (column >= left) & (column < left + width)  # (item, row, column)
    xp = array_api_compat.array_namespace(items)
    return xp.where(move_beside(xp, hidden.reshape(number, units), items), xp.zeros_like(items), items)


def noise(items: Any, deviation: float, *, rng: Rng = 0) -> Any:
    """Add independent Gaussian noise to each unit: real cues. Memories of spins read their sign.

    Parameters
    ----------
    items : array of shape (item, unit)
        Real items.
    deviation : float
        Standard deviation of the noise, at least 0.
    rng : int or numpy.random.Generator, default 0
        The noise.

    Returns
    -------
    array of shape (item, unit)
        Cues, in the array library of the items and at least in float32; whole numbers become
        float64.

    Raises
    ------
    InputError
        If the items are no array of real numbers, or the deviation is negative or not finite.

    Examples
    --------
    >>> noise(np.ones((1, 3)), 0.0, rng=0).tolist()
    [[1.0, 1.0, 1.0]]
    """
    _, items = as_floating(items=checks.items("items", items, "unit"))
    deviation = checks.real("deviation", deviation, least=0, way_out="give a standard deviation such as 0.5")
    drawn = checks.generator(rng).normal(0.0, deviation, tuple(items.shape))
    cues = items + same_kind(drawn, items)
    require_finite("deviation", cues)
    return cues
