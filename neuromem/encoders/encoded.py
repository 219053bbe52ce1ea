"""A memory behind an encoder."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Self

import numpy as np

from neuromem import checks
from neuromem.arrays import to_host
from neuromem.memory import Cost, Memory, Recall
from neuromem.trace import Trace, traced

from .blocks import Encoder


class Encoded:
    """Any memory behind an encoder: it holds codes, and the user sees items.

    The encoder's cost is added to that of the memory.

    Parameters
    ----------
    memory : Memory
        Empty, with as many units as a code has.
    encoder : Encoder
        Codes the items.

    Raises
    ------
    InputError
        If the memory does not fit the codes.

    Examples
    --------
    >>> import neuromem as nm
    >>> items = nm.patterns.random(5, 64, rng=0)
    >>> blocks = nm.encoders.Blocks(64)
    >>> inner = nm.Hopfield(blocks.units, rule="projection")
    >>> memory = nm.encoders.Encoded(inner, blocks).store(items)
    >>> bool(nm.metrics.exact(memory.recall(items), items).all())
    True
    """

    def __init__(self, memory: Memory, encoder: Any):
        checks.instance("memory", memory, Memory, way_out="give for example Willshaw(encoder.units)")
        if not hasattr(checks.instance("encoder", encoder, Encoder), "items"):
            was = f"was a {type(encoder).__name__}, which codes single numbers"
            raise checks.refusal("encoder", "code items", was, "take Blocks or Fields")
        if memory.units != encoder.units:
            was = f"has {memory.units} units and codes have {encoder.units}"
            raise checks.refusal("memory", "have as many units as a code", was, "build it with encoder.units")
        self.memory, self.encoder = memory, encoder
        self.units, self.step_unit = encoder.items, memory.step_unit

    def store(self, keys: Any, values: Any = None) -> Self:
        """Store the codes of items of +1/-1."""
        checks.auto(self, values)
        self.memory.store(self.encoder.encode(checks.spins("keys", keys, self.units)))
        return self

    def recall(self, cues: Any) -> Recall:
        """Recall the codes of cues, and decode what comes back."""
        return self._decoded(self.memory.recall(self.encoder.encode(checks.cues(cues, self.units))))

    def _decoded(self, recalled: Recall) -> Recall:
        operations = recalled.operations + self.encoder.operations
        return Recall(self.encoder.decode(recalled.items), recalled.steps, recalled.converged, operations)

    def trace(self, cues: Any, every: int = 1) -> Trace:
        """Trace the recall of codes, and decode each; the energy is that of the codes.

        Parameters
        ----------
        cues : array of shape (cue, unit)
            As for `recall`.
        every : int, default 1
            One state in so many steps is kept.

        Returns
        -------
        Trace
            The states of the items.
        """
        cues = checks.cues(cues, self.units)
        inner = traced(self.memory, self.encoder.encode(cues), every)
        way = [np.asarray(to_host(self.encoder.decode(now))) for now in inner.states[1:]]
        return replace(inner, states=np.stack([to_host(cues), *way]), recall=self._decoded(inner.recall))

    def clear(self) -> None:
        """Forget everything."""
        self.memory.clear()

    @property
    def cost(self) -> Cost:
        """The memory's cost and the encoder's."""
        cost = self.memory.cost
        return Cost(cost.bits + self.encoder.bits, cost.synapses, cost.operations + self.encoder.operations)
