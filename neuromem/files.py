"""Files that are written whole or not at all, by one process at a time."""

from __future__ import annotations

import contextlib
import glob
import os
import socket
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from . import checks


def folder(path: str | os.PathLike[str], name: str = "out") -> Path:
    """Return `path` as a folder that exists and can be written to; refuse what can't be one.

    Parameters
    ----------
    path : path
        Name of the folder, which is made if it is not there.
    name : str, default "out"
        What an error calls it.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    InputError
        If it can't be made or written to.
    """
    path = checks.path(checks.instance("name", name, str), path)
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            return path
    except OSError as error:
        raise checks.refusal(name, "be a folder that can be written to", f"was {str(path)!r} ({error.strerror})") from None


def missing(path: str | os.PathLike[str]) -> str:
    """Say in an error why a path is no file.

    Parameters
    ----------
    path : path
        Anything but a file.

    Returns
    -------
    str
        That it does not exist, or is a folder.
    """
    path = checks.path("path", path)
    return f"{str(path)!r} {'is a folder' if path.is_dir() else 'does not exist'}"


@contextlib.contextmanager
def alone(path: str | os.PathLike[str]) -> Iterator[None]:
    """Keep every other process from writing to `path`; a lock of the dead holds nobody back.

    Parameters
    ----------
    path : path
        What is to be written; the lock is a file beside it, deleted at the end.

    Yields
    ------
    None
        While this process alone may write.

    Raises
    ------
    InputError
        If another process writes to it.
    """
    from filelock import FileLock, Timeout

    path = checks.path("path", path)
    beside = folder(path.parent, "store") / f".{path.name}.lock"
    lock = FileLock(beside)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        try:
            who = beside.read_text() or "another one"
        except OSError:
            who = "another one"
        was, way_out = f"{who} is writing {str(path)!r}", "wait for that one, or choose another folder (--out)"
        raise checks.refusal("a run", "be alone with its files", was, way_out) from None
    except OSError as error:
        was = f"was {str(path)!r} ({error.strerror})"
        raise checks.refusal("store", "be a place that can be written to", was) from None
    try:
        with contextlib.suppress(OSError):  # Windows lets nobody write to what is locked
            beside.write_text(f"process {os.getpid()} on {socket.gethostname()}")
        yield
    finally:
        with contextlib.suppress(OSError):
            beside.unlink()  # while it is held: who takes the name next makes a new file
        lock.release()


def write_whole(path: str | os.PathLike[str], write: Callable[[Path], Any]) -> Path:
    """Call `write` on a file beside `path`, then rename it, so that `path` is old, or whole.

    Its folder is made if it is not there. What a killed process has left beside `path` is deleted.

    Parameters
    ----------
    path : path
        Name that the whole file gets.
    write : callable
        Writes the file whose name it is given.

    Returns
    -------
    Path
        The file.
    """
    path = checks.path("path", path)
    if not callable(write):
        raise checks.refusal("write", "be a function that writes a file", checks.shown(write))
    if path.is_dir():
        raise checks.refusal("path", "be the name of a file", f"{str(path)!r} is a folder")
    host = socket.gethostname()[:16]  # others may share the folder, and have processes of the same numbers
    for left in folder(path.parent, "path").glob(f".*-{glob.escape(f'{host}-{path.name}')}"):
        _delete_if_left(left)
    beside = path.with_name(f".{os.getpid()}-{host}-{path.name}")  # keeps the suffix, by which writers choose a format
    try:
        write(beside)
        with beside.open("r+b") as file:
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    return path


def _delete_if_left(path: Path) -> None:
    """Delete the file that `write_whole` began in a process that is no more."""
    import psutil

    number = path.name[1:].partition("-")[0]
    if number.isdecimal() and not psutil.pid_exists(int(number)):
        path.unlink(missing_ok=True)
