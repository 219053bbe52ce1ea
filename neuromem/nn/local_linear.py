"""Local linear attention as a layer: a regression around each query instead of an average."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from neuromem import checks
from neuromem.kernels.chunked import full_precision

from .attention import Pairs, held
from .inputs import finite
from .mixer import Mixer

LOST = 2e-12  # a ridge of 10^4 roundings of the trace of C leaves four right digits of o


class LocalLinear(Mixer):
    """Causal local linear attention: the value at q of an affine fit to the pairs near q.

    Equations, numbered as in the code's comments:

        w_s = softmax_s(beta q.k_s),  z_s = k_s - q                                            (1)
        o, W = argmin sum_s w_s |v_s - o - W z_s|^2 + ridge |W|^2                              (2)
        m = sum w k,  C = sum w (k - m)(k - m)^T,  r = (C + ridge)^-1 (q - m)
        o = mean + sum w (k - m).r (v - mean),  mean = sum w v                                 (3)

    Softmax attention is (2) with W = 0. Where values are an affine function of their keys, v = A k
    + c, the layer gives A q + c up to the ridge, and attention an average that may be far from it.
    The state is the keys and values so far. (1) and (3) are computed in float64, whatever the type
    of the layer, as a small ridge asks for its digits.

    Parameters
    ----------
    width, heads, value_width : int
        As in `Mixer`.
    beta : float, optional
        Sharpness; by default 1 / sqrt(width / heads), for tokens of mean square 1.
    ridge : float, default 0.01
        Penalty of W, from 1e-30 to 1e30. It must be above 0, as the first tokens see fewer pairs
        than a key has units, and is refused where it is below 2e-12 of the trace of C.
    chunk : int, default 64
        Queries whose C, one matrix each, are in memory at once; it changes the speed alone.

    References
    ----------
    Zuo, Y. et al. (2025). Local linear attention. https://arxiv.org/abs/2510.01450

    Examples
    --------
    >>> _ = torch.manual_seed(0)
    >>> LocalLinear(8, heads=2)(torch.randn(1, 5, 8)).shape
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
        ridge: float = 0.01,
        chunk: int = 64,
    ):
        super().__init__(width, heads=heads, value_width=value_width)
        width, heads = self.width, self.heads
        default = (width / heads) ** -0.5
        self.beta = default if beta is None else checks.real("beta", beta, above=0, way_out="give a number such as 1")
        self.ridge = checks.real("ridge", ridge, least=1e-30, most=1e30)
        self.chunk = checks.whole("chunk", chunk)

    def mix(self, query: Tensor, key: Tensor, value: Tensor, state: Any, **gates: Any) -> tuple[Tensor, Pairs]:
        """Return (o, keys and values so far)."""
        keys, values, seen = held(key, value, state)
        time = key.shape[-2]
        seen = torch.ones(time, time, dtype=torch.bool, device=key.device).tril() if seen is None else seen
        return self._fit(query, keys, values, seen), (keys, values)

    def look_up(self, query: Tensor, state: Any, **asked: Any) -> Tensor:
        """Return o (batch, head, cue, unit) from all pairs of `state`."""
        every = torch.ones(query.shape[-2], state[0].shape[-2], dtype=torch.bool, device=query.device)
        return self._fit(query, state[0], state[1], every)

    def operations(self, state: Any) -> int:
        """Return the multiply-adds of (1) and (3), with a third of a cube for r.

        A Cholesky factorisation takes half of it; the other half stands for solving by its factors.
        """
        size, items = self.width // self.heads, state[0].shape[-2]
        return items * (3 * self.width + self.value_width + self.width * size) + self.width * size**2 // 3

    def _fit(self, query: Tensor, keys: Tensor, values: Tensor, seen: Tensor) -> Tensor:
        parts = zip(query.split(self.chunk, -2), seen.split(self.chunk, -2), strict=True)
        return torch.cat([fit(q, keys, values, s, beta=self.beta, ridge=self.ridge) for q, s in parts], -2)


@full_precision
def fit(query: Tensor, keys: Tensor, values: Tensor, seen: Tensor, *, beta: float, ridge: float) -> Tensor:
    """Compute equation (3) for each query.

    Parameters
    ----------
    query : Tensor of shape (..., cue, unit)
        q.
    keys : Tensor of shape (..., item, unit)
        k.
    values : Tensor of shape (..., item, value unit)
        v.
    seen : Tensor of shape (cue, item)
        Whether the query sees the pair.
    beta, ridge : float
        As in `LocalLinear`.

    Returns
    -------
    Tensor of shape (..., cue, value unit)
        o.

    Raises
    ------
    InputError
        If the ridge is below `LOST` of the trace of C for some query.
    """
    kind = values.dtype
    query, keys, values = query.double(), keys.double(), values.double()
    w = (beta * query @ keys.mT).masked_fill(~seen, -torch.inf).softmax(-1)  # (1)
    m = w @ keys
    apart = keys[..., None, :, :] - m[..., :, None, :]  # (..., cue, item, unit)
    c = (w[..., None] * apart).mT @ apart
    lost = ridge < LOST * c.diagonal(dim1=-2, dim2=-1).sum(-1)
    root, wrong = torch.linalg.cholesky_ex(c + ridge * torch.eye(c.shape[-1], dtype=c.dtype, device=c.device))
    r = torch.cholesky_solve((query - m)[..., None], root).masked_fill((lost | (wrong > 0))[..., None, None], torch.nan)
    if not finite(r) and finite(c, query):
        was, way_out = f"was {ridge:g}", "take a larger ridge, or a smaller beta"
        raise checks.refusal("ridge", f"be at least {LOST:g} of the trace of C", was, way_out)
    more = w * (apart @ r)[..., 0]
    return ((w + more - more.sum(-1, keepdim=True) * w) @ values).to(kind)  # (3)
