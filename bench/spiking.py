"""The fast spiking engine beside Brian2 and NEST, and its time against the size of a network."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import numba
import numpy as np

from neuromem.bench import Row
from neuromem.experiments.stress import random_operations
from neuromem.models.ca3 import circuit, schedule
from neuromem.spiking import LIF, Circuit, Population, Projection, Random, Record, Spikes, brian, fast

CELL = LIF(cm=0.25, tau_m=10.0, tau_refrac=2.0, tau_syn_e=2.0, tau_syn_i=2.0, v_thresh=-45.0, i_offset=0.4)
EXCITE, INHIBIT, DELAY = 0.04, 0.2, 2.0  # nA, nA, ms


def measure(quick: bool) -> list[Row]:
    """Measure every comparison, with both of its sides."""
    runs = 20 if quick else 1000
    return [
        *_ca3(runs, cpp=not quick),
        _nest(200.0 if quick else 20000.0),
        _growth((1000, 4000) if quick else (1000, 3000, 10000)),
    ]


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


def recurrent(cells: int, probability: float, noise: float = 0.0) -> Circuit:
    """Make 80% excitatory and 20% inhibitory cells under constant drive, joined at random."""
    excite, inhibit = Population("E", cells * 4 // 5, CELL, noise), Population("I", cells // 5, CELL, noise)
    wires = [
        Projection(pre, post, Random(probability, seed), weight, DELAY, receptor)  # type: ignore[arg-type]
        for seed, (pre, post, weight, receptor) in enumerate(
            (
                ("E", "E", EXCITE, "excitatory"),
                ("E", "I", EXCITE, "excitatory"),
                ("I", "E", INHIBIT, "inhibitory"),
                ("I", "I", INHIBIT, "inhibitory"),
            )
        )
    ]
    return Circuit((excite, inhibit), tuple(wires))


_NEST = """
import json, sys, time
import nest
import numpy as np

given = np.load(sys.argv[1], allow_pickle=False)
cell = json.loads(str(given["cell"]))
nest.SetKernelStatus({"resolution": float(given["step_ms"]), "local_num_threads": 1})
cells = nest.Create("iaf_psc_exp", int(given["cells"]), params=cell)
recorder = nest.Create("spike_recorder")
nest.Connect(cells, recorder)
first = cells[0].global_id
for weight in np.unique(given["weight"]):  # one weight a synapse model is NEST's fastest
    name = f"synapse {weight}"
    nest.CopyModel("static_synapse_hom_w", name, {"weight": weight})
    mine = given["weight"] == weight
    synapse = {"synapse_model": name, "delay": given["delay"][mine]}
    nest.Connect(given["pre"][mine] + first, given["post"][mine] + first, "one_to_one", synapse)
taken = []
nest.Prepare()
for _ in range(3):
    started = time.process_time()
    nest.Run(float(given["duration_ms"]))
    taken.append(time.process_time() - started)
nest.Cleanup()
print("RESULT", json.dumps([min(taken), recorder.n_events / 3]))
"""


def _nest(duration_ms: float) -> Row:
    """Time the same cells, synapses and delays in NEST, on one thread.

    Ours has one thread too, as one copy is one thread. NEST_PYTHON can name the interpreter of
    another environment that has NEST; by default it is this one.
    """
    name = f"LIF network of 1000 cells, 80,000 synapses, {duration_ms / 1000:g} s: NEST"
    net = recurrent(1000, 0.08)
    begin = {"E": 0, "I": net["E"].size}
    pairs = [net.connections(p) for p in net.projections]
    sign = [1000 if p.receptor == "excitatory" else -1000 for p in net.projections]
    weights = [
        np.full(len(pre), s * float(np.min(p.weight))) for (pre, _), s, p in zip(pairs, sign, net.projections, strict=True)
    ]
    constants = {
        "C_m": 1000 * CELL.cm,
        "tau_m": CELL.tau_m,
        "t_ref": CELL.tau_refrac,
        "tau_syn_ex": CELL.tau_syn_e,
        "tau_syn_in": CELL.tau_syn_i,
        "E_L": CELL.v_rest,
        "V_reset": CELL.v_reset,
        "V_th": CELL.v_thresh,
        "V_m": CELL.v_rest,
        "I_e": 1000 * CELL.i_offset,
    }
    with tempfile.TemporaryDirectory() as folder:
        given = Path(folder) / "network.npz"
        np.savez(
            given,
            cell=json.dumps(constants),
            cells=sum(p.size for p in net.populations),
            step_ms=net.step_ms,
            duration_ms=duration_ms,
            pre=np.concatenate([pre + begin[p.pre] for (pre, _), p in zip(pairs, net.projections, strict=True)]),
            post=np.concatenate([post + begin[p.post] for (_, post), p in zip(pairs, net.projections, strict=True)]),
            weight=np.concatenate(weights),
            delay=np.full(sum(map(len, weights)), DELAY),
        )
        command = [os.environ.get("NEST_PYTHON", sys.executable), "-c", _NEST, str(given)]
        clean = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        done = subprocess.run(command, capture_output=True, text=True, env=clean)
    result = [line for line in done.stdout.splitlines() if line.startswith("RESULT")]
    if not result:
        reason = "nest is not installed" if "No module named 'nest'" in done.stderr else done.stderr.strip()[-80:]
        return Row(name, goal=10, note=f"not measured: {reason}; NEST_PYTHON can name another interpreter")
    other, spikes = json.loads(result[0].removeprefix("RESULT"))
    fast.run(net, 10.0)  # compiles
    whole, record = _cpu(lambda: fast.run(net, duration_ms))
    ours = whole - _cpu(lambda: fast.run(net, 1.0))[0]
    rates = (len(record) / duration_ms, spikes / duration_ms)  # of 1000 cells, so in Hz a cell
    return Row(
        name,
        ours,
        other,
        10,
        f"CPU time without set-up, 1 ms steps; {rates[0]:.1f} and {rates[1]:.1f} spikes a second a cell",
    )


def _growth(sizes: tuple[int, ...]) -> Row:
    """Time a network of n cells with 100 synapses each, against its synapses.

    The same few spikes happen at every size.
    """
    seconds, events = [], []
    for cells in sizes:
        wires = (Projection("In", "Out", Random(100 / cells), 0.7), Projection("Out", "Out", Random(100 / cells, 1), 0.05))
        net = Circuit((Population("In", cells), Population("Out", cells, LIF(cm=0.27, tau_m=3.0))), wires)
        rng = np.random.default_rng(0)
        time_ms = np.sort(rng.integers(0, 1000, 2000))
        inputs = Spikes(np.zeros(2000, int), time_ms, np.full(2000, "In"), rng.integers(0, cells, 2000))
        runs = [fast.run(net, 1000.0, inputs=inputs) for _ in range(7)]
        seconds.append(min(r.seconds for r in runs))
        events.append(int(runs[0].events[0]))
    grown = np.polyfit(np.log(sizes), np.log(seconds), 1)[0] if len(sizes) > 1 else 0.0
    steps = 1000 * 100 * sizes[-1] * 2  # a clock-driven pass over every synapse in every step
    text = ", ".join(f"{n}: {1e3 * s:.1f} ms, {e} events" for n, s, e in zip(sizes, seconds, events, strict=True))
    return Row(
        f"same activity in networks of {sizes[0]} to {sizes[-1]} cells",
        seconds[-1],
        note=f"{text}; time ~ size^{grown:.2f}; synapses x steps would be {steps:.0e}",
    )
