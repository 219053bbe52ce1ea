"""A circuit in NEST, for networks that outgrow one machine.

NEST's `iaf_psc_exp` integrates a current that decays within the step, where `LIF` holds it for the
step. Both are linear in the current and decay alike, so that a synapse of weight w has in NEST

    w k R (1 - exp(-dt / tau_m)) / P,  P = exp(-dt / tau_m) (1 - exp(-a dt)) / (a cm)         (1)
    a = 1 / tau_syn - 1 / tau_m

and all spikes are the same. A spike that NEST finds in one step can move a potential two steps
later at the earliest, one later than here: NEST's delay is d = delay_ms - dt, at least one step.
All of d is dendritic in NEST, so that its synapse sees Delta = t_post + d - t_pre, and `STDP`
must have back_ms = 2 d. Spikes at Delta = 0 count for neither side there.

NEST begins one step early, since its sources can't spike at 0.
"""

from __future__ import annotations

import importlib.util
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from neuromem import checks
from neuromem.spiking._fields import instance
from neuromem.spiking.cells import LIF
from neuromem.spiking.circuit import Circuit
from neuromem.spiking.inputs import Located, Spikes, initial_weights, locate
from neuromem.spiking.plasticity import STDP
from neuromem.spiking.projections import Projection
from neuromem.spiking.record import Record

from ._recorded import Found, recorded

MPI = ("OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "PMIX_RANK")  # set where `mpirun` has started this process
OTHER = 'run it with engine "fast" or "brian2"'
NONE = 1e-200  # of w_max: a potentiation of 0, which NEST can't combine with a depression
_CELL, _SYNAPSE = 1500, 150  # bytes that one of a copy needs at most


def run(
    circuit: Circuit,
    duration_ms: float,
    *,
    inputs: Spikes | None = None,
    copies: int = 1,
    weights: Mapping[str, np.ndarray] | None = None,
    rng: int | np.random.Generator = 0,
    keep_weights: bool = True,
    threads: int = 1,
) -> Record:
    """Run independent copies of a circuit in NEST.

    Parameters
    ----------
    circuit : Circuit
        The circuit.
    duration_ms : float
        How long, ms, a multiple of the circuit's step.
    inputs : Spikes, optional
        Spikes of its source populations; by default the circuit's own, in every copy.
    copies : int, default 1
        Number of copies.
    weights : mapping of str to array_like, optional
        First weights of plastic projections by name, nA, (synapse,) or (copy, synapse); by default
        the circuit's.
    rng : int or numpy Generator, default 0
        Randomness of the noise currents, which are other numbers for another number of threads.
    keep_weights : bool, default True
        Whether the record shall hold the weights at the end.
    threads : int, default 1
        Threads of NEST. Under a build of NEST with MPI the same script runs with `mpirun`.

    Returns
    -------
    Record
        What happened; under MPI each process has the spikes of its own cells.

    Raises
    ------
    InputError
        If NEST is not installed, an argument is of another kind, or the circuit holds what NEST
        can't express: a delay of one step, a gate, the rule `Hebbian`, a delay back to the synapse
        that NEST's dendritic delay excludes, or a pair of spikes with Delta = 0.

    References
    ----------
    Gewaltig, M.-O. & Diesmann, M. (2007). NEST (NEural Simulation Tool). Scholarpedia 2, 1430.
    https://doi.org/10.4249/scholarpedia.1430

    Rotter, S. & Diesmann, M. (1999). Exact digital simulation of time-invariant linear systems with
    applications to neuronal modeling. Biological Cybernetics 81, 381.
    https://doi.org/10.1007/s004220050570
    """
    instance("circuit", circuit, Circuit)
    copies, threads = checks.whole("copies", copies), checks.whole("threads", threads, most=1024)
    steps = circuit.steps("duration_ms", duration_ms)
    seed, keep_weights = checks.seed(rng), checks.flag("keep_weights", keep_weights)
    for projection in circuit.projections:
        _check(circuit, projection)
    cells, synapses = sum(p.size for p in circuit.populations), sum(circuit.synapses(p) for p in circuit.projections)
    way_out = f"make smaller what has {copies:,} copies of {cells:,} cells and {synapses:,} synapses"
    checks.fits("circuit", copies * (_CELL * cells + _SYNAPSE * synapses), way_out)
    start = initial_weights(circuit, weights, copies)
    given = locate(circuit, inputs, copies, steps)
    plastic = {p.pre for p in circuit.projections if p.plasticity}
    for index in (circuit.names.index(name) for name in plastic):
        mine = np.stack([column[given.population == index] for column in (given.copy, given.step, given.neuron)])
        if len(np.unique(mine, axis=1).T) < mine.shape[1]:
            must = "spike once a step where they learn, as NEST learns once from several spikes of a step"
            raise checks.refusal(f"sources of {circuit.names[index]}", must, "spiked more often", OTHER)
    job = _Job(circuit, given, start, copies, steps, 1 + seed % (2**32 - 2), threads)
    done = _simulate(job) if any(name in os.environ for name in MPI) else _apart(job)
    for p in circuit.projections:
        if p.name in start:
            _refuse_ties(circuit, p, done.spikes, copies)
    learnt = {p.name: _weights(job, p, done) for p in circuit.projections if p.name in start and keep_weights}
    return recorded(circuit, done.spikes, copies, steps, learnt, done.seconds)


class _Job(NamedTuple):
    """What NEST is given."""

    circuit: Circuit
    given: Located
    start: dict[str, np.ndarray]  # first weights of plastic projections, (copy, synapse)
    copies: int
    steps: int
    seed: int
    threads: int


class _Done(NamedTuple):
    """What NEST gives: spikes, seconds, and weights and traces of plastic projections (synapse,)."""

    spikes: Found
    seconds: float
    weights: dict[str, np.ndarray]
    traces: dict[str, np.ndarray]


def _apart(job: _Job) -> _Done:
    """Runs NEST in a process of its own: its OpenMP and numba's in one process end in a crash."""
    if importlib.util.find_spec("nest") is None:
        raise checks.refusal("nest", "be installed", "is not", "pip install 'neuromem[nest]'")
    with tempfile.TemporaryDirectory() as folder:
        at = Path(folder)
        job.circuit.save(at / "circuit.json")
        numbers = [job.copies, job.steps, job.seed, job.threads]
        starts = {f"start {name}": w for name, w in job.start.items()}
        np.savez(at / "given.npz", numbers=numbers, **job.given._asdict(), **starts)
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
            return _Done(spikes, float(found["seconds"]), parts["weight"], parts["trace"])


def serve(folder: str) -> None:
    """Run the job in a folder, and write there what NEST gives: the process that `run` starts."""
    at = Path(folder)
    circuit = Circuit.load(at / "circuit.json")
    with np.load(at / "given.npz") as found:
        start = {key.removeprefix("start "): found[key] for key in found.files if key.startswith("start ")}
        given = Located(*(found[name] for name in Located._fields))
        done = _simulate(_Job(circuit, given, start, *map(int, found["numbers"])))
    arrays = {f"neuron {name}": neuron for name, (neuron, _) in done.spikes.items()}
    arrays |= {f"step {name}": step for name, (_, step) in done.spikes.items()}
    arrays |= {f"weight {name}": w for name, w in done.weights.items()}
    arrays |= {f"trace {name}": w for name, w in done.traces.items()}
    np.savez(at / "done.npz", seconds=done.seconds, **arrays)


def _simulate(job: _Job) -> _Done:
    """Builds the circuit in this process's NEST, and runs it."""
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
    ends = {at: max(job.steps - _delay(circuit, p), 0) + 1 for at, p in plastic.items()}
    weights, traces, spikes = {}, {}, {}
    now = seconds = 0.0
    for end in sorted({*ends.values(), job.steps + 1}):  # NEST learns when a source spikes, not when its spike arrives
        started = time.perf_counter()
        nest.Simulate((end - now) * circuit.step_ms)
        now, seconds = end, seconds + time.perf_counter() - started
        for at in (at for at in plastic if ends[at] == end):
            held = nest.GetConnections(synapse_model=f"synapse_{at}").get(["synapse_label", "weight", "Kplus"])
            order, p = np.argsort(held["synapse_label"]), plastic[at]
            weights[p.name] = np.atleast_1d(held["weight"])[order] / _scale(circuit, p)
            traces[p.name] = np.atleast_1d(held["Kplus"])[order]
    for name, recorder in recorders.items():
        events = recorder.get("events")
        step = np.rint(np.asarray(events["times"]) / circuit.step_ms).astype(np.int64) - 2
        spikes[name] = np.asarray(events["senders"], np.int64) - nodes[name][0].global_id, step
    return _Done(spikes, seconds, weights, traces)


def _delay(circuit: Circuit, p: Projection) -> int:
    """NEST's delay d, in steps."""
    return circuit.steps("delay_ms", p.delay_ms) - 1


def _nest() -> Any:
    """NEST, which says nothing more than its errors."""
    os.environ.setdefault("PYNEST_QUIET", "1")
    import nest

    nest.verbosity = nest.VerbosityLevel.ERROR
    return nest


def _check(circuit: Circuit, p: Projection) -> None:
    """Refuses what NEST can't express."""
    delay, rule = _delay(circuit, p), p.plasticity
    if delay < 1:
        must = "be two steps or more in NEST, where a spike moves a potential two steps later at the earliest"
        raise checks.refusal(f"delay_ms of {p.name}", must, f"was {p.delay_ms:g} ms", OTHER)
    if rule is None:
        return
    if not isinstance(rule, STDP):
        raise checks.refusal(f"plasticity of {p.name}", "be an STDP in NEST", "was a Hebbian, which NEST has not", OTHER)
    if rule.gate is not None:
        raise checks.refusal(f"gate of {p.name}", "be None in NEST, whose STDP has no gate", f"was {rule.gate!r}", OTHER)
    back = 2 * delay * circuit.step_ms
    if circuit.steps("back_ms", rule.back_ms) != 2 * delay:
        must = f"be {back:g} ms in NEST, whose delay of {back / 2:g} ms is dendritic as a whole"
        raise checks.refusal(f"back_ms of {p.name}", must, f"was {rule.back_ms:g} ms", OTHER)
    for q in circuit.projections:
        if isinstance(q.plasticity, STDP) and q.post == p.post and q.plasticity.tau_minus != rule.tau_minus:
            must = f"be equal onto {p.post} in NEST, which keeps it in the cell"
            raise checks.refusal("tau_minus", must, f"was {rule.tau_minus:g} and {q.plasticity.tau_minus:g} ms", OTHER)


def _nodes(nest: Any, circuit: Circuit, given: Located, copies: int) -> dict[str, Any]:
    """The cells, and the sources as parrots of generators, since a generator can't learn."""
    nodes: dict[str, Any] = {}
    dt = circuit.step_ms
    for index, p in enumerate(circuit.populations):
        if p.cell:
            nodes[p.name] = nest.Create("iaf_psc_exp", copies * p.size, params=_parameters(circuit, p.name, p.cell))
            if p.noise:
                noise = nest.Create("noise_generator", params={"std": 1000 * p.noise, "dt": dt, "start": dt})
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


def _parameters(circuit: Circuit, name: str, cell: LIF) -> dict[str, float]:
    """The cell in NEST's names; it begins where one step of its constant current brings it to rest."""
    decay = math.exp(-circuit.step_ms / cell.tau_m)
    minus = {p.plasticity.tau_minus for p in circuit.projections if isinstance(p.plasticity, STDP) and p.post == name}
    return {
        "C_m": 1000 * cell.cm,
        "tau_m": cell.tau_m,
        "t_ref": cell.tau_refrac,
        "tau_syn_ex": cell.tau_syn_e,
        "tau_syn_in": cell.tau_syn_i,
        "E_L": cell.v_rest,
        "V_reset": cell.v_reset,
        "V_th": cell.v_thresh,
        "I_e": 1000 * cell.i_offset,
        "V_m": cell.v_rest - cell.tau_m / cell.cm * cell.i_offset * (1 - decay) / decay,
        "tau_minus": minus.pop() if minus else 20.0,
    }


def _scale(circuit: Circuit, p: Projection) -> float:
    """Equation (1): pA of NEST for a nA of weight, negative where it inhibits."""
    cell, dt = circuit[p.post].cell, circuit.step_ms
    assert cell is not None
    tau = cell.tau_syn_e if p.receptor == "excitatory" else cell.tau_syn_i
    k = tau / dt * (1 - math.exp(-dt / tau))
    a = 1 / tau - 1 / cell.tau_m
    moved = math.exp(-dt / cell.tau_m) * (-math.expm1(-a * dt) / a if a else dt)
    ratio = -math.expm1(-dt / cell.tau_m) * cell.tau_m / moved
    return 1000 * k * ratio * (1 if p.receptor == "excitatory" else -1)


def _connect(nest: Any, circuit: Circuit, p: Projection, nodes: dict[str, Any], job: _Job) -> None:
    """The synapses of one projection, in a synapse model of its own."""
    copies, w = job.copies, job.start.get(p.name)
    pre, post = _ends(circuit, p, nodes, copies)
    scale, delay, rule = _scale(circuit, p), p.delay_ms - circuit.step_ms, p.plasticity
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


def _trains(found: Found, name: str) -> dict[int, np.ndarray]:
    """The steps at which each neuron of a population spiked."""
    i, step = found[name]
    order = np.lexsort((step, i))
    who, first = np.unique(i[order], return_index=True)
    return dict(zip(who.tolist(), np.split(step[order], first[1:]) if len(who) else [], strict=True))


def _pairs(circuit: Circuit, p: Projection, found: Found, copies: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """The steps at which each synapse sees its source and its target: t_pre, and t_post + d."""
    delay, nothing = _delay(circuit, p), np.zeros(0, np.int64)
    sources, targets = _trains(found, p.pre), _trains(found, p.post)
    pre, post = circuit.connections(p)
    m, n = circuit[p.pre].size, circuit[p.post].size
    return [
        (sources.get(c * m + i, nothing), targets.get(c * n + j, nothing) + delay)
        for c in range(copies)
        for i, j in zip(pre.tolist(), post.tolist(), strict=True)
    ]


def _refuse_ties(circuit: Circuit, p: Projection, found: Found, copies: int) -> None:
    for source, target in _pairs(circuit, p, found, copies):
        if np.isin(source, target).any():
            must = "see no two spikes at Delta = 0 in NEST, which learns from neither"
            raise checks.refusal(f"a synapse of {p.name}", must, "saw some", OTHER)


def _weights(job: _Job, p: Projection, done: _Done) -> np.ndarray:
    """The weights at the end (copy, synapse), nA.

    NEST changes a weight when its source spikes; what its target has done since then is added.
    """
    circuit, rule = job.circuit, p.plasticity
    assert isinstance(rule, STDP)
    if not circuit.synapses(p):
        return np.zeros((job.copies, 0))
    w, trace, end = done.weights[p.name], done.traces[p.name], job.steps - _delay(circuit, p)
    for at, (source, target) in enumerate(_pairs(circuit, p, done.spikes, job.copies)):
        source = source[source < end]
        for seen in target[(target > source[-1]) & (target < end)] if len(source) else ():
            past = (seen - source[-1]) * circuit.step_ms
            w[at] = min(rule.w_max, w[at] + rule.a_plus * trace[at] * math.exp(-past / rule.tau_plus))
    return w.reshape(job.copies, -1)
