"""Arguments of the theory: their range is checked, and a number is answered with a float."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from neuromem import checks


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


def plain(array: np.ndarray) -> Any:
    """`array`, as a float where it has no axes."""
    return float(array) if np.ndim(array) == 0 else array
