"""The items of a state and their cues."""

from __future__ import annotations

import numpy as np

from neuromem import checks, cues, patterns

from .state import State


def source(state: State) -> patterns.ItemSet | None:
    """Return where the items of a state come from.

    Parameters
    ----------
    state : State
        Of the page.

    Returns
    -------
    ItemSet, or None
        With the length and the shape of its items; None for drawn ones.
    """
    if state.items == "drawn":
        return None
    more = {"sparse": f":activity={state.activity:g}", "correlated": f":correlation={state.correlation:g}"}
    return patterns.itemset(state.items + more.get(state.items, ""), usual=state.units)


def shape_of(source: patterns.ItemSet | None, units: int) -> tuple[int, int]:
    """Return the rows and columns of an item as an image.

    Parameters
    ----------
    source : ItemSet, optional
        Where items come from.
    units : int
        Length of the items.

    Returns
    -------
    tuple of int
        Those of the images, or as near a square as the units allow.
    """
    own = (source.shape if source else None) or ()
    return (own[0], own[1]) if len(own) == 2 else checks.near_square(units)


def items_of(state: State, source: patterns.ItemSet | None, number: int | None = None) -> np.ndarray:
    """Make the items of a state.

    Parameters
    ----------
    state : State
        Whose items.
    source : ItemSet, optional
        Where they come from.
    number : int, optional
        How many, as far as there are so many; by default those that are stored.

    Returns
    -------
    ndarray of int8, shape (item, unit)
        They are +1/-1.
    """
    wanted = state.stored if number is None else number
    if source is not None:
        most = wanted if number is None else min(wanted, source.number or wanted)
        return source.draw(most, rng=state.seed)
    own = np.array([drawn_item(text, state.units) for text in state.drawn.split(",") if text], np.int8)
    rest = patterns.random(wanted, state.units, rng=state.seed)
    return np.concatenate([own.reshape(-1, state.units), rest])[: max(wanted, len(own))]


def drawn_item(text: str, units: int) -> np.ndarray:
    """Read an item that was drawn.

    Parameters
    ----------
    text : str
        A number in base 16, whose bits are the units from the first on.
    units : int
        Length of the item.

    Returns
    -------
    ndarray of int8, shape (unit,)
        +1 where a bit is 1, else -1.

    Examples
    --------
    >>> drawn_item("5", 4).tolist()
    [1, -1, 1, -1]
    """
    number = int(text, 16)
    return np.array([1 if number >> unit & 1 else -1 for unit in range(units)], np.int8)


def text_of(item: np.ndarray) -> str:
    """Write an item as `drawn_item` reads it.

    Parameters
    ----------
    item : array of shape (unit,)
        Of +1/-1.

    Returns
    -------
    str
        A number in base 16.
    """
    return f"{sum(1 << unit for unit in np.flatnonzero(np.asarray(item) > 0).tolist()):x}"


def cues_of(state: State, items: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Damage the items of a state.

    Parameters
    ----------
    state : State
        Which damage.
    items : ndarray of shape (item, unit)
        The items.
    shape : tuple of int
        Rows and columns of an image.

    Returns
    -------
    ndarray of shape (item, unit)
        A cue for each.
    """
    rng = state.seed + 1
    if state.damage == "occlude":
        return cues.occlude(items, state.fraction, shape=shape, rng=rng)
    return {"flip": cues.flip, "erase": cues.erase, "noise": cues.noise}[state.damage](items, state.fraction, rng=rng)
