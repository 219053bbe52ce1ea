"""A memory behind an encoder."""

from __future__ import annotations

from typing import Any, Self

from neuromem import checks
from neuromem.memory import Cost, Memory, Recall


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
        recalled = self.memory.recall(self.encoder.encode(checks.cues(cues, self.units)))
        operations = recalled.operations + self.encoder.operations
        return Recall(self.encoder.decode(recalled.items), recalled.steps, recalled.converged, operations)

    def clear(self) -> None:
        """Forget everything."""
        self.memory.clear()

    @property
    def cost(self) -> Cost:
        """The memory's cost and the encoder's."""
        cost = self.memory.cost
        return Cost(cost.bits + self.encoder.bits, cost.synapses, cost.operations + self.encoder.operations)
