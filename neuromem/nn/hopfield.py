"""The modern Hopfield network as a layer: attention that settles."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from neuromem import checks

from .attention import Pairs, at_rest, held
from .inputs import finite
from .mixer import Mixer
from .vectors import unit


class Hopfield(Mixer):
    """Causal modern Hopfield network: the query moves to the keys that it is nearest to.

    Equations, numbered as in the code's comments:

        k <- k / |k|;  xi = q / |q|                              patterns, state               (1)
        xi <- sum_{s<=t} p_s k_s,  p = softmax_s(beta xi.k_s)    update, steps - 1 times       (2)
        o = sum_{s<=t} p_s v_s                                   read-out                      (3)
        E(xi) = -(1/beta) ln sum_s exp(beta xi.k_s) + |xi|^2 / 2                               (4)

    An update (2) never raises the energy (4). The state is the keys and values so far.

    Parameters
    ----------
    width, heads, value_width : int
        As in `Mixer`.
    beta : float, optional
        Inverse temperature, fixed; by default it is learned for each head, from 2 sqrt(width /
        heads) on, which suits keys of length 1.
    steps : int, default 2
        Softmax passes, at most 10,000; with 1 the layer is attention with key-query normalisation.

    References
    ----------
    Ramsauer, H. et al. (2021). Hopfield networks is all you need. https://arxiv.org/abs/2008.02217

    Examples
    --------
    >>> _ = torch.manual_seed(0)
    >>> Hopfield(8, heads=2, steps=3)(torch.randn(1, 5, 8)).shape
    torch.Size([1, 5, 8])
    """

    holds = ("keys", "values")

    def __init__(
        self, width: int, *, heads: int = 1, value_width: int | None = None, beta: float | None = None, steps: int = 2
    ):
        super().__init__(width, heads=heads, value_width=value_width)
        width, heads = self.width, self.heads
        self.steps = checks.whole("steps", steps, most=10_000, way_out="a state stands after a few passes")
        self.beta = None if beta is None else checks.real("beta", beta, above=0)  # weights alone don't tell a checkpoint
        log_beta = torch.full((heads, 1, 1), math.log(self.beta or 2 * (width / heads) ** 0.5))
        self.log_beta = nn.Parameter(log_beta, requires_grad=beta is None)

    def mix(self, query: Tensor, key: Tensor, value: Tensor, state: Any, **gates: Any) -> tuple[Tensor, Pairs]:
        """Return (o, keys and values so far), equations (1) to (3)."""
        keys, values, seen = held(unit(key), value, state)
        if seen is None:
            time = key.shape[-2]
            seen = torch.ones(time, time, dtype=torch.bool, device=key.device).tril()
        xi = self._settle(query, keys, seen)
        return self._pass(xi, keys, values, seen), (keys, values)  # (3)

    def look_up(self, query: Tensor, state: Any, **asked: Any) -> Tensor:
        """Return o (batch, head, cue, unit) from all pairs of `state`."""
        keys, values = state
        return self._pass(self._settle(query, keys, None), keys, values, None)

    def settled(self, query: Tensor, state: Any) -> Tensor:
        """Return whether one more update (2) moves the state no more, bool (batch, cue)."""
        xi = self._settle(query, state[0], None)
        return at_rest(xi, self._pass(xi, state[0], state[0], None), state[0])

    def energy(self, xi: Tensor, keys: Tensor) -> Tensor:
        """Return equation (4) of states xi (..., state, unit) among keys (..., item, unit).

        Parameters
        ----------
        xi : Tensor of shape (batch, head, state, unit)
            States.
        keys : Tensor of shape (batch, head, item, unit)
            Patterns of length 1.

        Returns
        -------
        Tensor of shape (batch, head, state)
            E(xi).

        Raises
        ------
        InputError
            If `xi` or `keys` is no tensor (batch, head, item, unit) like the layer, or their
            batches differ.
        """
        for name, x in (("xi", xi), ("keys", keys)):
            must = f"be a {self.log_beta.dtype} tensor of shape (batch, {self.heads}, item, {self.width // self.heads})"
            if not isinstance(x, Tensor) or x.layout != torch.strided:
                raise checks.refusal(name, must, f"was of type {type(x).__name__}")
            split = (x.ndim == 4 and x.shape[1] == self.heads) or (x.ndim == 3 and self.heads == 1)
            fits = split and x.shape[-1] == self.width // self.heads
            if not fits or x.dtype != self.log_beta.dtype or x.device != self.log_beta.device:
                raise checks.refusal(name, must, f"was {x.dtype} of shape {tuple(x.shape)} on {x.device}")
            if not finite(x):
                raise checks.refusal(name, "hold finite numbers", "holds NaN or infinity", "remove or replace them")
        if len(xi) != len(keys):
            raise checks.refusal("xi", f"have the batch of keys, {len(keys)}", f"has {len(xi)}")
        beta = self.log_beta.exp()
        return -torch.logsumexp(beta * xi @ keys.mT, -1) / beta[..., 0] + (xi * xi).sum(-1) / 2  # (4)

    def operations(self, state: Any) -> int:
        """Return a multiply-add for each unit of what each pass compares and sums up."""
        return (2 * (self.steps - 1) * self.width + self.width + self.value_width) * state[0].shape[-2]

    def _settle(self, query: Tensor, keys: Tensor, seen: Tensor | None) -> Tensor:
        xi = unit(query)  # (1)
        for _ in range(self.steps - 1):
            xi = self._pass(xi, keys, keys, seen)  # (2)
        return xi

    def _pass(self, xi: Tensor, keys: Tensor, values: Tensor, seen: Tensor | None) -> Tensor:
        return F.scaled_dot_product_attention(self.log_beta.exp() * xi, keys, values, attn_mask=seen, scale=1.0)
