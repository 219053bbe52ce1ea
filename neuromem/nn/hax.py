"""HAX: a state-space model beside attention to few pairs, found by a hash and a learned score."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from neuromem import checks
from neuromem.kernels.chunked import wide

from .state_space import StateSpace
from .vectors import unit

Pairs = tuple[Tensor, Tensor, Tensor, Tensor, Tensor]  # keys, values, their bins and scores, sums of queries and keys


class HAX(StateSpace):
    """Causal state-space model plus attention to few pairs, found by hashing and by selection.

    Equations, numbered as in the code's comments, with B, C, v, h, z, D of `StateSpace`:

        q_t, k_t = W' C_t, W'' B_t                                                             (1)
        bin(x_t) = the signs of H (x_t - the mean of x_s, s < t),  for x = q and x = k         (2)
        r_t = MLP([k_t / sqrt(d), (q_1 + ... + q_t) / |q_1 + ... + q_t|])                      (3)
        S_t = the newest P/2 of s <= t with bin(k_s) = bin(q_t), and the P/2 of best r_s       (4)
        a_t = sum_(s in S_t) p_ts v_s,  p = softmax of q_t.k_s / sqrt(d) over S_t              (5)
        y_t = (h_t C_t + D v_t + E a_t) * silu(z_t)                                            (6)
        L = mean over s, u of the cross-entropy of r_s - r_u and sign(g_s - g_u),
            g_s = sum_(t >= s) sigmoid(q_t.k_s / sqrt(d))                                      (7)

    A pair that is asked for by many later tokens has a high g: the MLP learns by (7) alone, to
    rank pairs by it before they are asked for. A layer that is trained adds L, its mean over the
    sequences, to whatever loss it is trained by. E is learned, and 1 at first. Two vectors at an
    angle a share a bin of `hashes` planes with probability (1 - a / pi)^hashes.

    The layer differs from the published code in four points. There, q and k are both maps of v;
    here of what is the query and the key, so that pairs can be stored and asked for. Means and
    lengths are taken there over the whole sequence, later tokens included; here over what came
    before. H is drawn there anew for each pass; here once, so that one token at a time gives what
    the sequence gives. L is the mean over all tokens and not over P/2 of them. All pairs are held,
    as there: the layer is sparse in what it reads.

    Parameters
    ----------
    width, heads, value_width : int
        As in `Mixer`.
    pairs : int, default 64
        P, the most pairs that a token sees, an even number.
    hashes : int, default 4
        Planes, the rows of H.
    chunk : int, default 32
        Tokens a chunk of h; it changes the speed alone.

    References
    ----------
    Zhan, Z., Zhao, J., Zhu, Z. & Tang, J. (2025). Overcoming long-context limitations of
    state-space models via context-dependent sparse attention. https://arxiv.org/abs/2507.00449

    Examples
    --------
    >>> _ = torch.manual_seed(0)
    >>> HAX(8, heads=2, pairs=4)(torch.randn(1, 5, 8)).shape
    torch.Size([1, 5, 8])
    """

    holds = ("weights", "keys", "values", "bins", "scores", "sums")
    planes: Tensor

    def __init__(
        self,
        width: int,
        *,
        heads: int = 1,
        value_width: int | None = None,
        pairs: int = 64,
        hashes: int = 4,
        chunk: int = 32,
    ):
        super().__init__(width, heads=heads, value_width=value_width, chunk=chunk)
        self.pairs = pairs = checks.whole("pairs", pairs, least=2)
        if pairs % 2:
            raise checks.refusal("pairs", "be an even number", f"was {pairs}", f"give for example {pairs + 1}")
        self.hashes = hashes = checks.whole("hashes", hashes, most=31, way_out="give a number such as 4")
        size = self.width // self.heads
        self.ask = nn.Parameter(torch.stack([nn.init.orthogonal_(torch.empty(size, size)) for _ in range(self.heads)]))  # W'
        self.tell = nn.Parameter(self.ask.detach().clone())  # W''
        self.select = nn.Sequential(
            nn.Linear(2 * size, 2 * size), nn.ReLU(), nn.Linear(2 * size, 2 * size), nn.ReLU(), nn.Linear(2 * size, 1)
        )
        self.share = nn.Parameter(torch.ones(self.heads, 1, self.value_width // self.heads))  # E
        self.register_buffer("planes", torch.randn(self.heads, size, hashes))  # H

    def mix(
        self, query: Tensor, key: Tensor, value: Tensor, state: Any, gate: Tensor | None = None, **gates: Any
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Return (y, what is held after the last token), equations (1) to (6)."""
        assert gate is not None
        weights, pairs = (None, None) if state is None else (state[0], state[1:])
        mixed, weights = super().mix(query, key, value, weights, gate=gate, **gates)
        query, key, value = self.asked(query), F.silu(key) @ self.tell.to(key.dtype).mT, F.silu(value)  # (1)
        attended, pairs = self._attend(query, key, value, pairs)
        return mixed + self.share.to(attended.dtype) * attended * gate, (weights, *pairs)  # (6)

    def look_up(self, query: Tensor, state: Any, gate: Tensor | None = None, **asked: Any) -> Tensor:
        """Return (h C + E a) * silu(z) (batch, head, cue, unit), equations (4) to (6)."""
        assert gate is not None
        weights, keys, values, bins, scores, sums = state
        rest = super().look_up(query, weights, gate=gate)
        query = self.asked(query)
        every = torch.full((query.shape[-2],), keys.shape[-2], device=query.device)
        of_query = self.bins(query.to(sums.dtype) - sums[:, 0, :, None] / keys.shape[-2])
        seen = newest(of_query, bins, self.pairs // 2, every) | best(scores, self.pairs // 2, 1)
        attended = F.scaled_dot_product_attention(query, keys.to(query.dtype), values.to(query.dtype), attn_mask=seen)  # (5)
        return rest + self.share.to(rest.dtype) * attended * gate

    def operations(self, state: Any) -> int:
        """Return those of `StateSpace`, of the map and the planes of a query, and of pairs seen."""
        size, seen = self.width // self.heads, min(self.pairs, state[1].shape[-2])
        own = self.width * (size + self.hashes) + (self.width + self.value_width) * seen
        return super().operations(state[0]) + own

    def counted(self) -> int:
        """Return the numbers of the gate and of W'."""
        return super().counted() + self.ask.numel()

    def asked(self, query: Tensor) -> Tensor:
        """Return q (batch, head, time, unit), equation (1).

        Parameters
        ----------
        query : Tensor of shape (batch, head, time, unit)
            W_C x.

        Returns
        -------
        Tensor of shape (batch, head, time, unit)
            q.
        """
        return F.silu(query) @ self.ask.to(query.dtype).mT  # (1)

    def bins(self, x: Tensor) -> Tensor:
        """Return the bin (batch, head, time) of centred queries or keys, a whole number.

        Parameters
        ----------
        x : Tensor of shape (batch, head, time, unit)
            Queries or keys less their means.

        Returns
        -------
        Tensor of shape (batch, head, time)
            The signs as the bits of a number.
        """
        signs = x @ self.planes.to(x.dtype) > 0  # (2)
        return (signs.long() << torch.arange(self.hashes, device=x.device)).sum(-1, dtype=torch.int32)

    def _attend(self, query: Tensor, key: Tensor, value: Tensor, state: Any) -> tuple[Tensor, Pairs]:
        """Equations (2) to (5), with (7) where the layer is trained."""
        time, both = key.shape[-2], wide(torch.stack([query, key], 1).detach())
        none = key.new_zeros(*key.shape[:2], 0)
        empty = key[..., :0, :], value[..., :0, :], none.int(), none.to(both), 0 * both[..., 0, :]
        keys, values, bins, scores, sums = empty if state is None else state
        old = keys.shape[-2]
        total = torch.cat([sums[..., None, :], both], -2).cumsum(-2)
        number = torch.arange(old, old + time, device=key.device)
        of_query, of_key = self.bins(both - total[..., :-1, :] / number.clamp_min(1)[:, None]).unbind(1)
        told = torch.cat([both[:, 1] / both.shape[-1] ** 0.5, unit(total[:, 0, :, 1:])], -1)
        score = self.select(told.to(query.dtype))[..., 0]  # (3)
        if self.training and torch.is_grad_enabled():
            value = _WithLoss.apply(value, self.part * ranking(score, *both.unbind(1)))
        keys, values = torch.cat([keys, key.to(keys.dtype)], -2), torch.cat([values, value.to(values.dtype)], -2)
        bins, scores = torch.cat([bins, of_key], -1), torch.cat([scores, score.detach().to(scores.dtype)], -1)
        seen = newest(of_query, bins, self.pairs // 2, number + 1) | best(scores, self.pairs // 2, time)  # (4)
        attended = F.scaled_dot_product_attention(query, keys.to(query.dtype), values.to(query.dtype), attn_mask=seen)  # (5)
        return attended, (keys, values, bins, scores, total[..., -1, :])


def newest(asked: Tensor, bins: Tensor, most: int, until: Tensor) -> Tensor:
    """Return which pairs of its own bin each query sees, the last of them.

    Parameters
    ----------
    asked : Tensor of shape (..., time)
        Bins of the queries.
    bins : Tensor of shape (..., item)
        Bins of the keys.
    most : int
        How many pairs a query sees.
    until : Tensor of shape (time,)
        How many of the pairs there are for each query, the first ones.

    Returns
    -------
    Tensor of shape (..., time, item)
        True where a query sees a pair.
    """
    items = bins.shape[-1]
    order = bins.long() * (items + 1) + torch.arange(items, device=bins.device)  # by bin, and by time within one
    ordered = order.sort(dim=-1).values
    place = torch.searchsorted(ordered, order)[..., None, :]
    own = asked.long() * (items + 1)
    first, end = (torch.searchsorted(ordered, own + n)[..., None] for n in (torch.zeros_like(until), until))
    return (place < end) & (place >= torch.maximum(first, end - most))


def best(scores: Tensor, most: int, time: int, block: int = 128) -> Tensor:
    """Return which pairs have the best scores so far, at each of the last times.

    Of equal scores the earlier is better. What is no longer among the best never is again, so that
    of what came before a block only the best are compared.

    Parameters
    ----------
    scores : Tensor of shape (..., item)
        Scores of all pairs so far.
    most : int
        How many pairs.
    time : int
        How many of the pairs are new; there is one answer for each of them.
    block : int, default 128
        New pairs that are compared at once; it changes the speed alone.

    Returns
    -------
    Tensor of shape (..., time, item)
        True where a pair is among the best.
    """
    items = scores.shape[-1]
    among = torch.zeros(*scores.shape[:-1], time, items, dtype=torch.bool, device=scores.device)
    blocks = among.split(block, -2)
    ends = range(items - time, items, block)
    parts = [
        part.scatter(-1, *_among(scores[..., : start + part.shape[-2]], most, part.shape[-2]))
        for start, part in zip(ends, blocks, strict=True)
    ]
    return torch.cat(parts, -2)


def _among(scores: Tensor, most: int, time: int) -> tuple[Tensor, Tensor]:
    """Which pairs can be among the best, and whether they are at each time, (..., time, pair)."""
    items = scores.shape[-1]
    old = scores[..., : items - time].sort(dim=-1, descending=True, stable=True).indices[..., :most].sort(dim=-1).values
    kept = old.shape[-1]
    new = torch.arange(items - time, items, device=scores.device).expand(*scores.shape[:-1], time)
    live = torch.cat([old, new], -1)
    of_live = scores.gather(-1, live)
    one, other = of_live[..., :, None], of_live[..., None, :]
    first = torch.ones(kept + time, kept + time, dtype=torch.bool, device=scores.device).triu(1)
    better = (one > other) | ((one == other) & first)
    rank = better[..., :kept, :].sum(-2, keepdim=True) + better[..., kept:, :].cumsum(-2, dtype=torch.int32)
    among = (rank < most) & torch.ones(time, kept + time, dtype=torch.bool, device=scores.device).tril(kept)
    return live[..., None, :].expand_as(among), among


def ranking(score: Tensor, query: Tensor, key: Tensor) -> Tensor:
    """Return L of equation (7), by which scores learn to rank keys by how much is asked for them.

    Parameters
    ----------
    score : Tensor of shape (..., time)
        r.
    query, key : Tensor of shape (..., time, unit)
        q and k.

    Returns
    -------
    Tensor
        A number.
    """
    asked = (query @ key.mT / key.shape[-1] ** 0.5).sigmoid().tril().sum(-2)  # g
    above = (1 + torch.sign(asked[..., :, None] - asked[..., None, :])) / 2
    return F.binary_cross_entropy_with_logits(score[..., :, None] - score[..., None, :], above.to(score.dtype))  # (7)


class _WithLoss(torch.autograd.Function):
    """x as it is, and a loss that is minimised with whatever x is made for."""

    generate_vmap_rule = True

    @staticmethod
    def forward(x: Tensor, loss: Tensor) -> Tensor:
        return x.clone()

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, Tensor], output: Tensor) -> None:
        pass

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor]:
        return gradient, gradient.new_ones(())
