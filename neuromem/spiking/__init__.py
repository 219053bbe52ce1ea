"""Spiking circuits, described once as data, and run by engines that give the same spikes.

`brian` runs them in Brian2 and is the reference; `fast` runs them on all cores or on a CUDA device.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from neuromem import checks

from .cells import LIF, Input, Population
from .circuit import Circuit
from .engines import brian, fast
from .inputs import Spikes
from .plasticity import STDP, Hebbian
from .projections import Pairs, Projection, Random
from .record import Record

__all__ = [
    "LIF",
    "STDP",
    "Circuit",
    "Hebbian",
    "Input",
    "Pairs",
    "Population",
    "Projection",
    "Random",
    "Record",
    "Spikes",
    "brian",
    "engine",
    "fast",
]


def engine(name: Literal["fast", "brian2"] | Callable[..., Record]) -> Callable[..., Record]:
    """Return the function `run` of an engine.

    Parameters
    ----------
    name : {"fast", "brian2"} or callable
        An engine by its name, or a function that takes what `fast.run` takes, such as one that
        changes the inputs first.

    Returns
    -------
    callable
        The function that runs a circuit.

    Raises
    ------
    InputError
        If there is no engine of that name.

    Examples
    --------
    >>> engine("fast") is fast.run
    True
    """
    if callable(name):
        return name
    return fast.run if checks.choice("engine", name, ("fast", "brian2")) == "fast" else brian.run
