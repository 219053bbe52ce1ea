"""Afferents: the weights by which macrocolumns hear the winners of other macrocolumns.

An afferent of a cell is a connection that reaches it from elsewhere. A macrocolumn hears from
`slots`, each with a source: another macrocolumn, or a line of an image, which counts as a source
of one module with one cell. A source in slot s, with Q modules of K cells, owns the rows (s Q + q)
K + k of the macrocolumn's weights w, one for cell k of its module q. Of a source that speaks with
strength f, only the rows of its winners are read:

    u_i = sum_s f_s sum_(r: row of a winner of s) w_ri              what cell i hears           (1)
    n   = number of these rows                                      active afferents            (2)
    w_ri <- 127 for these rows r and for each winner i of the macrocolumn, unless i is frozen   (3)
    c_r = #{winners i: w_ri > 0}                                 how many winners know row r    (4)

The functions named `.._reference` are these lines as dense algebra in NumPy.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from . import cpu
from .cpu import WEIGHT as WEIGHT


class Sources(NamedTuple):
    """Which macrocolumns, all of one size, feed which.

    Parameters
    ----------
    slots : ndarray of int, shape (macrocolumn, slot)
        The source in each slot; -1 where a slot is empty.
    modules, cells : int
        Modules of a source, and cells of each of them.
    own : bool
        Whether the sources are the macrocolumns themselves. A module then has nothing from itself.
    """

    slots: np.ndarray
    modules: int
    cells: int
    own: bool


class Codes(NamedTuple):
    """What macrocolumns say.

    Parameters
    ----------
    winner : ndarray of int32, shape (cue, macrocolumn, module)
        The winning cell of each module.
    strength : ndarray of float32, shape (cue, macrocolumn)
        How loud the winners speak; a macrocolumn at rest has strength 0.
    """

    winner: np.ndarray
    strength: np.ndarray


class Weights(NamedTuple):
    """What the macrocolumns have learnt; `learn` changes the first three arrays.

    Parameters
    ----------
    weight : ndarray of shape (macrocolumn, row, cell)
        The weights w.
    since : ndarray of int32, shape (macrocolumn, row, cell)
        The time at which each weight was last set; empty where weights never fade.
    stiffness : ndarray of uint8, shape (macrocolumn, row, cell)
        How often each weight was set again in time, at most 2; empty where weights never fade.
    frozen : ndarray of bool, shape (macrocolumn, cell)
        Cells whose weights stay as they are.
    """

    weight: np.ndarray
    since: np.ndarray
    stiffness: np.ndarray
    frozen: np.ndarray


def zeros(sources: Sources, cells: int) -> np.ndarray:
    """Return weights of 0.

    Parameters
    ----------
    sources : Sources
    cells : int
        Cells of a macrocolumn.

    Returns
    -------
    ndarray of uint8, shape (macrocolumn, row, cell)
    """
    macrocolumns, slots = sources.slots.shape
    return np.zeros((macrocolumns, slots * sources.modules * sources.cells, cells), np.uint8)


def hear(weight: np.ndarray, sources: Sources, codes: Codes) -> tuple[np.ndarray, np.ndarray]:
    """Return what each cell hears, equations (1) and (2).

    Parameters
    ----------
    weight : ndarray of shape (macrocolumn, row, cell)
    sources : Sources
    codes : Codes
        What the sources say.

    Returns
    -------
    total : ndarray of float32, shape (cue, macrocolumn, cell)
    active : ndarray of int64, shape (cue, macrocolumn)
        Afferents of each cell that are active; with `own`, one fewer for the macrocolumn itself.
    """
    total = np.zeros((len(codes.winner), len(weight), weight.shape[2]), np.float32)
    active = np.zeros(total.shape[:2], np.int64)
    launch = cpu.hear_one if len(total) == 1 else cpu.hear_all  # a single cue does not wake threads
    launch(weight, sources, *codes, total, active)
    return total, active


def learn(weights: Weights, sources: Sources, before: Codes, after: Codes, now: int, again: tuple[int, int]) -> None:
    """Set the weights from active sources to winners, equation (3), and note the time.

    Parameters
    ----------
    weights : Weights
        Changed in place.
    sources : Sources
    before, after : Codes
        What the sources say, and what the macrocolumns say, of one cue.
    now : int
        The time.
    again : tuple of int
        A weight that is set again gains one in stiffness if it was last set at least again[0] and
        less than again[1] steps ago.
    """
    cpu.learn(weights, sources, before, after, now, again)


def know(weight: np.ndarray, winner: np.ndarray) -> np.ndarray:
    """Return how many winners know each row, equation (4).

    Parameters
    ----------
    weight : ndarray of shape (macrocolumn, row, cell)
    winner : ndarray of int32, shape (cue, macrocolumn, module)
        Winners; a macrocolumn with a winner of -1 is at rest and knows nothing.

    Returns
    -------
    ndarray of int32, shape (cue, macrocolumn, row)
    """
    counts = np.zeros((len(winner), *weight.shape[:2]), np.int32)
    cpu.know(weight, winner, counts)
    return counts


def _spoken(sources: Sources, codes: Codes) -> np.ndarray:
    """The strength at which each row is spoken to, (cue, macrocolumn, row)."""
    loud = np.where(sources.slots >= 0, codes.strength[:, sources.slots], 0)  # (cue, macrocolumn, slot)
    wins = codes.winner[:, sources.slots][..., None] == np.arange(sources.cells)  # .., module, cell)
    return (wins * loud[..., None, None]).reshape(*loud.shape[:2], -1)


def _itself(sources: Sources) -> np.ndarray:
    """Where a slot holds the macrocolumn itself, bool (macrocolumn, slot)."""
    if not sources.own:
        return np.zeros(sources.slots.shape, bool)
    return np.equal(sources.slots, np.arange(len(sources.slots))[:, None])


def hear_reference(weight: np.ndarray, sources: Sources, codes: Codes) -> tuple[np.ndarray, np.ndarray]:
    """`hear` as a product with dense rows, slow and obvious.

    Parameters
    ----------
    weight, sources, codes : object
        As in `hear`.

    Returns
    -------
    tuple of ndarray
        As of `hear`.
    """
    rows = _spoken(sources, codes)
    speaks = np.where(sources.slots >= 0, codes.strength[:, sources.slots], 0) > 0  # (cue, macrocolumn, slot)
    active = sources.modules * speaks.sum(-1) - (speaks & _itself(sources)).sum(-1)
    return np.einsum("cmr,mri->cmi", rows, weight.astype(float)), active


def learn_reference(
    weights: Weights, sources: Sources, before: Codes, after: Codes, now: int, again: tuple[int, int]
) -> None:
    """`learn` by masks over all weights, slow and obvious.

    Parameters
    ----------
    weights, sources, before, after, now, again : object
        As in `learn`.
    """
    macrocolumns, _, cells = weights.weight.shape
    modules = after.winner.shape[2]
    heard = _spoken(sources, before)[0] > 0  # (macrocolumn, row)
    wins = (after.winner[0][..., None] == np.arange(cells // modules)).reshape(macrocolumns, cells)
    wins &= (after.strength[0] > 0)[:, None] & ~weights.frozen
    chosen = heard[:, :, None] & wins[:, None, :]
    of_row = np.tile(np.arange(sources.modules).repeat(sources.cells), sources.slots.shape[1])  # module of the source
    of_cell = np.arange(modules).repeat(cells // modules)
    itself = np.repeat(_itself(sources), sources.modules * sources.cells, 1)  # (macrocolumn, row)
    chosen &= ~(itself[:, :, None] & (of_row[:, None] == of_cell))
    if weights.since.size:
        age = now - weights.since
        timely = chosen & (weights.weight > 0) & (again[0] <= age) & (age < again[1]) & (weights.stiffness < 2)
        weights.stiffness[timely] += 1
        weights.since[chosen] = now
    weights.weight[chosen] = WEIGHT


def know_reference(weight: np.ndarray, winner: np.ndarray) -> np.ndarray:
    """`know` as a product with dense cells, slow and obvious.

    Parameters
    ----------
    weight, winner : ndarray
        As in `know`.

    Returns
    -------
    ndarray
        As of `know`.
    """
    acts = np.all(winner >= 0, axis=-1, keepdims=True)  # (cue, macrocolumn, 1)
    wins = (winner[..., None] == np.arange(weight.shape[2] // winner.shape[2])) & acts[..., None]
    return np.einsum("mri,cmi->cmr", (weight > 0).astype(int), wins.reshape(*acts.shape[:2], -1).astype(int))
