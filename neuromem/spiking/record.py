"""What goes into a run of a circuit, input spikes and weights, and what comes out of it."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from neuromem import checks

from .circuit import Circuit


@dataclass(frozen=True)
class Spikes:
    """Spikes as arrays of equal length; `copy` tells independent copies of a circuit apart."""

    copy: np.ndarray
    time_ms: np.ndarray
    population: np.ndarray
    neuron: np.ndarray

    def __len__(self) -> int:
        return len(self.neuron)


@dataclass(frozen=True)
class Record:
    """What a run gave: the spikes of every population, sources too, sorted by copy, time, name of population and neuron.

    copy, time_ms, place, neuron: (spike,), place the index into `names`, which are sorted; `population` holds the names.
    weights: {projection: (copy, synapse)} of plastic projections at the end.  events: (copy,), synaptic events, that is
    spikes delivered to one synapse each.  seconds: how long the simulation itself took, without the
    building of the network (Brian2's numpy target: with the making of its code).
    """

    copy: np.ndarray
    time_ms: np.ndarray
    place: np.ndarray
    neuron: np.ndarray
    names: tuple[str, ...]
    weights: dict[str, np.ndarray]
    events: np.ndarray
    seconds: float = float("nan")

    def __len__(self) -> int:
        return len(self.neuron)

    @functools.cached_property
    def population(self) -> np.ndarray:
        """(spike,), the name of each spike's population."""
        return np.array(self.names)[self.place]

    def of(self, population: str) -> np.ndarray:
        """True at the spikes of one population; (spike,)."""
        return self.place == self.names.index(checks.choice("population", population, self.names))

    def to_neo(self, copy: int = 0) -> Any:
        """One copy as a Neo Segment (needs the package neo): a SpikeTrain for each neuron that spiked, annotated."""
        try:
            import neo
            import quantities
        except ImportError:
            raise checks.refusal(
                "to_neo", "find the package neo", "it is not installed", "pip install 'neuromem[neo]'"
            ) from None
        end = (self.time_ms.max() + 1 if len(self) else 1) * quantities.ms
        segment = neo.Segment(name=f"copy {copy}")
        mine = self.copy == copy
        for place, name in enumerate(self.names):
            for neuron in np.unique(self.neuron[mine & (self.place == place)]):
                times = self.time_ms[mine & (self.place == place) & (self.neuron == neuron)]
                train = neo.SpikeTrain(times * quantities.ms, t_stop=end, name=f"{name} {neuron}")
                train.annotate(population=name, neuron=int(neuron))
                segment.spiketrains.append(train)
        return segment


def drive(
    circuit: Circuit, inputs: Spikes | None, copies: int, steps: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """(copy, step, population index, neuron), int64, of the input spikes within `steps`, checked, sorted, each once.

    Times go to the nearest step. inputs=None: the circuit's own inputs, in every copy.
    """
    if inputs is None:
        name = np.repeat([i.population for i in circuit.inputs], [len(i.neuron) for i in circuit.inputs])
        neuron = np.array([j for i in circuit.inputs for j in i.neuron], np.int64)
        time = np.array([t for i in circuit.inputs for t in i.time_ms])
        every = np.repeat(np.arange(copies), len(name))
        inputs = Spikes(every, np.tile(time, copies), np.tile(name, copies), np.tile(neuron, copies))
    names, neuron = np.asarray(inputs.population), np.asarray(inputs.neuron, np.int64)
    found = np.full(len(inputs), -1)
    for index, population in enumerate(circuit.populations):
        if population.cell is None:
            mine = names == population.name
            found[mine] = index
            own = neuron[mine]
            if len(own) and not (0 <= own.min() <= own.max() < population.size):
                was = f"were {own.min()} to {own.max()}"
                raise checks.refusal(f"input neurons of {population.name}", f"be 0 to {population.size - 1}", was)
    if (found < 0).any():
        sources = [p.name for p in circuit.populations if p.cell is None]
        checks.choice("population of an input", str(names[found < 0][0]), sources)
    copy = np.asarray(inputs.copy, np.int64)
    step = np.rint(np.asarray(inputs.time_ms, float) / circuit.step_ms).astype(np.int64)
    if len(copy) and (step.min() < 0 or copy.min() < 0 or copy.max() >= copies):
        raise checks.refusal("inputs", f"have times from 0 and copies below {copies}", "had others")
    inside = step < steps
    shape = copies, steps, len(circuit.populations), max(p.size for p in circuit.populations)
    columns = tuple(column[inside] for column in (copy, step, found, neuron))
    key = np.ravel_multi_index(columns, shape)
    if (np.diff(key) <= 0).any():
        key = np.sort(key)  # np.unique would hash it, ten times slower
        columns = np.unravel_index(key[np.diff(key, prepend=-1) > 0], shape)
    copy, step, found, neuron = map(np.ascontiguousarray, columns)
    return copy, step, found, neuron


def initial_weights(circuit: Circuit, weights: Mapping[str, np.ndarray] | None, copies: int) -> dict[str, np.ndarray]:
    """{plastic projection: (copy, synapse) or (1, synapse)}: `weights` where given, the circuit's own elsewhere."""
    start = {p.name: p for p in circuit.projections if p.plasticity}
    for name in weights or {}:
        checks.choice("name in weights", name, start)
    given = {name: np.atleast_2d(np.asarray(w, float)) for name, w in (weights or {}).items()}
    for name, w in given.items():
        shape = (len(w) if len(w) in (1, copies) else copies, circuit.synapses(start[name]))
        if w.shape != shape:
            raise checks.refusal(f"weights of {name}", f"have shape {shape}", f"has shape {w.shape}")
        rule = start[name].plasticity
        if rule and w.size and not 0 <= w.min() <= w.max() <= rule.w_max:
            was = f"were {w.min():g} to {w.max():g}"
            raise checks.refusal(f"weights of {name}", f"lie in 0 to {rule.w_max:g} nA", was)
    return {name: given.get(name, np.full((1, circuit.synapses(p)), p.weight)) for name, p in start.items()}
