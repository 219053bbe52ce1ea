"""A selective state-space model as a layer: decayed Hebbian weights with a step from the token."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from neuromem import checks
from neuromem.kernels.chunked import chunked

from .mixer import Mixer


class StateSpace(Mixer):
    """Causal selective state-space model with one decay a head, as in Mamba-2.

    Equations, numbered as in the code's comments:

        B, C, v = silu(W_B x), silu(W_C x), silu(W_v x);  d_t = softplus(w.x + c)              (1)
        h_t = exp(-A d_t) h_(t-1) + d_t v_t B_t^T                                              (2)
        y_t = (h_t C_t + D v_t) * silu(z_t),  z_t = W_z x_t                                    (3)

    It is linear attention with key B, query C and rate d, which fades by exp(-A d): what a token
    writes more strongly also makes what was there fade more. The short convolution before the
    published layer is that of `Transformer`. A, D and c are learned, one a head; at first A =
    1, 2, ..., heads and d is between 0.001 and 0.1, D = 1, and W_z x = 1.28 for every x, where
    silu is 1. The state is h (batch, head, value unit, unit). A cue reads (3) without D v.

    Parameters
    ----------
    width, heads, value_width : int
        As in `Mixer`.
    chunk : int, default 32
        Tokens a chunk; it changes the speed alone.

    References
    ----------
    Gu, A. & Dao, T. (2023). Mamba: linear-time sequence modeling with selective state spaces.
    https://arxiv.org/abs/2312.00752

    Dao, T. & Gu, A. (2024). Transformers are SSMs: generalized models and efficient algorithms
    through structured state space duality. https://arxiv.org/abs/2405.21060

    Examples
    --------
    >>> _ = torch.manual_seed(0)
    >>> StateSpace(8, heads=2)(torch.randn(1, 5, 8)).shape
    torch.Size([1, 5, 8])
    """

    holds: tuple[str, ...] = ("weights",)

    def __init__(self, width: int, *, heads: int = 1, value_width: int | None = None, chunk: int = 32):
        super().__init__(width, heads=heads, value_width=value_width)
        width, heads = self.width, self.heads
        self.chunk = checks.whole("chunk", chunk)
        self.log_decay = nn.Parameter(torch.arange(1.0, heads + 1).log())  # ln A
        self.skip = nn.Parameter(torch.ones(heads, 1, 1))  # D
        self.to_step, self.to_gate = nn.Linear(width, heads), nn.Linear(width, self.value_width)
        nn.init.zeros_(self.to_step.weight)
        nn.init.zeros_(self.to_gate.weight)
        nn.init.constant_(self.to_gate.bias, 1.2784645)  # silu of it is 1
        with torch.no_grad():  # softplus(c) from 0.001 to 0.1, evenly in its logarithm
            steps = torch.exp(torch.rand(heads) * math.log(100) + math.log(0.001))
            self.to_step.bias.copy_(torch.log(torch.expm1(steps)))

    def gates(self, x: Tensor) -> dict[str, Any]:
        """Return rate d and decay exp(-A d), (batch, head, time), equations (1) and (2)."""
        step = F.softplus(self.to_step(x)).mT
        return {"rate": step, "decay": torch.exp(-self.log_decay.exp()[:, None] * step)}

    def asks(self, x: Tensor) -> dict[str, Any]:
        """Return silu(z), equation (3)."""
        return {"gate": self.split(F.silu(self.to_gate(x)))}

    def mix(
        self, query: Tensor, key: Tensor, value: Tensor, state: Any, gate: Tensor | None = None, **gates: Any
    ) -> tuple[Tensor, Any]:
        """Return (y, h after the last token), equations (1) to (3)."""
        query, key, value = F.silu(query), F.silu(key), F.silu(value)  # (1)
        mixed, state = chunked(query, key, value, **gates, rule="hebb", state=state, chunk=self.chunk)  # (2)
        return (mixed + self.skip.to(value.dtype) * value) * gate, state  # (3)

    def look_up(self, query: Tensor, state: Any, gate: Tensor | None = None, **asked: Any) -> Tensor:
        """Return h C * silu(z) (batch, head, cue, unit), equation (3)."""
        return (F.silu(query).to(state.dtype) @ state.mT).to(query.dtype) * gate

    def operations(self, state: Any) -> int:
        """Return one multiply-add for each number of h, and those of the gate."""
        return state[0].numel() + self.to_gate.weight.numel()

    def counted(self) -> int:
        """Return the numbers of the gate."""
        return self.to_gate.weight.numel()
