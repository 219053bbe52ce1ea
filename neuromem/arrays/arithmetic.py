"""Arithmetic that works in any array library, at any size of its numbers."""

from __future__ import annotations

from typing import Any

import array_api_compat
import numpy as np

from neuromem.checks import refusal

from .places import namespace


def as_floating(**arrays: Any) -> tuple[Any, ...]:
    """Give the library of arrays, and the arrays in one floating type.

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
    """Divide, and give 0 where the divisor is 0.

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
    """Give a power of two between 1 and the largest entry: x / magnitude(x) can be squared.

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
    """Give x / |x| along the last axis, whatever the size of x; a vector of zeros stays one.

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


def rounding_errors(weights: Any, axis: int = -1) -> Any:
    """Give what sums of weights times +1 or -1 may be off by, at the precision of the weights.

    Parameters
    ----------
    weights : array of real numbers
        The weights.
    axis : int, default -1
        The axis that is summed over.

    Returns
    -------
    array
        The largest error of each sum, float64; 0 where all weights are whole numbers, whose sums
        are exact.

    Examples
    --------
    >>> w = np.array([[0.1, 0.2, -0.3]])
    >>> float(w.sum()) == 0, float(abs(w.sum())) <= float(rounding_errors(w)[0]) < 1e-15
    (False, True)
    >>> rounding_errors(np.eye(2)).tolist()
    [0.0, 0.0]
    """
    xp = array_api_compat.array_namespace(weights)
    if not xp.isdtype(weights.dtype, "real floating") or bool(xp.all(weights == xp.round(weights))):
        shape = [length for at, length in enumerate(weights.shape) if at != axis % weights.ndim]
        return xp.zeros(tuple(shape), dtype=xp.float64, device=array_api_compat.device(weights))
    size = xp.sum(xp.abs(xp.astype(weights, xp.float64)), axis=axis)
    return (2 * float(xp.finfo(weights.dtype).eps) + weights.shape[axis] * float(xp.finfo(xp.float64).eps)) * size


def first_largest(scores: Any, terms: int, number: int = 1, scale: Any = 1.0) -> Any:
    """Give the places of the largest scores of each row, largest first; equal ones in their order.

    Scores that are equal but for the rounding of their sums count as equal: what they round to
    depends on how many rows were multiplied at a time.

    Parameters
    ----------
    scores : array of shape (row, score)
        Each an inner product.
    terms : int
        How many products each of them is the sum of.
    number : int, default 1
        How many places are given.
    scale : float or array of shape (row, 1), default 1
        Largest product of the lengths of two vectors.

    Returns
    -------
    array of int, shape (row, number)
        The places.

    Examples
    --------
    >>> first_largest(np.array([[0.1, 0.3, 0.1 + 0.2, 0.2]]), 2, 3).tolist()
    [[1, 2, 3]]
    """
    xp = array_api_compat.array_namespace(scores)
    error = 4 * float(xp.finfo(scores.dtype).eps) * terms**0.5 * scale
    places, found = xp.arange(scores.shape[1], device=array_api_compat.device(scores)), []
    for _ in range(number):
        near = scores >= xp.max(scores, axis=1, keepdims=True) - error
        found.append(xp.argmax(xp.astype(near, xp.int8), axis=1))
        scores = xp.where(places == found[-1][:, None], -xp.inf, scores)
    return xp.stack(found, axis=1)


def require_finite(what: str, *arrays: Any) -> Any:
    """Return the first of several arrays of a result, once no number in them is NaN or infinite.

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
