"""CA3: the spiking content-addressable memory."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any, Literal, Self

import numpy as np

from neuromem import checks
from neuromem.arrays import bits_of, require_host
from neuromem.memory import Cost, Recall
from neuromem.models._ca3 import LEARN_MS, RECALL_MS, TO_CONTENT, TO_CUE, Operation, circuit, schedule
from neuromem.spiking import Circuit, Record, Spikes
from neuromem.spiking import engine as engine_named

STORE_MS = 42  # traces of the item before (tau 3 ms) fade below 1e-4 nA a synapse; at 14 ms they leave 0.18 nA in each


class CA3:
    """CA3: spiking content-addressable memory with one cue neuron an item, the published network spike for spike.

    An item is the set of its active (+1) units. The cells, the lattice of 1 ms and the plasticity are equations (1) to (7)
    of neuromem/spiking/circuit.py; the tables are in models/_ca3.py.

    learn a cue and a content: their neurons spike at t, t+1, t+2; STDP joins them both ways              (1)
    recall by cue:     the cue spikes at t;     the content spikes at the output at t + 6 ms              (2)
    recall by content: any of it spikes at t;   every cue that holds one of them spikes at t + 6 ms       (3)

    `store` learns each item on the next free cue, one every 42 ms, so that a dense one leaves no trace in the next.
    `recall` presents the known active units by (3), recalls every cue that answers by (2) and merges: a unit is +1 where
    one of them holds it, -1 elsewhere; 0 everywhere, converged=False, where no cue answers. Each of these starts from the
    stored state. The match is an OR: items that share active units with the cue all come back.

    The published recall is plastic, so that recalls damage what they recall, forgotten synapses keep up to 3.1 nA, and the
    match is loose. Two cures, off by default:
    gated=True: plasticity only while learning, opened by acetylcholine (an input cell, InAch, that spikes with each
    learning; Hasselmo 2006, Curr. Opin. Neurobiol. 16:710), which also clears the traces of what came before; potentiation
    of content -> cue is sharper in time, so that a forgotten synapse keeps 1.4 nA instead of 3.1.
    match="best": the cue that holds most of the fragment answers first, at t + 6 + 3 (n - m) ms for m of its n neurons, and
    silences the rest: feed-forward inhibition in proportion to the fragment, a rising drive, lateral inhibition.

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

    def __init__(
        self,
        units: int,
        *,
        cues: int | None = None,
        gated: bool = False,
        match: Literal["any", "best"] = "any",
        engine: Literal["fast", "brian2"] = "fast",
    ):
        self.units = checks.whole("units", units, way_out="give the length of one item, such as 64")
        self.cues = None if cues is None else checks.whole("cues", cues, way_out="give the number of items that must fit")
        self.gated = bool(gated)
        self.match = checks.choice("match", match, ("any", "best"))
        self.engine = engine
        checks.choice("engine", engine, ("fast", "brian2"))
        self.clear()

    def clear(self) -> None:
        """Forgets everything."""
        shape = self.cues or 0, self.units
        self._weights = {TO_CONTENT: np.zeros(shape, np.float32), TO_CUE: np.zeros(shape[::-1], np.float32)}
        self._items = 0
        self._operations = float("nan")
        self.spikes: Any = np.zeros(0, np.int64)  # (cue,), spikes of the last recall

    def store(self, keys: Any, values: Any = None) -> Self:
        """Learns items (item, unit) of +1/-1 on the next free cues."""
        checks.auto(self, values)
        items = require_host(checks.spins("items", keys, self.units))
        if self.cues is not None and self._items + len(items) > self.cues:
            free = f"be at most {self.cues - self._items}, the free cues of {self.cues}"
            raise checks.refusal("number of items", free, f"was {len(items)}", "make the memory with more cues=")
        for row in np.flatnonzero((items < 0).all(1)):
            raise checks.refusal(f"item {row}", "have an active (+1) unit", "has none", "leave it out")
        learn = [("learn", self._items + n, np.flatnonzero(item > 0)) for n, item in enumerate(items)]
        weights = self.simulate(learn, learn_interval=STORE_MS).weights
        self._items += len(items)
        shape = self.cues or self._items, self.units
        self._weights[TO_CONTENT] = weights[TO_CONTENT].reshape(shape).astype(np.float32)
        self._weights[TO_CUE] = weights[TO_CUE].reshape(shape[::-1]).astype(np.float32)
        return self

    def recall(self, cues: Any) -> Recall:
        """The items (cue, unit) that share active units with each cue, merged."""
        given = require_host(checks.cues(cues, self.units)) > 0
        checks.stored(self, self._items)
        number, held = self.cues or self._items, np.zeros((self.cues or self._items, self.units), bool)
        row, unit = np.nonzero(given)
        longest = RECALL_MS + 1 + (3 * int(given.sum(1).max()) if self.match == "best" else 0)
        by_content = self._run(
            number, len(given), longest, Spikes(row, np.zeros(len(row)), np.full(len(row), "InCont"), unit)
        )
        out = by_content.of("OutCue")
        answer = np.zeros((len(given), number), bool)  # (cue, cue neuron)
        answer[by_content.copy[out], by_content.neuron[out]] = True
        events, fired = np.zeros(number, np.int64), np.zeros(number, np.int64)
        asked = np.flatnonzero(answer.any(0))
        if len(asked):
            each = Spikes(np.arange(len(asked)), np.zeros(len(asked)), np.full(len(asked), "InCue"), asked)
            by_cue = self._run(number, len(asked), RECALL_MS + 1, each)
            out = by_cue.of("OutCont")
            held[asked[by_cue.copy[out]], by_cue.neuron[out]] = True
            events[asked], fired[asked] = by_cue.events, np.bincount(by_cue.copy, minlength=len(asked))
        found = np.any(answer, axis=1)
        merged = np.where(answer @ held, 1, -1) * found[:, None]
        operations = (by_content.events + answer @ events).astype(float)
        self._operations = float(operations.mean())
        self.spikes = np.bincount(by_content.copy, minlength=len(given)) + answer @ fired
        latest = np.full(len(given), float(RECALL_MS))
        np.maximum.at(latest, by_content.copy, by_content.time_ms)
        return Recall(merged.astype(np.int8), latest + RECALL_MS * answer.sum(1), found, operations)

    def simulate(self, operations: Sequence[Operation], learn_interval: int = 14, recall_interval: int = 14) -> Record:
        """Every spike of every population while `operations` are run one after the other, from what is stored.

        An operation is ("learn", cue, content), ("cue", cue) or ("content", neurons). The next one comes `learn_interval`
        ms after a learning, `recall_interval` ms after a recall, plastic as everything here is; what is stored stays as
        it was, and `weights` of the record are those at the end. With match="best" a fragment with strays answers 3 ms later
        for each of them, and needs that much more room.

        >>> record = CA3(10, cues=5).simulate([("learn", 0, [1, 8]), ("cue", 0)])
        >>> record.time_ms[record.population == "OutCont"].tolist()  # learnt at 0, recalled at 14
        [5.0, 5.0, 7.0, 7.0, 20.0, 20.0]
        """
        learn = checks.whole("learn_interval", learn_interval, least=3)
        recall = checks.whole("recall_interval", recall_interval)
        if learn < LEARN_MS or recall < RECALL_MS:
            safe = f"{LEARN_MS} ms after a learning and {RECALL_MS} ms after a recall"
            warnings.warn(f"operations may run into each other; {safe} are safe", stacklevel=2)
        starts, spikes = schedule(operations, learn, recall, self.cues, self.units)
        number = self.cues or max([self._items, *(neuron + 1 for source, _, neuron in spikes if source == "InCue"), 1])
        spikes = [s for s in spikes if self.gated or s[0] != "InAch"]
        name, time, neuron = (np.array(column) for column in zip(*spikes, strict=True))
        end = max(starts[-1], starts[-2] + RECALL_MS + 2)  # the last answer is out
        return self._run(number, 1, end, Spikes(np.zeros(len(spikes), int), time, name, neuron))

    def _run(self, number: int, copies: int, duration: int, inputs: Spikes) -> Record:
        """Runs the network with `number` cues from the stored weights."""
        fresh = number - len(self._weights[TO_CONTENT])  # cues that have learnt nothing yet
        weights = {
            TO_CONTENT: np.pad(self._weights[TO_CONTENT], ((0, fresh), (0, 0))).ravel(),
            TO_CUE: np.pad(self._weights[TO_CUE], ((0, 0), (0, fresh))).ravel(),
        }
        run = engine_named(self.engine)
        return run(self.circuit(number), duration, inputs=inputs, copies=copies, weights=weights, keep_weights=copies == 1)

    def circuit(self, cues: int | None = None) -> Circuit:
        """The network with that many cue neurons; None: with those it has."""
        return circuit(cues or self.cues or self._items or 1, self.units, gated=self.gated, match=self.match)

    @property
    def cost(self) -> Cost:
        """The plastic weights, held as float32; every synapse of the network, plastic or not; mean synaptic events."""
        net = self.circuit()
        inside = [p for p in net.projections if not p.post.startswith("Out") and net[p.pre].cell]
        synapses = sum(net.synapses(p) for p in inside)
        return Cost(bits_of(*self._weights.values()), synapses, self._operations)
