"""CA3Attractor: items superposed in the recurrent synapses of one population of spiking cells."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping
from typing import Any, Literal, Self

import numpy as np

from neuromem import checks, spiking
from neuromem.arrays import bits_of, require_host, same_kind, to_host
from neuromem.memory import Cost, Recall
from neuromem.models import _sparse
from neuromem.models._spiking_film import show
from neuromem.models.ca3.wiring import FAST, SYNAPSE
from neuromem.spiking import LIF, Circuit, Hebbian, Pairs, Population, Projection, Record, Spikes
from neuromem.spiking.lattice import steps
from neuromem.trace import Film, Traced

WEIGHT, BIAS = 6.0, 5.0  # nA, as in CA3: a FAST cell fires from 3.36 nA on, so 5 does and 5 - 6 does not
QUICK = LIF(cm=0.056, tau_m=0.2)  # as FAST, and forgets a volley before the next
LEAST = 3.0 * 0.056 / 0.2 / (0.3 * (1 - np.exp(-1 / 0.3)) * (1 - np.exp(-1 / 0.2)))  # nA that fire a QUICK cell
FIT = 4  # a volley of so many times the cells of an item is a seizure, and is silenced
LEARN_MS = 12
LEARNT = "Hold->Fire"  # the plastic projection


def circuit(cells: int, active: int) -> Circuit:
    """Make the network; weights are nA, delays ms.

    A pyramidal cell has two parts: Fire, which the learnt synapses drive, and Hold, its
    after-depolarisation, which keeps the last volley and repeats it. A volley of c cells of Hold at
    T is judged at T + 2: each cell of Fire gets its s learnt synapses from it, less c basket cells,
    which are recruited one after another as the volley grows, plus Drive:

        6 s - 6 c + 5 + 6 r  nA                                                                  (1)

    If at least `active` cells fire, Gate makes them the next volley, at T + 4. Else Hold repeats
    its volley at T + 5, and again, r = 1, 2, ... with one more cell of the chain Release each time,
    up to c - 1. The last basket cell is recruited by 4 `active` cells, and silences all.

    Parameters
    ----------
    cells : int
        Number of pyramidal cells.
    active : int
        Number of active cells of an item.

    Returns
    -------
    Circuit
        The network, whose plastic projection is "Hold->Fire".

    Raises
    ------
    InputError
        If a number is no positive whole number, or the network would not fit in the memory.

    Examples
    --------
    >>> circuit(cells=20, active=2)["Basket"].size
    8
    """
    cells = checks.whole("cells", cells)
    active = checks.whole("active", active, most=cells)
    checks.fits("cells", SYNAPSE * cells * (cells + 3 * FIT * active), "use fewer cells")
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


class CA3Attractor(Traced):
    """Spiking auto-associative CA3, with clipped Hebbian synapses and global inhibition.

        w_ij = 6 nA once cells i and j have spiked together while learning, else 0               (1)
        after a volley of the cue, a cell of whose c active cells s are partners gets
            6 s - 6 c + 5 + 6 r  nA,  and fires from 3.36 nA on                                  (2)

    r grows by 1 every 5 ms until as many cells fire as an item has: best match first. They are the
    next volley, 4 ms after the last, and the volley that repeats itself is the answer. This is the
    decision "winners" of `Willshaw` in spikes, with the same answers where every item has as many
    active cells as `activity` says. For an item with fewer the two may differ, and this one may
    fall silent. A cue without active units is answered by 0s, not converged, and by `Willshaw` with
    -1s. Items are superposed in the same synapses.

    Parameters
    ----------
    units : int
        Length of an item.
    activity : float, optional
        Share of the active units of sparse items, which are stored as they are. By default the
        first items that are stored say it: at most 1/16 is sparse, and the activity is then the
        mean over all items; denser items are stored as codes of one active cell among 16 for every
        4 units (`neuromem.encoders.Blocks`).
    duration_ms : float, optional
        Longest recall, ms, a whole number; by default 40 ms, and 5 more for each active cell.
    engine : {"fast", "brian2"}, default "fast"
        What runs the network; both give the same spikes.

    Attributes
    ----------
    stored : int
        Number of items stored.
    synapses : dict
        {"weights": (cell, cell)}, the recurrent weights, nA; empty before the first item. They can
        be set to any weights of 0 to 6 nA; as long as all are 0 or 6, a synapse is held as one bit.
    circuit : Circuit
        The network for the items that are stored.
    spikes : ndarray of int, (cue,)
        Spikes of the last recall.

    Raises
    ------
    InputError
        If an item is not of +1/-1 or has no active unit, or the network does not fit in the memory.

    References
    ----------
    Willshaw, D. J., Buneman, O. P. & Longuet-Higgins, H. C. (1969). Non-holographic associative
    memory. Nature 222, 960. https://doi.org/10.1038/222960a0

    Sommer, F. T. & Wennekers, T. (2001). Associative memory in networks of spiking neurons. Neural
    Networks 14, 825.

    Lisman, J. E. & Idiart, M. A. P. (1995). Storage of 7 +/- 2 short-term memories in oscillatory
    subcycles. Science 267, 1512. https://doi.org/10.1126/science.7878473

    Examples
    --------
    >>> import neuromem as nm
    >>> items = nm.patterns.sparse(30, 100, activity=0.05, rng=0)
    >>> recall = nm.CA3Attractor(100).store(items).recall(nm.cues.erase(items, 0.3, rng=1))
    >>> bool(nm.metrics.exact(recall, items).mean() > 0.9)
    True
    """

    step_unit = "ms"

    def __init__(
        self,
        units: int,
        *,
        activity: float | None = None,
        duration_ms: float | None = None,
        engine: Literal["fast", "brian2"] = "fast",
    ):
        self.units = checks.whole("units", units, way_out="give the length of one item, such as 64")
        checks.fits("units", SYNAPSE * self.units**2, "use fewer units")
        self.activity = activity
        self._duration_ms = None if duration_ms is None else steps("duration_ms", duration_ms, step_ms=1.0, least=6)
        checks.choice("engine", engine, ("fast", "brian2"))
        self.engine: Literal["fast", "brian2"] | Callable[..., Record] = engine
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self._use(_sparse.encoder(self.units, self.activity))
        self._weights: np.ndarray | None = None  # a bit a synapse, packed, or (cell, cell) nA
        self.stored = 0
        self._operations = math.nan
        self.spikes: Any = np.zeros(0, np.int64)

    def _use(self, encoder: Any) -> None:
        """Take an encoder; the network for its codes is made when it is needed."""
        self.encoder = encoder
        self._circuit: Circuit | None = None

    @property
    def active(self) -> int:
        """Number of active cells of an item."""
        return round(self.encoder.activity * self.encoder.units)

    @property
    def duration_ms(self) -> float:
        """Longest recall, ms."""
        return 40 + 5 * self.active if self._duration_ms is None else self._duration_ms

    @property
    def circuit(self) -> Circuit:
        """The network for the items that are stored."""
        if self._circuit is None:
            self._circuit = circuit(self.encoder.units, self.active)
        return self._circuit

    def store(self, keys: Any, values: Any = None) -> Self:
        """Learn items with one spike of every active cell, which each item needs, every 12 ms."""
        checks.auto(self, values)
        items = require_host(checks.spins("keys", keys, self.units))
        encoder = _sparse.suited(self.activity, self.encoder, self.stored, items)
        codes = encoder.encode(items) > 0
        empty = ~codes.any(1)
        if empty.any():
            was = f"item {int(empty.argmax())} has none"
            raise checks.refusal("keys", "have at least one active unit (+1) in every item", was, "leave it out")
        self._use(encoder)
        row, cell = np.nonzero(codes)
        each = LEARN_MS * np.arange(len(codes))
        time = np.concatenate([LEARN_MS * row, LEARN_MS * row, each, each])
        name = np.repeat(["In", "Teach", "InAch", "InReset"], [len(row), len(row), len(each), len(each)])
        spikes = Spikes(0 * time, time, name, np.concatenate([cell, cell, 0 * each, 0 * each]))
        record = self._run(LEARN_MS * len(codes), 1, spikes, keep_weights=True)
        self._weights = _held(record.weights[LEARNT][0])
        self.stored += len(items)
        return self

    def recall(self, cues: Any) -> Recall:
        """Settle on an item from the volley of the known active units of a cue."""
        return self._filmed(cues, None)

    def _filmed(self, cues: Any, film: Film | None) -> Recall:
        cues = checks.cues(cues, self.units)
        checks.stored(self, self.stored)
        given = self.encoder.encode(require_host(cues)) > 0
        copy, cell = np.nonzero(given)
        record = self._run(self.duration_ms, len(given), Spikes(copy, 0 * copy, np.full(len(copy), "In"), cell))
        answer, settled, taken, volleys = self._volleys(record, given)
        if film:
            known = np.sign(require_host(cues)).astype(np.int8)
            start = known * (known > 0) if isinstance(self.encoder, _sparse.Plain) else known
            decode = self.encoder.decode
            changes = [(ms, cue, slice(None), decode(np.where(v, 1, -1)[None])[0]) for ms, cue, v in volleys]
            film.record = record
            show(film, start, changes, float(taken.max()))
        operations = record.events + float(self.encoder.operations)
        self._operations = float(operations.mean())
        self.spikes = np.bincount(record.copy, minlength=len(given))
        codes = np.where(answer, 1, -1) * answer.any(1, keepdims=True)
        return Recall(same_kind(self.encoder.decode(codes), cues), taken, settled, operations)

    def _volleys(self, record: Record, given: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, list]:
        """(last volley, whether it repeated the one before, when it came, all as (ms, cue, cells)).

        Those held are left out.
        """
        answer, settled, volleys = given.copy(), np.zeros(len(given), bool), []
        taken = np.full(len(given), float(self.duration_ms))
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
            taken[c] = taken[c] if same and settled[c] else t
            answer[c], settled[c] = volley, same
            volleys.append((t, c, volley))
        return answer, settled, taken, volleys

    def _run(self, duration_ms: float, copies: int, inputs: Spikes, keep_weights: bool = False) -> Record:
        """Run the network from the stored weights."""
        weights = {} if self._weights is None else {LEARNT: self.synapses["weights"].ravel()}
        run = spiking.engine(self.engine)
        return run(self.circuit, duration_ms, inputs=inputs, copies=copies, weights=weights, keep_weights=keep_weights)

    @property
    def synapses(self) -> dict[str, np.ndarray]:
        """The recurrent weights, nA, from the first cell to the second."""
        if self._weights is None:
            return {}
        if self._weights.ndim == 2:
            return {"weights": self._weights.copy()}
        cells = self.encoder.units
        return {"weights": WEIGHT * np.unpackbits(self._weights, count=cells**2).reshape(cells, cells)}

    @synapses.setter
    def synapses(self, new: Mapping[str, Any]) -> None:
        for name, given in checks.synapses(new, self.synapses).items():
            weights = to_host(given)
            if not 0 <= weights.min() <= weights.max() <= WEIGHT:
                was = f"holds {weights.min():g} to {weights.max():g}"
                raise checks.refusal(f"synapses[{name!r}]", f"hold weights of 0 to {WEIGHT:g} nA", was)
            self._weights = _held(weights.ravel())

    @property
    def cost(self) -> Cost:
        """The recurrent weights, a bit each unless others were set, and the encoder."""
        return Cost(bits_of(self._weights) + self.encoder.bits, self.encoder.units**2, self._operations)


def _held(weights: np.ndarray) -> np.ndarray:
    """Weights (cell * cell,) as they are kept: a bit each if all are 0 or WEIGHT."""
    if np.isin(weights, (0, WEIGHT)).all():
        return np.packbits(weights > 0)
    cells = math.isqrt(weights.size)
    return weights.reshape(cells, cells).astype(float)
