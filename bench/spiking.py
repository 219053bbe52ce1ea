"""The fast spiking engine beside Brian2 and NEST, and its time against the size of a network."""

from __future__ import annotations

import numba
import numpy as np

from neuromem import checks
from neuromem.bench import Row
from neuromem.experiments import brunel
from neuromem.spiking import LIF, Circuit, Population, Projection, Random, Record, Spikes, brian, fast, nest

CELL = LIF(cm=0.25, tau_m=10.0, tau_refrac=2.0, tau_syn_e=2.0, tau_syn_i=2.0, v_thresh=-45.0, i_offset=0.4)
EXCITE, INHIBIT, DELAY = 0.04, 0.2, 3.0  # nA, nA, ms


def measure(quick: bool) -> list[Row]:
    """Measure every comparison, with both of its sides."""
    return [
        *_beside("one network of 2000 cells", recurrent(2000, 0.04), 100.0 if quick else 1000.0, 1, cpp=not quick),
        *_beside("100 networks of 100 cells", recurrent(100, 0.08), 100.0 if quick else 1000.0, 100, cpp=not quick),
        _threads(10.0 if quick else 200.0),
        _growth((1000, 4000) if quick else (1000, 3000, 10000)),
    ]


def recurrent(cells: int, probability: float, noise: float = 0.0) -> Circuit:
    """Make 80% excitatory and 20% inhibitory cells under constant drive, joined at random."""
    excite, inhibit = Population("E", cells * 4 // 5, CELL, noise), Population("I", cells // 5, CELL, noise)
    wires = [
        Projection(pre, post, Random(probability, seed), weight, DELAY, receptor)  # type: ignore[arg-type]
        for seed, (pre, post, weight, receptor) in enumerate(
            (
                ("E", "E", EXCITE, "excitatory"),
                ("E", "I", EXCITE, "excitatory"),
                ("I", "E", INHIBIT, "inhibitory"),
                ("I", "I", INHIBIT, "inhibitory"),
            )
        )
    ]
    return Circuit((excite, inhibit), tuple(wires))


def _beside(name: str, net: Circuit, duration_ms: float, copies: int, cpp: bool) -> list[Row]:
    """Time a network in NEST and in Brian2's C++, each beside ours on as many threads.

    It is the clock's time of the simulation alone, the median of three runs that take turns; one of
    Brian2's, which it builds for half a minute. Each of these networks is one thread.
    """
    cores = numba.get_num_threads()

    def ours(threads: int) -> Record:
        numba.set_num_threads(min(threads, cores))
        record = fast.run(net, duration_ms, copies=copies)
        numba.set_num_threads(cores)
        return record

    fast.run(net, net.step_ms)  # compiles
    took: dict[str, list[float]] = {}
    notes: dict[str, str] = {}
    first = ours(1)
    for _ in range(3):
        for threads in (1, 2):
            took.setdefault(f"ours {threads}", []).append(ours(threads).seconds)
            other = f"NEST, {threads} thread{'s' * (threads > 1)}"
            try:
                _note(other, took, notes, first, nest.run(net, duration_ms, copies=copies, threads=threads))
            except (checks.InputError, RuntimeError) as error:  # it is not installed, or ended with an error
                notes[other] = f"not measured: {error}"
    if cpp:
        try:
            _note("Brian2 C++", took, notes, first, brian.run(net, duration_ms, copies=copies, target="cpp_standalone"))
        except Exception as error:  # whatever a missing compiler raises
            notes["Brian2 C++"] = f"not measured: {type(error).__name__}"
    middle = {side: float(np.median(seconds)) for side, seconds in took.items()}
    beside = {other: "ours 2" if other == "NEST, 2 threads" else "ours 1" for other in notes}
    return [
        Row(f"{name}: {other}", middle[beside[other]], middle.get(other, np.nan), 10, note) for other, note in notes.items()
    ]


def _note(other: str, took: dict[str, list[float]], notes: dict[str, str], first: Record, record: Record) -> None:
    """Keep the time of a run, and whether its spikes are ours."""
    took.setdefault(other, []).append(record.seconds)
    same = np.array_equal(first.time_ms, record.time_ms) and np.array_equal(first.neuron, record.neuron)
    runs = ", ".join(f"{seconds:.3g}" for seconds in took[other])
    notes[other] = f"{len(record):,} spikes, {'the same' if same else 'OTHERS'}; its runs took {runs} s"


def _threads(duration_ms: float) -> Row:
    """Time a large network on two threads beside one: medians of five runs that take turns.

    It is Brunel's asynchronous irregular state with 12,500 cells.
    """
    name, cores = "Brunel's network of 12,500 cells, 15.6 million synapses: one thread beside two", numba.get_num_threads()
    if cores < 2:
        return Row(name, goal=1.6, note="not measured: there is one core")
    net = brunel.network(12500, *brunel.STATES["asynchronous irregular"], 0.1, 10.0, 0)
    took: dict[int, list[float]] = {1: [], 2: []}
    for turn in range(6):
        records = []
        for threads, seconds in took.items():
            numba.set_num_threads(threads)
            records.append(fast.run(net, duration_ms if turn else net.step_ms))  # the first one compiles
            seconds.append(records[-1].seconds)
    numba.set_num_threads(cores)
    one, two = (float(np.median(seconds[1:])) for seconds in took.values())
    same = np.array_equal(records[0].time_ms, records[1].time_ms) and np.array_equal(records[0].neuron, records[1].neuron)
    runs = "; ".join(", ".join(f"{s:.3g}" for s in seconds[1:]) for seconds in took.values())
    return Row(name, two, one, 1.6, f"{len(records[0]):,} spikes, {'the same' if same else 'OTHERS'}; runs took {runs} s")


def _growth(sizes: tuple[int, ...]) -> Row:
    """Time a network of n cells with 100 synapses each, against its synapses.

    The same few spikes happen at every size.
    """
    seconds, events = [], []
    for cells in sizes:
        wires = (Projection("In", "Out", Random(100 / cells), 0.7), Projection("Out", "Out", Random(100 / cells, 1), 0.05))
        net = Circuit((Population("In", cells), Population("Out", cells, LIF(cm=0.27, tau_m=3.0))), wires)
        rng = np.random.default_rng(0)
        time_ms = np.sort(rng.integers(0, 1000, 2000))
        inputs = Spikes(np.zeros(2000, int), time_ms, np.full(2000, "In"), rng.integers(0, cells, 2000))
        runs = [fast.run(net, 1000.0, inputs=inputs) for _ in range(7)]
        seconds.append(min(r.seconds for r in runs))
        events.append(int(runs[0].events[0]))
    grown = np.polyfit(np.log(sizes), np.log(seconds), 1)[0] if len(sizes) > 1 else 0.0
    steps = 1000 * 100 * sizes[-1] * 2  # a clock-driven pass over every synapse in every step
    text = ", ".join(f"{n}: {1e3 * s:.1f} ms, {e} events" for n, s, e in zip(sizes, seconds, events, strict=True))
    return Row(
        f"same activity in networks of {sizes[0]} to {sizes[-1]} cells",
        seconds[-1],
        note=f"{text}; time ~ size^{grown:.2f}; synapses x steps would be {steps:.0e}",
    )
