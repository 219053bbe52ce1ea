"""A process that makes the calls, one after another, and says how each ended."""

from __future__ import annotations

import dataclasses
import os
import re
import resource
import sys
import tempfile
import traceback
import warnings
from collections.abc import Iterator, Mapping
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

import numpy as np
import psutil

ROOM = 4 << 30  # bytes that a call may take beside what is loaded
NO_NUMBER = {  # where NaN or infinity is the right answer, and why
    "theory.learning.examples_needed": "no number of examples is enough",
    "theory.attractors.leaving_time": "an item is never left",
    "theory.dendrite.log_false_negative": "the logarithm of 0",
    "theory.dendrite.log_false_positive": "the logarithm of 0",
}


ALIASES = {  # what an error calls an argument, where it has another name for who gives it
    "spec": ("model", "mixer"),
    "specs": ("model",),
    "models": ("model", "memory"),
    "memories": ("model", "memory"),
    "deep": ("mixer", "layer"),
    "name": ("model", "mixer"),
    "names": ("claims", "model", "mixer", "file"),
    "thing": ("file",),
    "path": ("out", "file"),
}


class Outcome(NamedTuple):
    """How a call ended: "clear", "right", "taken", or what is wrong with it."""

    kind: str
    text: str = ""


def numbers(result: Any, depth: int = 0) -> Iterator[np.ndarray]:
    """Every array of numbers in a result."""
    import torch
    import xarray as xr

    from neuromem.memory import Recall

    if depth > 6:
        return
    if isinstance(result, Recall):
        yield from numbers((result.items, result.steps, result.converged))
    elif isinstance(result, torch.Tensor):
        yield result.detach().double().numpy() if not result.is_complex() else result.detach().numpy()
    elif isinstance(result, xr.Dataset | Mapping):
        for value in result.values():
            yield from numbers(value, depth + 1)
    elif isinstance(result, xr.DataArray | np.ndarray | np.generic | float | int):
        array = np.asarray(result)
        if array.dtype.kind in "biufc":
            yield array
    elif isinstance(result, tuple | list):
        for value in result:
            yield from numbers(value, depth + 1)
    elif dataclasses.is_dataclass(result) and not isinstance(result, type):
        names = [field.name for field in dataclasses.fields(result) if field.name != "seconds"]  # a clock's, never the same
        yield from numbers([getattr(result, name) for name in names], depth + 1)


def alike(one: Any, other: Any) -> bool:
    """Whether two results hold the same numbers, to single precision."""
    pairs = list(zip(numbers(one), numbers(other), strict=True))
    return all(a.shape == b.shape and np.allclose(a, b, rtol=1e-4, atol=1e-5, equal_nan=True) for a, b in pairs)


def _last(error: BaseException) -> str:
    """The last line of neuromem in a traceback."""
    ours = re.compile(r"/(neuromem|models|experiments|figures)/")
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if ours.search(frame.filename)]
    return f"{'/'.join(frames[-1].filename.split('/')[-3:])}:{frames[-1].lineno}" if frames else "?"


def _seed() -> None:
    """Makes the weights of a layer that is made next always the same."""
    import torch

    torch.manual_seed(0)


class Caller:
    """Makes calls; keeps the result of each target with good arguments."""

    def __init__(self, control: bool) -> None:
        from . import faults, targets, values

        self.targets, self.values, self.walk = (faults if control else targets).targets(), values, targets
        self._right: dict[str, Any] = {}

    def right(self, name: str) -> Any:
        """The result with good arguments."""
        if name not in self._right:
            _seed()
            self._right[name] = self.targets[name].call(self.walk.arguments(self.targets[name]))
        return self._right[name]

    def choices(self, name: str, parameter: str) -> list[str]:
        """The names of all values for a parameter."""
        target = self.targets[name]
        if target.texts:
            return list(self.walk.TEXTS)
        try:
            base = target.good[parameter]()
        except Exception:  # the call will say so
            base = None
        return [*self.values.odd(base), *self.values.forms(base)]

    def names(self, target: Any, given: Mapping[str, str]) -> set[str]:
        """The words, one of which an error must say: the argument's, or that of another which it does not fit."""
        plausible = re.compile(r"array |same |int |float |u?int\d+ |float\d+ |Fraction |str |tuple |long")
        several = [*target.good] if any(plausible.match(value) for value in given.values()) else []
        words = {word for name in (*given, *several) for word in (name, *ALIASES.get(name, ()))}
        if target.texts:  # a setting inside NAME:KEY=VALUE may be what does not fit
            words |= {word for value in given.values() for word in re.findall(r"\w{2,}", value)}
        words |= {word for value in given.values() for word in re.findall(r"'(\w+)'", value)}  # a name in a mapping
        return words | {word.replace("-", "_").removesuffix("s") for word in words if target.texts}  # --models: model

    def call(self, name: str, given: dict[str, str]) -> Outcome:
        """Calls a target with values, by their names, for some of its parameters."""
        from neuromem import InputError

        target, right = self.targets[name], self.right(name)
        _seed()
        arguments = self.walk.arguments(target)
        for parameter, value in given.items():
            base = target.good[parameter]()
            try:
                made = {"texts": value} if target.texts else self.values.odd(base) | self.values.forms(base)
                arguments[parameter] = made["texts"] if target.texts else made[value]()
            except Exception:  # this base has no such form
                return Outcome("not made")
        same = all(value.startswith("same ") for value in given.values()) and not target.texts
        before = self.walk.copies(arguments)
        try:
            result = target.call(arguments)
        except InputError as error:
            if same and target.strict and not any("tensor" in value for value in given.values()):
                return Outcome("a good value refused", f"{error!s:.200}")
            named = any(name in str(error) for name in self.names(target, given))
            return Outcome("clear" if named else "another argument named", f"{error!s:.200}")
        except MemoryError as error:
            return Outcome("MemoryError", _last(error))
        except Exception as error:
            return Outcome("other exception", f"{type(error).__name__}: {error!s:.120} at {_last(error)}")
        changed = [
            key
            for key, copy in before.items()
            if not np.array_equal(copy, arguments[key], equal_nan=copy.dtype.kind in "fc")
        ]
        if changed:
            return Outcome("an argument was changed", ", ".join(changed))
        if same and not alike(right, result):
            return Outcome("another result", "")
        if not all(np.isfinite(array).all() for array in numbers(result)) and name not in NO_NUMBER:
            return Outcome("not finite", "")
        return Outcome("right" if same else "taken")


def work(pipe: Connection, folder: str, control: bool) -> None:
    """Answers what comes through the pipe: ("choices", name, parameter) or ("call", name, {parameter: value})."""
    warnings.simplefilter("ignore")
    os.chdir(folder)
    tempfile.tempdir = folder
    caller = Caller(control)
    limit = psutil.Process().memory_info().vms + ROOM
    resource.setrlimit(resource.RLIMIT_AS, (limit, resource.RLIM_INFINITY))
    sys.stdout = sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    pipe.send({name: list(target.good) for name, target in caller.targets.items()})
    while (asked := pipe.recv()) is not None:
        kind, *rest = asked
        if kind == "choices":
            pipe.send(caller.choices(*rest))
            continue
        try:
            caller.right(rest[0])
        except BaseException as error:
            pipe.send(("no good arguments", f"{type(error).__name__}: {error!s:.200} at {_last(error)}"))
            continue
        pipe.send("begun")  # what was compiled does not count
        with np.errstate(all="ignore"):
            pipe.send(caller.call(*rest))
