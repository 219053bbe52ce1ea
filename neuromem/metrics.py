"""How well items came back: functions of two arrays (item, unit), or a Recall, row by row.

Arrays of any library are taken; the results are NumPy's.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from . import checks
from .arrays import to_host
from .memory import Memory


def _both(recalled: Any, items: Any, name: str = "recalled") -> tuple[np.ndarray, np.ndarray]:
    """(recalled, items) as NumPy arrays of real numbers and of one shape."""
    y = to_host(checks.items("items", items, "unit"))
    return to_host(checks.array(name, recalled, y.shape)), y


def _scaled(x: np.ndarray) -> np.ndarray:
    """Each row over its largest entry, so that no square is 0 or infinite; zeros stay."""
    x = x.astype(float)
    largest = np.abs(x).max(1, keepdims=True)
    return x / np.where(largest > 0, largest, 1)


def _signs(x: np.ndarray) -> np.ndarray:
    if x.dtype.kind != "f":
        return np.sign(x.astype(float))  # unsigned numbers have no -1
    least = (1e-12 if x.dtype.itemsize >= 8 else 1e-5) * np.abs(x).max(1, keepdims=True)
    return np.sign(np.where(np.abs(x) > least, x, 0))


def signs(recalled: Any) -> np.ndarray:
    """Give the sign of each unit; it is 0 where no more than rounding is left of the unit.

    A memory that returns real numbers gives two answers at once where they suit the cue alike, and
    the units in which these differ should be 0. What they round to has no meaning and is another
    on each machine. Such is a unit of at most 1e-12 of the largest of its row, or of 1e-5 where
    the numbers are of single precision or less.

    Parameters
    ----------
    recalled : Recall, or array of shape (item, unit)
        What came back.

    Returns
    -------
    ndarray of float64, shape (item, unit)
        -1, 0 or 1.

    Raises
    ------
    InputError
        If it is no array of finite real numbers.

    Examples
    --------
    >>> signs([[0.3, -0.1, 0.1 + 0.2 - 0.3]]).tolist()
    [[1.0, -1.0, 0.0]]
    """
    return _signs(to_host(checks.items("recalled", recalled, "unit")))


def overlap(recalled: Any, items: Any) -> np.ndarray:
    """Compute the overlap of each recalled item with the stored one.

    m = x.y / (|x| |y|), which is (1/N) sum_i x_i y_i where both are +1/-1                      (1)

    Parameters
    ----------
    recalled : Recall, or array of shape (item, unit)
        What came back.
    items : Recall, or array of shape (item, unit)
        What should have come back.

    Returns
    -------
    ndarray of shape (item,)
        Overlaps from -1 to 1; 0 for an item of zeros.

    Raises
    ------
    InputError
        If the two are no arrays of finite real numbers of one shape.

    Examples
    --------
    >>> overlap([[1, 1, 1, -1]], [[1, 1, 1, 1]]).tolist()
    [0.5]
    """
    x, y = map(_scaled, _both(recalled, items))  # (1) does not change with the length of x or y
    size = np.linalg.norm(x, axis=1) * np.linalg.norm(y, axis=1)
    return (x * y).sum(1) / np.where(size > 0, size, 1.0)  # (1)


def exact(recalled: Any, items: Any) -> np.ndarray:
    """Say for each item whether every sign came back right; see `signs`. A 0 is never right.

    Parameters
    ----------
    recalled, items : Recall, or array of shape (item, unit)
        What came back, and what should have.

    Returns
    -------
    ndarray of shape (item,)
        True or False.

    Raises
    ------
    InputError
        If the two are no arrays of finite real numbers of one shape.

    Examples
    --------
    >>> exact([[1, -1], [1, 0]], [[1, -1], [1, -1]]).tolist()
    [True, False]
    """
    x, y = _both(recalled, items)
    given = _signs(x)
    return ((given == _signs(y)) & (given != 0)).all(1)


def bit_error(recalled: Any, items: Any) -> np.ndarray:
    """Compute the fraction of units of each item with a wrong sign.

    A unit left at 0 is half an error, as a coin would be; see `signs`.

    Parameters
    ----------
    recalled, items : Recall, or array of shape (item, unit)
        What came back, and what should have.

    Returns
    -------
    ndarray of shape (item,)
        Fractions from 0 to 1.

    Raises
    ------
    InputError
        If the two are no arrays of finite real numbers of one shape.

    Examples
    --------
    >>> bit_error([[1, -1, 0, 1]], [[1, 1, 1, 1]]).tolist()
    [0.375]
    """
    x, y = map(_signs, _both(recalled, items))
    return (1 - x * y).mean(1) / 2


def information(recalled: Any, items: Any, cues: Any = None) -> float:
    """Compute the bits that the recalled items tell about the stored ones.

    I = (items)(units) I(x; y), less (items)(units) I(cue; y) if there are cues                 (1)
    I(x; y) = sum p(x, y) log2 [ p(x, y) / (p(x) p(y)) ]                                        (2)

    is the mutual information of one unit, from the joint frequencies of stored signs (-1, +1) and
    recalled `signs` (-1, 0, +1) over all units and items. It treats units as independent and alike,
    so it is a lower bound for a memory that errs in whole items.

    Parameters
    ----------
    recalled, items : Recall, or array of shape (item, unit)
        What came back, and what should have.
    cues : array of shape (item, unit), optional
        Cues, to subtract what they told already.

    Returns
    -------
    float
        Bits.

    Raises
    ------
    InputError
        If the arrays are not of finite real numbers and of one shape.

    Examples
    --------
    >>> information([[1, 1, -1, -1]], [[1, 1, -1, -1]])
    4.0
    """
    x, y = _both(recalled, items)
    return _told(x, y) - (0.0 if cues is None else _told(_both(cues, items, "cues")[0], y))  # (1)


def _told(x: np.ndarray, y: np.ndarray) -> float:
    x, y = _signs(x), _signs(y)
    joint = np.array([[np.mean((y == b) & (x == a)) for a in (-1, 0, 1)] for b in (-1, 0, 1)])
    apart = joint.sum(1, keepdims=True) * joint.sum(0, keepdims=True)
    seen = joint > 0
    return float(y.size * (joint[seen] * np.log2(joint[seen] / apart[seen])).sum())  # (2)


def bits_per_synapse(recalled: Any, items: Any, memory: Memory, cues: Any = None) -> float:
    """Compute `information` for each synapse of the memory that recalled, in bits.

    Parameters
    ----------
    recalled, items : Recall, or array of shape (item, unit)
        What came back, and what should have.
    memory : Memory
        The memory that recalled; its `cost` says how many synapses it has.
    cues : array of shape (item, unit), optional
        Cues, to subtract what they told already.

    Returns
    -------
    float
        Bits a synapse.

    Raises
    ------
    InputError
        If the arrays are not of finite real numbers and of one shape, or the memory has no
        synapses.

    Examples
    --------
    >>> import neuromem as nm
    >>> x = np.array([[1, -1, 1, -1]])
    >>> memory = nm.Hopfield(4).store(x)
    >>> round(bits_per_synapse(memory.recall(x), x, memory), 3)
    0.333
    """
    if isinstance(memory, type) or not isinstance(memory, Memory):
        raise checks.refusal("memory", "be a memory", checks.shown(memory), "give the memory that recalled")
    if not (synapses := memory.cost.synapses):
        raise checks.refusal("memory", "have synapses", "has none", "store items first")
    return information(recalled, items, cues) / synapses
