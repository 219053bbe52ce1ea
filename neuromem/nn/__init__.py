"""PyTorch: memories as layers, a small transformer, tasks and training.

A transformer whose mixer is a memory learns to answer questions about pairs told earlier in the sequence:

>>> import torch
>>> import neuromem as nm
>>> lessons, test = (nm.nn.tasks.mqar(1280, length=16, pairs=2, vocabulary=32, rng=seed) for seed in (0, 1))
>>> _ = torch.manual_seed(0)
>>> model = nm.nn.Transformer(vocabulary=32, width=32, depth=2, mixer=nm.nn.FastWeights)
>>> progress = nm.nn.training.train(model, lessons, test, rate=0.01, steps=60)
>>> progress.accuracy > 0.8
True

Any layer, trained or not, is a memory, and runs in every experiment under the name nn.NAME:

>>> digits, _ = nm.patterns.digits(4, rng=0)
>>> memory = nm.nn.as_memory(nm.nn.FastWeights(64)).store(digits)  # or a block's mixer, model.blocks[0].mixer
>>> recalled = memory.recall(nm.cues.erase(digits, 0.2, rng=0))
>>> bool(nm.metrics.overlap(recalled, digits).mean() > 0.8)
True
>>> completion = nm.experiments.ALL["completion"]
>>> data = completion(models=("hopfield", "nn.fast_weights"), items=4, fractions=(0.0, 0.2), trials=1)
>>> bool(data.overlap.sel(model="nn.fast_weights").mean() > 0.8)  # nn.fast_weights:weights=FILE for a trained one
True
"""

from __future__ import annotations

import pickle

import numpy as np
import torch

from neuromem import checks
from neuromem.catalogue import chosen

from . import tasks, training
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


def _named(name: str) -> type[Mixer]:
    return LAYERS[checks.choice("mixer", name, LAYERS)]


def make(spec: str, width: int) -> Mixer:
    """A new mixer from text, NAME or NAME:KEY=VALUE:..., as `neuromem.models.make` makes memories.

    >>> make("fast_weights:rule=hebb:heads=2", 16).heads
    2
    """
    layer, settings = chosen(spec, "mixer", _named, given=("width",))
    return layer(width, **settings)


def memory(spec: str, width: int, *, rng: int | np.random.Generator = 0) -> LayerMemory:
    """`as_memory` of a mixer from text, as `make` takes it; its weights are drawn from `rng`.

    One more setting, weights=FILE, loads what torch.save(layer.state_dict(), FILE) has written.

    >>> memory("hopfield:heads=4", 16).layer.heads
    4
    """
    kind, settings = chosen(spec, "mixer", _named, given=("width",), also=("weights",))
    file = settings.pop("weights", None)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(checks.seed(rng))
        layer = kind(width, **settings)
    if file is not None:
        try:
            layer.load_state_dict(torch.load(file, weights_only=True, map_location="cpu"))
        except (OSError, RuntimeError, ValueError, KeyError, TypeError, AttributeError, pickle.UnpicklingError) as error:
            reason = str(error).splitlines()[-1].strip()
            must = f"hold the weights of {spec.partition(':')[0]} of width {width}"
            way_out = "write it with torch.save(layer.state_dict(), FILE)"
            raise checks.refusal("weights", must, f"{file!r} does not ({reason})", way_out) from error
    return as_memory(layer.requires_grad_(False))
