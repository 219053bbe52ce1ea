"""The points of a grid as tasks, and what comes of them, here or in another process."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from neuromem import checks

Point = Callable[..., Mapping[str, Any]]
Values = dict[str, tuple[tuple[str, ...], np.ndarray]]  # name: (dims of the point's own, array)


class Task(NamedTuple):
    """One point of the grid: where it is, its settings, and its seed."""

    cell: tuple[int, ...]  # (a place on the axis of each setting, trial)
    settings: dict[str, Any]
    seed: int


Outcome = tuple[Task, Values | Exception]


def compute(tasks: Sequence[Task], point: Point, fixed: Mapping[str, Any]) -> list[Outcome]:
    """Return each task with what its point returned, or the exception that it raised."""
    outcomes: list[Outcome] = []
    for task in tasks:
        try:
            values = point(seed=task.seed, **task.settings, **fixed)
            pairs = {name: value if isinstance(value, tuple) else ((), value) for name, value in values.items()}
            outcomes.append(
                (task, {name: (_names(dims), np.asarray(array, float)) for name, (dims, array) in pairs.items()})
            )
        except Exception as error:
            outcomes.append((task, error))
    return outcomes


def job(point: Point, fixed: Mapping[str, Any]) -> bytes:
    """Return the function and its fixed settings as bytes, by value where it must be."""
    return checks.pickled("point and fixed", (point, dict(fixed)))


def packed(tasks: Sequence[Task]) -> bytes:
    """Return `tasks` as bytes."""
    return checks.pickled("dims", list(tasks))


def work_off(work: bytes, tasks: bytes) -> bytes:
    """Compute `packed` tasks of a `job`, and return what came of them for `unpacked`."""
    try:
        (point, fixed), todo = _opened(work), pickle.loads(tasks)
    except Exception as error:
        return pickle.dumps(_portable(error))
    return pickle.dumps([_portable(values) for _, values in compute(todo, point, fixed)])


def unpacked(message: bytes, tasks: Sequence[Task]) -> list[Outcome]:
    """Return what came of `tasks`, from the message that `work_off` gave.

    Raises
    ------
    InputError
        If the other process does not know the function or a setting.
    """
    said = pickle.loads(message)
    if isinstance(said, Exception):
        way_out = "define what the point needs in a module that can be imported there, or give workers=1"
        raise checks.refusal("point", "be known where it is computed", f"was not ({text(said)})", way_out) from said
    return list(zip(tasks, said, strict=True))


def text(error: Exception) -> str:
    """Return the kind and the words of an error, as they are shown and saved."""
    return f"{type(error).__name__}: {error}"


@lru_cache(maxsize=1)  # a function that travels by value keeps what it has compiled
def _opened(work: bytes) -> tuple[Point, dict[str, Any]]:
    return pickle.loads(work)


def _portable(values: Any) -> Any:
    """Return `values`, or if they are an exception that can't travel, one with its text."""
    if isinstance(values, Exception):
        try:
            return pickle.loads(pickle.dumps(values))
        except Exception:  # its constructor may ask for what its pickle does not hold
            return RuntimeError(text(values))
    return values


def _names(dims: str | Sequence[str]) -> tuple[str, ...]:
    return (dims,) if isinstance(dims, str) else tuple(dims)
