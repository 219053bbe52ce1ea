"""Numbers and categories as sparse codes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from neuromem import checks
from neuromem.arrays import bits_of, require_host
from neuromem.patterns import sparse

LARGEST = np.finfo(float).max  # what a range can span


class Scalar:
    """Numbers as a run of active units, so that near numbers share active units.

    The run starts at round((x - low) / (high - low) * (units - active)). `decode` takes the start
    of the run that matches best.

    Parameters
    ----------
    low, high : float
        The range of the numbers.
    units : int, default 256
        Length of a code.
    active : int, default 16
        Length of the run.

    Raises
    ------
    InputError
        If `high` is not above `low`, their difference exceeds float64, or `active` leaves the run
        no place to move.

    Examples
    --------
    >>> scalar = Scalar(0, 10, units=111, active=11)
    >>> scalar.decode(scalar.encode([2.5, 10])).tolist()
    [2.5, 10.0]
    """

    def __init__(self, low: float, high: float, *, units: int = 256, active: int = 16):
        self.low = checks.real("low", low)
        self.high = checks.real("high", high, above=self.low, most=min(LARGEST, self.low + LARGEST))
        self.units = checks.whole("units", units, least=2)
        checks.fits("units", 40 * self.units, "take fewer units")
        self.active = checks.whole("active", active, most=self.units - 1, way_out="leave places for the run to move")
        self.activity = self.active / self.units
        self.bits, self.operations = 4 * 64, self.active + 2 * self.units

    def encode(self, items: Any) -> np.ndarray:
        """Turn numbers into codes.

        Parameters
        ----------
        items : array of shape (item,)
            Numbers from `low` to `high`.

        Returns
        -------
        int8 ndarray of shape (item, unit)
            The codes.
        """
        x = require_host(checks.array("items", items, ("item",))).astype(float)  # a narrow type would overflow
        if x.min() < self.low or x.max() > self.high:
            odd = x[(x < self.low) | (x > self.high)][0]
            way_out = "widen low and high, or clip the numbers first"
            raise checks.refusal("items", f"be in [{self.low:g}, {self.high:g}]", f"holds {odd:g}", way_out)
        start = np.rint((x - self.low) / (self.high - self.low) * (self.units - self.active)).astype(int)[:, None]
        unit = np.arange(self.units)
        return np.where((unit >= start) & (unit < start + self.active), 1, -1).astype(np.int8)

    def decode(self, codes: Any) -> np.ndarray:
        """Turn codes into numbers.

        Parameters
        ----------
        codes : array of shape (item, unit)
            Codes, which may be damaged.

        Returns
        -------
        ndarray of shape (item,)
            The numbers.
        """
        codes = require_host(checks.items("codes", codes, self.units)).astype(float)
        reached = np.pad(codes.cumsum(1), ((0, 0), (1, 0)))
        match = reached[:, self.active :] - reached[:, : -self.active]  # (item, start)
        return self.low + match.argmax(1) / (self.units - self.active) * (self.high - self.low)


def _apart(number: int, units: int, activity: float, rng: np.random.Generator) -> np.ndarray:
    """Draw so many sparse codes of which no two are the same."""
    codes = sparse(number, units, activity=activity, rng=rng)
    most = math.comb(units, int((codes[0] > 0).sum()))
    if number > most:
        was, way_out = f"was {number:,}", "give more units, or another activity"
        raise checks.refusal("categories", f"be at most {most:,}, as there are no more codes", was, way_out)
    while (same := _again(codes)).any():
        codes[same] = sparse(int(same.sum()), units, activity=activity, rng=rng)
    return codes


def _again(codes: np.ndarray) -> np.ndarray:
    """Which codes are there already, before them."""
    _, first = np.unique(codes, axis=0, return_index=True)
    return ~np.isin(np.arange(len(codes)), first)


class Category:
    """Categories 0 .. n - 1 as random sparse codes of their own.

    round(activity * units) of the units are active in each. `decode` takes the category whose code
    overlaps most.

    Parameters
    ----------
    categories : int
        Number of categories, n.
    units : int, default 256
        Length of a code.
    activity : float, default 1/16
        Share of a code that is active.
    rng : int or numpy.random.Generator, default 0
        Draws the codes.

    Examples
    --------
    >>> category = Category(10, units=200, activity=0.05)
    >>> category.decode(category.encode([3, 7])).tolist()
    [3, 7]
    """

    def __init__(self, categories: int, *, units: int = 256, activity: float = 1 / 16, rng: int | np.random.Generator = 0):
        self.codes = _apart(checks.whole("categories", categories), units, activity, checks.generator(rng))
        self.units, self.activity = self.codes.shape[1], float((self.codes > 0).mean())
        self.bits, self.operations = bits_of(self.codes), (1 + len(self.codes)) * self.units

    def encode(self, items: Any) -> np.ndarray:
        """Turn labels into codes.

        Parameters
        ----------
        items : array of shape (item,)
            Labels, whole numbers from 0 to n - 1.

        Returns
        -------
        int8 ndarray of shape (item, unit)
            The codes.
        """
        return self.codes[labels("items", items, len(self.codes))]

    def decode(self, codes: Any) -> np.ndarray:
        """Turn codes into labels.

        Parameters
        ----------
        codes : array of shape (item, unit)
            Codes, which may be damaged.

        Returns
        -------
        ndarray of shape (item,)
            The labels.
        """
        return (require_host(checks.items("codes", codes, self.units)).astype(float) @ self.codes.T).argmax(1)


def labels(name: str, value: Any, classes: int) -> np.ndarray:
    """Return labels once they are whole numbers of the classes.

    Parameters
    ----------
    name : str
        What they are given for, for the error.
    value : array of shape (item,)
        Whole numbers from 0 to classes - 1.
    classes : int
        Number of classes.

    Returns
    -------
    ndarray of int64, of shape (item,)
        The labels.

    Raises
    ------
    InputError
        If one is not.
    """
    given = require_host(checks.array(name, value, ("item",)))
    wrong = given[(given != np.rint(given)) | (given < 0) | (given >= classes)]
    if wrong.size:
        raise checks.refusal(name, f"hold whole labels from 0 to {classes - 1}", f"holds {wrong[0]:g}")
    return given.astype(np.int64)
