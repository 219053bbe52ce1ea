"""Attention as a layer: every pair, or the last few of them, is held, and read by softmax."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from neuromem import checks

from .mixer import Mixer

Pairs = tuple[Tensor, Tensor]  # keys and values held, (batch, head, item, unit)
TOLERANCE = 1e-4  # a state has settled when no unit moves by more, in root mean squares of the keys
SEPARATIONS = ("softmax", "softmax_one")


class Attention(Mixer):
    """Causal softmax attention, to all pairs or within a sliding window.

    Equations, numbered as in the code's comments:

        o_t = sum_s p_ts v_s,   p_ts = exp(z_ts) / sum_r exp(z_tr),   z_ts = beta q_t.k_s      (1)
        softmax_one:            p_ts = exp(z_ts) / (exp(offset) + sum_r exp(z_tr))             (2)

    The sums go over s <= t, and with `window` over t - window < s <= t. With softmax_one the
    weights need not sum to 1: a query that matches no key can read nothing, so that no token has
    to be made large to take up weight. Where scores of keys that don't match are about 0, as with
    untrained keys, that needs an offset above them.

    The state is the keys and values so far, or the last `window` of them. As a memory, it makes
    one update, so that it settles only where a cue is its answer already.

    Parameters
    ----------
    width, heads, value_width : int
        As in `Mixer`.
    beta : float, optional
        Inverse temperature; by default 1 / sqrt(width / heads), for tokens of mean square 1.
    window : int, optional
        Pairs that a token sees, its own among them; by default all.
    separation : str, default "softmax"
        "softmax" or "softmax_one".
    offset : float, default 0
        Score at which a single key of softmax_one gets half of the weight.

    References
    ----------
    Vaswani, A. et al. (2017). Attention is all you need. https://arxiv.org/abs/1706.03762

    Hu, J. Y.-C. et al. (2024). Outlier-efficient Hopfield layers for large transformer-based
    models. https://arxiv.org/abs/2404.03828

    Examples
    --------
    >>> _ = torch.manual_seed(0)
    >>> Attention(8, heads=2)(torch.randn(1, 5, 8)).shape
    torch.Size([1, 5, 8])
    """

    holds = ("keys", "values")

    def __init__(
        self,
        width: int,
        *,
        heads: int = 1,
        value_width: int | None = None,
        beta: float | None = None,
        window: int | None = None,
        separation: str = "softmax",
        offset: float = 0.0,
    ):
        super().__init__(width, heads=heads, value_width=value_width)
        width, heads = self.width, self.heads
        default = (width / heads) ** -0.5
        self.beta = default if beta is None else checks.real("beta", beta, above=0, way_out="give a number such as 1")
        self.window = None if window is None else checks.whole("window", window)
        self.separation = checks.choice("separation", separation, SEPARATIONS)
        self.offset = checks.real("offset", offset)

    def mix(self, query: Tensor, key: Tensor, value: Tensor, state: Any, **gates: Any) -> tuple[Tensor, Pairs]:
        """Return (o, keys and values so far), equations (1) and (2)."""
        keys, values, seen = held(key, value, state)
        if self.window is None:
            return self._read(query, keys, values, seen, causal=seen is None), (keys, values)
        old, time = keys.shape[-2] - key.shape[-2], key.shape[-2]
        seen = torch.ones(time, old + time, dtype=torch.bool, device=key.device).tril(old).triu(old - self.window + 1)
        return self._read(query, keys, values, seen), (keys[..., -self.window :, :], values[..., -self.window :, :])

    def look_up(self, query: Tensor, state: Any, **asked: Any) -> Tensor:
        """Return o (batch, head, cue, unit) from all pairs of `state`."""
        return self._read(query, *state)

    def settled(self, query: Tensor, state: Any) -> Tensor:
        """Return whether an update of the query by the keys moves it no more, bool (batch, cue)."""
        return at_rest(query, self._read(query, state[0], state[0]), state[0])

    def operations(self, state: Any) -> int:
        """Return one multiply-add for each unit of each key and value."""
        return (self.width + self.value_width) * state[0].shape[-2]

    def _read(self, query: Tensor, keys: Tensor, values: Tensor, seen: Tensor | None = None, causal: bool = False) -> Tensor:
        if self.separation == "softmax":
            mask = {"is_causal": True} if causal else {"attn_mask": seen}
            return F.scaled_dot_product_attention(query, keys, values, **mask, scale=self.beta)  # (1)
        # (2) is (1) with one more pair, of key 0 and value 0, whose score is the offset
        keys, values = (F.pad(x, (0, 0, 1, 0)) for x in (keys, values))
        scores = query.new_zeros(query.shape[-2], keys.shape[-2])
        if causal or seen is not None:
            seen = torch.ones_like(scores[:, 1:], dtype=torch.bool).tril() if seen is None else seen
            scores[:, 1:].masked_fill_(~seen, -torch.inf)
        scores[:, 0] = self.offset
        return F.scaled_dot_product_attention(query, keys, values, attn_mask=scores, scale=self.beta)


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
