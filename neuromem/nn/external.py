"""Any neuromem memory as a layer that writes keys and values as the sequence goes by, and reads them back."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import torch
from torch import Tensor

from neuromem import checks
from neuromem.arrays import to_host
from neuromem.memory import Memory

from .mixer import Mixer


class PairMemory:
    """Pairs of +1/-1 items in any memory: as keys and values, or, in an auto-associative one, as items [key, value].

    An auto-associative memory of 2 units units recalls the value as the unknown half of an item whose key half is the cue.
    """

    def __init__(self, memory: Memory):
        if not isinstance(memory, Memory):
            raise checks.refusal("memory", "be a memory", f"was {type(memory).__name__}", "give for example Hopfield(128)")
        self.memory = copy.deepcopy(memory)
        self.auto = is_auto(self.memory)
        if self.auto and memory.units % 2:
            raise checks.refusal("memory", "have an even number of units, half for the key", f"has {memory.units}")
        self.units = memory.units // 2 if self.auto else memory.units
        self.clear()

    def clear(self) -> None:
        self.memory.clear()
        self.empty = True

    def store(self, keys: np.ndarray, values: np.ndarray) -> None:
        """Adds pairs (item, unit) of +1/-1."""
        self.empty = False
        if self.auto:
            self.memory.store(np.concatenate([keys, values], 1))
        else:
            self.memory.store(keys, values)

    def recall(self, cues: np.ndarray) -> np.ndarray:
        """What the keys bring back, (cue, unit) of real numbers; zeros from an empty memory."""
        if self.empty:
            return np.zeros((len(cues), self.units))
        full = np.concatenate([cues, np.zeros_like(cues)], 1) if self.auto else cues
        return to_host(self.memory.recall(full).items)[:, -self.units :].astype(float)


def is_auto(memory: Memory) -> bool:
    """Whether the memory has one set of units only: whether it refuses values."""
    one = 1 - 2 * (np.arange(memory.units)[None] % 2)
    try:
        copy.deepcopy(memory).store(one, one)
    except checks.InputError:
        return True
    return False


class External(Mixer):
    """A memory of `neuromem.models` between projections: each token first recalls by its query, then stores a pair.

    o_t = recall(sign(q_t)) from the pairs (sign(k_{s-lag}), sign(v_s)), s < t                                    (1)

    memory: an instance, copied empty for each sequence; of `width` units, or of 2 width for an auto-associative one, which
    holds items [key, value].  lag: tokens between a key and its value; with 1, a token is stored under the one before it.
    No gradient goes through the memory, which works on the CPU wherever the layer lies: only W_o learns; W_q, W_k and W_v
    stay at 1. One recall and one store a token and sequence: slow, and no graph to compile. State: the memories, one a
    sequence, and the last `lag` keys.

    >>> import neuromem as nm
    >>> External(nm.Hopfield(16))(torch.randn(1, 3, 8)).shape
    torch.Size([1, 3, 8])
    """

    def __init__(self, memory: Memory, *, lag: int = 1):
        pairs = PairMemory(memory)
        super().__init__(pairs.units, rotated=False)
        self.memory = pairs
        self.lag = checks.whole("lag", lag, least=0)
        for projection in (self.query, self.key, self.value):
            projection.weight.requires_grad_(False)

    @torch.compiler.disable
    def mix(self, query: Tensor, key: Tensor, value: Tensor, state: Any, **gates: Any) -> tuple[Tensor, Any]:
        cues, keys, values = _cues(query), _spins(key), _spins(value)
        memories, before = state or ([self.memory] * len(keys), keys[:, :0])
        memories, keys = [copy.deepcopy(memory) for memory in memories], np.concatenate([before, keys], 1)
        first = cues.shape[1] + self.lag - keys.shape[1]  # tokens that have none `lag` before them
        recalled = np.zeros(cues.shape)
        for one, memory in enumerate(memories):
            for t in range(cues.shape[1]):
                recalled[one, t] = memory.recall(cues[one, t : t + 1])[0]
                if t >= first:
                    memory.store(keys[one, t - first : t - first + 1], values[one, t : t + 1])
        return query.new_tensor(recalled)[:, None], (memories, keys[:, max(0, keys.shape[1] - self.lag) :])

    def write(self, keys: Tensor, values: Tensor, state: Any = None) -> Any:
        stored, its = _spins(self.split(self.key(keys))), _spins(self.split(self.value(values)))
        memories, before = state or ([self.memory] * len(stored), stored[:, :0])
        memories = [copy.deepcopy(memory) for memory in memories]
        for memory, key, value in zip(memories, stored, its, strict=True):
            memory.store(key, value)
        return memories, before

    def look_up(self, query: Tensor, state: Any) -> Tensor:
        recalled = [memory.recall(cues) for memory, cues in zip(state[0], _cues(query), strict=True)]
        return query.new_tensor(np.stack(recalled))[:, None]

    def operations(self, state: Any) -> int:
        return round(float(np.mean([memory.memory.cost.operations for memory in state[0]])))

    def held(self, state: Any) -> tuple[int, int]:
        costs = [memory.memory.cost for memory in state[0]]
        return sum(cost.bits for cost in costs), sum(cost.synapses for cost in costs)


def _cues(x: Tensor) -> np.ndarray:
    """The signs of (batch, 1, time, unit) as (batch, time, unit); 0 stays 0, unknown."""
    return np.sign(to_host(x[:, 0])).astype(np.int8)


def _spins(x: Tensor) -> np.ndarray:
    """The same with +1 for 0."""
    return np.where(to_host(x[:, 0]) >= 0, 1, -1).astype(np.int8)
