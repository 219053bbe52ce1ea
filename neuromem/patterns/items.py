"""Where an experiment takes its items from: a text, file or array that reaches workers by value."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import numpy as np

from neuromem import checks
from neuromem.catalogue import parse

from .drawn import Rng, correlated, random, sparse
from .pictures import CUTS
from .read import Readable, grey, spins

if TYPE_CHECKING:
    import xarray as xr

HELP = (
    "Where items come from: random, sparse:activity=0.1, correlated:correlation=0.2, digits, fashion, "
    "a .npy, .npz, .mat or IDX file, or a folder of pictures; after a file :cut=mean, median or a number says "
    "where grey values become +1/-1."
)
VECTORS = (
    "What keys and values are, all of length 1: normal (random directions), random, sparse, correlated, digits, "
    "fashion, a file or a folder, as for other experiments."
)
DRAWN: dict[str, dict[str, float]] = {"random": {}, "sparse": {"activity": 0.1}, "correlated": {"correlation": 0.2}}
NORMAL = "normal"  # real vectors of length 1 in random directions, for memories of such keys and values
LABEL = "array"

ItemSpec = Readable  # what the option `items` of an experiment takes


class ItemSet(str):
    """The text that says where items come from, which also carries them.

    It is the text itself in tables and saved parameters, and reaches other processes by value.

    Parameters
    ----------
    label : str
        The text.
    units : int
        Length of an item.
    settings : dict
        Of items that are drawn.
    held : ndarray of uint8, optional
        A set that is given, eight units a byte.
    shape : tuple of int, optional
        Rows and columns of an item that is an image.
    """

    units: int
    settings: dict[str, float]
    held: np.ndarray | None
    shape: tuple[int, ...] | None

    def __new__(
        cls,
        label: str,
        units: int,
        settings: dict[str, float],
        held: np.ndarray | None = None,
        shape: tuple[int, ...] | None = None,
    ) -> ItemSet:
        self = super().__new__(cls, label)
        self.units, self.settings, self.held, self.shape = units, settings, held, shape
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return ItemSet, (str(self), self.units, self.settings, self.held, self.shape)

    @property
    def number(self) -> int | None:
        """How many items there are; None for items that are drawn."""
        return None if self.held is None else len(self.held)

    @property
    def sha256(self) -> str:
        """Digest of the items, "" for items that are drawn."""
        return "" if self.held is None else hashlib.sha256(self.held.tobytes() + bytes(str(self.units), "ascii")).hexdigest()

    def all(self) -> np.ndarray:
        """Give all items of a set.

        Returns
        -------
        ndarray of shape (number, units)
            Items of +1/-1, int8.

        Raises
        ------
        InputError
            If the items are drawn, of which there is no end.
        """
        if self.held is None:
            raise checks.refusal("items", "be a set that is held", f"{str(self)!r} are drawn", "use draw(number)")
        return self._spins(self.held)

    def _spins(self, held: np.ndarray) -> np.ndarray:
        return 2 * np.unpackbits(held, axis=1, count=self.units).astype(np.int8) - 1

    def draw(self, number: int, rng: Rng = 0) -> np.ndarray:
        """Draw different items of the set, or new ones.

        Parameters
        ----------
        number : int
            How many.
        rng : int or numpy.random.Generator, default 0
            Random numbers.

        Returns
        -------
        ndarray of shape (number, units)
            Items of +1/-1, int8.

        Raises
        ------
        InputError
            If the set has not so many, or is of real vectors.
        """
        if self.held is not None:
            at = checks.generator(rng).choice(len(self.held), self.enough("number", number), replace=False)
            return self._spins(self.held[at])
        draws: dict[str, Any] = {"random": random, "sparse": sparse, "correlated": correlated}
        kind = checks.choice("items of +1/-1", str(self).partition(":")[0], draws)
        return draws[kind](number, self.units, **self.settings, rng=rng)

    def vectors(self, number: int, rng: Rng = 0) -> np.ndarray:
        """Draw items, scaled to length 1.

        Parameters
        ----------
        number : int
            How many.
        rng : int or numpy.random.Generator, default 0
            Random numbers.

        Returns
        -------
        ndarray of shape (number, units)
            Real vectors.

        Raises
        ------
        InputError
            If the set has not so many.
        """
        number = checks.whole("number", number)
        if str(self) != NORMAL:
            return self.draw(number, rng) / self.units**0.5
        checks.fits("number", 16.0 * number * self.units, "draw fewer items")
        x = checks.generator(rng).normal(size=(number, self.units))
        return x / np.linalg.norm(x, axis=1, keepdims=True)

    def enough(self, name: str, number: int) -> int:
        """Refuse to take more items than there are.

        Parameters
        ----------
        name : str
            The option that asks for them, for the error.
        number : int
            How many it asks for.

        Returns
        -------
        int
            The number.

        Raises
        ------
        InputError
            If there are fewer.
        """
        number = checks.whole(name, number)
        if self.held is not None and number > len(self.held):
            was = f"{number} were asked for"
            raise checks.refusal(name, f"ask for at most the {len(self.held)} items of {self}", was, "ask for fewer")
        return number

    @property
    def activity(self) -> float:
        """Mean share of the units of an item that are +1."""
        if self.held is None:
            share = self.settings.get("activity")  # of sparse items alone, which all have as many active units
            return 0.5 if share is None else round(share * self.units) / self.units
        return float(np.bitwise_count(self.held).sum() / (len(self.held) * self.units))

    @property
    def correlation(self) -> float:
        """Mean of x^mu . x^nu / N over all pairs of items: 0 for random ones, as theory assumes."""
        if self.held is None:
            return self.settings.get("correlation", (2 * self.activity - 1) ** 2)
        if len(self.held) == 1:
            return float("nan")
        x, number = self.all(), len(self.held)
        total = x.sum(0, dtype=float)
        return float((total @ total / self.units - number) / (number * (number - 1)))

    def describe(self, data: xr.Dataset) -> xr.Dataset:
        """Say in a result which items were stored.

        Parameters
        ----------
        data : Dataset
            A result.

        Returns
        -------
        Dataset
            With the attribute items: JSON of their name or file, digest, number, length, shape of
            an image, activity and correlation.
        """
        if not hasattr(data, "assign_attrs"):
            raise checks.refusal("data", "be an xarray Dataset", checks.shown(data))
        correlation = self.correlation
        said = {
            "items": str(self),
            "sha256": self.sha256,
            "number": self.number,
            "units": self.units,
            "shape": self.shape,
            "activity": round(self.activity, 6),
            "correlation": round(correlation, 6) if np.isfinite(correlation) else None,
        }
        return data.assign_attrs(items=json.dumps(said))


def itemset(
    items: ItemSpec, *, units: int | None = None, usual: int = 64, activity: float | None = None, real: bool = False
) -> ItemSet:
    """Find where items come from, once, before any worker starts.

    Parameters
    ----------
    items : str, path or array
        "random", "sparse" or "correlated", with their settings, as "sparse:activity=0.05"; or what
        `load` takes.
    units : int, optional
        Length of an item. Items that are given have their own, which it must meet.
    usual : int, default 64
        Length of items that are drawn where `units` is not given.
    activity : float, optional
        Of "sparse" items whose text does not say it.
    real : bool, default False
        Whether "normal" is taken too: real vectors of length 1 in random directions, for
        `ItemSet.vectors`.

    Returns
    -------
    ItemSet
        The text, with the items that it names.

    Raises
    ------
    InputError
        If there are no such items, or they have another length.

    Examples
    --------
    >>> found = itemset("digits")
    >>> found.units, found.number, round(found.correlation, 2)
    (64, 1797, 0.47)
    >>> itemset("sparse:activity=0.05", units=200).draw(3, rng=0).sum(1).tolist()
    [-180, -180, -180]
    """
    if isinstance(items, ItemSet):
        return items if units is None else _of_length(items, units)
    if checks.flag("real", real) and isinstance(items, str) and items == NORMAL:
        return ItemSet(NORMAL, checks.whole("units", usual if units is None else units), {})
    name, texts = parse(items, "items") if isinstance(items, str) else ("", {})
    if name not in DRAWN:
        if name.isidentifier() and name not in CUTS and not checks.path("items", name).exists():
            way_out = checks.nearest(name, [*DRAWN, *CUTS])
            raise checks.refusal("items", "be a known name, or a file", f"there is no {name!r}", way_out)
        return _given(items, units)
    settings = dict(DRAWN[name]) | ({"activity": activity} if name == "sparse" and activity is not None else {})
    for key, text in texts.items():
        checks.choice(f"the setting of {name}", key, settings)
        try:
            value: Any = float(text)
        except ValueError:
            value = text  # which the next line refuses
        settings[key] = checks.fraction(key, value)
    found = ItemSet(str(items), checks.whole("units", usual if units is None else units), settings)
    found.draw(1)  # refused now, not in a worker
    return found


def _given(items: Any, units: int | None) -> ItemSet:
    values, cut = grey(items)
    x = spins(values, cut)
    label = str(items) if not hasattr(items, "dtype") and not isinstance(items, list | tuple) else LABEL
    shape = tuple(np.shape(values)[1:])
    found = ItemSet(label, x.shape[1], {}, np.packbits(x > 0, axis=1), shape if len(shape) > 1 else None)
    return found if units is None else _of_length(found, units)


def _of_length(found: ItemSet, units: int) -> ItemSet:
    if checks.whole("units", units) != found.units:
        raise checks.refusal("units", f"be the {found.units} units of the items", f"was {units}", "leave units out")
    return found


__all__ = ["DRAWN", "HELP", "NORMAL", "VECTORS", "ItemSet", "ItemSpec", "itemset"]
