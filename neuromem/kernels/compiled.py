"""Compiled entry points on the CPU: cached with all their parts, safe after a fork and in threads.

numba keeps a compiled function until the file changes in which it stands. It would not see a change
of the files from which its parts come, so the name under which it is kept here holds a checksum of
all of them.

In a child that was forked after threads had been started there are no threads, and OpenMP ends the
process that asks for them: entry points run there in one thread. numba's own pool of threads
("workqueue") ends the process when two threads ask for it at once: they take turns.

Where several processes need an entry point for the first time, one compiles it and the others wait
and read what it has kept.
"""

from __future__ import annotations

import contextlib
import functools
import os
import threading
import types
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import filelock
import numba
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

WAIT = 120.0  # seconds; a process that is given nothing by then compiles by itself
_turn = threading.Lock()
_forked = False  # after threads had been started


def _threads() -> str:
    """The pool of threads that numba has started, "" if none."""
    try:
        return numba.threading_layer()
    except ValueError:
        return ""


def _in_child() -> None:
    global _forked, _turn
    _forked, _turn = _forked or bool(_threads()), threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)


@functools.cache
def _checksum(folder: Path) -> int:
    files = {*folder.rglob("*.py"), *Path(__file__).parent.rglob("*.py")}
    return functools.reduce(lambda sum_, file: zlib.crc32(file.read_bytes(), sum_), sorted(files), 0)


def _named(function: Callable[..., Any], kind: str) -> Callable[..., Any]:
    """A copy that numba keeps under a name of its own."""
    copy = types.FunctionType(function.__code__, function.__globals__, function.__name__)
    copy.__qualname__ = f"{function.__qualname__}-{kind}-{_checksum(Path(function.__code__.co_filename).parent):08x}"
    return copy


def _kept(function: Callable[..., Any], kind: str, **options: Any) -> Any:
    """A function that is compiled by one process at a time."""
    dispatcher = numba.njit(cache=True, **options)(_named(function, kind))
    if numba.config.DISABLE_JIT:  # type: ignore[attr-defined]
        return dispatcher
    compiled = dispatcher.compile
    file = Path(dispatcher.stats.cache_path, f"{Path(function.__code__.co_filename).stem}.{dispatcher.__qualname__}.lock")

    def in_turn(signature: Any) -> Any:
        with contextlib.ExitStack() as turn:
            with contextlib.suppress(OSError, NotImplementedError):  # too long, or a disk that knows no locks
                turn.enter_context(filelock.FileLock(file, WAIT))
            return compiled(signature)

    dispatcher.compile = in_turn
    return dispatcher


def serial(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a function to run in one thread, which does not hold up the interpreter's others.

    Parameters
    ----------
    function : callable
        Function of arrays and numbers.

    Returns
    -------
    callable
    """
    return _kept(function, "serial", nogil=True)


def parallel(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a function to share its `numba.prange` out over the cores.

    Parameters
    ----------
    function : callable
        Function of arrays and numbers, which gives the same in any order of its `numba.prange`. It
        takes each array that it writes to as an argument: numba drops what a `numba.prange` writes
        to an array that comes out of a tuple.

    Returns
    -------
    callable
    """
    many, one = _kept(function, "parallel", parallel=True), serial(function)

    @functools.wraps(function)
    def launch(*arguments: Any) -> Any:
        if _forked:
            return one(*arguments)
        if _threads() in ("omp", "tbb"):
            return many(*arguments)
        with _turn:
            return many(*arguments)

    return launch


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Give one thread to the entry points, to BLAS and to torch within the with block.

    Threads wait for each other by turning in a circle. Where there is little to do, or where other
    processes have the cores, that takes most of the time.

    Yields
    ------
    None
        Nothing.

    Examples
    --------
    >>> with one_thread():
    ...     numba.get_num_threads()
    1
    """
    before = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        with threadpool_limits(1):
            yield
    finally:
        numba.set_num_threads(before)
