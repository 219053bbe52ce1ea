"""A circuit in Brian2 (Stimberg, Brette & Goodman 2019, eLife 8:e47314): the reference engine.

Many independent copies are one Brian2 network of blocks: neuron i of copy c is c * size + i.
"""

from __future__ import annotations

import math
import os
import tempfile
import time
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np

from neuromem import checks
from neuromem.spiking.circuit import LIF, STDP, Circuit, Hebbian, Projection
from neuromem.spiking.record import Record, Spikes, drive, initial_weights

_NEVER = -(2**30)  # a step before all others


def run(
    circuit: Circuit,
    duration_ms: float,
    *,
    inputs: Spikes | None = None,
    copies: int = 1,
    weights: Mapping[str, np.ndarray] | None = None,
    seed: int = 0,
    keep_weights: bool = True,
    target: Literal["numpy", "cpp_standalone"] = "numpy",
) -> Record:
    """Runs `copies` of `circuit` for `duration_ms` in Brian2.

    inputs: spikes of the source populations, `inputs.copy` below `copies`; None: the circuit's own, in every copy.
    weights: {plastic projection: (synapse,) or (copy, synapse)} to start from.  seed: of the noise currents.
    keep_weights=False leaves `weights` of the record empty.  target: "numpy" needs no compiler and starts at once;
    "cpp_standalone" builds a C++ program (half a minute), and leaves Brian2 on its runtime device.

    >>> from neuromem.spiking import Input, Population
    >>> cells = Population("In", 1), Population("Out", 1, LIF(cm=0.27, tau_m=3.0))
    >>> wire = Projection("In", "Out", "one-to-one", weight=6.0, delay_ms=2.0)
    >>> run(Circuit(cells, (wire,), (Input("In", (0,), (1.0,)),)), 6.0).time_ms.tolist()
    [1.0, 3.0]
    """
    import brian2  # seconds to import

    copies = checks.whole("copies", copies)
    steps = circuit.steps("duration_ms", duration_ms)
    circuit.fits(copies)
    start = initial_weights(circuit, weights, copies)
    checks.choice("target", target, ("numpy", "cpp_standalone"))
    if target == "cpp_standalone":
        make = brian2.prefs.devices.cpp_standalone
        jobs, make.extra_make_args_unix = (
            make.extra_make_args_unix,
            [f"-j{os.cpu_count() or 1}"],
        )  # Brian2's -j: without limit
        with tempfile.TemporaryDirectory() as folder:
            brian2.set_device("cpp_standalone", directory=folder, build_on_run=True)
            try:
                return _run(brian2, circuit, steps, inputs, copies, start, seed, keep_weights)
            finally:
                make.extra_make_args_unix = jobs
                brian2.device.reinit()
                brian2.set_device("runtime")
    before, brian2.prefs.codegen.target = brian2.prefs.codegen.target, "numpy"
    try:
        return _run(brian2, circuit, steps, inputs, copies, start, seed, keep_weights)
    finally:
        brian2.prefs.codegen.target = before


def _run(
    brian2: Any,
    circuit: Circuit,
    steps: int,
    inputs: Spikes | None,
    copies: int,
    start: dict[str, np.ndarray],
    seed: int,
    keep_weights: bool,
) -> Record:
    """Builds and runs on the device that Brian2 is set to."""
    copy, step, population, neuron = drive(circuit, inputs, copies, steps)
    clock = brian2.Clock(circuit.step_ms * brian2.ms)
    brian2.seed(seed)
    groups: dict[str, Any] = {}
    for index, p in enumerate(circuit.populations):
        if p.cell is None:
            mine = population == index
            times = step[mine] * circuit.step_ms * brian2.ms
            groups[p.name] = brian2.SpikeGeneratorGroup(
                copies * p.size, copy[mine] * p.size + neuron[mine], times, clock=clock
            )
        else:
            gates = [q.plasticity.gate for q in circuit.projections if q.plasticity and q.post == p.name]
            opened = [f"opened_{circuit.names.index(gate)}" for gate in sorted({g for g in gates if g})]
            groups[p.name] = _cells(brian2, p.cell, p.noise, copies * p.size, opened, circuit.step_ms, clock)
    synapses = {
        p.name: _synapses(brian2, circuit, p, groups, start.get(p.name), copies, clock)
        for p in circuit.projections
        if circuit.synapses(p)  # Brian2 can't connect none
    }
    monitors = {name: brian2.SpikeMonitor(group) for name, group in groups.items()}
    ends = {(q.plasticity.gate, q.post) for q in circuit.projections if q.plasticity and q.plasticity.gate}
    gates = [_gate(brian2, circuit, gate, post, groups, copies, clock) for gate, post in sorted(ends)]
    network = brian2.Network(*groups.values(), *synapses.values(), *gates, *monitors.values())
    started = time.perf_counter()
    network.run(steps * circuit.step_ms * brian2.ms, namespace={})
    seconds = getattr(brian2.device, "_last_run_time", None) or time.perf_counter() - started  # without the build

    names = tuple(sorted(circuit.names))
    columns = []
    for place, name in enumerate(names):
        i = np.asarray(monitors[name].i, np.int64)
        at = np.rint(np.asarray(monitors[name].t / clock.dt)).astype(np.int64)
        columns.append(np.stack([i // circuit[name].size, at, np.full(len(i), place), i % circuit[name].size]))
    spikes = np.concatenate(columns, axis=1)
    copy, step, place, neuron = spikes = spikes[:, np.lexsort(spikes[::-1])]
    learnt = {
        name: np.asarray(synapses[name].w).reshape(copies, -1) if name in synapses else np.zeros((copies, 0))
        for name in start
    }
    events = _events(circuit, spikes, copies, steps)
    return Record(copy, step * circuit.step_ms, place, neuron, names, learnt, events, seconds)


def _cells(brian2: Any, cell: LIF, noise: float, size: int, opened: list[str], dt: float, clock: Any) -> Any:
    """Equations (1) to (4) of circuit.py; Brian2 counts the step of the spike as refractory.

    opened: variables that hold the step at which plasticity onto these cells was last opened.
    """
    refractory = (round(cell.tau_refrac / dt) + 1) * dt * brian2.ms
    names = {
        "R": cell.tau_m / cell.cm,
        "decay": math.exp(-dt / cell.tau_m),
        "decay_e": math.exp(-dt / cell.tau_syn_e),
        "decay_i": math.exp(-dt / cell.tau_syn_i),
        "offset": cell.i_offset,
        "noise": noise,
        "theta": cell.v_thresh - cell.v_rest,
        "v_reset": cell.v_reset - cell.v_rest,
    }
    variables = "\n".join(["v : 1", "Ie : 1", "Ii : 1", *(f"{name} : integer" for name in opened)])
    group = brian2.NeuronGroup(
        size, variables, threshold="v >= theta", reset="v = v_reset", refractory=refractory, namespace=names, clock=clock
    )
    for name in opened:
        setattr(group, name, _NEVER)
    group.run_regularly(
        f"""drive = R * (Ie - Ii + offset{" + noise * randn()" if noise else ""})
        v = int(not_refractory) * (drive + (v - drive) * decay) + (1 - int(not_refractory)) * v
        Ie *= decay_e
        Ii *= decay_i""",
        when="groups",
        order=1,  # after Brian2 has set not_refractory
        clock=clock,
    )
    return group


def _synapses(
    brian2: Any, circuit: Circuit, p: Projection, groups: dict[str, Any], w: np.ndarray | None, copies: int, clock: Any
) -> Any:
    """Equations (5) to (7) of circuit.py; the post pathway has the lower order, so it comes first in a step."""
    current, tau = ("Ie", "tau_syn_e") if p.receptor == "excitatory" else ("Ii", "tau_syn_i")
    cell = circuit[p.post].cell
    tau_syn = getattr(cell, tau)
    dt = circuit.step_ms
    names: dict[str, Any] = {"k": tau_syn / dt * (1 - math.exp(-dt / tau_syn))}
    deliver = f"{current}_post += w * k"
    delay = {"pre": (circuit.steps("delay", p.delay_ms) - 1) * dt * brian2.ms}
    equations, on_pre, on_post = "w : 1", {"pre": deliver}, {}
    rule = p.plasticity
    gated = rule is not None and rule.gate is not None
    opened = f"opened_{circuit.names.index(rule.gate)}_post" if rule and rule.gate else "0"
    if rule is not None:
        delay["post"] = rule.back_ms * brian2.ms
        names |= {"w_max": rule.w_max, "gate": round(rule.gate_ms / dt)}
    open_now = f"is_open = int(t_in_timesteps - {opened} <= gate)" if gated else "is_open = 1"
    if isinstance(rule, STDP):
        equations += "\nx_source : 1\nx_target : 1\nseen : integer\nsince : integer"  # seen: when traces were last right
        decay = """x_source *= exp((seen - t_in_timesteps) * rate_plus)
        x_target *= exp((seen - t_in_timesteps) * rate_minus)
        seen = t_in_timesteps
        """  # event-driven equations would do the same, after a second of symbolic algebra
        clear = f"x_source *= int(since == {opened})\nx_target *= int(since == {opened})\nsince = {opened}\n"
        begin = decay + (clear if gated else "") + open_now
        learn = "w = clip(w - is_open * a_minus * x_target, 0, w_max)\nx_source += is_open"
        on_pre = {"pre": f"{begin}\n{learn}\n{deliver}"}
        on_post = {"post": f"{begin}\nx_target += is_open\nw = clip(w + is_open * a_plus * x_source, 0, w_max)"}
        names |= {"rate_plus": dt / rule.tau_plus, "rate_minus": dt / rule.tau_minus}
        names |= {"a_plus": rule.a_plus, "a_minus": rule.a_minus}
    elif isinstance(rule, Hebbian):
        equations += "\nlast_source : integer\nlast_target : integer"
        recent = "t_in_timesteps - last_{0} <= window" + (f" and last_{{0}} >= {opened}" if gated else "")
        learn = f"{open_now}\nw = w + is_open * int({recent}) * (w_max - w)"
        on_pre = {"pre": f"last_source = t_in_timesteps\n{learn.format('target')}\n{deliver}"}
        on_post = {"post": f"last_target = t_in_timesteps\n{learn.format('source')}"}
        names["window"] = round(rule.window_ms / dt)
    pre, post = circuit.connections(p)
    blocks = np.repeat(np.arange(copies), len(pre))
    synapses = brian2.Synapses(
        groups[p.pre],
        groups[p.post],
        equations,
        on_pre=on_pre,
        on_post=on_post or None,
        delay=delay,
        namespace=names,
        clock=clock,
    )
    synapses.pre.order = 1
    m, n = circuit[p.pre].size, circuit[p.post].size
    synapses.connect(i=blocks * m + np.tile(pre, copies), j=blocks * n + np.tile(post, copies))
    own = np.tile(np.broadcast_to(p.weight, len(pre)), copies)
    synapses.w = own if w is None else np.broadcast_to(w, (copies, len(pre))).ravel()
    if isinstance(rule, Hebbian):
        synapses.last_source = synapses.last_target = _NEVER
    elif isinstance(rule, STDP):
        synapses.since = _NEVER
    return synapses


def _gate(brian2: Any, circuit: Circuit, gate: str, post: str, groups: dict[str, Any], copies: int, clock: Any) -> Any:
    """A spike of `gate` opens plasticity onto every cell of `post` in its copy, before anything else in that step."""
    opened = f"opened_{circuit.names.index(gate)}"
    synapses = brian2.Synapses(groups[gate], groups[post], "", on_pre=f"{opened}_post = t_in_timesteps", clock=clock)
    synapses.pre.order = -1
    m, n = circuit[gate].size, circuit[post].size
    block, i, j = (part.ravel() for part in np.indices((copies, m, n)))
    synapses.connect(i=block * m + i, j=block * n + j)
    return synapses


def _events(circuit: Circuit, spikes: np.ndarray, copies: int, steps: int) -> np.ndarray:
    """Spikes that arrived within the run, each times the synapses it reached; (copy,)."""
    events = np.zeros(copies, np.int64)
    copy, step, place, neuron = spikes
    names = sorted(circuit.names)
    for p in circuit.projections:
        fan_out = np.bincount(circuit.connections(p)[0], minlength=circuit[p.pre].size)
        delay = circuit.steps("delay", p.delay_ms) - 1
        mine = (place == names.index(p.pre)) & (step + delay < steps)
        np.add.at(events, copy[mine], fan_out[neuron[mine]])
    return events
