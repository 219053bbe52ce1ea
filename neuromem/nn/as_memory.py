"""Any mixer, trained or not, as a memory that runs in every experiment."""

from __future__ import annotations

import math
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor

from neuromem import checks
from neuromem.arrays import to_host
from neuromem.memory import Cost, Recall

from .mixer import Mixer


class LayerMemory:
    """The memory protocol around a mixer; made by `as_memory`."""

    step_unit = "reads"

    def __init__(self, layer: Mixer):
        if not isinstance(layer, Mixer):
            way_out = "give for example nn.Attention(64), or a block's .mixer of a trained Transformer"
            raise checks.refusal("layer", "be a mixer of neuromem.nn", f"was {type(layer).__name__}", way_out)
        self.layer = layer
        self.units = layer.width
        self._state: Any = None
        self.clear()

    def store(self, keys: Any, values: Any = None) -> Self:
        """Writes `keys` (item, unit) with their `values` (item, unit), one after the other; None: the keys themselves."""
        keys, values = checks.pairs(keys, values, self.units)
        values = checks.items("values", values, self.units)
        self._state = self.layer.write(self._batch(keys), self._batch(values), self._state)
        self._number += len(keys)
        return self

    def recall(self, cues: Any) -> Recall:
        """Real items (cue, unit): tensors for tensors, with their gradient."""
        cues = checks.cues(cues, self.units)
        checks.stored(self, self._number)
        outputs = self.layer.read(self._batch(cues), self._state)[0]
        number, reading = len(cues), self.layer.operations(self._state)
        self._operations = float(reading + 2 * self.units**2)
        items = outputs if isinstance(cues, Tensor) else to_host(outputs)
        return Recall(items, np.ones(number, int), np.ones(number, bool), np.full(number, self._operations))

    def clear(self) -> None:
        self._state = None
        self._number, self._operations = 0, math.nan

    @property
    def cost(self) -> Cost:
        """What the layer holds of the items, and its weights, without which it could not recall them."""
        weights = list(self.layer.parameters())
        bits, synapses = self.layer.held(self._state) if self._number else (0, 0)
        bits += 8 * sum(weight.numel() * weight.element_size() for weight in weights)
        return Cost(bits, synapses + sum(weight.numel() for weight in weights), self._operations)

    def _batch(self, x: Any) -> Tensor:
        """(item, unit) as the layer takes it, (1, item, unit), in its type and on its device."""
        like = self.layer.key.weight
        if isinstance(x, Tensor):
            return x.to(like)[None]
        return torch.tensor(to_host(x), dtype=like.dtype, device=like.device)[None]


def as_memory(layer: Mixer) -> LayerMemory:
    """`layer` as a memory: it stores and recalls through its own projections, every item for itself, not as a sequence.

    The layer is used as it is, not copied: what training changes in its weights, recall sees; `store` again after it. Arrays
    take the layer's type and device. Raises InputError for anything that is no mixer.

    >>> import neuromem as nm
    >>> _ = torch.manual_seed(0)
    >>> items = nm.patterns.random(4, 64, rng=0)
    >>> memory = as_memory(nm.nn.Attention(64)).store(items)
    >>> float(nm.metrics.exact(memory.recall(nm.cues.erase(items, 0.3, rng=1)), items).mean())
    1.0
    """
    return LayerMemory(layer)
