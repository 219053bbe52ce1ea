"""Which macrocolumns of a network of levels feed which."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np

from neuromem import checks
from neuromem.kernels.afferents import Sources
from neuromem.models.sparsey_network.level import Level


def wired(shape: tuple[int, int], both: bool, levels: Sequence[Level], bytes_each: int = 1) -> list[dict[str, Sources]]:
    """Return the sources of every level for each kind of input.

    U comes from below, H from beside and D from above.

    Parameters
    ----------
    shape : tuple of int
        Rows and columns of a frame.
    both : bool
        Whether each pixel has a line for +1 and, after all of these, one for -1.
    levels : sequence of Level
        From below.
    bytes_each : int, default 1
        What a weight takes.

    Returns
    -------
    list of dict of str to Sources
        One for each level. The highest level has no "D".

    Raises
    ------
    InputError
        If the weights of the levels would not fit in memory.
    """
    sizes = zip([shape, *(level.grid for level in levels)], levels, strict=False)
    checks.fits("levels", sum(_least(below, level) for below, level in sizes), "give fewer cells or smaller fields")
    pixels = fields(shape, levels[0].grid, levels[0].field)
    lines = np.hstack([pixels, pixels + math.prod(shape)]) if both else pixels
    wiring = [{"U": Sources(lines, 1, 1, False)}]
    for under, level in itertools.pairwise(levels):
        below = fields(under.grid, level.grid, level.field)
        wiring[-1]["D"] = Sources(parents(below, under.macrocolumns), level.modules, level.cells, False)
        wiring.append({"U": Sources(below, under.modules, under.cells, False)})
    for kinds, level in zip(wiring, levels, strict=True):
        kinds["H"] = Sources(neighbours(level.grid, level.reach), level.modules, level.cells, True)
    size = sum(weights_of(kind, level) for kinds, level in zip(wiring, levels, strict=True) for kind in kinds.values())
    checks.fits("levels", size * bytes_each, "give fewer cells or smaller fields")
    return [{kind: kinds[kind] for kind in "UHD" if kind in kinds} for kinds in wiring]


def weights_of(sources: Sources, level: Level) -> int:
    """Return the number of weights that a level holds for its sources, those of empty slots too.

    Parameters
    ----------
    sources : Sources
    level : Level

    Returns
    -------
    int
    """
    return sources.slots.size * sources.modules * sources.cells * level.modules * level.cells


def _least(below: tuple[int, int], level: Level) -> int:
    """Bytes that a level takes at the least; its wiring is made only if they fit."""
    cells = level.modules * level.cells
    inputs = math.prod(min(level.field, side) for side in below)
    beside = math.prod(min(2 * level.reach + 1, side) for side in level.grid)
    return level.macrocolumns * cells * (inputs + beside * cells)


def fields(below: tuple[int, int], grid: tuple[int, int], size: int) -> np.ndarray:
    """Return receptive fields: squares that are spread evenly over the rows and columns below.

    Parameters
    ----------
    below, grid : tuple of int
        Rows and columns below, and of the macrocolumns.
    size : int
        Side of a field.

    Returns
    -------
    ndarray of int, shape (macrocolumn, source)

    Examples
    --------
    >>> fields((2, 4), (1, 2), 2).tolist()
    [[0, 1, 4, 5], [2, 3, 6, 7]]
    """
    starts, sides = [], []
    for length, number in zip(below, grid, strict=True):
        sides.append(min(size, length))
        starts.append(np.rint(np.linspace(0, length - sides[-1], number) if number > 1 else [(length - sides[-1]) / 2]))
    inside = np.add.outer(np.arange(sides[0]) * below[1], np.arange(sides[1])).ravel()
    corner = np.add.outer(starts[0] * below[1], starts[1]).ravel().astype(np.int64)
    return corner[:, None] + inside


def neighbours(grid: tuple[int, int], reach: int) -> np.ndarray:
    """Return the neighbours of each macrocolumn, and itself.

    Parameters
    ----------
    grid : tuple of int
        Rows and columns of macrocolumns.
    reach : int
        How many rows and columns away a neighbour may be.

    Returns
    -------
    ndarray of int, shape (macrocolumn, slot)
        -1 beyond the edge.

    Examples
    --------
    >>> neighbours((1, 3), 1).tolist()
    [[-1, 0, 1], [0, 1, 2], [1, 2, -1]]
    """
    row, column = np.divmod(np.arange(math.prod(grid)), grid[1])
    reach = min(reach, max(grid) - 1)
    shift = np.arange(-reach, reach + 1)
    r, c = row[:, None, None] + shift[:, None], column[:, None, None] + shift
    inside = (r >= 0) & (r < grid[0]) & (c >= 0) & (c < grid[1])
    slots = np.where(inside, r * grid[1] + c, -1).reshape(len(row), -1)
    return np.compress((slots >= 0).any(0), slots, axis=1)  # in C order, as the kernels are compiled for


def parents(below: np.ndarray, number: int) -> np.ndarray:
    """Return the macrocolumns above that have each macrocolumn in their field.

    Parameters
    ----------
    below : ndarray of int, shape (macrocolumn above, source)
        The fields of those above.
    number : int
        Number of macrocolumns.

    Returns
    -------
    ndarray of int, shape (macrocolumn, slot)
        -1 where a slot is empty.

    Examples
    --------
    >>> parents(np.array([[0, 1], [1, 2]]), 3).tolist()
    [[0, -1], [0, 1], [1, -1]]
    """
    above = [np.flatnonzero((below == m).any(1)) for m in range(number)]
    slots = np.full((number, max(1, *(len(a) for a in above))), -1)
    for m, a in enumerate(above):
        slots[m, : len(a)] = a
    return slots
