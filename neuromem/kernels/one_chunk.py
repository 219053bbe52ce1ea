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
        turned = key.mT
        attention = (query @ turned).mul_(_below(query))  # in place: large tensors cost time to make
        # both solvers read 1 + N b or its transpose, and rows as they lie in memory; they take ones
        # on the diagonal, and do not read what is beyond it
        system = (key @ turned).mul_(rate[..., None, :]).mT
        error = torch.linalg.solve_triangular(system, value.mT, upper=True, left=False, unitriangular=True).mT
        written = rate[..., None] * error
        return attention @ written, written, attention, system, error

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, ...], output: tuple[Tensor, ...]) -> None:
        query, key, _, rate = inputs
        ctx.save_for_backward(query, key, rate, *output[1:])
        ctx.mark_non_differentiable(*output[2:])
        ctx.set_materialize_grads(False)

    @staticmethod
    def backward(ctx: Any, by_output: Tensor | None, by_written: Tensor | None, *_: Any) -> tuple[Tensor | None, ...]:
        query, key, rate, written, attention, system, error = ctx.saved_tensors
        asked = None if by_output is None else attention.mT @ by_output
        given = [x for x in (asked, by_written) if x is not None]
        if not given:
            return None, None, None, None
        total, turned = sum(given[1:], given[0]), written.mT
        z = torch.linalg.solve_triangular(system, total.mT, upper=False, left=False, unitriangular=True).mT
        by_value = rate[..., None] * z
        minus = (by_value @ turned).mul_(_below(query, -1))  # -N'
        by_query, by_key = None, ((minus + minus.mT) @ key).neg_()
        if by_output is not None:
            by_attention = (by_output @ turned).mul_(_below(query))
            by_query = by_attention @ key
            by_key = by_key.add_(by_attention.mT @ query)
        return by_query, by_key, by_value, (z * error).sum(-1)


def _below(query: Tensor, diagonal: int = 0) -> Tensor:
    """1 up to a diagonal and 0 above it, (time, time)."""
    time = query.shape[-2]
    return torch.ones(time, time, dtype=query.dtype, device=query.device).tril(diagonal)


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
