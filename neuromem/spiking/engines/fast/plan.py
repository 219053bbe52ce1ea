"""A circuit as flat arrays: cells in blocks, synapses sorted by source and by target.

The blocks may stand in parts, of which each can have a thread: what leaves one neuron with one
delay is then sorted by the part where it ends.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from neuromem import checks
from neuromem.spiking._joined import target
from neuromem.spiking.circuit import Circuit
from neuromem.spiking.plasticity import STDP, Hebbian
from neuromem.spiking.projections import Projection

from ._blocks import BLOCK, IE, II, LANES, Cells, blocks_of

FADES = 128  # steps over which the fading of a trace is tabled
STEPPED = 1000  # synapses that take as long as to step a cell that never sleeps, about
COPY, CELL, LISTED = 100, 140, 200  # bytes that one needs at most, a synapse while the plan is made


class Axons(NamedTuple):
    """An axon is all that leaves one neuron with one delay."""

    delays: np.ndarray  # (delay,) steps from a spike to its arrival, each once
    of: np.ndarray  # (delay * neurons + neuron,) its axon; -1: none


class Static(NamedTuple):
    """Synapses that don't learn, sorted by branch.

    A branch is what of an axon ends in one part; axon * parts + part is its number.
    """

    start: np.ndarray  # (branch + 1,) its first synapse
    equal: np.ndarray  # (branch,) the strength of all its synapses; NaN where they differ
    target: np.ndarray  # (synapse,) where in State.cells its current is
    strength: np.ndarray  # (synapse,) w k; empty where `equal` tells all
    block_start: np.ndarray  # (branch + 1,)
    block: np.ndarray  # blocks where the synapses of a branch end, those that never sleep left out


class Uniform(NamedTuple):
    """Bundles of synapses of one strength, from a neuron to all of a population or all but one.

    Where a population lies in several parts, each has its piece of the bundle.
    """

    start: np.ndarray  # (branch + 1,)
    first: np.ndarray  # (bundle,) first block of the population
    after: np.ndarray  # (bundle,) block after the last
    current: np.ndarray  # (bundle,) IE or II
    left_out: np.ndarray  # (bundle,) where in State.cells the current is that stays as it is
    synapses: np.ndarray  # (bundle,) their number, all told by the first piece
    strength: np.ndarray  # (bundle,) w k


class Outgoing(NamedTuple):
    """Plastic synapses of one projection that leave one neuron: they share the source's trace."""

    first: np.ndarray  # (axon + 1,) its first outgoing
    rule: np.ndarray  # (outgoing,) rule, that is plastic projection
    start: np.ndarray  # (outgoing + 1,) its first synapse
    target: np.ndarray  # (synapse,) where in State.cells its current is
    incoming: np.ndarray  # (synapse,) the incoming that it belongs to


class Incoming(NamedTuple):
    """Plastic synapses of one projection that reach one neuron: they share the target's trace."""

    delays: np.ndarray  # (delay,) steps from a spike of the target to its arrival at the synapse
    late: np.ndarray  # (delay,) bool: learnt from after the spikes of the sources
    first: np.ndarray  # (delay * neurons + neuron + 1,) its first incoming
    rule: np.ndarray  # (incoming,)
    start: np.ndarray  # (incoming + 1,) its first entry in the next two
    synapse: np.ndarray  # (entry,) synapses sorted by incoming
    outgoing: np.ndarray  # (entry,) the outgoing that each belongs to


class Rules(NamedTuple):
    """The rules of plastic projections; (rule,), zero where a rule has no such number."""

    stdp: np.ndarray  # bool, else clipped Hebbian
    nearest: np.ndarray  # bool: pairs with the last spike alone
    k: np.ndarray
    w_max: np.ndarray
    a_plus: np.ndarray
    a_minus: np.ndarray
    rate_plus: np.ndarray  # dt / tau_plus
    rate_minus: np.ndarray
    fade_plus: np.ndarray  # (rule, FADES) exp(-step rate_plus)
    fade_minus: np.ndarray
    window: np.ndarray  # steps
    gate: np.ndarray  # population that opens plasticity, -1: always open
    gate_steps: np.ndarray


class Plan(NamedTuple):
    edges: np.ndarray  # (part + 1,) its first block
    cells: Cells
    axons: Axons
    static: Static
    uniform: Uniform
    outgoing: Outgoing
    incoming: Incoming
    rules: Rules


class _Listed(NamedTuple):
    """Synapses of projections, one by one."""

    source: np.ndarray  # delay * neurons + neuron
    target: np.ndarray  # neuron
    address: np.ndarray  # where in State.cells its current is
    strength: np.ndarray  # w k
    projection: np.ndarray


def plan(circuit: Circuit, parts: int = 1) -> tuple[Plan, np.ndarray, np.ndarray]:
    """The plan, the first neuron of each population, and the order of the plastic synapses."""
    ranked = np.argsort(circuit.names)
    cells = blocks_of(circuit, parts)
    first = cells.first[np.argsort(ranked)]
    blocks, begin = len(cells.population), dict(zip(circuit.names, first, strict=True))
    projections = sorted(circuit.projections, key=lambda p: p.plasticity is None)
    rules = [p.plasticity for p in projections if p.plasticity]
    delays, delay = np.unique(
        np.array([circuit.steps("delay", p.delay_ms) - 1 for p in projections], int), return_inverse=True
    )
    seen = np.array(
        [2 * circuit.steps("back_ms", r.back_ms, 0) + (isinstance(r, STDP) and r.first == "pre") for r in rules], int
    )
    backs, back = np.unique(seen, return_inverse=True)
    k = np.array([_peak(circuit, p) for p in projections])

    every = len(delays) * blocks * LANES
    small, none = np.int32 if every < 2**31 else np.int64, np.zeros(0, np.int32)
    listed, bundles = [_Listed(none, none, none.astype(np.uint32), np.zeros(0), none)], [np.zeros((7, 0))]
    for i, p in enumerate(projections):
        source = (delay[i] * blocks * LANES + begin[p.pre]) + np.arange(circuit[p.pre].size)
        if is_uniform(p):
            bundles.append(_bundles(circuit, p, source, begin[p.post], blocks, k[i] * p.weight))
        else:
            pre, post = circuit.connections(p)
            strength = np.broadcast_to(np.asarray(p.weight, float) * k[i], len(pre))
            target = (begin[p.post] + post).astype(np.int32)
            address = _address(target, _current(p)).astype(np.uint32)
            listed.append(_Listed(source.astype(small)[pre], target, address, strength, np.full(len(pre), i, np.int32)))
    synapses = _Listed(*map(np.concatenate, zip(*listed, strict=True)))
    listed.clear()
    bundled = np.concatenate(bundles, axis=1)
    bundle_source = bundled[0].astype(int)
    used = np.flatnonzero(np.bincount(np.concatenate([synapses.source, bundle_source]), minlength=every))
    of = np.full(every, -1)
    of[used] = np.arange(len(used))
    axon = of[synapses.source]

    fixed = synapses.projection >= len(rules)
    edges = _edges(cells.restless, synapses.address // BLOCK, bundled, parts)
    branch = axon[fixed] * parts + _part(edges, synapses.address[fixed] // BLOCK)
    static = _static(branch, synapses.address[fixed], synapses.strength[fixed], len(used) * parts, cells.restless)
    rule = synapses.projection[~fixed]
    at = back[rule] * blocks * LANES + synapses.target[~fixed]
    ends = len(backs) * blocks * LANES
    outgoing, incoming, order = _plastic(axon[~fixed], at, rule, synapses.address[~fixed], len(used), ends, backs)
    places = {name: i for i, name in enumerate(sorted(circuit.names))}
    uniform, learning = _uniform(of[bundle_source], bundled[1:], len(used), edges), _rules(rules, k, places, circuit)
    return Plan(edges, cells, Axons(delays, of), static, uniform, outgoing, incoming, learning), first, order


def fits(circuit: Circuit, steps: int, copies: int, at_once: int, kept: int) -> None:
    """Refuse a run of some copies that would not fit in the memory.

    `at_once` of them are run, and the weights of `kept` of them held, at the same time.
    """
    checks.fits("copies", COPY * copies, "run fewer copies at a time")
    cells = sum(p.size + LANES for p in circuit.populations)
    listed = sum(circuit.expected_synapses(p) for p in circuit.projections if not is_uniform(p))
    plastic = sum(circuit.expected_synapses(p) for p in circuit.projections if p.plasticity)
    size = CELL * cells * at_once + LISTED * listed + 16 * plastic * kept + 8 * steps * at_once
    way_out = f"make smaller what has {cells:,} cells, {listed:,} listed synapses and {kept:,} copies of {plastic:,} weights"
    checks.fits("circuit", size, way_out)


def is_uniform(p: Projection) -> bool:
    """Whether the synapses of a projection need not be listed one by one."""
    return p.plasticity is None and p.pattern in ("all-to-all", "all-but-self") and not isinstance(p.weight, tuple)


def _current(p: Projection) -> int:
    return IE if p.receptor == "excitatory" else II


def _address(neuron: np.ndarray, current: int) -> np.ndarray:
    """Where State.cells holds a current of a neuron."""
    return neuron // LANES * BLOCK + current + neuron % LANES


def _peak(circuit: Circuit, p: Projection) -> float:
    """k of equation (5): what a spike of weight 1 adds to the current."""
    return target(circuit, p).arrival(p.receptor, circuit.step_ms).k


def _bundles(circuit: Circuit, p: Projection, source: np.ndarray, begin: int, blocks: int, strength: float) -> np.ndarray:
    """The source of each bundle of a projection, then the columns of Uniform without `start`."""
    size, current, first = circuit[p.post].size, _current(p), begin // LANES
    left_out = np.full(len(source), blocks * BLOCK)  # none
    if p.pattern == "all-but-self":
        left_out = _address(begin + np.arange(size), current)
    count = circuit.synapses(p) // len(source)
    columns = source, first, first - (-size // LANES), current, left_out, count, strength
    return np.stack(np.broadcast_arrays(*columns)).astype(float)


def _edges(restless: np.ndarray, ends: np.ndarray, bundles: np.ndarray, parts: int) -> np.ndarray:
    """Where parts of about the same work begin, and the end; `ends`: the block of each synapse."""
    blocks = len(restless)
    if parts == 1:
        return np.array([0, blocks])
    first, after = (np.bincount(row.astype(int), minlength=blocks + 1) for row in bundles[1:3])
    synapses = np.bincount(ends, minlength=blocks) + LANES * np.cumsum(first - after)[:-1]
    work = np.cumsum(synapses + STEPPED * LANES * restless)
    return np.concatenate([[0], np.searchsorted(work, work[-1] * np.arange(1, parts) / parts), [blocks]])


def _part(edges: np.ndarray, block: np.ndarray) -> np.ndarray:
    """The part of a block."""
    return np.repeat(np.arange(len(edges) - 1), np.diff(edges))[block]


def _uniform(axon: np.ndarray, bundles: np.ndarray, axons: int, edges: np.ndarray) -> Uniform:
    """Bundles, each cut where a part ends."""
    parts, pieces = len(edges) - 1, []
    for part in range(parts):
        first, after, current, left_out, synapses, strength = bundles
        inside = np.clip((first, after), *edges[part : part + 2])
        nowhere = edges[-1] * BLOCK + 2 * LANES * part  # a noise current of none, which stays so
        own = _part(edges, np.minimum(left_out // BLOCK, edges[-1] - 1).astype(int)) == part
        left_out = np.where(own & (left_out < edges[-1] * BLOCK), left_out, nowhere)
        synapses = np.where(inside[0] == first, synapses, 0)
        piece = np.stack([axon * parts + part, *inside, current, left_out, synapses, strength])
        pieces.append(piece[:, inside[0] < inside[1]])
    branch, *columns = np.concatenate(pieces, axis=1)
    order, start = _grouped(branch.astype(int), axons * parts)
    first, after, current, left_out, synapses = (column[order].astype(int) for column in columns[:-1])
    return Uniform(start, first, after, current, left_out, synapses, columns[-1][order])


def _grouped(key: np.ndarray, keys: int) -> tuple[np.ndarray, np.ndarray]:
    """The order that sorts `key`, whole numbers below `keys`, and where each of them begins."""
    return np.argsort(key, kind="stable"), np.concatenate([[0], np.cumsum(np.bincount(key, minlength=keys))])


def _static(branch: np.ndarray, address: np.ndarray, strength: np.ndarray, branches: int, restless: np.ndarray) -> Static:
    """Static synapses sorted by branch."""
    order, start = _grouped(branch, branches)
    branch, address, strength = branch[order], address[order], strength[order]
    some, equal = np.diff(start) > 0, np.full(branches, np.nan)
    if some.any():
        least, most = (end.reduceat(strength, start[:-1][some]) for end in (np.minimum, np.maximum))
        equal[some] = np.where(least == most, least, np.nan)
        strength = strength if np.isnan(equal[some]).any() else strength[:0]
    block = address // BLOCK
    ends = np.sort((branch * len(restless) + block)[~restless[block]])
    end_branch, end_block = np.divmod(ends[np.diff(ends, prepend=-1) > 0], len(restless))
    block_start = _grouped(end_branch, branches)[1]
    return Static(
        start.astype(np.uint64),
        equal,
        address.astype(np.uint32),
        strength,
        block_start.astype(np.uint64),
        end_block.astype(np.uint32),
    )


def _plastic(
    axon: np.ndarray, back: np.ndarray, rule: np.ndarray, address: np.ndarray, axons: int, ends: int, backs: np.ndarray
) -> tuple[Outgoing, Incoming, np.ndarray]:
    """Plastic synapses sorted by source and by target; `back` is delay * neurons + target."""
    rules = int(rule.max(initial=0)) + 1
    order, sources, outgoing = _numbered(axon * rules + rule)
    by_target, targets, incoming_sorted = _numbered((back * rules + rule)[order])
    incoming = np.empty(len(order), np.uint32)
    incoming[by_target] = incoming_sorted
    leaving = Outgoing(
        first=_grouped(sources // rules, axons)[1],
        rule=sources % rules,
        start=_grouped(outgoing, len(sources))[1].astype(np.uint64),
        target=address[order].astype(np.uint32),
        incoming=incoming,
    )
    arriving = Incoming(
        delays=backs // 2,
        late=backs % 2 == 1,
        first=_grouped(targets // rules, ends)[1],
        rule=targets % rules,
        start=_grouped(incoming_sorted, len(targets))[1].astype(np.uint64),
        synapse=by_target.astype(np.uint64),
        outgoing=outgoing[by_target].astype(np.uint32),
    )
    return leaving, arriving, order


def _numbered(key: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The order that sorts `key`, its different values, and which of them each entry then is."""
    order = np.argsort(key, kind="stable")
    new = np.diff(key[order], prepend=-1) > 0
    return order, key[order][new], np.cumsum(new) - 1


def _rules(rules: list[STDP | Hebbian], k: np.ndarray, places: dict[str, int], circuit: Circuit) -> Rules:
    """The numbers of each plastic projection."""
    dt = circuit.step_ms
    traces = [
        (r.a_plus, r.a_minus, dt / r.tau_plus, dt / r.tau_minus) if isinstance(r, STDP) else (0, 0, 0, 0) for r in rules
    ]
    a_plus, a_minus, rate_plus, rate_minus = np.array(traces, float).reshape(-1, 4).T.copy()
    return Rules(
        stdp=np.array([isinstance(r, STDP) for r in rules], bool),
        nearest=np.array([isinstance(r, STDP) and r.pairing == "nearest" for r in rules], bool),
        k=k[: len(rules)],
        w_max=np.array([r.w_max for r in rules], float),
        a_plus=a_plus,
        a_minus=a_minus,
        rate_plus=rate_plus,
        rate_minus=rate_minus,
        fade_plus=np.exp(-rate_plus[:, None] * np.arange(FADES)),
        fade_minus=np.exp(-rate_minus[:, None] * np.arange(FADES)),
        window=np.array([0 if isinstance(r, STDP) else circuit.steps("window_ms", r.window_ms, 0) for r in rules], int),
        gate=np.array([-1 if r.gate is None else places[r.gate] for r in rules], int),
        gate_steps=np.array([circuit.steps("gate_ms", r.gate_ms, 0) for r in rules], int),
    )
