"""What holds a memory: views of weights, of attention, of codes and of spikes, as plain numbers.

A view is chosen by what a memory has, and never by its name.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import erfc

from neuromem.arrays import to_host
from neuromem.kernels.separation import softmax

from .shown import Shown

LARGEST = 128  # rows and columns of a picture of weights


@dataclass(frozen=True)
class Bars:
    """A number for each stored item.

    Parameters
    ----------
    title, note : str
        What they are, and what to see in them.
    values : ndarray of shape (item,)
        The numbers.
    own : int
        The item that is shown.
    """

    title: str
    note: str
    values: np.ndarray
    own: int


@dataclass(frozen=True)
class Counts:
    """How many units there are of each value.

    Parameters
    ----------
    title, note : str
        What they are, and what to see in them.
    edges, counts : ndarray
        Of a histogram.
    """

    title: str
    note: str
    edges: np.ndarray
    counts: np.ndarray


@dataclass(frozen=True)
class Heat:
    """A picture of an array.

    Parameters
    ----------
    title, note : str
        What it is, and what to see in it.
    values : ndarray of two dimensions
        The picture.
    linked : bool
        Whether rows and columns are the units of an item.
    """

    title: str
    note: str
    values: np.ndarray
    linked: bool = False


@dataclass(frozen=True)
class Code:
    """Winners of modules, a column for each.

    Parameters
    ----------
    title, note : str
        What they are, and what to see in them.
    cells : int
        Cells of a module.
    now, stored : ndarray of int, (module,)
        The winners for the cue, and those that the item was given; -1 for none.
    """

    title: str
    note: str
    cells: int
    now: np.ndarray
    stored: np.ndarray


@dataclass(frozen=True)
class Raster:
    """Spikes over time, a band for each population.

    Parameters
    ----------
    title, note : str
        What they are, and how many.
    time_ms, row, place : ndarray of shape (spike,)
        When, at which height, and in which band.
    firsts : list of tuple
        Of each band: ms of its first spike, its name, and what it does.
    """

    title: str
    note: str
    time_ms: np.ndarray
    row: np.ndarray
    place: np.ndarray
    firsts: list[tuple[float, str, str]]


View = Bars | Counts | Heat | Code | Raster


def views(shown: Shown, step: int, item: int) -> list[View]:
    """Return what holds a memory at a step of a recall.

    Parameters
    ----------
    shown : Shown
        The memory and its trace.
    step, item : int
        The frame, -1 for the last, and the cue.

    Returns
    -------
    list of View
        One to three.
    """
    if shown.trace.record is not None:
        return [raster(shown, item)]
    if hasattr(shown.memory, "familiarity"):
        return codes(shown, item)
    if "views" not in shown.learnt:
        shown.learnt["views"] = [view for view in (fields(shown), picture(shown)) if view is not None]
    return [pulls(shown, step, item), *shown.learnt["views"]]


def pulls(shown: Shown, step: int, item: int) -> Bars:
    """Return how hard each stored item pulls the state at a step.

    In a field that is linear in the overlaps m all items pull with m; with interactions of order P
    they pull with m^(P - 1), and with softmax by its weights, which leave almost all to one.

    Parameters
    ----------
    shown : Shown
        The memory and its trace.
    step, item : int
        The frame and the cue.

    Returns
    -------
    Bars
        The pulls.
    """
    state = shown.at(step, item)[None]
    size = np.linalg.norm(state) * np.linalg.norm(shown.items, axis=1)
    m = (state.astype(float) @ shown.items.T)[0] / np.where(size > 0, size, 1)
    order, others = getattr(shown.memory, "order", None), np.arange(len(m)) != item
    if hasattr(shown.memory, "attend"):
        p = np.asarray(to_host(shown.memory.attend(state.astype(float))), float)[0]
        note = f"its own item has {p[item]:.3f}, all others together {p[others].sum():.3f}"
        return Bars("softmax weight of each stored item", note, p, item)
    if order == "exponential":
        p = softmax(m[None] * shown.items.shape[1], 1.0)[0]
        return Bars(
            "Pull of each stored item", f"exponential in the overlap: its own item has {p[item]:.3f} of all", p, item
        )
    if isinstance(order, int):
        pull = m ** (order - 1)
        crosstalk = float(np.sqrt((pull[others] ** 2).sum()))
        note = f"own {pull[item]:.2f}, crosstalk of all others {crosstalk:.2f}: the power makes small overlaps smaller"
        return Bars(f"pull of each stored item: m^{order - 1}", note, pull, item)
    crosstalk = float(np.sqrt((m[others] ** 2).sum()))
    if _pairwise(shown) is not None:
        note = f"own {m[item]:.2f}, crosstalk of all others {crosstalk:.2f}: the pulls of many small overlaps add up"
        return Bars("pull of each stored item: its overlap m", note, m, item)
    note = f"own {m[item]:.2f}, largest other {np.abs(m[others]).max(initial=0):.2f}"
    return Bars("overlap with each stored item", note, m, item)


def fields(shown: Shown) -> Counts | None:
    """Return how firmly pairwise weights hold each unit of the stored items.

    Parameters
    ----------
    shown : Shown
        The memory.

    Returns
    -------
    Counts, or None
        The fields h_i x_i; None for a memory without such weights.
    """
    weights = _pairwise(shown)
    if weights is None:
        return None
    x = shown.items.astype(float)
    pull = (x * (x @ weights.T)).ravel()
    wrong, load = float((pull <= 0).mean()), len(x) / x.shape[1]
    note = f"{wrong:.1%} of the units are pulled to the wrong side (red) at load {load:.2f}"
    if getattr(shown.memory, "rule", "") == "hebb":
        note += f"; theory for random items: {erfc(1 / np.sqrt(2 * load)) / 2:.1%}"
    counts, edges = np.histogram(pull, bins=np.linspace(*_span(pull), 33))
    return Counts("field on the units of all stored items", note, edges, counts)


def picture(shown: Shown) -> Heat | None:
    """Return a picture of what is learnt: the largest of the synapses.

    Parameters
    ----------
    shown : Shown
        The memory.

    Returns
    -------
    Heat, or None
        None for a memory without synapses.
    """
    arrays = {name: np.asarray(value) for name, value in getattr(shown.memory, "synapses", {}).items() if np.size(value)}
    if not arrays:
        return None
    name, values = max(arrays.items(), key=lambda pair: pair[1].size)
    flat = values.reshape(len(values), -1) if values.ndim > 1 else values.reshape(1, -1)
    note = f"{' x '.join(map(str, values.shape))}, from {values.min():.3g} to {values.max():.3g}"
    linked = flat.shape == (shown.items.shape[1],) * 2 and len(flat) <= LARGEST
    return Heat(f"what it holds: {name}", note + ("; rows and columns are units" if linked else ""), shrunk(flat), linked)


def _span(values: np.ndarray) -> tuple[float, float]:
    low, high = min(float(values.min()), 0.0), max(float(values.max()), 0.0)
    return low - 0.05 * (high - low or 1), high + 0.05 * (high - low or 1)


def _pairwise(shown: Shown) -> np.ndarray | None:
    """Weights between units of +1/-1, where a memory has them and no threshold."""
    plain = hasattr(shown.memory, "energy") and getattr(shown.memory, "rule", "") != "covariance"
    arrays = shown.memory.synapses if plain and hasattr(shown.memory, "synapses") else {}
    weights = arrays.get("weights")
    return weights if weights is not None and weights.shape == (shown.items.shape[1],) * 2 else None


def shrunk(values: np.ndarray, most: int = LARGEST) -> np.ndarray:
    """Average an array of two dimensions down to at most so many rows and columns.

    Parameters
    ----------
    values : ndarray of two dimensions
        The array.
    most : int, default 128
        The most rows and columns.

    Returns
    -------
    ndarray of float
        The means of blocks.

    Examples
    --------
    >>> shrunk(np.arange(8.0).reshape(2, 4), most=2).tolist()
    [[0.5, 2.5], [4.5, 6.5]]
    """
    values = np.asarray(values, float)
    for axis in (0, 1):
        starts = np.unique(np.linspace(0, values.shape[axis], min(most, values.shape[axis]), endpoint=False).astype(int))
        sizes = np.diff([*starts, values.shape[axis]]).reshape((-1, 1) if axis == 0 else (1, -1))
        values = np.add.reduceat(values, starts, axis=axis) / sizes
    return values


def codes(shown: Shown, item: int) -> list[View]:
    """Return the code of a cue beside that of its item, and how familiar the cue is.

    Parameters
    ----------
    shown : Shown
        A memory with `familiarity`, `code` and `likelihood`.
    item : int
        The cue.

    Returns
    -------
    list of View
        The code, and the share of each stored code that is active.
    """
    memory, cue, right = shown.memory, shown.cues[[item]], shown.items[[item]]
    now, stored = (np.asarray(to_host(memory.code(x))).reshape(-1) for x in (cue, right))
    cells = getattr(memory, "cells", None) or max(level.cells for level in memory.levels)
    familiar = float(np.mean(np.asarray(to_host(memory.familiarity(cue)))))
    same = float((now == stored).mean())
    note = f"familiarity G = {familiar:.2f} (1: known, 0: new); {same:.0%} of the winners are those of the item"
    likely = np.asarray(memory.likelihood(cue), float).reshape(-1, len(shown.items))[-1]
    return [
        Code("code of the cue (filled) and of its item (frames)", note, int(cells), now, stored),
        Bars("share of each item's code that is active", f"own {likely[item]:.2f}", likely, item),
    ]


def raster(shown: Shown, item: int) -> Raster:
    """Return the spikes of a recall, populations in the order in which they first spike.

    Parameters
    ----------
    shown : Shown
        A memory whose trace has a record.
    item : int
        The cue.

    Returns
    -------
    Raster
        The spikes, a band of height 1 for each population.
    """
    record = shown.trace.record
    mine = (record.copy == item) & (record.time_ms <= shown.trace.time[shown.last(item)] + 1e-9)
    time, place, neuron = record.time_ms[mine], record.place[mine], record.neuron[mine]
    first = {int(p): float(time[place == p].min()) for p in np.unique(place)}
    order = {p: number for number, p in enumerate(sorted(first, key=lambda p: (first[p], p)))}
    band = np.array([order[int(p)] for p in place], int)
    row = band + (neuron + 0.5) / np.array(record.sizes)[place]
    roles = getattr(shown.memory, "roles", {})
    firsts = [(first[p], record.names[p], roles.get(record.names[p], "")) for p in order]
    spikes, events = len(time), shown.trace.recall.operations[item]
    note = f"{spikes} spikes, {events:,.0f} synaptic events; populations in the order of their first spike"
    return Raster("spikes", note, time, row, band, firsts)
