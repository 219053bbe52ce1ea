"""Independent runs of CA3 in the fast engine and in Brian2."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Literal

import numba
import numpy as np

from neuromem.bench import Row
from neuromem.experiments.stress import random_operations
from neuromem.models.ca3 import circuit, schedule
from neuromem.spiking import Circuit, Record, Spikes, brian, fast


def measure(quick: bool) -> list[Row]:
    """Measure every comparison, with both of its sides."""
    return _ca3(20 if quick else 1000, cpp=not quick)


def _cpu(run: Callable[[], Record], times: int = 5) -> tuple[float, Record]:
    """Give CPU seconds of the fastest of some calls, and the last result.

    They are whole calls with all their set-up.
    """
    taken = []
    for _ in range(times):
        started = time.process_time()
        record = run()
        taken.append(time.process_time() - started)
    return min(taken), record


def ca3_runs(runs: int) -> tuple[Circuit, Spikes, float]:
    """Make a CA3 network of 16 cues x 16 units, and the inputs of its runs.

    Each run has 100 operations, one every 14 ms; their end in ms is given too.
    """
    put: list[tuple[int, int, str, int]] = []
    for copy in range(runs):
        operations, _ = random_operations(np.random.default_rng(copy), 16, 16, 5, 1, 84, False)
        starts, spikes = schedule(operations, 14, 14, 16, 16)
        put += [(copy, at, name, i) for name, at, i in spikes if name != "InAch"]
    return circuit(16, 16), Spikes(*(np.array(column) for column in zip(*put, strict=True))), starts[-1]


def _ca3(runs: int, cpp: bool) -> list[Row]:
    """Time independent CA3 runs of 16 cues x 16 units, 100 operations each, one every 14 ms.

    It is CPU time, one core for each side. Brian2 runs them one after the other, or many in one
    network, which is faster up to what fits in its cache. With cpp_standalone Brian2 compiles
    as by default, -O3 -ffast-math -march=native, and it is the time of the simulation alone.
    """
    net, inputs, end = ca3_runs(runs)
    fast.run(net, 10.0)  # compiles
    cores = numba.get_num_threads()
    everywhere = np.inf
    for _ in range(5):
        started = time.perf_counter()
        fast.run(net, end, inputs=inputs, copies=runs, keep_weights=False)
        everywhere = min(everywhere, time.perf_counter() - started)
    numba.set_num_threads(1)
    ours, mine = _cpu(lambda: fast.run(net, end, inputs=inputs, copies=runs, keep_weights=False))
    numba.set_num_threads(cores)

    def row(target: Literal["numpy", "cpp_standalone"], together: int, goal: float) -> Row:
        """Run Brian2 with that many runs in one network, times as many networks as are needed."""
        few = inputs.copy < together
        some = Spikes(inputs.copy[few], inputs.time_ms[few], inputs.population[few], inputs.neuron[few])
        taken, record = _cpu(lambda: brian.run(net, end, inputs=some, copies=together, keep_weights=False, target=target), 1)
        taken = record.seconds if target == "cpp_standalone" else taken
        same = "the same spikes" if np.array_equal(mine.neuron[mine.copy < together], record.neuron) else "OTHER SPIKES"
        taken *= runs / together
        note = (
            f"{'' if together == runs else f'measured {together}; '}{same}; ours on {cores} cores: {taken / everywhere:.3g}"
        )
        return Row(f"CA3, {runs} runs: Brian2 {target}, {together} a network", ours, taken, goal, note)

    rows = [row("numpy", together, 100) for together in (1, runs)]
    try:
        rows += [row("cpp_standalone", together, 10) for together in (1, 30, runs) if cpp]
    except Exception as error:  # whatever a missing compiler raises
        rows.append(Row("CA3: Brian2 cpp_standalone", goal=10, note=f"not measured: {type(error).__name__}"))
    return rows
