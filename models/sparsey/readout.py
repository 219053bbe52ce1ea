"""Reading codes out: what two codes share, and the class that class units take from a code."""

from __future__ import annotations

from typing import Any

import numpy as np

from neuromem import checks
from neuromem.arrays import require_host


def shared(codes: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return the fraction of winners that two codes have in common.

    Parameters
    ----------
    codes, others : ndarray of int, shape (.., macrocolumn, module)
        Winners; -1, at rest, is no winner.

    Returns
    -------
    ndarray of shape (..,)
        Shared winners over the winners of `others`.
    """
    both = (codes == others) & (codes >= 0)
    return both.sum((-2, -1)) / np.maximum(1, (others >= 0).sum((-2, -1)))


def class_scores(codes: np.ndarray, labels: Any, cues: np.ndarray, cells: int, counted: bool) -> np.ndarray:
    """Return the input to class units from codes, after they learnt the classes of stored codes.

    Parameters
    ----------
    codes : ndarray of int, shape (item, winner)
        Codes of the stored items; -1 is a module at rest.
    labels : array-like of int, shape (item,)
        Classes of the stored items, whole numbers from 0 on.
    cues : ndarray of int, shape (cue, winner)
        Codes to tell the class of.
    cells : int
        Cells of a module.
    counted : bool
        If False, a weight is 1 once its cell was active with its class: the published class units.
        If True, a weight is the logarithm of how often its cell was active within the class,
        (n + 1/2) / (N + 1).

    Returns
    -------
    ndarray of shape (cue, class)

    Raises
    ------
    InputError
        If `labels` are not whole numbers from 0 on, one for each stored item.
    """
    labels = require_host(checks.array("labels", labels, (len(codes),)))
    if (labels < 0).any() or (labels > checks.LARGEST).any() or (labels != np.rint(labels)).any():
        must, was = "be whole numbers from 0 on, one for each stored item", f"hold {labels.min():g} to {labels.max():g}"
        raise checks.refusal("labels", must, was)
    counted = checks.flag("counted", counted)
    labels, winners = labels.astype(np.int64), codes.shape[1]
    classes = int(labels.max()) + 1
    checks.fits("labels", 8 * winners * (cells + 1) * classes, "number the classes from 0 on without gaps")
    number = np.zeros((winners, cells + 1, classes))  # cell -1, at rest, is the last
    np.add.at(number, (np.arange(winners)[None], codes, labels[:, None]), 1)
    items = np.bincount(labels, minlength=classes)
    weights = np.log((number + 0.5) / (items + 1)) if counted else (number > 0).astype(float)
    weights[:, -1] = 0
    return np.stack([weights[np.arange(winners), code].sum(0) for code in cues])
