"""Phase diagrams, where the page's state lies on them, and what a click asks for."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import neuromem.explorer.settings as settings
from neuromem import models, results
from neuromem.checks import refusal
from neuromem.theory import hopfield

from .state import State, unlike

UNITS = 256  # of what a click runs: a network that is large enough for the theory to show


@dataclass(frozen=True)
class Map:
    """A phase diagram.

    Parameters
    ----------
    title, x, y : str
        Its name, and what its axes are.
    lines : dict
        Curves of theory by their names, each (x, y).
    regions : list of tuple
        Names of phases with the place where they stand, (x, y, name).
    right, top : float
        The ends of the axes, which begin at 0.
    values : tuple, optional
        x, y and what was measured (y, x).
    """

    title: str
    x: str
    y: str
    lines: dict[str, tuple[np.ndarray, np.ndarray]]
    regions: list[tuple[float, float, str]]
    right: float
    top: float
    values: tuple[np.ndarray, np.ndarray, np.ndarray] | None = None


@functools.cache
def theory() -> Map:
    """Return the phases of the Hopfield network by theory, for infinitely many units.

    Returns
    -------
    Map
        Load against temperature.
    """
    hot, load = np.linspace(0, 1, 41), np.linspace(0, 0.2, 41)
    lines = {
        "T_M: retrieval appears": (np.append(hopfield.critical_load(hot[:-1]), 0.0), hot),
        "T_c: retrieval is best": (np.append(hopfield.transition_load(hot[:-1]), 0.0), hot),
        "T_g: glass": (load, hopfield.glass_temperature(load)),
    }
    regions = [
        (0.012, 0.25, "items come back"),
        (0.045, 0.62, "come back from near cues"),
        (0.13, 0.5, "glass: mixtures of items"),
        (0.03, 1.25, "noise"),
    ]
    title = "Hopfield network, Hebb's rule, random items: theory for N to infinity"
    return Map(title, "load K / N", "temperature T", lines, regions, 0.2, 1.5)


def measured(path: str | Path) -> Map:
    """Return a saved phase diagram.

    Parameters
    ----------
    path : str or Path
        A result of the experiment phase_diagram over load and temperature.

    Returns
    -------
    Map
        The median overlap over all runs, with lines of theory for the Hopfield network.

    Raises
    ------
    InputError
        If the file holds no such result.
    """
    data = results.load(path)
    if not {"load", "temperature"} <= set(data.dims) or "overlap" not in data:
        was = f"{str(path)!r} holds {data.attrs.get('experiment', 'something else')}"
        raise refusal("result", "be a phase diagram over load and temperature", was, "make one: neuromem run phase_diagram")
    runs = [name for name in data.overlap.dims if name not in ("load", "temperature")]
    values = data.overlap.median(runs).transpose("temperature", "load")
    x, y = np.asarray(data["load"], float), np.asarray(data.temperature, float)
    network = results.parameters(data).get("network", "")
    lines = theory().lines if network == "hopfield" else {}
    title = f"{Path(path).name}: median overlap with the item"
    return Map(title, "load", "temperature", lines, [], float(x[-1]), float(y[-1]), (x, y, np.asarray(values, float)))


def here(state: State, units: int | None = None) -> tuple[float, float]:
    """Return where a state lies: its load and temperature.

    Parameters
    ----------
    state : State
        Of the page.
    units : int, optional
        Length of the items; by default the state's own.

    Returns
    -------
    tuple of float
        Load and temperature; 0 for a memory without one.
    """
    given = settings.split(state.memory)[1].get("temperature", "0")
    return state.stored / (units or state.units), float(given)


def at(state: State, x: float, y: float) -> State:
    """Return what a click asks for: a Hopfield network at that load and temperature.

    Parameters
    ----------
    state : State
        Of the page.
    x, y : float
        Load and temperature.

    Returns
    -------
    State
        The new one.

    Examples
    --------
    >>> at(State(), 0.1, 0.3).memory, at(State(), 0.1, 0.3).stored
    ('hopfield:temperature=0.3', 26)
    """
    known = settings.of(models.ALL["hopfield"])
    spec = settings.join("hopfield", {"temperature": round(max(y, 0.0), 2)}, known)
    stored = max(1, round(x * UNITS))
    return state.but(memory=spec, items="random", units=UNITS, stored=stored, item=min(state.item, stored - 1), step=-1)


def named(paths: tuple[str, ...]) -> dict[str, Callable[[], Map]]:
    """Return what the page offers as maps.

    Parameters
    ----------
    paths : tuple of str
        Saved results that were named.

    Returns
    -------
    dict
        Functions that make them, by their titles.
    """
    offered: dict[str, Callable[[], Map]] = {"theory: Hopfield": theory}

    def maker(path: str) -> Callable[[], Any]:
        return lambda: measured(path)

    return offered | {name: maker(path) for name, path in unlike(paths).items()}
