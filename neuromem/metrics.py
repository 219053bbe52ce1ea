"""How well items came back. Every function takes arrays (item, unit) or a Recall, and pairs them row by row."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import checks
from .arrays import to_host
from .memory import Memory


def _both(recalled: Any, items: Any) -> tuple[np.ndarray, np.ndarray]:
    y = checks.items("items", to_host(getattr(items, "items", items)), "unit")
    return checks.array("recalled", to_host(getattr(recalled, "items", recalled)), y.shape), y


def overlap(recalled: Any, items: Any) -> np.ndarray:
    """Overlap of each recalled item with the stored one, m = x.y / (|x| |y|); (1/N) sum_i x_i y_i where both are +1/-1.

    Shape (item,). A recalled item of zeros has overlap 0.

    >>> overlap([[1, 1, 1, -1]], [[1, 1, 1, 1]]).tolist()
    [0.5]
    """
    x, y = (a.astype(float) for a in _both(recalled, items))
    size = np.linalg.norm(x, axis=1) * np.linalg.norm(y, axis=1)
    return (x * y).sum(1) / np.where(size > 0, size, 1.0)


def exact(recalled: Any, items: Any) -> np.ndarray:
    """Whether each item came back with every sign right; shape (item,), bool. A 0 is never right.

    >>> exact([[1, -1], [1, 0]], [[1, -1], [1, -1]]).tolist()
    [True, False]
    """
    x, y = _both(recalled, items)
    return (np.sign(x) == np.sign(y)).all(1)


def bit_error(recalled: Any, items: Any) -> np.ndarray:
    """Fraction of units of each item with a wrong sign; shape (item,). A unit left at 0 is half an error, a coin's toss.

    >>> bit_error([[1, -1, 0, 1]], [[1, 1, 1, 1]]).tolist()
    [0.375]
    """
    x, y = _both(recalled, items)
    return (1 - np.sign(x) * np.sign(y)).mean(1) / 2


def information(recalled: Any, items: Any, cues: Any = None) -> float:
    """Bits the recalled items tell about the stored ones, I = (items)(units) I(x; y); with `cues`, less I(x; cue).

    I(x; y) = sum p(x, y) log2 [ p(x, y) / (p(x) p(y)) ] is the mutual information of one unit, from the joint frequencies
    of stored signs (-1, +1) and recalled signs (-1, 0, +1) over all units and items. Pass the cues to subtract what they
    already told. It treats units as independent and alike, so it is a lower bound for a memory that errs in whole items.

    >>> information([[1, 1, -1, -1]], [[1, 1, -1, -1]])
    4.0
    """
    x, y = _both(recalled, items)
    joint = np.array([[np.mean((np.sign(y) == b) & (np.sign(x) == a)) for a in (-1, 0, 1)] for b in (-1, 1)])
    apart = joint.sum(1, keepdims=True) * joint.sum(0, keepdims=True)
    seen = joint > 0
    told = float(y.size * (joint[seen] * np.log2(joint[seen] / apart[seen])).sum())
    return told if cues is None else told - information(cues, items)


def bits_per_synapse(recalled: Any, items: Any, memory: Memory, cues: Any = None) -> float:
    """`information` for each synapse of the memory that recalled, in bits.

    >>> import neuromem as nm
    >>> x = np.array([[1, -1, 1, -1]])
    >>> memory = nm.Hopfield(4).store(x)
    >>> round(bits_per_synapse(memory.recall(x), x, memory), 3)
    0.333
    """
    return information(recalled, items, cues) / memory.cost.synapses
