"""A circuit built and run in NEST, in a process of its own.

The OpenMP of NEST and that of numba in one process end in a crash.
"""

from __future__ import annotations

import importlib.util
import math
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from neuromem import checks
from neuromem.spiking._exact import exact_weight
from neuromem.spiking._joined import target
from neuromem.spiking.cells import BEGIN, LIF, PEAK, Cell, Izhikevich, Receptor
from neuromem.spiking.circuit import Circuit
from neuromem.spiking.inputs import Located
from neuromem.spiking.plasticity import STDP
from neuromem.spiking.projections import Projection

from ._recorded import Found

NONE = 1e-200  # of w_max: a potentiation of 0, which NEST can't combine with a depression


class Job(NamedTuple):
    """What NEST is given."""

    circuit: Circuit
    given: Located
    start: dict[str, np.ndarray]  # first weights of plastic projections, (copy, synapse)
    copies: int
    steps: int
    seed: int
    threads: int


class Done(NamedTuple):
    """What NEST gives: spikes, seconds, weights and traces of plastic projections (synapse,)."""

    spikes: Found
    seconds: float
    weights: dict[str, np.ndarray]
    traces: dict[str, np.ndarray]


def apart(job: Job) -> Done:
    """Run the job in a process of its own, and return what NEST gives there."""
    if importlib.util.find_spec("nest") is None:
        raise checks.refusal("nest", "be installed", "is not", "pip install 'neuromem[nest]'")
    with tempfile.TemporaryDirectory() as folder:
        at = Path(folder)
        job.circuit.save(at / "circuit.json")
        numbers = [job.copies, job.steps, job.seed, job.threads]
        starts = {f"start {name}": w for name, w in job.start.items()}
        np.savez(at / "given.npz", numbers=numbers, **job.given._asdict(), **starts)  # type: ignore[arg-type]
        # -c, as `-m` would import this module twice
        code = f"import sys; from {__name__} import serve; serve(sys.argv[1])"
        done = subprocess.run([sys.executable, "-c", code, folder], stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode != 0:
            said = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
            raise RuntimeError(f"NEST ended with exit status {done.returncode}: {said}")
        with np.load(at / "done.npz") as found:
            parts: dict[str, dict[str, np.ndarray]] = {"neuron": {}, "step": {}, "weight": {}, "trace": {}}
            for key in found.files:
                part, _, name = key.partition(" ")
                if part in parts:
                    parts[part][name] = found[key]
            spikes = {name: (parts["neuron"][name], parts["step"][name]) for name in job.circuit.names}
            return Done(spikes, float(found["seconds"]), parts["weight"], parts["trace"])


def serve(folder: str) -> None:
    """Run the job in a folder, and write there what NEST gives: the process that `apart` starts."""
    at = Path(folder)
    circuit = Circuit.load(at / "circuit.json")
    with np.load(at / "given.npz") as found:
        start = {key.removeprefix("start "): found[key] for key in found.files if key.startswith("start ")}
        given = Located(*(found[name] for name in Located._fields))
        done = simulate(Job(circuit, given, start, *map(int, found["numbers"])))
    arrays = {f"neuron {name}": neuron for name, (neuron, _) in done.spikes.items()}
    arrays |= {f"step {name}": step for name, (_, step) in done.spikes.items()}
    arrays |= {f"weight {name}": w for name, w in done.weights.items()}
    arrays |= {f"trace {name}": w for name, w in done.traces.items()}
    np.savez(at / "done.npz", seconds=done.seconds, **arrays)  # type: ignore[arg-type]


def simulate(job: Job) -> Done:
    """Build the circuit in this process's NEST, and run it."""
    nest, circuit = _nest(), job.circuit
    nest.ResetKernel()
    nest.set(resolution=circuit.step_ms, local_num_threads=job.threads, rng_seed=job.seed, print_time=False)
    nodes = _nodes(nest, circuit, job.given, job.copies)
    recorders = {name: nest.Create("spike_recorder") for name in nodes}
    for name, recorder in recorders.items():
        nest.Connect(nodes[name], recorder)
    for p in circuit.projections:
        if circuit.synapses(p):
            _connect(nest, circuit, p, nodes, job)
    plastic = {at: p for at, p in enumerate(circuit.projections) if p.name in job.start and circuit.synapses(p)}
    ends = {at: max(job.steps - sent_of(circuit, p), 0) + 1 for at, p in plastic.items()}
    weights, traces, spikes = {}, {}, {}
    now = seconds = 0.0
    for end in sorted({*ends.values(), job.steps + 1}):  # NEST learns when a source spikes, not when its spike arrives
        started = time.perf_counter()
        nest.Simulate((end - now) * circuit.step_ms)
        now, seconds = end, seconds + time.perf_counter() - started
        for at in (at for at in plastic if ends[at] == end):
            held = nest.GetConnections(synapse_model=f"synapse_{at}").get(["synapse_label", "weight", "Kplus"])
            order, p = np.argsort(held["synapse_label"]), plastic[at]
            weights[p.name] = np.atleast_1d(held["weight"])[order] / _scale_of(circuit, p)
            traces[p.name] = np.atleast_1d(held["Kplus"])[order]
    for name, recorder in recorders.items():
        events = recorder.get("events")
        step = np.rint(np.asarray(events["times"]) / circuit.step_ms).astype(np.int64) - 2
        spikes[name] = np.asarray(events["senders"], np.int64) - nodes[name][0].global_id, step
    return Done(spikes, seconds, weights, traces)


def delay_of(circuit: Circuit, p: Projection) -> int:
    """NEST's delay d, in steps: a current moves a potential in the step after its arrival."""
    body = circuit[p.post].body
    return sent_of(circuit, p) + (body is not None and body.synapses == "delta")


def sent_of(circuit: Circuit, p: Projection) -> int:
    """Steps from a spike of the source until a synapse of `Projection` sees it."""
    return circuit.steps("delay_ms", p.delay_ms) - 1


def _nest() -> Any:
    """NEST, which says nothing more than its errors."""
    os.environ.setdefault("PYNEST_QUIET", "1")
    import nest

    nest.verbosity = nest.VerbosityLevel.ERROR
    return nest


def _nodes(nest: Any, circuit: Circuit, given: Located, copies: int) -> dict[str, Any]:
    """The cells, and the sources as parrots of generators, since a generator can't learn."""
    nodes: dict[str, Any] = {}
    dt = circuit.step_ms
    for index, p in enumerate(circuit.populations):
        if p.body:
            model = "iaf_psc_delta" if p.body.synapses == "delta" else "iaf_psc_exp"
            model = "izhikevich" if isinstance(p.body, Izhikevich) else model
            nodes[p.name] = nest.Create(model, copies * p.size, params=_parameters(circuit, p.name, p.body))
            if p.background:
                outside = nest.Create("poisson_generator", params={"rate": p.background.rate_hz})
                weight = p.background.weight * _scale(circuit, p.body, p.background.receptor)
                nest.Connect(outside, nodes[p.name], syn_spec={"delay": dt, "weight": weight})
            if p.noise:
                unit = 1 if isinstance(p.body, Izhikevich) else 1000
                noise = nest.Create("noise_generator", params={"std": unit * p.noise, "dt": dt, "start": dt})
                nest.Connect(noise, nodes[p.name], syn_spec={"delay": dt})
            continue
        nodes[p.name] = nest.Create("parrot_neuron", copies * p.size)
        mine = given.population == index
        cell, step = given.copy[mine] * p.size + given.neuron[mine], given.step[mine]
        order = np.lexsort((step, cell))
        who, first = np.unique(cell[order], return_index=True)
        trains = np.split((step[order] + 1) * dt, first[1:]) if len(who) else []
        for neuron, train in zip(who, trains, strict=True):
            generator = nest.Create("spike_generator", params={"spike_times": train})
            nest.Connect(generator, nodes[p.name][int(neuron)], syn_spec={"delay": dt})
    return nodes


def _parameters(circuit: Circuit, name: str, cell: Cell) -> dict[str, float]:
    """The cell in NEST's names; a step of its constant current brings it to rest."""
    minus = {p.plasticity.tau_minus for p in circuit.projections if isinstance(p.plasticity, STDP) and p.post == name}
    if isinstance(cell, Izhikevich):
        own = {"a": cell.a, "b": cell.b, "c": cell.c, "d": cell.d, "I_e": cell.i_offset, "V_th": PEAK}
        drift = _before(cell, circuit.step_ms)
        return {**own, "V_m": drift[0], "U_m": drift[1], "tau_minus": minus.pop() if minus else 20.0}
    assert isinstance(cell, LIF)  # others are refused
    decay = math.exp(-circuit.step_ms / cell.tau_m)
    currents = {} if cell.synapses == "delta" else {"tau_syn_ex": cell.tau_syn_e, "tau_syn_in": cell.tau_syn_i}
    return {
        **currents,
        "C_m": 1000 * cell.cm,
        "tau_m": cell.tau_m,
        "t_ref": cell.tau_refrac,
        "E_L": cell.v_rest,
        "V_reset": cell.v_reset,
        "V_th": cell.v_thresh,
        "I_e": 1000 * cell.i_offset,
        "V_m": cell.v_rest - cell.tau_m / cell.cm * cell.i_offset * (1 - decay) / decay,
        "tau_minus": minus.pop() if minus else 20.0,
    }


def _before(cell: Izhikevich, dt: float) -> tuple[float, float]:
    """v and u of which a step of (13) and (14) makes those that the cell begins with."""
    v, u = BEGIN, cell.b * BEGIN
    for _ in range(200):  # the step moves them little, so that this converges
        pushed = 0.04 * v * v + 5 * v + 140 - u + cell.i_offset
        followed = cell.a * (cell.b * v - u)
        v, u = BEGIN - dt * pushed, cell.b * BEGIN - dt * followed
    return v, u


def _scale(circuit: Circuit, cell: Cell, receptor: Receptor) -> float:
    """Equation (1): pA of NEST for a nA of weight, or mV for mV; negative where it inhibits."""
    dt, sign = circuit.step_ms, 1 if receptor == "excitatory" else -1
    if cell.synapses == "delta":
        return sign
    assert isinstance(cell, LIF)  # others are refused
    return 1000 * exact_weight(cell, receptor, dt) * sign


def _scale_of(circuit: Circuit, p: Projection) -> float:
    return _scale(circuit, target(circuit, p), p.receptor)


def _connect(nest: Any, circuit: Circuit, p: Projection, nodes: dict[str, Any], job: Job) -> None:
    """The synapses of one projection, in a synapse model of its own."""
    copies, w = job.copies, job.start.get(p.name)
    pre, post = _ends(circuit, p, nodes, copies)
    scale, delay, rule = _scale_of(circuit, p), delay_of(circuit, p) * circuit.step_ms, p.plasticity
    name = f"synapse_{circuit.projections.index(p)}"
    if isinstance(rule, STDP) and w is not None:
        share = rule.a_plus / rule.w_max or NONE
        constants = {"tau_plus": rule.tau_plus, "mu_plus": 0.0, "mu_minus": 0.0, "lambda": share}
        constants |= {"alpha": rule.a_minus / rule.w_max / share, "Wmax": scale * rule.w_max, "weight": scale * rule.w_max}
        nest.CopyModel("stdp_synapse_lbl", name, constants)
        first = scale * np.broadcast_to(w, (copies, len(pre) // copies)).ravel()
        first[first == 0] = math.copysign(NONE, scale)  # in NEST a weight has the sign of Wmax
        synapse = {"synapse_model": name, "weight": first, "synapse_label": np.arange(len(pre))}
    elif isinstance(p.weight, tuple):
        synapse = {"synapse_model": "static_synapse", "weight": scale * np.tile(p.weight, copies)}
    else:
        nest.CopyModel("static_synapse_hom_w", name, {"weight": scale * p.weight})
        synapse = {"synapse_model": name}
    nest.Connect(pre, post, "one_to_one", synapse | {"delay": np.full(len(pre), delay)})


def _ends(circuit: Circuit, p: Projection, nodes: dict[str, Any], copies: int) -> tuple[np.ndarray, np.ndarray]:
    """NEST's numbers of the two cells of each synapse, (copy x synapse,)."""
    pre, post = circuit.connections(p)
    blocks = np.repeat(np.arange(copies), len(pre))
    i = blocks * circuit[p.pre].size + np.tile(pre, copies) + nodes[p.pre][0].global_id
    j = blocks * circuit[p.post].size + np.tile(post, copies) + nodes[p.post][0].global_id
    return i, j
