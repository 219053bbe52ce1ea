"""What engines share whose simulator is another program: the check of a size, and the record."""

from __future__ import annotations

import numpy as np

from neuromem import checks
from neuromem.spiking.circuit import Circuit
from neuromem.spiking.record import Record

Found = dict[str, tuple[np.ndarray, np.ndarray]]


def fits(circuit: Circuit, copies: int, cell: int, synapse: int) -> None:
    """Refuse a run that would not fit in the memory.

    Parameters
    ----------
    circuit : Circuit
        The circuit.
    copies : int
        Number of copies.
    cell, synapse : int
        Bytes that a cell and a synapse of a copy need at most.

    Raises
    ------
    InputError
        If there is too little memory.
    """
    cells = sum(p.size for p in circuit.populations)
    synapses = sum(circuit.expected_synapses(p) for p in circuit.projections)
    way_out = f"make smaller what has {copies:,} copies of {cells:,} cells and {synapses:,} synapses"
    checks.fits("circuit", copies * (cell * cells + synapse * synapses), way_out)


def recorded(
    circuit: Circuit, found: Found, copies: int, steps: int, weights: dict[str, np.ndarray], seconds: float
) -> Record:
    """Return the record of a run of blocks: neuron i of copy c is c * size + i.

    Parameters
    ----------
    circuit : Circuit
        The circuit.
    found : dict of str to tuple of ndarray
        Neuron (spike,) and step (spike,) of the spikes of each population.
    copies, steps : int
        Number of copies, and of steps of the run.
    weights : dict of str to ndarray, (copy, synapse)
        Weights at the end.
    seconds : float
        How long the simulation took.

    Returns
    -------
    Record
        The record.
    """
    names = tuple(sorted(circuit.names))
    columns = []
    for place, name in enumerate(names):
        i, step = found[name]
        columns.append(np.stack([i // circuit[name].size, step, np.full(len(i), place), i % circuit[name].size]))
    spikes = np.concatenate(columns, axis=1)
    copy, step, place, neuron = spikes = spikes[:, np.lexsort(spikes[::-1])]
    sizes = tuple(circuit[name].size for name in names)
    events = _events(circuit, spikes, copies, steps)
    lasted = steps * circuit.step_ms
    return Record(copy, step * circuit.step_ms, place, neuron, names, sizes, lasted, weights, events, seconds)


def _events(circuit: Circuit, spikes: np.ndarray, copies: int, steps: int) -> np.ndarray:
    """Spikes that arrived within the run, each times the synapses it reached; (copy,)."""
    events = np.zeros(copies, np.int64)
    copy, step, place, neuron = spikes
    names = sorted(circuit.names)
    for p in circuit.projections:
        fan_out = np.bincount(circuit.connections(p)[0], minlength=circuit[p.pre].size)
        delay = circuit.steps("delay", p.delay_ms) - 1
        mine = (place == names.index(p.pre)) & (step + delay < steps)
        np.add.at(events, copy[mine], fan_out[neuron[mine]])
    return events
