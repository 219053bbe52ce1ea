"""A circuit in Brian2, the reference engine.

Many independent copies are one Brian2 network of blocks: neuron i of copy c is c * size + i.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

import numpy as np

from neuromem import checks
from neuromem.spiking._joined import target
from neuromem.spiking.arrivals import counter
from neuromem.spiking.cells import Cell
from neuromem.spiking.circuit import Circuit
from neuromem.spiking.inputs import Located, Spikes, initial_weights, locate
from neuromem.spiking.plasticity import STDP, Hebbian
from neuromem.spiking.populations import Population
from neuromem.spiking.projections import Projection
from neuromem.spiking.record import Record

from ._brian_cells import moves
from ._brian_rules import Code, hebbian, stdp
from ._recorded import fits, recorded

_CURRENT = {"excitatory": "Ie", "inhibitory": "Ii"}
_NEVER = -(2**30)  # a step before all others


def run(
    circuit: Circuit,
    duration_ms: float,
    *,
    inputs: Spikes | None = None,
    copies: int = 1,
    weights: Mapping[str, np.ndarray] | None = None,
    rng: int | np.random.Generator = 0,
    keep_weights: bool = True,
    target: Literal["numpy", "cpp_standalone"] = "numpy",
) -> Record:
    """Run independent copies of a circuit in Brian2.

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
        Randomness of the noise currents, and of Poisson processes: those of the fast engine, but
        for a background in "cpp_standalone", which has other numbers of the same law.
    keep_weights : bool, default True
        Whether the record shall hold the weights at the end.
    target : {"numpy", "cpp_standalone"}, default "numpy"
        "numpy" needs no compiler and starts at once. "cpp_standalone" builds a C++ program, in half
        a minute, and leaves Brian2 on its runtime device.

    Returns
    -------
    Record
        What happened.

    Raises
    ------
    InputError
        If an argument is of another kind, or the run does not fit in the memory.

    References
    ----------
    Stimberg, M., Brette, R. & Goodman, D. F. M. (2019). Brian 2, an intuitive and efficient neural
    simulator. eLife 8, e47314. https://doi.org/10.7554/eLife.47314

    Examples
    --------
    >>> from neuromem.spiking import LIF, Input, Population
    >>> cells = Population("In", 1), Population("Out", 1, LIF(cm=0.27, tau_m=3.0))
    >>> wire = Projection("In", "Out", "one-to-one", weight=6.0, delay_ms=2.0)
    >>> run(Circuit(cells, (wire,), (Input("In", (0,), (1.0,)),)), 6.0).time_ms.tolist()
    [1.0, 3.0]
    """
    import brian2  # seconds to import

    checks.instance("circuit", circuit, Circuit)
    copies = checks.whole("copies", copies)
    steps = circuit.steps("duration_ms", duration_ms)
    seed, keep_weights = checks.seed(rng), checks.flag("keep_weights", keep_weights)
    checks.choice("target", target, ("numpy", "cpp_standalone"))
    fits(circuit, copies, cell=300, synapse=300)
    start = initial_weights(circuit, weights, copies)
    given = locate(circuit, inputs, copies, steps, seed)
    with _target(brian2, target), _own_numbers(brian2, seed):
        clock = brian2.Clock(circuit.step_ms * brian2.ms)
        network = _Network(brian2, circuit, copies, steps, clock, seed, target)
        return _run(network, given, start, keep_weights)


@contextlib.contextmanager
def _target(brian2: Any, target: str) -> Iterator[None]:
    """Brian2 set to numpy, or to a C++ program in a folder of its own."""
    if target == "numpy":
        before, brian2.prefs.codegen.target = brian2.prefs.codegen.target, "numpy"
        try:
            yield
        finally:
            brian2.prefs.codegen.target = before
        return
    make = brian2.prefs.devices.cpp_standalone
    jobs, make.extra_make_args_unix = make.extra_make_args_unix, [f"-j{os.cpu_count() or 1}"]  # Brian2's -j: without limit
    with tempfile.TemporaryDirectory() as folder:
        brian2.set_device("cpp_standalone", directory=folder, build_on_run=True)
        try:
            yield
        finally:
            make.extra_make_args_unix = jobs
            brian2.device.reinit()
            brian2.set_device("runtime")


@contextlib.contextmanager
def _own_numbers(brian2: Any, seed: int) -> Iterator[None]:
    """Brian2's random numbers from a seed; NumPy's global ones, which they are, as before."""
    before = np.random.get_state()  # noqa: NPY002
    brian2.seed(int(np.random.SeedSequence(seed).generate_state(1)[0]))
    try:
        yield
    finally:
        np.random.set_state(before)  # noqa: NPY002


class _Network(NamedTuple):
    """What the parts of a network share."""

    brian2: Any
    circuit: Circuit
    copies: int
    steps: int
    clock: Any
    seed: int
    target: str


def _run(network: _Network, given: Located, start: dict[str, np.ndarray], keep_weights: bool) -> Record:
    """Build and run on the device that Brian2 is set to."""
    brian2, circuit, copies, steps, clock, *_ = network
    groups: dict[str, Any] = {}
    events: dict[str, list[str]] = {}  # of a population; each but "spike" is a further spike in the same step
    for index, p in enumerate(circuit.populations):
        events[p.name] = ["spike"]
        if p.body is None:
            mine = given.population == index
            cell = given.copy[mine] * p.size + given.neuron[mine]
            groups[p.name], events[p.name] = _sources(network, copies * p.size, given.step[mine], cell)
        else:
            gates = {q.plasticity.gate for q in circuit.projections if q.plasticity and q.post == p.name}
            opened = [f"opened_{circuit.names.index(gate)}" for gate in sorted(g for g in gates if g)]
            groups[p.name] = _cells(network, p, p.body, opened)
    synapses = {
        p.name: _synapses(network, p, groups, events[p.pre], start.get(p.name))
        for p in circuit.projections
        if circuit.synapses(p)  # Brian2 can't connect none
    }
    monitors = {name: [brian2.EventMonitor(group, event) for event in events[name]] for name, group in groups.items()}
    ends = {(q.plasticity.gate, q.post) for q in circuit.projections if q.plasticity and q.plasticity.gate}
    openers = [_gate(network, gate, post, groups) for gate, post in sorted(ends)]
    every = [monitor for several in monitors.values() for monitor in several]
    whole = brian2.Network(*groups.values(), *synapses.values(), *openers, *every)
    started = time.perf_counter()
    whole.run(steps * circuit.step_ms * brian2.ms, namespace={})
    seconds = getattr(brian2.device, "_last_run_time", None) or time.perf_counter() - started  # without the build

    found = {}
    for name, several in monitors.items():
        i = np.concatenate([np.asarray(monitor.i, np.int64) for monitor in several])
        at = np.concatenate([np.rint(np.asarray(monitor.t / clock.dt)).astype(np.int64) for monitor in several])
        found[name] = i, at
    learnt = {
        name: np.asarray(synapses[name].w).reshape(copies, -1) if name in synapses else np.zeros((copies, 0))
        for name in (start if keep_weights else ())
    }
    return recorded(circuit, found, copies, steps, learnt, seconds)


def _sources(network: _Network, size: int, step: np.ndarray, cell: np.ndarray) -> tuple[Any, list[str]]:
    """Sources and their events; by a table if one spikes twice in a step, as Brian2's can't."""
    brian2, clock = network.brian2, network.clock
    _, number = np.unique(step * size + cell, return_counts=True)
    most = number.max(initial=1)
    if most == 1:
        times = step * network.circuit.step_ms * brian2.ms
        return brian2.SpikeGeneratorGroup(size, cell, times, clock=clock), ["spike"]
    checks.fits("inputs", 16 * network.steps * size, "give a neuron one spike a step at most")
    table = np.zeros((network.steps, size))
    np.add.at(table, (step, cell), 1)
    further = {f"spike_{n}": f"number >= {n}" for n in range(2, most + 1)}
    group = brian2.NeuronGroup(
        size,
        "number = table(t, i) : 1",
        threshold="number >= 1",
        reset="",
        events={**further},  # to which it adds its own
        namespace={"table": brian2.TimedArray(table, dt=clock.dt)},
        clock=clock,
    )
    return group, ["spike", *further]


def _cells(network: _Network, p: Population, cell: Cell, opened: list[str]) -> Any:
    """A step of the cells; Brian2 counts the step of the spike as refractory.

    opened: variables that hold the step at which plasticity onto these cells was last opened.
    """
    brian2, dt = network.brian2, network.circuit.step_ms
    refractory = (network.circuit.steps("tau_refrac", cell.tau_refrac, least=0) + 1) * dt * brian2.ms
    step, reset, numbers, start = moves(cell, dt, p.noise)
    receive, needed = _background(network, p, cell)
    kept = {"kept_e": cell.arrival("excitatory", dt).kept, "kept_i": cell.arrival("inhibitory", dt).kept}
    variables = [*(f"{name} : 1" for name in ("v", "slow", "Ie", "Ii")), *(f"{name} : integer" for name in opened)]
    group = brian2.NeuronGroup(
        network.copies * p.size,
        "\n".join(variables),
        threshold="v >= theta",
        reset=reset,
        refractory=refractory,
        namespace={**numbers, **needed, **kept},
        clock=network.clock,
    )
    for name, value in {**dict.fromkeys(opened, _NEVER), **start}.items():
        setattr(group, name, value)
    group.run_regularly(
        "\n".join(line.strip() for line in f"{receive}\n{step}\nIe *= kept_e\nIi *= kept_i".splitlines()),
        when="groups",
        order=1,  # after Brian2 has set not_refractory
        clock=network.clock,
    )
    return group


def _background(network: _Network, p: Population, cell: Cell) -> tuple[str, dict[str, Any]]:
    """A line of code by which the background spikes of a step arrive, and what it needs."""
    brian2, outside, dt = network.brian2, p.background, network.circuit.step_ms
    if outside is None:
        return "", {}
    line = f"{_CURRENT[outside.receptor]} += number * strength"
    strength = {"strength": outside.weight * cell.arrival(outside.receptor, dt).k}
    if network.target != "numpy":
        return f"number = poisson(mean)\n{line}", strength | {"mean": outside.rate_hz * dt / 1000}
    arrive = brian2.Function(counter(network.circuit, p.name, network.seed), arg_units=[1, 1], return_unit=1)
    return f"number = arrive(i, t_in_timesteps)\n{line}", strength | {"arrive": arrive}


def _synapses(network: _Network, p: Projection, groups: dict[str, Any], events: list[str], w: np.ndarray | None) -> Any:
    """Equations (5) to (7); the pathway of the lower order comes first in a step."""
    brian2, circuit, copies, _, clock, *_ = network
    dt, rule, body = circuit.step_ms, p.plasticity, target(circuit, p)
    deliver = f"{_CURRENT[p.receptor]}_post += w * k"
    delay = {"pre": (circuit.steps("delay", p.delay_ms) - 1) * dt * brian2.ms}
    code = Code("w : 1", deliver, "", {})
    if rule is not None:
        opened = f"opened_{circuit.names.index(rule.gate)}_post" if rule.gate else "0"
        is_open = f"is_open = int(t_in_timesteps - {opened} <= gate)" if rule.gate else "is_open = 1"
        delay["post"] = rule.back_ms * brian2.ms
        if isinstance(rule, STDP):
            code = stdp(rule, dt, deliver, is_open, opened)
        else:
            window = circuit.steps("window_ms", rule.window_ms, least=0)
            code = hebbian(rule, window, deliver, is_open, opened)
        code.numbers.update(w_max=rule.w_max, gate=circuit.steps("gate_ms", rule.gate_ms, least=0))
    numbers = code.numbers | {"k": body.arrival(p.receptor, dt).k}
    pathways = {event.replace("spike", "pre"): event for event in events}
    pre, post = circuit.connections(p)
    blocks = np.repeat(np.arange(copies), len(pre))
    synapses = brian2.Synapses(
        groups[p.pre],
        groups[p.post],
        code.variables,
        on_pre=dict.fromkeys(pathways, code.on_pre),
        on_post={"post": code.on_post} if code.on_post else None,
        on_event={**pathways, "post": "spike"},
        delay=delay | dict.fromkeys(pathways, delay["pre"]),
        namespace=numbers,
        clock=clock,
    )
    for pathway in pathways:
        getattr(synapses, pathway).order = 1
    if isinstance(rule, STDP) and rule.first == "pre":
        synapses.post.order = 2
    m, n = circuit[p.pre].size, circuit[p.post].size
    synapses.connect(i=blocks * m + np.tile(pre, copies), j=blocks * n + np.tile(post, copies))
    own = np.tile(np.broadcast_to(p.weight, len(pre)), copies)
    synapses.w = own if w is None else np.broadcast_to(w, (copies, len(pre))).ravel()
    if isinstance(rule, Hebbian):
        synapses.last_source = synapses.last_target = _NEVER
    elif isinstance(rule, STDP):
        synapses.since = _NEVER
    return synapses


def _gate(network: _Network, gate: str, post: str, groups: dict[str, Any]) -> Any:
    """A spike of `gate` opens plasticity onto all cells of `post` in its copy, first in a step."""
    circuit, clock = network.circuit, network.clock
    opened = f"opened_{circuit.names.index(gate)}"
    on_pre = f"{opened}_post = t_in_timesteps"
    synapses = network.brian2.Synapses(groups[gate], groups[post], "", on_pre=on_pre, clock=clock)
    synapses.pre.order = -1
    m, n = circuit[gate].size, circuit[post].size
    block, i, j = (part.ravel() for part in np.indices((network.copies, m, n)))
    synapses.connect(i=block * m + i, j=block * n + j)
    return synapses
