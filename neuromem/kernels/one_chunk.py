"""The delta rule over one chunk of tokens from nothing, with a gradient of few products."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


class _OneChunk(torch.autograd.Function):
    """O = A U, U = b E, E = (1 + N b)^-1 V, with A_ts = q_t.k_s, s <= t, and N_ts = k_t.k_s, s < t.

    b stands for the diagonal matrix of the rates, and E are the errors that the rule corrects. From
    the gradients O' and U' of a loss, with Z = (1 + b N)^-T (A^T O' + U'):

        A' = O' U^T,  N' = -b Z U^T,  both below the diagonal like A and N
        Q' = A' K,  K' = A'^T Q + (N' + N'^T) K,  V' = b Z,  b' = sum Z E over the units
    """

    generate_vmap_rule = True

    @staticmethod
    def forward(query: Tensor, key: Tensor, value: Tensor, rate: Tensor) -> tuple[Tensor, ...]:
        inner = key @ key.mT
        attention = (query @ key.mT).tril()
        # transposed, so that the solver reads and writes the rows as they lie in memory; it takes
        # ones on the diagonal, and does not read what is above
        system = (inner * rate[..., None, :]).mT
        error = torch.linalg.solve_triangular(system, value.mT, upper=True, left=False, unitriangular=True).mT
        written = rate[..., None] * error
        return attention @ written, written, attention, inner, error

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, ...], output: tuple[Tensor, ...]) -> None:
        ctx.save_for_backward(*inputs, *output[1:])
        ctx.mark_non_differentiable(*output[2:])
        ctx.set_materialize_grads(False)

    @staticmethod
    def backward(ctx: Any, by_output: Tensor | None, by_written: Tensor | None, *_: Any) -> tuple[Tensor | None, ...]:
        query, key, value, rate = ctx.saved_tensors[:4]
        made = list(ctx.saved_tensors[4:])
        if torch.is_grad_enabled():  # for a second derivative, which must see how they were made
            made = list(_OneChunk.forward(query, key, value, rate)[1:])
        written, attention, inner, error = made
        asked = None if by_output is None else attention.mT @ by_output
        given = [x for x in (asked, by_written) if x is not None]
        if not given:
            return None, None, None, None
        total, scale = sum(given[1:], given[0]), rate[..., None]
        z = torch.linalg.solve_triangular(scale * inner, total.mT, upper=False, left=False, unitriangular=True).mT
        by_value = scale * z
        minus = (by_value @ written.mT).tril(-1)  # -N'
        by_query, by_key = None, -((minus + minus.mT) @ key)
        if by_output is not None:
            by_attention = (by_output @ written.mT).tril()
            by_query = by_attention @ key
            by_key = by_key + by_attention.mT @ query
        return by_query, by_key, by_value, (z * error).sum(-1)


def one_chunk(query: Tensor, key: Tensor, value: Tensor, rate: Tensor) -> tuple[Tensor, Tensor]:
    """Return the outputs of the delta rule without decay from S = 0, and what each token writes.

    Parameters
    ----------
    query, key : Tensor of shape (..., time, key unit)
        q and k.
    value : Tensor of shape (..., time, value unit)
        v.
    rate : Tensor of shape (..., time)
        b.

    Returns
    -------
    tuple of Tensor
        o and u (..., time, value unit), with which S = sum u k^T after the last token.
    """
    outputs, written, *_ = _OneChunk.apply(query, key, value, rate)
    return outputs, written
