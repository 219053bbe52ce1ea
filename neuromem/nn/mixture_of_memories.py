"""Mixture of memories as a layer: a learned router, and a memory that every token writes."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from neuromem import checks
from neuromem.kernels.chunked import chunked

from .fast_weights import gate
from .mixer import Mixer
from .vectors import unit


class MixtureOfMemories(Mixer):
    """Causal fast weights with several states, of which each token writes and reads a few.

    Equations, numbered as in the code's comments:

        g = softmax(R x), its `chosen` largest entries divided by their sum, 0 elsewhere       (1)
        k^m = A_m k / |A_m k|,  v^m = B_m v;  q likewise with A_m                              (2)
        S^m <- a S^m, then by the rule with rate b, for the m with g_m > 0 alone               (3)
        o = S^0 q + sum_m g_m S^m q^m                                                          (4)

    k, q, v and the rules are those of `FastWeights`. A memory that is not chosen is neither
    written nor does it fade, so that what is routed apart can't disturb each other. S^0 is the
    shared memory, which every token writes. A_m and B_m are learned, 1 at first.

    Parameters
    ----------
    width, heads, value_width : int
        As in `Mixer`.
    memories : int, default 4
        How many memories there are, without the shared one.
    chosen : int, default 2
        How many of them a token takes.
    shared : bool, default True
        Whether there is S^0.
    rule : str, default "delta"
        "delta" or "hebb".
    rate, decay : float, optional
        As in `FastWeights`, the same for all memories.
    chunk : int, default 32
        Tokens a chunk; it changes the speed alone.

    References
    ----------
    Du, J. et al. (2025). MoM: linear sequence modeling with mixture-of-memories.
    https://arxiv.org/abs/2502.13685

    Examples
    --------
    >>> _ = torch.manual_seed(0)
    >>> MixtureOfMemories(8, heads=2)(torch.randn(1, 5, 8)).shape
    torch.Size([1, 5, 8])
    """

    holds = ("weights",)

    def __init__(
        self,
        width: int,
        *,
        heads: int = 1,
        value_width: int | None = None,
        memories: int = 4,
        chosen: int = 2,
        shared: bool = True,
        rule: str = "delta",
        rate: float | None = None,
        decay: float | None = 1.0,
        chunk: int = 32,
    ):
        super().__init__(width, heads=heads, value_width=value_width)
        width, heads = self.width, self.heads
        self.memories = memories = checks.whole("memories", memories)
        self.chosen = checks.whole("chosen", chosen, most=self.memories, way_out=f"there are {memories} memories")
        self.shared = checks.flag("shared", shared)
        self.rule = checks.choice("rule", rule, ("delta", "hebb"))
        self.rate = None if rate is None else checks.real("rate", rate, above=0, way_out="give a learning rate such as 1")
        self.decay = None if decay is None else checks.fraction("decay", decay, way_out="1 keeps all")
        self.chunk = checks.whole("chunk", chunk)
        sizes = width // heads, self.value_width // heads
        checks.fits("memories", 4 * heads * memories * (sizes[0] ** 2 + sizes[1] ** 2), "take fewer memories")
        self.router = nn.Linear(width, memories, bias=False)
        self.to_rate = gate(width, heads, 2.0) if rate is None else None
        self.to_decay = gate(width, heads, 4.0) if decay is None else None
        self.keys, self.values = (nn.Parameter(torch.eye(n).repeat(heads, memories, 1, 1)) for n in sizes)  # A, B

    def route(self, x: Tensor) -> Tensor:
        """Return g (batch, 1, memory, time) of tokens (batch, time, width), equation (1).

        The shared memory is the last, with g = 1.

        Parameters
        ----------
        x : Tensor of shape (batch, time, width)
            Tokens.

        Returns
        -------
        Tensor of shape (batch, 1, memory, time)
            g.
        """
        all_of = self.router(x).softmax(-1)
        most = all_of.topk(self.chosen, -1)
        g = torch.zeros_like(all_of).scatter(-1, most.indices, most.values / most.values.sum(-1, keepdim=True))
        g = torch.cat([g, torch.ones_like(g[..., :1])], -1) if self.shared else g
        return g.mT[:, None]  # (1)

    def balance(self, x: Tensor) -> Tensor:
        """Return the loss that keeps a router from using few memories, 1 where all are used alike.

        It is memories * sum_m f_m p_m, with the share f_m of tokens that choose m and the mean p_m
        of their softmax. The paper adds 0.01 of it to the loss.

        Parameters
        ----------
        x : Tensor of shape (batch, time, width)
            Tokens, as the layer gets them.

        Returns
        -------
        Tensor
            A number.
        """
        p = self.router(x).softmax(-1)
        used = torch.zeros_like(p).scatter(-1, p.topk(self.chosen, -1).indices, 1.0 / self.chosen)
        return self.memories * (used.flatten(0, -2).mean(0) * p.flatten(0, -2).mean(0)).sum()

    def gates(self, x: Tensor) -> dict[str, Any]:
        """Return which memories a token writes, and its rate and decay."""
        rate: Any = x.new_tensor(self.rate) if self.to_rate is None else self.to_rate(x).sigmoid().mT[:, :, None]
        decay: Any = self.decay if self.to_decay is None else self.to_decay(x).sigmoid().mT[:, :, None]
        written = self.route(x) > 0
        none, kept = x.new_zeros(()), x.new_ones(())
        fades = isinstance(decay, Tensor) or decay != 1
        return {
            "rate": torch.where(written, rate, none),
            "decay": torch.where(written, decay, kept) if fades else 1.0,
        }  # (3)

    def asks(self, x: Tensor) -> dict[str, Any]:
        """Return the weights of the memories that a token reads."""
        return {"weight": self.route(x)}

    def mix(
        self, query: Tensor, key: Tensor, value: Tensor, state: Any, weight: Tensor | None = None, **gates: Any
    ) -> tuple[Tensor, Tensor]:
        """Return (o, the states after the last token), equations (2) to (4)."""
        query, key = unit(self._own(query, self.keys)), unit(self._own(key, self.keys))
        value = self._own(value, self.values)
        of_each, state = chunked(query, key, value, **gates, rule=self.rule, state=state, chunk=self.chunk)
        return self._summed(of_each, weight), state

    def look_up(self, query: Tensor, state: Any, weight: Tensor | None = None, **asked: Any) -> Tensor:
        """Return o (batch, head, cue, unit), equation (4)."""
        of_each = unit(self._own(query, self.keys)).to(state.dtype) @ state.mT
        return self._summed(of_each, weight).to(query.dtype)

    def operations(self, state: Any) -> int:
        """Return one multiply-add for each weight that is read, and those of the router."""
        read = self.chosen + self.shared
        return state[0].numel() * read // state.shape[2] + self.counted()

    def counted(self) -> int:
        """Return the numbers of the router and of A of the memories that a token takes."""
        return self.router.weight.numel() + self.keys.numel() * self.chosen // self.memories

    def _own(self, x: Tensor, maps: Tensor) -> Tensor:
        """(batch, head, time, unit) as (batch, head, memory, time, unit), equation (2)."""
        own = x[:, :, None] @ maps.to(x.dtype).mT
        return torch.cat([own, x[:, :, None]], 2) if self.shared else own

    def _summed(self, of_each: Tensor, weight: Tensor | None) -> Tensor:
        assert weight is not None
        return (weight[..., None].to(of_each.dtype) * of_each).sum(2)  # (4)
