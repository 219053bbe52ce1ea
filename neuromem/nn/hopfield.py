"""The modern Hopfield network as a layer: attention that settles."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from neuromem import checks

from .attention import Pairs, held
from .mixer import Mixer


class Hopfield(Mixer):
    """Causal modern Hopfield network: the query moves to the keys it is nearest to, then their values are read.

    k <- k / |k|;  xi = q / |q|                                              patterns, state              (1)
    xi <- sum_{s<=t} p_s k_s,  p = softmax_s(beta xi.k_s)                    steps - 1 times              (2)
    o = sum_{s<=t} p_s v_s                                                   read-out                     (3)
    E(xi) = -(1/beta) ln sum_s exp(beta xi.k_s) + |xi|^2 / 2                 energy: (2) never raises it  (4)

    width, heads: as in `Mixer`.  steps: softmax passes; with 1 this is attention with key-query normalisation.
    beta: inverse temperature, fixed; None: learned for each head, at first 2 sqrt(width / heads).
    Ramsauer et al. 2021, Hopfield networks is all you need, arXiv:2008.02217. State: the keys and values so far.

    >>> _ = torch.manual_seed(0)
    >>> Hopfield(8, heads=2, steps=3)(torch.randn(1, 5, 8)).shape
    torch.Size([1, 5, 8])
    """

    def __init__(self, width: int, *, heads: int = 1, beta: float | None = None, steps: int = 2):
        super().__init__(width, heads=heads)
        self.steps = checks.whole("steps", steps)
        first = 2 * (width / heads) ** 0.5 if beta is None else checks.real("beta", beta, above=0)
        log_beta = torch.full((heads, 1, 1), math.log(first))
        self.log_beta = nn.Parameter(log_beta, requires_grad=beta is None)

    def mix(self, query: Tensor, key: Tensor, value: Tensor, state: Any, **gates: Any) -> tuple[Tensor, Pairs]:
        keys, values, seen = held(F.normalize(key, dim=-1), value, state)
        if seen is None:
            time = key.shape[-2]
            seen = torch.ones(time, time, dtype=torch.bool, device=key.device).tril()
        return self._settle(query, keys, values, seen), (keys, values)

    def look_up(self, query: Tensor, state: Any) -> Tensor:
        return self._settle(query, state[0], state[1], None)

    def energy(self, xi: Tensor, keys: Tensor) -> Tensor:
        """Equation (4) for states (batch, head, state, unit) among unit-length keys (batch, head, item, unit)."""
        beta = self.log_beta.exp()
        return -torch.logsumexp(beta * xi @ keys.mT, -1) / beta[..., 0] + (xi * xi).sum(-1) / 2

    def operations(self, state: Any) -> int:
        return 2 * self.steps * self.width * state[0].shape[-2]

    def _settle(self, query: Tensor, keys: Tensor, values: Tensor, seen: Tensor | None) -> Tensor:
        beta, xi = self.log_beta.exp(), F.normalize(query, dim=-1)
        for _ in range(self.steps - 1):
            xi = F.scaled_dot_product_attention(beta * xi, keys, keys, attn_mask=seen, scale=1.0)  # (2)
        return F.scaled_dot_product_attention(beta * xi, keys, values, attn_mask=seen, scale=1.0)  # (3)
