"""Sparse pointer slots as a layer: the last few pairs exactly, all of them in fast weights."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from neuromem import checks
from neuromem.kernels.chunked import chunked, full_precision

from .mixer import Mixer
from .vectors import unit

State = tuple[Tensor, Tensor, Tensor]  # keys and values in the slots, the weights of all pairs


class SparsePointer(Mixer):
    """Causal ring of slots that hold the last pairs exactly, beside a Hebbian state of all pairs.

    Equations, numbered as in the code's comments:

        p_ts = exp(z_ts) / (1 + sum_r exp(z_tr)),   z_ts = beta (q_t.k_s - c)                  (1)
        S_t = S_(t-1) + v_t k_t^T                                                              (2)
        o_t = sum_s p_ts v_s + (1 - sum_s p_ts) S_t q_t                                        (3)

    The sums go over the last `slots` pairs, t - slots < s <= t, and q and k have length 1. Where
    no slot holds a key like the query, the pointer p is near 0 and S answers, in which all pairs
    are held with crosstalk. beta and c are learned, one a head, with the maps of q, k and v.

    The layer is ours. A model of this name is published (UniMatrix-SparsePointer,
    https://arxiv.org/abs/2604.25930), but its equations and its code are not; known is a summary,
    which names a recurrent state, slots and a pointer. Its accuracies are none that this layer
    claims. Untrained, it is the memory `SparsePointer`.

    Parameters
    ----------
    width, heads, value_width : int
        As in `Mixer`.
    slots : int, default 32
        Pairs held exactly.
    least_cosine : float, default 0.5
        c at first: the cosine at which a slot weighs as much as the state.
    beta : float, default 64
        Sharpness of the pointer at first.
    chunk : int, default 32
        Tokens a chunk of (2); it changes the speed alone.

    References
    ----------
    Vinyals, O., Fortunato, M. & Jaitly, N. (2015). Pointer networks.
    https://arxiv.org/abs/1506.03134

    Examples
    --------
    >>> _ = torch.manual_seed(0)
    >>> SparsePointer(8, heads=2)(torch.randn(1, 5, 8)).shape
    torch.Size([1, 5, 8])
    """

    holds = ("keys", "values", "weights")

    def __init__(
        self,
        width: int,
        *,
        heads: int = 1,
        value_width: int | None = None,
        slots: int = 32,
        least_cosine: float = 0.5,
        beta: float = 64.0,
        chunk: int = 32,
    ):
        super().__init__(width, heads=heads, value_width=value_width)
        self.slots = checks.whole("slots", slots)
        self.chunk = checks.whole("chunk", chunk)
        least_cosine = checks.real("least_cosine", least_cosine, least=-1, most=1)
        beta = checks.real("beta", beta, above=0, way_out="give a sharpness such as 64")
        self.first = least_cosine, beta  # weights alone don't tell a checkpoint where they began
        self.least_cosine = nn.Parameter(torch.full((self.heads, 1, 1), least_cosine))  # c
        self.log_beta = nn.Parameter(torch.full((self.heads, 1, 1), math.log(beta)))

    def mix(self, query: Tensor, key: Tensor, value: Tensor, state: Any, **gates: Any) -> tuple[Tensor, State]:
        """Return (o, slots and weights after the last token), equations (1) to (3).

        Queries go in blocks, each with the slots before it, so that time is linear in the length.
        """
        query, key, time = unit(query), unit(key), key.shape[-2]
        keys, values, weights = (key[..., :0, :], value[..., :0, :], None) if state is None else state
        old = keys.shape[-2]
        rest, weights = chunked(query, key, value, rule="hebb", state=weights, chunk=self.chunk)  # (2), and S q
        keys, values = torch.cat([keys, key.to(keys.dtype)], -2), torch.cat([values, value.to(values.dtype)], -2)
        held = min(self.slots, old + time)
        block = min(held, time)
        number = -(-time // block)
        behind = number * block - time  # padding, which is cut off again

        def near(x: Tensor) -> Tensor:
            """(..., item, unit) as (..., block, slots before it and its own tokens, unit)."""
            return F.pad(x, (0, 0, held - old, behind)).unfold(-2, held + block, block).mT

        def blocks(x: Tensor) -> Tensor:
            return F.pad(x, (0, 0, 0, behind)).unflatten(-2, (number, block))

        at = torch.arange(held + block, device=key.device)
        ago = at[:block, None] + held - at  # how long before its query a pair of the block came
        start = block * torch.arange(number, device=key.device)[:, None, None]
        seen = (ago >= 0) & (ago < held) & (start + at >= held - old)
        mixed = self._pointed(blocks(query), near(keys), near(values), blocks(rest), seen)
        mixed = mixed.flatten(-3, -2)[..., :time, :]
        return mixed, (keys[..., -self.slots :, :], values[..., -self.slots :, :], weights)

    def look_up(self, query: Tensor, state: Any, **asked: Any) -> Tensor:
        """Return o (batch, head, cue, unit), equations (1) and (3)."""
        keys, values, weights = state
        query = unit(query)
        rest = (query.to(weights.dtype) @ weights.mT).to(query.dtype)
        every = torch.ones(query.shape[-2], keys.shape[-2], dtype=torch.bool, device=query.device)
        return self._pointed(query[..., None, :, :], keys[..., None, :, :], values[..., None, :, :],
                             rest[..., None, :, :], every)[..., 0, :, :]  # fmt: skip

    def operations(self, state: Any) -> int:
        """Return one multiply-add for each unit of the slots and each weight."""
        return sum(array[0].numel() for array in state)

    def _pointed(self, query: Tensor, keys: Tensor, values: Tensor, rest: Tensor, seen: Tensor) -> Tensor:
        """o of blocks, with S q as `rest`."""
        return pointed(query, keys, values, rest, self.log_beta[..., None], self.least_cosine[..., None], seen=seen)


@full_precision
def pointed(
    query: Tensor, keys: Tensor, values: Tensor, rest: Tensor, log_beta: Tensor, least_cosine: Tensor, *, seen: Tensor
) -> Tensor:
    """Return o of equations (1) and (3).

    Parameters
    ----------
    query : Tensor of shape (..., time, unit)
        q.
    keys, values : Tensor of shape (..., slot, unit)
        What the slots hold.
    rest : Tensor of shape (..., time, value unit)
        S q.
    log_beta, least_cosine : Tensor
        ln beta and c.
    seen : Tensor of shape (..., time, slot)
        True where a query sees a slot, of which each sees one at least.

    Returns
    -------
    Tensor of shape (..., time, value unit)
        o.
    """
    scores = log_beta.exp() * (query @ keys.mT - least_cosine)
    scores = scores.masked_fill(~seen, -torch.inf)
    pointer = scores.softmax(-1) @ values
    share = scores.logsumexp(-1, keepdim=True).sigmoid()  # sum p, equation (1)
    return share * pointer + (1 - share) * rest  # (3)
