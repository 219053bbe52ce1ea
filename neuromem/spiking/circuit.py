"""A spiking circuit as data: it prints as tables, and is saved to and loaded from JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from neuromem import checks
from neuromem.files import missing

from ._agreement import check
from ._fields import parts, set_fields
from ._from_brian import read
from ._joined import ends, number
from ._pynn import Built, build
from ._text import from_json, overview, to_json
from .cells import LIF, AdEx, Izhikevich
from .lattice import steps
from .plasticity import STDP, Hebbian
from .populations import Background, Input, Poisson, Population
from .projections import Indegree, Pairs, Projection, Random
from .sources import located

KINDS = (LIF, AdEx, Izhikevich, Poisson, Background, Population, STDP, Hebbian, Random, Indegree, Pairs, Projection, Input)
DRAWN = 10**8  # a random pattern over more pairs than that is counted without drawing it


@dataclass(frozen=True, repr=False)
class Circuit:
    """Populations, the projections between them and the spikes put in, on one lattice of steps.

    The scheme is that of sPyNNaker's `IF_curr_exp`, with the meaning that PyNN gives to a delay.
    The equations are those of `LIF` (1-4), `Projection` (5) and `STDP` (6-7). Every time of a
    circuit is a multiple of the step; none is ever rounded.

    Parameters
    ----------
    populations : sequence of Population
        At least one, with names that differ.
    projections : sequence of Projection
        With names that differ, which they do by `label` if need be.
    inputs : sequence of Input
        Spikes of source populations.
    step_ms : float, default 1
        The step dt, ms.

    Raises
    ------
    InputError
        If the parts don't fit together: a name is unknown, a target is no population of cells,
        sources have noise or a background, sizes or numbers of weights differ, or a time is no
        multiple of the step.

    References
    ----------
    Rhodes, O. et al. (2018). sPyNNaker: a software package for running PyNN simulations on
    SpiNNaker. Frontiers in Neuroscience 12, 816. https://doi.org/10.3389/fnins.2018.00816

    Davison, A. P. et al. (2009). PyNN: a common interface for neuronal network simulators.
    Frontiers in Neuroinformatics 2, 11. https://doi.org/10.3389/neuro.11.011.2008

    Examples
    --------
    >>> cell = LIF(cm=0.27, tau_m=3.0)
    >>> cells = Population("In", 1), Population("Out", 2, cell)
    >>> print(Circuit(cells, (Projection("In", "Out", "all-to-all", 6.0),)))
    population  size  cell
    In             1  source
    Out            2  LIF(cm=0.27, tau_m=3.0)
    <BLANKLINE>
    projection  pattern     synapses  weight  delay ms  plasticity
    In->Out     all-to-all         2  6.0 nA       1.0  -
    """

    populations: tuple[Population, ...]
    projections: tuple[Projection, ...] = ()
    inputs: tuple[Input, ...] = ()
    step_ms: float = 1.0

    def __post_init__(self) -> None:
        set_fields(
            self,
            populations=parts("populations", self.populations, Population),
            projections=parts("projections", self.projections, Projection),
            inputs=parts("inputs", self.inputs, Input),
            step_ms=checks.real("step_ms", self.step_ms, above=0),
        )
        if not self.populations:
            raise checks.refusal("populations", "hold at least one", "was empty")
        checks.unique("populations", self.names)
        checks.unique("projections", [p.name for p in self.projections], "tell them apart by label=")
        for population in self.populations:
            if population.body:
                self.steps(f"tau_refrac of {population.name}", population.body.tau_refrac, least=0)
                continue
            for drive in ("background", "noise"):
                if getattr(population, drive):
                    raise checks.refusal(f"{drive} of {population.name}", "reach cells", "was given to sources")
        for projection in self.projections:
            check(self, projection)
        for given in self.inputs:
            names = np.repeat(given.population, len(given.neuron))
            located(self.populations, self.step_ms, names, given.neuron, given.time_ms)

    def __repr__(self) -> str:
        return f"Circuit({len(self.populations)} populations, {len(self.projections)} projections, {self.step_ms} ms a step)"

    @property
    def names(self) -> list[str]:
        """The names of the populations, in their order."""
        return [p.name for p in self.populations]

    def __getitem__(self, name: str) -> Population:
        return self.populations[self.names.index(checks.choice("population", name, self.names))]

    def steps(self, name: str, time_ms: float, least: int = 1) -> int:
        """Return a time as a whole number of steps.

        Parameters
        ----------
        name : str
            Name of the argument, for the error.
        time_ms : float
            The time, ms.
        least : int, default 1
            Least number of steps.

        Returns
        -------
        int
            The number.

        Raises
        ------
        InputError
            If the time is no multiple of the step.
        """
        return steps(name, time_ms, self.step_ms, least)

    def connections(self, projection: Projection) -> tuple[np.ndarray, np.ndarray]:
        """Return the pairs that a projection joins, in the order of its weights.

        Parameters
        ----------
        projection : Projection
            One of the circuit's.

        Returns
        -------
        pre, post : ndarray of int64, (synapse,)
            Neurons of the source and of the target population.
        """
        shape = self._shape(projection)
        return ends(projection.pattern, *shape)

    def synapses(self, projection: Projection) -> int:
        """Return the number of synapses of a projection; a random pattern is drawn to count them.

        Parameters
        ----------
        projection : Projection
            One of the circuit's.

        Returns
        -------
        int
            The number.
        """
        shape = self._shape(projection)
        return number(projection.pattern, *shape)

    def expected_synapses(self, projection: Projection) -> int:
        """Return the number of synapses of a projection, of a large one without drawing it.

        Parameters
        ----------
        projection : Projection
            One of the circuit's.

        Returns
        -------
        int
            The number; of a random pattern over more than 10^8 pairs the expected one.
        """
        m, n = self._shape(projection)
        if isinstance(projection.pattern, Random) and m * n > DRAWN:
            return round(projection.pattern.probability * m * n)
        return self.synapses(projection)

    def _shape(self, projection: Projection) -> tuple[int, int]:
        checks.instance("projection", projection, Projection)
        return self[projection.pre].size, self[projection.post].size

    def to_json(self) -> str:
        """Return the circuit as JSON text, of which `Circuit.from_json` makes it again.

        Returns
        -------
        str
            The text.
        """
        return to_json(self)

    @classmethod
    def from_json(cls, text: str) -> Circuit:
        """Make the circuit that `to_json` wrote.

        Parameters
        ----------
        text : str
            The text.

        Returns
        -------
        Circuit
            The circuit.

        Raises
        ------
        InputError
            If the text is something else.

        Examples
        --------
        >>> circuit = Circuit((Population("In", 3),), inputs=(Input("In", (0, 2), (1.0, 4.0)),))
        >>> Circuit.from_json(circuit.to_json()) == circuit
        True
        """
        way_out = "make one with Circuit.to_json"
        try:
            circuit = from_json(text, (*KINDS, cls))
        except (KeyError, TypeError, json.JSONDecodeError, RecursionError) as error:
            was = f"can't be read ({type(error).__name__}: {error})"
            raise checks.refusal("text", "be a circuit in JSON", was, way_out) from None
        if not isinstance(circuit, cls):
            raise checks.refusal("text", "be a circuit in JSON", "is something else", way_out)
        return circuit

    def save(self, path: str | Path) -> Path:
        """Write `to_json` to a file, whole or not at all.

        Parameters
        ----------
        path : str or Path
            Name of the file.

        Returns
        -------
        Path
            Name of the file.
        """
        from neuromem import results  # brings xarray

        return results.write_whole(path, lambda beside: beside.write_text(self.to_json(), encoding="utf-8"))

    @classmethod
    def load(cls, path: str | Path) -> Circuit:
        """Make the circuit that `save` wrote.

        Parameters
        ----------
        path : str or Path
            Name of the file.

        Returns
        -------
        Circuit
            The circuit.

        Raises
        ------
        InputError
            If there is no such file, or it holds something else.
        """
        must, way_out = "be a saved circuit", "make one with Circuit.save"
        file = checks.path("path", path)
        if not file.is_file():
            raise checks.refusal("path", must, missing(path), way_out)
        try:
            return cls.from_json(file.read_text(encoding="utf-8"))
        except UnicodeDecodeError:
            raise checks.refusal("path", must, f"{str(path)!r} is no text", way_out) from None
        except checks.InputError as error:
            raise checks.InputError(f"path {str(path)!r}: {error}") from None

    @classmethod
    def from_brian2(cls, network: Any, namespace: Mapping[str, Any] | None = None) -> Circuit:
        """Make the circuit of a Brian2 network that has not run yet, with the same spikes.

        It takes groups of linear cells that Brian2 solves exactly, spike generators, Poisson groups
        and synapses that add a number to v or to a decaying current. Monitors are left out. A step
        of a Poisson group has one spike at most in Brian2, and any number here, of the same mean.

        Parameters
        ----------
        network : brian2.Network
            The network.
        namespace : mapping of str to number or quantity, optional
            Constants of its equations, as given to `Network.run`.

        Returns
        -------
        Circuit
            The circuit; a group has its name, and a projection that of its synapses as a label.

        Raises
        ------
        InputError
            If a part of the network, which is named, is something else: plasticity, conductances,
            noise, code that runs regularly, an equation that is not linear or a fast Poisson group.
        """
        checks.instance("namespace", namespace, Mapping, type(None), words="be a mapping of names to constants")
        return cls(*read(network, namespace or {}))

    def to_pynn(self, sim: Any) -> Built:
        """Build the circuit on a PyNN simulator, which is set up for it.

        Spikes are those of other engines at "current" synapses on `pyNN.brian2` and `pyNN.nest`, by
        weights that are those here times `scale`; at "conductance" they are close in small steps.
        NEST counts no pair at Delta = 0 or after a source's last spike. SpiNNaker was not tried.

        Parameters
        ----------
        sim : module
            The simulator, such as `pyNN.nest`, `pyNN.brian2` or `pyNN.spiNNaker`.

        Returns
        -------
        Built
            `populations`, `projections` of PyNN and the `scale` of each, by their names here.

        Raises
        ------
        InputError
            If `sim` is none, or the circuit holds what PyNN or this simulator can't express.

        References
        ----------
        Davison, A. P. et al. (2009). PyNN: a common interface for neuronal network simulators.
        Frontiers in Neuroinformatics 2, 11. https://doi.org/10.3389/neuro.11.011.2008
        """
        return build(sim, self.populations, self.projections, self.inputs, self.step_ms, self.connections)

    def __str__(self) -> str:
        return overview(self)
