"""Who reads what: up to its own time or everything, and where there is padding."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from neuromem import checks


def attend(layer: Any, x: Tensor, key: Tensor, value: Tensor, causal: bool, padding: Tensor | None) -> Tensor:
    """Return what `x` reads from a layer that held nothing before these keys and values.

    Parameters
    ----------
    layer : Mixer
        The layer.
    x, key, value : Tensor of shape (batch, time, width)
        What asks, and the pairs.
    causal : bool
        Whether each of x reads only the pairs up to its own time.
    padding : Tensor of shape (batch, time) or None
        True where a key is no token.

    Returns
    -------
    Tensor of shape (batch, time, value width)
        The answers; zeros at padding, and where nothing at all is stored.
    """
    checks.flag("causal", causal)
    if padding is None:
        return layer.exchange(x, key, value)[0] if causal else layer.read(x, layer.write(key, value))
    real = ~_padding(padding, key)
    if causal and x.shape[:2] != key.shape[:2]:
        must = f"have the batch and times of x, {tuple(x.shape[:2])}, where causal"
        raise checks.refusal("key", must, f"has {tuple(key.shape[:2])}")
    out, lengths = None, real.sum(1)
    groups = [length for length in lengths.unique().tolist() if length]
    told = int((lengths > 0).sum())
    try:
        for length in groups:  # sequences of one length go together
            rows = lengths == length
            here = real & rows[:, None]
            keys = key[here].unflatten(0, (-1, length))
            values = keys if value is key else value[here].unflatten(0, (-1, length))
            layer.part = len(keys) / told  # so that what a layer learns by itself is a mean over the sequences
            if causal:
                asks = keys if x is key else x[here].unflatten(0, (-1, length))
                answers, where = layer.exchange(asks, keys, values)[0].flatten(0, 1), here
            else:
                answers, where = layer.read(x[rows], layer.write(keys, values)), rows
            out = answers.new_zeros(*x.shape[:2], answers.shape[-1]) if out is None else out
            out = out.index_put((where,), answers)
    finally:
        layer.part = 1.0
    return x.new_zeros(*x.shape[:2], layer.value_width) if out is None else out


def _padding(padding: Tensor, key: Tensor) -> Tensor:
    must = f"be a bool tensor of shape {tuple(key.shape[:2])}, True where there is no token"
    if not isinstance(padding, Tensor) or padding.dtype != torch.bool or padding.shape != key.shape[:2]:
        shown = f"{padding.dtype} of shape {tuple(padding.shape)}" if isinstance(padding, Tensor) else checks.shown(padding)
        raise checks.refusal("padding", must, f"was {shown}")
    return padding
