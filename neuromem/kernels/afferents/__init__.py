"""Afferents of macrocolumns: graded weights (macrocolumn, row, cell) read by the winners of other ones, not by dense rows.

A source macrocolumn in slot s, with modules of `cells` cells, feeds rows (s * modules + q) * cells + k, its winner k of
module q. A line of an image is a source of one module with one cell. Source -1 fills up a slot that is empty.
"""

from __future__ import annotations

import numpy as np

from . import cpu
from .cpu import strengthen as strengthen


def summed(weights, source, own, code, strength, cells):
    """total float32 (cue, macrocolumn, cell) of the weights from active sources, each times its `strength` (cue, source),
    and active (cue, macrocolumn): the number of active cells that each of its cells could have heard.

    code: (cue, source, module).  own: whether sources are the macrocolumns themselves; a module then gets nothing from
    itself. A single cue, as in learning, does not wake threads.
    """
    total = np.zeros((len(code), len(weights), weights.shape[2]), np.float32)
    active = np.zeros(total.shape[:2], np.int64)
    launch = cpu.sum_one if len(code) == 1 else cpu.sum_all
    launch(weights, source, own, code, strength, cells, total, active)
    return total, active


def heard(weights, winner, acts):
    """counts int32 (cue, macrocolumn, row): how many of the winners (cue, macrocolumn, module) have a weight from a row."""
    counts = np.zeros((len(winner), *weights.shape[:2]), np.int32)
    cpu.heard(weights, winner, acts, counts)
    return counts


def zeros(source: np.ndarray, rows: int, cells: int, dtype: type = np.uint8) -> np.ndarray:
    """An array (macrocolumn, row, cell) for sources (macrocolumn, slot) of `rows` rows each."""
    return np.zeros((len(source), source.shape[1] * rows, cells), dtype)
