"""The one error for bad input, and the words that it is made of."""

from __future__ import annotations

import contextlib
import difflib
from collections.abc import Iterable, Iterator


class InputError(ValueError):
    """Error for an argument: what it must be, what it was, and the way out."""

    __module__ = "neuromem.checks"  # where people find it, and how it prints


def refusal(argument: str, must: str, was: str, way_out: str = "") -> InputError:
    """Make the error for one argument, in the one form that all errors have.

    Parameters
    ----------
    argument : str
        Name of the argument, as the caller knows it.
    must : str
        What it must be, such as "be a positive whole number".
    was : str
        What it was, such as `shown` says it.
    way_out : str, optional
        What the caller can do instead.

    Returns
    -------
    InputError
        The error, to be raised.

    Examples
    --------
    >>> raise refusal("units", "be a positive whole number", "was -3", "give the length of an item")
    Traceback (most recent call last):
    neuromem.checks.InputError: units must be a positive whole number, but was -3; \
give the length of an item.
    """
    return InputError(f"{argument} must {must}, but {was}{'; ' + way_out if way_out else ''}.")


def shown(value: object) -> str:
    """Say what a value was in one line, "was ..." of up to 60 characters, or its type.

    Parameters
    ----------
    value : object
        Anything.

    Returns
    -------
    str
        The words.

    Examples
    --------
    >>> shown("hopfeild")
    "was 'hopfeild'"
    """
    try:
        text = " ".join(repr(value).split())
    except Exception:  # repr is the caller's code, and that of a long int refuses by itself
        text = f"of type {type(value).__name__}"
    return f"was {text if len(text) <= 60 else text[:57] + '...'}"


def nearest(word: object, words: Iterable[str]) -> str:
    """Say the way out for an unknown word: the nearest known one, and all of them.

    Parameters
    ----------
    word : object
        The unknown word.
    words : iterable of str
        The known ones.

    Returns
    -------
    str
        The words.

    Examples
    --------
    >>> nearest("heb", ["hebb", "storkey"])
    "did you mean 'hebb'? known: hebb, storkey"
    """
    known = sorted(words)
    close = difflib.get_close_matches(word.lower(), known, n=1, cutoff=0.5) if isinstance(word, str) else ()
    return (f"did you mean {close[0]!r}? " if close else "") + f"known: {', '.join(known)}"


@contextlib.contextmanager
def running(argument: str, must: str, what: object, way_out: str = "") -> Iterator[None]:
    """Turn what a user's own code raises into the one error, which keeps the first as its cause.

    Parameters
    ----------
    argument : str
        Name of the argument by which the code was given.
    must : str
        What the code must do, such as "make a memory of 64 units".
    what : object
        What it is called.
    way_out : str, optional
        What the caller can do instead.

    Yields
    ------
    None
        Until the block ends.

    Raises
    ------
    InputError
        If anything is raised in the block.

    Examples
    --------
    >>> with running("models", "make a memory of 64 units", "mine.py:Mine"):
    ...     1 / 0
    Traceback (most recent call last):
    neuromem.checks.InputError: models must make a memory of 64 units, but mine.py:Mine raises \
ZeroDivisionError: division by zero.
    """
    try:
        yield
    except InputError:
        raise
    except Exception as error:
        said = f"{what} raises {type(error).__name__}: {error}".strip(": \n").splitlines()[0]
        raise refusal(argument, must, said, way_out) from error
