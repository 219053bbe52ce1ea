"""Dendrites: cells that hold sparse patterns on segments of a few synapses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import numpy as np

from neuromem import checks
from neuromem.arrays import bits_of, require_host, same_kind
from neuromem.memory import Cost, Recall
from neuromem.models import _sparse
from neuromem.trace import Traced

ENOUGH = 8  # active synapses that make a segment fire, of items with at least 16 active cells


class Dendrite(Traced):
    """Cells with active dendrites, which hold sparse patterns on segments of a few synapses.

    Every cell of a value grows one segment for each item, and any matching segment makes it active:

        segment g of cell j has s synapses onto active cells of one key, drawn at random         (1)
        segment g matches if sum_(i in g) c_i >= theta, with c the active cells of the cue       (2)
        cell j is active if any of its segments matches                                          (3)

    A cue of several keys at once recalls the union of their values. A key with fewer than s active
    cells gets a synapse on each. `neuromem.theory.dendrite` gives false positives and negatives.

    Parameters
    ----------
    units : int
        Length of an item.
    activity : float, optional
        Share of the active units of sparse items, which are stored as they are. By default the
        first items that are stored say it: at most 1/16 is sparse, and the activity is then the
        mean over all items; denser items are held as codes of one active cell among 16 for every 4
        units (`neuromem.encoders.Blocks`).
    contacts : int, default 20
        Synapses of a segment, s.
    threshold : int, optional
        Active synapses that make a segment fire, theta. By default 8, or half of the active cells
        of an item where these are fewer than 16.
    rng : int or numpy.random.Generator, default 0
        Draws the active cells that get the synapses.

    Attributes
    ----------
    segments : ndarray of shape (segment, contacts)
        The cell of the key at each synapse, or the number of cells where a key had too few.
    owners : ndarray of shape (segment,)
        The cell of the value that grew the segment.
    stored : int
        Number of items held.
    synapses : dict
        "permanences", (segment, contacts): 1 where there is a synapse, 0 where there is none.

    Raises
    ------
    InputError
        If items are not +1/-1, or a key, of these or of earlier ones, has fewer active cells than
        `threshold`.

    References
    ----------
    Hawkins, J. & Ahmad, S. (2016). Why neurons have thousands of synapses, a theory of sequence
    memory in neocortex. Frontiers in Neural Circuits 10, 23.
    https://doi.org/10.3389/fncir.2016.00023

    Ahmad, S. & Hawkins, J. (2016). How do neurons operate on sparse distributed representations? A
    mathematical theory of sparsity, neurons and active dendrites. https://arxiv.org/abs/1601.00720

    Examples
    --------
    >>> import neuromem as nm
    >>> items = nm.patterns.sparse(50, 2000, activity=0.02, rng=0)
    >>> memory = nm.Dendrite(2000, activity=0.02).store(items)
    >>> float(nm.metrics.exact(memory.recall(nm.cues.erase(items, 0.2, rng=1)), items).mean())
    1.0
    """

    step_unit = "passes"
    reads_signs = True

    def __init__(
        self,
        units: int,
        *,
        activity: float | None = None,
        contacts: int = 20,
        threshold: int | None = None,
        rng: int | np.random.Generator = 0,
    ):
        self.units = checks.whole("units", units, way_out="give the length of one item, such as 256")
        self.activity = activity
        self.contacts = checks.whole("contacts", contacts)
        if threshold is not None:
            checks.whole("threshold", threshold, most=self.contacts, way_out="it counts active synapses")
        self._threshold = threshold
        self.seed = checks.seed(rng)
        self.clear()

    @property
    def threshold(self) -> int:
        """Active synapses that a segment must have to match."""
        return self._needed(self.encoder)

    def _needed(self, encoder: Any) -> int:
        """The threshold, as told or for the active cells of an item."""
        if self._threshold is not None:
            return self._threshold
        active = round(encoder.activity * encoder.units)
        return min(ENOUGH, self.contacts, max(1, -(-active // 2)))

    def clear(self) -> None:
        """Forget everything; the next segments draw the same random numbers as the first ones."""
        self.encoder = self.answers = _sparse.encoder(self.units, self.activity)  # of keys, and of values
        self.segments = np.empty((0, self.contacts), np.min_scalar_type(self.encoder.units))
        self.owners = np.empty(0, np.uint32)
        self.stored, self._operations = 0, np.nan
        self._rng = np.random.default_rng(self.seed)

    def store(self, keys: Any, values: Any = None) -> Self:
        """Grow a segment on each active cell of each value, onto active cells of its key."""
        batches, encoder, answers, _ = _sparse.pair_codes(self, keys, values)
        x, y = (np.concatenate([*map(require_host, parts)]) for parts in zip(*batches, strict=True))
        least = self._needed(encoder)
        few = x.sum(1) < least
        if few.any():
            was = f"item {int(few.argmax())} has {int(x[few].sum(1)[0])}"
            raise checks.refusal("keys", f"have at least {least} active cells", was, "lower threshold")
        held = (self.segments < self.encoder.units).sum(1)
        if ((held >= self.threshold) & (held < least)).any():  # which one call for all items would refuse, too
            must = "leave the segments that are held enough synapses"
            raise checks.refusal("keys", must, f"raise the threshold from {self.threshold} to {least}", "set threshold")
        if not self.stored:
            self.segments = self.segments.astype(np.min_scalar_type(encoder.units))
        need = int(y.sum()) * self.contacts * self.segments.itemsize
        checks.fits(f"{int(y.sum()):,} segments", need, "store fewer items, or sparser ones")
        segments, owners = [self.segments], [self.owners]
        for key, value in zip(x, y, strict=True):
            active, cells = np.flatnonzero(key), np.flatnonzero(value)
            order = self._rng.random((len(cells), len(active))).argsort(1)[:, : self.contacts]
            new = np.full((len(cells), self.contacts), encoder.units)
            new[:, : order.shape[1]] = active[order]  # (1)
            segments.append(new.astype(self.segments.dtype))
            owners.append(cells.astype(np.uint32))
        self.segments, self.owners, self.answers = np.concatenate(segments), np.concatenate(owners), answers
        self.encoder = encoder
        self.stored += len(x)
        return self

    def recall(self, cues: Any) -> Recall:
        """Activate every cell that has a matching segment, in one pass."""
        cues = checks.cues(cues, self.units)
        checks.stored(self, self.stored)
        seen = np.pad(self.encoder.encode(require_host(cues)) > 0, ((0, 0), (0, 1)))  # the last cell is never active
        answer = np.zeros((len(seen), self.answers.units), bool)
        for cue, cells in zip(seen, answer, strict=True):
            cells[self.owners[cue[self.segments].sum(1) >= self.threshold]] = True  # (2, 3)
        operations = np.full(len(seen), self.segments.size + _sparse.encoder_operations(self))
        self._operations = float(operations.mean())
        every = np.ones(len(seen), int)
        items = same_kind(self.answers.decode(np.where(answer, 1, -1)), cues)
        return Recall(items, every, every.astype(bool), operations)

    @property
    def synapses(self) -> dict[str, np.ndarray]:
        """Which synapses there are; one that is set to 0 is lost, and can't be regrown."""
        return {"permanences": (self.segments < self.encoder.units).astype(float)}

    @synapses.setter
    def synapses(self, arrays: Mapping[str, Any]) -> None:
        before = self.synapses
        kept = checks.synapses(arrays, before)["permanences"]
        if not np.isin(kept, (0, 1)).all() or (kept > before["permanences"]).any():
            raise checks.refusal("permanences", "be 1 or 0, and 0 where there is no synapse", "holds other values")
        self.segments = np.where(kept == 1, self.segments, self.encoder.units).astype(self.segments.dtype)

    @property
    def cost(self) -> Cost:
        """The cells at both ends of every synapse, all read in a recall, and the encoders."""
        bits = bits_of(self.segments, self.owners) + _sparse.encoder_bits(self)
        return Cost(bits, int((self.segments < self.encoder.units).sum()), self._operations)
