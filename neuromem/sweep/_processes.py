"""Tasks on processes of this machine, a pipe for each, so that every death is noticed at once."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import types
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from multiprocessing import connection, get_context, parent_process, resource_tracker
from typing import Any

from neuromem import checks

from ._tasks import Outcome, Point, Task, job, packed, unpacked, work_off

TRIES = 3  # processes that a task may take with it, and processes in a row that may end before they are ready
ONE_THREAD = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "MKL", "OPENBLAS", "NUMBA")}  # the workers have the cores


def cores() -> int:
    """Return how many cores there are for the processes."""
    from dask.system import CPU_COUNT  # those of the container

    return int(CPU_COUNT)


def on_processes(
    point: Point, blocks: list[list[Task]], fixed: Mapping[str, Any], workers: int, crew: list[Worker]
) -> Iterator[list[Outcome]]:
    """Yield what came of each block of tasks, as the processes of `crew` finish them.

    The crew may be empty, or idle after another job; those who are idle at the end stay in it for
    the next one. A process that ends is replaced. The tasks of its block are tried again, each
    alone; a task that has ended `TRIES` processes has failed. Nothing here waits for a time: a pipe
    or a process always has something to say.

    Raises
    ------
    InputError
        If no process is left, and `TRIES` in a row ended before they were ready to work.
    """
    work, waiting = job(point, fixed), deque(blocks)
    deaths, stillborn = Counter[tuple[int, ...]](), 0
    try:
        disband(crew, lambda worker: not worker.process.is_alive())
        for worker in crew:
            worker.turn_to(work)
        while waiting or any(worker.block for worker in crew):
            while len(crew) < min(workers, len(waiting) + sum(bool(worker.block) for worker in crew)):
                crew.append(Worker(work))
            for worker in crew:
                if waiting and worker.block == []:  # it was idle when another left it this block
                    worker.take(waiting.popleft())
            for worker in _speaking(crew):
                try:
                    outcomes = worker.heard()
                    worker.take(waiting.popleft() if waiting else [])
                    stillborn = 0
                except (EOFError, OSError):
                    crew.remove(worker)
                    how = worker.ended()
                    stillborn += worker.block is None
                    if stillborn >= TRIES:
                        workers = len(crew)  # go on with those that there are
                    if not workers:
                        was = f"{stillborn} in a row ended before their first point ({how})"
                        way_out = "see whether memory or processes run short; the same command with --resume goes on"
                        raise checks.refusal("workers", "be processes that can start", was, way_out) from None
                    block = worker.block or []
                    deaths.update(task.cell for task in block if len(block) == 1)
                    waiting.extend([task] for task in block if deaths[task.cell] < TRIES)
                    failure = RuntimeError(f"its process ended {TRIES} times ({how})")
                    outcomes = [(task, failure) for task in block if deaths[task.cell] == TRIES]
                if outcomes:
                    yield outcomes
    finally:
        disband(crew, lambda worker: worker.block != [])  # what still starts or computes is of no use to the next job


def disband(crew: list[Worker], leaves: Callable[[Worker], bool] = lambda worker: True) -> None:
    """End the processes of a crew, or those of them that are to leave it."""
    for worker in [worker for worker in crew if leaves(worker)]:
        crew.remove(worker)
        worker.ended()


def _speaking(crew: list[Worker]) -> list[Worker]:
    """Wait until a worker has sent something or has ended; return all that have."""
    heard = set(connection.wait([one for worker in crew for one in (worker.pipe, worker.process.sentinel)]))
    return [worker for worker in crew if heard & {worker.pipe, worker.process.sentinel}]


class Worker:
    """A process that computes blocks of the tasks of a job, and then those of another.

    Its `block` is what it computes now: None until it is ready, and empty when it is idle.
    """

    def __init__(self, work: bytes):
        self.block: list[Task] | None = None
        self.pipe, other = connection.Pipe()
        self.process = get_context("spawn").Process(target=_serve, args=(other,), daemon=True)
        with _as_workers_start():
            self.process.start()
        other.close()  # then the pipe ends when the process ends
        self._send(work)

    def _send(self, message: bytes) -> None:
        with contextlib.suppress(OSError):  # a process that is gone is noticed where it is heard
            self.pipe.send_bytes(message)

    def turn_to(self, work: bytes) -> None:
        """Give an idle process another job."""
        self.block = None
        self._send(b"")
        self._send(work)

    def take(self, block: list[Task]) -> None:
        """Give the process its next block; an empty one lets it wait."""
        self.block = block
        if block:
            self._send(packed(block))

    def heard(self) -> list[Outcome]:
        """Return what the process has finished, at first nothing; raise EOFError if it is gone."""
        if not self.pipe.poll():
            raise EOFError
        return unpacked(self.pipe.recv_bytes(), self.block or [])

    def ended(self) -> str:
        """End the process, unless it is gone already, and say how it ended."""
        self.pipe.close()
        self.process.kill()
        self.process.join()
        code = self.process.exitcode or 0
        return signal.Signals(-code).name if code < 0 else f"exit code {code}"


@contextlib.contextmanager
def _as_workers_start() -> Iterator[None]:
    """Let a process that starts within use one thread, ignore Ctrl-C, and run no main script."""
    before, main, mask = {name: os.environ.get(name) for name in ONE_THREAD}, sys.modules["__main__"], None
    if hasattr(signal, "pthread_sigmask"):
        resource_tracker.ensure_running()  # it would unblock the signal when it starts
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    os.environ.update(ONE_THREAD)
    sys.modules["__main__"] = types.ModuleType("__main__")  # so that the caller's script is not run again
    try:
        yield
    finally:
        sys.modules["__main__"] = main
        for name, value in before.items():
            del os.environ[name]
            if value is not None:
                os.environ[name] = value
        if mask is not None:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def _serve(pipe: connection.Connection) -> None:
    """Work for the parent at the other end of `pipe`, as long as it lives."""
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    with contextlib.suppress(EOFError, OSError):
        while True:
            work, tasks = pipe.recv_bytes(), packed([])  # ready when all that the job needs is imported
            while tasks:
                pipe.send_bytes(work_off(work, tasks))
                tasks = pipe.recv_bytes()  # nothing: another job comes


def _leave_with_parent() -> None:
    parent = parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)  # whatever the worker is at: nobody is left who would take it
