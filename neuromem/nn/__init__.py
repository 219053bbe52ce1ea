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

from . import tasks, training
from .as_memory import LayerMemory, as_memory
from .attention import Attention
from .catalogue import GROUP, LAYERS, make, memory, source
from .deep_memory import DeepMemory
from .external import External
from .fast_weights import FastWeights
from .from_torch import FromTorch, as_mixer
from .gated_associative import GatedAssociative
from .hax import HAX
from .hopfield import Hopfield
from .local_linear import LocalLinear
from .memory_mosaic import MemoryMosaic
from .mixer import Mixer
from .mixture_of_memories import MixtureOfMemories
from .outliers import kurtosis, outliers, quantised
from .palimpsa import Palimpsa
from .phase_associative import PhaseAssociative
from .rebased import ReBased
from .replacing import replace
from .sparse_pointer import SparsePointer
from .sparsey import Sparsey
from .state_space import StateSpace
from .transformer import Transformer

__all__ = [
    "GROUP",
    "HAX",
    "LAYERS",
    "Attention",
    "DeepMemory",
    "External",
    "FastWeights",
    "FromTorch",
    "GatedAssociative",
    "Hopfield",
    "LayerMemory",
    "LocalLinear",
    "MemoryMosaic",
    "Mixer",
    "MixtureOfMemories",
    "Palimpsa",
    "PhaseAssociative",
    "ReBased",
    "SparsePointer",
    "Sparsey",
    "StateSpace",
    "Transformer",
    "as_memory",
    "as_mixer",
    "kurtosis",
    "make",
    "memory",
    "outliers",
    "quantised",
    "replace",
    "source",
    "tasks",
    "training",
]
