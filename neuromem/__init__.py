"""neuromem: any associative memory, biological or deep, in one instrument, on the same recall experiment.

>>> import neuromem as nm
>>> items = nm.patterns.random(20, 256, rng=0)
>>> memory = nm.Hopfield(256).store(items)
>>> recalled = memory.recall(nm.cues.flip(items, 0.2, rng=1))
>>> round(float(nm.metrics.overlap(recalled, items).mean()), 2)
1.0
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_PARTS = (
    "cues",
    "encoders",
    "experiments",
    "kernels",
    "metrics",
    "models",
    "nn",
    "patterns",
    "results",
    "spiking",
    "sweep",
    "theory",
)
_HOMES = {"Cost": "memory", "InputError": "checks", "Memory": "memory", "Recall": "memory"}

if TYPE_CHECKING:  # what `__getattr__` finds, for editors and type checkers
    from . import cues as cues
    from . import encoders as encoders
    from . import experiments as experiments
    from . import metrics as metrics
    from . import models as models
    from . import nn as nn
    from . import patterns as patterns
    from . import results as results
    from . import sweep as sweep
    from . import theory as theory
    from .checks import InputError as InputError
    from .memory import Cost as Cost
    from .memory import Memory as Memory
    from .memory import Recall as Recall
    from .models.attention import Attention as Attention
    from .models.ca3 import CA3 as CA3
    from .models.ca3_attractor import CA3Attractor as CA3Attractor
    from .models.cliques import Cliques as Cliques
    from .models.dendrite import Dendrite as Dendrite
    from .models.dense_hebbian import DenseHebbian as DenseHebbian
    from .models.gated_associative import GatedAssociative as GatedAssociative
    from .models.hopfield import Hopfield as Hopfield
    from .models.memory_mosaic import MemoryMosaic as MemoryMosaic
    from .models.mixture_of_memories import MixtureOfMemories as MixtureOfMemories
    from .models.multitasking import Multitasking as Multitasking
    from .models.palimpsa import Palimpsa as Palimpsa
    from .models.pavlov import Pavlov as Pavlov
    from .models.phase_associative import PhaseAssociative as PhaseAssociative
    from .models.resonator import Resonator as Resonator
    from .models.sdm import SDM as SDM
    from .models.sparse_pointer import SparsePointer as SparsePointer
    from .models.sparsey import Sparsey as Sparsey
    from .models.sparsey_network import SparseyNetwork as SparseyNetwork
    from .models.test_time_regression import TestTimeRegression as TestTimeRegression
    from .models.willshaw import Willshaw as Willshaw


def __getattr__(name: str) -> Any:
    """Public names on first use: a part, a part's class, or the memory of that class name (any file of `models/`)."""
    if name in _PARTS:
        return importlib.import_module(f".{name}", __name__)
    if name in _HOMES:
        return getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)
    if name[:1].isupper():
        models = importlib.import_module(".models", __name__)
        for file in models.ALL:
            if file.replace("_", "") == name.lower() and models.ALL[file].__name__ == name:
                return models.ALL[file]
    raise AttributeError(f"module 'neuromem' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_PARTS, *_HOMES])
