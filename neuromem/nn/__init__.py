"""PyTorch: memories as layers, a small transformer, tasks and training.

A transformer whose mixer is a memory learns to answer questions about pairs told earlier in the
sequence:

>>> import torch
>>> import neuromem as nm
>>> sizes = {"length": 16, "pairs": 2, "vocabulary": 32}
>>> lessons, test = (nm.nn.tasks.mqar(1280, **sizes, rng=seed) for seed in (0, 1))
>>> _ = torch.manual_seed(0)
>>> model = nm.nn.Transformer(vocabulary=32, width=32, depth=2, mixer=nm.nn.FastWeights)
>>> progress = nm.nn.training.train(model, lessons, test, rate=0.01, steps=60)
>>> progress.accuracy > 0.8
True

Any layer, trained or not, is a memory, and runs in every experiment under the name nn.NAME:

>>> digits, _ = nm.patterns.digits(4, rng=0)
>>> memory = nm.nn.as_memory(nm.nn.FastWeights(64)).store(digits)  # or model.blocks[0].mixer
>>> recalled = memory.recall(nm.cues.erase(digits, 0.2, rng=0))
>>> bool(nm.metrics.overlap(recalled, digits).mean() > 0.8)
True
>>> completion = nm.experiments.ALL["completion"]
>>> models = ("hopfield", "nn.fast_weights")  # nn.fast_weights:weights=FILE for a trained one
>>> data = completion(models=models, stored=4, fractions=(0.0, 0.2), trials=1)
>>> bool(data.overlap.sel(model="nn.fast_weights").mean() > 0.8)
True
"""

from __future__ import annotations

import numpy as np
import torch

from neuromem import checks
from neuromem.catalogue import chosen

from . import files, tasks, training
from .as_memory import LayerMemory, as_memory
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
    "memory",
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
    """Return a new mixer from text, as `neuromem.models.make` makes memories.

    Parameters
    ----------
    spec : str
        NAME or NAME:KEY=VALUE:..., with a name of `LAYERS`.
    width : int
        Features of a token.

    Returns
    -------
    Mixer
        The layer.

    Raises
    ------
    InputError
        If a name or a setting is unknown, or a value can't be used.

    Examples
    --------
    >>> make("fast_weights:rule=hebb:heads=2", 16).heads
    2
    """
    layer, settings = chosen(spec, "mixer", _named, given=("width",))
    return layer(width, **settings)


def memory(spec: str, width: int, *, rng: int | np.random.Generator = 0) -> LayerMemory:
    """Return a mixer from text as a memory.

    Parameters
    ----------
    spec : str
        As in `make`. One more setting, weights=FILE, loads what torch.save(layer.state_dict(),
        FILE) wrote.
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
    kind, settings = chosen(spec, "mixer", _named, given=("width",), also=("weights",))
    file = settings.pop("weights", None)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(checks.seed(rng))
        layer = kind(width, **settings)
    if file is not None:
        files.load_weights(layer, file, f"{spec.partition(':')[0]} of width {width}")
    return as_memory(layer.requires_grad_(False))


def _named(name: str) -> type[Mixer]:
    return LAYERS[checks.choice("mixer", name, LAYERS)]
