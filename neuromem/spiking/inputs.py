"""What a run of a circuit is given: input spikes and first weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from neuromem import checks
from neuromem.arrays import to_host

from ._fields import empty, set_fields, word
from ._joined import target
from .arrivals import drawn
from .circuit import Circuit
from .sources import located


@dataclass(frozen=True, eq=False)
class Spikes:
    """Input spikes of one or many independent copies of a circuit, as arrays of equal length.

    Several spikes of one neuron in one step add up: each of them is delivered and learnt from.

    Parameters
    ----------
    copy : array_like of int, (spike,)
        The copy of the circuit, from 0.
    time_ms : array_like of float, (spike,)
        When it happens, ms, each time a multiple of the circuit's step.
    population : array_like of str, (spike,)
        Name of its population.
    neuron : array_like of int, (spike,)
        Neuron in its population.

    Raises
    ------
    InputError
        If one is no such array, or their lengths differ.

    Examples
    --------
    >>> len(Spikes(copy=[0, 1], time_ms=[2.0, 2.0], population=["In", "In"], neuron=[0, 0]))
    2
    """

    copy: np.ndarray
    time_ms: np.ndarray
    population: np.ndarray
    neuron: np.ndarray

    def __post_init__(self) -> None:
        for name in ("copy", "time_ms", "neuron"):
            value = getattr(self, name)
            array = np.zeros(0, int) if empty(value) else to_host(checks.array(name, value, ("spike",)))
            if name != "time_ms" and array.dtype.kind not in "iu":
                raise checks.refusal(name, "hold whole numbers", f"holds {array.dtype}")
            set_fields(self, **{name: array})
        names = self.population
        if isinstance(names, list | tuple) or (isinstance(names, np.ndarray) and not names.size):  # no name is a number
            names = np.array([word("population", name) for name in names], str)
        if not isinstance(names, np.ndarray) or names.dtype.kind not in "UO" or names.ndim != 1:
            raise checks.refusal("population", "hold names of populations", checks.shown(names))
        set_fields(self, population=names)
        for name in ("time_ms", "population", "neuron"):
            if len(getattr(self, name)) != len(self.copy):
                was = f"has {len(getattr(self, name))}"
                raise checks.refusal(name, f"have {len(self.copy)} entries, one for each of copy", was)

    def __len__(self) -> int:
        return len(self.neuron)


class Located(NamedTuple):
    """Input spikes as numbers, sorted by copy, step, population and neuron.

    Parameters
    ----------
    copy, step, population, neuron : ndarray of int64, (spike,)
        `population` is an index into the populations of the circuit.
    """

    copy: np.ndarray
    step: np.ndarray
    population: np.ndarray
    neuron: np.ndarray


def locate(circuit: Circuit, inputs: Spikes | None, copies: int, steps: int, seed: int) -> Located:
    """Return the spikes of all sources of a run as sorted numbers, those after its end left out.

    Parameters
    ----------
    circuit : Circuit
        The circuit.
    inputs : Spikes or None
        The input; None: the circuit's own, in every copy.
    copies : int
        Number of copies.
    steps : int
        Number of steps of the run.
    seed : int
        Seed of the Poisson sources.

    Returns
    -------
    Located
        The spikes.

    Raises
    ------
    InputError
        If a copy or neuron does not exist, a population is no source, or a time is no multiple of
        the step.
    """
    if inputs is None:
        name = np.repeat([i.population for i in circuit.inputs], [len(i.neuron) for i in circuit.inputs])
        neuron = np.array([j for i in circuit.inputs for j in i.neuron], np.int64)
        time = np.array([t for i in circuit.inputs for t in i.time_ms], float)
        checks.fits("copies", (200 + name.itemsize) * len(name) * copies, "run fewer copies at a time")
        every = np.repeat(np.arange(copies), len(name))
        inputs = Spikes(every, np.tile(time, copies), np.tile(name, copies), np.tile(neuron, copies))
    checks.instance("inputs", inputs, Spikes, words="be Spikes, or None")
    if len(inputs) and (inputs.copy.min() < 0 or inputs.copy.max() >= copies):
        was = f"were {inputs.copy.min()} to {inputs.copy.max()}"
        raise checks.refusal("copies of the inputs", f"be 0 to {copies - 1}", was, "run more copies=")
    given = inputs.population, inputs.neuron, inputs.time_ms
    found, neuron, step = located(circuit.populations, circuit.step_ms, *given)
    inside = step < steps
    shape = copies, steps, len(circuit.populations), max(p.size for p in circuit.populations)
    columns = tuple(column[inside] for column in (inputs.copy.astype(np.int64), step, found, neuron))
    columns = tuple(map(np.append, columns, drawn(circuit, copies, steps, seed)))
    key = np.ravel_multi_index(columns, shape)
    if (np.diff(key) < 0).any():
        columns = np.unravel_index(np.sort(key), shape)
    return Located(*map(np.ascontiguousarray, columns))


def initial_weights(circuit: Circuit, weights: Mapping[str, np.ndarray] | None, copies: int) -> dict[str, np.ndarray]:
    """Return the first weights of all plastic projections.

    Parameters
    ----------
    circuit : Circuit
        The circuit.
    weights : mapping of str to array_like, or None
        Weights of some of them by name, (synapse,) or (copy, synapse), in the unit of the target's
        synapses; the others begin with the circuit's own.
    copies : int
        Number of copies.

    Returns
    -------
    dict of str to ndarray
        Weights of each of them, (copy, synapse), or (1, synapse) where all copies begin alike.

    Raises
    ------
    InputError
        If a name is unknown, a shape is another, or a weight is outside [0, w_max].
    """
    start = {p.name: p for p in circuit.projections if p.plasticity}
    checks.instance("weights", weights, Mapping, type(None), words="be a mapping of names to arrays")
    given: dict[str, np.ndarray] = {}
    for name, w in (weights or {}).items():
        rule = start[checks.choice("name in weights", name, start)].plasticity
        synapses = circuit.synapses(start[name])
        rows = (len(w) if len(w) == 1 else copies,) if _has_rows(w) else ()
        array = to_host(checks.array(f"weights of {name}", w, (*rows, synapses))) if synapses else np.zeros((1, 0))
        if rule and synapses and not 0 <= array.min() <= array.max() <= rule.w_max:
            unit, was = target(circuit, start[name]).weight_unit, f"were {array.min():g} to {array.max():g}"
            raise checks.refusal(f"weights of {name}", f"lie in 0 to {rule.w_max:g} {unit}", was)
        given[name] = np.atleast_2d(array).astype(float)
    return {name: given.get(name, np.full((1, circuit.synapses(p)), p.weight)) for name, p in start.items()}


def _has_rows(w: Any) -> bool:
    """Whether weights come with a row for each copy."""
    if isinstance(w, list | tuple):
        return bool(w) and isinstance(w[0], list | tuple | np.ndarray)
    return getattr(w, "ndim", 1) == 2
