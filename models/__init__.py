"""Every memory, one file each, close to its equations; `ALL` maps the name of the file to its class."""

from __future__ import annotations

import ast
import inspect

import numpy as np

from neuromem.catalogue import Catalogue
from neuromem.checks import choice, refusal
from neuromem.memory import Memory

ALL = Catalogue(__name__, "model")


def make(spec: str, units: int, *, rng: int | np.random.Generator = 0) -> Memory:
    """A new memory from text, NAME or NAME:KEY=VALUE:...; `rng` goes to the memories that take one.

    >>> make("hopfield:rule=projection", 64).rule
    'projection'
    """
    name, *settings = spec.split(":")
    kind = ALL.named(name)
    known = [key for key in inspect.signature(kind).parameters if key != "units"]
    options: dict[str, object] = {"rng": rng} if "rng" in known else {}
    for setting in settings:
        key, equals, value = setting.partition("=")
        if not equals:
            raise refusal(
                "model", "be NAME or NAME:KEY=VALUE:...", f"was {spec!r}", "write for example hopfield:rule=projection"
            )
        choice(f"the setting of {name}", key, known)
        try:
            options[key] = ast.literal_eval(value)
        except (ValueError, SyntaxError):
            options[key] = value
    return kind(units, **options)
