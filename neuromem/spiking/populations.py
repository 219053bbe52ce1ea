"""Populations of cells and of sources, and the spikes that are put in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

from neuromem import checks

from ._fields import numbers, set_fields, word
from .cells import LIF, AdEx, Cell, Izhikevich, Receptor

MOST = 1e6  # Hz


@dataclass(frozen=True)
class Poisson:
    """Sources of a population that spike by themselves, each as a Poisson process of its own.

    The intervals between the spikes of a source are independent and exponential, so that several
    spikes may fall into one step. They depend on the seed of the run, the copy and the source
    alone, so that all engines draw the same spikes, whatever the number of threads.

    Parameters
    ----------
    rate_hz : float
        Spikes in a second.

    Raises
    ------
    InputError
        If the rate is no such number.

    Examples
    --------
    >>> Population("Place", 8000, Poisson(rate_hz=5.0)).cell
    Poisson(rate_hz=5.0)
    """

    rate_hz: float

    def __post_init__(self) -> None:
        set_fields(self, rate_hz=checks.real("rate_hz", self.rate_hz, least=0, most=MOST))


@dataclass(frozen=True)
class Background:
    """Spikes from outside that each cell of a population receives, as a Poisson process of its own.

    It is what a `Poisson` population of as many sources does, joined one to one, but its spikes are
    neither recorded nor counted as events, so that rates of many kHz cost little. Those of a step
    reach v in that step. NEST draws other numbers of the same law.

    Parameters
    ----------
    rate_hz : float
        Spikes that a cell receives in a second.
    weight : float
        Weight of each, in the unit of the cell's synapses.
    receptor : {"excitatory", "inhibitory"}, default "excitatory"
        The current that is raised.

    Raises
    ------
    InputError
        If a parameter is of another kind.

    Examples
    --------
    >>> Background(rate_hz=20000.0, weight=0.1).receptor
    'excitatory'
    """

    rate_hz: float
    weight: float
    receptor: Receptor = "excitatory"

    def __post_init__(self) -> None:
        set_fields(self, rate_hz=checks.real("rate_hz", self.rate_hz, least=0, most=MOST))
        set_fields(self, weight=checks.real("weight", self.weight, least=0, way_out="the receptor gives the sign"))
        checks.choice("receptor", self.receptor, get_args(Receptor))


@dataclass(frozen=True)
class Population:
    """Cells of one kind, or sources, which spike when the inputs say so or as a Poisson process.

    Parameters
    ----------
    name : str
        Name, unlike that of any other population of the circuit.
    size : int
        Number of cells.
    cell : LIF, AdEx, Izhikevich or Poisson, optional
        The kind of cell; None makes them sources.
    noise : float, default 0
        Standard deviation of the noise current of each cell and step, nA; mV/ms for `Izhikevich`.
        Sources have none.
    background : Background, optional
        Spikes that each cell receives from outside the circuit, from a Poisson process of its own.

    Raises
    ------
    InputError
        If a parameter is of another kind.

    Examples
    --------
    >>> Population("Out", 2, LIF(cm=0.27, tau_m=3.0)).size
    2
    """

    name: str
    size: int
    cell: Cell | Poisson | None = None
    noise: float = 0.0
    background: Background | None = None

    def __post_init__(self) -> None:
        word("name of a population", self.name)
        set_fields(self, size=checks.whole(f"size of {self.name}", self.size))
        words = "be a LIF, AdEx, Izhikevich or Poisson, or None for sources"
        checks.instance(f"cell of {self.name}", self.cell, LIF, AdEx, Izhikevich, Poisson, type(None), words=words)
        set_fields(self, noise=checks.real(f"noise of {self.name}", self.noise, least=0))
        checks.instance(f"background of {self.name}", self.background, Background, type(None), words="be a Background")

    @property
    def body(self) -> Cell | None:
        """The cell that spikes can reach; None where the population is one of sources."""
        return None if isinstance(self.cell, Poisson) else self.cell


@dataclass(frozen=True)
class Input:
    """Spikes of a source population: neuron[k] spikes at time_ms[k].

    Several spikes of one neuron in one step add up: each of them is delivered and learnt from.

    Parameters
    ----------
    population : str
        Name of the population.
    neuron : sequence of int
        Which neuron spikes.
    time_ms : sequence of float
        When it spikes, ms, each time a multiple of the step.

    Raises
    ------
    InputError
        If a parameter is of another kind, or the two sequences differ in length.

    Examples
    --------
    >>> len(Input("In", [0, 2], [1.0, 4.0]).neuron)
    2
    """

    population: str
    neuron: tuple[int, ...]
    time_ms: tuple[float, ...]

    def __post_init__(self) -> None:
        word("population", self.population)
        set_fields(self, neuron=numbers("neuron", self.neuron, whole=True), time_ms=numbers("time_ms", self.time_ms))
        if len(self.time_ms) != len(self.neuron):
            raise checks.refusal("time_ms", f"have {len(self.neuron)} entries, one a neuron", f"has {len(self.time_ms)}")
