"""CA3: the spiking content-addressable memory."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from typing import Any, Literal, Self

import numpy as np

from neuromem import checks
from neuromem.memory import Cost, Recall, bits_of, to_numpy
from neuromem.spiking import engine as engine_named
from neuromem.spiking.circuit import LIF, STDP, Circuit, Population, Projection, Record, Spikes

Operation = tuple[str, int, Iterable[int]] | tuple[str, int] | tuple[str, Iterable[int]]

SLOW = LIF(cm=0.27, tau_m=3.0)
FAST = LIF(cm=0.14, tau_m=0.5)
OUT = LIF(cm=0.27, tau_m=3.0, v_thresh=-57.5)
RULE = STDP(tau_plus=3.0, tau_minus=3.0, a_plus=6.0, a_minus=6.0, w_max=6.0)
LEARN_MS, RECALL_MS = 7, 6  # the shortest safe intervals, by the authors' documents
STORE_MS = 42  # traces of the item before (tau 3 ms) fade below 1e-4 nA a synapse; at 14 ms they leave 0.18 nA in each
_TO_CONTENT, _TO_CUE = "CueCue->ContCue", "ContCont->CueCont"  # the plastic projections


def circuit(cues: int, units: int) -> Circuit:
    """The published network for `cues` one-hot cue neurons and `units` content neurons; weights nA, delays ms."""
    nc, nk = cues, units
    sizes = {"InCue": (nc, None), "InCont": (nk, None), "CueCue": (nc, SLOW), "CueCont": (nc, FAST), "ContCue": (nk, SLOW)}
    sizes |= {"ContCont": (nk, SLOW), "Cond": (nk, FAST), "Int": (1, FAST), "MergeCue": (nc, SLOW), "MergeCont": (nk, SLOW)}
    sizes |= {"OutCue": (nc, OUT), "OutCont": (nk, OUT)}
    to = Projection
    return Circuit(
        tuple(Population(name, size, cell) for name, (size, cell) in sizes.items()),
        (
            to("InCue", "CueCue", "one-to-one", 6.0, 1),
            to("InCont", "ContCue", "one-to-one", 6.0, 1),
            to("CueCue", "ContCue", "all-to-all", 0.0, 1, plasticity=RULE),
            to("ContCont", "CueCont", "all-to-all", 0.0, 1, plasticity=RULE),
            to("CueCue", "CueCont", "one-to-one", 6.0, 2),
            to("CueCue", "CueCont", "all-but-self", 6.0 * nk, 3, "inhibitory"),
            to("CueCont", "CueCont", "all-but-self", 6.0 * nk, 2, "inhibitory"),
            to("CueCue", "Cond", "all-to-all", 6.0, 2, "inhibitory"),
            to("ContCue", "Cond", "one-to-one", 9.0, 1),
            to("ContCue", "Int", "all-to-all", 6.0, 1),
            to("Int", "Cond", "all-to-all", 2.0, 1),
            to("Cond", "ContCont", "one-to-one", 6.0, 1),
            to("CueCue", "MergeCue", "one-to-one", 6.0, 3),
            to("ContCue", "MergeCont", "one-to-one", 6.0, 3),
            to("CueCont", "MergeCue", "one-to-one", 6.0, 1),
            to("ContCont", "MergeCont", "one-to-one", 6.0, 1),
            to("MergeCue", "OutCue", "one-to-one", 6.0, 1),
            to("MergeCont", "OutCont", "one-to-one", 6.0, 1),
        ),
    )


class CA3:
    """CA3: spiking content-addressable memory with one cue neuron an item, the published network spike for spike.

    An item is the set of its active (+1) units. The cells, the lattice of 1 ms and the plasticity are equations (1) to (7)
    of neuromem/spiking/circuit.py; the tables are `circuit` above.

    learn a cue and a content: their neurons spike at t, t+1, t+2; STDP joins them both ways              (1)
    recall by cue:     the cue spikes at t;     the content spikes at the output at t + 6 ms              (2)
    recall by content: any of it spikes at t;   every cue that holds one of them spikes at t + 6 ms       (3)

    `store` learns each item on the next free cue, one every 42 ms, so that a dense one leaves no trace in the next.
    `recall` presents the known active units by (3), recalls every cue that answers by (2) and merges: a unit is +1 where
    one of them holds it, -1 elsewhere; 0 everywhere, converged=False, where no cue answers. Each of these starts from the
    stored state. The match is an OR: items that share active units with the cue all come back.

    engine: "fast", or "brian2", the reference; both give the same spikes.
    units (nk): content neurons.  cues (nc): cue neurons, the items that fit; None: as many as are needed.
    Raises InputError for more items than cues, an item without active units, a cue number or neuron out of range.
    Reference: Casanueva-Morato, Ayuso-Martinez, Dominguez-Morales, Jimenez-Fernandez, Jimenez-Moreno, "Bio-inspired
    computational memory model of the Hippocampus: an approach to a neuromorphic spike-based Content-Addressable Memory"
    (Neural Networks 2024, arXiv:2310.05868).

    >>> items = np.array([[1, 1, -1, -1, -1], [-1, -1, 1, 1, 1]])
    >>> CA3(5).store(items).recall([[1, 0, 0, 0, 0]]).items.tolist()
    [[1, 1, -1, -1, -1]]
    """

    step_unit = "ms"

    def __init__(self, units: int, *, cues: int | None = None, engine: Literal["fast", "brian2"] = "fast"):
        self.units = checks.whole("units", units, way_out="give the length of one item, such as 64")
        self.cues = None if cues is None else checks.whole("cues", cues, way_out="give the number of items that must fit")
        self.engine = checks.choice("engine", engine, ("fast", "brian2"))
        self.clear()

    def clear(self) -> None:
        """Forgets everything."""
        shape = self.cues or 0, self.units
        self._weights = {_TO_CONTENT: np.zeros(shape, np.float32), _TO_CUE: np.zeros(shape[::-1], np.float32)}
        self._items = 0
        self._operations = float("nan")

    def store(self, keys: Any, values: Any = None) -> Self:
        """Learns items (item, unit) of +1/-1 on the next free cues."""
        checks.auto(self, values)
        items = to_numpy(checks.spins("items", keys, self.units))
        if self.cues is not None and self._items + len(items) > self.cues:
            free = f"be at most {self.cues - self._items}, the free cues of {self.cues}"
            raise checks.refusal("number of items", free, f"was {len(items)}", "make the memory with more cues=")
        for row in np.flatnonzero((items < 0).all(1)):
            raise checks.refusal(f"item {row}", "have an active (+1) unit", "has none", "leave it out")
        learn = [("learn", self._items + n, np.flatnonzero(item > 0)) for n, item in enumerate(items)]
        weights = self.simulate(learn, learn_interval=STORE_MS).weights
        self._items += len(items)
        shape = self.cues or self._items, self.units
        self._weights[_TO_CONTENT] = weights[_TO_CONTENT].reshape(shape).astype(np.float32)
        self._weights[_TO_CUE] = weights[_TO_CUE].reshape(shape[::-1]).astype(np.float32)
        return self

    def recall(self, cues: Any) -> Recall:
        """The items (cue, unit) that share active units with each cue, merged."""
        given = to_numpy(checks.cues(cues, self.units)) > 0
        checks.stored(self, self._items)
        number, held = self.cues or self._items, np.zeros((self.cues or self._items, self.units), bool)
        row, unit = np.nonzero(given)
        by_content = self._run(number, len(given), RECALL_MS + 1, InCont=(row, np.zeros_like(row), unit))
        out = by_content.of("OutCue")
        answer = np.zeros((len(given), number), bool)  # (cue, cue neuron)
        answer[by_content.copy[out], by_content.neuron[out]] = True
        events = np.zeros(number, np.int64)
        asked = np.flatnonzero(answer.any(0))
        if len(asked):
            each = np.arange(len(asked))
            by_cue = self._run(number, len(asked), RECALL_MS + 1, InCue=(each, np.zeros_like(each), asked))
            out = by_cue.of("OutCont")
            held[asked[by_cue.copy[out]], by_cue.neuron[out]] = True
            events[asked] = by_cue.events
        found = np.any(answer, axis=1)
        merged = np.where(answer @ held, 1, -1) * found[:, None]
        operations = (by_content.events + answer @ events).astype(float)
        self._operations = float(operations.mean())
        return Recall(merged.astype(np.int8), (RECALL_MS * (1 + answer.sum(1))).astype(float), found, operations)

    def simulate(self, operations: Sequence[Operation], learn_interval: int = 14, recall_interval: int = 14) -> Record:
        """Every spike of every population while `operations` are run one after the other, from what is stored.

        An operation is ("learn", cue, content), ("cue", cue) or ("content", neurons). The next one comes `learn_interval`
        ms after a learning, `recall_interval` ms after a recall, plastic as everything here is; what is stored stays as
        it was, and `weights` of the record are those at the end.

        >>> record = CA3(10, cues=5).simulate([("learn", 0, [1, 8]), ("cue", 0)])
        >>> record.time_ms[record.population == "OutCont"].tolist()  # learnt at 0, recalled at 14
        [5.0, 5.0, 7.0, 7.0, 20.0, 20.0]
        """
        learn = checks.whole("learn_interval", learn_interval, least=3)
        recall = checks.whole("recall_interval", recall_interval)
        if learn < LEARN_MS or recall < RECALL_MS:
            safe = f"{LEARN_MS} ms after a learning and {RECALL_MS} ms after a recall"
            warnings.warn(f"operations may run into each other; {safe} are safe", stacklevel=2)
        cue: list[tuple[int, int]] = []  # (time, neuron)
        content: list[tuple[int, int]] = []
        number, t = self.cues or self._items, 0
        for kind, cue_neuron, neurons, taught in map(self._read, range(len(operations)), operations):
            if self.cues is None:
                number = max(number, cue_neuron + 1)
            cue += [(t + k, cue_neuron) for k in range(3 if taught else 1) if kind != "content"]
            content += [(t + k, neuron) for k in range(3 if taught else 1) for neuron in neurons]
            t += learn if taught else recall
        if not operations:
            raise checks.refusal("operations", "hold at least one operation", "was empty", 'give [("cue", 0)]')
        spikes = {
            name: (np.zeros(len(fired), int), *np.array(fired).T)
            for name, fired in (("InCue", cue), ("InCont", content))
            if fired
        }
        return self._run(max(number, 1), 1, t, **spikes)

    def _read(self, n: int, operation: Operation) -> tuple[str, int, list[int], bool]:
        """(kind, cue, content, whether it learns) of the n-th operation, checked."""
        form = 'be ("learn", cue, content), ("cue", cue) or ("content", neurons)'
        cue: Any = 0
        content: Any = ()
        match operation:
            case ("learn", cue, content):
                kind = "learn"
            case ("cue", cue):
                kind = "cue"
            case ("content", content):
                kind = "content"
            case _:
                raise checks.refusal(f"operation {n}", form, f"was {operation!r}")
        most = 2**31 if self.cues is None else self.cues - 1
        cue = checks.whole(f"cue of operation {n}", cue, least=0, most=most, way_out="make the memory with more cues=")
        neurons = [checks.whole(f"content of operation {n}", i, least=0, most=self.units - 1) for i in content]
        if kind != "cue" and not neurons:
            raise checks.refusal(f"content of operation {n}", "hold at least one neuron", "was empty")
        return kind, cue, neurons, kind == "learn"

    def _run(self, number: int, copies: int, duration: int, **spikes: tuple[np.ndarray, np.ndarray, np.ndarray]) -> Record:
        """Runs the network with `number` cues from the stored weights; spikes: {source: (copy, time, neuron)}."""
        fresh = number - len(self._weights[_TO_CONTENT])  # cues that have learnt nothing yet
        weights = {
            _TO_CONTENT: np.pad(self._weights[_TO_CONTENT], ((0, fresh), (0, 0))).ravel(),
            _TO_CUE: np.pad(self._weights[_TO_CUE], ((0, 0), (0, fresh))).ravel(),
        }
        columns = [np.concatenate([np.asarray(s[k]) for s in spikes.values()] or [np.zeros(0, int)]) for k in range(3)]
        names = np.repeat([*spikes], [len(s[0]) for s in spikes.values()]) if spikes else np.zeros(0, "U1")
        inputs = Spikes(columns[0], columns[1], names, columns[2])
        net = circuit(number, self.units)
        run = engine_named(self.engine)
        return run(net, duration, inputs=inputs, copies=copies, weights=weights, keep_weights=copies == 1)

    @property
    def cost(self) -> Cost:
        """The plastic weights, held as float32; every synapse of the network, plastic or not; mean synaptic events."""
        net = circuit(self.cues or self._items or 1, self.units)
        outside = ("InCue", "InCont", "OutCue", "OutCont")
        synapses = sum(net.synapses(p) for p in net.projections if p.pre not in outside and p.post not in outside)
        return Cost(bits_of(*self._weights.values()), synapses, self._operations)
