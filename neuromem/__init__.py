"""neuromem: any associative memory, biological or deep, on the same recall experiment.

The public names are in `__init__.pyi`; each is imported when it is first used.

>>> import neuromem as nm
>>> items = nm.patterns.random(20, 256, rng=0)
>>> memory = nm.Hopfield(256).store(items)
>>> recalled = memory.recall(nm.cues.flip(items, 0.2, rng=1))
>>> round(float(nm.metrics.overlap(recalled, items).mean()), 2)
1.0
"""

import difflib
from pathlib import Path
from typing import Any

import lazy_loader

__version__ = "0.2.0"

if not all((Path(__file__).parent / folder).is_dir() for folder in ("models", "experiments", "figures")):
    raise ImportError(
        "neuromem/models, experiments and figures must be links to the folders beside it, but this checkout holds them as "
        "text: run `git config core.symlinks true` and `git checkout -- neuromem` (Windows: in developer mode), or install "
        "the wheel"
    )

_attribute, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)


def __getattr__(name: str) -> Any:
    if name in __all__ or name.startswith("_"):
        return _attribute(name)
    close = difflib.get_close_matches(name.lower(), {known.lower(): known for known in __all__}, n=1)
    meant = [f"; did you mean {known}?" for known in __all__ if known.lower() in close]
    raise AttributeError(f"neuromem has no {name}{''.join(meant[:1])}")
