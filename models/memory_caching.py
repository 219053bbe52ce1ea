"""Memory caching: states of any memory are kept, one a segment of items, and read together."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Self

import array_api_compat
import numpy as np

from neuromem import checks
from neuromem.arrays import as_floating, bits_of, first_largest, move_beside, require_finite, to_host, unit_length
from neuromem.kernels.separation import softmax
from neuromem.memory import Cost, Memory, Recall
from neuromem.models import make, source
from neuromem.trace import Traced

READS = ("gated", "residual", "soup", "sparse")


class MemoryCaching(Traced):
    """Several states of a memory, one a segment of items, each read as far as it is like the cue.

    Equations, numbered as in the code's comments:

        M^(i) stores the items of segment i, from an empty state or from that of segment i - 1   (1)
        c_i = sum of the keys of segment i, each divided by its length                           (2)
        g = softmax_i(beta q.c_i), q the cue divided by its length                               (3)
        gated, sparse:  y = sum_i g_i M^(i)(q)       GRM; SSC, with few i in (3)                 (4)
        residual:       y = sum_i M^(i)(q)                                                       (5)
        soup:           y = M(q), where M has the synapses sum_i g_i (synapses of M^(i))         (6)

    This lies between one state, in which all items disturb each other, and attention, which keeps
    every item: with more states, accuracy and bits grow. For a linear memory such as `Pavlov` that
    begins each segment empty, (5) is one state of all items, and (6) is (4). With a segment of one
    item and states that answer with their value, (4) is softmax attention.

    The published gate scores the mean of a segment's keys, by a query that is trained. In the mean
    of C keys the one that is asked for has the weight 1 / C, so that without training the gate is
    nearly flat and gains little over (5). The sum in (2) is that gate with the gain C; beta = 1 /
    segment gives the published one.

    Parameters
    ----------
    units : int
        Length of a key.
    memory : str, class or callable, default "pavlov"
        What makes the memory of a segment, such as "pavlov:rule=delta"; within a text of settings
        it stands in quotes, "memory_caching:memory='pavlov:rule=delta'".
    segment : int, default 16
        Items a segment.
    read : str, default "gated"
        "gated", "residual", "soup" or "sparse". "soup" needs a memory that has `synapses`, of the
        same shapes in every segment.
    chosen : int, default 4
        How many segments "sparse" reads besides the last one; of equal scores the first count.
    fresh : bool, default True
        Whether a segment begins with an empty memory, and not with that of the segment before.
    beta : float, default 1
        Sharpness of (3).
    rng : int or numpy.random.Generator, default 0
        Given to the memory of a segment, the same for each.

    Attributes
    ----------
    stored : int
        Number of items stored.
    seed : int
        What the memories were made with.

    Raises
    ------
    InputError
        If `memory` makes none, arrays have another shape or library, or nothing is stored at a
        recall.

    References
    ----------
    Memory caching: RNNs with growing memory (2026). https://arxiv.org/abs/2602.24281

    Examples
    --------
    >>> import neuromem as nm
    >>> keys, values = (nm.patterns.random(256, 64, rng=seed) for seed in (0, 1))
    >>> for name in ("memory_caching", "pavlov"):
    ...     recall = nm.models.make(name, 64).store(keys, values).recall(keys)
    ...     print(round(float(nm.metrics.overlap(recall, values).mean()), 1))
    0.7
    0.4
    """

    step_unit = "reads"
    stored: int
    _memories: list[Any]
    _sums: list[Any]
    _length: int  # of a value; 0 before the first

    def __init__(
        self,
        units: int,
        *,
        memory: str | type[Memory] | Callable[..., Memory] = "pavlov",
        segment: int = 16,
        read: str = "gated",
        chosen: int = 4,
        fresh: bool = True,
        beta: float = 1.0,
        rng: int | np.random.Generator = 0,
    ):
        self.units = checks.whole("units", units, way_out="give the length of one item, such as 256")
        self.segment = checks.whole("segment", segment)
        self.read = checks.choice("read", read, READS)
        self.chosen = checks.whole("chosen", chosen)
        self.fresh = checks.flag("fresh", fresh)
        self.beta = checks.real("beta", beta, above=0)
        self.memory, self.seed = memory, checks.seed(rng)
        self._empty: Any = make(source(memory, "memory"), self.units, rng=self.seed)
        if read == "soup" and not hasattr(self._empty, "synapses"):
            was = f"{type(self._empty).__name__} has none"
            raise checks.refusal("memory", "have synapses for read='soup'", was, "take read='gated'")
        self.clear()

    def store(self, keys: Any, values: Any = None) -> Self:
        """Add items to the last segment, and begin a new one whenever it is full."""
        pairs = (checks.items("keys", keys, self.units),) if values is None else checks.pairs(keys, values, self.units)
        length = pairs[-1].shape[1]
        if self._length not in (0, length):
            raise checks.refusal("values", f"have length {self._length}, as those that are stored", f"have {length}")
        _, directions, *_ = as_floating(keys=pairs[0], **self._stored())
        directions = unit_length(directions)
        xp, memories, sums = array_api_compat.array_namespace(directions), [*self._memories], [*self._sums]
        for part in self._segments(len(pairs[0])):
            if (self.stored + part.start) % self.segment == 0:
                memories.append(memories[-1] if memories and not self.fresh else self._empty)  # (1)
                sums.append(xp.zeros_like(directions[0]))
            memories[-1] = copy.deepcopy(memories[-1]).store(*(one[part] for one in pairs))
            sums[-1] = sums[-1] + xp.sum(directions[part], axis=0)  # (2)
        self._memories, self._sums, self._length = memories, sums, length
        self.stored += len(pairs[0])
        return self

    def recall(self, cues: Any) -> Recall:
        """Give the sum of what all memories answer, in one step; real numbers."""
        cues = checks.cues(cues, self.units)
        checks.stored(self, self.stored)
        gates = self.gates(cues)
        with np.errstate(over="ignore", invalid="ignore"):  # what is too large is refused afterwards
            items, converged, operations = self._soup(cues, gates) if self.read == "soup" else self._sum(cues, gates)
        require_finite("recall", items)
        operations += float(len(self._sums) * self.units)
        self._operations = float(operations.mean())
        return Recall(items, np.ones(len(cues), int), converged, operations)

    def gates(self, cues: Any) -> Any:
        """Return the weight of each segment, equation (3).

        Parameters
        ----------
        cues : array of shape (cue, unit)
            As in `recall`.

        Returns
        -------
        array of shape (cue, segment)
            g; ones for "residual".
        """
        cues = checks.cues(cues, self.units)
        checks.stored(self, self.stored)
        xp, cues, *sums = as_floating(cues=cues, **self._stored())
        scores = unit_length(cues) @ xp.stack(sums).T
        if self.read == "residual":
            return xp.ones_like(scores)
        if self.read == "sparse" and scores.shape[1] > self.chosen + 1:
            found = first_largest(scores[:, :-1], self.units, self.chosen, float(self.segment))
            numbers = xp.arange(scores.shape[1] - 1, device=array_api_compat.device(scores))
            read = xp.any(found[:, :, None] == numbers, axis=1)
            scores[:, :-1] = xp.where(read, scores[:, :-1], -xp.inf)
        return softmax(scores, self.beta)  # (3)

    def clear(self) -> None:
        """Forget everything, also how many segments there were."""
        self._memories, self._sums, self._length, self.stored, self._operations = [], [], 0, 0, float("nan")

    @property
    def synapses(self) -> dict[str, np.ndarray]:
        """Synapses of all memories, with the segment's number, and the sums (2). Can be set.

        A memory without synapses gives this one none either.
        """
        named = {f"{name}_{i}": array for i, one in enumerate(self._memories) for name, array in one.synapses.items()}
        return {**named, **{f"sum_{i}": np.array(to_host(one)) for i, one in enumerate(self._sums)}}

    @synapses.setter
    def synapses(self, arrays: Mapping[str, Any]) -> None:
        new, memories = checks.synapses(arrays, self.synapses), copy.deepcopy(self._memories)
        for i, one in enumerate(memories):
            one.synapses = {name: new[f"{name}_{i}"] for name in one.synapses}
        xp = array_api_compat.array_namespace(*self._sums)
        self._sums = [move_beside(xp, new[f"sum_{i}"], one) for i, one in enumerate(self._sums)]
        self._memories = memories

    @property
    def cost(self) -> Cost:
        """All memories, and one sum a segment; a recall reads every memory whose gate is not 0."""
        costs = [one.cost for one in self._memories]
        bits, numbers = sum(one.bits for one in costs), sum(one.synapses for one in costs)
        return Cost(bits + bits_of(*self._sums), numbers + self.units * len(self._sums), self._operations)

    def _segments(self, number: int) -> Iterator[slice]:
        """Where to cut so many new items, which first fill up the last segment."""
        start = 0
        while start < number:
            end = start + self.segment - (self.stored + start) % self.segment
            yield slice(start, min(end, number))
            start = end

    def _stored(self) -> dict[str, Any]:
        return {f"what is stored (sum_{i})": one for i, one in enumerate(self._sums)}

    def _sum(self, cues: Any, gates: Any) -> tuple[Any, np.ndarray, np.ndarray]:
        """Equations (4) and (5): answers, whether all memories converged, operations."""
        xp, converged, operations = array_api_compat.array_namespace(gates), np.ones(len(cues), bool), np.zeros(len(cues))
        items: Any = None
        for i, memory in enumerate(self._memories):
            asked = gates[:, i] > 0
            if bool(xp.any(asked)):
                recall, rows = memory.recall(cues[asked]), np.asarray(to_host(asked))
                answers = xp.astype(move_beside(xp, recall.items, gates), gates.dtype)
                items = xp.zeros_like(gates[:, :1]) * answers[:1] if items is None else items
                items[asked] = items[asked] + gates[asked][:, i, None] * answers
                converged[rows] &= recall.converged
                operations[rows] += recall.operations
        return items, converged, operations

    def _soup(self, cues: Any, gates: Any) -> tuple[Any, np.ndarray, np.ndarray]:
        """Equation (6), cue by cue."""
        xp, memory = array_api_compat.array_namespace(gates), copy.deepcopy(self._memories[-1])
        held, recalls = [one.synapses for one in self._memories], []
        if any(one[name].shape != array.shape for one in held for name, array in held[0].items()):
            was = f"those of {type(memory).__name__} grow with what is stored"
            raise checks.refusal("memory", "have synapses of one shape for read='soup'", was, "take read='gated'")
        for i, gate in enumerate(to_host(gates)):
            memory.synapses = {name: sum(g * one[name] for g, one in zip(gate, held, strict=True)) for name in held[0]}
            recalls.append(memory.recall(cues[i : i + 1]))
        items = xp.concat([move_beside(xp, one.items, gates) for one in recalls])
        return items, *(np.concatenate([getattr(one, name) for one in recalls]) for name in ("converged", "operations"))
