"""Cliques: items as fully joined cells, one in each cluster."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Self

import numpy as np

from neuromem import checks
from neuromem.arrays import bits_of, keep_device, namespace, same_kind, to_host
from neuromem.encoders import Blocks
from neuromem.kernels import bits, cliques, packed
from neuromem.memory import Cost, Recall
from neuromem.models import _sparse
from neuromem.trace import Film, Traced


class Cliques(Traced):
    """Network of Gripon and Berrou: an item is a clique of active cells, one in each cluster.

    Equations, numbered as in the code's comments:

        b units of an item choose the active cell among the l = 2^b of one cluster            (1)
        w_ij = 1 iff i and j, of different clusters, have been active in one item             (2)
        start: v_i = 1 iff cell i agrees with every known unit of its cluster                 (3)
        score_i = v_i + sum_g max_(j in g) w_ij v_j                                           (4)
        v_i <- 1 iff score_i is the largest of its cluster                                    (5)

    (4-5) repeat until nothing changes. A cluster without known units is an erasure: all its cells
    start on. One that is known in part has insertions, cells that should not be on; a wrong unit
    makes both. A unit on which the cells left on disagree evenly stays 0. Items on a CUDA device
    stay there, and cues must lie there too.

    Parameters
    ----------
    units : int
        Length of an item.
    cluster : int, default 4
        Units of an item that one cluster codes, b.
    doubt : float, default 0
        A unit of a real cue that is within `doubt` of 0 counts as unknown.
    steps : int, default 8
        Most passes of a recall.

    Attributes
    ----------
    stored : int
        Number of items stored.
    edges : uint64 array of shape (cell, word) or None
        Edges, packed; None before the first item.
    synapses : dict
        {"edges": array of shape (cell, cell)}; it can be set to zeros and ones.

    Raises
    ------
    InputError
        If an item is not of +1/-1, or the edges do not fit in the memory of the machine.

    References
    ----------
    Gripon, V. & Berrou, C. (2011). Sparse neural networks with large learning diversity. IEEE
    Transactions on Neural Networks 22, 1087. https://doi.org/10.1109/TNN.2011.2146789
    Coyac, M., Gripon, V., Langlais, C. & Berrou, C. (2017). arXiv:1709.08367.
    Theory: `neuromem.theory.cliques`.

    Examples
    --------
    >>> import neuromem as nm
    >>> items = nm.patterns.random(1000, 64, rng=0)
    >>> memory = nm.Cliques(64, cluster=8).store(items)
    >>> recall = memory.recall(nm.cues.erase(items, 0.2, rng=1))
    >>> float(nm.metrics.exact(recall, items).mean()) > 0.99
    True
    """

    step_unit = "passes"

    def __init__(self, units: int, *, cluster: int = 4, doubt: float = 0.0, steps: int = 8):
        self.units = checks.whole("units", units, way_out="give the length of one item, such as 256")
        self.cluster = checks.whole("cluster", cluster, most=16, way_out="give the units of a cluster, such as 4 or 8")
        self.doubt = checks.real("doubt", doubt, least=0)
        self.steps = checks.whole("steps", steps)
        self.encoder = Blocks(self.units, activity=2.0 ** -min(self.cluster, self.units))
        self.cells = round(1 / self.encoder.activity)
        checks.fits("cluster", self.encoder.units * bits.words(self.encoder.units) * 8, "use fewer units in a cluster")
        self.clear()

    def clear(self) -> None:
        """Forget all items."""
        self.edges: Any = None
        self.stored, self._operations = 0, math.nan

    def store(self, keys: Any, values: Any = None) -> Self:
        """Join the active cells of each item, (2)."""
        checks.auto(self, values)
        keys = checks.spins("keys", keys, self.units)
        for active in _sparse.encoded(self.encoder, keys):
            if self.edges is None:
                self.edges = _sparse.empty_weights(self.encoder.units, self.encoder.units, active)
            packed.associate(self.edges, active, bits.pack(active), loops=False)  # (2)
            self.stored += len(active)
        return self

    def recall(self, cues: Any) -> Recall:
        """Passes (4-5) from the cells that agree with each cue."""
        return self._filmed(cues, None)

    def _filmed(self, cues: Any, film: Film | None) -> Recall:
        cues = checks.cues(cues, self.units)
        checks.stored(self, self.stored)
        known = keep_device(cues)
        xp = namespace(stored=self.edges, cues=known)
        size = xp.abs(known if xp.isdtype(known.dtype, "real floating") else xp.astype(known, xp.float64))
        known = xp.where(size > self.doubt, xp.sign(known), xp.zeros_like(known))
        states = self.encoder.encode(known) >= 0  # (3)
        if film:
            film(known)
        steps, settled = np.zeros(len(states), np.int64), np.zeros(len(states), bool)
        while not settled.all() and steps.max() < self.steps:  # all passes at once, or one by one for a film
            most = 1 if film else self.steps
            states, more, still = cliques.retrieve(self.edges, states, self.cells, most)  # (4, 5)
            steps, settled = steps + np.where(settled, 0, to_host(more)), settled | to_host(still)
            if film:
                film(self.encoder.decode(_sparse.signs(states)))
        operations = steps * math.prod(self.edges.shape) + self.encoder.operations  # words of edges compared
        self._operations = float(operations.mean())
        return Recall(same_kind(self.encoder.decode(_sparse.signs(states)), cues), steps, settled, operations)

    @property
    def synapses(self) -> dict[str, np.ndarray]:
        """The edges, as zeros and ones; set a mapping of the same shape to replace them."""
        return {} if self.edges is None else {"edges": _sparse.unpacked(self.edges, self.encoder.units)}

    @synapses.setter
    def synapses(self, new: Mapping[str, Any]) -> None:
        for name, value in checks.synapses(new, self.synapses).items():
            self.edges = _sparse.packed_like(name, value, self.edges)

    @property
    def cost(self) -> Cost:
        """The edges, a bit each, and what the encoder holds; N (N - l) synapses for N cells."""
        edges = self.encoder.units * (self.encoder.units - self.cells)
        return Cost(bits_of(self.edges) + self.encoder.bits, max(edges, 1), self._operations)
