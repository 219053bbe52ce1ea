"""Every memory, one file each, close to its equations; `ALL` maps the name of the file to its class."""

from __future__ import annotations

import inspect

import numpy as np

from neuromem.catalogue import Catalogue, chosen
from neuromem.memory import Memory

ALL: Catalogue[type[Memory]] = Catalogue(__name__, "model")


def make(spec: str, units: int, *, rng: int | np.random.Generator = 0) -> Memory:
    """A new memory from text, NAME or NAME:KEY=VALUE:...; `rng` goes to the memories that take one.

    nn.NAME is a layer of `neuromem.nn` as a memory (`nn.memory`), untrained unless the setting `weights` names a file.

    >>> make("hopfield:rule=projection", 64).rule, make("nn.attention:heads=4", 64).layer.heads
    ('projection', 4)
    """
    if isinstance(spec, str) and spec.startswith("nn."):
        from neuromem import nn

        return nn.memory(spec.removeprefix("nn."), units, rng=rng)
    kind, options = chosen(spec, "model", ALL.named, given=("units",))
    if "rng" in inspect.signature(kind).parameters:
        options = {"rng": rng, **options}
    return kind(units, **options)
