"""Any neuromem memory as a layer that stores and recalls as the sequence goes by."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from neuromem import checks
from neuromem.arrays import to_host
from neuromem.memory import Memory

from .mixer import Mixer


class PairMemory:
    """Pairs of +1/-1 items in any memory, as keys and values or as items [key, value].

    An auto-associative memory holds items [key, value] and recalls the value as the unknown half
    of an item whose key half is the cue, so that it must have twice as many units as a key.

    Parameters
    ----------
    memory : Memory
        The memory, which is copied.

    Attributes
    ----------
    units : int
        Length of a key and of a value.
    auto : bool
        Whether the memory has one set of units only.
    """

    def __init__(self, memory: Memory):
        if not isinstance(memory, Memory):
            raise checks.refusal("memory", "be a memory", f"was {type(memory).__name__}", "give for example Hopfield(128)")
        self.memory = checks.copied("memory", memory)
        self.auto = is_auto(self.memory)
        if self.auto and memory.units % 2:
            raise checks.refusal("memory", "have an even number of units, half for the key", f"has {memory.units}")
        self.units = memory.units // 2 if self.auto else memory.units
        self.clear()

    def clear(self) -> None:
        """Forget every pair."""
        self.memory.clear()
        self.empty = True

    def store(self, keys: np.ndarray, values: np.ndarray) -> None:
        """Add pairs (item, unit) of +1/-1."""
        self.empty = False
        if self.auto:
            self.memory.store(np.concatenate([keys, values], 1))
        else:
            self.memory.store(keys, values)

    def recall(self, cues: np.ndarray) -> np.ndarray:
        """Return what the keys bring back, real numbers (cue, unit); zeros from an empty memory."""
        if self.empty:
            return np.zeros((len(cues), self.units))
        full = np.concatenate([cues, np.zeros_like(cues)], 1) if self.auto else cues
        return to_host(self.memory.recall(full).items)[:, -self.units :].astype(float)


def is_auto(memory: Memory) -> bool:
    """Return whether the memory has one set of units only: whether it refuses values.

    Parameters
    ----------
    memory : Memory
        Any memory; it is copied.

    Returns
    -------
    bool
        True or False.
    """
    one = 1 - 2 * (np.arange(memory.units)[None] % 2)
    try:
        copy.deepcopy(memory).store(one, one)
    except checks.InputError:
        return True
    return False


class External(Mixer):
    """Any memory between projections: each token recalls by its query, then stores a pair.

    Equation, numbered as in the code's comments:

        o_t = recall(sign(q_t)) from the pairs (sign(k_{s-lag}), sign(v_s)), s < t             (1)

    No gradient goes through the memory, which works on the CPU wherever the layer lies: only W_o
    learns, and W_q, W_k and W_v stay at 1. There is one recall and one store for each token and
    sequence, which is slow, and no graph to compile. The state is the memories, one a sequence,
    and the last `lag` keys.

    Parameters
    ----------
    memory : Memory
        Copied empty for each sequence; it has `width` units, or 2 * width if it is
        auto-associative and holds items [key, value].
    lag : int, default 1
        Tokens between a key and its value; with 1, a token is stored under the one before it.

    Examples
    --------
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

    def mix(self, query: Tensor, key: Tensor, value: Tensor, state: Any, **gates: Any) -> tuple[Tensor, Any]:
        """Return (o, memories and last keys), equation (1)."""
        # not a decorator, which would import a compiler of 1.6 s for those who compile nothing
        mix = torch.compiler.disable(self._mix) if torch.compiler.is_compiling() else self._mix
        return mix(query, key, value, state)

    def _mix(self, query: Tensor, key: Tensor, value: Tensor, state: Any) -> tuple[Tensor, Any]:
        cues, keys, values = _cues(query), _spins(key), _spins(value)
        memories, before = state or ([self.memory] * len(keys), keys[:, :0])
        memories, keys = [copy.deepcopy(memory) for memory in memories], np.concatenate([before, keys], 1)
        first = cues.shape[1] + self.lag - keys.shape[1]  # tokens that have none `lag` before them
        recalled = np.zeros(cues.shape)
        for one, memory in enumerate(memories):
            for t in range(cues.shape[1]):
                recalled[one, t] = memory.recall(cues[one, t : t + 1])[0]  # (1)
                if t >= first:
                    memory.store(keys[one, t - first : t - first + 1], values[one, t : t + 1])
        return query.new_tensor(recalled)[:, None], (memories, keys[:, max(0, keys.shape[1] - self.lag) :])

    def write(self, keys: Tensor, values: Tensor, state: Any = None) -> Any:
        """Return the state after pairs (batch, item, width), each value under its own key."""
        keys, values, state = self._pairs(keys, values, state)
        stored, its = _spins(self.split(self.key(keys))), _spins(self.split(self.value(values)))
        memories, before = state or ([self.memory] * len(stored), stored[:, :0])
        memories = [copy.deepcopy(memory) for memory in memories]
        for memory, key, value in zip(memories, stored, its, strict=True):
            memory.store(key, value)
        return memories, before

    def _continued(self, state: Any, batch: int) -> Any:
        """A state is (memories, last keys), one memory a sequence."""
        kinds = [type(part) for part in state] if isinstance(state, tuple) else None
        if state is not None and (kinds != [list, np.ndarray] or not len(state[0]) == len(state[1]) == batch):
            must, way_out = f"hold the memories and last keys of {batch} sequences", "take it from advance or write"
            raise checks.refusal("state", must, checks.shown(state), way_out)
        return state

    def read(self, cues: Tensor, state: Any) -> Tensor:
        """Return what cues (batch, cue, width) recall; those of the empty state recall nothing."""
        if state is None:
            raise checks.refusal("state", "hold what was stored", "was None", "take it from write")
        return super().read(cues, state)

    def look_up(self, query: Tensor, state: Any, **asked: Any) -> Tensor:
        """Return what each query alone recalls, (batch, head, cue, unit)."""
        cues = _cues(query)
        recalled = [memory.recall(own) for memory, own in zip(state[0], cues, strict=True)]
        return query.new_tensor(np.reshape(recalled, cues.shape))[:, None]

    def operations(self, state: Any) -> int:
        """Return the operations of the memories' last recalls, their mean; 0 before the first."""
        return round(float(np.nan_to_num(np.mean([memory.memory.cost.operations for memory in state[0]]))))

    def arrays(self, state: Any) -> dict[str, Any]:
        """Return the synapses of the memories, one memory a sequence, by their names."""
        held = [getattr(memory.memory, "synapses", {}) for memory in state[0]] if state and state[0] else [{}]
        return {name: np.stack([one[name] for one in held]) for name in held[0]}

    def with_arrays(self, state: Any, arrays: Mapping[str, Any]) -> Any:
        """Return memories with other synapses, arrays of the same names and shapes."""
        memories = [copy.deepcopy(memory) for memory in state[0]]
        for one, memory in enumerate(memories):
            inner: Any = memory.memory
            inner.synapses = {name: np.asarray(array)[one] for name, array in arrays.items()}
        return memories, state[1]

    def held(self, state: Any) -> tuple[int, int]:
        """Return (bits, synapses) of all memories."""
        costs = [memory.memory.cost for memory in state[0]]
        return sum(cost.bits for cost in costs), sum(cost.synapses for cost in costs)


def _cues(x: Tensor) -> np.ndarray:
    """The signs of (batch, 1, time, unit) as (batch, time, unit); 0 stays 0, unknown."""
    return np.sign(to_host(x[:, 0])).astype(np.int8)


def _spins(x: Tensor) -> np.ndarray:
    """The same with +1 for 0."""
    return np.where(to_host(x[:, 0]) >= 0, 1, -1).astype(np.int8)
