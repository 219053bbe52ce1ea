"""Copies of what a user gives, here and as bytes for other processes."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import cloudpickle

from .errors import InputError, refusal


def copied(name: str, value: Any) -> Any:
    """Return a copy of an object that shares nothing with it.

    Parameters
    ----------
    name : str
        Name of the argument, for the error.
    value : object
        Anything.

    Returns
    -------
    object
        The copy.

    Raises
    ------
    InputError
        If a part of it can't be copied, such as a lock or an open file.

    Examples
    --------
    >>> copied("memory", [1, [2]])
    [1, [2]]
    """
    return _made(name, value, copy.deepcopy, "copied")


def pickled(name: str, value: Any) -> bytes:
    """Return an object as bytes, from which pickle makes it again in another process.

    Parameters
    ----------
    name : str
        Name of the argument, for the error.
    value : object
        Anything.

    Returns
    -------
    bytes
        Its pickle.

    Raises
    ------
    InputError
        If a part of it can't be pickled, such as a lock or an open file.

    Examples
    --------
    >>> import pickle
    >>> pickle.loads(pickled("model", [1, [2]]))
    [1, [2]]
    """
    return _made(name, value, cloudpickle.dumps, "sent to other processes")


def _made(name: str, value: Any, by: Callable[[Any], Any], how: str) -> Any:
    try:
        return by(value)
    except InputError:
        raise
    except Exception as error:  # a part of the user's own raises whatever it raises
        was = f"a part of it can't be ({type(error).__name__}: {error})".splitlines()[0]
        way_out = "give a class or function that makes that part where it is used"
        raise refusal(name, f"be what can be {how}", was, way_out) from error
