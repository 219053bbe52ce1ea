"""Spiking circuits: described once (`circuit`), run in Brian2 (`brian`, the reference) or on all cores (`fast`)."""

from __future__ import annotations

from collections.abc import Callable

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


def engine(name: str) -> Callable[..., Record]:
    """The function `run` of an engine, "fast" or "brian2"."""
    return {"fast": fast.run, "brian2": brian.run}[name]
