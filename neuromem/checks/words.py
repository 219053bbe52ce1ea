"""Checks of words: a choice, names that differ, a device, the name of a file."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from .errors import nearest, refusal, shown


def choice(name: str, value: object, options: Iterable[str]) -> str:
    """Return a word if it is one of the options; the error says the nearest one.

    Parameters
    ----------
    name : str
        Name of the argument, for the error.
    value : object
        The word.
    options : iterable of str
        The words that are allowed.

    Returns
    -------
    str
        The word.

    Raises
    ------
    InputError
        If `value` is none of them.

    Examples
    --------
    >>> choice("rule", "heb", ["hebb", "storkey"])
    Traceback (most recent call last):
    neuromem.checks.InputError: rule must be one of 2 names, but was 'heb'; \
did you mean 'hebb'? known: hebb, storkey.
    """
    options = list(options)
    if not isinstance(value, str) or value not in options:
        raise refusal(name, f"be one of {len(options)} names", shown(value), nearest(value, options))
    return value


def unique(name: str, names: Iterable[object], way_out: str = "") -> list[Any]:
    """Return names as a list; refuse them if one comes twice.

    Parameters
    ----------
    name : str
        Name of the argument, for the error.
    names : iterable
        The names.
    way_out : str, optional
        What the caller can do instead.

    Returns
    -------
    list
        The names.

    Raises
    ------
    InputError
        If one comes twice.

    Examples
    --------
    >>> unique("populations", ["A", "B", "A"])
    Traceback (most recent call last):
    neuromem.checks.InputError: populations must have names that all differ, but 'A' comes 2 times.
    """
    names = list(names)
    twice = next((one for one in names if names.count(one) > 1), None)
    if twice is not None:
        raise refusal(name, "have names that all differ", f"{twice!r} comes {names.count(twice)} times", way_out)
    return names


def device(value: object) -> int | None:
    """Return the number of a CUDA device, "cuda" or "cuda:NUMBER", and None for "cpu".

    Parameters
    ----------
    value : object
        The word.

    Returns
    -------
    int or None
        The number.

    Raises
    ------
    InputError
        If `value` is no such word.

    Examples
    --------
    >>> device("cuda:1")
    1
    """
    text = value if isinstance(value, str) else ""
    kind, colon, number = text.partition(":")
    if text == "cpu":
        return None
    if kind != "cuda" or (colon and not number.isdecimal()) or len(number) > 9:
        raise refusal("device", 'be "cpu", "cuda" or "cuda:NUMBER"', shown(value))
    return int(number or 0)


def path(name: str, value: object) -> Path:
    """Return the name of a file or folder as a Path; refuse what can't be one.

    Parameters
    ----------
    name : str
        Name of the argument, for the error.
    value : object
        A str or path-like object.

    Returns
    -------
    Path
        The path.

    Raises
    ------
    InputError
        If `value` is no such name.

    Examples
    --------
    >>> path("file", 3)
    Traceback (most recent call last):
    neuromem.checks.InputError: file must be the name of a file or folder, but was 3.
    """
    try:
        raw = os.fsencode(value) if isinstance(value, str | os.PathLike) else b""
    except UnicodeError:  # half of a pair of UTF-16
        raw = b""
    parts = re.split(rb"[/\\]", raw)
    if not raw or b"\0" in raw or len(raw) > 4095 or max(map(len, parts)) > 255:  # the bounds of the systems that we know
        value = str(value) if isinstance(value, os.PathLike) else value
        raise refusal(name, "be the name of a file or folder", shown(value))
    return Path(os.fsdecode(raw))
