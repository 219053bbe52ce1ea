"""Spiking circuits: described once (`circuit`), run in Brian2 (`brian`, the reference) or on all cores (`fast`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from .circuit import LIF, STDP, Circuit, Hebbian, Input, Pairs, Population, Projection, Random
from .engines import brian, fast
from .record import Record, Spikes

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
    """
    if callable(name):
        return name
    return fast.run if name == "fast" else brian.run
