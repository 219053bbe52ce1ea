"""The short convolution that lets a token see its neighbours."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from neuromem import checks

from .inputs import Form, finite_result, state_like, tokens_like


class ShortConvolution(nn.Module):
    """Causal convolution of each feature over a few tokens, y_ti = sum_{j<taps} w_ij x_{t-j,i}.

    `weight` holds the taps backwards: w_ij is weight[i, 0, taps - 1 - j]. The state is the last
    taps - 1 tokens (batch, taps - 1, width).

    Parameters
    ----------
    width : int
        Features of a token.
    taps : int, default 4
        Tokens that each output sees, its own among them.

    Examples
    --------
    >>> ShortConvolution(8)(torch.zeros(1, 5, 8)).shape
    torch.Size([1, 5, 8])
    """

    def __init__(self, width: int, taps: int = 4):
        super().__init__()
        self.width = width = checks.whole("width", width)
        self.taps = taps = checks.whole("taps", taps)
        checks.fits("taps", 8 * width * taps, "take fewer taps")
        self.weight = nn.Parameter(torch.randn(width, 1, taps) / taps**0.5)

    def forward(self, x: Tensor) -> Tensor:
        """Return y (batch, time, width) of tokens x, with zeros before the first."""
        return self.advance(x)[0]

    def advance(self, x: Tensor, state: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return (y, state) for tokens x (batch, time, width) that follow those of `state`.

        Parameters
        ----------
        x : Tensor of shape (batch, time, width)
            Tokens.
        state : Tensor of shape (batch, taps - 1, width), optional
            The tokens before; None for zeros.

        Returns
        -------
        tuple of Tensor
            y, and the last taps - 1 tokens.
        """
        x = tokens_like("x", x, self.width, self.weight)
        if state is not None and not torch.compiler.is_compiling():
            form = Form((self.taps - 1, self.width), self.weight.dtype)
            state_like(state, (form,), len(x), self.weight.device, single=True)
        before = x.new_zeros(x.shape[0], self.taps - 1, x.shape[2]) if state is None else state
        x = torch.cat([before, x], 1)
        y = finite_result("x", F.conv1d(x.mT, self.weight, groups=x.shape[2]).mT)
        return y, x[:, x.shape[1] - self.taps + 1 :]
