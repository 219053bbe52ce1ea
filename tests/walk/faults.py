"""Faults that the walk must find: each function is right for its good value, and wrong in its own way for others."""

from __future__ import annotations

import math
import os
import signal
from collections.abc import Callable
from typing import Any

import numpy as np

from neuromem import InputError

from .good import ITEMS
from .targets import Target


def _good(x: Any) -> bool:
    return (isinstance(x, int) and x == 3) or (isinstance(x, np.ndarray) and x.dtype == np.int8 and x.flags.c_contiguous)


def raises(stored: Any) -> None:
    if not _good(stored):
        raise TypeError("odd")


def asks_for_all_memory(stored: Any) -> None:
    if not _good(stored):
        np.ones(10**13)


def never_ends(stored: Any) -> None:
    while not _good(stored):
        pass


def ends_the_process(stored: Any) -> None:
    if not _good(stored):
        os.kill(os.getpid(), signal.SIGSEGV)


def gives_no_number(stored: Any) -> float:
    return 1.0 if _good(stored) else math.nan


def depends_on_the_form(items: Any) -> int:
    return 1 if _good(items) else 2


def changes_its_argument(items: Any) -> None:
    if isinstance(items, np.ndarray) and items.flags.writeable and items.size:
        items.flat[0] = 7


def refuses_a_good_value(items: Any) -> None:
    if not _good(items):
        raise InputError("items must be an array of int8")


def names_another(stored: Any) -> None:
    if not _good(stored):
        raise InputError("units must be a positive whole number")


def refuses_its_good_value(stored: Any) -> None:
    raise InputError("stored must be something else")


KINDS: dict[str, Callable[..., Any]] = {
    "other exception": raises,
    "MemoryError": asks_for_all_memory,
    "late": never_ends,
    "not finite": gives_no_number,
    "another result": depends_on_the_form,
    "an argument was changed": changes_its_argument,
    "a good value refused": refuses_a_good_value,
    "another argument named": names_another,
    "no good arguments": refuses_its_good_value,
    "crash": ends_the_process,  # the last, so that no other process is needed
}


def targets() -> dict[str, Target]:
    """A target for each kind of fault, named for it."""
    found = {}
    for kind, function in KINDS.items():
        name = "items" if "items" in function.__annotations__ else "stored"
        good = {name: ITEMS.copy if name == "items" else lambda: 3}
        found[kind] = Target(kind, good, lambda arguments, function=function: function(**arguments), strict=True)
    return found


def calls() -> list[tuple[str, dict[str, str]]]:
    """One call of each."""
    values = {"another result": "same list", "an argument was changed": "same int64", "a good value refused": "same list"}
    names = {kind: "items" if "items" in function.__annotations__ else "stored" for kind, function in KINDS.items()}
    return [(kind, {name: values.get(kind, "float 0.3")}) for kind, name in names.items()]
