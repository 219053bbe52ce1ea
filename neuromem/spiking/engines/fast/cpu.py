"""The fast engine on the cores of the CPU: copies in parallel, a part of them a thread."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numba
import numpy as np

from neuromem.kernels.compiled import serial

from ._blocks import LANES
from .state import EVENTS, SPIKES, STEP, Given, Job, State, start
from .step import advance

TOGETHER = 20  # copies whose spikes are collected in one array, which then stays in the cache


def run(job: Job) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Copy, step, population and neuron of the spikes, sorted; final weights; events (copy,)."""
    workers = numba.get_num_threads()
    parts = max(min(job.copies, workers), -(-job.copies // TOGETHER))
    edges = np.linspace(0, job.copies, parts + 1).astype(int)
    begin = start(job.plan, job.steps, job.initial[0])

    def part(first: int, after: int) -> tuple[np.ndarray, ...]:
        mine = slice(*np.searchsorted(job.copy, [first, after]))
        initial = job.initial if len(job.initial) == 1 else job.initial[first:after]
        given = job.copy[mine], job.step[mine], job.neuron[mine]
        return _run(job.plan, begin, job.steps, first, after, given, initial, job.keep_weights, job.seed)

    with ThreadPoolExecutor(workers) as pool:
        spikes, final, events = zip(*pool.map(part, edges[:-1], edges[1:]), strict=True)
    return np.concatenate(spikes, axis=1), np.concatenate(final), np.concatenate(events)


# it allocates nothing, and to count references to arrays would take most of its time
_advance = numba.njit(_nrt=False)(advance)  # type: ignore[call-overload]


@numba.njit
def _longer(rows, size):
    """Rows with room for more numbers; numba takes seconds to compile an assigned slice."""
    out = np.empty((len(rows), size), rows.dtype)
    for row in range(len(rows)):
        for n in range(rows.shape[1]):
            out[row, n] = rows[row, n]
    return out


@serial
def _run(plan, begin, steps, first, after, given, initial, keep_weights, seed):
    """`run` for copies `first` to `after`; begin: the state before the first step."""
    in_copy, in_step, in_neuron = given
    spikes = np.empty((1, len(plan.cells.population) * LANES), np.int64)  # of one copy
    firing, since = begin.firing.copy(), begin.begin.copy()
    size = at = 0
    out = np.empty((4, 1024), np.int32)
    final = np.empty((after - first if keep_weights else 1, len(plan.incoming.synapse)))
    events = np.zeros(after - first, np.int64)
    for copy in range(first, after):
        weight = final[copy - first if keep_weights else 0]
        own = initial[copy - first if len(initial) > 1 else 0]
        for synapse in range(len(own)):  # no slice, as in `_longer`
            weight[synapse] = own[synapse]
        state = State(
            begin.cells.copy(),
            begin.awake.copy(),
            begin.slow.copy(),
            firing,
            begin.asleep.copy(),
            begin.seen.copy(),
            begin.x_source.copy(),
            begin.x_target.copy(),
            begin.source_seen.copy(),
            begin.target_seen.copy(),
            begin.opened.copy(),
            weight,
            since,
            begin.progress.copy(),
        )
        end = at
        while end < len(in_copy) and in_copy[end] == copy:
            end += 1
        mine = Given(in_step[at:end], in_neuron[at:end])
        _advance(plan, state, mine, steps, spikes[0], seed, copy)
        while state.progress[STEP] < steps:
            spikes = _longer(spikes, 2 * spikes.shape[1] + end - at)
            _advance(plan, state, mine, steps, spikes[0], seed, copy)
        at, total = end, state.progress[SPIKES]
        events[copy - first] = state.progress[EVENTS]
        if size + total > out.shape[1]:
            out = _longer(out, 2 * (size + total))
        t = 0
        for n in range(total):
            while n >= state.begin[t + 1]:
                t += 1
            p = plan.cells.population[spikes[0, n] // LANES]
            out[0, size + n], out[1, size + n], out[2, size + n] = copy, t, p
            out[3, size + n] = spikes[0, n] - plan.cells.first[p]
        size += total
    return out[:, :size], final, events
