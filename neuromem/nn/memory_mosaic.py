"""Memory mosaic as a layer: what came next, under a leaky average of what came before."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from neuromem import checks
from neuromem.kernels.chunked import fade_between

from .mixer import Mixer
from .vectors import unit

State = tuple[Tensor, Tensor, Tensor, Tensor]  # keys, values, the leaky average, the last W_v x


class MemoryMosaic(Mixer):
    """Causal memory of what followed each moment, read by kernel regression.

    Equations, numbered as in the code's comments:

        a_t = sum_{s<=t} exp(-l (t - s)) W_k x_s,   k_t = exp(g) a_t / |a_t|                   (1)
        v_t = sqrt(units) u / |u|,   u = (1 - c) W_v x_(t+1) + c W_v x_t                       (2)
        o_t = sum_{s<t} p_ts v_s,   p_t = softmax_s(k_t.k_s)                                   (3)

    There is no query of its own: the key of now is compared with those of the past, whose values
    have looked one step ahead. The sum in (3) is over s < t, as v_t is not known at t; at the first
    token there is nothing, and o = 0. l, c and g are learned for each head; at first l is spread
    evenly from 0.5 to 5, c = 0, and exp(2 g) = 2 sqrt(units).

    As a memory, each item is a moment of its own, with the value that it is given in the place of
    (2). The state is keys and values, and of a sequence its last a_t and W_v x_t.

    Parameters
    ----------
    width, heads, value_width : int
        As in `Mixer`.

    References
    ----------
    Zhang, J. et al. (2024). Memory mosaics. https://arxiv.org/abs/2405.06394

    Examples
    --------
    >>> _ = torch.manual_seed(0)
    >>> MemoryMosaic(8, heads=2)(torch.randn(1, 5, 8)).shape
    torch.Size([1, 5, 8])
    """

    holds = ("keys", "values", "average", "last")

    def __init__(self, width: int, *, heads: int = 1, value_width: int | None = None):
        super().__init__(width, heads=heads, value_width=value_width)
        width, heads = self.width, self.heads
        self.query = self.key
        self.leak = nn.Parameter(torch.linspace(0.5, 5, heads).log())
        self.mixing = nn.Parameter(torch.full((heads, 1, 1), -10.0))  # c is the sigmoid of it
        self.gain = nn.Parameter(torch.full((heads, 1, 1), math.log(2 * (width / heads) ** 0.5) / 2))

    def exchange(self, x: Tensor, key: Tensor, value: Tensor, state: Any = None) -> tuple[Tensor, State]:
        """Return (y, state after the last token), equations (1) to (3); the key is what asks."""
        if key is not x and isinstance(key, Tensor) and isinstance(x, Tensor) and key.shape == x.shape:
            raise checks.refusal("key", "be x where causal", "was another tensor", "a moment is its own query: give x alone")
        return super().exchange(x, key, value, state)

    def mix(self, query: Tensor, key: Tensor, value: Tensor, state: Any, **gates: Any) -> tuple[Tensor, State]:
        """Return (o, state after the last token), equations (1) to (3)."""
        keys, values, average, last = self._empty(key, value) if state is None else state
        now = self._averaged(key, average)
        moments = self._sharp(torch.cat([average, now], -2))  # the one before the first token too, of 0 if there is none
        told = torch.cat([last, value], -2)
        c = self.mixing.sigmoid()
        told = value.shape[-1] ** 0.5 * unit((1 - c) * told[..., 1:, :] + c * told[..., :-1, :])  # (2)
        keys = torch.cat([keys, moments[..., :-1, :]], -2)
        values = torch.cat([values, told.to(values.dtype)], -2)
        before = torch.ones(key.shape[-2], keys.shape[-2], dtype=torch.bool, device=key.device)
        mixed = _regressed(moments[..., 1:, :], keys, values, before.tril(keys.shape[-2] - key.shape[-2]))
        return mixed, (keys, values, now[..., -1:, :], value[..., -1:, :])

    def write(self, keys: Tensor, values: Tensor, state: Any = None) -> State:
        """Return the state after pairs (batch, item, width), each a moment of its own."""
        keys, values, state = self._pairs(keys, values, state)
        key, value = self.split(self.key(keys)), self.split(self.value(values))
        empty = self._empty(key, value)
        old = empty if state is None else state
        return torch.cat([old[0], self._sharp(key)], -2), torch.cat([old[1], value], -2), empty[2], empty[3]

    def look_up(self, query: Tensor, state: Any, **asked: Any) -> Tensor:
        """Return o (batch, head, cue, unit), equation (3) over all pairs of `state`."""
        every = torch.ones(query.shape[-2], state[0].shape[-2], dtype=torch.bool, device=query.device)
        return _regressed(self._sharp(query), state[0], state[1], every)

    def operations(self, state: Any) -> int:
        """Return one multiply-add for each unit of each key and value."""
        return (self.width + self.value_width) * state[0].shape[-2]

    def _empty(self, key: Tensor, value: Tensor) -> State:
        no_key, no_value = torch.zeros_like(key[..., :1, :]), torch.zeros_like(value[..., :1, :])
        return no_key[..., :0, :], no_value[..., :0, :], no_key, no_value

    def _averaged(self, key: Tensor, before: Tensor) -> Tensor:
        """a of equation (1), (batch, head, time, unit)."""
        kept = torch.exp(-self.leak.exp())[:, None].expand(-1, key.shape[-2])  # (head, time)
        return fade_between(kept) @ key + kept.cumprod(-1)[..., None] * before

    def _sharp(self, average: Tensor) -> Tensor:
        """k of equation (1); 0 where there is no moment."""
        return self.gain.exp() * unit(average)


def _regressed(query: Tensor, keys: Tensor, values: Tensor, before: Tensor) -> Tensor:
    """Equation (3) over the keys that are moments, and not 0."""
    seen = before & (keys != 0).any(-1)[..., None, :]  # (batch, head, time, item)
    some = seen.any(-1, keepdim=True)
    mixed = F.scaled_dot_product_attention(query, keys, values, attn_mask=seen | ~some, scale=1.0)  # (3)
    return mixed * some
