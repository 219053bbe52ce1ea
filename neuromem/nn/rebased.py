"""ReBased: linear attention by a learned quadratic kernel."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from neuromem import checks
from neuromem.kernels.chunked import chunked, wide

from .mixer import Mixer


class ReBased(Mixer):
    """Causal linear attention whose weights are squares of products of normalised queries and keys.

    Equations, numbered as in the code's comments:

        x~ = g * (x - mean x) / sqrt(var x + 1e-5) + h,  x = q or k, over the D units of a head (1)
        o_t = sum_{s<=t} w_ts v_s / (sum_{s<=t} w_ts + 1e-6),  w_ts = (q~_t.k~_s)^2 / D        (2)
        w = phi(q).phi(k),  phi(x) = [x~_i^2, sqrt(2) x~_i x~_j for i < j] / sqrt(D)           (3)

    g and h are learned, and 1 and 0 at first. By (3) the state is a matrix of fixed size, (value
    unit + 1, D (D + 1) / 2). The kernel is even where h = 0: a key and its opposite weigh the
    same.

    Parameters
    ----------
    width, heads, value_width : int
        As in `Mixer`. The published layer has D = 16 units a head.
    chunk : int, default 32
        Tokens a chunk; it changes the speed alone.

    Raises
    ------
    InputError
        If a head has one unit, which (1) makes 0; otherwise as in `Mixer`.

    References
    ----------
    Aksenov, Y. et al. (2024). Linear transformers with learnable kernel functions are better
    in-context models. https://arxiv.org/abs/2402.10644

    Examples
    --------
    >>> _ = torch.manual_seed(0)
    >>> ReBased(8, heads=2)(torch.randn(1, 5, 8)).shape
    torch.Size([1, 5, 8])
    """

    holds = ("weights",)

    def __init__(self, width: int, *, heads: int = 1, value_width: int | None = None, chunk: int = 32):
        super().__init__(width, heads=heads, value_width=value_width)
        width, heads = self.width, self.heads
        self.chunk = checks.whole("chunk", chunk)
        size = width // heads
        if size == 1:  # (1) makes one unit 0
            raise checks.refusal("heads", "leave a head two units or more", f"were {heads} of a width of {width}")
        checks.fits("width", 4 * heads * size**2 * (self.value_width // heads + 1), "take a smaller width or more heads")
        self.gain = nn.Parameter(torch.ones(size))
        self.shift = nn.Parameter(torch.zeros(size))

    def mix(self, query: Tensor, key: Tensor, value: Tensor, state: Any, **gates: Any) -> tuple[Tensor, Tensor]:
        """Return (o, weights after the last token), equation (2)."""
        kind, value = value.dtype, wide(torch.cat([value, torch.ones_like(value[..., :1])], -1))
        sums, state = chunked(self.phi(query), self.phi(key), value, rule="hebb", state=state, chunk=self.chunk)
        return _ratio(sums).to(kind), state  # sums of many tokens may be no half numbers, where their ratio is

    def look_up(self, query: Tensor, state: Any, **asked: Any) -> Tensor:
        """Return o (batch, head, cue, unit), equation (2)."""
        return _ratio(self.phi(query).to(state.dtype) @ state.mT).to(query.dtype)

    def operations(self, state: Any) -> int:
        """Return one multiply-add for each weight."""
        return state[0].numel()

    def phi(self, x: Tensor) -> Tensor:
        """Return the features (batch, head, time, feature) of queries or keys, equation (3).

        Parameters
        ----------
        x : Tensor of shape (batch, head, time, unit)
            Queries or keys.

        Returns
        -------
        Tensor of shape (batch, head, time, feature)
            phi(x).
        """
        size = x.shape[-1]
        x = F.layer_norm(x, (size,), self.gain.to(x.dtype), self.shift.to(x.dtype))  # (1)
        first, second = torch.triu_indices(size, size, device=x.device)
        scale = torch.where(first == second, x.new_tensor(1 / size), x.new_tensor(2 / size)).sqrt()
        return x[..., first] * x[..., second] * scale  # (3)


def _ratio(sums: Tensor) -> Tensor:
    return sums[..., :-1] / (sums[..., -1:] + 1e-6)  # (2)
