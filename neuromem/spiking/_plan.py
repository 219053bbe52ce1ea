"""A circuit as the flat arrays that the fast engine runs on: cells in blocks, synapses in rows by source and delay."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from .circuit import STDP, Circuit

LANES = 16  # cells of a block: stepped together, a row of vector registers
V, IE, II, READY = (n * LANES for n in range(4))  # where a block holds v, Ie, Ii and the end of refractoriness
BLOCK = 4 * LANES
FADES = 128  # steps over which the fading of a trace is tabled
_POWERS = 40  # 2^40 steps is longer than any run


class Plan(NamedTuple):
    """Populations stand in the order of their names, each filled up to whole blocks; neurons are numbered through.

    A row is what leaves a neuron with one delay: number delay * neurons + neuron. A row of plastic synapses is what leaves a
    neuron through one plastic projection; a column, what arrives at a neuron through one.
    """

    first: np.ndarray  # (population,) its first neuron
    place: np.ndarray  # (block,) its population
    unit: np.ndarray  # (block,) cells before it, not counting those that fill up; they key the noise
    steady: np.ndarray  # (block,) bool: has a drive or noise of its own, so it never sleeps
    rest: np.ndarray  # state at the start: (block * BLOCK,), then 2 * LANES for noise currents
    cell: np.ndarray  # (block, 10) R, decay, decay_e, decay_i, offset, noise, theta, v_reset, hold: (1) to (4); gain: _later
    later: np.ndarray  # (population, power, 5) what a cell becomes by itself: _later
    delays: np.ndarray  # (delay,) steps from a spike to its arrival, each once
    row_start: np.ndarray  # (row + 1,) its first static synapse
    target: np.ndarray  # (static synapse,) where in the state its current is
    strength: np.ndarray  # (static synapse,) w k
    same: np.ndarray  # (row,) the strength of all its synapses, NaN where they differ
    wake_start: np.ndarray  # (row + 1,)
    wake: np.ndarray  # blocks that a spike must wake
    leg_start: np.ndarray  # (row + 1,)
    leg: np.ndarray  # plastic rows of a row
    plastic_start: np.ndarray  # (plastic row + 1,) its first plastic synapse
    plastic_target: np.ndarray  # (plastic synapse,) where in the state its current is
    column: np.ndarray  # (plastic synapse,)
    row_rule: np.ndarray  # (plastic row,) its rule, that is its plastic projection
    backs: np.ndarray  # (back,) steps from a spike of a target to its arrival at the synapse
    arm_start: np.ndarray  # (back * neurons + 1,)
    arm: np.ndarray  # columns of a neuron
    column_start: np.ndarray  # (column + 1,) its first entry in incoming
    incoming: np.ndarray  # (plastic synapse,) synapse, sorted by column
    origin: np.ndarray  # (plastic synapse,) plastic row of each entry of incoming
    column_rule: np.ndarray  # (column,)
    stdp: np.ndarray  # (rule,) bool, else clipped Hebbian
    number: np.ndarray  # (rule, 6) k, w_max, a_plus, a_minus, dt / tau_plus, dt / tau_minus
    fade_plus: np.ndarray  # (rule, FADES) exp(-step dt / tau_plus)
    fade_minus: np.ndarray
    window: np.ndarray  # (rule,) steps
    gate: np.ndarray  # (rule,) population that opens plasticity, -1: always open
    gate_steps: np.ndarray


def plan(circuit: Circuit) -> tuple[Plan, np.ndarray, dict[str, np.ndarray]]:
    """The arrays, the first neuron of each population, and the order of the synapses of each plastic projection."""
    dt = circuit.step_ms
    ranked = np.argsort(circuit.names)
    populations = [circuit.populations[i] for i in ranked]
    place = {p.name: i for i, p in enumerate(populations)}
    sizes = np.array([p.size for p in populations])
    blocks = -(-sizes // LANES)
    first = LANES * (np.cumsum(blocks) - blocks)
    home = np.repeat(np.arange(len(populations)), blocks)
    neurons = LANES * len(home)
    lane = np.arange(neurons) - first[home].repeat(LANES)
    rest = np.zeros((len(home), BLOCK))
    rest[:, V : V + LANES][(lane >= sizes[home].repeat(LANES)).reshape(-1, LANES)] = np.nan  # never fires

    cell, taus = np.zeros((len(populations), 10)), np.ones((len(populations), 3))
    for i, p in enumerate(populations):
        if p.cell is not None:
            c = p.cell
            taus[i] = np.array([c.tau_m, c.tau_syn_e, c.tau_syn_i]) / dt
            theta, v_reset, hold = c.v_thresh - c.v_rest, c.v_reset - c.v_rest, round(c.tau_refrac / dt) + 1
            cell[i, :9] = [c.tau_m / c.cm, *np.exp(-1 / taus[i]), c.i_offset, p.noise, theta, v_reset, hold]
    later = _later(cell[:, 0], taus)
    cell[:, 9] = later[:, 0, 3] / np.maximum(1 - cell[:, 1], 1 - cell[:, 2])  # r_n stays below, by (8)
    steady = ((cell[:, 4] != 0) | (cell[:, 5] > 0))[home]

    wires = sorted(circuit.projections, key=lambda q: q.plasticity is None)
    plastic = [q for q in wires if q.plasticity]
    delays, leaves = _each([circuit.steps("delay", q.delay_ms) - 1 for q in wires])
    backs, comes = _each([circuit.steps("back_ms", q.plasticity.back_ms) for q in plastic if q.plasticity])

    order: dict[str, np.ndarray] = {}
    static: list[tuple[np.ndarray, ...]] = [(_NONE, _NONE, np.zeros(0))]  # (row, address, strength) of every synapse
    learning: list[tuple[np.ndarray, ...]] = [(_NONE, _NONE, _NONE)]  # (plastic row, address, column) of every synapse
    legs: list[tuple[np.ndarray, ...]] = [(_NONE, _NONE, _NONE)]  # (row, plastic row, rule)
    arms: list[tuple[np.ndarray, ...]] = [(_NONE, _NONE, _NONE)]
    factor = np.zeros(len(wires))
    for i, q in enumerate(wires):
        pre, post = circuit.connections(q)
        m, n, source, target = circuit[q.pre].size, circuit[q.post].size, first[place[q.pre]], first[place[q.post]]
        current, tau = (IE, "tau_syn_e") if q.receptor == "excitatory" else (II, "tau_syn_i")
        tau_syn = getattr(circuit[q.post].cell, tau)
        factor[i] = tau_syn / dt * (1 - math.exp(-dt / tau_syn))
        address = (target + post) // LANES * BLOCK + current + (target + post) % LANES
        if q.plasticity is None:
            strength = np.broadcast_to(np.asarray(q.weight) * factor[i], len(pre))
            static.append((leaves[i] * neurons + source + pre, address, strength))
            continue
        order[q.name] = by_row = np.argsort(pre, kind="stable")
        rows, columns = sum(len(leg[0]) for leg in legs), sum(len(arm[0]) for arm in arms)
        learning.append((rows + pre[by_row], address[by_row], columns + post[by_row]))
        legs.append((leaves[i] * neurons + source + np.arange(m), rows + np.arange(m), np.full(m, i)))
        arms.append((comes[i] * neurons + target + np.arange(n), columns + np.arange(n), np.full(n, i)))

    row, address, strength = map(np.concatenate, zip(*static, strict=True))
    by_row, row_start = _grouped(row, len(delays) * neurons)
    row, address, strength = row[by_row], address[by_row], strength[by_row]
    block = address // BLOCK
    woken = np.sort((row * len(home) + block)[~steady[block]])
    wake_row, wake = np.divmod(woken[np.diff(woken, prepend=-1) > 0], len(home))
    _, wake_start = _grouped(wake_row, len(delays) * neurons)
    some, same = np.diff(row_start) > 0, np.full(len(row_start) - 1, np.nan)
    least, most = (end.reduceat(strength, row_start[:-1][some]) if some.any() else 0 for end in (np.minimum, np.maximum))
    same[some] = np.where(least == most, least, np.nan)

    plastic_row, plastic_target, column = map(np.concatenate, zip(*learning, strict=True))
    leg_row, leg, row_rule = map(np.concatenate, zip(*legs, strict=True))
    arm_row, arm, column_rule = map(np.concatenate, zip(*arms, strict=True))
    incoming, column_start = _grouped(column, len(arm))
    by_leg, leg_start = _grouped(leg_row, len(delays) * neurons)
    by_arm, arm_start = _grouped(arm_row, len(backs) * neurons)
    rules = [q.plasticity for q in plastic if q.plasticity]
    number = np.zeros((len(rules), 6))
    for i, r in enumerate(rules):
        traces = (r.a_plus, r.a_minus, dt / r.tau_plus, dt / r.tau_minus) if isinstance(r, STDP) else (0, 0, 0, 0)
        number[i] = [factor[i], r.w_max, *traces]
    return (
        Plan(
            first=first,
            place=home,
            unit=((np.cumsum(sizes) - sizes)[home] + lane[::LANES]),
            steady=steady,
            rest=np.pad(rest.ravel(), (0, 2 * LANES)),
            cell=cell[home],
            later=later,
            delays=delays,
            row_start=row_start.astype(np.uint64),
            target=address.astype(np.uint32),
            strength=strength,
            same=same,
            wake_start=wake_start.astype(np.uint64),
            wake=wake.astype(np.uint32),
            leg_start=leg_start.astype(np.uint64),
            leg=leg[by_leg].astype(np.uint32),
            plastic_start=_grouped(plastic_row, len(leg))[1].astype(np.uint64),
            plastic_target=plastic_target.astype(np.uint32),
            column=column.astype(np.uint32),
            row_rule=row_rule.astype(np.uint32),
            backs=backs,
            arm_start=arm_start.astype(np.uint64),
            arm=arm[by_arm].astype(np.uint32),
            column_start=column_start.astype(np.uint64),
            incoming=incoming.astype(np.uint64),
            origin=plastic_row[incoming].astype(np.uint32),
            column_rule=column_rule.astype(np.uint32),
            stdp=np.array([isinstance(r, STDP) for r in rules], bool),
            number=number,
            fade_plus=np.exp(-number[:, 4:5] * np.arange(FADES)),
            fade_minus=np.exp(-number[:, 5:6] * np.arange(FADES)),
            window=np.array([0 if isinstance(r, STDP) else round(r.window_ms / dt) for r in rules], int),
            gate=np.array([place.get(r.gate, -1) for r in rules], int),
            gate_steps=np.array([round(r.gate_ms / dt) for r in rules], int),
        ),
        first[np.argsort(ranked)],
        order,
    )


_NONE = np.zeros(0, int)


def _each(steps: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """The different steps, and the place of each among them."""
    return np.unique(np.array(steps, int), return_inverse=True)


def _grouped(key: np.ndarray, keys: int) -> tuple[np.ndarray, np.ndarray]:
    """The order that sorts `key`, whole numbers below `keys`, and where each of them begins, then their number."""
    return np.argsort(key, kind="stable"), np.concatenate([[0], np.cumsum(np.bincount(key, minlength=keys))])


def _later(R: np.ndarray, taus: np.ndarray) -> np.ndarray:
    """(cell, power, 5): d, a, b, r, f, the state of a cell n = 2^power steps later, without input or spike:

        v <- d v + r Ie - f Ii,  Ie <- a Ie,  Ii <- b Ii;   r_1 = R (1 - d_1),  r_2n = r_n (d_n + a_n),  f alike with b   (8)

    taus: (cell, 3), of v, Ie and Ii, in steps.
    """
    factors = np.exp(-(2.0 ** np.arange(_POWERS))[:, None, None] / taus)  # (power, cell, 3)
    driven = np.empty((_POWERS, len(taus), 2))
    driven[0] = (R * (1 - factors[0, :, 0]))[:, None]
    for n in range(_POWERS - 1):
        driven[n + 1] = driven[n] * (factors[n, :, :1] + factors[n, :, 1:])
    return np.concatenate([factors, driven], 2).swapaxes(0, 1).copy()
