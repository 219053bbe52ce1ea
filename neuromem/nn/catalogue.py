"""Layers by their names, by a file, or as they are: as mixers, and as memories."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import torch
from torch import nn

from neuromem import __version__, checks
from neuromem.announced import announced, opened
from neuromem.catalogue import chosen, parts
from neuromem.named_code import find, split
from neuromem.source import Source, of_object

from .as_memory import LayerMemory, as_memory
from .attention import Attention
from .deep_memory import DeepMemory
from .fast_weights import FastWeights
from .files import load_weights
from .from_torch import FromTorch, as_mixer, made
from .gated_associative import GatedAssociative
from .hax import HAX
from .hopfield import Hopfield
from .local_linear import LocalLinear
from .memory_mosaic import MemoryMosaic
from .mixer import Mixer
from .mixture_of_memories import MixtureOfMemories
from .palimpsa import Palimpsa
from .phase_associative import PhaseAssociative
from .rebased import ReBased
from .sparse_pointer import SparsePointer
from .sparsey import Sparsey
from .state_space import StateSpace

GROUP = "neuromem.layers"  # entry points by which installed packages announce layers
LAYERS = {
    "attention": Attention,
    "deep_memory": DeepMemory,
    "fast_weights": FastWeights,
    "gated_associative": GatedAssociative,
    "hax": HAX,
    "hopfield": Hopfield,
    "local_linear": LocalLinear,
    "memory_mosaic": MemoryMosaic,
    "mixture_of_memories": MixtureOfMemories,
    "palimpsa": Palimpsa,
    "phase_associative": PhaseAssociative,
    "rebased": ReBased,
    "sparse_pointer": SparsePointer,
    "sparsey": Sparsey,
    "state_space": StateSpace,
}


def source(spec: Any, argument: str = "mixer") -> Source:
    """Find what names, holds or makes a layer, or the layers A+B of a hybrid.

    Parameters
    ----------
    spec : str, Source, class, module or callable
        NAME or NAME:KEY=VALUE:..., where NAME is one of `LAYERS`, a name that an installed package
        announces by the entry-point group "neuromem.layers", FILE.py:NAME or PACKAGE.MODULE:NAME;
        several of them with "+" between; or a class of `Mixer` or torch.nn.Module, one that is made
        (copies of it are used), or a call width -> module.
    argument : str, default "mixer"
        What it is given for, for the error.

    Returns
    -------
    Source
        The text, with the layers that it names. Other processes get it by value.

    Raises
    ------
    InputError
        If nothing is found, or a setting is unknown.

    Examples
    --------
    >>> [one.settings for one in source("fast_weights:rule=hebb+attention").thing]
    [{'rule': 'hebb'}, {}]
    """
    if isinstance(spec, Source):
        return spec
    if not isinstance(spec, str):
        if not callable(spec):
            way_out = "give a name, nn.FastWeights, or a torch module"
            raise checks.refusal(argument, "be a layer, its class or its name", checks.shown(spec), way_out)
        one = of_object(spec, argument)
        return Source(str(one), (one,), {}, one.origin, one.sha256)
    found = tuple(_one(part, argument) for part in parts(spec))
    origins, digests = (dict.fromkeys(x) for x in zip(*((one.origin, one.sha256) for one in found), strict=True))
    return Source(spec, found, {}, ", ".join(origins), ", ".join(filter(None, digests)))


def _one(spec: str, argument: str) -> Source:
    place = split(spec)
    if place and place[0] not in LAYERS:
        name = place[1].partition(":")[0]
        thing, origin, digest = find(place[0], name, argument)
        return Source(spec, thing, _settings(place[1], argument, thing), origin, digest)
    name = spec.partition(":")[0]
    entries = {} if name in LAYERS else announced(GROUP)  # 20 ms, as each installed package is read
    if name in entries:
        thing, package = opened(entries[name], argument), entries[name].dist
        origin = f"{package.name} {package.version}" if package else entries[name].value
        return Source(spec, thing, _settings(spec, argument, thing), origin, "")
    kind, settings = chosen(
        spec, argument, lambda name: LAYERS[checks.choice(argument, name, LAYERS)], given=("width",), also=("weights",)
    )
    return Source(spec, kind, settings, f"neuromem {__version__}", "")


def _settings(spec: str, argument: str, thing: Any) -> dict[str, Any]:
    """The settings of a layer's text; its first parameter is the width."""
    given = tuple(inspect.signature(thing).parameters)[:1] if inspect.isclass(thing) or inspect.isfunction(thing) else ()
    return chosen(spec, argument, lambda _: thing, given=given, also=("weights",))[1]


def make(spec: Any, width: int) -> Mixer:
    """Return a new mixer from text, a class or a module, as `neuromem.models.make` makes memories.

    Parameters
    ----------
    spec : str, Source, class, module or callable
        As `source` takes it, of one layer. One more setting, weights=FILE, loads what
        torch.save(layer.state_dict(), FILE) wrote.
    width : int
        Features of a token.

    Returns
    -------
    Mixer
        The layer.

    Raises
    ------
    InputError
        If a name or a setting is unknown, a value can't be used, it is no layer, or the file does
        not hold finite weights of this layer.

    Examples
    --------
    >>> make("fast_weights:rule=hebb:heads=2", 16).heads
    2
    >>> make("torch.nn:MultiheadAttention:num_heads=2", 16).width
    16
    """
    width, found = checks.whole("width", width), source(spec)
    layers = found.thing if isinstance(found.thing, tuple) else (found,)
    if len(layers) != 1:
        raise checks.refusal("mixer", "be one layer", f"was {str(spec)!r}", "give them to Transformer, as [A, B]")
    found = layers[0]
    settings = dict(found.settings)
    file = settings.pop("weights", None)
    if isinstance(found.thing, nn.Module):
        layer = as_mixer(checks.copied("mixer", found.thing), width, "mixer")
    else:
        layer = made(found.thing, width, found, **settings)
    if layer.width != width:
        raise checks.refusal("mixer", f"take tokens of width {width} here", f"{found} takes {layer.width}", "give its class")
    if file is not None:
        name = (place[1] if (place := split(found)) else found).partition(":")[0]
        load_weights(layer.module if isinstance(layer, FromTorch) else layer, file, f"{name} of width {width}")
    return layer


def memory(spec: Any, width: int, *, rng: int | np.random.Generator = 0) -> LayerMemory:
    """Return a layer as a memory, from text, a class or a module.

    Parameters
    ----------
    spec : str, Source, class, module or callable
        As in `make`.
    width : int
        Features of a token, which is the length of an item.
    rng : int or numpy.random.Generator, default 0
        Draws the weights.

    Returns
    -------
    LayerMemory
        The memory around the layer.

    Raises
    ------
    InputError
        If a name or a setting is unknown, or the file does not hold finite weights of this layer.

    Examples
    --------
    >>> memory("hopfield:heads=4", 16).layer.heads
    4
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(checks.seed(rng))
        layer = make(spec, width)
    return as_memory(layer.eval().requires_grad_(False))
