"""Attention as a layer: every pair is held, and read by softmax."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from neuromem import checks

from .mixer import Mixer

Pairs = tuple[Tensor, Tensor]  # keys and values held, (batch, head, item, unit)


class Attention(Mixer):
    """Causal softmax attention: o_t = sum_{s<=t} p_ts v_s,  p_t = softmax_s(beta q_t.k_s)                        (1)

    width, heads: as in `Mixer`.  beta: inverse temperature; None: 1 / sqrt(width / heads).
    Vaswani et al. 2017, arXiv:1706.03762. State: the keys and values so far.

    >>> _ = torch.manual_seed(0)
    >>> Attention(8, heads=2)(torch.randn(1, 5, 8)).shape
    torch.Size([1, 5, 8])
    """

    def __init__(self, width: int, *, heads: int = 1, beta: float | None = None):
        super().__init__(width, heads=heads)
        default = (width / heads) ** -0.5
        self.beta = default if beta is None else checks.real("beta", beta, above=0, way_out="give a number such as 1")

    def mix(self, query: Tensor, key: Tensor, value: Tensor, state: Any, **gates: Any) -> tuple[Tensor, Pairs]:
        keys, values, seen = held(key, value, state)
        if seen is None:
            mixed = F.scaled_dot_product_attention(query, keys, values, is_causal=True, scale=self.beta)
        else:
            mixed = F.scaled_dot_product_attention(query, keys, values, attn_mask=seen, scale=self.beta)
        return mixed, (keys, values)

    def look_up(self, query: Tensor, state: Any) -> Tensor:
        return F.scaled_dot_product_attention(query, state[0], state[1], scale=self.beta)

    def operations(self, state: Any) -> int:
        return 2 * self.width * state[0].shape[-2]


def held(key: Tensor, value: Tensor, state: Pairs | None) -> tuple[Tensor, Tensor, Tensor | None]:
    """All keys and values, and which a new token sees, (time, item); None: no state, those up to its own."""
    if state is None:
        return key, value, None
    new, old = key.shape[-2], state[0].shape[-2]
    seen = torch.ones(new, old + new, dtype=torch.bool, device=key.device).tril(old)
    return torch.cat([state[0], key], -2), torch.cat([state[1], value], -2), seen
