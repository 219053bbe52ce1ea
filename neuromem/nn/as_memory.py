"""Any mixer, trained or not, as a memory that runs in every experiment."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor, nn

from neuromem import checks
from neuromem.arrays import require_finite, to_host, unit_length
from neuromem.memory import Cost, Recall
from neuromem.trace import Traced

from .from_torch import as_mixer
from .mixer import Mixer

SAVED = "the weights of a torch layer are saved by torch"


class LayerMemory(Traced):
    """The memory protocol around a mixer; `as_memory` makes it.

    Parameters
    ----------
    layer : Mixer
        The layer.

    Attributes
    ----------
    layer : Mixer
        The layer itself, not a copy.
    stored : int
        Number of pairs stored.
    """

    step_unit = "reads"

    def __init__(self, layer: Mixer):
        self.layer = layer
        self.units = layer.width
        self._state: Any = None
        self.clear()

    def store(self, keys: Any, values: Any = None) -> Self:
        """Write `keys` (item, unit) and their `values` (item, unit), one after the other.

        values=None stores the keys as their own values.
        """
        keys, values = checks.pairs(keys, values, self.units)
        values = self._batch(checks.items("values", values, self.layer.value_width))
        require_finite("values", values)
        state = self.layer.write(self._token(keys), values, self._state)
        if self.layer.holds:
            require_finite("store", *self.layer.arrays(state).values())
        self._state = state
        self.stored += len(keys)
        return self

    def recall(self, cues: Any) -> Recall:
        """Give real items (cue, unit): tensors for tensors, with their gradient.

        `converged` is False where the layer updates a state (`Attention`, `Hopfield`) and one
        more update would move it.
        """
        cues = checks.cues(cues, self.units)
        checks.stored(self, self.stored)
        tokens = self._token(cues)
        outputs = self.layer.read(tokens, self._state)[0]
        require_finite("recall", outputs)
        with torch.no_grad():
            settled = self.layer.settled(self.layer.split(self.layer.query(tokens)), self._state)[0]
        number, reading = len(cues), self.layer.operations(self._state)
        maps = (*self.layer.query.parameters(), *self.layer.output.parameters())
        self._operations = float(reading + sum(weight.numel() for weight in maps))
        items = outputs if isinstance(cues, Tensor) else to_host(outputs)
        return Recall(items, np.ones(number, int), to_host(settled), np.full(number, self._operations))

    @property
    def exceptions(self) -> Mapping[str, str]:  # type: ignore[override]
        """The laws that the layer breaks as a memory by design, and why."""
        return {"a_saved_memory_goes_on_as_it_was": SAVED, **self.layer.exceptions}

    def clear(self) -> None:
        """Forget everything; the layer's weights stay."""
        self._state = None
        self.stored, self._operations = 0, math.nan

    @property
    def synapses(self) -> dict[str, np.ndarray]:
        """Copies of the tensors that hold what was stored, by the layer's names. Can be set.

        Bits are 0 and 1. The layer's own weights are not among them.
        """
        if self.stored and not self._arrays():
            raise AttributeError(f"a {type(self.layer).__name__} layer has no synapses that it could name")
        return {name: np.array(array) for name, array in self._arrays().items()}

    @synapses.setter
    def synapses(self, arrays: Mapping[str, Any]) -> None:
        new = checks.synapses(arrays, self._arrays())
        self._state = self.layer.with_arrays(self._state, {name: to_host(array)[None] for name, array in new.items()})

    @property
    def cost(self) -> Cost:
        """What the layer holds of the items, and its weights, which it needs to recall them."""
        weights = list(self.layer.parameters())
        bits, synapses = self.layer.held(self._state) if self.stored else (0, 0)
        bits += 8 * sum(weight.numel() * weight.element_size() for weight in weights)
        return Cost(bits, synapses + sum(weight.numel() for weight in weights), self._operations)

    def _arrays(self) -> dict[str, np.ndarray]:
        """What the layer holds of the one sequence, without its batch axis."""
        held = {name: to_host(array)[0] for name, array in self.layer.arrays(self._state).items()}
        return {name: array.astype(np.int8) if array.dtype == bool else array for name, array in held.items()}

    def _token(self, x: Any) -> Tensor:
        """Keys or cues as a `Transformer` gives tokens to its layers: of mean square 1."""
        x = x if isinstance(x, Tensor) else to_host(x)
        return self._batch(self.units**0.5 * unit_length(x.astype(float) if isinstance(x, np.ndarray) else x.double()))

    def _batch(self, x: Any) -> Tensor:
        """(item, unit) as the layer takes it, (1, item, unit), in its type and on its device."""
        like = self.layer.like
        if isinstance(x, Tensor):
            return x.to(like)[None]
        return torch.tensor(np.ascontiguousarray(to_host(x)), dtype=like.dtype, device=like.device)[None]


def as_memory(layer: Mixer | nn.Module, units: int | None = None) -> LayerMemory:
    """Return a layer as a memory, which stores and recalls through the layer's own projections.

    Every item is a token for itself, not one of a sequence. As the norm before each layer of a
    `Transformer` does, keys and cues are scaled to a mean square of 1, which leaves +1/-1 items as
    they are; values are not. The layer is used as it is, not copied: what training changes in its
    weights, recall sees; `store` again after it. Arrays take the layer's type and device.

    Parameters
    ----------
    layer : Mixer or torch.nn.Module
        Any layer of `neuromem.nn`, such as nn.Attention(64), or a block's mixer; or any torch
        module that maps (query, key, value), such as torch.nn.MultiheadAttention, by `FromTorch`.
    units : int, optional
        Length of an item, where a torch module does not tell it by `embed_dim` or `width`.

    Returns
    -------
    LayerMemory
        The memory.

    Raises
    ------
    InputError
        If `layer` is no such module.

    Examples
    --------
    >>> import neuromem as nm
    >>> _ = torch.manual_seed(0)
    >>> items = nm.patterns.random(4, 64, rng=0)
    >>> memory = as_memory(nm.nn.Attention(64)).store(items)
    >>> float(nm.metrics.exact(memory.recall(nm.cues.erase(items, 0.3, rng=1)), items).mean())
    1.0
    """
    return LayerMemory(as_mixer(layer, units))
