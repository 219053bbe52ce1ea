"""Dendrites: cells that hold sparse patterns on segments of a few synapses."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from neuromem import checks
from neuromem.arrays import bits_of, require_host
from neuromem.memory import Cost, Recall
from neuromem.models import _sparse


class Dendrite:
    """Cells with active dendrites: every cell of a value grows one segment for each item, and any matching one drives it.

        a segment g of cell j holds s synapses onto active cells of one key, drawn at random              (1)
        segment g matches iff sum_(i in g) c_i >= theta                                                   (2)
        cell j is active iff any of its segments matches                                                  (3)

    A cue of several keys at once recalls the union of their values. A key with fewer than s active cells gets a synapse
    on each. Keys (item, units) and values (item, any length) of +1/-1. activity=None: dense items, as codes of one active
    cell among 16 for every 4 units (`neuromem.encoders.Blocks`); activity=a: sparse items, about a * units active.
    Raises InputError for items that are not +1/-1, or keys with fewer than theta active cells.

    c: active cells of the cue; s: synapses; theta: threshold; rng: which active cells get the synapses.
    False positives and negatives: `neuromem.theory.dendrite`.
    Ahmad & Hawkins (2016, arXiv:1601.00720); Hawkins & Ahmad (2016, Front. Neural Circuits 10:23).

    >>> import neuromem as nm
    >>> items = nm.patterns.sparse(50, 2000, activity=0.02, rng=0)
    >>> memory = nm.Dendrite(2000, activity=0.02).store(items)
    >>> float(nm.metrics.exact(memory.recall(nm.cues.erase(items, 0.2, rng=1)), items).mean())
    1.0
    """

    step_unit = "passes"

    def __init__(
        self,
        units: int,
        *,
        activity: float | None = None,
        synapses: int = 20,
        threshold: int = 8,
        rng: int | np.random.Generator = 0,
    ):
        self.units = checks.whole("units", units, way_out="give the length of one item, such as 256")
        self.activity = activity
        self.encoder = _sparse.encoder(self.units, activity)
        self.synapses = checks.whole("synapses", synapses)
        self.threshold = checks.whole("threshold", threshold, most=self.synapses, way_out="it counts active synapses")
        self._seed = checks.seed(rng)
        self.clear()

    def clear(self) -> None:
        # (segment, synapse): cell of the key, or the number of cells where a key had too few; (segment,): cell of the value
        self.segments = np.empty((0, self.synapses), np.min_scalar_type(self.encoder.units))
        self.owners = np.empty(0, np.uint32)
        self.answers = self.encoder  # of values
        self.stored, self._operations = 0, np.nan
        self._rng = np.random.default_rng(self._seed)

    def store(self, keys: Any, values: Any = None) -> Self:
        batches, answers, _ = _sparse.pair_codes(self, keys, values)
        x, y = (np.concatenate([*map(require_host, parts)]) for parts in zip(*batches, strict=True))
        few = x.sum(1) < self.threshold
        if few.any():
            was = f"item {int(few.argmax())} has {int(x[few].sum(1)[0])}"
            raise checks.refusal("keys", f"have at least {self.threshold} active cells", was, "lower threshold")
        segments, owners = [self.segments], [self.owners]
        for key, value in zip(x, y, strict=True):
            active, cells = np.flatnonzero(key), np.flatnonzero(value)
            order = self._rng.random((len(cells), len(active))).argsort(1)[:, : self.synapses]
            new = np.full((len(cells), self.synapses), self.encoder.units)
            new[:, : order.shape[1]] = active[order]  # (1)
            segments.append(new.astype(self.segments.dtype))
            owners.append(cells.astype(np.uint32))
        self.segments, self.owners, self.answers = np.concatenate(segments), np.concatenate(owners), answers
        self.stored += len(x)
        return self

    def recall(self, cues: Any) -> Recall:
        cues = checks.cues(cues, self.units)
        checks.stored(self, self.stored)
        seen = np.pad(
            self.encoder.encode(require_host(cues)) > 0, ((0, 0), (0, 1))
        )  # (cue, cell), and one that is never active
        answer = np.zeros((len(seen), self.answers.units), bool)
        for cue, cells in zip(seen, answer, strict=True):
            cells[self.owners[cue[self.segments].sum(1) >= self.threshold]] = True  # (2, 3)
        operations = np.full(len(seen), self.segments.size + self.encoder.operations + self.answers.operations)
        self._operations = float(operations.mean())
        every = np.ones(len(seen), int)
        return Recall(self.answers.decode(np.where(answer, 1, -1)), every, every.astype(bool), operations)

    @property
    def cost(self) -> Cost:
        bits = bits_of(self.segments, self.owners) + _sparse.encoder_bits(self)
        return Cost(bits, int((self.segments < self.encoder.units).sum()), self._operations)
