"""The fast engine on a CUDA device: a thread for each copy, over the body of `fast.py`, so that spikes are the CPU's.

What belongs to one copy is a column of an array, as neighbouring threads, at the same place of the same circuit, then read
neighbours. Imported when a run asks for a device.
"""

from __future__ import annotations

from typing import Any

import numba
import numba.cuda
import numpy as np

from neuromem.kernels.launch import fits, home

from . import fast
from ._plan import LANES, Plan

cuda: Any = numba.cuda
THREADS = 32  # of a block: few, as there are seldom more copies than the device has cores


@cuda.jit
def _run(
    plan,
    steps,
    first,
    in_step,
    in_neuron,
    seed,
    state,
    live,
    firing,
    asleep,
    seen,
    x_source,
    x_target,
    at_source,
    at_target,
    opened,
    begin,
    cells,
    w,
    total,
    events,
):
    copy = cuda.grid(1)
    if copy < total.size:
        mine = slice(first[copy], first[copy + 1])
        traces = x_source[:, copy], x_target[:, copy], at_source[:, copy], at_target[:, copy], opened[:, copy]
        _, total[copy], events[copy] = fast._copy(
            plan,
            steps,
            copy,
            (in_step[mine], in_neuron[mine]),
            w[:, copy],
            state[:, copy],
            live[:, copy],
            firing[:, copy],
            asleep[:, copy],
            seen[:, copy],
            traces,
            begin[:, copy],
            cells[:, copy],
            seed,
            None,
        )


def arguments(plan: Plan, steps: int, copies: int, inputs: Any, initial: np.ndarray, seed: int, room: int) -> tuple:
    """What the kernel takes, with room for that many spikes of a copy; begin, cells, w, total and events are the results.

    inputs: copy, step and neuron of the input spikes, sorted.  initial: weights (copy, or one for all, synapse).
    """
    copy, step, neuron = inputs
    blocks, legs, arms = len(plan.place), len(plan.leg_rule), len(plan.arm_rule)

    def column(values: Any, length: int | None = None, kind: type = np.int64) -> np.ndarray:
        """The same start of every copy: (length, copy)."""
        start: Any = np.broadcast_to(np.asarray(values, kind), np.shape(values) if length is None else (length,))
        return np.repeat(start[:, None], copies, axis=1)

    return (
        plan,
        steps,
        np.searchsorted(copy, np.arange(copies + 1)),
        np.asarray(step, np.int64),
        np.asarray(neuron, np.int64),
        seed,
        column(plan.rest, kind=float),
        column(0, blocks + 1),
        column(0, blocks + 1),
        column(False, blocks, bool),
        column(0, blocks),
        column(0, legs, float),
        column(0, arms, float),
        column(fast._NEVER, legs),
        column(fast._NEVER, arms),
        column(fast._NEVER, len(plan.gate)),
        column(0, steps + 1),
        column(0, room),
        np.ascontiguousarray(np.broadcast_to(initial, (copies, initial.shape[1])).T),
        np.zeros(copies, np.int64),
        np.zeros(copies, np.int64),
    )


def run(
    plan: Plan, steps: int, copies: int, inputs: Any, initial: np.ndarray, seed: int, number: int
) -> tuple[np.ndarray, ...]:
    """Copy, step, population and neuron of the spikes, final weights (copy, synapse) and events (copy,), on one device."""
    room = 8 * LANES * len(plan.place)
    while True:
        one = arguments(plan, steps, 1, (np.zeros(0, int),) * 3, initial[:1], seed, room)
        fits(number, "copies", copies, sum(array.nbytes for array in one[6:]))
        host = arguments(plan, steps, copies, inputs, initial, seed, room)
        with home(number):
            there = [cuda.to_device(array) if isinstance(array, np.ndarray) else array for array in host[1:]]
            _run[-(-copies // THREADS), THREADS](Plan._make(map(cuda.to_device, plan)), *there)
            begin, cells, final, total, events = (array.copy_to_host() for array in there[-5:])
        if (total >= 0).all():
            break
        room *= 4
    spiked = np.arange(room) < total[:, None]  # (copy, spike)
    neuron = cells.T[spiked]
    step = np.repeat(np.tile(np.arange(steps), copies), np.diff(begin, axis=0).T.ravel())
    place = plan.place[neuron // LANES]
    spikes = np.stack([np.repeat(np.arange(copies), total), step, place, neuron - plan.first[place]])
    return spikes.astype(np.int32), final.T, events
