"""Images as the contents of receptive fields."""

from __future__ import annotations

from typing import Any

import numpy as np

from neuromem import checks
from neuromem.arrays import bits_of, require_host


class Fields:
    """Images (item, pixel) as the contents of square receptive fields, one field after the other.

    `decode` gives a pixel the sign of the sum over all fields that see it.

    Parameters
    ----------
    shape : tuple of int
        Rows and columns of the image.
    size : int, default 4
        Side of a field.
    step : int, optional
        Distance between neighbouring fields, `size` by default. Where the fields do not reach the
        last row or column, one more is laid flush with the edge.

    Attributes
    ----------
    places : ndarray of shape (field, pixel of field)
        The pixel that each entry of a code reads.

    Examples
    --------
    >>> fields = Fields((4, 4), size=2, step=2)
    >>> fields.places.tolist()
    [[0, 1, 4, 5], [2, 3, 6, 7], [8, 9, 12, 13], [10, 11, 14, 15]]
    """

    activity = 0.5

    def __init__(self, shape: tuple[int, int], *, size: int = 4, step: int | None = None):
        rows, columns = checks.rectangle("shape", shape)
        size = checks.whole("size", size, most=min(rows, columns), way_out="give the side of a field within shape")
        step = size if step is None else checks.whole("step", step, most=size, way_out="fields must leave no pixel out")
        fields = (2 + (rows - size) // step) * (2 + (columns - size) // step)  # at most
        checks.fits("shape", 24 * fields * size**2, "take a smaller image, or a larger step")
        starts = [sorted({*range(0, side - size + 1, step), side - size}) for side in (rows, columns)]
        inside = np.arange(size)[:, None] * columns + np.arange(size)
        self.places = np.array([top * columns + left + inside.ravel() for top in starts[0] for left in starts[1]])
        self.grid = len(starts[0]), len(starts[1])
        self.items, self.units = rows * columns, self.places.size
        self.bits, self.operations = bits_of(self.places), 2 * self.places.size

    def encode(self, items: Any) -> np.ndarray:
        """Copy the pixels of each field, as they are.

        Parameters
        ----------
        items : array of shape (item, pixel)
            Images.

        Returns
        -------
        ndarray of shape (item, field * pixel of field)
            The codes.
        """
        return require_host(checks.items("items", items, self.items))[:, self.places.ravel()]

    def decode(self, codes: Any) -> np.ndarray:
        """Give each pixel the sign of the sum over the fields that see it.

        Parameters
        ----------
        codes : array of shape (item, field * pixel of field)
            Contents of the fields.

        Returns
        -------
        int8 ndarray of shape (item, pixel)
            Images of +1/-1, and 0 where the fields that see a pixel are at odds.
        """
        codes = require_host(checks.items("codes", codes, self.units))
        total = np.zeros((self.items, len(codes)))
        np.add.at(total, self.places.ravel(), codes.T)
        return np.sign(total).T.astype(np.int8)
