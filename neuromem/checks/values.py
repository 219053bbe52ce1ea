"""Checks of single values: numbers, truth values, seeds, ranges, the shape of an image."""

from __future__ import annotations

import math
import numbers
from typing import Any

import numpy as np

from .errors import InputError, refusal, shown

LARGEST = 2**31 - 1  # a count, unless a check says otherwise: what 32 bits hold


def whole(name: str, value: object, least: int = 1, most: int = LARGEST, way_out: str = "") -> int:
    """Return a whole number between two bounds as an int.

    Parameters
    ----------
    name : str
        Name of the argument, for the error.
    value : object
        Any integer type is taken, bool is not.
    least, most : int
        The bounds, both allowed. Without `most`, a count must be below 2^31.
    way_out : str, optional
        What the caller can do instead.

    Returns
    -------
    int
        The number.

    Raises
    ------
    InputError
        If `value` is no whole number or lies outside the bounds.

    Examples
    --------
    >>> whole("units", 10**30)
    Traceback (most recent call last):
    neuromem.checks.InputError: units must be a whole number from 1 to 2147483647, \
but was 1000000000000000000000000000000.
    """
    number = int(value) if isinstance(value, numbers.Integral) and not isinstance(value, bool) else least - 1
    if not least <= number <= most:
        must = f"be a whole number from {least} to {most}"
        if most == LARGEST and number < least:
            must = "be a positive whole number" if least == 1 else f"be a whole number of at least {least}"
        raise refusal(name, must, shown(value), way_out)
    return number


def instance(name: str, value: Any, *kinds: type, words: str = "", way_out: str = "") -> Any:
    """Return an object of one of several classes.

    Parameters
    ----------
    name : str
        Name of the argument, for the error.
    value : object
        The object.
    *kinds : type
        The classes; a protocol that can be asked for at run time is one too.
    words : str, optional
        What it must be, where the name of the first class does not say it well.
    way_out : str, optional
        What the caller can do instead.

    Returns
    -------
    object
        The object.

    Raises
    ------
    InputError
        If `value` is of another class, or is a class itself.

    Examples
    --------
    >>> instance("parameters", 3, dict)
    Traceback (most recent call last):
    neuromem.checks.InputError: parameters must be a dict, but was 3.
    """
    if isinstance(value, type) or not isinstance(value, kinds):
        one = kinds[0].__name__
        raise refusal(name, words or f"be a{'n' * (one[0] in 'AEIOU')} {one}", shown(value), way_out)
    return value


def flag(name: str, value: object) -> bool:
    """Return True or False; refuse all else, as every text and most objects count as true.

    Parameters
    ----------
    name : str
        Name of the argument, for the error.
    value : object
        A bool of Python or NumPy.

    Returns
    -------
    bool
        The value.

    Raises
    ------
    InputError
        If `value` is no bool.

    Examples
    --------
    >>> flag("self_coupling", "no")
    Traceback (most recent call last):
    neuromem.checks.InputError: self_coupling must be True or False, but was 'no'.
    """
    if not isinstance(value, bool | np.bool_):
        raise refusal(name, "be True or False", shown(value))
    return bool(value)


def real(
    name: str,
    value: object,
    least: float = -math.inf,
    most: float = math.inf,
    above: float = -math.inf,
    below: float = math.inf,
    way_out: str = "",
) -> float:
    """Return a finite real number between bounds as a float; -0.0 becomes 0.0.

    Parameters
    ----------
    name : str
        Name of the argument, for the error.
    value : object
        Any real type is taken, bool is not.
    least, most : float
        The bounds that are allowed.
    above, below : float
        The bounds that are not.
    way_out : str, optional
        What the caller can do instead.

    Returns
    -------
    float
        The number.

    Raises
    ------
    InputError
        If `value` is no real number, is not finite as a float, or lies outside the bounds.

    Examples
    --------
    >>> real("rate", 10**400, above=0)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    neuromem.checks.InputError: rate must be a finite number and above 0, but was 10000...
    """
    bounds = [(least, "at least"), (most, "at most"), (above, "above"), (below, "below")]
    must = " and ".join(["be a finite number", *(f"{word} {bound:g}" for bound, word in bounds if math.isfinite(bound))])
    if isinstance(value, bool | np.bool_) or not isinstance(value, numbers.Real):
        raise refusal(name, must, shown(value), way_out)
    try:
        number = float(value) + 0.0
    except OverflowError:
        number = math.inf
    if not math.isfinite(number) or not (least <= number <= most and above < number < below):
        raise refusal(name, must, shown(value), way_out)
    return number


def fraction(name: str, value: object, way_out: str = "give a fraction such as 0.2") -> float:
    """Return a number from 0 to 1, both allowed, as a float.

    Parameters
    ----------
    name : str
        Name of the argument, for the error.
    value : object
        Any real type is taken, bool is not.
    way_out : str, optional
        What the caller can do instead.

    Returns
    -------
    float
        The number.

    Raises
    ------
    InputError
        If `value` is no such number.
    """
    number = real(name, value, way_out=way_out)
    if not 0 <= number <= 1:
        raise refusal(name, "be in [0, 1]", shown(value), way_out)
    return number


def seed(rng: int | np.random.Generator) -> int:
    """Return a seed below 2^63: an int is its own seed, a Generator is asked for one.

    Parameters
    ----------
    rng : int or numpy.random.Generator
        The seed, or what draws one.

    Returns
    -------
    int
        The seed.

    Raises
    ------
    InputError
        If `rng` is neither.
    """
    if isinstance(rng, np.random.Generator):
        return int(rng.integers(2**63))
    return whole("rng", rng, least=0, most=2**63 - 1, way_out="give a seed such as 0, or a numpy.random.Generator")


def generator(rng: int | np.random.Generator) -> np.random.Generator:
    """Return a NumPy generator: a new one from an int, a Generator as it is.

    Parameters
    ----------
    rng : int or numpy.random.Generator
        The seed, or the generator.

    Returns
    -------
    numpy.random.Generator
        The generator.

    Raises
    ------
    InputError
        If `rng` is neither.
    """
    return rng if isinstance(rng, np.random.Generator) else np.random.default_rng(seed(rng))


def interval(name: str, value: Any) -> tuple[float, float]:
    """Return two fractions as floats, of which the second is not the smaller one.

    Parameters
    ----------
    name : str
        Name of the argument, for the error.
    value : array_like of shape (2,)
        The two.

    Returns
    -------
    low, high : float
        The two.

    Raises
    ------
    InputError
        If `value` is no such pair.

    Examples
    --------
    >>> interval("active_range", (0.5, 0.1))
    Traceback (most recent call last):
    neuromem.checks.InputError: active_range must be two rising fractions in [0, 1], \
but was (0.5, 0.1).
    """
    try:
        low, high = (fraction(name, one) for one in value)
    except (InputError, TypeError, ValueError):
        low, high = 1.0, 0.0
    if low > high:
        raise refusal(name, "be two rising fractions in [0, 1]", shown(value))
    return low, high


def rectangle(name: str, value: Any, units: int | None = None) -> tuple[int, int]:
    """Return the numbers of rows and columns of an image or a grid.

    Parameters
    ----------
    name : str
        Name of the argument, for the error.
    value : sequence of two int
        Rows and columns.
    units : int, optional
        Pixels of the image, which the two must multiply to.

    Returns
    -------
    rows, columns : int
        The two.

    Raises
    ------
    InputError
        If `value` is no such pair.

    Examples
    --------
    >>> rectangle("shape", (3, 3), 8)
    Traceback (most recent call last):
    neuromem.checks.InputError: shape must be (rows, columns) that multiply to 8 units, \
but was (3, 3).
    """
    try:
        rows, columns = (whole(name, n) for n in value)
    except (InputError, TypeError, ValueError):
        rows, columns = 0, 0
    if not rows or units not in (None, rows * columns):
        which = "of positive whole numbers" if units is None else f"that multiply to {units} units"
        raise refusal(name, f"be (rows, columns) {which}", shown(value))
    return rows, columns


def near_square(units: int) -> tuple[int, int]:
    """Return the rows and columns of an image of so many units, as near a square as they allow.

    Parameters
    ----------
    units : int
        Number of pixels.

    Returns
    -------
    rows, columns : int
        Their product is `units`.

    Examples
    --------
    >>> near_square(64), near_square(40), near_square(7)
    ((8, 8), (5, 8), (1, 7))
    """
    rows = next(rows for rows in range(math.isqrt(units), 0, -1) if units % rows == 0)
    return rows, units // rows
