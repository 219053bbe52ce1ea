"""Arithmetic that works in any array library, at any size of its numbers."""

from __future__ import annotations

from typing import Any

import array_api_compat
import numpy as np

from neuromem.checks import refusal

from .places import namespace


def as_floating(**arrays: Any) -> tuple[Any, ...]:
    """Gives the library of arrays, and the arrays in one floating type.

    Parameters
    ----------
    **arrays : array
        Arrays by the names of their arguments. The type is that of the floating ones among them, or
        float64 if there is none; float32 at least, as half precision can't hold the sums that a
        memory takes. Complex arrays stay as they are.

    Returns
    -------
    tuple
        The library, then the arrays.

    Raises
    ------
    InputError
        If they come from different libraries or lie on different devices.
    """
    xp = namespace(**arrays)
    floating = [a.dtype for a in arrays.values() if xp.isdtype(a.dtype, "real floating")]
    dtype = xp.result_type(*floating) if floating else xp.float64
    dtype = xp.float32 if xp.finfo(dtype).bits < 32 else dtype
    return xp, *(a if xp.isdtype(a.dtype, "complex floating") else xp.astype(a, dtype, copy=False) for a in arrays.values())


def safe_ratio(x: Any, by: Any) -> Any:
    """Divides, and gives 0 where the divisor is 0.

    Parameters
    ----------
    x, by : array
        Of one library.

    Returns
    -------
    array
        x / by.

    Examples
    --------
    >>> safe_ratio(np.array([1.0, 1.0]), np.array([2.0, 0.0]))
    array([0.5, 0. ])
    """
    xp = array_api_compat.array_namespace(x, by)
    return xp.where(by == 0, xp.zeros_like(x), x / xp.where(by == 0, xp.ones_like(by), by))


def magnitude(x: Any, axis: int | None = None) -> Any:
    """Gives a power of two between 1 and the largest entry: x / magnitude(x) can be squared.

    Parameters
    ----------
    x : array
        Real numbers.
    axis : int, optional
        The axis of the largest entry, which is kept; without it, all are one.

    Returns
    -------
    array
        The power; dividing by it rounds nothing, and no gradient flows through it. Where all
        entries are 0 it is 1.

    Examples
    --------
    >>> magnitude(np.array([0.5, 2.0, -9.0]))
    array([4.])
    """
    xp = array_api_compat.array_namespace(x)
    largest = xp.max(xp.abs(x), axis=axis, keepdims=True)
    exponent = xp.log2(xp.where(largest > 0, largest, xp.ones_like(largest)))
    return 2.0 ** xp.round(0.75 * exponent)  # all of the exponent could be more than the largest number's


def unit_length(x: Any) -> Any:
    """Gives x / |x| along the last axis, whatever the size of x; a vector of zeros stays one.

    Parameters
    ----------
    x : array of shape (..., unit)
        Vectors.

    Returns
    -------
    array of shape (..., unit)
        Vectors of length 1.

    Examples
    --------
    >>> unit_length(np.array([[3.0, 4.0], [0.0, 0.0]]))
    array([[0.6, 0.8],
           [0. , 0. ]])
    """
    xp = array_api_compat.array_namespace(x)
    x = x / magnitude(x, axis=-1)
    square = xp.sum(x * x, axis=-1, keepdims=True)
    return x / xp.sqrt(xp.where(square == 0, xp.ones_like(square), square))


def require_finite(what: str, *arrays: Any) -> Any:
    """Returns the first of several arrays of a result, once no number in them is NaN or infinite.

    Parameters
    ----------
    what : str
        What the arrays are, for the error.
    *arrays : array
        Of any library, one or more.

    Returns
    -------
    array
        The first.

    Raises
    ------
    InputError
        If a number is not finite.

    Examples
    --------
    >>> require_finite("recall", [1.0, float("nan")])
    Traceback (most recent call last):
    neuromem.checks.InputError: recall must stay within float64, but gives NaN or infinity; \
divide the items by their largest entry, or take a smaller rate or beta.
    """
    for array in arrays:
        array = array if array_api_compat.is_array_api_obj(array) else np.asarray(array)
        xp = array_api_compat.array_namespace(array)
        if not bool(xp.all(xp.isfinite(array))):
            kind = str(array.dtype).rpartition(".")[2]
            way_out = "divide the items by their largest entry, or take a smaller rate or beta"
            raise refusal(what, f"stay within {kind}", "gives NaN or infinity", way_out)
    return arrays[0]
