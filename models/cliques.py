"""Cliques: items as fully joined cells, one in each cluster."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from neuromem import checks
from neuromem.arrays import bits_of, require_host
from neuromem.encoders import Blocks
from neuromem.kernels import bits, cliques
from neuromem.memory import Cost, Recall
from neuromem.models import _sparse


class Cliques:
    """Network of Gripon and Berrou: an item is a clique, one active cell in each cluster, joined by one-bit edges.

        b units of an item choose the active cell among the l = 2^b of one cluster                        (1)
        w_ij = 1 iff i and j, of different clusters, have been active in one item                         (2)
        start: v_i = 1 iff cell i agrees with every known unit of its cluster                             (3)
        score_i = v_i + sum_g max_(j in g) w_ij v_j                                                       (4)
        v_i <- 1 iff score_i is the largest of its cluster                                                (5)

    (4-5) repeat until nothing changes, at most `steps` times. A cluster without known units is an erasure, all its cells
    start on; one known in part has insertions, cells that should not be on; a wrong unit makes both. Noisy real cues are
    quantised to these: a unit within `doubt` of 0 counts as unknown. A unit on which the cells left on disagree evenly
    stays 0. Items (item, unit) of +1/-1. Raises InputError for other items, or a network that does not fit.

    w: packed edges (cell, words); b: `cluster`, units of a cluster. Theory: `neuromem.theory.cliques`.
    Gripon & Berrou (2011, IEEE Trans. Neural Networks 22:1087); Coyac, Gripon, Langlais & Berrou (2017, arXiv:1709.08367).

    >>> import neuromem as nm
    >>> items = nm.patterns.random(1000, 64, rng=0)
    >>> memory = nm.Cliques(64, cluster=8).store(items)
    >>> float(nm.metrics.exact(memory.recall(nm.cues.erase(items, 0.2, rng=1)), items).mean()) > 0.99
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
        _sparse.fits("cluster", self.encoder.units**2 // 8, "use fewer units in a cluster")
        self.clear()

    def clear(self) -> None:
        self.edges: Any = None  # packed (cell, words)
        self.items, self._operations = 0, np.nan

    def store(self, keys: Any, values: Any = None) -> Self:
        checks.auto(self, values)
        active = self.encoder.encode(checks.spins("keys", keys, self.units)) > 0
        if self.edges is None:
            self.edges = np.zeros((active.shape[1], bits.words(active.shape[1])), np.uint64)
        for cells, words in zip(active, bits.pack(active), strict=True):
            self.edges[cells] |= words  # (2)
        cell = np.arange(len(self.edges))
        self.edges[cell, cell // 64] &= ~(np.uint64(1) << (cell % 64).astype(np.uint64))
        self.items += len(active)
        return self

    def recall(self, cues: Any) -> Recall:
        cues = require_host(checks.cues(cues, self.units))
        checks.stored(self, self.items)
        start = self.encoder.encode(np.where(np.abs(cues) > self.doubt, cues, 0)) >= 0  # (3)
        states, steps, settled = cliques.retrieve(self.edges, start, self.cells, self.steps)  # (4, 5)
        operations = steps * self.edges.size + self.encoder.operations  # words of edges compared
        self._operations = float(operations.mean())
        return Recall(self.encoder.decode(np.where(states, 1, -1)), steps, settled, operations)

    @property
    def cost(self) -> Cost:
        edges = self.encoder.units * (self.encoder.units - self.cells)
        return Cost(bits_of(self.edges) + self.encoder.bits, max(edges, 1), self._operations)
