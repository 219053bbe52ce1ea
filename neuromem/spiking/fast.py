"""The same circuits on all cores: clock-driven cells in blocks, event-driven synapses, independent copies in parallel.

A block of cells is stepped, in vector registers, only while one of them has a current, noise or is refractory; otherwise
their potentials just decay, and are brought up to date when a spike arrives. A spike costs its synapses and nothing else. So
the time of a run goes with its spikes.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import numba
import numpy as np

from neuromem import checks
from neuromem.kernels import counter

from ._plan import BLOCK, FADES, IE, II, LANES, READY, V, plan
from .circuit import Circuit
from .record import Record, Spikes, drive, initial_weights

_QUIET = 1e-10  # nA; a smaller current is taken as none
_FAINT = 1e-12  # a smaller trace is taken as none
_SAFE = 0.999  # of the threshold: a cell that can't come closer by itself sleeps
_NEVER = -(2**40)  # a step before all others
_TAU = 2 * math.pi
_TOGETHER = 20  # copies whose spikes are collected in one array, which then stays in the cache
_IE, _II, _READY = np.uint64(IE), np.uint64(II), np.uint64(READY)  # unsigned: no test for an index from the end


def run(
    circuit: Circuit,
    duration_ms: float,
    *,
    inputs: Spikes | None = None,
    copies: int = 1,
    weights: Mapping[str, np.ndarray] | None = None,
    seed: int = 0,
    keep_weights: bool = True,
    device: str = "cpu",
) -> Record:
    """Runs `copies` of `circuit` for `duration_ms`: the spikes, weights and events of `brian.run`, which has the arguments.

    keep_weights=False leaves `weights` of the record empty, and saves their memory. Noise currents depend on
    (seed, copy, step, neuron) alone, not on the number of threads.  device: "cpu", "cuda" or "cuda:1"; there each copy has
    one thread, so that it is for thousands of them.

    >>> from .circuit import LIF, Input, Population, Projection
    >>> cells = Population("In", 1), Population("Out", 1, LIF(cm=0.27, tau_m=3.0))
    >>> wire = Projection("In", "Out", "one-to-one", weight=6.0, delay_ms=2.0)
    >>> run(Circuit(cells, (wire,), (Input("In", (0,), (1.0,)),)), 6.0).time_ms.tolist()
    [1.0, 3.0]
    """
    copies = checks.whole("copies", copies)
    steps = circuit.steps("duration_ms", duration_ms)
    number = checks.device(device)
    circuit.fits(copies if keep_weights or number is not None else numba.get_num_threads())
    start = initial_weights(circuit, weights, copies)
    plan_, begin, order = plan(circuit)
    rows = max((len(w) for w in start.values()), default=1)
    sizes = [w.shape[1] for w in start.values()]
    initial = np.concatenate([np.zeros((rows, 0)), *(np.broadcast_to(w, (rows, w.shape[1])) for w in start.values())], 1)
    initial = initial[:, order]
    copy, step, population, neuron = drive(circuit, inputs, copies, steps)
    neuron = begin[population] + neuron
    workers = numba.get_num_threads()
    parts = max(min(copies, workers), -(-copies // _TOGETHER))
    edges = np.linspace(0, copies, parts + 1).astype(int)

    def block(lo: int, hi: int) -> tuple[np.ndarray, ...]:
        mine = slice(*np.searchsorted(copy, [lo, hi]))
        own = initial if rows == 1 else initial[lo:hi]
        return _run(plan_, steps, lo, hi, copy[mine], step[mine], neuron[mine], own, keep_weights, seed)

    started = time.perf_counter()
    if number is not None:
        from . import _cuda

        blocks = [_cuda.run(plan_, steps, copies, (copy, step, neuron), initial, seed, number)]
    else:
        with ThreadPoolExecutor(workers) as pool:
            blocks = list(pool.map(block, edges[:-1], edges[1:]))
    seconds = time.perf_counter() - started
    spikes, final, events = zip(*blocks, strict=True)
    copy, step, place, neuron = np.concatenate(spikes, axis=1)
    learnt = {}
    if keep_weights:
        weight = np.empty((copies, len(order)))
        weight[:, order] = np.concatenate(final)
        learnt = dict(zip(start, np.split(weight, np.cumsum(sizes), axis=1), strict=False))
    names = tuple(sorted(circuit.names))
    return Record(copy, step * circuit.step_ms, place, neuron, names, learnt, np.concatenate(events), seconds)


@numba.njit(inline="always")
def _normal(seed, copy, step, unit):
    """A standard normal number for a counter (Box & Muller 1958)."""
    radius = math.sqrt(-2 * math.log(1 - counter.uniform(seed, copy, step, 2 * unit)))
    return radius * math.cos(_TAU * counter.uniform(seed, copy, step, 2 * unit + 1))


@numba.njit(cache=True)
def _sort(cells, start, stop):
    """Sorts cells[start:stop], which nearly are, in place."""
    for n in range(start + 1, stop):
        cell, m = cells[n], n
        while m > start and cells[m - 1] > cell:
            cells[m] = cells[m - 1]
            m -= 1
        cells[m] = cell


@numba.njit(inline="always")
def _faded(x, fade):
    """A trace some time later."""
    return x * fade if x * fade > _FAINT else 0.0


@numba.njit(nogil=True, cache=True)
def _run(plan, steps, lo, hi, in_copy, in_step, in_neuron, initial, keep_weights, seed):
    """Copies lo to hi: (copy, step, population, neuron) of spikes, sorted; final weights of plastic synapses; events."""
    blocks = len(plan.place)
    state = plan.rest.copy()
    live, firing = np.zeros(blocks + 1, np.int64), np.zeros(blocks + 1, np.int64)  # blocks to step, blocks with spikes
    asleep, seen = np.zeros(blocks, np.bool_), np.zeros(blocks, np.int64)  # seen: the step at which v was last right
    x_source, x_target = np.zeros(len(plan.leg_rule)), np.zeros(len(plan.arm_rule))
    at_source, at_target = np.zeros(len(plan.leg_rule), np.int64), np.zeros(len(plan.arm_rule), np.int64)
    opened = np.zeros(len(plan.gate), np.int64)
    begin = np.zeros(steps + 1, np.int64)  # where the spikes of a step begin
    cells = np.empty(blocks * LANES, np.int64)  # the spikes of a copy
    size = first = 0
    out = np.empty((4, 1024), np.int32)
    final = np.empty((hi - lo if keep_weights else 1, len(plan.incoming)))
    events = np.zeros(hi - lo, np.int64)
    for copy in range(lo, hi):
        w = final[copy - lo if keep_weights else 0]
        w[:] = initial[copy - lo if len(initial) > 1 else 0]
        state[:], seen[:], opened[:] = plan.rest, 0, _NEVER
        x_source[:], x_target[:], at_source[:], at_target[:] = 0, 0, _NEVER, _NEVER
        last = first
        while last < len(in_copy) and in_copy[last] == copy:
            last += 1
        given = in_step[first:last], in_neuron[first:last]
        traces = x_source, x_target, at_source, at_target, opened
        cells, total, events[copy - lo] = _copy(
            plan, steps, copy, given, w, state, live, firing, asleep, seen, traces, begin, cells, seed, True
        )
        first = last
        if size + total > out.shape[1]:
            longer = np.empty((4, 2 * (size + total)), np.int32)
            longer[:, :size] = out[:, :size]
            out = longer
        t = 0
        for n in range(total):
            while n >= begin[t + 1]:
                t += 1
            p = plan.place[cells[n] // LANES]
            out[0, size + n], out[1, size + n], out[2, size + n], out[3, size + n] = copy, t, p, cells[n] - plan.first[p]
        size += total
    return out[:, :size], final, events


@numba.njit(nogil=True, cache=True)
def _copy(plan, steps, copy, given, w, state, live, firing, asleep, seen, traces, begin, cells, seed, grows):
    """One copy, from its start in w, state, seen and traces: its spikes, (cells, number), and its events.

    given: steps and neurons of its input, sorted.  begin: (step + 1,) where the spikes of a step begin in cells, which, if
    grows is not None, grow with the spikes; else a number of -1 says that they had too little room, on a CUDA device.
    """
    in_step, in_neuron = given
    x_source, x_target, at_source, at_target, opened = traces
    blocks = len(plan.place)
    neurons = blocks * LANES
    calm = blocks * BLOCK  # where the state holds a noise current of none, then that of a noisy block
    gates = False
    for q in range(len(plan.gate)):
        gates |= plan.gate[q] >= 0
    alive = total = happened = at = 0
    for b in range(blocks):
        asleep[b] = not plan.steady[b]
        if plan.steady[b]:
            live[alive] = b
            alive += 1
    for t in range(steps):
        if total + neurons >= len(cells):  # one spike a neuron at most
            if grows is None:
                return cells, -1, happened
            else:
                cells = np.concatenate((cells[:total], np.empty(total + 2 * neurons, np.int64)))
        begin[t] = total
        while at < len(in_step) and in_step[at] == t:
            cells[total] = in_neuron[at]
            total += 1
            at += 1

        fed, now = total, float(t)  # cells: (1) to (4)
        still = hot = 0
        for n in range(alive):  # no branch depends on the state, so that blocks overlap in the processor
            b = live[n]
            base, kick = np.uint64(b * BLOCK), np.uint64(calm)
            R, decay, decay_e, decay_i = plan.cell[b, 0], plan.cell[b, 1], plan.cell[b, 2], plan.cell[b, 3]
            offset, noise, theta, gain = plan.cell[b, 4], plan.cell[b, 5], plan.cell[b, 6], plan.cell[b, 9]
            if noise > 0:
                kick = np.uint64(calm + LANES)
                for lane in range(LANES):
                    state[kick + np.uint64(lane)] = noise * _normal(seed, copy, t, plan.unit[b] + lane)
            fires = busy = 0
            for lane in range(LANES):
                j = np.uint64(lane)
                i = base + j
                v, e, s, ready = state[i], state[i + _IE], state[i + _II], state[i + _READY]
                drive = R * (e - s + offset + state[kick + j])  # (1)
                moved = drive + (v - drive) * decay  # (2)
                v = moved if now >= ready else v
                e *= decay_e  # (3)
                s *= decay_i
                e = e if e > _QUIET else 0.0
                s = s if s > _QUIET else 0.0
                state[i], state[i + _IE], state[i + _II] = v, e, s
                fires += v >= theta
                busy += ((0.0 if v < 0.0 else v) + gain * e > _SAFE * theta) | (now + 1.0 < ready)
            firing[hot] = b
            hot += fires > 0
            stays = plan.steady[b] or fires + busy > 0
            live[still], asleep[b], seen[b] = b, not stays, t
            still += stays
        alive = still
        for n in range(hot):
            b = firing[n]
            for lane in range(LANES):
                cells[total] = b * LANES + lane
                total += state[b * BLOCK + V + lane] >= plan.cell[b, 6]  # (4)
        for n in range(fed, total):
            b, lane = cells[n] // LANES, cells[n] % LANES
            state[b * BLOCK + V + lane], state[b * BLOCK + READY + lane] = plan.cell[b, 7], now + plan.cell[b, 8]
        for n in range(begin[t] + 1, total):
            if cells[n] < cells[n - 1]:
                if grows is None:
                    _sort(cells, begin[t], total)
                else:
                    cells[begin[t] : total].sort()
                break

        if gates:  # they open plasticity and clear its traces
            for n in range(begin[t], total):
                for q in range(len(plan.gate)):
                    if plan.gate[q] == plan.place[cells[n] // LANES]:
                        opened[q] = t
                        for r in range(len(x_source)):
                            if plan.leg_rule[r] == q:
                                x_source[r], at_source[r] = 0, _NEVER
                        for c in range(len(x_target)):
                            if plan.arm_rule[c] == q:
                                x_target[c], at_target[c] = 0, _NEVER

        for d in range(len(plan.backs)):  # (7): spikes of targets reach their plastic synapses
            s = t - plan.backs[d]
            if s < 0:
                continue
            for n in range(begin[s], begin[s + 1]):
                place = d * neurons + cells[n]
                for c in range(plan.arm_start[place], plan.arm_start[place + 1]):
                    q = plan.arm_rule[c]
                    if plan.gate[q] >= 0 and t - opened[q] > plan.gate_steps[q]:
                        continue
                    if plan.stdp[q]:
                        past, rate = t - at_target[c], plan.number[q, 5]
                        fade = plan.fade_minus[q, past] if past < FADES else math.exp(-past * rate)
                        x_target[c] = _faded(x_target[c], fade) + 1
                    at_target[c] = t
                    w_max, a_plus, rate = plan.number[q, 1], plan.number[q, 2], plan.number[q, 4]
                    for m in range(plan.entry_start[c], plan.entry_start[c + 1]):
                        r = plan.origin[m]
                        past = t - at_source[r]
                        if plan.stdp[q]:
                            if x_source[r] > 0:
                                fade = plan.fade_plus[q, past] if past < FADES else math.exp(-past * rate)
                                x = _faded(x_source[r], fade)
                                x_source[r], at_source[r] = x, t
                                raised = w[plan.incoming[m]] + a_plus * x
                                w[plan.incoming[m]] = w_max if raised > w_max else raised
                        elif past <= plan.window[q]:
                            w[plan.incoming[m]] = w_max

        for d in range(len(plan.delays)):  # (5) and (6): spikes reach their targets
            s = t - plan.delays[d]
            if s < 0:
                continue
            for n in range(begin[s], begin[s + 1] if s < t else total):
                row, woken = plan.row_at[d * neurons + cells[n]], alive
                if row < 0:
                    continue
                for m in range(plan.wake_start[row], plan.wake_start[row + 1]):
                    if asleep[plan.wake[m]]:
                        asleep[plan.wake[m]], live[alive] = False, plan.wake[m]
                        alive += 1
                for m in range(plan.span_start[row], plan.span_start[row + 1]):
                    for b in range(plan.span[m, 0], plan.span[m, 1]):
                        if asleep[b]:
                            asleep[b], live[alive] = False, b
                            alive += 1
                for r in range(plan.leg_start[row], plan.leg_start[row + 1]):
                    q = plan.leg_rule[r]
                    learns = plan.gate[q] < 0 or t - opened[q] <= plan.gate_steps[q]
                    if learns:
                        if plan.stdp[q]:
                            past, rate = t - at_source[r], plan.number[q, 4]
                            fade = plan.fade_plus[q, past] if past < FADES else math.exp(-past * rate)
                            x_source[r] = _faded(x_source[r], fade) + 1
                        at_source[r] = t
                    w_max, a_minus, rate = plan.number[q, 1], plan.number[q, 3], plan.number[q, 5]
                    for e in range(plan.synapse_start[r], plan.synapse_start[r + 1]):
                        if learns:
                            c = plan.arm[e]
                            past = t - at_target[c]
                            if plan.stdp[q]:
                                if x_target[c] > 0:
                                    fade = plan.fade_minus[q, past] if past < FADES else math.exp(-past * rate)
                                    x = _faded(x_target[c], fade)
                                    x_target[c], at_target[c] = x, t
                                    w[e] = 0.0 if w[e] - a_minus * x < 0 else w[e] - a_minus * x
                            elif past <= plan.window[q]:
                                w[e] = w_max
                        b = plan.plastic_target[e] // BLOCK
                        if asleep[b] and w[e] > 0:
                            asleep[b], live[alive] = False, b
                            alive += 1
                for m in range(woken, alive):  # brought up to date, (1) to (3) without spikes
                    b = live[m]
                    base, p, past, power = np.uint64(b * BLOCK), plan.place[b], t - seen[b], 0
                    while past:  # a power of two of steps at a time
                        if past & 1:
                            later = plan.later[p, power]
                            keep, keep_e, keep_i, rise, fall = later[0], later[1], later[2], later[3], later[4]
                            for lane in range(LANES):
                                i = base + np.uint64(lane)
                                e, s = state[i + _IE], state[i + _II]
                                state[i] = keep * state[i] + rise * e - fall * s
                                state[i + _IE], state[i + _II] = keep_e * e, keep_i * s
                        past, power = past >> 1, power + 1
                synapses, strength = range(plan.row_start[row], plan.row_start[row + 1]), plan.same[row]
                happened += len(synapses)
                if strength == strength:
                    for e in synapses:
                        state[plan.target[e]] += strength
                else:
                    for e in synapses:
                        state[plan.target[e]] += plan.strength[e]
                for m in range(plan.span_start[row], plan.span_start[row + 1]):
                    strength, left_out = plan.span_strength[m], plan.span[m, 3]
                    happened += plan.span[m, 4]
                    kept = state[left_out]
                    for b in range(plan.span[m, 0], plan.span[m, 1]):
                        base = np.uint64(b * BLOCK + plan.span[m, 2])
                        for lane in range(LANES):
                            state[base + np.uint64(lane)] += strength
                    state[left_out] = kept
                for r in range(plan.leg_start[row], plan.leg_start[row + 1]):
                    k = plan.number[plan.leg_rule[r], 0]
                    synapses = range(plan.synapse_start[r], plan.synapse_start[r + 1])
                    happened += len(synapses)
                    for e in synapses:
                        state[plan.plastic_target[e]] += w[e] * k
    begin[steps] = total
    return cells, total, happened
