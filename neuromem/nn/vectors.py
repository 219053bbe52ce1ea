"""Vectors of length 1, in the precision of a layer."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from neuromem.kernels.chunked import wide

from .inputs import later

SHORTEST = 1e-12  # lengths below it are taken for it
LARGE = 1e15  # units above it are divided by the largest of their vector, as the square of 1e20 is no float32


class _Unit(torch.autograd.Function):
    """y = x / |x| with the gradient (g - y (y.g)) / |x|, in fewer passes than a quotient takes.

    The gradient is 0 where |x| is below `SHORTEST`: 1 / |x| would be none in half precision.
    """

    generate_vmap_rule = True

    @staticmethod
    def forward(x: Tensor) -> tuple[Tensor, Tensor]:
        length = torch.linalg.vector_norm(x, dim=-1, keepdim=True)
        if not later(x) and bool(length.isfinite().all()):  # nearly always, and two passes less
            scale = length.clamp_min(SHORTEST).reciprocal_()
            return x * scale, scale.masked_fill_(length < SHORTEST, 0)
        top = _top(x)
        near = x / top
        length = torch.linalg.vector_norm(near, dim=-1, keepdim=True)
        scale = length.clamp_min(SHORTEST).reciprocal_()
        return near * scale, (scale / top).masked_fill(length < SHORTEST, 0)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor], output: tuple[Tensor, Tensor]) -> None:
        ctx.save_for_backward(*inputs, *output)
        ctx.mark_non_differentiable(output[1])

    @staticmethod
    def backward(ctx: Any, gradient: Tensor, *_: Any) -> Tensor:
        x, y, scale = ctx.saved_tensors
        if torch.is_grad_enabled():  # for a second derivative, which must see how they were made
            top = _top(x.detach())
            near = x / top
            length = torch.linalg.vector_norm(near, dim=-1, keepdim=True)
            scale = (1 / length.clamp_min(SHORTEST)).masked_fill(length < SHORTEST, 0)
            y, scale = near * scale, scale / top
        return torch.addcmul(gradient, y, (gradient * y).sum(-1, keepdim=True), value=-1) * scale


def _top(x: Tensor) -> Tensor:
    """The largest |x| of each vector where it is above `LARGE`, and 1 elsewhere."""
    top = x.abs().amax(-1, keepdim=True)
    return torch.where(top > LARGE, top, torch.ones_like(top))


def unit(x: Tensor) -> Tensor:
    """Return x / |x| along the last axis; |x| of half precision is taken in float32.

    Parameters
    ----------
    x : Tensor
        Vectors along the last axis.

    Returns
    -------
    Tensor
        Of the shape and type of x; a vector of zeros stays one, and has the gradient 0.
    """
    return _Unit.apply(wide(x))[0].to(x.dtype)
