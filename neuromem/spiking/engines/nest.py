"""A circuit in NEST, for networks that outgrow one machine.

NEST's `iaf_psc_exp` integrates a current that decays within the step, where `LIF` holds it for the
step. Both are linear in the current and decay alike, so that a synapse of weight w has in NEST

    w k R (1 - exp(-dt / tau_m)) / P,  P = exp(-dt / tau_m) (1 - exp(-a dt)) / (a cm)         (1)
    a = 1 / tau_syn - 1 / tau_m

and all spikes are the same. A spike that NEST finds in one step can move a potential two steps
later at the earliest, one later than here: NEST's delay is d = delay_ms - dt, at least one step. At
delta synapses, of `iaf_psc_delta`, it is d = delay_ms. All of d is dendritic in NEST, so that its
synapse sees Delta = t_post + d - t_pre, and `STDP` must have back_ms = delay_ms - dt + d. Spikes at
Delta = 0 count for neither side there.

NEST begins one step early, since its sources can't spike at 0.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping

import numpy as np

from neuromem import checks
from neuromem.spiking.cells import AdEx, Izhikevich
from neuromem.spiking.circuit import Circuit
from neuromem.spiking.inputs import Spikes, initial_weights, locate
from neuromem.spiking.plasticity import STDP
from neuromem.spiking.populations import Population
from neuromem.spiking.projections import Projection
from neuromem.spiking.record import Record

from ._nest_network import Done, Job, apart, delay_of, sent_of, simulate
from ._recorded import Found, fits, recorded

MPI = ("OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "PMIX_RANK")  # set where `mpirun` has started this process
OTHER = 'run it with engine "fast" or "brian2"'


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
        First weights of plastic projections by name, (synapse,) or (copy, synapse), in the unit of
        the target's synapses; by default the circuit's.
    rng : int or numpy Generator, default 0
        Randomness: Poisson sources spike as in the other engines; noise currents and backgrounds
        are other numbers of the same law, and others for another number of threads.
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
        can't express: cells or synapses that NEST steps in another way, a delay of one step, a
        gate, the rule `Hebbian`, pairs of nearest spikes, a delay back to the synapse that NEST's
        dendritic delay excludes, or a pair of spikes with Delta = 0.

    References
    ----------
    Gewaltig, M.-O. & Diesmann, M. (2007). NEST (NEural Simulation Tool). Scholarpedia 2, 1430.
    https://doi.org/10.4249/scholarpedia.1430

    Rotter, S. & Diesmann, M. (1999). Exact digital simulation of time-invariant linear systems with
    applications to neuronal modeling. Biological Cybernetics 81, 381.
    https://doi.org/10.1007/s004220050570
    """
    checks.instance("circuit", circuit, Circuit)
    copies, threads = checks.whole("copies", copies), checks.whole("threads", threads, most=1024)
    steps = circuit.steps("duration_ms", duration_ms)
    seed, keep_weights = checks.seed(rng), checks.flag("keep_weights", keep_weights)
    for population in circuit.populations:
        _check_cell(population)
    for projection in circuit.projections:
        _check(circuit, projection)
    fits(circuit, copies, cell=1500, synapse=150)
    start = initial_weights(circuit, weights, copies)
    given = locate(circuit, inputs, copies, steps, seed)
    plastic = {p.pre for p in circuit.projections if p.plasticity}
    for index in (circuit.names.index(name) for name in plastic):
        mine = np.stack([column[given.population == index] for column in (given.copy, given.step, given.neuron)])
        if len(np.unique(mine, axis=1).T) < mine.shape[1]:
            must = "spike once a step where they learn, as NEST learns once from several spikes of a step"
            raise checks.refusal(f"sources of {circuit.names[index]}", must, "spiked more often", OTHER)
    job = Job(circuit, given, start, copies, steps, 1 + seed % (2**32 - 2), threads)
    done = simulate(job) if any(name in os.environ for name in MPI) else apart(job)
    for p in circuit.projections:
        if p.name in start:
            _refuse_ties(circuit, p, done.spikes, copies)
    learnt = {p.name: _weights(job, p, done) for p in circuit.projections if p.name in start and keep_weights}
    return recorded(circuit, done.spikes, copies, steps, learnt, done.seconds)


def _check_cell(p: Population) -> None:
    """Refuse cells that NEST steps in another way."""
    body = p.body
    if isinstance(body, AdEx):
        must = "be a LIF or Izhikevich in NEST, which integrates others by steps of its own choice"
        raise checks.refusal(f"cell of {p.name}", must, "was an AdEx", OTHER)
    fitting = ("delta",) if isinstance(body, Izhikevich) else ("current", "delta")
    if body is not None and body.synapses not in fitting:
        must = f"be {' or '.join(fitting)} in NEST, for the same spikes"
        raise checks.refusal(f"synapses of {p.name}", must, f"were {body.synapses}", OTHER)


def _check(circuit: Circuit, p: Projection) -> None:
    """Refuse what NEST can't express."""
    delay, rule = delay_of(circuit, p), p.plasticity
    if delay < 1:
        must = "be two steps or more in NEST, where a spike moves a potential two steps later at the earliest"
        raise checks.refusal(f"delay_ms of {p.name}", must, f"was {p.delay_ms:g} ms", OTHER)
    if rule is None:
        return
    if not isinstance(rule, STDP):
        raise checks.refusal(f"plasticity of {p.name}", "be an STDP in NEST", "was a Hebbian, which NEST has not", OTHER)
    if rule.pairing != "all":
        raise checks.refusal(f"pairing of {p.name}", "be all in NEST", f"was {rule.pairing!r}", OTHER)
    if rule.gate is not None:
        raise checks.refusal(f"gate of {p.name}", "be None in NEST, whose STDP has no gate", f"was {rule.gate!r}", OTHER)
    back = delay + sent_of(circuit, p)
    if circuit.steps("back_ms", rule.back_ms, least=0) != back:
        all_of, dt = f"whose delay of {delay * circuit.step_ms:g} ms is dendritic as a whole", circuit.step_ms
        must = f"be {back * dt:g} ms in NEST, {all_of}"
        raise checks.refusal(f"back_ms of {p.name}", must, f"was {rule.back_ms:g} ms", OTHER)
    for q in circuit.projections:
        if isinstance(q.plasticity, STDP) and q.post == p.post and q.plasticity.tau_minus != rule.tau_minus:
            must = f"be equal onto {p.post} in NEST, which keeps it in the cell"
            raise checks.refusal("tau_minus", must, f"was {rule.tau_minus:g} and {q.plasticity.tau_minus:g} ms", OTHER)


def _trains(found: Found, name: str) -> dict[int, np.ndarray]:
    """The steps at which each neuron of a population spiked."""
    i, step = found[name]
    order = np.lexsort((step, i))
    who, first = np.unique(i[order], return_index=True)
    return dict(zip(who.tolist(), np.split(step[order], first[1:]) if len(who) else [], strict=True))


def _pairs(circuit: Circuit, p: Projection, found: Found, copies: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """The steps at which each synapse sees its source and its target: t_pre, and t_post + d."""
    delay, nothing = delay_of(circuit, p), np.zeros(0, np.int64)
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


def _weights(job: Job, p: Projection, done: Done) -> np.ndarray:
    """The weights at the end (copy, synapse).

    NEST changes a weight when its source spikes; what its target has done since then is added.
    """
    circuit, rule = job.circuit, p.plasticity
    assert isinstance(rule, STDP)
    if not circuit.synapses(p):
        return np.zeros((job.copies, 0))
    w, trace, end = done.weights[p.name], done.traces[p.name], job.steps - sent_of(circuit, p)
    for at, (source, target) in enumerate(_pairs(circuit, p, done.spikes, job.copies)):
        source = source[source < end]
        for seen in target[(target > source[-1]) & (target < end)] if len(source) else ():
            past = (seen - source[-1]) * circuit.step_ms
            w[at] = min(rule.w_max, w[at] + rule.a_plus * trace[at] * math.exp(-past / rule.tau_plus))
    return w.reshape(job.copies, -1)
