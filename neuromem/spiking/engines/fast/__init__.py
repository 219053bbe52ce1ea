"""The fast engine: the circuits of Brian2, spike for spike, on all cores or on a CUDA device.

A block of cells is stepped only while one of them has a current, noise or is refractory, and a
spike costs its synapses and nothing else, so that the time of a run goes with its spikes.
Independent copies of a circuit run in parallel.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Mapping

import numba
import numpy as np

from neuromem import checks
from neuromem.spiking.circuit import Circuit
from neuromem.spiking.record import Record, Spikes, drive, initial_weights

from . import cpu
from .plan import plan
from .state import Job


def run(
    circuit: Circuit,
    duration_ms: float,
    *,
    inputs: Spikes | None = None,
    copies: int = 1,
    weights: Mapping[str, np.ndarray] | None = None,
    seed: int = 0,
    keep_weights: bool = True,
    device: str = "cpu",
) -> Record:
    """Runs `copies` of `circuit` for `duration_ms`: the spikes, weights and events of `brian.run`, which has the arguments.

    keep_weights=False leaves `weights` of the record empty, and saves their memory. Noise currents depend on
    (seed, copy, step, neuron) alone, not on the number of threads.  device: "cpu", "cuda" or "cuda:1"; there each copy has
    one thread, so that it is for thousands of them.

    >>> from neuromem.spiking import LIF, Input, Population, Projection
    >>> cells = Population("In", 1), Population("Out", 1, LIF(cm=0.27, tau_m=3.0))
    >>> wire = Projection("In", "Out", "one-to-one", weight=6.0, delay_ms=2.0)
    >>> run(Circuit(cells, (wire,), (Input("In", (0,), (1.0,)),)), 6.0).time_ms.tolist()
    [1.0, 3.0]
    """
    copies = checks.whole("copies", copies)
    steps = circuit.steps("duration_ms", duration_ms)
    number = checks.device(device)
    circuit.fits(copies if keep_weights or number is not None else numba.get_num_threads())
    start = initial_weights(circuit, weights, copies)
    flat, begin, order = plan(circuit)
    rows = max((len(w) for w in start.values()), default=1)
    sizes = [w.shape[1] for w in start.values()]
    initial = np.concatenate([np.zeros((rows, 0)), *(np.broadcast_to(w, (rows, w.shape[1])) for w in start.values())], 1)
    copy, step, population, neuron = drive(circuit, inputs, copies, steps)
    job = Job(flat, steps, copies, copy, step, begin[population] + neuron, initial[:, order], keep_weights, seed)

    started = time.perf_counter()
    if number is None:
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
    return Record(copy, step * circuit.step_ms, place, neuron, names, learnt, events, seconds)
