"""One copy of a circuit, step by step, in stages: step the cells, open gates, learn, deliver.

The stages are inlined into `advance`, which the launchers for the CPU and for a CUDA device both
run. Cells stand in blocks of LANES, which are stepped together in vector registers. A block is
stepped only while one of its cells has a current, noise, or is refractory; else it sleeps: its
potentials just decay, and are brought up to date when a spike wakes it.
"""

from __future__ import annotations

import math

import numba
import numpy as np

from neuromem.kernels.counter import Stream, normal

from ._blocks import (
    BLOCK,
    DECAY,
    DECAY_E,
    DECAY_I,
    GAIN,
    HOLD,
    IE,
    II,
    JUMP,
    LANES,
    NOISE,
    OFFSET,
    READY,
    RESET,
    STRAIGHT,
    THETA,
    R,
    V,
)
from .curved import step_curved
from .drives import receive
from .plan import FADES
from .state import AWAKE, EVENTS, NEVER, SPIKES, STEP, TAKEN

QUIET = 1e-10  # nA; a smaller current is taken as none
FAINT = 1e-12  # a smaller trace is taken as none
SAFE = 0.999  # of the threshold: a cell that can't come closer by itself sleeps
TO_IE, TO_II, TO_READY = np.uint64(IE), np.uint64(II), np.uint64(READY)  # unsigned: no test for an index from the end

inlined = numba.njit(inline="always")


@inlined
def step_block(plan, cells, block, kick, now):
    """Steps the cells of a block, whose noise is at `kick`: (how many fire, how many are busy).

    No branch depends on the state, so that blocks overlap in the processor.
    """
    own = plan.cells.constants
    resistance, decay, decay_e, decay_i = own[block, R], own[block, DECAY], own[block, DECAY_E], own[block, DECAY_I]
    offset, theta, gain = own[block, OFFSET], own[block, THETA], own[block, GAIN]
    fires = busy = 0
    for lane in range(LANES):
        j = np.uint64(lane)
        i = np.uint64(block * BLOCK) + j
        v, excited, inhibited, ready = cells[i], cells[i + TO_IE], cells[i + TO_II], cells[i + TO_READY]
        drive = resistance * (excited - inhibited + offset + cells[kick + j])  # (1)
        moved = drive + (v - drive) * decay  # (2)
        v = moved if now >= ready else v
        excited *= decay_e  # (3)
        inhibited *= decay_i
        excited = excited if excited > QUIET else 0.0
        inhibited = inhibited if inhibited > QUIET else 0.0
        cells[i], cells[i + TO_IE], cells[i + TO_II] = v, excited, inhibited
        fires += v >= theta
        busy += ((0.0 if v < 0.0 else v) + gain * excited > SAFE * theta) | (now + 1.0 < ready)
    return fires, busy


@inlined
def step_cells(plan, state, awake, spikes, total, t, seed, copy, part):
    """Equations (1) to (4) for the awake blocks of a part: (blocks still awake, spikes)."""
    cells, still, hot = state.cells, 0, 0
    # where a noise current of none is, then those of a noisy block
    calm = len(plan.cells.population) * BLOCK + 2 * LANES * part
    for n in range(awake):
        block, kick = state.awake[n], np.uint64(calm)
        noise, unit = plan.cells.constants[block, NOISE], plan.cells.unit[block]
        if noise > 0:
            kick = np.uint64(calm + LANES)
            for lane in range(LANES):
                cells[kick + np.uint64(lane)] = noise * normal(seed, Stream.CURRENT, copy, t, unit + lane)
        if plan.cells.outside[block] > 0:
            receive(plan, cells, block, seed, copy, t)
        if plan.cells.kind[block] == STRAIGHT:
            fires, busy = step_block(plan, cells, block, kick, float(t))
        else:
            fires, busy = step_curved(plan, cells, state.slow, block, kick, float(t)), 1
        state.firing[hot] = block
        hot += fires > 0
        stays = plan.cells.restless[block] or fires + busy > 0
        state.awake[still], state.asleep[block], state.seen[block] = block, not stays, t
        still += stays
    before = total
    for n in range(hot):
        block = state.firing[n]
        for lane in range(LANES):
            spikes[total] = block * LANES + lane
            total += cells[block * BLOCK + V + lane] >= plan.cells.constants[block, THETA]  # (4)
    for n in range(before, total):
        block, lane = spikes[n] // LANES, spikes[n] % LANES
        cells[block * BLOCK + V + lane] = plan.cells.constants[block, RESET]
        cells[block * BLOCK + READY + lane] = t + plan.cells.constants[block, HOLD]
        if plan.cells.kind[block] != STRAIGHT:
            state.slow[spikes[n]] += plan.cells.curve[plan.cells.population[block], JUMP]
    return still, total


@inlined
def sort(spikes, start, stop):
    """Sort spikes[start:stop] in place (Shell 1959, with Knuth's gaps); they often are sorted."""
    n = start + 1
    while n < stop and spikes[n] >= spikes[n - 1]:
        n += 1
    gap = 0 if n >= stop else 1
    while 0 < 9 * gap < stop - start:
        gap = 3 * gap + 1
    while gap > 0:
        for n in range(start + gap, stop):
            spike, m = spikes[n], n
            while m >= start + gap and spikes[m - gap] > spike:
                spikes[m] = spikes[m - gap]
                m -= gap
            spikes[m] = spike
        gap //= 3


@inlined
def open_gates(plan, state, spikes, total, t):
    """The spikes of this step in a gating population open plasticity, and clear its traces."""
    for n in range(state.begin[t], total):
        for rule in range(len(plan.rules.gate)):
            if plan.rules.gate[rule] == plan.cells.population[spikes[n] // LANES]:
                state.opened[rule] = t
                for outgoing in range(len(state.x_source)):
                    if plan.outgoing.rule[outgoing] == rule:
                        state.x_source[outgoing], state.source_seen[outgoing] = 0, NEVER
                for incoming in range(len(state.x_target)):
                    if plan.incoming.rule[incoming] == rule:
                        state.x_target[incoming], state.target_seen[incoming] = 0, NEVER


@inlined
def learns(plan, state, rule, t):
    """Whether a plastic projection is open."""
    return plan.rules.gate[rule] < 0 or t - state.opened[rule] <= plan.rules.gate_steps[rule]


@inlined
def faded(x, past, fades, rate):
    """A trace `past` steps later. fades: (step,) exp(-step rate), as far as it is tabled."""
    x *= fades[past] if past < FADES else math.exp(-past * rate)
    return x if x > FAINT else 0.0


@inlined
def potentiate(plan, state, incoming, t):
    """Equation (7): a spike of the target reaches its plastic synapses of one projection."""
    rules, rule = plan.rules, plan.incoming.rule[incoming]
    if rules.stdp[rule]:
        past = t - state.target_seen[incoming]
        x = faded(state.x_target[incoming], past, rules.fade_minus[rule], rules.rate_minus[rule])
        state.x_target[incoming] = 1.0 if rules.nearest[rule] else x + 1
    state.target_seen[incoming] = t
    for at in range(plan.incoming.start[incoming], plan.incoming.start[incoming + 1]):
        synapse, outgoing = plan.incoming.synapse[at], plan.incoming.outgoing[at]
        past = t - state.source_seen[outgoing]
        if rules.stdp[rule]:
            if state.x_source[outgoing] > 0:
                x = faded(state.x_source[outgoing], past, rules.fade_plus[rule], rules.rate_plus[rule])
                state.x_source[outgoing], state.source_seen[outgoing] = x, t
                raised = state.weight[synapse] + rules.a_plus[rule] * x
                state.weight[synapse] = rules.w_max[rule] if raised > rules.w_max[rule] else raised
        elif past <= rules.window[rule]:
            state.weight[synapse] = rules.w_max[rule]


@inlined
def depress(plan, state, outgoing, t):
    """Equation (6): a spike of the source reaches its plastic synapses of one projection."""
    rules, rule = plan.rules, plan.outgoing.rule[outgoing]
    if rules.stdp[rule]:
        past = t - state.source_seen[outgoing]
        x = faded(state.x_source[outgoing], past, rules.fade_plus[rule], rules.rate_plus[rule])
        state.x_source[outgoing] = 1.0 if rules.nearest[rule] else x + 1
    state.source_seen[outgoing] = t
    for synapse in range(plan.outgoing.start[outgoing], plan.outgoing.start[outgoing + 1]):
        incoming = plan.outgoing.incoming[synapse]
        past = t - state.target_seen[incoming]
        if rules.stdp[rule]:
            if state.x_target[incoming] > 0:
                x = faded(state.x_target[incoming], past, rules.fade_minus[rule], rules.rate_minus[rule])
                state.x_target[incoming], state.target_seen[incoming] = x, t
                lowered = state.weight[synapse] - rules.a_minus[rule] * x
                state.weight[synapse] = 0.0 if lowered < 0 else lowered
        elif past <= rules.window[rule]:
            state.weight[synapse] = rules.w_max[rule]


@inlined
def wake(plan, state, block, awake, t):
    """Wake a block if it sleeps, brought up to date by (8): the number of blocks awake."""
    if state.asleep[block]:
        state.asleep[block], state.awake[awake] = False, block
        awake += 1
        cells, past, power = state.cells, t - state.seen[block], 0
        while past:  # a power of two of steps at a time
            if past & 1:
                alone = plan.cells.alone[plan.cells.population[block], power]
                for lane in range(LANES):
                    i = np.uint64(block * BLOCK + lane)
                    excited, inhibited = cells[i + TO_IE], cells[i + TO_II]
                    cells[i] = alone[0] * cells[i] + alone[3] * excited - alone[4] * inhibited
                    cells[i + TO_IE], cells[i + TO_II] = alone[1] * excited, alone[2] * inhibited
            past, power = past >> 1, power + 1
    return awake


@inlined
def deliver_static(plan, state, branch, awake, t):
    """Equation (5) for the static synapses of a branch: (blocks awake, synaptic events)."""
    static = plan.static
    for at in range(static.block_start[branch], static.block_start[branch + 1]):
        awake = wake(plan, state, static.block[at], awake, t)
    first, after, equal = static.start[branch], static.start[branch + 1], static.equal[branch]
    if equal == equal:
        for synapse in range(first, after):
            state.cells[static.target[synapse]] += equal
    else:
        for synapse in range(first, after):
            state.cells[static.target[synapse]] += static.strength[synapse]
    return awake, np.int64(after - first)


@inlined
def deliver_uniform(plan, state, branch, awake, t):
    """Equation (5) for the synapses of a branch to all cells of a population, or all but one."""
    uniform, events = plan.uniform, np.int64(0)
    for at in range(uniform.start[branch], uniform.start[branch + 1]):
        first, after, current, left_out = uniform.first[at], uniform.after[at], uniform.current[at], uniform.left_out[at]
        for block in range(first, after):
            awake = wake(plan, state, block, awake, t)
        kept = state.cells[left_out]
        for block in range(first, after):
            for lane in range(LANES):
                state.cells[np.uint64(block * BLOCK + current + lane)] += uniform.strength[at]
        state.cells[left_out] = kept
        events += uniform.synapses[at]
    return awake, events


@inlined
def deliver_plastic(plan, state, axon, awake, t):
    """Equations (6) and (5) for the plastic synapses of an axon."""
    events = np.int64(0)
    for outgoing in range(plan.outgoing.first[axon], plan.outgoing.first[axon + 1]):
        rule = plan.outgoing.rule[outgoing]
        if learns(plan, state, rule, t):
            depress(plan, state, outgoing, t)
        first, after = plan.outgoing.start[outgoing], plan.outgoing.start[outgoing + 1]
        for synapse in range(first, after):
            target = plan.outgoing.target[synapse]
            if state.weight[synapse] > 0:
                awake = wake(plan, state, target // BLOCK, awake, t)
            state.cells[target] += state.weight[synapse] * plan.rules.k[rule]
        events += np.int64(after - first)
    return awake, events


@inlined
def learn_from_targets(plan, state, spikes, t, late):
    """Equation (7) for the spikes of targets that are seen now, before (6) or `late`, after it."""
    neurons = LANES * len(plan.cells.population)
    for d in range(len(plan.incoming.delays)):
        sent = t - plan.incoming.delays[d]
        if sent >= 0 and plan.incoming.late[d] == late:
            for n in range(state.begin[sent], state.begin[sent + 1]):
                place = d * neurons + spikes[n]
                for incoming in range(plan.incoming.first[place], plan.incoming.first[place + 1]):
                    if learns(plan, state, plan.incoming.rule[incoming], t):
                        potentiate(plan, state, incoming, t)


@inlined
def fire(plan, state, given, taken, awake, spikes, total, t, seed, copy, part):
    """The cells of a part step, and its sources: (input spikes taken, blocks awake, spikes)."""
    before = total
    while taken < len(given.step) and given.step[taken] == t:
        spikes[total] = given.neuron[taken]
        total, taken = total + 1, taken + 1
    awake, total = step_cells(plan, state, awake, spikes, total, t, seed, copy, part)
    sort(spikes, before, total)
    return taken, awake, total


@inlined
def deliver(plan, state, awake, spikes, t, part, parts):
    """Equations (5) and (6) for the spikes that reach a part: (blocks awake, synaptic events)."""
    neurons, events = LANES * len(plan.cells.population), 0
    for d in range(len(plan.axons.delays)):
        sent = t - plan.axons.delays[d]
        if sent >= 0:
            for n in range(state.begin[sent], state.begin[sent + 1]):
                axon = plan.axons.of[d * neurons + spikes[n]]
                if axon >= 0:
                    branch = axon * parts + part
                    awake, static = deliver_static(plan, state, branch, awake, t)
                    awake, uniform = deliver_uniform(plan, state, branch, awake, t)
                    events += static + uniform
                    if parts == 1:
                        awake, plastic = deliver_plastic(plan, state, axon, awake, t)
                        events += plastic
    return awake, events


def advance(plan, state, given, steps, spikes, seed, copy):
    """Run one copy on to the end, or until `spikes` may be too short; see `state.progress`."""
    neurons = LANES * len(plan.cells.population)
    t, taken, awake = state.progress[STEP], state.progress[TAKEN], state.progress[AWAKE]
    total, events = state.progress[SPIKES], state.progress[EVENTS]
    gated = False
    for rule in range(len(plan.rules.gate)):
        gated |= plan.rules.gate[rule] >= 0
    while t < steps:
        now = taken
        while now < len(given.step) and given.step[now] == t:
            now += 1
        if total + now - taken + neurons >= len(spikes):
            break
        taken, awake, total = fire(plan, state, given, taken, awake, spikes, total, t, seed, copy, 0)
        state.begin[t + 1] = total
        if gated:
            open_gates(plan, state, spikes, total, t)
        learn_from_targets(plan, state, spikes, t, False)
        awake, arrived = deliver(plan, state, awake, spikes, t, 0, 1)
        learn_from_targets(plan, state, spikes, t, True)
        events += arrived
        t += 1
    state.progress[STEP], state.progress[TAKEN], state.progress[AWAKE] = t, taken, awake
    state.progress[SPIKES], state.progress[EVENTS] = total, events
