"""What every memory layer shares: width, heads, projections, one pass over a sequence, and storing and reading items."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from neuromem import checks


class Mixer(nn.Module):
    """A causal layer (batch, time, width) -> (batch, time, width) around one memory per head.

    q, k, v = W_q x, W_k x, W_v x, split into heads of width / heads units; the memory maps q to o; y = W_o o      (1)

    At first W_k and W_v are random rotations, or 1 for a memory of signs (rotated=False), W_q = W_k and W_o = W_v^T: an
    untrained layer is already a memory of its inputs as they are. The weights come from torch's generator
    (torch.manual_seed), like those of any torch layer.

    A subclass gives `mix`, the memory over a sequence, and `look_up`, the memory for cues. States are opaque; None is empty.
    Raises InputError where heads don't divide the width, or x has another width, type or device than the weights.
    """

    def __init__(self, width: int, *, heads: int = 1, rotated: bool = True):
        super().__init__()
        self.width = checks.whole("width", width, way_out="give the features of a token, such as 64")
        self.heads = checks.whole("heads", heads, way_out="give a divisor of the width, such as 1")
        if width % heads:
            divisor = max(n for n in range(1, heads) if not width % n)
            raise checks.refusal("heads", f"divide the width {width}", f"was {heads}", f"give for example {divisor}")
        self.query, self.key, self.value, self.output = (nn.Linear(width, width, bias=False) for _ in range(4))
        for projection in (self.key, self.value):
            (nn.init.orthogonal_ if rotated else nn.init.eye_)(projection.weight)
        with torch.no_grad():
            self.query.weight.copy_(self.key.weight)
            self.output.weight.copy_(self.value.weight.T)

    def mix(self, query: Tensor, key: Tensor, value: Tensor, state: Any, **gates: Any) -> tuple[Tensor, Any]:
        """(o, state after the last token): o_t (batch, head, time, unit) sees the pairs of `state` and those up to t."""
        raise NotImplementedError

    def look_up(self, query: Tensor, state: Any) -> Tensor:
        """o (batch, head, cue, unit) from what `state` holds, for each query alone."""
        raise NotImplementedError

    def operations(self, state: Any) -> int:
        """Multiply-adds of `look_up` for one cue, over all heads."""
        raise NotImplementedError

    def held(self, state: Any) -> tuple[int, int]:
        """(bits, numbers) that `state` holds, at the precision at which it holds them."""
        tensors = [state] if isinstance(state, Tensor) else state
        return 8 * sum(x.numel() * x.element_size() for x in tensors), sum(x.numel() for x in tensors)

    def gates(self, x: Tensor) -> dict[str, Any]:
        """Further arguments of `mix` that depend on the token (batch, time, width)."""
        return {}

    def forward(self, x: Tensor) -> Tensor:
        return self.advance(x)[0]

    def advance(self, x: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        """(y, state after the last token): equation (1) for tokens that follow those of `state`."""
        x = self._fitting(x)
        mixed, state = self.mix(
            self.split(self.query(x)), self.split(self.key(x)), self.split(self.value(x)), state, **self.gates(x)
        )
        return self.output(self.join(mixed)), state

    def write(self, keys: Tensor, values: Tensor, state: Any = None) -> Any:
        """The state after pairs of items (batch, item, width), stored one after the other."""
        keys, values = self._fitting(keys), self._fitting(values)
        key = self.split(self.key(keys))
        return self.mix(key, key, self.split(self.value(values)), state, **self.gates(keys))[1]

    def read(self, cues: Tensor, state: Any) -> Tensor:
        """What cues (batch, cue, width), each alone, bring back from `state`."""
        return self.output(self.join(self.look_up(self.split(self.query(self._fitting(cues))), state)))

    def split(self, x: Tensor) -> Tensor:
        """(batch, time, width) -> (batch, head, time, unit)."""
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)

    def join(self, x: Tensor) -> Tensor:
        """(batch, head, time, unit) -> (batch, time, width)."""
        return x.transpose(1, 2).flatten(-2)

    def _fitting(self, x: Tensor) -> Tensor:
        weight = self.key.weight
        if not isinstance(x, Tensor) or x.ndim != 3 or x.shape[-1] != self.width:
            was = f"has shape {tuple(x.shape)}" if hasattr(x, "shape") else f"was {type(x).__name__}"
            raise checks.refusal("x", f"be a tensor of shape (batch, time, {self.width})", was)
        if x.dtype != weight.dtype or x.device != weight.device:
            was, way_out = f"was {x.dtype} on {x.device}", "move one of them with .to(...)"
            raise checks.refusal("x", f"be {weight.dtype} on {weight.device} like the layer", was, way_out)
        return x
