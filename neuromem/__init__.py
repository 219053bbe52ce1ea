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

if TYPE_CHECKING:
    from . import cues, metrics, models, patterns, results
    from .checks import InputError
    from .memory import Cost, Memory, Recall
    from .models.hopfield import Hopfield

    __all__ = ["Cost", "Hopfield", "InputError", "Memory", "Recall", "cues", "metrics", "models", "patterns", "results"]


def __getattr__(name: str) -> Any:
    """Public names on first use: a part, a part's class, or the memory of that class name (any file of `models/`)."""
    if name in _PARTS:
        return importlib.import_module(f".{name}", __name__)
    if name in _HOMES:
        return getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)
    if not name.startswith("_"):
        models = importlib.import_module(".models", __name__)
        for file in models.ALL:
            if file.replace("_", "") == name.lower() and models.ALL[file].__name__ == name:
                return models.ALL[file]
    raise AttributeError(f"module 'neuromem' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_PARTS, *_HOMES])
