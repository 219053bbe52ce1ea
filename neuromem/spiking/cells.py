"""Cells, their populations, and the spikes that are put in.

Times are ms on one lattice of steps of dt, potentials mV, currents and weights nA, capacities nF.
The equations are numbered through, over `cells`, `projections` and `plasticity`.
"""

from __future__ import annotations

from dataclasses import dataclass

from neuromem import checks

from ._fields import numbers, set_fields, word


@dataclass(frozen=True)
class LIF:
    """Leaky integrate-and-fire cell with exponential currents, as sPyNNaker's `IF_curr_exp`.

    Equations of one step, with v measured from rest, R = tau_m / cm, and xi an
    independent standard normal number for each cell and step:

        I  = Ie - Ii + i_offset + noise xi                                                  (1)
        v <- R I + (v - R I) exp(-dt / tau_m)                  skipped while refractory     (2)
        Ie <- Ie exp(-dt / tau_syn_e),  Ii <- Ii exp(-dt / tau_syn_i)                       (3)
        spike if v >= v_thresh; then v <- v_reset, and tau_refrac / dt steps skip (2)       (4)

    Parameters
    ----------
    cm : float
        Capacity, nF.
    tau_m : float
        Time constant of the membrane, ms.
    tau_refrac : float, default 1
        Refractory time, ms, a multiple of the step.
    tau_syn_e, tau_syn_i : float, default 0.3
        Time constants of the excitatory and the inhibitory current, ms.
    v_rest, v_reset : float, default -60
        Potential at rest, and after a spike, mV.
    v_thresh : float, default -57
        Threshold, mV, above rest and reset.
    i_offset : float, default 0
        Constant current, nA.

    Raises
    ------
    InputError
        If a parameter is no such number.

    References
    ----------
    Rhodes, O. et al. (2018). sPyNNaker: a software package for running PyNN simulations on
    SpiNNaker. Frontiers in Neuroscience 12, 816. https://doi.org/10.3389/fnins.2018.00816

    Examples
    --------
    >>> LIF(cm=0.27, tau_m=3.0).v_thresh
    -57.0
    """

    cm: float
    tau_m: float
    tau_refrac: float = 1.0
    tau_syn_e: float = 0.3
    tau_syn_i: float = 0.3
    v_rest: float = -60.0
    v_reset: float = -60.0
    v_thresh: float = -57.0
    i_offset: float = 0.0

    def __post_init__(self) -> None:
        for name in ("cm", "tau_m", "tau_syn_e", "tau_syn_i"):
            set_fields(self, **{name: checks.real(name, getattr(self, name), above=0)})
        for name in ("v_rest", "v_reset", "i_offset"):
            set_fields(self, **{name: checks.real(name, getattr(self, name))})
        set_fields(self, tau_refrac=checks.real("tau_refrac", self.tau_refrac, least=0))
        highest = max(self.v_rest, self.v_reset)
        set_fields(
            self, v_thresh=checks.real("v_thresh", self.v_thresh, above=highest, way_out="set it above rest and reset")
        )


@dataclass(frozen=True)
class Population:
    """Cells of one kind, or sources, which spike when the inputs say so.

    Parameters
    ----------
    name : str
        Name, unlike that of any other population of the circuit.
    size : int
        Number of cells.
    cell : LIF, optional
        The kind of cell; None makes them sources.
    noise : float, default 0
        Standard deviation of the noise current of each cell and step, nA.

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
    cell: LIF | None = None
    noise: float = 0.0

    def __post_init__(self) -> None:
        word("name of a population", self.name)
        set_fields(self, size=checks.whole(f"size of {self.name}", self.size))
        checks.instance(f"cell of {self.name}", self.cell, LIF, type(None), words="be a LIF, or None for sources")
        set_fields(self, noise=checks.real(f"noise of {self.name}", self.noise, least=0))


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
