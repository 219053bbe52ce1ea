"""Arguments of the theory: their range is checked, and a number is answered with a float."""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable
from typing import Any, ParamSpec

import numpy as np

from neuromem import checks

COLD = 1e-12  # a temperature below it can't be told from 0
P = ParamSpec("P")


def real(name: str, value: Any, least: float = -math.inf, most: float = math.inf, above: float = -math.inf) -> np.ndarray:
    """A number or an array as finite floats with least <= value <= most and value > above.

    >>> real("load", -0.1, least=0)
    Traceback (most recent call last):
    neuromem.checks.InputError: load must hold finite numbers of at least 0, but holds -0.1.
    """
    bounds = [(least, "of at least"), (most, "of at most"), (above, "above")]
    must = "hold finite numbers " + " and ".join(f"{word} {bound:g}" for bound, word in bounds if math.isfinite(bound))
    try:
        array = np.asarray(value)
        if array.dtype.kind not in "iuf" or isinstance(value, np.ma.MaskedArray):
            raise TypeError
        array = array.astype(float)
    except (TypeError, ValueError, RuntimeError, OverflowError):
        raise checks.refusal(name, must.strip(), checks.shown(value)) from None
    if not array.size:
        raise checks.refusal(name, must.strip(), "was empty")
    wrong = ~(np.isfinite(array) & (array >= least) & (array <= most) & (array > above))
    if wrong.any():
        raise checks.refusal(name, must.strip(), f"holds {array[wrong].flat[0]:g}")
    return array


def whole(name: str, value: Any, least: int = 1) -> np.ndarray:
    """`value`, a number or an array, as a float array of whole numbers, at least `least`."""
    array = real(name, value, least=least)
    wrong = array != np.round(array)
    if wrong.any():
        raise checks.refusal(name, f"hold whole numbers of at least {least}", f"holds {array[wrong].flat[0]:g}")
    return array


def heat(value: Any) -> np.ndarray:
    """The temperature, a number or an array; what can't be told from 0 is 0."""
    temperature = real("temperature", value, least=0)
    return np.where(temperature < COLD, 0.0, temperature)


def finite(function: Callable[P, Any]) -> Callable[P, Any]:
    """Decorate a function whose answer leaves the range of float64 for extreme arguments.

    Such an answer is refused, by the name of the argument that is farthest from 1.

    >>> finite(lambda units: np.float64(units) ** 300)(2**31)
    Traceback (most recent call last):
    neuromem.checks.InputError: units must leave the answer within float64, but was 2147483648; \
take a less extreme one.
    """

    @functools.wraps(function)
    def answered(*args: P.args, **kwargs: P.kwargs) -> Any:
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            answer = function(*args, **kwargs)
        if np.isfinite(answer).all():
            return answer
        given = inspect.signature(function).bind(*args, **kwargs).arguments
        name = max(given, key=lambda name: _extremity(given[name]))
        raise checks.refusal(name, "leave the answer within float64", checks.shown(given[name]), "take a less extreme one")

    return answered


def _extremity(value: Any) -> float:
    """How many orders of magnitude a value of an argument is from 1, at most."""
    array = np.asarray(value)
    sizes = np.abs(array[array != 0].astype(float)) if array.dtype.kind in "iuf" else np.ones(1)
    return float(np.abs(np.log10(sizes)).max(initial=0.0))


def plain(array: np.ndarray) -> Any:
    """`array`, as a float where it has no axes."""
    return float(array) if np.ndim(array) == 0 else array
