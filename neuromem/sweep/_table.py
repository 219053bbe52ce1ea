"""The values of all points of a grid in memory, and in a store where there is one."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import xarray as xr

from neuromem import checks

from ._store import Store
from ._tasks import Values, text


class Table:
    """The values of the points of a grid, which of them are done, and why others failed.

    Parameters
    ----------
    axes : dict of str to list
        The values along each axis, the trials last.
    store : Store, optional
        Where the points are kept from the moment they count as done; those that it holds are done.
    """

    def __init__(self, axes: dict[str, list[Any]], store: Store | None):
        self.axes, self.store = axes, store
        self.errors: dict[tuple[int, ...], Exception] = {}
        self.values: Values = {}
        self.done, self.lost = np.zeros([len(values) for values in axes.values()], bool), 0
        self.unwritten: set[tuple[int, ...]] = set()
        if store is not None:
            self.values, self.done, self.lost = store.read()

    def put(self, cell: tuple[int, ...], values: Values | Exception) -> Exception | None:
        """Keep what came of one point; return its failure, if it is one."""
        if not isinstance(values, Exception):
            if not self.values:
                self._begin(values)
            own = self.done.ndim
            have = {name: (dims, array.shape) for name, (dims, array) in values.items()}
            must = {name: (dims, array.shape[own:]) for name, (dims, array) in self.values.items()}
            if have == must:
                for name, (_, array) in values.items():
                    self.values[name][1][cell] = array
                self.done[cell] = True
                self.unwritten.add(cell[:-1])
                return None
            values = checks.refusal("point", f"return {must} at every setting", f"returned {have}")
        self.errors[cell] = values
        return values

    def _begin(self, values: Values) -> None:
        """Make room for the variables, whose names and shapes the first finished point tells."""
        taken = {"seal", "error", *self.axes} & values.keys()
        if taken:
            raise checks.refusal("point", "return names that are not taken", f"returned {taken}", "choose another name")
        size = 8 * self.done.size * sum(array.size for _, array in values.values())
        checks.fits("trials", size, "give fewer trials or settings, or a point that returns less")
        shape = self.done.shape
        self.values = {name: (own, np.full(shape + array.shape, np.nan)) for name, (own, array) in values.items()}
        if self.store is not None:
            self.store.begin(self.values)

    def write(self) -> None:
        """Write the settings that have new points to the store."""
        if self.store is not None and self.unwritten:
            self.store.write(self.unwritten, self.values, self.done)
        self.unwritten.clear()

    def dataset(self) -> xr.Dataset:
        """Return all values, and why points failed; raise the first failure if all did."""
        if not self.done.any():
            raise next(iter(self.errors.values()))
        dims = tuple(self.axes)
        labels = {name: [str(v) if isinstance(v, str) else v for v in values] for name, values in self.axes.items()}
        data = xr.Dataset({name: (dims + own, array) for name, (own, array) in self.values.items()}, coords=labels)
        named = [value for values in self.axes.values() for value in values if hasattr(value, "origin")]
        if named:
            data.attrs["sources"] = json.dumps({str(one): {"from": one.origin, "sha256": one.sha256} for one in named})
        if self.errors:
            errors = np.full(self.done.shape, "", object)
            for cell, error in self.errors.items():
                errors[cell] = text(error)
            data["error"] = (dims, errors.astype(str))
            data.error.attrs.update(long_name="why a point has no values", units="")
        return data
