"""Tasks on a Dask cluster, which is watched: work that nobody is left to do ends in an error."""

from __future__ import annotations

import gc
import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from neuromem import checks

from ._tasks import Outcome, Point, Task, job, packed, text, unpacked, work_off

ASKED = 0.02  # seconds between two looks at what the workers have finished
WATCHED = 1.0  # seconds between two looks at whether there are workers
PATIENCE = 60.0  # seconds that a cluster may be without any worker
ANSWER = 10.0  # seconds for the answer to one question
LOGGERS = ("distributed", "distributed.client", "asyncio")


def on_cluster(point: Point, blocks: list[list[Task]], fixed: Mapping[str, Any], scheduler: str) -> Iterator[list[Outcome]]:
    """Yield what came of each block of tasks, as the workers of the cluster finish them.

    Dask blames a dead worker on all that it held, so that the tasks it blames are tried again at
    the end, each alone.

    Raises
    ------
    InputError
        If the scheduler can't be reached, or goes away, or is without a worker for `PATIENCE`
        seconds.
    """
    from distributed import KilledWorker

    work = job(point, fixed)
    with _quiet(), _client(scheduler) as client:

        def submit(blocks: list[list[Task]]) -> dict[Any, list[Task]]:
            return {client.submit(_work_off_alone, work, packed(block), pure=False): block for block in blocks}

        watch, suspects = _Watch(client, scheduler), list[Task]()
        running, alone = submit(blocks), False
        while running or suspects:
            if not running:
                running, alone = submit([[suspects.pop()]]), True
            watch.look()
            done = [future for future in running if future.done()]
            if not done:
                time.sleep(ASKED)
            for future in done:
                try:
                    message = _fetched(future, scheduler)
                except OSError:  # its worker went away with the result, which is computed again
                    time.sleep(ASKED)
                    continue
                except KilledWorker as error:
                    block = running.pop(future)
                    suspects += [] if alone else block
                    yield [(task, error) for task in block if alone]
                else:
                    yield unpacked(message, running.pop(future))


def _fetched(future: Any, scheduler: str) -> bytes:
    """Return what a worker gave; OSError and KilledWorker mean: try again."""
    from distributed import CancelledError, KilledWorker

    try:
        return future.result(timeout=ANSWER)
    except (OSError, KilledWorker):
        raise
    except CancelledError:
        raise _gone(scheduler, "went away") from None
    except Exception as error:  # the workers do not have this package: a point's own errors come as outcomes
        must, way_out = "have workers that can compute", "install the same neuromem where they run"
        raise checks.refusal("scheduler", must, f"they can't ({text(error)})", way_out) from error


class _Watch:
    """Looks whether the cluster still has workers, not more often than every `WATCHED` seconds."""

    def __init__(self, client: Any, scheduler: str):
        self.client, self.scheduler = client, scheduler
        self.looked = self.seen = time.monotonic()

    def look(self) -> None:
        """Raise InputError if there is no scheduler, or for long has been no worker."""
        if time.monotonic() < self.looked + WATCHED:
            return
        if self.client.status in ("closing", "closed"):
            raise _gone(self.scheduler, "went away")
        try:
            workers = self.client.sync(self.client.scheduler.ncores, callback_timeout=ANSWER)
        except OSError:
            workers = {}
        self.looked = time.monotonic()
        if workers:
            self.seen = self.looked
        elif self.looked > self.seen + PATIENCE:
            raise _gone(self.scheduler, f"has had no worker for {PATIENCE:g} seconds")


def _gone(scheduler: str, what: str) -> checks.InputError:
    way_out = "start `dask scheduler` and `dask worker ADDRESS` again, and give the same command with --resume"
    return checks.refusal("scheduler", "stay reachable and have workers", f"{scheduler!r} {what}", way_out)


def _work_off_alone(work: bytes, tasks: bytes) -> bytes:
    import numba

    numba.set_num_threads(1)  # the workers have the cores already
    return work_off(work, tasks)


@contextmanager
def _quiet() -> Iterator[None]:
    """Leave it to the errors here to say what happened to a cluster; Dask says it in pages."""
    levels = {logging.getLogger(name): logging.getLogger(name).level for name in LOGGERS}
    for logger in levels:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        gc.collect()  # what was asked of a lost worker complains when it is collected
        for logger, level in levels.items():
            logger.setLevel(level)


@contextmanager
def _client(scheduler: str) -> Iterator[Any]:
    """Connect to that scheduler."""
    from distributed import Client

    try:
        client = Client(scheduler, timeout=ANSWER, set_as_default=False)
    except (OSError, ValueError) as error:
        was, way_out = f"{scheduler!r} did not answer", "start `dask scheduler`, then `dask worker ADDRESS`"
        raise checks.refusal("scheduler", "be the address of a running one", was, way_out) from error
    with client:
        yield client
