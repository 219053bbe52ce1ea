"""Palimpsa as a layer: fast weights that stiffen with what they have learnt."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from neuromem import checks
from neuromem.kernels.chunked import fade_between, full_precision
from neuromem.kernels.feature_maps import silu, softmax

from .fast_weights import gate
from .mixer import Mixer
from .vectors import unit

FEATURES = ("silu", "softmax", "identity")


class Palimpsa(Mixer):
    """Causal fast weights with a mean and an importance each: Bayesian metaplastic attention.

    Equations, numbered as in the code's comments:

        M_t = a_t M_(t-1) + s_t v_t k_t^T                             evidence                 (1)
        J_t = a_t J_(t-1) + b_t (k_t * k_t)^T                         importance               (2)
        o_t = [M_t / (J_t + prior)] q_t                               response                 (3)
        s = sigmoid(w.x + 2),  b = s sigmoid(W_b x + 2),  a = sigmoid(u.x + 4)                 (4)

    It is the layer of the memory `Palimpsa`. M and J have one entry for each synapse (value unit,
    unit), and * and / act on each entry: the more a synapse has learnt, the less one token moves
    the mean M / (J + prior). In (4), which is learned, one gate scales value and precision alike,
    and each value unit has a precision of its own. With b = 0 it is gated linear attention.

    Parameters
    ----------
    width, heads, value_width : int
        As in `Mixer`.
    rate : float, optional
        s and b; by default they are learned, (4).
    decay : float, optional, default 1
        a; None for a learned one, (4).
    prior : float, default 1
        Precision of a synapse that has learnt nothing, as published.
    features : str, default "silu"
        "silu", the keys of the published layer; "softmax", exp(20 x_j) over its sum, which is not
        the paper's: keys of a few large entries, by which the importance of synapses differs; or
        "identity". All are of length 1 but softmax.
    chunk : int, default 16
        Tokens whose M and J are in memory at once; it changes the speed alone.

    References
    ----------
    Bonnet, D. et al. (2026). Learning to remember, learn, and forget in attention-based models.
    https://arxiv.org/abs/2602.09075

    Examples
    --------
    >>> _ = torch.manual_seed(0)
    >>> Palimpsa(8, heads=2)(torch.randn(1, 5, 8)).shape
    torch.Size([1, 5, 8])
    """

    holds = ("evidence", "importance")

    def __init__(
        self,
        width: int,
        *,
        heads: int = 1,
        value_width: int | None = None,
        rate: float | None = None,
        decay: float | None = 1.0,
        prior: float = 1.0,
        features: str = "silu",
        chunk: int = 16,
    ):
        super().__init__(width, heads=heads, value_width=value_width)
        width, heads = self.width, self.heads
        self.rate = None if rate is None else checks.real("rate", rate, above=0, way_out="give a precision such as 1")
        self.decay = None if decay is None else checks.fraction("decay", decay, way_out="1 keeps all")
        self.prior = checks.real("prior", prior, above=0)
        self.features = checks.choice("features", features, FEATURES)
        self.chunk = checks.whole("chunk", chunk)
        self.to_rate = gate(width, heads, 2.0) if rate is None else None
        self.to_precision = gate(width, self.value_width, 2.0) if rate is None else None
        self.to_decay = gate(width, heads, 4.0) if decay is None else None

    def gates(self, x: Tensor) -> dict[str, Any]:
        """Return s (batch, head, time), b (batch, head, time, value unit) and a, equation (4)."""
        strength: Any = self.rate
        precision: Any = self.rate
        if self.to_rate is not None and self.to_precision is not None:
            strength = self.to_rate(x).sigmoid().mT
            precision = strength[..., None] * self.split(self.to_precision(x).sigmoid())
        decay = self.decay if self.to_decay is None else self.to_decay(x).sigmoid().mT
        return {"strength": strength, "precision": precision, "decay": decay}

    def mix(self, query: Tensor, key: Tensor, value: Tensor, state: Any, **gates: Any) -> tuple[Tensor, tuple]:
        """Return (o, M and J after the last token), equations (1) to (3)."""
        query, key = self.phi(query), self.phi(key)
        return over_time(query, key, value, *gates.values(), prior=self.prior, state=state, chunk=self.chunk)

    def look_up(self, query: Tensor, state: Any, **asked: Any) -> Tensor:
        """Return o (batch, head, cue, unit), equation (3)."""
        mean = state[0] / (state[1] + self.prior)
        return (self.phi(query).to(mean.dtype) @ mean.mT).to(query.dtype)  # (3)

    def operations(self, state: Any) -> int:
        """Return one multiply-add for each synapse."""
        return state[0][0].numel()

    def phi(self, x: Tensor) -> Tensor:
        """Return the features of queries or keys (batch, head, time, unit).

        Parameters
        ----------
        x : Tensor of shape (batch, head, time, unit)
            Queries or keys.

        Returns
        -------
        Tensor of shape (batch, head, time, unit)
            k or q.
        """
        if self.features == "silu":
            return unit(silu(x.shape[-1] ** 0.5 * unit(x)))
        return softmax(unit(x)) if self.features == "softmax" else unit(x)


@full_precision
def over_time(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    strength: Any,
    precision: Any,
    decay: Any,
    *,
    prior: float = 1.0,
    state: tuple[Tensor, Tensor] | None = None,
    chunk: int = 16,
) -> tuple[Tensor, tuple[Tensor, Tensor]]:
    """Compute equations (1) to (3) for a chunk of tokens at a time.

    Parameters
    ----------
    query, key : Tensor of shape (..., time, unit)
        q and k.
    value : Tensor of shape (..., time, value unit)
        v.
    strength : Tensor of shape (..., time) or float
        s.
    precision : Tensor of shape (..., time, value unit) or float
        b.
    decay : Tensor of shape (..., time) or float
        a.
    prior : float, default 1
        Precision of a synapse that has learnt nothing.
    state : tuple of Tensor, optional
        M and J before; None for 0.
    chunk : int, default 16
        Tokens a chunk.

    Returns
    -------
    tuple
        o (..., time, value unit), and the state after the last token.
    """
    lead, sizes = value.shape[:-2], (value.shape[-1], key.shape[-1])
    decay = torch.as_tensor(decay, dtype=key.dtype, device=key.device).expand(key.shape[:-1])
    strength = torch.as_tensor(strength, dtype=key.dtype, device=key.device).expand(key.shape[:-1])
    precision = torch.as_tensor(precision, dtype=key.dtype, device=key.device).expand(value.shape)
    wrote = torch.stack([strength[..., None] * value, precision], -3)  # (..., M or J, time, value unit)
    keys = torch.stack([key, key * key], -3)
    now = torch.stack(state, -3) if state else key.new_zeros(*lead, 2, *sizes)
    outputs = []
    parts = (x.split(chunk, axis) for x, axis in ((wrote, -2), (keys, -2), (decay, -1), (query, -2)))
    for w, k, a, q in zip(*parts, strict=True):
        new = w[..., :, None] * k[..., None, :]  # (..., M or J, time, value unit, unit)
        within = fade_between(a)[..., None, :, :] @ new.flatten(-2)
        before = a.cumprod(-1)[..., None, :, None] * now.flatten(-2)[..., None, :]
        held = (within + before).unflatten(-1, sizes)  # (1), (2)
        evidence, importance = held.unbind(-4)
        outputs.append(((evidence / (importance + prior)) @ q[..., None])[..., 0])  # (3)
        now = held[..., -1, :, :]
    return torch.cat(outputs, -2), (now[..., 0, :, :], now[..., 1, :, :])
