"""What a run of a circuit gives: spikes, weights, and how much happened."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import numpy as np

from neuromem import checks


@dataclass(frozen=True, eq=False)
class Record:
    """Spikes of every population, sources too, sorted by copy, time, name of population and neuron.

    Parameters
    ----------
    copy : ndarray of int, (spike,)
        The copy of the circuit.
    time_ms : ndarray of float, (spike,)
        When it happened, ms.
    place : ndarray of int, (spike,)
        Index of its population into `names`.
    neuron : ndarray of int, (spike,)
        Neuron in its population.
    names : tuple of str
        Names of the populations, sorted.
    sizes : tuple of int
        Their sizes, those of populations that never spiked too.
    duration_ms : float
        How long the run was, ms.
    weights : dict of str to ndarray, (copy, synapse)
        Weights of plastic projections at the end, in the unit of the target's synapses; empty if
        they were not kept.
    events : ndarray of int, (copy,)
        Synaptic events: spikes delivered to one synapse each.
    seconds : float, default NaN
        How long the simulation took, without the building of the network (with Brian2's numpy
        target: with the making of its code).

    Examples
    --------
    >>> from neuromem.spiking import Circuit, Input, Population, fast
    >>> record = fast.run(Circuit((Population("In", 3),), inputs=(Input("In", [1], [2.0]),)), 10.0)
    >>> record.population.tolist(), record.sizes, record.duration_ms
    (['In'], (3,), 10.0)
    """

    copy: np.ndarray
    time_ms: np.ndarray
    place: np.ndarray
    neuron: np.ndarray
    names: tuple[str, ...]
    sizes: tuple[int, ...]
    duration_ms: float
    weights: dict[str, np.ndarray]
    events: np.ndarray
    seconds: float = float("nan")

    def __len__(self) -> int:
        return len(self.neuron)

    @functools.cached_property
    def population(self) -> np.ndarray:
        """Name of each spike's population, (spike,)."""
        return np.array(self.names)[self.place]

    def of(self, population: str) -> np.ndarray:
        """Return which spikes are those of one population.

        Parameters
        ----------
        population : str
            Name of the population.

        Returns
        -------
        ndarray of bool, (spike,)
            True at its spikes.

        Raises
        ------
        InputError
            If there is no population of that name.
        """
        return self.place == self.names.index(checks.choice("population", population, self.names))

    def to_neo(self, copy: int = 0) -> Any:
        """Return one copy as a Neo Segment, which needs the package neo.

        Parameters
        ----------
        copy : int, default 0
            The copy.

        Returns
        -------
        neo.Segment
            A SpikeTrain from 0 to `duration_ms` for each neuron, silent ones too, with the
            annotations `population` and `neuron`.

        Raises
        ------
        InputError
            If there is no such copy, or neo is not installed.

        References
        ----------
        Garcia, S. et al. (2014). Neo: an object model for handling electrophysiology data in
        multiple formats. Frontiers in Neuroinformatics 8, 10.
        https://doi.org/10.3389/fninf.2014.00010
        """
        copy = checks.whole("copy", copy, least=0, most=len(self.events) - 1)
        try:
            import neo
            import quantities
        except ImportError:
            way_out = "pip install 'neuromem[neo]'"
            raise checks.refusal("to_neo", "find the package neo", "it is not installed", way_out) from None
        segment = neo.Segment(name=f"copy {copy}")
        first = np.cumsum([0, *self.sizes])
        mine = np.flatnonzero(self.copy == copy)
        cell = first[self.place[mine]] + self.neuron[mine]  # counted over all populations
        order = np.argsort(cell, kind="stable")
        trains = np.split(self.time_ms[mine][order], np.searchsorted(cell[order], np.arange(1, first[-1])))
        for number, times in enumerate(trains):
            place = int(np.searchsorted(first, number, side="right")) - 1
            name, neuron = self.names[place], number - int(first[place])
            train = neo.SpikeTrain(times * quantities.ms, t_stop=self.duration_ms * quantities.ms, name=f"{name} {neuron}")
            train.annotate(population=name, neuron=neuron)
            segment.spiketrains.append(train)
        return segment
