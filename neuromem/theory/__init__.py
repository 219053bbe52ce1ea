"""Mean-field equations and closed forms, one file a theory; NumPy and SciPy only.

>>> from neuromem import theory
>>> round(theory.hopfield.critical_load(), 4)
0.1379
"""

import importlib
from types import ModuleType


def __getattr__(name: str) -> ModuleType:
    """A theory on first use."""
    if name.startswith("_"):
        raise AttributeError(name)
    try:
        return importlib.import_module(f".{name}", __name__)
    except ModuleNotFoundError:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None
