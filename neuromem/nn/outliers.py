"""How large the largest activations of a model are, and what 8-bit numbers cost it."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from neuromem import checks
from neuromem.kernels.chunked import wide

from .inputs import finite
from .transformer import Block, Transformer

CLOSED = (nn.MultiheadAttention, nn.RNNBase)  # their inputs of linear maps can't be rounded
REAL = (torch.float16, torch.bfloat16, torch.float32, torch.float64)


class Outliers(NamedTuple):
    """Measures of the largest activations.

    Parameters
    ----------
    largest : float
        Mean over the sequences of their largest |x|, of the layer where it is largest.
    kurtosis : float
        Mean over the layers of the kurtosis; 3 for normal activations.
    highest_kurtosis : float
        That of the layer where it is highest.
    """

    largest: float
    kurtosis: float
    highest_kurtosis: float


def kurtosis(x: Tensor) -> Tensor:
    """Return mean (x - m)^4 / s^4 of each sequence, 3 for normal numbers, 0 for equal ones.

    Parameters
    ----------
    x : Tensor of shape (batch, ...)
        Activations.

    Returns
    -------
    Tensor of shape (batch,)
        Their kurtosis, in float32 at least: half precision does not reach to it.

    Raises
    ------
    InputError
        If `x` is no tensor of at least two axes, or a sequence has fewer than two numbers.

    Examples
    --------
    >>> round(kurtosis(torch.tensor([[1.0, 1, -1, -1]])).item(), 2)  # s is the unbiased one
    0.56
    """
    real = isinstance(x, Tensor) and x.dtype in REAL and x.layout == torch.strided and not x.is_meta
    if not real or x.ndim < 2:
        shown = f"{x.layout} {x.dtype} of shape {tuple(x.shape)} on {x.device}" if isinstance(x, Tensor) else checks.shown(x)
        raise checks.refusal("x", "be a tensor of real numbers of shape (batch, ...)", f"was {shown}")
    if not finite(x):
        raise checks.refusal("x", "hold finite numbers", "holds NaN or infinity", "remove or replace them")
    flat = wide(x.flatten(1))
    if flat.shape[1] < 2:
        raise checks.refusal("x", "have two numbers or more in a sequence", f"has shape {tuple(x.shape)}")
    equal = (flat == flat[:, :1]).all(1, keepdim=True)  # their mean is rounded
    apart = (flat - flat.mean(1, keepdim=True)).masked_fill(equal, 0)
    size = flat.std(1, keepdim=True).clamp_min(torch.finfo(flat.dtype).tiny)
    return (apart / size).pow(4).mean(1)


@torch.no_grad()
def outliers(model: Transformer, tokens: Tensor) -> Outliers:
    """Return how far activations stand out behind each block and each mixer of a model.

    Attention must spend a weight of 1 even where it has nothing to say; models learn to spend it on
    tokens that they make large. softmax_one need not (`Attention`).

    Parameters
    ----------
    model : Transformer
        The model.
    tokens : Tensor of shape (batch, time)
        What it reads.

    Returns
    -------
    Outliers
        The measures.

    Raises
    ------
    InputError
        If `model` is no Transformer, or has other tokens.

    References
    ----------
    Hu, J. Y.-C. et al. (2024). Outlier-efficient Hopfield layers for large transformer-based
    models. https://arxiv.org/abs/2404.03828

    Examples
    --------
    >>> _ = torch.manual_seed(0)
    >>> outliers(Transformer(16, 32), torch.arange(12).reshape(2, 6)).kurtosis < 10
    True
    """
    _known(model)
    seen: list[Tensor] = []

    def look(module: nn.Module, given: Any, made: Any) -> None:
        seen.append(made[0] if isinstance(made, tuple) else made)

    blocks = [part for part in model.modules() if isinstance(part, Block)]
    hooks = [part.register_forward_hook(look) for block in blocks for part in (block.mixer.output, block)]
    try:
        model(tokens)
    finally:
        for hook in hooks:
            hook.remove()
    largest = max(x.flatten(1).abs().amax(1).mean().item() for x in seen)
    found = [kurtosis(x).mean().item() for x in seen]
    return Outliers(largest, sum(found) / len(found), max(found))


def quantised(model: Transformer, bits: int = 8) -> Transformer:
    """Return a copy of a model whose weights and whose inputs of each nn.Linear have few levels.

    Each tensor is rounded to 2^bits - 1 levels from minus to plus its largest |x|, so that one
    outlier makes all others coarse.

    Parameters
    ----------
    model : Transformer
        The model.
    bits : int, default 8
        Bits of a number.

    Returns
    -------
    Transformer
        The copy, which answers as int8 hardware would, by numbers of its own type.

    Raises
    ------
    InputError
        If `model` is no Transformer, `bits` not from 2 to 16, or a module of torch in the model,
        such as nn.MultiheadAttention, has linear maps whose inputs nobody else sees.

    Examples
    --------
    >>> quantised(Transformer(16, 8), bits=2).head.weight.unique().numel()
    3
    """
    _known(model)
    bits = checks.whole("bits", bits, least=2, most=16)
    for name, part in model.named_modules():
        if isinstance(part, CLOSED):
            was = f"{name} is a torch.nn.{type(part).__name__}, which calls none"
            way_out = "take a layer of neuromem.nn, such as Attention(64, heads=4)"
            raise checks.refusal("model", "call its linear maps one by one, as torch.nn.Linear", was, way_out)
    twin = checks.copied("model", model)
    with torch.no_grad():
        for weight in twin.parameters():
            weight.copy_(_rounded(weight, bits))
    for part in twin.modules():
        if isinstance(part, nn.Linear):
            part.register_forward_pre_hook(lambda module, given: (_rounded(given[0], bits), *given[1:]))
    return twin


def _rounded(x: Tensor, bits: int) -> Tensor:
    full = wide(x)
    top, levels = full.abs().amax().clamp_min(torch.finfo(full.dtype).tiny), 2 ** (bits - 1) - 1
    return ((full / top * levels).round() / levels * top).to(x.dtype)  # top / levels may be 0 in the type of x


def _known(model: Transformer) -> None:
    if not isinstance(model, Transformer):
        raise checks.refusal("model", "be a Transformer", f"was of type {type(model).__name__}")
