"""Spiking circuits, described once as data, and run by engines that give the same spikes.

`brian` runs them in Brian2 and is the reference; `fast` runs them on all cores or on a CUDA device;
`nest` runs them in NEST, where a circuit outgrows one machine.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from neuromem import checks

from .cells import LIF, AdEx, Izhikevich
from .circuit import Circuit
from .engines import brian, fast, nest
from .inputs import Spikes
from .plasticity import STDP, Hebbian
from .populations import Background, Input, Poisson, Population
from .projections import Indegree, Pairs, Projection, Random
from .record import Record

__all__ = [
    "LIF",
    "STDP",
    "AdEx",
    "Background",
    "Circuit",
    "Hebbian",
    "Indegree",
    "Input",
    "Izhikevich",
    "Pairs",
    "Poisson",
    "Population",
    "Projection",
    "Random",
    "Record",
    "Spikes",
    "brian",
    "engine",
    "fast",
    "nest",
]


def engine(name: Literal["fast", "brian2", "nest"] | Callable[..., Record]) -> Callable[..., Record]:
    """Return the function `run` of an engine.

    Parameters
    ----------
    name : {"fast", "brian2", "nest"} or callable
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
    engines = {"fast": fast, "brian2": brian, "nest": nest}
    return engines[checks.choice("engine", name, engines)].run
