"""Cases for the launchers of a device: each by itself, and through the memories that reach it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import neuromem as nm
from neuromem.arrays import on_device, to_host
from neuromem.experiments import phase_diagram
from neuromem.kernels import bits, cliques, glauber, locations, packed, selection
from neuromem.spiking import LIF, STDP, Circuit, Hebbian, Input, Population, Projection, fast

Place = Callable[[np.ndarray], Any]  # puts an array where the kernels shall run


Case = Callable[[Place], list[Any]]


def pairwise(place: Place) -> list[Any]:
    rng, found = np.random.default_rng(0), []
    for dtype in (np.int16, np.float64):
        for units, batch, beta in ((1, 1, np.inf), (13, 3, np.inf), (7, 2, 0.7)):
            outgoing = np.asfortranarray(rng.integers(-3, 4, (units, units)).astype(dtype))
            spins, bias = rng.integers(-1, 2, (batch, units)), rng.integers(-2, 3, units)
            given = {"bias": place(bias), "beta": beta, "steps": 4, "seed": 5}
            for synchronous in (False, True):
                ended = glauber.weights(place(outgoing), place(spins), synchronous=synchronous, **given)
                assert {on_device(array) for array in ended} == {on_device(place(spins))}
                found += ended
    return found


def spin_patterns(place: Place) -> list[Any]:
    return many_body(place, [(4, "full", np.int8, (-1, 1)), (5, "distinct", np.int8, (-1, 1))])


def scaled_patterns(place: Place) -> list[Any]:
    v = nm.patterns.random(7, 18, rng=0)
    cues = nm.cues.erase(nm.cues.flip(v[:2], 0.2, rng=1), 0.3, rng=2)
    found = [*glauber.patterns(place(v.T), place(cues), order="exponential", steps=3)]
    for order, interactions, beta in ((60, "full", 20.0), (61, "full", np.inf), (14, "distinct", 1e3)):
        found += glauber.patterns(place(v.T), place(cues), order=order, interactions=interactions, beta=beta, steps=2)
    return found


def real_patterns(place: Place) -> list[Any]:
    diluted, sums = (np.int8, (-1, 0, 1)), (np.int16, (-3, 1, 2))
    return many_body(place, [(2, "full", *diluted), (4, "full", *diluted), (3, "distinct", *sums)])


def many_body(place: Place, networks: list[Any]) -> list[Any]:
    rng, found = np.random.default_rng(1), []
    for order, interactions, dtype, entries in networks:
        for units, items, beta in ((5, 1, np.inf), (7, 6, 0.02)):
            v = np.asfortranarray(rng.choice(entries, (units, items)).astype(dtype))
            c = place(rng.integers(1, 4, items).astype(float)) if dtype == np.int16 else None
            settings: dict[str, Any] = {"order": order, "interactions": interactions, "steps": 2, "seed": 3}
            start = place(rng.integers(-1, 2, (2, units)))
            found += glauber.patterns(place(v), start, strengths=c, beta=5 * beta * len(v) ** (order - 2), **settings)
    return found


def associated(place: Place) -> list[Any]:
    rng, found = np.random.default_rng(2), []
    for width, loops in ((1, True), (1, False), (70, True), (70, False)):
        keys, values = rng.random((3, width)) < 0.3, rng.random((3, width)) < 0.5
        kept = place(bits.pack(rng.random((width, width)) < 0.1))
        packed.associate(kept, place(np.asfortranarray(keys)), bits.pack(place(values)), loops=loops)
        found.append(kept)
    return found


def summed(place: Place) -> list[Any]:
    rng, found = np.random.default_rng(2), []
    for cues, width in ((1, 1), (3, 130)):
        kept, active = bits.pack(rng.random((7, width)) < 0.5), rng.random((cues, 7)) < 0.5
        found.append(packed.sums(place(kept), place(active), width))
    return found


CODES = ((1, 2, 3), (5, 4, 70))  # modules, cells, units


def kept_codes(modules: int, cells: int, units: int) -> tuple[np.ndarray, np.ndarray, np.random.Generator]:
    rng = np.random.default_rng(3)
    rows = (rng.random((number, 2 * units)) < 0.5 for number in (modules * cells, 3))
    return (*map(bits.pack, rows), rng)  # type: ignore[return-value]


def learnt(place: Place) -> list[Any]:
    found = []
    for modules, cells, units in CODES:
        kept, lines, _ = kept_codes(modules, cells, units)
        there = place(kept)
        found += [*selection.learn(there, place(lines), modules, selection.Gain(power=3.0), 1, 4), there]
    return found


def recognised(place: Place) -> list[Any]:
    found = []
    for modules, cells, units in CODES:
        kept, lines, _ = kept_codes(modules, cells, units)
        found += selection.recognise(place(kept), place(lines), modules, selection.Gain(power=3.0), 1)
    return found


def decoded(place: Place) -> list[Any]:
    found = []
    for modules, cells, units in CODES:
        kept, _, rng = kept_codes(modules, cells, units)
        chosen = place(rng.integers(0, cells, (3, modules)).astype(np.int32))
        found += [selection.decode(place(kept), chosen, units, quorum) for quorum in (0, 2)]
    return found


def retrieved(place: Place) -> list[Any]:
    rng, found = np.random.default_rng(4), []
    for clusters, cells in ((2, 2), (17, 8), (3, 128)):
        width, own = clusters * cells, np.arange(clusters * cells) // cells
        edges = (rng.random((width, width)) < 0.3) & (own[:, None] != own[None])
        states = place(rng.random((2, width)) < 0.3)
        found += cliques.retrieve(place(bits.pack(edges)), states, cells, 3)
    return found


def written(place: Place) -> list[Any]:
    rng, found = np.random.default_rng(5), []
    for width, places, radius in ((1, 1, 1), (70, 9, 34)):
        addresses = place(np.ascontiguousarray(bits.pack(rng.random((places, width)) < 0.5).T))
        for dtype in (np.int8, np.float64):
            counters, keys = place(np.zeros((places, 6), dtype)), place(rng.integers(-1, 2, (3, width)))
            locations.write(addresses, counters, keys, place(2 * rng.integers(0, 2, (3, 6)) - 1), radius)
            found.append(counters)
    return found


def read(place: Place) -> list[Any]:
    rng, found = np.random.default_rng(6), []
    for width, places, radius in ((1, 1, 1), (70, 9, 34)):
        addresses = place(np.ascontiguousarray(bits.pack(rng.random((places, width)) < 0.5).T))
        cues = place(rng.integers(-1, 2, (3, width)))
        for counters in (rng.integers(-9, 10, (places, 6)).astype(np.int8), rng.normal(size=(places, 6))):
            found += locations.read(addresses, place(counters), cues, radius)
    return found


# a launcher for a device: the case that must reach it
KERNELS: dict[str, Case] = {
    "cliques.retrieve": retrieved,
    "glauber.reach": pairwise,
    "glauber.real_patterns": real_patterns,
    "glauber.scaled_patterns": scaled_patterns,
    "glauber.spin_patterns": spin_patterns,
    "glauber.weights": pairwise,
    "locations.read": read,
    "locations.write": written,
    "packed.associate": associated,
    "packed.sums": summed,
    "selection.decode": decoded,
    "selection.learn": learnt,
    "selection.recognise": recognised,
}


def sparsey(place: Place) -> list[Any]:
    found = []
    for lines, power in (("both", 2.0), ("on", 1.0)):
        items = nm.patterns.random(3, 37, rng=3)
        memory = nm.Sparsey(37, modules=5, cells=4, lines=lines, power=power, rng=1).store(place(items))
        recall = memory.recall(place(nm.cues.erase(items[:2], 0.3, rng=4)))
        found += [memory.codes, memory.code(place(items)), recall.items, recall.converged, recall.operations]
    return found


def networks(place: Place) -> list[Any]:
    items, found = nm.patterns.random(3, 11, rng=5), []
    cues = place(nm.cues.flip(items, 0.2, rng=6))
    spins = [nm.Hopfield(11), nm.Hopfield(11, temperature=0.5, steps=2), nm.Multitasking(11)]
    for memory in [*spins, nm.DenseHebbian(11), nm.DenseHebbian(11, order="exponential")]:
        recall = memory.store(place(items[:2])).store(place(items[2:])).recall(cues)
        found += [recall.items, recall.steps, recall.converged, recall.operations, memory.energy(cues)]
    return found


def maps(place: Place) -> list[Any]:
    device = "cuda" if on_device(place(np.ones(1))) else "cpu"
    settings: dict[str, Any] = {"seed": 1, "temperatures": (0.3, 1.0), "units": 8, "steps": 2, "device": device}
    found = [
        phase_diagram.hopfield(load=0.3, starts=1, **settings),
        phase_diagram.dense(load=0.05, starts=1, order=3, interactions="distinct", **settings),
        phase_diagram.multitasking(dilution=0.3, patterns=2, **settings),
    ]
    return [array for one in found for _, array in one.values()]


def circuit() -> Circuit:
    """Sources that drive two noisy cells, which learn by both rules, one of them behind a gate."""
    cells = Population("In", 3), Population("Gate", 1), Population("Out", 2, LIF(cm=0.27, tau_m=3.0), noise=3.0)
    wires = (
        Projection("In", "Out", "all-to-all", 4.0, delay_ms=2.0, plasticity=STDP(3.0, 3.0, 0.5, 0.3, w_max=9.0)),
        Projection("Out", "Out", "all-to-all", 2.0, plasticity=Hebbian(w_max=3.0, window_ms=2.0, gate="Gate", gate_ms=4.0)),
        Projection("In", "Out", "all-to-all", 3.0, receptor="inhibitory"),
    )
    inputs = Input("In", (2, 0, 1, 2), (1.0, 2.0, 2.0, 5.0)), Input("Gate", (0,), (3.0,))
    return Circuit(cells, wires, inputs)


def spiking(place: Place) -> list[Any]:
    device = "cuda" if on_device(place(np.ones(1))) else "cpu"
    record = fast.run(circuit(), 12.0, copies=3, rng=2, device=device)
    return [record.copy, record.time_ms, record.place, record.neuron, record.events, *record.weights.values()]


def binary(place: Place) -> list[Any]:
    """SDM, Willshaw and Cliques, of items and of pairs."""
    items, found = nm.patterns.random(3, 11, rng=5), []
    sparse = nm.patterns.sparse(3, 11, activity=0.3, rng=6)
    small: dict[str, Any] = {"locations": 9, "radius": 6}
    cases = [(memory, items, None) for memory in (nm.SDM(11, **small), nm.Willshaw(11), nm.Cliques(11))]
    cases += [
        (nm.Willshaw(11, activity=0.3, **setting), sparse, None) for setting in ({}, {"decision": "cue"}, {"threshold": 2})
    ]
    cases += [(nm.SDM(11, **small), items, items[:, :4]), (nm.Willshaw(11), items, items[:, :6])]
    for memory, keys, values in cases:
        paired = [None, None] if values is None else [place(values[:2]), place(values[2:])]
        memory.store(place(keys[:2]), paired[0]).store(place(keys[2:]), paired[1])
        recall = memory.recall(place(nm.cues.erase(keys, 0.2, rng=7)))
        assert on_device(recall.items) == on_device(place(keys))
        found += [recall.items, recall.steps, recall.converged, recall.operations, *memory.synapses.values()]
        memory.synapses = memory.synapses
        found.append(memory.recall(place(keys)).items)
    return found


MEMORIES: dict[str, Case] = {case.__name__: case for case in (sparsey, networks, maps, binary, spiking)}


CASES = KERNELS | MEMORIES


def answers(name: str, place: Place) -> dict[str, np.ndarray]:
    """What a case gives, by name; `place` puts its arrays where they shall be."""
    return {f"{name} {at}": to_host(array) for at, array in enumerate(CASES[name](place))}
