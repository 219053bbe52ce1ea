"""Objects as JSON and arrays, and back: numbers, texts, lists, arrays, generators, objects."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import math
import re
from collections.abc import Mapping
from typing import Any

import array_api_compat
import numpy as np

from . import checks
from .arrays import to_host
from .settings import settings

KNOWN = re.compile(r"neuromem\.(models|encoders|spiking|kernels)(\.[a-z]\w*|\._[a-z]\w*)*")  # whose classes a file may name
GENERATORS = {"PCG64", "PCG64DXSM", "Philox", "SFC64", "MT19937"}


class Writer:
    """Turns what a memory holds into JSON and a list of arrays.

    Parameters
    ----------
    own : str
        A module whose classes may be saved beside neuromem's.

    Attributes
    ----------
    arrays : list of ndarray
        Those that the JSON refers to by number.
    """

    def __init__(self, own: str):
        self.own = own
        self.arrays: list[np.ndarray] = []
        self._seen: dict[int, Any] = {}  # what stands for an object that was met before
        self._held: list[Any] = []  # so that no id is used twice

    def attributes(self, thing: Any) -> dict[str, Any]:
        """Return the attributes of an object but functions, which its constructor makes again."""
        found = attributes(thing).items()
        return {name: self.value(value, name) for name, value in found if not self._made_again(value, name)}

    def _made_again(self, value: Any, name: str) -> bool:
        ours = self.own.startswith("neuromem.")
        if ours and inspect.isfunction(value) and not str(value.__module__).startswith("neuromem."):
            raise _refused(name, value)  # it was given, and no constructor can make it
        module = type(value).__module__
        return callable(value) and not KNOWN.fullmatch(module) and module != self.own

    def value(self, value: Any, name: str) -> Any:
        """Return what stands for a value of that name."""
        if value is None or isinstance(value, bool | int | str):
            return value
        if isinstance(value, float) and not isinstance(value, np.generic):
            return value if math.isfinite(value) else {"float": str(value)}
        if isinstance(value, list | tuple) and not hasattr(value, "_fields"):
            return {type(value).__name__: [self.value(one, name) for one in value]}
        if isinstance(value, Mapping):
            return {"dict": [[self.value(key, name), self.value(one, name)] for key, one in value.items()]}
        if id(value) not in self._seen:
            self._held.append(value)
            self._seen[id(value)] = {"same": len(self._held) - 1}
            return {"number": len(self._held) - 1, **self._whole(value, name)}
        return self._seen[id(value)]

    def _whole(self, value: Any, name: str) -> dict[str, Any]:
        if isinstance(value, np.generic) or array_api_compat.is_array_api_obj(value):
            array = np.asarray(to_host(value))
            if array.dtype.hasobject:
                raise _refused(name, value)
            self.arrays.append(array)
            return {"scalar" if isinstance(value, np.generic) else "array": str(len(self.arrays) - 1)}
        if isinstance(value, np.random.Generator):
            return {"generator": self.value(_plain(value.bit_generator.state), name)}
        module = type(value).__module__
        if not KNOWN.fullmatch(module) and module != self.own:
            raise _refused(name, value)
        made: dict[str, Any] = {"object": f"{module}:{type(value).__qualname__}"}
        if hasattr(value, "units") and hasattr(value, "store"):  # a memory in a memory: it makes its functions anew
            made["given"] = self.value({"units": value.units, **settings(value, changed=True)}, name)
        return made | {"attributes": self.attributes(value)}


class Reader:
    """Turns JSON and arrays into values again.

    Parameters
    ----------
    arrays : dict of str to ndarray
        Those of the file.
    own : str
        A module whose classes may be made beside neuromem's.
    """

    def __init__(self, arrays: dict[str, np.ndarray], own: str):
        self.arrays, self.own = arrays, own
        self._made: dict[int, Any] = {}
        self._taken: set[int] = set()  # ids of what stands for an object of the file

    def fill(self, thing: Any, attributes: dict[str, Any]) -> None:
        """Give an object the attributes of the file; what it has besides them stays."""
        for name, value in attributes.items():
            if not name.isidentifier() or name.startswith("__"):
                raise ValueError(f"{name!r} is no attribute")
            object.__setattr__(thing, name, self.value(value, getattr(thing, "__dict__", {}).get(name)))

    def value(self, value: Any, before: Any = None) -> Any:
        """Return the value that JSON stands for, made in the place of what was there before."""
        if not isinstance(value, dict):
            return value
        if "same" in value:
            return self._made[value["same"]]
        if "float" in value:
            return float(value["float"])
        if "dict" in value:
            old = before if isinstance(before, dict) else {}
            pairs = [(self.value(key), one) for key, one in value["dict"]]
            return {key: self.value(one, old.get(key)) for key, one in pairs}
        for kind in (list, tuple):
            if kind.__name__ in value:
                parts = value[kind.__name__]
                same = isinstance(before, kind) and len(before) == len(parts)
                return kind(
                    self.value(one, old) for one, old in zip(parts, before if same else [None] * len(parts), strict=True)
                )
        made = self._whole(value, before)
        self._made[value["number"]] = made
        return made

    def _whole(self, value: dict[str, Any], before: Any) -> Any:
        if "array" in value:
            return self.arrays[value["array"]]
        if "scalar" in value:
            return self.arrays[value["scalar"]][()]
        if "generator" in value:
            state = self.value(value["generator"])
            if state["bit_generator"] not in GENERATORS:
                raise ValueError("no generator of that name")
            generator = np.random.Generator(getattr(np.random, state["bit_generator"])())
            generator.bit_generator.state = state
            return generator
        kind, held = self.known(value["object"]), value["attributes"]
        if issubclass(kind, tuple):  # a named one
            return kind(**{name: self.value(one) for name, one in held.items()})
        if getattr(getattr(kind, "__dataclass_params__", None), "frozen", False):
            given = [one.name for one in dataclasses.fields(kind) if one.init]
            return kind(**{name: self.value(held[name]) for name in given if name in held})
        new = kind(**self.value(value["given"])) if "given" in value else kind.__new__(kind)
        made = before if type(before) is kind and id(before) not in self._taken else new
        self._taken.add(id(made))  # two objects of the file stay two, where a new memory has one
        self._made[value["number"]] = made  # it may be a part of itself
        self.fill(made, held)
        return made

    def known(self, name: str) -> Any:
        """Return the class MODULE:CLASS, if it is of neuromem's parts or of the own module."""
        module, _, inside = name.partition(":")
        if module != self.own and not KNOWN.fullmatch(module):
            raise ValueError(f"{module} is no part of neuromem that makes memories")
        found: Any = importlib.import_module(module)
        for part in inside.split("."):
            found = getattr(found, part)
        if not isinstance(found, type) or found.__module__ != module:
            raise ValueError(f"{name} is no class")
        return found


def attributes(thing: Any) -> dict[str, Any]:
    """Return the attributes of an object, those in slots too."""
    if hasattr(thing, "_asdict"):
        return thing._asdict()
    slots = [name for kind in type(thing).__mro__ for name in getattr(kind, "__slots__", ())]
    return {name: getattr(thing, name) for name in slots if hasattr(thing, name)} | getattr(thing, "__dict__", {})


def _plain(value: Any) -> Any:
    """The state of a generator with Python's numbers; arrays stay."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    return int(value) if isinstance(value, np.integer) else value


def _refused(name: str, value: Any) -> checks.InputError:
    kind = f"{type(value).__module__}.{type(value).__qualname__}"
    must, was = f"hold what can be saved: numbers, texts, arrays and objects of these, in {name}", f"holds a {kind}"
    return checks.refusal("memory", must, was, "save its synapses, or save it with its own library")
