"""Records of the cells of a small grid inside a point, as the arrays that a point returns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

Record = Mapping[str, Any]  # name: a number, or (names of its dimensions, array)


def gathered(records: Sequence[Record], **sizes: int) -> dict[str, tuple[tuple[str, ...], np.ndarray]]:
    """The records of all cells of a grid, one array a name.

    Parameters
    ----------
    records : sequence of mappings
        One for each cell, the last axis of the grid running fastest, all with the same names and
        shapes. A value is a number, or (names of its dimensions, array).
    **sizes : int
        Length of each axis of the grid by its name, in order.

    Returns
    -------
    dict of str to (names of dimensions, ndarray)
        The grid's axes come first, then those of the value.

    Examples
    --------
    >>> cells = [{"sum": a + b, "both": ("of", [a, b])} for a in (0, 1) for b in (10, 20, 30)]
    >>> found = gathered(cells, left=2, right=3)
    >>> found["sum"][1].tolist()
    [[10, 20, 30], [11, 21, 31]]
    >>> found["both"][0], found["both"][1].shape
    (('left', 'right', 'of'), (2, 3, 2))
    """
    pairs = [
        {name: value if isinstance(value, tuple) else ((), value) for name, value in record.items()} for record in records
    ]
    found = {}
    for name, (own, first) in pairs[0].items():
        dims = (own,) if isinstance(own, str) else tuple(own)
        stacked = np.stack([record[name][1] for record in pairs])
        found[name] = (*sizes, *dims), stacked.reshape(*sizes.values(), *np.shape(first))
    return found
