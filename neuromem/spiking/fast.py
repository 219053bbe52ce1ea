"""The same circuits on all cores: clock-driven cells, event-driven synapses, independent copies in parallel.

A cell is stepped only while it has a current, noise or is refractory; otherwise its potential just decays, and is brought up
to date when a spike arrives. A spike costs its synapses and nothing else. So the time of a run goes with its spikes.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numba
import numpy as np

from neuromem import checks
from neuromem.kernels import counter

from .circuit import STDP, Circuit, Record, Spikes

_QUIET = 1e-10  # nA; a smaller current is taken as none
_NEVER = -(2**40)  # a step before all others
_STATIC, _STDP, _HEBBIAN = 0, 1, 2
_TAU = 2 * math.pi


class _Plan(NamedTuple):
    """A circuit as flat arrays. Neurons are numbered through, populations in the order of their names."""

    home: np.ndarray  # (neuron,) its population
    first: np.ndarray  # (population + 1,) its first neuron
    source: np.ndarray  # (population,) bool
    steady: np.ndarray  # (population,) bool: has a drive or noise of its own, so that its cells never lie dormant
    R: np.ndarray  # (population,), as all down to hold: equations (1) to (4)
    decay: np.ndarray
    decay_e: np.ndarray
    decay_i: np.ndarray
    offset: np.ndarray
    noise: np.ndarray
    theta: np.ndarray
    v_reset: np.ndarray
    hold: np.ndarray  # steps from a spike to the next update
    pre: np.ndarray  # (projection,) population, as are all down to gate_steps; plastic projections come first
    post: np.ndarray
    inhibits: np.ndarray
    k: np.ndarray
    rule: np.ndarray
    rate_plus: np.ndarray  # dt / tau
    rate_minus: np.ndarray
    a_plus: np.ndarray
    a_minus: np.ndarray
    w_max: np.ndarray
    window: np.ndarray  # steps
    uniform: np.ndarray  # bool: static, all weights alike
    gate: np.ndarray  # population that opens plasticity, -1: always open
    gate_steps: np.ndarray
    row: np.ndarray  # (projection,) where its rows begin in row_start
    row_start: np.ndarray  # (projection, source neuron) its first synapse
    target: np.ndarray  # (synapse,) neuron; plastic synapses come first
    weight: np.ndarray  # (synapse,)
    column: np.ndarray  # (plastic projection,) where its columns begin in column_start
    column_start: np.ndarray  # (plastic projection, target neuron) its first entry in incoming
    incoming: np.ndarray  # (plastic synapse,) synapse, sorted by target
    origin: np.ndarray  # (plastic synapse,) source neuron of each entry of incoming
    delays: np.ndarray  # (delay,) steps from a spike to its arrival, each once
    out: np.ndarray  # (delay, population, any) projections that leave with that delay, then -1
    backs: np.ndarray  # (back,) steps from a spike of a target to its arrival at the synapse
    into: np.ndarray  # (back, population, any) plastic projections that arrive, then -1


def run(
    circuit: Circuit,
    duration_ms: float,
    *,
    inputs: Spikes | None = None,
    copies: int = 1,
    weights: Mapping[str, np.ndarray] | None = None,
    seed: int = 0,
    keep_weights: bool = True,
) -> Record:
    """Runs `copies` of `circuit` for `duration_ms`: the spikes, weights and events of `brian.run`, which has the arguments.

    keep_weights=False leaves `weights` of the record empty, and saves their memory. Noise currents depend on
    (seed, copy, step, neuron) alone, not on the number of threads.

    >>> from .circuit import LIF, Input, Population, Projection
    >>> cells = Population("In", 1), Population("Out", 1, LIF(cm=0.27, tau_m=3.0))
    >>> wire = Projection("In", "Out", "one-to-one", weight=6.0, delay_ms=2.0)
    >>> run(Circuit(cells, (wire,), (Input("In", (0,), (1.0,)),)), 6.0).time_ms.tolist()
    [1.0, 3.0]
    """
    copies = checks.whole("copies", copies)
    steps = circuit.steps("duration_ms", duration_ms)
    circuit.fits(copies if keep_weights else numba.get_num_threads())
    start = circuit.initial(weights, copies)
    plan, ranked, order = _plan(circuit)
    rows = max((len(w) for w in start.values()), default=1)
    initial = np.concatenate(
        [np.broadcast_to(start[name], (rows, len(o))).take(o, axis=1) for name, o in order.items()] or [np.zeros((rows, 0))],
        1,
    )
    copy, step, population, neuron = circuit.drive(inputs, copies, steps)
    neuron = plan.first[np.argsort(ranked)[population]] + neuron
    workers = numba.get_num_threads()
    edges = np.unique(np.linspace(0, copies, min(copies, 4 * workers if copies > 4 * workers else workers) + 1).astype(int))

    def block(lo: int, hi: int) -> tuple[np.ndarray, ...]:
        mine = slice(*np.searchsorted(copy, [lo, hi]))
        own = initial if rows == 1 else initial[lo:hi]
        return _run(plan, steps, lo, hi, copy[mine], step[mine], neuron[mine], own, keep_weights, seed, circuit.step_ms)

    started = time.perf_counter()
    with ThreadPoolExecutor(workers) as pool:
        blocks = list(pool.map(block, edges[:-1], edges[1:]))
    seconds = time.perf_counter() - started
    copy, step, neuron, final, events = (np.concatenate(parts) for parts in zip(*blocks, strict=True))
    learnt, at = {}, 0
    for name, o in order.items() if keep_weights else ():
        learnt[name] = np.empty((copies, len(o)))
        learnt[name][:, o] = final[:, at : at + len(o)]
        at += len(o)
    home = plan.home[neuron]
    names = tuple(sorted(circuit.names))
    return Record(copy, step * circuit.step_ms, home, neuron - plan.first[home], names, learnt, events, seconds)


def _plan(circuit: Circuit) -> tuple[_Plan, np.ndarray, dict[str, np.ndarray]]:
    """The flat arrays, the populations in the order of their names, and the order of each plastic projection's synapses."""
    dt = circuit.step_ms
    ranked = np.argsort(circuit.names)
    populations = [circuit.populations[i] for i in ranked]
    place = {p.name: i for i, p in enumerate(populations)}
    sizes = np.array([p.size for p in populations])
    first = np.concatenate([[0], np.cumsum(sizes)])
    cell = np.zeros((9, len(populations)))
    for i, p in enumerate(populations):
        if p.cell is not None:
            c = p.cell
            decays = [math.exp(-dt / tau) for tau in (c.tau_m, c.tau_syn_e, c.tau_syn_i)]
            hold = round(c.tau_refrac / dt) + 1
            cell[:, i] = [c.tau_m / c.cm, *decays, c.i_offset, p.noise, c.v_thresh - c.v_rest, c.v_reset - c.v_rest, hold]

    projections = sorted(circuit.projections, key=lambda p: p.plasticity is None)
    wires = np.zeros((13, len(projections)))
    wires[11] = -1
    row, column, order, begin, weight = [], [], {}, 0, [np.zeros(0)]
    row_start, target, column_start, incoming, origin = ([np.zeros(0, np.int64)] for _ in range(5))
    for i, q in enumerate(projections):
        pre, post = circuit.connections(q)
        by_row = np.argsort(pre, kind="stable")
        pre, post = pre[by_row], post[by_row]
        row.append(sum(len(part) for part in row_start))
        row_start.append(begin + np.searchsorted(pre, np.arange(circuit[q.pre].size + 1)))
        target.append(first[place[q.post]] + post)
        weight.append(np.broadcast_to(q.weight, len(pre))[by_row].astype(float))
        cells = circuit[q.post].cell
        tau = getattr(cells, "tau_syn_e" if q.receptor == "excitatory" else "tau_syn_i")
        k = tau / dt * (1 - math.exp(-dt / tau))
        wires[:4, i] = place[q.pre], place[q.post], q.receptor == "inhibitory", k
        rule = q.plasticity
        if rule is not None:
            order[q.name] = by_row
            by_column = np.argsort(post, kind="stable")
            column.append(sum(len(part) for part in column_start))
            column_start.append(begin + np.searchsorted(post[by_column], np.arange(circuit[q.post].size + 1)))
            incoming.append(begin + by_column)
            origin.append(pre[by_column])
            if rule.gate is not None:
                wires[11:, i] = place[rule.gate], round(rule.gate_ms / dt)
            if isinstance(rule, STDP):
                rates = dt / rule.tau_plus, dt / rule.tau_minus
                wires[4:11, i] = [_STDP, *rates, rule.a_plus, rule.a_minus, rule.w_max, 0]
            else:
                wires[4:11, i] = [_HEBBIAN, 0, 0, 0, 0, rule.w_max, round(rule.window_ms / dt)]
        begin += len(pre)

    arrival = [circuit.steps("delay", q.delay_ms) - 1 for q in projections]
    back = [circuit.steps("back_ms", q.plasticity.back_ms) for q in projections if q.plasticity]
    delays, out = _lists(arrival, [place[q.pre] for q in projections], len(populations))
    backs, into = _lists(back, [place[q.post] for q in projections if q.plasticity], len(populations))
    plan = _Plan(
        home=np.repeat(np.arange(len(populations)), sizes),
        first=first,
        source=np.array([p.cell is None for p in populations]),
        steady=(cell[4] != 0) | (cell[5] > 0),
        **dict(zip(("R", "decay", "decay_e", "decay_i", "offset", "noise", "theta", "v_reset"), cell[:8], strict=True)),
        hold=cell[8].astype(np.int64),
        pre=wires[0].astype(np.int64),
        post=wires[1].astype(np.int64),
        inhibits=wires[2] > 0,
        k=wires[3],
        rule=wires[4].astype(np.int64),
        **dict(zip(("rate_plus", "rate_minus", "a_plus", "a_minus", "w_max"), wires[5:10], strict=True)),
        window=wires[10].astype(np.int64),
        uniform=np.array([q.plasticity is None and not isinstance(q.weight, tuple) for q in projections], bool),
        gate=wires[11].astype(np.int64),
        gate_steps=wires[12].astype(np.int64),
        row=np.array(row, np.int64),
        row_start=np.concatenate(row_start),
        target=np.concatenate(target).astype(np.int32),
        weight=np.concatenate(weight),
        column=np.array(column, np.int64),
        column_start=np.concatenate(column_start),
        incoming=np.concatenate(incoming),
        origin=np.concatenate(origin),
        delays=delays,
        out=out,
        backs=backs,
        into=into,
    )
    return plan, ranked, order


def _lists(steps: list[int], end: list[int], populations: int) -> tuple[np.ndarray, np.ndarray]:
    """The different `steps`, and for each of them and each population the projections with that end, filled up with -1."""
    times = np.unique(np.array(steps, np.int64))
    lists = [[[p for p in range(len(steps)) if steps[p] == s and end[p] == e] for e in range(populations)] for s in times]
    longest = max((len(one) for part in lists for one in part), default=0)
    filled = [[one + [-1] * (longest + 1 - len(one)) for one in part] for part in lists]
    return times, np.array(filled, np.int64).reshape(len(times), populations, longest + 1)


@numba.njit(inline="always")
def _normal(seed, copy, step, unit):
    """A standard normal number for a counter (Box & Muller 1958)."""
    radius = math.sqrt(-2 * math.log(1 - counter.uniform(seed, copy, step, 2 * unit)))
    return radius * math.cos(_TAU * counter.uniform(seed, copy, step, 2 * unit + 1))


@numba.njit(nogil=True, cache=True)
def _run(plan, steps, lo, hi, in_copy, in_step, in_neuron, initial, keep_weights, seed, dt):
    """Copies lo to hi: spikes (copy, step, neuron), sorted, the final weights of plastic synapses, and events."""
    neurons, plastic = len(plan.home), len(plan.incoming)
    v, Ie, Ii = np.zeros(neurons), np.zeros(neurons), np.zeros(neurons)
    kick = np.zeros(neurons)  # noise current
    ready = np.zeros(neurons, np.int64)  # the step at which refractoriness ends
    seen = np.zeros(neurons, np.int64)  # the step at which v of a dormant cell was last right
    live, is_live = np.zeros(neurons, np.int64), np.zeros(neurons, np.bool_)
    x_source, x_target = np.zeros(len(plan.row_start)), np.zeros(len(plan.column_start))
    at_source, at_target = np.zeros(len(plan.row_start), np.int64), np.zeros(len(plan.column_start), np.int64)
    gates = plan.gate[: len(plan.column)].max() >= 0 if len(plan.column) else False
    opened = np.zeros(len(plan.pre), np.int64)
    begin = np.zeros(steps + 1, np.int64)  # where the spikes of a step begin in the output
    copies, times, cells = np.empty(1024, np.int64), np.empty(1024, np.int64), np.empty(1024, np.int64)
    final = np.empty((hi - lo if keep_weights else 1, plastic))
    events = np.zeros(hi - lo, np.int64)
    total = at = 0
    for copy in range(lo, hi):
        w = final[copy - lo if keep_weights else 0]
        w[:] = initial[copy - lo if len(initial) > 1 else 0]
        v[:], Ie[:], Ii[:], ready[:], seen[:] = 0, 0, 0, 0, 0
        x_source[:], x_target[:], at_source[:], at_target[:] = 0, 0, _NEVER, _NEVER
        opened[:] = _NEVER
        alive = 0
        for p in range(len(plan.source)):
            is_live[plan.first[p] : plan.first[p + 1]] = plan.steady[p]
        for t in range(steps):
            if total + neurons > len(cells):  # one spike a neuron at most
                longer = 2 * (total + neurons)
                copies = np.concatenate((copies[:total], np.empty(longer - total, np.int64)))
                times = np.concatenate((times[:total], np.empty(longer - total, np.int64)))
                cells = np.concatenate((cells[:total], np.empty(longer - total, np.int64)))
            begin[t] = total
            while at < len(in_step) and in_copy[at] == copy and in_step[at] == t:
                cells[total] = in_neuron[at]
                total += 1
                at += 1
            for p in range(len(plan.source)):
                if not plan.steady[p]:
                    continue
                R, decay, theta = plan.R[p], plan.decay[p], plan.theta[p]
                decay_e, decay_i, offset, noise = plan.decay_e[p], plan.decay_i[p], plan.offset[p], plan.noise[p]
                if noise > 0:
                    for i in range(plan.first[p], plan.first[p + 1]):
                        kick[i] = noise * _normal(seed, copy, t, i)
                for i in range(plan.first[p], plan.first[p + 1]):  # without a branch, so that it is vectorised
                    drive = R * (Ie[i] - Ii[i] + offset + kick[i])  # (1)
                    moved = drive + (v[i] - drive) * decay  # (2)
                    v[i] = moved if t >= ready[i] else v[i]
                    Ie[i] *= decay_e  # (3)
                    Ii[i] *= decay_i
                for i in range(plan.first[p], plan.first[p + 1]):
                    if v[i] >= theta:  # (4)
                        v[i] = plan.v_reset[p]
                        ready[i] = t + plan.hold[p]
                        cells[total] = i
                        total += 1
            still = 0
            for n in range(alive):
                i = live[n]
                p = plan.home[i]
                if t >= ready[i]:
                    drive = plan.R[p] * (Ie[i] - Ii[i])
                    v[i] = drive + (v[i] - drive) * plan.decay[p]
                    if v[i] >= plan.theta[p]:
                        v[i] = plan.v_reset[p]
                        ready[i] = t + plan.hold[p]
                        cells[total] = i
                        total += 1
                Ie[i] *= plan.decay_e[p]
                Ii[i] *= plan.decay_i[p]
                if Ie[i] > _QUIET or Ii[i] > _QUIET or t + 1 < ready[i]:
                    live[still] = i
                    still += 1
                else:
                    is_live[i], seen[i], Ie[i], Ii[i] = False, t, 0, 0
            alive = still
            for n in range(begin[t] + 1, total):
                if cells[n] < cells[n - 1]:
                    cells[begin[t] : total].sort()
                    break
            copies[begin[t] : total] = copy
            times[begin[t] : total] = t

            if gates:
                for n in range(begin[t], total):
                    for q in range(len(plan.column)):
                        if plan.gate[q] == plan.home[cells[n]]:
                            opened[q] = t
                            end = plan.row[q] + plan.first[plan.pre[q] + 1] - plan.first[plan.pre[q]]
                            x_source[plan.row[q] : end], at_source[plan.row[q] : end] = 0, _NEVER
                            end = plan.column[q] + plan.first[plan.post[q] + 1] - plan.first[plan.post[q]]
                            x_target[plan.column[q] : end], at_target[plan.column[q] : end] = 0, _NEVER
            for b in range(len(plan.backs)):  # (7), spikes of targets
                s = t - plan.backs[b]
                if s < 0:
                    continue
                for n in range(begin[s], begin[s + 1]):
                    i = cells[n]
                    for q in plan.into[b, plan.home[i]]:
                        if q < 0:
                            break
                        if plan.gate[q] >= 0 and t - opened[q] > plan.gate_steps[q]:
                            continue
                        end = plan.column[q] + i - plan.first[plan.post[q]]
                        stdp = plan.rule[q] == _STDP
                        if stdp:
                            x_target[end] = x_target[end] * math.exp((at_target[end] - t) * plan.rate_minus[q]) + 1
                        at_target[end] = t
                        for e in range(plan.column_start[end], plan.column_start[end + 1]):
                            start = plan.row[q] + plan.origin[e]
                            if stdp and x_source[start] > 0:
                                if at_source[start] != t:
                                    x_source[start] *= math.exp((at_source[start] - t) * plan.rate_plus[q])
                                    at_source[start] = t
                                    if x_source[start] < 1e-20:
                                        x_source[start] = 0
                                higher = w[plan.incoming[e]] + plan.a_plus[q] * x_source[start]
                                w[plan.incoming[e]] = min(plan.w_max[q], higher)
                            elif not stdp and t - at_source[start] <= plan.window[q]:
                                w[plan.incoming[e]] = plan.w_max[q]

            for d in range(len(plan.delays)):  # (5) and (6), spikes of sources
                s = t - plan.delays[d]
                if s < 0:
                    continue
                for n in range(begin[s], begin[s + 1] if s < t else total):
                    i = cells[n]
                    for q in plan.out[d, plan.home[i]]:
                        if q < 0:
                            break
                        start = plan.row[q] + i - plan.first[plan.pre[q]]
                        rule, k = plan.rule[q], plan.k[q]
                        plastic_now = rule != _STATIC and (plan.gate[q] < 0 or t - opened[q] <= plan.gate_steps[q])
                        if plastic_now and rule == _STDP:
                            x_source[start] = x_source[start] * math.exp((at_source[start] - t) * plan.rate_plus[q]) + 1
                        if plastic_now:
                            at_source[start] = t
                        into = Ii if plan.inhibits[q] else Ie
                        fan_out = plan.row_start[start + 1] - plan.row_start[start]
                        if not fan_out:
                            continue
                        events[copy - lo] += fan_out
                        if plan.uniform[q] and plan.steady[plan.post[q]]:
                            strength = plan.weight[plan.row_start[start]] * k
                            for e in range(plan.row_start[start], plan.row_start[start + 1]):
                                into[plan.target[e]] += strength
                            continue
                        for e in range(plan.row_start[start], plan.row_start[start + 1]):
                            j = plan.target[e]
                            if rule == _STATIC:
                                strength = plan.weight[e]
                            else:
                                if plastic_now:
                                    end = plan.column[q] + j - plan.first[plan.post[q]]
                                    if rule == _HEBBIAN and t - at_target[end] <= plan.window[q]:
                                        w[e] = plan.w_max[q]
                                    elif rule == _STDP and x_target[end] > 0:
                                        if at_target[end] != t:
                                            x_target[end] *= math.exp((at_target[end] - t) * plan.rate_minus[q])
                                            at_target[end] = t
                                            if x_target[end] < 1e-20:
                                                x_target[end] = 0
                                        w[e] = max(0.0, w[e] - plan.a_minus[q] * x_target[end])
                                strength = w[e]
                                if strength == 0:
                                    continue
                            if not is_live[j]:
                                v[j] *= plan.decay[plan.home[j]] ** (t - seen[j])
                                is_live[j] = True
                                live[alive] = j
                                alive += 1
                            into[j] += strength * k
            begin[t + 1] = total
    return copies[:total].copy(), times[:total].copy(), cells[:total].copy(), final[: hi - lo if keep_weights else 0], events
