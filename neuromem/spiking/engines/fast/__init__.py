"""The fast engine: the circuits of Brian2, spike for spike, on all cores or on a CUDA device.

A block of cells is stepped only while one of them has a current, noise or is refractory, and a
spike costs its synapses and nothing else, so that the time of a run goes with its spikes.
Independent copies of a circuit run in parallel, and so do the parts of one large circuit.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Mapping

import numba
import numpy as np

from neuromem import checks
from neuromem.spiking.circuit import Circuit
from neuromem.spiking.inputs import Spikes, initial_weights, locate
from neuromem.spiking.record import Record

from . import cpu, team
from .plan import fits, plan
from .state import Job


def run(
    circuit: Circuit,
    duration_ms: float,
    *,
    inputs: Spikes | None = None,
    copies: int = 1,
    weights: Mapping[str, np.ndarray] | None = None,
    rng: int | np.random.Generator = 0,
    keep_weights: bool = True,
    device: str = "cpu",
) -> Record:
    """Run independent copies of a circuit, with the same spikes as `neuromem.spiking.brian.run`.

    Several copies run in parallel, each on one thread. One copy runs on several threads, a part of
    its cells on each, if it has no plasticity and each thread has enough to do: at least 4000 cells
    that are stepped in every step because they have a drive, noise or a background, or are not
    linear, or as many synaptic events of the input in a step. All else runs on one thread. The
    spikes are the same, bit for bit, on any number of threads; `numba.set_num_threads` limits it.

    Parameters
    ----------
    circuit : Circuit
        The circuit.
    duration_ms : float
        How long, ms, a multiple of the circuit's step.
    inputs : Spikes, optional
        Spikes of its source populations; by default the circuit's own, in every copy.
    copies : int, default 1
        Number of copies.
    weights : mapping of str to array_like, optional
        First weights of plastic projections by name, (synapse,) or (copy, synapse), in the unit of
        the target's synapses; by default the circuit's.
    rng : int or numpy Generator, default 0
        Randomness of noise currents and Poisson processes, which depend on it, the copy, the step
        and the neuron alone, not on the number of threads.
    keep_weights : bool, default True
        Whether the record shall hold the weights at the end; without them the run needs less
        memory.
    device : str, default "cpu"
        "cpu", "cuda" or "cuda:1". A CUDA device has one thread for each copy, so that it is for
        thousands of them.

    Returns
    -------
    Record
        What happened.

    Raises
    ------
    InputError
        If an argument is of another kind, or the run does not fit in the memory.

    Examples
    --------
    >>> from neuromem.spiking import LIF, Input, Population, Projection
    >>> cells = Population("In", 1), Population("Out", 1, LIF(cm=0.27, tau_m=3.0))
    >>> wire = Projection("In", "Out", "one-to-one", weight=6.0, delay_ms=2.0)
    >>> run(Circuit(cells, (wire,), (Input("In", (0,), (1.0,)),)), 6.0).time_ms.tolist()
    [1.0, 3.0]
    """
    checks.instance("circuit", circuit, Circuit)
    copies = checks.whole("copies", copies)
    steps = circuit.steps("duration_ms", duration_ms)
    number, seed, keep_weights = checks.device(device), checks.seed(rng), checks.flag("keep_weights", keep_weights)
    at_once = copies if number is not None else min(copies, numba.get_num_threads())
    fits(circuit, steps, copies, at_once, copies if keep_weights else at_once)
    start = initial_weights(circuit, weights, copies)
    given = locate(circuit, inputs, copies, steps, seed)
    threads = 1 if number is not None else team.threads_for(circuit, copies, steps, given.population)
    flat, begin, order = plan(circuit, threads)
    rows = max((len(w) for w in start.values()), default=1)
    sizes = [w.shape[1] for w in start.values()]
    initial = np.concatenate([np.zeros((rows, 0)), *(np.broadcast_to(w, (rows, w.shape[1])) for w in start.values())], 1)
    initial = np.ascontiguousarray(initial[:, order])  # or all would be compiled again for several copies
    neuron = begin[given.population] + given.neuron
    job = Job(flat, steps, copies, given.copy, given.step, neuron, initial, keep_weights, seed)

    started = time.perf_counter()
    if threads > 1:
        (copy, step, place, neuron), final, events = team.run(job)
    elif number is None:
        (copy, step, place, neuron), final, events = cpu.run(job)
    else:  # numba.cuda takes a tenth of a second
        cuda = importlib.import_module(".cuda", __package__)
        (copy, step, place, neuron), final, events = cuda.run(job, number)
    seconds = time.perf_counter() - started
    learnt = {}
    if keep_weights:
        weight = np.empty((copies, len(order)))
        weight[:, order] = final
        learnt = dict(zip(start, np.split(weight, np.cumsum(sizes), axis=1), strict=False))
    names = tuple(sorted(circuit.names))
    populations = tuple(circuit[name].size for name in names)
    lasted = steps * circuit.step_ms
    return Record(copy, step * circuit.step_ms, place, neuron, names, populations, lasted, learnt, events, seconds)
