"""Gated associative memory as a layer: attention to a learned bank; a control."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from neuromem import checks

from .mixer import Mixer
from .vectors import unit


class GatedAssociative(Mixer):
    """Layer in which each token alone attends to a bank of slots, which training alone writes.

    Equation, numbered as in the code's comments:

        o = g q + (1 - g) sum_i p_i M_i,  p = softmax_i(beta q.M_i / (|q| |M_i|)),             (1)

    where M is the bank, and g = sigmoid(w) is learned for each unit. The layer can't bind a new
    pair.

    The local path g q sees more than its token only through the convolution of a `Transformer`: a
    few tokens for each block. There is no state, and what `write` is given changes nothing.

    Parameters
    ----------
    width, heads : int
        As in `Mixer`.
    bank : int, default 64
        Slots a head.
    beta : float, default 16
        Sharpness, in cosine. g is learned for each unit, and about 3/4 at first.

    References
    ----------
    Acharya, R. (2025). Gated associative memory. https://arxiv.org/abs/2509.00605

    Examples
    --------
    >>> _ = torch.manual_seed(0)
    >>> GatedAssociative(8, heads=2)(torch.randn(1, 5, 8)).shape
    torch.Size([1, 5, 8])
    """

    exceptions = dict.fromkeys(
        (
            "a_lone_item_comes_back_from_erased_cues",
            "a_lone_item_comes_back_from_flipped_cues",
            "two_random_items_are_kept_apart",
            "several_random_items_are_kept_apart",
        ),
        "a negative control: it keeps nothing of what it is given",
    )

    def __init__(self, width: int, *, heads: int = 1, bank: int = 64, beta: float = 16.0):
        super().__init__(width, heads=heads)
        width, heads = self.width, self.heads
        self.beta = checks.real("beta", beta, above=0)
        slots = checks.whole("bank", bank)
        checks.fits("bank", 8 * slots * width, "take fewer slots")
        self.bank = nn.Parameter(torch.randn(heads, slots, width // heads))
        self.gate = nn.Parameter(torch.full((heads, 1, width // heads), 1.1))
        with torch.no_grad():
            self.output.weight.copy_(self.query.weight.T)

    def mix(self, query: Tensor, key: Tensor, value: Tensor, state: Any, **gates: Any) -> tuple[Tensor, tuple]:
        """Return (o, no state)."""
        return self.look_up(query, ()), ()

    def look_up(self, query: Tensor, state: Any, **asked: Any) -> Tensor:
        """Return o (batch, head, cue, unit), equation (1)."""
        scores = self.beta * unit(query) @ unit(self.bank).mT
        gate = self.gate.sigmoid()
        return gate * query + (1 - gate) * (scores.softmax(-1) @ self.bank)  # (1)

    def operations(self, state: Any) -> int:
        """Return two multiply-adds for each number of the bank."""
        return 2 * self.bank.numel()

    def counted(self) -> int:
        """Return the numbers of the bank."""
        return self.bank.numel()
