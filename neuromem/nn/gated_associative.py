"""Gated associative memory as a layer: attention to a learned bank; the negative control that can't bind a new pair."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from neuromem import checks

from .mixer import Mixer


class GatedAssociative(Mixer):
    """Each token alone attends to a bank M of slots that training writes and the sequence does not.

    o = g q + (1 - g) sum_i p_i M_i,  p = softmax_i(beta q.M_i / (|q| |M_i|)),  g = sigmoid(w)         (1)

    width, heads: as in `Mixer`.  bank: slots a head.  beta: sharpness.  g: learned for each unit, at first 3/4. The local
    path g q sees more than its token only through the convolution of a `Transformer`: a few tokens for each block.
    Acharya 2025, Gated associative memory, arXiv:2509.00605. State: none; what `write` is given changes nothing.
    """

    def __init__(self, width: int, *, heads: int = 1, bank: int = 64, beta: float = 16.0):
        super().__init__(width, heads=heads)
        self.beta = checks.real("beta", beta, above=0)
        self.bank = nn.Parameter(torch.randn(heads, checks.whole("bank", bank), width // heads))
        self.gate = nn.Parameter(torch.full((heads, 1, width // heads), 1.1))
        with torch.no_grad():
            self.output.weight.copy_(self.query.weight.T)

    def mix(self, query: Tensor, key: Tensor, value: Tensor, state: Any, **gates: Any) -> tuple[Tensor, tuple]:
        return self.look_up(query, ()), ()

    def look_up(self, query: Tensor, state: Any) -> Tensor:
        scores = self.beta * F.normalize(query, dim=-1) @ F.normalize(self.bank, dim=-1).mT
        gate = self.gate.sigmoid()
        return gate * query + (1 - gate) * (scores.softmax(-1) @ self.bank)

    def operations(self, state: Any) -> int:
        return 2 * self.bank.numel()
