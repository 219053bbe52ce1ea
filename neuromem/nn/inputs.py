"""What a layer may be given: tokens of its width, and a state like those that it returns."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import torch
from torch import Tensor

from neuromem import checks


class Form(NamedTuple):
    """What one tensor of a state is like.

    Parameters
    ----------
    shape : tuple of int or None
        Its axes after the batch; None where any length is taken.
    dtype : torch.dtype
        Type of its numbers.
    """

    shape: tuple[int | None, ...]
    dtype: torch.dtype


def tokens_like(name: str, x: Any, width: int, weight: Tensor) -> Tensor:
    """Return tokens as they are, once they are known to fit a layer.

    Parameters
    ----------
    name : str
        Name of the argument, for the error.
    x : Tensor of shape (batch, time, width)
        The tokens.
    width : int
        Features of a token.
    weight : Tensor
        A weight of the layer, which tells type and device.

    Returns
    -------
    Tensor of shape (batch, time, width)
        `x`.

    Raises
    ------
    InputError
        If `x` is no tensor of this shape, has no token, has another type or device than the
        weights, or holds NaN or infinity; under torch.autocast any floating type is taken. A batch
        of no sequence is taken.
    """
    must = f"be a tensor of shape (batch, time, {width})"
    if not isinstance(x, Tensor) or x.layout != torch.strided:
        was = f"was of type {type(x).__name__}" if not isinstance(x, Tensor) else f"was {x.layout}"
        raise checks.refusal(name, must, was, "turn it into one with torch.as_tensor")
    if x.ndim != 3 or x.shape[-1] != width:
        raise checks.refusal(name, must, f"has shape {tuple(x.shape)}")
    if not x.shape[1]:
        raise checks.refusal(name, "hold one token or more", f"has shape {tuple(x.shape)}", "leave out the call")
    here = x.device == weight.device
    if not here or not (x.dtype == weight.dtype or (x.is_floating_point() and torch.is_autocast_enabled(x.device.type))):
        was, way_out = f"was {x.dtype} on {x.device}", "move one of them with .to(...)"
        raise checks.refusal(name, f"be {weight.dtype} on {weight.device} like the layer", was, way_out)
    if not finite(x):
        raise checks.refusal(name, "hold finite numbers", "holds NaN or infinity", "remove or replace them")
    return x


def finite(*tensors: Tensor) -> bool:
    """Return whether no number is NaN or infinite, as far as this can be known at once.

    On another device than the CPU, in a compiled graph and under torch.vmap, also of gradients, the
    answer would have to be waited for, or is not there yet: nothing is asked, and it is True.

    Parameters
    ----------
    *tensors : Tensor
        The tensors.

    Returns
    -------
    bool
        True or False.
    """
    return all(later(x) or math.isfinite(x.detach().sum()) or bool(x.isfinite().all()) for x in tensors)  # a sum is quick


def later(x: Tensor) -> bool:
    """Return whether `x` holds no real numbers that can be asked for at once.

    Parameters
    ----------
    x : Tensor
        The tensor.

    Returns
    -------
    bool
        True or False.
    """
    if torch.compiler.is_compiling() or not (x.is_cpu and x.is_floating_point()):
        return True
    inside = torch._C._functorch  # noqa: SLF001  # torch has no public way to ask
    while inside.is_functorch_wrapped_tensor(x):  # a gradient may be taken around a batch, and a batch around it
        if inside.is_batchedtensor(x):
            return True
        x = inside.get_unwrapped(x)
    return False


def finite_result(name: str, *tensors: Tensor) -> Tensor:
    """Return the first of the tensors that a layer has made, once all are known to be finite.

    Parameters
    ----------
    name : str
        Name of the argument from which they were made, for the error.
    *tensors : Tensor
        What the layer has made, one or more.

    Returns
    -------
    Tensor
        The first.

    Raises
    ------
    InputError
        If a number is NaN or infinite.
    """
    if not finite(*tensors):
        kind = str(tensors[0].dtype).rpartition(".")[2]
        way_out = "scale them down, or take a smaller beta, rate or weights"
        raise checks.refusal(name, f"stay within {kind}", "gives NaN or infinity", way_out)
    return tensors[0]


def forms(one: list[Tensor], two: list[Tensor]) -> tuple[Form, ...]:
    """Return what the tensors of a state are like, from those after one token and after two.

    An axis that grows with the tokens takes any length.

    Parameters
    ----------
    one, two : list of Tensor
        The tensors.

    Returns
    -------
    tuple of Form
        One for each tensor.
    """
    shapes = ([*zip(a.shape[1:], b.shape[1:], strict=True)] for a, b in zip(one, two, strict=True))
    free = (tuple(n if n == m else None for n, m in shape) for shape in shapes)
    return tuple(Form(shape, a.dtype) for shape, a in zip(free, one, strict=True))


def state_like(given: Any, like: tuple[Form, ...], batch: int, device: torch.device, *, single: bool) -> None:
    """Refuse a state that is unlike those that the layer returns.

    Parameters
    ----------
    given : object
        The state.
    like : tuple of Form
        What its tensors are like.
    batch : int
        Number of sequences.
    device : torch.device
        Where the layer is.
    single : bool
        Whether it is one tensor, and not a tuple.

    Raises
    ------
    InputError
        If it is no such state.
    """
    parts = (given,) if single else given
    if not isinstance(parts, tuple) or len(parts) != len(like) or not all(isinstance(x, Tensor) for x in parts):
        kind = "a tensor" if single else f"a tuple of {len(like)} tensors"
        was = f"was of type {type(given).__name__}" if type(given) is not tuple else checks.shown(given)
        raise checks.refusal("state", f"be {kind}, as the layer returns it", was, "take it from advance or write")
    cast = torch.is_autocast_enabled(device.type)
    for x, form in zip(parts, like, strict=True):
        shape = (batch, *form.shape)
        same = x.ndim == len(shape) and all(want in (None, has) for has, want in zip(x.shape, shape, strict=True))
        alike = x.dtype == form.dtype or (cast and x.is_floating_point() and form.dtype.is_floating_point)
        if not same or not alike or x.device != device:
            axes = ", ".join("any" if n is None else str(n) for n in shape)
            was = f"has {x.dtype} of shape {tuple(x.shape)} on {x.device}"
            raise checks.refusal("state", f"hold {form.dtype} of shape ({axes}) on {device}", was, "take that of this batch")
        if x.layout != torch.strided or not finite(x):
            was = "holds NaN or infinity" if x.layout == torch.strided else f"was {x.layout}"
            raise checks.refusal("state", "hold a finite number at every place", was, "take it from advance or write")
