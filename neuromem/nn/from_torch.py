"""Any torch module that maps (query, key, value), such as torch's own attention, as a layer."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from neuromem import checks

from .attention import Pairs, held
from .files import reason
from .mixer import Mixer

WAY_OUT = "give for example nn.Attention(64), or torch.nn.MultiheadAttention(64, 4)"


class FromTorch(Mixer):
    """Layer around a torch module that maps (query, key, value) to what the query reads.

    The state is the keys and values so far, as they were given. A module that takes `attn_mask`, as
    torch.nn.MultiheadAttention does, is given the causal mask; any other is called once for each
    token, with the keys and values up to it, so that it is causal whatever it does.

    Parameters
    ----------
    module : torch.nn.Module
        Takes query (batch, time, width), key and value (batch, item, ...), with the axes of batch
        and time the other way round where it has batch_first = False. It gives what was read
        (batch, time, ...), or a tuple that begins with it.
    width : int, optional
        Features of a query and a key; by default the module's `embed_dim` or `width`.
    value_width : int, optional
        Features of a value; by default the module's `vdim`, or the width.

    Raises
    ------
    InputError
        If `module` can't be called so, or its width is not known.

    Examples
    --------
    >>> _ = torch.manual_seed(0)
    >>> FromTorch(nn.MultiheadAttention(8, 2))(torch.randn(1, 5, 8)).shape
    torch.Size([1, 5, 8])
    """

    holds = ("keys", "values")
    _like: Tensor

    def __init__(self, module: nn.Module, width: int | None = None, *, value_width: int | None = None):
        takes = _parameters(module)
        width = getattr(module, "embed_dim", getattr(module, "width", None)) if width is None else width
        if width is None:
            way_out = "give the length of a query, as in as_memory(layer, 64)"
            raise checks.refusal("width", f"be given for a {type(module).__name__}", "was not", way_out)
        super().__init__(width, value_width=getattr(module, "vdim", None) if value_width is None else value_width)
        for projection in ("query", "key", "value", "output"):
            setattr(self, projection, nn.Identity())
        self.module, self.masked = module, "attn_mask" in takes
        self.batch_first = bool(getattr(module, "batch_first", True))
        first = next((x for x in module.parameters() if x.is_floating_point()), torch.zeros(()))
        self.register_buffer("_like", torch.zeros((), dtype=first.dtype, device=first.device), persistent=False)
        self._probe()

    @property
    def like(self) -> Tensor:
        """A tensor of the type and on the device of the module."""
        return self._like

    def mix(self, query: Tensor, key: Tensor, value: Tensor, state: Any, **gates: Any) -> tuple[Tensor, Pairs]:
        """Return (o, keys and values so far)."""
        keys, values, seen = held(key, value, state)
        time, items = query.shape[-2], keys.shape[-2]
        if self.masked:
            seen = torch.ones(time, items, dtype=torch.bool, device=keys.device).tril(items - time) if seen is None else seen
            unseen = torch.zeros(time, items, dtype=keys.dtype, device=keys.device).masked_fill(~seen, -torch.inf)
            return self._call(query, keys, values, attn_mask=unseen), (keys, values)
        each = (
            self._call(query[:, :, t : t + 1], *(x[:, :, : items - time + t + 1] for x in (keys, values)))
            for t in range(time)
        )
        return torch.cat(list(each), -2), (keys, values)

    def look_up(self, query: Tensor, state: Any, **asked: Any) -> Tensor:
        """Return what the module gives for the cues and all pairs of `state`."""
        return self._call(query, *state)

    def operations(self, state: Any) -> int:
        """Return the multiply-adds of one call with one query, as torch counts them."""
        query = self.like.new_zeros(1, 1, 1, self.width)
        with torch.no_grad(), FlopCounterMode(display=False) as counter:
            self._call(query, *(x[:1].detach() for x in state))
        return counter.get_total_flops() // 2

    def counted(self) -> int:
        """Return the numbers of the module's matrices, each of which a call is taken to use."""
        return sum(weight.numel() for weight in self.module.parameters() if weight.ndim > 1)

    def _call(self, query: Tensor, key: Tensor, value: Tensor, **mask: Tensor) -> Tensor:
        """(batch, 1, time, unit) through the module."""
        given = (x[:, 0] if self.batch_first else x[:, 0].transpose(0, 1) for x in (query, key, value))
        read = self.module(*given, **mask)
        read = read[0] if isinstance(read, tuple) else read
        return (read if self.batch_first else read.transpose(0, 1))[:, None]

    @torch.no_grad()
    def _probe(self) -> None:
        """One call, that of a module which can't be called so being refused here and not later."""
        training, name = self.module.training, type(self.module).__name__
        query, (keys, values) = self.like.new_zeros(1, 1, 2, self.width), self.example(3)
        with torch.random.fork_rng(devices=[]):
            try:
                self.module.eval()
                read = self._call(query, keys[:, None], values[:, None])
            except Exception as error:  # it is not our module
                was = (
                    f"{name} fails on queries and keys of {self.width} units, values of {self.value_width} ({reason(error)})"
                )
                raise checks.refusal("layer", "map (query, key, value)", was, WAY_OUT) from error
            finally:
                self.module.train(training)
        if not isinstance(read, Tensor) or read.shape[:3] != query.shape[:3]:
            was = f"{name} gives {tuple(read.shape) if isinstance(read, Tensor) else type(read).__name__}"
            raise checks.refusal("layer", "give an answer (batch, time, unit) for each query", was, WAY_OUT)


def made(maker: Callable[..., Any], width: int, called: str = "", **settings: Any) -> Mixer:
    """Return a new layer from what makes layers or torch modules.

    Parameters
    ----------
    maker : callable
        A call width -> layer.
    width : int
        Features of a token.
    called : str, optional
        What the maker is called, for the error; by default its own name.
    **settings : object
        Further keywords for it.

    Returns
    -------
    Mixer
        The layer.

    Raises
    ------
    InputError
        If the maker raises an error, or makes no layer.
    """
    called = called or getattr(maker, "__name__", type(maker).__name__)
    with checks.running("mixer", "make a layer from its width", called):
        layer = maker(width, **settings)
    return as_mixer(layer, width, "mixer")


def as_mixer(layer: Any, width: int | None = None, argument: str = "layer") -> Mixer:
    """Return a mixer as it is, and any other torch module that maps (query, key, value) as a layer.

    Parameters
    ----------
    layer : Mixer or torch.nn.Module
        The layer.
    width : int, optional
        Features of a token.
    argument : str, default "layer"
        What it is given for, for the error.

    Returns
    -------
    Mixer
        The layer.

    Raises
    ------
    InputError
        If it is neither.
    """
    if isinstance(layer, Mixer):
        return layer
    _parameters(layer, argument)
    return FromTorch(layer, width)


def _parameters(layer: Any, argument: str = "layer") -> list[str]:
    """The parameters of a module that can be called with query, key and value alone."""
    must = "be a mixer of neuromem.nn, or a torch module that maps (query, key, value)"
    if not isinstance(layer, nn.Module):
        raise checks.refusal(argument, must, f"was of type {type(layer).__name__}", WAY_OUT)
    takes = inspect.signature(layer.forward).parameters
    try:
        inspect.signature(layer.forward).bind(None, None, None)
    except TypeError:
        was = f"{type(layer).__name__} takes {', '.join(takes) or 'nothing'}"
        raise checks.refusal(argument, must, was, WAY_OUT) from None
    return list(takes)
