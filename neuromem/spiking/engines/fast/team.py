"""One network on several threads: a part of its blocks of cells each, and the same spikes.

A thread steps the cells of its part, and takes all spikes to the synapses that end there. So each
cell belongs to one thread, which adds what reaches it in the order in which one thread alone does.
Spikes are felt after their delay at the earliest, so that threads need not meet more often than
once in the shortest delay, to tell each other what their cells fired.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import numba
import numpy as np

from neuromem.kernels.compiled import serial
from neuromem.spiking.circuit import Circuit
from neuromem.spiking.projections import Projection, Random

from ._blocks import LANES, never_sleeps
from .barrier import meet, tickets
from .plan import Plan
from .state import AWAKE, EVENTS, SPIKES, STEP, TAKEN, Given, Job, State, start
from .step import deliver, fire

LEAST = 4000  # cells to step, or synaptic events, that a thread must have in every step
MOST = 16  # steps between two meetings


def threads_for(circuit: Circuit, copies: int, steps: int, population: np.ndarray) -> int:
    """The number of threads of a network; `population`: that of each input spike.

    Several copies have a thread each. One copy has several where each then has at least LEAST cells
    to step in every step, or synaptic events of the input. Plasticity keeps a network on one.
    """
    if copies > 1 or any(p.plasticity for p in circuit.projections):
        return 1
    spikes = np.bincount(population, minlength=len(circuit.populations)) / steps
    put_in = {p.name: number / p.size for p, number in zip(circuit.populations, spikes, strict=True) if number}
    events = sum(put_in[p.pre] * _expected(circuit, p) for p in circuit.projections if p.pre in put_in)
    stepped = sum(p.size for p in circuit.populations if never_sleeps(p))
    return max(1, min(numba.get_num_threads(), int((stepped + events) / LEAST)))


def _expected(circuit: Circuit, p: Projection) -> float:
    """The number of synapses of a projection that is to be expected; none is drawn."""
    if isinstance(p.pattern, Random):
        return p.pattern.probability * circuit[p.pre].size * circuit[p.post].size
    return circuit.synapses(p)


def run(job: Job) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """As `cpu.run`, for one copy without plasticity, on a thread for each part of its plan."""
    plan, steps = job.plan, job.steps
    parts, window = len(plan.edges) - 1, min(1 + plan.axons.delays.min(initial=MOST), MOST)
    part_of = np.searchsorted(plan.edges * LANES, job.neuron, side="right") - 1
    given = [Given(job.step[part_of == part], job.neuron[part_of == part]) for part in range(parts)]
    most = window * np.diff(plan.edges).max() * LANES + np.bincount(job.step // window).max(initial=0)
    begin = start(plan, steps, job.initial[0])
    states = [_of_part(plan, begin, part) for part in range(parts)]
    shared = np.empty((parts, most), np.int64), np.empty((parts, window), np.int64), tickets(parts)
    spikes = np.empty(0, np.int64)

    def work(part: int) -> None:
        everyone.wait()  # who is alone would wait for ever in compiled code
        _run(plan, states[part], given[part], steps, spikes, *shared, job.seed, part)

    with ThreadPoolExecutor(parts) as pool:
        while states[0].progress[STEP] < steps:
            spikes = np.concatenate([spikes, np.empty(len(spikes) + 2 * parts * most, np.int64)])
            everyone = threading.Barrier(parts)
            try:
                working = [pool.submit(work, part) for part in range(parts)]
            except BaseException:
                everyone.abort()
                raise
            for thread in working:
                thread.result()
    spikes = spikes[: states[0].progress[SPIKES]]
    place = plan.cells.population[spikes // LANES]
    step = np.repeat(np.arange(steps), np.diff(begin.begin))
    out = np.stack([np.zeros(len(spikes), int), step, place, spikes - plan.cells.first[place]])
    return out.astype(np.int32), np.empty((1, 0)), np.array([sum(state.progress[EVENTS] for state in states)])


def _of_part(plan: Plan, begin: State, part: int) -> State:
    """What a thread works on: the state of all, with lists of blocks of its own."""
    first, after = plan.edges[part : part + 2]
    restless = first + np.flatnonzero(plan.cells.restless[first:after])
    awake, firing = np.zeros((2, after - first + 1), np.int64)
    awake[: len(restless)] = restless
    return begin._replace(awake=awake, firing=firing, progress=np.array([0, 0, len(restless), 0, 0]))


def _gather(state, since, until, spikes, total, staged, ends, tickets, part):
    """All parts tell what they fired from one step until another: spikes in all.

    staged: (part, spike), sorted by step; ends: (part, step), where the spikes of a step end.
    """
    meet(tickets, part)
    for step in range(until - since):
        for other in range(len(ends)):
            first, after = ends[other, step - 1] if step > 0 else 0, ends[other, step]
            if other == part:
                for n in range(first, after):
                    spikes[total + n - first] = staged[part, n]
            total += after - first
        if part == 0:
            state.begin[since + step + 1] = total
    meet(tickets, part)
    return total


def _advance(plan, state, given, steps, spikes, staged, ends, tickets, seed, part):
    """`step.advance` for one part, on one of as many threads as there are parts."""
    parts, window = ends.shape
    t, taken, awake = state.progress[STEP], state.progress[TAKEN], state.progress[AWAKE]
    total, events = state.progress[SPIKES], state.progress[EVENTS]
    while t < steps and total + staged.size <= len(spikes):
        since, until, own = t, min(t + window, steps), 0
        while t < until:
            taken, awake, own = fire(plan, state, given, taken, awake, staged[part], own, t, seed, 0, part)
            ends[part, t - since] = own
            if t + 1 == until:
                total = _gather(state, since, until, spikes, total, staged, ends, tickets, part)
            awake, arrived = deliver(plan, state, awake, spikes, t, part, parts)
            events += arrived
            t += 1
    state.progress[STEP], state.progress[TAKEN], state.progress[AWAKE] = t, taken, awake
    state.progress[SPIKES], state.progress[EVENTS] = total, events


_gather = numba.njit(_nrt=False)(_gather)  # type: ignore[call-overload]
_advance = numba.njit(_nrt=False)(_advance)  # type: ignore[call-overload]


@serial
def _run(plan, state, given, steps, spikes, staged, ends, tickets, seed, part):
    _advance(plan, state, given, steps, spikes, staged, ends, tickets, seed, part)
