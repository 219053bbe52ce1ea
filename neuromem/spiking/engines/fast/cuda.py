"""The fast engine on a CUDA device: a thread for each copy, over the same steps as on the CPU.

What belongs to one copy is a column of an array, as neighbouring threads, at the same place of the
same circuit, then read neighbours. Imported when a run asks for a device.
"""

from __future__ import annotations

from typing import Any

import numba
import numba.cuda
import numpy as np

from neuromem.kernels.launch import fits, home

from ._blocks import LANES
from .state import EVENTS, SPIKES, STEP, Given, Job, State, start
from .step import advance

cuda: Any = numba.cuda
THREADS = 32  # of a block: few, as there are seldom more copies than the device has cores

_advance = cuda.jit(device=True)(advance)


@cuda.jit
def kernel(plan, all_, first, given, steps, spikes, seed):
    copy = cuda.grid(1)
    if copy < all_.progress.shape[1]:
        mine = slice(first[copy], first[copy + 1])
        state = State(
            all_.cells[:, copy],
            all_.awake[:, copy],
            all_.slow[:, copy],
            all_.firing[:, copy],
            all_.asleep[:, copy],
            all_.seen[:, copy],
            all_.x_source[:, copy],
            all_.x_target[:, copy],
            all_.source_seen[:, copy],
            all_.target_seen[:, copy],
            all_.opened[:, copy],
            all_.weight[:, copy],
            all_.begin[:, copy],
            all_.progress[:, copy],
        )
        _advance(plan, state, Given(given.step[mine], given.neuron[mine]), steps, spikes[:, copy], seed, copy)


def arguments(job: Job, room: int) -> tuple:
    """What the kernel takes, with room for that many spikes of a copy."""
    one = start(job.plan, job.steps, job.initial[0])
    states = State(*(np.repeat(array[:, None], job.copies, axis=1) for array in one))
    states.weight[:] = job.initial.T
    first = np.searchsorted(job.copy, np.arange(job.copies + 1))
    spikes = np.zeros((room, job.copies), np.int64)
    return job.plan, states, first, Given(job.step, job.neuron), job.steps, spikes, job.seed


def run(job: Job, number: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """As `cpu.run`, on one device."""
    room = 8 * LANES * len(job.plan.cells.population)
    while True:
        one = start(job.plan, job.steps, job.initial[0])
        fits(number, "copies", job.copies, sum(array.nbytes for array in one) + 8 * room)
        plan, states, *rest = arguments(job, room)
        with home(number):
            there = [_placed(part) for part in (plan, states, *rest)]
            kernel[-(-job.copies // THREADS), THREADS](*there)
            begin, cells, progress, weight = (
                array.copy_to_host() for array in (there[1].begin, there[5], there[1].progress, there[1].weight)
            )
        if (progress[STEP] == job.steps).all():
            break
        room *= 4
    total = progress[SPIKES]
    spiked = np.arange(room) < total[:, None]  # (copy, spike)
    neuron = cells.T[spiked]
    step = np.repeat(np.tile(np.arange(job.steps), job.copies), np.diff(begin, axis=0).T.ravel())
    place = job.plan.cells.population[neuron // LANES]
    spikes = np.stack([np.repeat(np.arange(job.copies), total), step, place, neuron - job.plan.cells.first[place]])
    return spikes.astype(np.int32), weight.T, progress[EVENTS]


def _placed(part: Any) -> Any:
    """An array, or a namedtuple of such parts, on the device; a number stays."""
    if isinstance(part, tuple):
        return type(part)(*map(_placed, part))
    return cuda.to_device(part) if isinstance(part, np.ndarray) else part
