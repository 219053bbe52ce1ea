"""TwoStage: a cue finds chunks by their summaries, and items within the chunks that it found."""

from __future__ import annotations

import math
from typing import Any

import array_api_compat
import numpy as np

from neuromem import checks
from neuromem.arrays import first_largest, unit_length
from neuromem.kernels.separation import softmax
from neuromem.memory import Recall
from neuromem.models._one_step import OneStep


class TwoStage(OneStep):
    """Hierarchical attention: first over summaries of chunks of items, then within a few chunks.

    Equations, numbered as in the code's comments, with keys and cues q divided by their lengths:

        m_c = mean of the keys of chunk c                                                      (1)
        C = the `top` chunks of largest m_c.q, of equal ones the first                         (2)
        o = sum over the items i of C of softmax_i(beta k_i.q) v_i                             (3)

    A chunk holds items that were stored one after the other. With chunks of sqrt(n) of n items a
    cue is compared with sqrt(n) summaries and top sqrt(n) keys, so that to recall every item takes
    of the order of n^1.5 comparisons in place of n^2. The price is a wrong chunk: with random keys
    of N units and chunks of c, the own summary is at 1/c, others' are spread by 1/sqrt(c N).

    Parameters
    ----------
    units : int
        Length of a key; a value may have another length, and both may be real.
    chunk : int, optional
        Items of a chunk; by default the square root of the number stored, rounded.
    top : int, default 2
        Chunks in which items are looked up.
    beta : float, default 50
        Sharpness of (3).

    Attributes
    ----------
    stored : int
        Number of items stored.
    synapses : dict
        {"keys": (item, unit), "values": (item, value unit)}; empty before the first store.

    Raises
    ------
    InputError
        If arrays have another shape or library, nothing is stored at a recall, or a result is too
        large for its type.

    References
    ----------
    Lampinen, A. K. et al. (2021). Towards mental time travel: a hierarchical memory for
    reinforcement learning agents. NeurIPS. https://arxiv.org/abs/2105.14039

    Roy, A. et al. (2021). Efficient content-based sparse attention with routing transformers. TACL
    9, 53. https://arxiv.org/abs/2003.05997

    Examples
    --------
    >>> import neuromem as nm
    >>> items = nm.patterns.random(100, 400, rng=0)
    >>> memory = TwoStage(400).store(items)
    >>> recall = memory.recall(nm.cues.flip(items, 0.1, rng=1))
    >>> round(float(nm.metrics.overlap(recall, items).mean()), 2), int(recall.operations[0])
    (1.0, 20000)
    """

    def __init__(self, units: int, *, chunk: int | None = None, top: int = 2, beta: float = 50.0):
        super().__init__(units)
        self.chunk = None if chunk is None else checks.whole("chunk", chunk)
        self.top = checks.whole("top", top)
        self.beta = checks.real("beta", beta, above=0)

    def _learn(self, state: dict[str, Any], keys: Any, values: Any) -> dict[str, Any]:
        xp, keys = array_api_compat.array_namespace(keys), unit_length(keys)
        if not state:
            return {"keys": keys, "values": values + 0.0}
        return {"keys": xp.concat([state["keys"], keys]), "values": xp.concat([state["values"], values])}

    def _sizes(self) -> tuple[int, int, int]:
        """Items of a chunk, chunks, and chunks that are looked into."""
        size = min(self.chunk or round(math.sqrt(self.stored)), self.stored)
        chunks = -(-self.stored // size)
        return size, chunks, min(self.top, chunks)

    def chunks(self, cues: Any) -> Any:
        """Find the chunks of each cue, best first, equation (2).

        Parameters
        ----------
        cues : array of shape (cue, unit)
            As in `recall`, in the library of what is stored.

        Returns
        -------
        array of shape (cue, top)
            Numbers of chunks, in the order in which they were stored.
        """
        cues = checks.cues(cues, self.units)
        checks.stored(self, self.stored)
        cues, state = self._alike(cues=cues)
        return self._found(state["keys"], unit_length(cues))

    def _found(self, keys: Any, cues: Any) -> Any:
        xp = array_api_compat.array_namespace(keys)
        size, chunks, top = self._sizes()
        means = xp.stack([xp.mean(keys[at * size : (at + 1) * size], axis=0) for at in range(chunks)])  # (1)
        return first_largest(cues @ means.T, self.units, top)  # (2)

    def _respond(self, state: dict[str, Any], cues: Any) -> Any:
        keys, values = state["keys"], state["values"]
        xp, cues = array_api_compat.array_namespace(keys), unit_length(cues)
        size, *_ = self._sizes()
        found = self._found(keys, cues)
        within = xp.arange(size, device=array_api_compat.device(keys))
        items = xp.reshape(found[:, :, None] * size + within, (len(cues), -1))
        there = items < len(keys)  # the last chunk may be short
        items = xp.where(there, items, xp.zeros_like(items))
        scores = self.beta * xp.sum(keys[items] * cues[:, None, :], axis=-1)
        share = softmax(xp.where(there, scores, xp.full_like(scores, -math.inf)))
        return xp.sum(share[:, :, None] * values[items], axis=1)  # (3)

    def recall(self, cues: Any) -> Recall:
        """Give real responses (cue, value unit), from the items of a few chunks alone."""
        recall = super().recall(cues)
        size, chunks, top = self._sizes()
        self._operations = float(chunks * self.units + top * size * (self.units + self._outputs))
        operations = np.full(len(recall.steps), self._operations)
        return Recall(recall.items, recall.steps, recall.converged, operations)
