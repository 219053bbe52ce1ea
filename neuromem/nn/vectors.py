"""Vectors of length 1, in the precision of a layer."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from neuromem.kernels.chunked import HALF

SHORTEST = 1e-12  # lengths below it are taken for it


class _Unit(torch.autograd.Function):
    """y = x / |x| with the gradient (g - y (y.g)) / |x|, in fewer passes than a quotient takes."""

    generate_vmap_rule = True

    @staticmethod
    def forward(x: Tensor) -> tuple[Tensor, Tensor]:
        scale = torch.linalg.vector_norm(x, dim=-1, keepdim=True).clamp_min_(SHORTEST).reciprocal_()
        return x * scale, scale

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor], output: tuple[Tensor, Tensor]) -> None:
        ctx.save_for_backward(*inputs, *output)
        ctx.mark_non_differentiable(output[1])

    @staticmethod
    def backward(ctx: Any, gradient: Tensor, *_: Any) -> Tensor:
        x, y, scale = ctx.saved_tensors
        if torch.is_grad_enabled():  # for a second derivative, which must see how they were made
            scale = 1 / torch.linalg.vector_norm(x, dim=-1, keepdim=True).clamp_min(SHORTEST)
            y = x * scale
        return torch.addcmul(gradient, y, (gradient * y).sum(-1, keepdim=True), value=-1) * scale


def unit(x: Tensor) -> Tensor:
    """Return x / |x| along the last axis; |x| of half precision is taken in float32.

    Parameters
    ----------
    x : Tensor
        Vectors along the last axis.

    Returns
    -------
    Tensor
        Of the shape and type of x; a vector of zeros stays one.
    """
    return _Unit.apply(x.float())[0].to(x.dtype) if x.dtype in HALF else _Unit.apply(x)[0]
