"""What installed packages announce by entry points: memories, layers and experiments."""

from __future__ import annotations

import importlib.metadata
from typing import Any

from .checks import refusal


def announced(group: str) -> dict[str, importlib.metadata.EntryPoint]:
    """Return what installed packages announce by an entry-point group.

    Parameters
    ----------
    group : str
        Such as "neuromem.memories".

    Returns
    -------
    dict
        Entry points by their names.
    """
    return {point.name: point for point in importlib.metadata.entry_points(group=group)}


def opened(point: importlib.metadata.EntryPoint, argument: str) -> Any:
    """Load what an entry point announces.

    Parameters
    ----------
    point : EntryPoint
        Of an installed package.
    argument : str
        What it is given for, for the error.

    Returns
    -------
    object
        What it names.

    Raises
    ------
    InputError
        If it can't be loaded.
    """
    try:
        return point.load()
    except Exception as error:  # a package raises whatever it raises
        was = f"{point.name} of {point.value} raises {type(error).__name__}: {error}".splitlines()[0]
        raise refusal(argument, "be a name that can be loaded", was, "mend or remove the package") from error
