"""Items that are drawn: random, sparse, correlated, and noisy examples of others."""

from __future__ import annotations

from typing import Any

import array_api_compat
import numpy as np

from neuromem import checks
from neuromem.arrays import move_beside

Rng = int | np.random.Generator


def _shape(number: int, units: int) -> tuple[int, int]:
    """The shape of `number` items, which take 25 bytes a unit while they are made."""
    shape = checks.whole("number", number), checks.whole("units", units, way_out="give the length of one item, such as 256")
    checks.fits("number and units", 25 * shape[0] * shape[1], "make fewer or shorter items")
    return shape


def random(number: int, units: int, *, rng: Rng = 0) -> np.ndarray:
    """Draw unbiased random items: P(x = +1) = P(x = -1) = 1/2.

    Parameters
    ----------
    number : int
        How many items.
    units : int
        Length of an item.
    rng : int or numpy.random.Generator, default 0
        Random numbers.

    Returns
    -------
    ndarray of shape (number, units)
        Items of +1/-1, int8.

    Raises
    ------
    InputError
        If a number is not positive, or the items don't fit in memory.

    Examples
    --------
    >>> random(2, 4, rng=0).shape
    (2, 4)
    """
    shape = _shape(number, units)
    return (2 * checks.generator(rng).integers(0, 2, shape) - 1).astype(np.int8)


def sparse(number: int, units: int, *, activity: float, rng: Rng = 0) -> np.ndarray:
    """Draw sparse items, of which exactly round(activity * units) units are +1, the rest -1.

    Parameters
    ----------
    number : int
        How many items.
    units : int
        Length of an item.
    activity : float
        Share of active units of an item, from 0 to 1; at least one unit must be active.
    rng : int or numpy.random.Generator, default 0
        Random numbers.

    Returns
    -------
    ndarray of shape (number, units)
        Items of +1/-1, int8.

    Raises
    ------
    InputError
        If a number is not positive, no unit is active, or the items don't fit in memory.

    Examples
    --------
    >>> (sparse(3, 100, activity=0.05, rng=0) == 1).sum(1).tolist()
    [5, 5, 5]
    """
    shape = _shape(number, units)
    active = round(checks.fraction("activity", activity) * shape[1])
    if not active:
        least = f"give at least {0.5 / shape[1]:.2g} for one active unit"
        raise checks.refusal("activity", f"make at least one of {shape[1]} units active", f"was {activity}", least)
    order = checks.generator(rng).random(shape).argsort(1)
    return np.where(order < active, 1, -1).astype(np.int8)


def correlated(number: int, units: int, *, correlation: float, rng: Rng = 0) -> np.ndarray:
    """Draw items around one hidden prototype p.

    x_i = p_i with probability (1 + sqrt(c)) / 2, so that <x^mu_i x^nu_i> = c                   (1)

    Parameters
    ----------
    number : int
        How many items.
    units : int
        Length of an item.
    correlation : float
        c, the mean product of two items' units, from 0 to 1.
    rng : int or numpy.random.Generator, default 0
        Random numbers.

    Returns
    -------
    ndarray of shape (number, units)
        Items of +1/-1, int8.

    Raises
    ------
    InputError
        If a number is not positive, the correlation is not in [0, 1], or the items don't fit in
        memory.

    Examples
    --------
    >>> x = correlated(50, 2000, correlation=0.5, rng=0).astype(float)
    >>> round(float((x @ x.T / 2000)[np.triu_indices(50, 1)].mean()), 1)
    0.5
    """
    shape = _shape(number, units)
    agree = (1 + np.sqrt(checks.fraction("correlation", correlation))) / 2
    rng = checks.generator(rng)
    prototype = random(1, shape[1], rng=rng)
    return np.where(rng.random(shape) < agree, prototype, -prototype).astype(np.int8)  # (1)


def examples(archetypes: Any, number: int, *, quality: float, rng: Rng = 0) -> tuple[Any, Any]:
    """Draw noisy examples of archetypes, archetype after archetype.

    x^(mu,a)_i = chi x^mu_i,  P(chi = +1) = (1 + quality) / 2,  <x^(mu,a)_i x^mu_i> = quality   (1)

    Parameters
    ----------
    archetypes : array of shape (archetype, unit)
        Items of +1/-1.
    number : int
        How many examples of each archetype.
    quality : float
        Mean product of a unit of an example and of its archetype, from 0 to 1.
    rng : int or numpy.random.Generator, default 0
        Random numbers.

    Returns
    -------
    examples : array of shape (archetype * number, unit)
        Items of +1/-1, int8, in the array library of the archetypes.
    labels : array of shape (archetype * number,)
        The archetype that each is of, in the same library.

    Raises
    ------
    InputError
        If the archetypes are not of +1/-1, the number is not positive, the quality is not in [0,
        1], or the examples don't fit in memory.

    Examples
    --------
    >>> x, labels = examples(np.ones((2, 10_000)), 3, quality=0.4, rng=0)
    >>> x.mean(1).round(1).tolist(), labels.tolist()
    ([0.4, 0.4, 0.4, 0.4, 0.4, 0.4], [0, 0, 0, 1, 1, 1])
    """
    archetypes = checks.spins("archetypes", archetypes, "unit")
    kinds, units = map(int, archetypes.shape)
    shape = kinds * checks.whole("number", number), units
    checks.fits("number", 8 * shape[0] * (units + 1), "make fewer examples")
    xp = array_api_compat.array_namespace(archetypes)
    labels = np.arange(kinds).repeat(number)
    right = (1 + checks.fraction("quality", quality)) / 2
    chi = np.where(checks.generator(rng).random(shape, np.float32) < right, 1, -1).astype(np.int8)
    labels, chi = (move_beside(xp, array, archetypes) for array in (labels, chi))
    return chi * xp.astype(archetypes, xp.int8)[labels], labels  # (1)
