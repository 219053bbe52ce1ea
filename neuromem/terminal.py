"""Output that nobody takes: a closed pipe or a full disk loses words, but never work."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, TextIO


class Lasting:
    """A text stream that falls silent, instead of failing, once its other end is closed or full.

    Parameters
    ----------
    stream : text stream or None
        Standard output or error; None, where a program was started without it.

    Attributes
    ----------
    failure : OSError or None
        Why it fell silent.
    """

    def __init__(self, stream: TextIO | None):
        self.stream = stream if stream is not None else open(os.devnull, "w")  # noqa: SIM115 (it is open as long as the program runs)
        self.failure: OSError | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)

    def write(self, text: str) -> int:
        """Write `text`, if anybody is there to take it.

        Parameters
        ----------
        text : str
            What to write.

        Returns
        -------
        int
            Number of characters.
        """
        try:
            return self.stream.write(text)
        except OSError as error:
            self._fall_silent(error)
            return len(text)

    def flush(self) -> None:
        """Send on what is written, if anybody is there to take it."""
        try:
            self.stream.flush()
        except OSError as error:
            self._fall_silent(error)

    def _fall_silent(self, failure: OSError) -> None:
        self.failure = self.failure or failure
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.stream.fileno())  # what is in its buffer goes there too, also when Python ends
        os.close(nowhere)


def shown(path: Path) -> str:
    """Return `path` as it may be printed: without escapes that would command the terminal.

    Parameters
    ----------
    path : Path
        A name that may hold anything.

    Returns
    -------
    str
        The name, or its Python literal.

    Examples
    --------
    >>> print(shown(Path("a/b.png")), shown(Path("a/\\x1b[2J.png")))
    a/b.png 'a/\\x1b[2J.png'
    """
    return str(path) if str(path).isprintable() else repr(str(path))
