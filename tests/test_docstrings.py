"""Every public object says what it is, in numpydoc form."""

from __future__ import annotations

import enum
import importlib
import inspect
import pkgutil
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from numpydoc.validate import validate

import neuromem as nm

ROOT = Path(nm.__file__).parent
PROJECT = tomllib.loads((ROOT.parent / "pyproject.toml").read_text(encoding="utf-8"))
CHECKS = {*PROJECT["tool"]["numpydoc_validation"]["checks"]}
# commands, and what is inside a kernel or an engine
INSIDE = {"cli", "commands", "doctor", "bench", "body", "cpu", "cuda", "launch", "plan", "state", "step", "team", "barrier"}
# parameters and results: see nm.Memory; a figure draws a Dataset
BY_PROTOCOL = {"store", "recall", "clear", "cost", "stored", "synapses", "forward", "draw"}


def modules() -> list[str]:
    names = (module.name for module in pkgutil.walk_packages(nm.__path__, "neuromem."))
    return [name for name in names if not any(part.startswith("_") or part in INSIDE for part in name.split("."))]


def overrides(name: str) -> bool:
    """Whether a method takes the place of one that its base class documents, as those of nm.nn.Mixer."""
    module, _, rest = name.rpartition(".")
    home, _, kind = module.rpartition(".")
    owner = getattr(importlib.import_module(home), kind, None) if kind[:1].isupper() else None
    return owner is not None and any(hasattr(base, rest) for base in owner.__mro__[1:])


def public(module: str) -> Iterator[tuple[str, Any]]:
    """The functions and classes that a module defines, and the methods and properties of its classes."""
    for name, thing in list(vars(importlib.import_module(module)).items()):  # a look may import more
        defined = getattr(thing, "__module__", None) == module
        if name.startswith("_") or not defined or not (inspect.isclass(thing) or inspect.isfunction(thing)):
            continue
        yield f"{module}.{name}", thing
        for inner, method in vars(thing).items() if inspect.isclass(thing) else ():
            if not inner.startswith("_") and (inspect.isfunction(method) or isinstance(method, property | classmethod)):
                yield f"{module}.{name}.{inner}", method


@pytest.fixture(autouse=True)
def input_error_is_where_it_is_written(monkeypatch):
    """From Python 3.13 on, the source of a class is looked for in the module that it says it is of."""
    monkeypatch.setattr(nm.InputError, "__module__", "neuromem.checks.errors")


@pytest.mark.parametrize("module", modules())
def test_docstrings_are_whole(module):
    """Experiments describe their options where they are declared, for the command line too."""
    faults = []
    for name, thing in public(module):
        elsewhere = name.rpartition(".")[2] in BY_PROTOCOL or ".experiments." in name or overrides(name)
        skipped = {"PR01", "RT01", "SS03"} if elsewhere else set()
        if name.rpartition(".")[2] in nm.laws.LAWS:  # all take a maker and a length
            skipped = skipped | {"PR01"}
        if getattr(thing, "_is_protocol", False):
            skipped = skipped | {"PR01"}
        if isinstance(thing, property):
            skipped = skipped | {"RT01"}
        if inspect.isclass(thing) and issubclass(thing, enum.Enum):
            skipped = skipped | {"PR01"}  # its constructor is that of Python's enum
        errors = validate(name)["errors"]
        wanted = (CHECKS | {"GL08"}) - skipped
        faults += [f"{name}: {code} {text}" for code, text in errors if code in wanted]
    assert not faults, "\n".join(faults)
