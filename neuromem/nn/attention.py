"""Attention as a layer: every pair is held, and read by softmax."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from neuromem import checks

from .mixer import Mixer

Pairs = tuple[Tensor, Tensor]  # keys and values held, (batch, head, item, unit)
TOLERANCE = 1e-4  # a state has settled when no unit moves by more, in root mean squares of the keys


class Attention(Mixer):
    """Causal softmax attention.

    Equation, numbered as in the code's comments:

        o_t = sum_{s<=t} p_ts v_s,   p_t = softmax_s(beta q_t.k_s)                             (1)

    The state is the keys and values so far. As a memory, it makes one update, so that it settles
    only where a cue is its answer already.

    Parameters
    ----------
    width, heads : int
        As in `Mixer`.
    beta : float, optional
        Inverse temperature; by default 1 / sqrt(width / heads), for tokens of mean square 1.

    References
    ----------
    Vaswani, A. et al. (2017). Attention is all you need. https://arxiv.org/abs/1706.03762

    Examples
    --------
    >>> _ = torch.manual_seed(0)
    >>> Attention(8, heads=2)(torch.randn(1, 5, 8)).shape
    torch.Size([1, 5, 8])
    """

    holds = ("keys", "values")

    def __init__(self, width: int, *, heads: int = 1, beta: float | None = None):
        super().__init__(width, heads=heads)
        width, heads = self.width, self.heads
        default = (width / heads) ** -0.5
        self.beta = default if beta is None else checks.real("beta", beta, above=0, way_out="give a number such as 1")

    def mix(self, query: Tensor, key: Tensor, value: Tensor, state: Any, **gates: Any) -> tuple[Tensor, Pairs]:
        """Return (o, keys and values so far), equation (1)."""
        keys, values, seen = held(key, value, state)
        if seen is None:
            mixed = F.scaled_dot_product_attention(query, keys, values, is_causal=True, scale=self.beta)  # (1)
        else:
            mixed = F.scaled_dot_product_attention(query, keys, values, attn_mask=seen, scale=self.beta)
        return mixed, (keys, values)

    def look_up(self, query: Tensor, state: Any) -> Tensor:
        """Return o (batch, head, cue, unit) from all pairs of `state`."""
        return F.scaled_dot_product_attention(query, state[0], state[1], scale=self.beta)

    def settled(self, query: Tensor, state: Any) -> Tensor:
        """Return whether an update of the query by the keys moves it no more, bool (batch, cue)."""
        update = F.scaled_dot_product_attention(query, state[0], state[0], scale=self.beta)
        return at_rest(query, update, state[0])

    def operations(self, state: Any) -> int:
        """Return two multiply-adds for each unit of each pair."""
        return 2 * self.width * state[0].shape[-2]


def held(key: Tensor, value: Tensor, state: Pairs | None) -> tuple[Tensor, Tensor, Tensor | None]:
    """Return all keys and values, and which of them a new token sees, (time, item).

    The last is None where there is no state: a token sees those up to its own.

    Parameters
    ----------
    key, value : Tensor of shape (batch, head, time, unit)
        Keys k and values v.
    state : tuple of Tensor or None
        Keys and values before.

    Returns
    -------
    tuple of Tensor
        Keys, values, and what is seen.
    """
    if state is None:
        return key, value, None
    new, old = key.shape[-2], state[0].shape[-2]
    seen = torch.ones(new, old + new, dtype=torch.bool, device=key.device).tril(old)
    return torch.cat([state[0], key], -2), torch.cat([state[1], value], -2), seen


def at_rest(before: Tensor, after: Tensor, keys: Tensor) -> Tensor:
    """Return whether no unit of a state (batch, head, cue, unit) has moved, bool (batch, cue).

    Parameters
    ----------
    before, after : Tensor of shape (batch, head, cue, unit)
        The states.
    keys : Tensor of shape (batch, head, item, unit)
        Their root mean square is the unit of movement.

    Returns
    -------
    Tensor of shape (batch, cue)
        True and False.
    """
    size = keys.square().mean((-2, -1), keepdim=True).sqrt()
    return ((after - before).abs() <= TOLERANCE * size).all(-1).all(1)
