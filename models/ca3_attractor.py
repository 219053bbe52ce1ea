"""CA3Attractor: items superposed in the recurrent synapses of one population of spiking cells."""

from __future__ import annotations

import itertools
from typing import Any, Literal, Self

import numpy as np

from neuromem import checks
from neuromem.arrays import bits_of, require_host
from neuromem.memory import Cost, Recall
from neuromem.models import _sparse
from neuromem.models.ca3.wiring import FAST
from neuromem.spiking import LIF, Circuit, Hebbian, Pairs, Population, Projection, Record, Spikes
from neuromem.spiking import engine as engine_named

WEIGHT, BIAS = 6.0, 5.0  # nA, as in CA3: a FAST cell fires from 3.36 nA on, so 5 does and 5 - 6 does not
QUICK = LIF(cm=0.056, tau_m=0.2)  # as FAST, and forgets a volley before the next
LEAST = 3.0 * 0.056 / 0.2 / (0.3 * (1 - np.exp(-1 / 0.3)) * (1 - np.exp(-1 / 0.2)))  # nA that fire a QUICK cell
FIT = 4  # a volley of so many times the cells of an item is a seizure, and is silenced
LEARN_MS = 12


def circuit(cells: int, active: int) -> Circuit:
    """`cells` pyramidal cells, items of `active` of them; weights nA, delays ms. Source: this model.

    A pyramidal cell has two parts: Fire, which the learnt synapses drive, and Hold, its after-depolarisation, which keeps
    the last volley and repeats it. A volley of c cells of Hold at T is judged at T + 2: each cell of Fire gets its s learnt
    synapses from it, less c basket cells, recruited one after another as the volley grows, plus Drive:

        6 s - 6 c + 5 + 6 r  nA                                                                    (1)

    If at least `active` cells fire, Gate makes them the next volley, at T + 4. Else Hold repeats its volley at T + 5, and
    again, r = 1, 2, ... with one more cell of the chain Release each time, up to c - 1. The last basket cell is recruited by
    FIT * active cells, and silences all.
    """
    n, k, to = cells, active, Projection
    most = FIT * k
    recruit = np.tile(LEAST / (np.arange(1, most + 1) - 0.5), n).tolist()
    inhibit = np.repeat([WEIGHT] * (most - 1) + [WEIGHT * n], n).tolist()
    count = LEAST / (most + 1)  # nA from each cell of the volley, so that cell r of Release fires if c > r
    follow = Pairs(tuple(range(most - 1)), tuple(range(1, most)))
    chain = tuple(LEAST - count * (r + 0.5) for r in range(2, most + 1))
    learn = Hebbian(w_max=WEIGHT, window_ms=0.0, gate="InAch", gate_ms=2.0)
    reset = 12.0 * (k + 2)
    return Circuit(
        (
            *(Population(name, size) for name, size in (("In", n), ("Teach", n), ("InAch", 1), ("InReset", 1))),
            *(Population(name, n, FAST) for name in ("Hold", "Fire")),
            *(Population(name, 1, QUICK) for name in ("Drive", "Gate")),
            *(Population(name, most, QUICK) for name in ("Basket", "Release")),
        ),
        (
            to("In", "Hold", "one-to-one", 12.0, 1),
            to("Teach", "Fire", "one-to-one", 12.0, 1),
            to("InReset", "Hold", "all-to-all", reset, 3, "inhibitory"),
            to("InReset", "Fire", "all-to-all", reset, 3, "inhibitory"),
            to("InReset", "Drive", "all-to-all", reset, 2, "inhibitory"),
            to("Hold", "Fire", "all-to-all", 0.0, 2, plasticity=learn),
            to("Hold", "Basket", "all-to-all", tuple(recruit), 1),
            to("Basket", "Fire", "all-to-all", tuple(inhibit), 1, "inhibitory"),
            to("Hold", "Drive", "all-to-all", 6.0, 1),
            to("Drive", "Fire", "all-to-all", BIAS, 1),
            to("Fire", "Gate", "all-to-all", LEAST / (k - 0.5), 1),
            to("Fire", "Hold", "one-to-one", 3.0, 2),
            to("Gate", "Hold", "all-to-all", 0.8, 1),
            to("Gate", "Release", "all-to-all", 6.0, 1, "inhibitory"),
            to("Drive", "Release", Pairs((0,), (0,)), LEAST - 1.5 * count, 3),
            to("Release", "Release", follow, chain, 5),
            to("Hold", "Release", "all-to-all", count, 4),
            to("Release", "Fire", "all-to-all", WEIGHT, 3),
            to("Hold", "Hold", "one-to-one", 3.0, 5),
            to("Release", "Hold", Pairs((0,) * n, tuple(range(n))), 0.8, 1),
        ),
    )


class CA3Attractor:
    """Spiking auto-associative CA3: clipped Hebbian recurrent synapses, global inhibition, recall in a few cycles.

        w_ij = 6 nA once cells i and j have spiked together while learning, else 0                         (1)
        one volley of the cue; then a cell that has s of the c active cells as partners gets
            6 s - 6 c + 5 + 6 r  nA   and fires from 3.36 nA on                                            (2)

    r grows by 1 every 5 ms until as many cells fire as an item has: best match first. They are the next volley, 4 ms after
    the last; the volley that repeats itself is the answer. This is the threshold "winners" of Willshaw in spikes: the same
    answers. Items are superposed in the same synapses, one bit each (held packed).

    Items (item, units) of +1/-1. activity=None: dense items, as codes of one active cell among 16 for every 4 units
    (`neuromem.encoders.Blocks`); activity=a: sparse items as they are, a * units active. duration_ms of a recall; None:
    40 ms and 5 more for each active cell.  engine: "fast" or "brian2", the reference.
    Raises InputError for items that are not +1/-1 or that have no active unit.
    Lineage: Willshaw, Buneman & Longuet-Higgins (1969, Nature 222:960); Sommer & Wennekers (2001, Neural Networks
    14:825), one volley and completion in gamma cycles; Lisman & Idiart (1995, Science 267:1512), after-depolarisation.

    >>> import neuromem as nm
    >>> items = nm.patterns.sparse(30, 100, activity=0.05, rng=0)
    >>> recall = nm.CA3Attractor(100, activity=0.05).store(items).recall(nm.cues.erase(items, 0.3, rng=1))
    >>> bool(nm.metrics.exact(recall, items).mean() > 0.9)
    True
    """

    step_unit = "ms"

    def __init__(
        self,
        units: int,
        *,
        activity: float | None = None,
        duration_ms: int | None = None,
        engine: Literal["fast", "brian2"] = "fast",
    ):
        self.units = checks.whole("units", units, way_out="give the length of one item, such as 64")
        self.activity = activity
        cells = self.units if activity is not None else 4 * self.units
        checks.fits("units", 150 * cells**2, "use fewer units")
        self.encoder = _sparse.encoder(self.units, activity)
        self.active = round(self.encoder.activity * self.encoder.units)
        longest = 40 + 5 * self.active
        self.duration_ms = longest if duration_ms is None else checks.whole("duration_ms", duration_ms, least=6)
        self.engine = engine
        checks.choice("engine", engine, ("fast", "brian2"))
        self.circuit = circuit(self.encoder.units, self.active)
        self.clear()

    def clear(self) -> None:
        """Forgets everything."""
        self._synapses = np.packbits(np.zeros(self.encoder.units**2, bool))
        self.strengths: np.ndarray | None = None  # (cell, cell), factors in [0, 1] of the synapses, to weaken them; None: 1
        self._items = 0
        self._operations = float("nan")
        self.spikes: Any = np.zeros(0, np.int64)  # (cue,), spikes of the last recall

    def store(self, keys: Any, values: Any = None) -> Self:
        """Learns items (item, unit) of +1/-1, one spike of every active cell each, an item every 12 ms."""
        checks.auto(self, values)
        items = require_host(checks.spins("items", keys, self.units))
        codes = self.encoder.encode(items) > 0
        for row in np.flatnonzero(~codes.any(1)):
            raise checks.refusal(f"item {row}", "have an active (+1) unit", "has none", "leave it out")
        row, cell = np.nonzero(codes)
        each = LEARN_MS * np.arange(len(codes))
        time = np.concatenate([LEARN_MS * row, LEARN_MS * row, each, each])
        name = np.repeat(["In", "Teach", "InAch", "InReset"], [len(row), len(row), len(each), len(each)])
        spikes = Spikes(0 * time, time, name, np.concatenate([cell, cell, 0 * each, 0 * each]))
        weights = self._run(LEARN_MS * len(codes), 1, spikes, keep_weights=True).weights["Hold->Fire"]
        self._synapses = np.packbits(weights[0] > WEIGHT / 2)
        self._items += len(items)
        return self

    def recall(self, cues: Any) -> Recall:
        """The item (cue, unit) whose cells the volley of the known active units settles on."""
        cues = require_host(checks.cues(cues, self.units))
        checks.stored(self, self._items)
        given = self.encoder.encode(cues) > 0
        copy, cell = np.nonzero(given)
        record = self._run(self.duration_ms, len(given), Spikes(copy, 0 * copy, np.full(len(copy), "In"), cell))
        answer, settled, steps = self._volleys(record, given)
        operations = record.events + float(self.encoder.operations)
        self._operations = float(operations.mean())
        self.spikes = np.bincount(record.copy, minlength=len(given))
        codes = np.where(answer, 1, -1) * answer.any(1, keepdims=True)
        return Recall(self.encoder.decode(codes), steps, settled, operations)

    def _volleys(self, record: Record, given: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(last volley, whether it repeated the one before, when it first came); volleys brought back are left out."""
        answer, settled = given.copy(), np.zeros(len(given), bool)
        steps = np.full(len(given), float(self.duration_ms))
        fired, again = record.of("Hold"), record.of("Release") & (record.neuron == 0)
        held = set(zip(record.copy[again].tolist(), (record.time_ms[again] + 1).tolist(), strict=True))
        copy, time, cell = record.copy[fired], record.time_ms[fired], record.neuron[fired]
        edges = np.flatnonzero((np.diff(copy, prepend=-1) != 0) | (np.diff(time, prepend=-1) != 0))
        for begin, end in itertools.pairwise([*edges, len(copy)]):
            c, t = int(copy[begin]), float(time[begin])
            if t <= 1 or (c, t) in held:
                continue
            volley = np.zeros(given.shape[1], bool)
            volley[cell[begin:end]] = True
            same = bool((volley == answer[c]).all())
            steps[c] = steps[c] if same and settled[c] else t
            answer[c], settled[c] = volley, same
        return answer, settled, steps

    def _run(self, duration: int, copies: int, inputs: Spikes, keep_weights: bool = False) -> Record:
        size = self.encoder.units**2
        weight = WEIGHT * np.unpackbits(self._synapses, count=size)
        if self.strengths is not None:
            weight = weight * self.strengths.ravel()
        weights = {"Hold->Fire": weight}
        run = engine_named(self.engine)
        return run(self.circuit, duration, inputs=inputs, copies=copies, weights=weights, keep_weights=keep_weights)

    @property
    def cost(self) -> Cost:
        """One bit for each recurrent synapse, and the encoder; synapses: the recurrent, plastic ones."""
        return Cost(bits_of(self._synapses) + self.encoder.bits, self.encoder.units**2, self._operations)
