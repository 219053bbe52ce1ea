"""PyTorch: memories as layers, a small transformer, tasks and training.

>>> import torch
>>> import neuromem as nm
>>> model = nm.nn.Transformer(vocabulary=32, width=16, depth=2, mixer=nm.nn.FastWeights)
>>> model(torch.tensor([[1, 2, 3]])).shape
torch.Size([1, 3, 32])
"""

from __future__ import annotations

from neuromem import checks
from neuromem.catalogue import chosen

from . import tasks, training
from .as_memory import as_memory
from .attention import Attention
from .external import External
from .fast_weights import FastWeights
from .gated_associative import GatedAssociative
from .hopfield import Hopfield
from .mixer import Mixer
from .sparsey import Sparsey
from .transformer import Transformer

__all__ = [
    "Attention",
    "External",
    "FastWeights",
    "GatedAssociative",
    "Hopfield",
    "Mixer",
    "Sparsey",
    "Transformer",
    "as_memory",
    "make",
    "tasks",
    "training",
]

LAYERS = {
    "attention": Attention,
    "fast_weights": FastWeights,
    "gated_associative": GatedAssociative,
    "hopfield": Hopfield,
    "sparsey": Sparsey,
}


def make(spec: str, width: int) -> Mixer:
    """A new mixer from text, NAME or NAME:KEY=VALUE:..., as `neuromem.models.make` makes memories.

    >>> make("fast_weights:rule=hebb:heads=2", 16).heads
    2
    """
    layer, settings = chosen(spec, "mixer", lambda name: LAYERS[checks.choice("mixer", name, LAYERS)], given=("width",))
    return layer(width, **settings)
