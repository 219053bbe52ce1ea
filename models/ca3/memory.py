"""CA3 as a memory: items on cue neurons, recalled by content and then by cue."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, Self

import numpy as np

from neuromem import checks, spiking
from neuromem.arrays import bits_of, require_host, same_kind, to_host
from neuromem.memory import Cost, Recall
from neuromem.models._spiking_film import show
from neuromem.models.ca3.operations import LEARN_MS, RECALL_MS, Operation, one_after_the_other, schedule
from neuromem.models.ca3.wiring import ROLES, RULE, TO_CONTENT, TO_CUE, circuit, fits
from neuromem.spiking import Circuit, Record, Spikes
from neuromem.trace import Film, Traced

STORE_MS = 42  # traces of the item before (tau 3 ms) fade below 1e-4 nA a synapse; at 14 ms they leave 0.18 nA in each
MERGES = "as published it answers with every item that shares an active unit with the cue, and merges them"


class CA3(Traced):
    """Spiking content-addressable memory with a cue neuron for each item, as published.

    An item is the set of its active (+1) units. The cells, the lattice of 1 ms and the plasticity
    are those of `neuromem.spiking`, equations (1) to (7) there; the tables are in
    models/ca3/wiring.py.

        learn a cue and a content: both spike at t, t + 1, t + 2; STDP joins them both ways      (1)
        recall by cue: the cue spikes at t; the content spikes at the output at t + 6 ms         (2)
        recall by content: any of it spikes at t; every cue that holds one of these neurons
            spikes at t + 6 ms                                                                   (3)

    `store` learns each item on the next free cue, one every 42 ms, so that a dense one leaves no
    trace in the next. `recall` presents the known active units by (3), recalls every cue that
    answers by (2), and merges: a unit is +1 where one of them holds it and -1 elsewhere. If no cue
    answers, all units are 0 and the recall has not converged. Each recall starts from the stored
    state. The match is an OR: all items that share an active unit with the cue come back together.

    The published recall is plastic, so that recalls damage what they recall; forgotten synapses
    keep up to 3.1 nA; and the match is loose. `gated` and `match` are cures, which are off by
    default.

    Parameters
    ----------
    units : int
        Length of an item, the number nk of content neurons.
    cues : int, optional
        Number nc of cue neurons, which is the number of items that fit; by default as many as are
        needed.
    gated : bool, default False
        Whether there is plasticity only while learning, opened by acetylcholine: an input cell,
        InAch, spikes with each learning, which also clears the traces of what came before.
        Potentiation from content to cue is then sharper in time, so that a forgotten synapse keeps
        1.4 nA instead of 3.1.
    match : {"any", "best"}, default "any"
        "best": the cue that holds most of the fragment answers first, at t + 6 + 3 (n - m) ms for m
        of its n neurons, and silences the rest, by feed-forward inhibition in proportion to the
        fragment, a rising drive, and lateral inhibition.
    engine : {"fast", "brian2"}, default "fast"
        What runs the network; both give the same spikes.

    Attributes
    ----------
    stored : int
        Number of items stored.
    synapses : dict
        {"to_content": (cue, unit), "to_cue": (unit, cue)}, the plastic weights, nA, from 0 to 6.
    spikes : ndarray of int, (cue,)
        Spikes of the last recall.

    Raises
    ------
    InputError
        If there are more items than cues, an item has no active unit, or the network does not fit.

    References
    ----------
    Casanueva-Morato, D., Ayuso-Martinez, A., Dominguez-Morales, J. P., Jimenez-Fernandez, A. &
    Jimenez-Moreno, G. (2024). Bio-inspired computational memory model of the Hippocampus: an
    approach to a neuromorphic spike-based Content-Addressable Memory. Neural Networks.
    https://arxiv.org/abs/2310.05868

    Hasselmo, M. E. (2006). The role of acetylcholine in learning and memory. Current Opinion in
    Neurobiology 16, 710. https://doi.org/10.1016/j.conb.2006.09.002

    Examples
    --------
    >>> items = np.array([[1, 1, -1, -1, -1], [-1, -1, 1, 1, 1]])
    >>> CA3(5).store(items).recall([[1, 0, 0, 0, 0]]).items.tolist()
    [[1, 1, -1, -1, -1]]
    """

    step_unit = "ms"
    exceptions = dict.fromkeys(("two_random_items_are_kept_apart", "several_random_items_are_kept_apart"), MERGES)
    roles = ROLES

    def __init__(
        self,
        units: int,
        *,
        cues: int | None = None,
        gated: bool = False,
        match: Literal["any", "best"] = "any",
        engine: Literal["fast", "brian2"] = "fast",
    ):
        self.units = checks.whole("units", units, least=2, way_out="give the length of one item, such as 64")
        self.cues = None if cues is None else checks.whole("cues", cues, way_out="give the number of items that must fit")
        self.gated = checks.flag("gated", gated)
        checks.choice("match", match, ("any", "best"))
        self.match: Literal["any", "best"] = match
        checks.choice("engine", engine, ("fast", "brian2"))
        self.engine: Literal["fast", "brian2"] | Callable[..., Record] = engine
        fits(self.cues or 1, self.units, self.match)
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        shape = self.cues or 0, self.units
        self._to_content, self._to_cue = np.zeros(shape, np.float32), np.zeros(shape[::-1], np.float32)
        self.stored = 0
        self._operations = math.nan
        self.spikes: Any = np.zeros(0, np.int64)

    def store(self, keys: Any, values: Any = None) -> Self:
        """Learn each item on the next free cue; an item needs an active unit."""
        checks.auto(self, values)
        active = require_host(checks.spins("keys", keys, self.units)) > 0
        if self.cues is not None and self.stored + len(active) > self.cues:
            must, was = f"hold at most {self.cues - self.stored} items, the free cues of {self.cues}", f"holds {len(active)}"
            raise checks.refusal("keys", must, was, "make the memory with more cues=")
        empty = ~active.any(1)
        if empty.any():
            was = f"item {int(empty.argmax())} has none"
            raise checks.refusal("keys", "have at least one active unit (+1) in every item", was, "leave it out")
        number = self.stored + len(active)
        fits(self.cues or number, self.units, self.match)
        learn = [("learn", self.stored + n, np.flatnonzero(item)) for n, item in enumerate(active)]
        weights = self.simulate(learn, learn_interval_ms=STORE_MS).weights
        self.stored = number
        shape = self.cues or number, self.units
        self._to_content = weights[TO_CONTENT].reshape(shape).astype(self._to_content.dtype)
        self._to_cue = weights[TO_CUE].reshape(shape[::-1]).astype(self._to_cue.dtype)
        return self

    def recall(self, cues: Any) -> Recall:
        """Recall all items that share active units with a cue, merged, by (2) and (3)."""
        return self._filmed(cues, None)

    def _filmed(self, cues: Any, film: Film | None) -> Recall:
        cues = checks.cues(cues, self.units)
        given = require_host(cues) > 0
        checks.stored(self, self.stored)
        number = self.cues or self.stored
        row, unit = np.nonzero(given)
        longest = RECALL_MS + 1 + (3 * int(given.sum(1).max()) if self.match == "best" else 0)
        by_content = self._run(number, len(given), longest, _at_once("InCont", row, unit))  # (3)
        out = by_content.of("OutCue")
        answer = np.zeros((len(given), number), bool)  # (cue, cue neuron)
        answer[by_content.copy[out], by_content.neuron[out]] = True
        held = np.zeros((number, self.units), bool)
        events, fired = np.zeros(number, np.int64), np.zeros(number, np.int64)
        by_cue = None
        asked = np.flatnonzero(answer.any(0))
        if len(asked):
            by_cue = self._run(number, len(asked), RECALL_MS + 1, _at_once("InCue", np.arange(len(asked)), asked))  # (2)
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
        steps = latest + RECALL_MS * answer.sum(1)
        if film:
            film.record, changes = one_after_the_other(by_content, by_cue, answer, latest)
            show(film, given.astype(np.int8), changes, float(steps.max()))
        return Recall(same_kind(merged.astype(np.int8), cues), steps, found, operations)

    def simulate(self, operations: Sequence[Operation], learn_interval_ms: int = 14, recall_interval_ms: int = 14) -> Record:
        """Run operations one after the other from what is stored, which stays as it is.

        Plasticity acts in recalls too, unless the memory is gated. With match="best" a fragment
        with strays answers 3 ms later for each of them, and needs that much more room.

        Parameters
        ----------
        operations : sequence of tuple
            Each is ("learn", cue, content), ("cue", cue) or ("content", neurons).
        learn_interval_ms, recall_interval_ms : int, default 14
            Time from the start of a learning, or of a recall, to that of the next operation, ms.

        Returns
        -------
        Record
            Every spike of every population, and the weights at the end.

        Raises
        ------
        InputError
            If an operation is of another form, or has a neuron that does not exist.

        Warns
        -----
        UserWarning
            If operations may run into each other.

        Examples
        --------
        >>> record = CA3(10, cues=5).simulate([("learn", 0, [1, 8]), ("cue", 0)])
        >>> record.time_ms[record.population == "OutCont"].tolist()  # learnt at 0, recalled at 14
        [5.0, 5.0, 7.0, 7.0, 20.0, 20.0]
        """
        learn = checks.whole("learn_interval_ms", learn_interval_ms, least=3)
        recall = checks.whole("recall_interval_ms", recall_interval_ms)
        if learn < LEARN_MS or recall < RECALL_MS:
            safe = f"{LEARN_MS} ms after a learning and {RECALL_MS} ms after a recall"
            warnings.warn(f"operations may run into each other; {safe} are safe", stacklevel=2)
        starts, spikes = schedule(operations, learn, recall, self.cues, self.units)
        number = self.cues or max([self.stored, *(neuron + 1 for source, _, neuron in spikes if source == "InCue"), 1])
        spikes = [s for s in spikes if self.gated or s[0] != "InAch"]
        name, time, neuron = (np.array(column) for column in zip(*spikes, strict=True))
        end = max(starts[-1], starts[-2] + RECALL_MS + 2)  # the last answer is out
        return self._run(number, 1, end, Spikes(np.zeros(len(spikes), int), time, name, neuron))

    def _run(self, number: int, copies: int, duration_ms: int, inputs: Spikes) -> Record:
        """Run the network with `number` cues from the stored weights."""
        fresh = number - len(self._to_content)  # cues that have learnt nothing yet
        weights = {
            TO_CONTENT: np.pad(self._to_content, ((0, fresh), (0, 0))).ravel(),
            TO_CUE: np.pad(self._to_cue, ((0, 0), (0, fresh))).ravel(),
        }
        run, keep = spiking.engine(self.engine), copies == 1
        return run(self.circuit(number), duration_ms, inputs=inputs, copies=copies, weights=weights, keep_weights=keep)

    def circuit(self, cues: int | None = None) -> Circuit:
        """Make the network.

        Parameters
        ----------
        cues : int, optional
            Number of cue neurons; by default those that the memory has.

        Returns
        -------
        Circuit
            The network.
        """
        number = self.cues or self.stored or 1 if cues is None else checks.whole("cues", cues)
        return circuit(number, self.units, gated=self.gated, match=self.match)

    @property
    def synapses(self) -> dict[str, np.ndarray]:
        """The plastic weights, nA: of a cue onto the units, and of a unit onto the cues."""
        return {"to_content": self._to_content.copy(), "to_cue": self._to_cue.copy()}

    @synapses.setter
    def synapses(self, new: Mapping[str, Any]) -> None:
        given = checks.synapses(new, self.synapses)
        most = RULE.w_max
        for name, array in given.items():
            if array.size and not 0 <= float(array.min()) <= float(array.max()) <= most:
                was = f"holds {float(array.min()):g} to {float(array.max()):g}"
                raise checks.refusal(f"synapses[{name!r}]", f"hold weights of 0 to {most:g} nA", was)
        self._to_content, self._to_cue = (_floating(given[name]) for name in ("to_content", "to_cue"))

    @property
    def cost(self) -> Cost:
        """The plastic weights, every synapse of the network, and the mean synaptic events."""
        net = self.circuit()
        inside = [p for p in net.projections if not p.post.startswith("Out") and net[p.pre].cell]
        synapses = sum(net.synapses(p) for p in inside)
        return Cost(bits_of(self._to_content, self._to_cue), synapses, self._operations)


def _at_once(population: str, copy: np.ndarray, neuron: np.ndarray) -> Spikes:
    """One spike of each of these neurons, at 0."""
    return Spikes(copy, np.zeros(len(copy)), np.full(len(copy), population), neuron)


def _floating(array: Any) -> np.ndarray:
    """A copy in float32, or in float64 if it comes so: no value is cut."""
    host = to_host(array)
    return host.astype(np.float64 if host.dtype == np.float64 else np.float32)
