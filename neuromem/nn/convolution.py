"""The short convolution that lets a token see its neighbours."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from neuromem import checks


class ShortConvolution(nn.Module):
    """Causal convolution of each feature over `taps` tokens: y_ti = sum_{j<taps} w_ij x_{t-j,i}.

    State: the last taps - 1 tokens (batch, taps - 1, width).
    """

    def __init__(self, width: int, taps: int = 4):
        super().__init__()
        self.taps = checks.whole("taps", taps)
        self.weight = nn.Parameter(torch.randn(width, 1, taps) / taps**0.5)

    def forward(self, x: Tensor) -> Tensor:
        return self.advance(x)[0]

    def advance(self, x: Tensor, state: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """(y, state): x (batch, time, width) follows the tokens of `state`."""
        before = x.new_zeros(x.shape[0], self.taps - 1, x.shape[2]) if state is None else state
        x = torch.cat([before, x], 1)
        return F.conv1d(x.mT, self.weight, groups=x.shape[2]).mT, x[:, x.shape[1] - self.taps + 1 :]
