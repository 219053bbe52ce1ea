"""What every memory of neuromem can do besides the protocol: say what it holds, and be saved."""

from __future__ import annotations

import contextlib
import math
import os
import reprlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from . import display, storage
from .settings import settings

SHORT = reprlib.Repr()
SHORT.maxstring = SHORT.maxother = 60


class Base:
    """Gives a memory `save`, and words and a table that say what it holds.

    Examples
    --------
    >>> import neuromem as nm
    >>> nm.Hopfield(64, rule="storkey").store(nm.patterns.random(3, 64, rng=0))
    Hopfield(64, rule='storkey'): 3 items stored, 131 kbit
    """

    units: int
    exceptions: ClassVar[Mapping[str, str]] = {}  # laws that the memory breaks as published, and why

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Save the memory with all that it holds; `neuromem.load` gives it back.

        Parameters
        ----------
        path : path
            Name of the file, such as "memory.npz".

        Returns
        -------
        Path
            The file.
        """
        return storage.save(self, path)

    def __repr__(self) -> str:
        given = "".join(f", {name}={_short(value)}" for name, value in settings(self, changed=True).items())
        return f"{type(self).__name__}({getattr(self, 'units', '?')}{given}): {', '.join(_held(self).values())}"

    def _repr_html_(self) -> str:
        rows = {"units": getattr(self, "units", "?"), **_held(self)}
        return display.table(type(self).__name__, rows | {name: _short(value) for name, value in settings(self).items()})


def _held(memory: Any) -> dict[str, str]:
    """What a memory holds, as far as it can say; one that is half made can't."""
    held = {}
    with contextlib.suppress(Exception):
        held["stored"] = f"{memory.stored:,} item{'s' * (memory.stored != 1)} stored"
    with contextlib.suppress(Exception):
        held["memory"] = display.number(memory.cost.bits, "bit")
        if not math.isnan(memory.cost.operations):
            held["recall"] = f"{display.number(memory.cost.operations, 'operations')} a recall"
    return held


def _short(value: Any) -> str:
    if getattr(value, "ndim", 0):
        return f"array of shape {tuple(value.shape)}"
    return getattr(value, "__name__", None) or SHORT.repr(value)
