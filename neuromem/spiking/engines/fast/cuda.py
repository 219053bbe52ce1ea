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


@cuda.jit
def collect(cells, begin, spikes, first, out):
    """Copy, step, population and neuron of the spikes, those of a copy from first[copy] on."""
    copy = cuda.grid(1)
    if copy < spikes.shape[1]:
        at = first[copy]
        for t in range(begin.shape[0] - 1):
            for n in range(begin[t, copy], begin[t + 1, copy]):
                place = cells.population[spikes[n, copy] // LANES]
                out[0, at], out[1, at], out[2, at], out[3, at] = copy, t, place, spikes[n, copy] - cells.first[place]
                at += 1


def arguments(job: Job, room: int) -> tuple:
    """What the kernel takes, on the device in use, with room for that many spikes of a copy."""
    one = start(job.plan, job.steps, job.initial[0])
    states = State(*(np.repeat(array[:, None], job.copies, axis=1) for array in one))
    states.weight[:] = job.initial.T
    first = np.searchsorted(job.copy, np.arange(job.copies + 1))
    there = map(_placed, (job.plan, states, first, Given(job.step, job.neuron)))
    return *there, job.steps, cuda.device_array((room, job.copies), np.int64), job.seed


def run(job: Job, number: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """As `cpu.run`, on one device, where the spikes are gathered too: they alone come back."""
    blocks = -(-job.copies // THREADS)
    room = 8 * LANES * len(job.plan.cells.population)
    each = sum(array.nbytes for array in start(job.plan, job.steps, job.initial[0]))
    fits(number, "copies", job.copies, each + 8 * room)
    with home(number):
        plan, states, first, given, steps, spikes, seed = arguments(job, room)
        while True:
            kernel[blocks, THREADS](plan, states, first, given, steps, spikes, seed)
            progress = states.progress.copy_to_host()
            if (progress[STEP] == steps).all():
                break
            fits(number, "copies", job.copies, 8 * 4 * room)
            longer = cuda.device_array((4 * room, job.copies), np.int64)
            longer[:room].copy_to_device(spikes)
            spikes, room = longer, 4 * room
        total = progress[SPIKES]
        fits(number, "copies", job.copies, 16 * (int(total.sum()) // job.copies + 1))
        out = cuda.device_array((4, total.sum()), np.int32)
        collect[blocks, THREADS](plan.cells, states.begin, spikes, cuda.to_device(np.cumsum(total) - total), out)
        weight = states.weight.copy_to_host().T if job.keep_weights else job.initial
        return out.copy_to_host(), weight, progress[EVENTS]


def _placed(part: Any) -> Any:
    """An array, or a namedtuple of such parts, on the device; a number stays."""
    if isinstance(part, tuple):
        return type(part)(*map(_placed, part))
    return cuda.to_device(part) if isinstance(part, np.ndarray) else part
