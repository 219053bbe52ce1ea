"""Where threads of a run wait for each other.

Each thread has a ticket, a number in memory that it alone writes, by which it counts how often it
has come. It goes on once no ticket is below its own.
"""

from __future__ import annotations

import sys

import numba
import numpy as np
from numba import types
from numba.extending import intrinsic

SPINS = 5000  # looks at a ticket, some microseconds, after which a thread leaves its core to others
LINE = 8  # numbers of a line of the cache: no two threads write to one

_leave_core = types.ExternalFunction("SwitchToThread" if sys.platform == "win32" else "sched_yield", types.int32())


def tickets(threads: int) -> np.ndarray:
    """Tickets of nobody who has come yet, (thread, LINE)."""
    return np.zeros((threads, LINE), np.int64)


def _place(context, builder, kind, array, thread):
    """The address of the ticket of a thread."""
    row = builder.mul(thread, context.get_constant(types.intp, LINE))
    return builder.gep(context.make_array(kind)(context, builder, array).data, [row])


@intrinsic
def _come(typing, tickets, thread, times):
    """Write to a ticket, after all that the thread wrote before."""

    def generate(context, builder, signature, given):
        array, thread, times = given
        builder.store_atomic(times, _place(context, builder, signature.args[0], array, thread), "release", 8)
        return context.get_dummy_value()

    return types.void(tickets, types.intp, types.int64), generate


@intrinsic
def _came(typing, tickets, thread):
    """Read a ticket, before all that this thread reads next."""

    def generate(context, builder, signature, given):
        array, thread = given
        return builder.load_atomic(_place(context, builder, signature.args[0], array, thread), "acquire", 8)

    return types.int64(tickets, types.intp), generate


@numba.njit(_nrt=False)  # type: ignore[call-overload]
def meet(tickets, thread):
    """Wait until all threads have come as often as this one."""
    times = tickets[thread, 0] + 1
    _come(tickets, thread, times)  # type: ignore[call-arg]
    for other in range(len(tickets)):
        looks = 0
        while _came(tickets, other) < times:
            looks += 1
            if looks > SPINS:
                _leave_core()
