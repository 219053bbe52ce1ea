"""A circuit as the flat arrays that the fast engine runs on: cells in blocks, synapses in rows by source and delay."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from .circuit import STDP, Circuit, Hebbian, Population

LANES = 16  # cells of a block: stepped together, a row of vector registers
V, IE, II, READY = (n * LANES for n in range(4))  # where a block holds v, Ie, Ii and the end of refractoriness
BLOCK = 4 * LANES
FADES = 128  # steps over which the fading of a trace is tabled
_POWERS = 40  # 2^40 steps is longer than any run


class Plan(NamedTuple):
    """Populations stand in the order of their names, each filled up to whole blocks; neurons are numbered through.

    A row is what leaves one neuron with one delay: static synapses, and legs, one for each plastic projection. A leg is what
    leaves one neuron through one plastic projection; an arm, what arrives at one neuron through one.
    """

    first: np.ndarray  # (population,) its first neuron
    place: np.ndarray  # (block,) its population
    unit: np.ndarray  # (block,) cells before it, not counting those that fill up; they key the noise
    steady: np.ndarray  # (block,) bool: has a drive or noise of its own, so it never sleeps
    rest: np.ndarray  # state at the start: (block * BLOCK,), then 2 * LANES for noise currents
    cell: np.ndarray  # (block, 10) R, decay, decay_e, decay_i, offset, noise, theta, v_reset, hold: (1) to (4); gain: (8)
    later: np.ndarray  # (population, power, 5) what a cell becomes by itself: (8)

    delays: np.ndarray  # (delay,) steps from a spike to its arrival, each once
    row_at: np.ndarray  # (delay * neurons + neuron,) its row, -1: none
    row_start: np.ndarray  # (row + 1,) its first static synapse
    same: np.ndarray  # (row,) the strength of all its static synapses, NaN where they differ
    target: np.ndarray  # (static synapse,) where in the state its current is
    strength: np.ndarray  # (static synapse,) w k
    wake_start: np.ndarray  # (row + 1,)
    wake: np.ndarray  # blocks that the static synapses of a row must wake
    span_start: (
        np.ndarray
    )  # (row + 1,) its first span: static synapses of one strength to all of a population, or all but one
    span: (
        np.ndarray
    )  # (span, 5) first block, block after the last, Ie or Ii, where in the state the one left out is, synapses
    span_strength: np.ndarray  # (span,) w k

    leg_start: np.ndarray  # (row + 1,) its first leg
    leg_rule: np.ndarray  # (leg,) rule, that is plastic projection
    synapse_start: np.ndarray  # (leg + 1,) its first plastic synapse
    plastic_target: np.ndarray  # (plastic synapse,) where in the state its current is
    arm: np.ndarray  # (plastic synapse,) its arm
    backs: np.ndarray  # (back,) steps from a spike of a target to its arrival at the synapse
    arm_start: np.ndarray  # (back * neurons + 1,) first arm of a neuron
    arm_rule: np.ndarray  # (arm,)
    entry_start: np.ndarray  # (arm + 1,) its first entry in incoming
    incoming: np.ndarray  # (plastic synapse,) synapse, sorted by arm
    origin: np.ndarray  # (plastic synapse,) leg of each entry of incoming

    stdp: np.ndarray  # (rule,) bool, else clipped Hebbian
    number: np.ndarray  # (rule, 6) k, w_max, a_plus, a_minus, dt / tau_plus, dt / tau_minus
    fade_plus: np.ndarray  # (rule, FADES) exp(-step dt / tau_plus)
    fade_minus: np.ndarray
    window: np.ndarray  # (rule,) steps
    gate: np.ndarray  # (rule,) population that opens plasticity, -1: always open
    gate_steps: np.ndarray


def plan(circuit: Circuit) -> tuple[Plan, np.ndarray, np.ndarray]:
    """The arrays, the first neuron of each population, and the order of the synapses of all plastic projections."""
    ranked = np.argsort(circuit.names)
    cells = _cells([circuit.populations[i] for i in ranked], circuit.step_ms)
    first = cells["first"][np.argsort(ranked)]
    neurons, begin = LANES * len(cells["place"]), dict(zip(circuit.names, first, strict=True))
    wires = sorted(circuit.projections, key=lambda q: q.plasticity is None)
    rules = [q.plasticity for q in wires if q.plasticity]
    delays, delay = np.unique(np.array([circuit.steps("delay", q.delay_ms) - 1 for q in wires], int), return_inverse=True)
    backs, back = np.unique(np.array([circuit.steps("back", r.back_ms) for r in rules], int), return_inverse=True)

    k, synapses = np.zeros(len(wires)), [(_NONE, _NONE, _NONE, np.zeros(0), _NONE)]
    spans: list[tuple[np.ndarray, ...]] = [(_NONE, np.zeros((0, 5), int), np.zeros(0))]  # (row, span, strength)
    for i, q in enumerate(wires):
        current, tau = (IE, "tau_syn_e") if q.receptor == "excitatory" else (II, "tau_syn_i")
        rate = circuit.step_ms / getattr(circuit[q.post].cell, tau)
        k[i] = (1 - math.exp(-rate)) / rate
        if q.plasticity is None and q.pattern in ("all-to-all", "all-but-self") and not isinstance(q.weight, tuple):
            m, n, own = circuit[q.pre].size, circuit[q.post].size, begin[q.post] + np.arange(circuit[q.pre].size)
            count = circuit.synapses(q) // m
            first_block, left_out = begin[q.post] // LANES, own // LANES * BLOCK + current + own % LANES
            if q.pattern == "all-to-all":
                left_out = np.full(m, neurons // LANES * BLOCK)  # a noise current of none, which stays so
            span = np.stack([*np.broadcast_arrays(first_block, first_block - (-n // LANES), current, left_out, count)], 1)
            spans.append((delay[i] * neurons + begin[q.pre] + np.arange(m), span, np.full(m, k[i] * q.weight)))
            continue
        pre, post = circuit.connections(q)
        target = begin[q.post] + post
        address = target // LANES * BLOCK + current + target % LANES
        weight = np.broadcast_to(np.asarray(q.weight, float), len(pre))
        synapses.append((delay[i] * neurons + begin[q.pre] + pre, target, address, weight, np.full(len(pre), i)))
    row, target, address, weight, wire = map(np.concatenate, zip(*synapses, strict=True))
    span_row, span, span_strength = map(np.concatenate, zip(*spans, strict=True))
    used = np.flatnonzero(np.bincount(np.concatenate([row, span_row]), minlength=len(delays) * neurons))
    row_at = np.full(len(delays) * neurons, -1)
    row_at[used] = np.arange(len(used))
    row, fixed, learns = row_at[row], wire >= len(rules), wire < len(rules)

    static = _static(row[fixed], address[fixed], (weight * k[wire])[fixed], len(used), cells["steady"])
    by_row, span_start = _grouped(row_at[span_row], len(used))
    static |= {"span_start": span_start, "span": span[by_row], "span_strength": span_strength[by_row]}
    wire, at = wire[learns], back[wire[learns]] * neurons + target[learns]
    plastic, order = _plastic(row[learns], at, wire, address[learns], len(used), len(backs) * neurons)
    places = {name: i for i, name in enumerate(sorted(circuit.names))}
    learning = _rules(rules, k, places, circuit.step_ms)
    return Plan(**cells, delays=delays, row_at=row_at, **static, backs=backs, **plastic, **learning), first, order


_NONE = np.zeros(0, int)


def _cells(populations: list[Population], dt: float) -> dict[str, np.ndarray]:
    """Blocks of cells, and how they move."""
    sizes = np.array([p.size for p in populations])
    blocks = -(-sizes // LANES)
    first = LANES * (np.cumsum(blocks) - blocks)
    place = np.repeat(np.arange(len(populations)), blocks)
    lane = np.arange(LANES * len(place)).reshape(-1, LANES) - first[place, None]
    state = np.zeros((len(place), BLOCK))
    state[:, V : V + LANES][lane >= sizes[place, None]] = np.nan  # never fires
    cell, taus = np.zeros((len(populations), 10)), np.ones((len(populations), 3))
    for i, p in enumerate(populations):
        if p.cell is not None:
            c = p.cell
            taus[i] = np.array([c.tau_m, c.tau_syn_e, c.tau_syn_i]) / dt
            theta, v_reset, hold = c.v_thresh - c.v_rest, c.v_reset - c.v_rest, round(c.tau_refrac / dt) + 1
            cell[i, :9] = [c.tau_m / c.cm, *np.exp(-1 / taus[i]), c.i_offset, p.noise, theta, v_reset, hold]
    later = _later(cell[:, 0], taus)
    cell[:, 9] = later[:, 0, 3] / np.maximum(1 - cell[:, 1], 1 - cell[:, 2])  # r_n stays below, by (8)
    return {
        "first": first,
        "place": place,
        "unit": (np.cumsum(sizes) - sizes)[place] + lane[:, 0],
        "steady": ((cell[:, 4] != 0) | (cell[:, 5] > 0))[place],
        "rest": np.pad(state.ravel(), (0, 2 * LANES)),
        "cell": cell[place],
        "later": later,
    }


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


def _grouped(key: np.ndarray, keys: int) -> tuple[np.ndarray, np.ndarray]:
    """The order that sorts `key`, whole numbers below `keys`, and where each of them begins, then their number."""
    return np.argsort(key, kind="stable"), np.concatenate([[0], np.cumsum(np.bincount(key, minlength=keys))])


def _static(
    row: np.ndarray, address: np.ndarray, strength: np.ndarray, rows: int, steady: np.ndarray
) -> dict[str, np.ndarray]:
    """Static synapses sorted by row, and the blocks that each row wakes."""
    order, row_start = _grouped(row, rows)
    row, address, strength = row[order], address[order], strength[order]
    some, same = np.diff(row_start) > 0, np.full(rows, np.nan)
    if some.any():
        least, most = (end.reduceat(strength, row_start[:-1][some]) for end in (np.minimum, np.maximum))
        same[some] = np.where(least == most, least, np.nan)
    block = address // BLOCK
    woken = np.sort((row * len(steady) + block)[~steady[block]])
    wake_row, wake = np.divmod(woken[np.diff(woken, prepend=-1) > 0], len(steady))
    return {
        "row_start": row_start.astype(np.uint64),
        "same": same,
        "target": address.astype(np.uint32),
        "strength": strength,
        "wake_start": _grouped(wake_row, rows)[1].astype(np.uint64),
        "wake": wake.astype(np.uint32),
    }


def _plastic(
    row: np.ndarray, back: np.ndarray, rule: np.ndarray, address: np.ndarray, rows: int, ends: int
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Plastic synapses sorted by row and rule, that is by leg, and by arm, each with its order; back: (delay, target)."""
    rules = int(rule.max(initial=0)) + 1
    order, legs, leg = _numbered(row * rules + rule)
    incoming, arms, arm_sorted = _numbered((back * rules + rule)[order])
    arm = np.empty(len(order), np.uint32)
    arm[incoming] = arm_sorted
    columns = {
        "leg_start": _grouped(legs // rules, rows)[1],
        "leg_rule": legs % rules,
        "synapse_start": _grouped(leg, len(legs))[1].astype(np.uint64),
        "plastic_target": address[order].astype(np.uint32),
        "arm": arm,
        "arm_start": _grouped(arms // rules, ends)[1],
        "arm_rule": arms % rules,
        "entry_start": _grouped(arm_sorted, len(arms))[1].astype(np.uint64),
        "incoming": incoming.astype(np.uint64),
        "origin": leg[incoming].astype(np.uint32),
    }
    return columns, order


def _numbered(key: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The order that sorts `key`, its different values, and the number of each sorted entry among them."""
    order = np.argsort(key, kind="stable")
    new = np.diff(key[order], prepend=-1) > 0
    return order, key[order][new], np.cumsum(new) - 1


def _rules(rules: list[STDP | Hebbian], k: np.ndarray, places: dict[str, int], dt: float) -> dict[str, np.ndarray]:
    """The numbers of each plastic projection."""
    number = np.zeros((len(rules), 6))
    for i, r in enumerate(rules):
        traces = (r.a_plus, r.a_minus, dt / r.tau_plus, dt / r.tau_minus) if isinstance(r, STDP) else (0, 0, 0, 0)
        number[i] = [k[i], r.w_max, *traces]
    return {
        "stdp": np.array([isinstance(r, STDP) for r in rules], bool),
        "number": number,
        "fade_plus": np.exp(-number[:, 4:5] * np.arange(FADES)),
        "fade_minus": np.exp(-number[:, 5:6] * np.arange(FADES)),
        "window": np.array([0 if isinstance(r, STDP) else round(r.window_ms / dt) for r in rules], int),
        "gate": np.array([-1 if r.gate is None else places[r.gate] for r in rules], int),
        "gate_steps": np.array([round(r.gate_ms / dt) for r in rules], int),
    }
