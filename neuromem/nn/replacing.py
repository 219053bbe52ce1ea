"""A memory in the place of the attention of a torch model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from neuromem import checks

from .from_torch import made
from .mixer import Mixer


class AsAttention(nn.Module):
    """A mixer that is called as torch.nn.MultiheadAttention is, for the layers of torch around it.

    Parameters
    ----------
    mixer : Mixer
        The memory.
    batch_first : bool, default True
        Whether the batch is the first axis of what it is given, and not the second.

    Raises
    ------
    InputError
        At a call with a mask that is neither causal nor one of padding, or that hides in part.
    """

    in_proj_bias = None  # what torch looks at before it takes its own attention by a shorter way
    _qkv_same_embed_dim = False
    num_heads = 1

    def __init__(self, mixer: Mixer, batch_first: bool = True):
        super().__init__()
        self.mixer, self.batch_first, self.embed_dim = mixer, batch_first, mixer.width

    def forward(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        key_padding_mask: Tensor | None = None,
        need_weights: bool = True,
        attn_mask: Tensor | None = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Tensor, None]:
        """Return what the queries read, and None: a memory has no weights of attention.

        Parameters
        ----------
        query, key, value : Tensor of shape (batch, time, width)
            Or (time, batch, width) where not `batch_first`, or (time, width).
        key_padding_mask : Tensor of shape (batch, item), optional
            True or -inf where a key is no token.
        need_weights : bool, default True
            Changes nothing.
        attn_mask : Tensor of shape (time, item), optional
            The causal mask, or one that hides nothing.
        average_attn_weights : bool, default True
            Changes nothing.
        is_causal : bool, default False
            Whether `attn_mask` is known to be the causal mask.

        Returns
        -------
        tuple
            y (batch, time, width), with its axes as those of the query, and None.
        """
        flat = query.ndim == 2
        if flat:
            key_padding_mask = None if key_padding_mask is None else key_padding_mask[None]
        turned = {id(x): self._turned(x, flat) for x in (query, key, value)}  # what is one tensor stays one
        query, key, value = (turned[id(x)] for x in (query, key, value))
        causal = is_causal or _is_causal(attn_mask)
        padding = None if key_padding_mask is None else _hidden("key_padding_mask", key_padding_mask)
        y = self.mixer(query, key, value, causal=causal, padding=padding)
        return (y[0] if flat else self._turned(y, flat)), None

    def _turned(self, x: Tensor, flat: bool) -> Tensor:
        """A tensor of `forward` as (batch, time, width), and back unless it is flat."""
        return x[None] if flat else x if self.batch_first else x.transpose(0, 1)


def replace(model: nn.Module, mixer: Callable[[int], nn.Module]) -> nn.Module:
    """Put a memory in the place of every torch.nn.MultiheadAttention of a model.

    The learned maps to queries, keys, values and outputs stay, with their biases, where the mixer
    has such maps (`FromTorch` has none): only what is between them changes. With `Attention` of as
    many heads the model computes what it computed before. Dropout inside attention is left out.
    Attention that is not a torch.nn.MultiheadAttention is not found.

    Parameters
    ----------
    model : torch.nn.Module
        Such as torch.nn.TransformerEncoder; it is changed.
    mixer : callable
        A call width -> Mixer or torch module, as for `Transformer`.

    Returns
    -------
    torch.nn.Module
        The model.

    Raises
    ------
    InputError
        If the model has no such attention, or one that can't be replaced: with keys or values of
        another width (kdim, vdim), with biases that it adds as tokens (add_bias_kv), or with
        add_zero_attn. Then nothing is changed.

    Examples
    --------
    >>> from neuromem.nn import FastWeights
    >>> layer = nn.TransformerEncoderLayer(16, 4, 32, batch_first=True)
    >>> model = replace(nn.TransformerEncoder(layer, 2, enable_nested_tensor=False), FastWeights)
    >>> type(model.layers[1].self_attn.mixer).__name__, model(torch.randn(3, 5, 16)).shape
    ('FastWeights', torch.Size([3, 5, 16]))
    """
    if not isinstance(model, nn.Module):
        raise checks.refusal("model", "be a torch.nn.Module", f"was of type {type(model).__name__}")
    if not callable(mixer):
        raise checks.refusal("mixer", "be a call width -> Mixer", checks.shown(mixer), "give nn.FastWeights")
    parts = model.named_modules(remove_duplicate=False)  # one attention may stand in several places
    found = {name: part for name, part in parts if isinstance(part, nn.MultiheadAttention)}
    if not found:
        way_out = "build your model with neuromem.nn.Mixer layers instead"
        raise checks.refusal("model", "hold a torch.nn.MultiheadAttention", f"{type(model).__name__} has none", way_out)
    for name, part in found.items():
        if (reason := _why_not(part)) is not None:
            raise checks.refusal("model", "hold attention that can be replaced", f"{name or 'model'} has {reason}")
    new = {part: _adopted(part, mixer) for part in dict.fromkeys(found.values())}
    for name, attention in found.items():
        if not name:
            return new[attention]
        model.set_submodule(name, new[attention])
    for module in model.modules():  # the shorter way of torch is for its own attention
        if isinstance(module, nn.TransformerEncoder):
            module.use_nested_tensor = False
    return model


def _why_not(attention: nn.MultiheadAttention) -> str | None:
    if attention.in_proj_weight is None:
        return f"keys of {attention.kdim} and values of {attention.vdim} units beside queries of {attention.embed_dim}"
    if attention.bias_k is not None:
        return "add_bias_kv"
    return "add_zero_attn" if attention.add_zero_attn else None


def _adopted(attention: nn.MultiheadAttention, mixer: Callable[[int], nn.Module]) -> AsAttention:
    """A new mixer with the maps of an attention."""
    weight = attention.out_proj.weight
    new = made(mixer, attention.embed_dim).to(weight)
    if isinstance(new.query, nn.Linear):
        assert attention.in_proj_weight is not None
        biases: Any = [None] * 3 if attention.in_proj_bias is None else attention.in_proj_bias.chunk(3)
        for name, w, b in zip(("query", "key", "value"), attention.in_proj_weight.chunk(3), biases, strict=True):
            setattr(new, name, _linear(w, b))
        new.output = _linear(weight, attention.out_proj.bias)
    return AsAttention(new, attention.batch_first).train(attention.training)


def _linear(weight: Tensor, bias: Tensor | None) -> nn.Linear:
    outputs, inputs = weight.shape
    made = nn.Linear(inputs, outputs, bias=bias is not None, device=weight.device, dtype=weight.dtype)
    with torch.no_grad():
        made.weight.copy_(weight)
        if bias is not None:
            made.bias.copy_(bias)
    return made


def _hidden(name: str, mask: Tensor) -> Tensor:
    """A mask as bool, True where it hides; refuses one that hides in part."""
    if mask.dtype == torch.bool:
        return mask
    hidden = mask == -torch.inf
    if not (hidden | (mask == 0)).all():
        way_out = "give True or -inf where a token is hidden"
        raise checks.refusal(name, "be of bool, or hold 0 and -inf alone", "holds other numbers", way_out)
    return hidden


def _is_causal(mask: Tensor | None) -> bool:
    """Whether a mask is the causal one, and not one that hides nothing; refuses others."""
    if mask is None:
        return False
    if mask.ndim == 2:
        hidden = _hidden("attn_mask", mask)
        if torch.equal(hidden, torch.ones_like(hidden).triu(1)):  # first, as that of one token hides nothing
            return True
        if not hidden.any():
            return False
    must, way_out = "be None or causal, as a memory stores one token after the other", "give no mask, or padding"
    raise checks.refusal("attn_mask", must, f"was another, of shape {tuple(mask.shape)}", way_out)
