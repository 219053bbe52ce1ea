"""A grid of settings x trials, on all cores or on a Dask cluster, resumable: the same numbers however it runs.

>>> def point(*, seed, load):
...     return {"overlap": np.random.default_rng(seed).random() - load}
>>> grid(point, {"load": [0.0, 0.1]}, trials=3, seed=0).overlap.shape
(2, 3)
"""

from __future__ import annotations

import itertools
import json
import logging
import math
import shutil
import signal
import sys
import time
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from . import checks

Point = Callable[..., Mapping[str, Any]]

BLOCK = 0.5  # seconds of work between two writes, and in one task of a worker
ALONE = 5.0  # seconds of work that are not worth starting worker processes
ASKED = 0.02  # seconds between two looks at what the workers have finished
SHOWN = 5  # failures printed


class Task(NamedTuple):
    cell: tuple[int, ...]  # (a place on the axis of each setting, trial)
    settings: dict[str, Any]
    seed: int


Values = dict[str, tuple[tuple[str, ...], np.ndarray]]  # name: (dims of the point's own, array)
Outcome = tuple[Task, Values | Exception]


@dataclass(frozen=True)
class _How:
    scheduler: str | None = None
    workers: int | None = None
    store: Path | None = None
    resume: bool = False
    number: Iterator[int] = field(default_factory=itertools.count)  # each grid of a run has its own group in the store


_how: ContextVar[_How | None] = ContextVar("how", default=None)


@contextmanager
def on(
    scheduler: str | None = None, workers: int | None = None, store: str | Path | None = None, resume: bool = False
) -> Iterator[None]:
    """Every `grid` inside the with block runs this way.

    scheduler: address of a Dask scheduler, such as tcp://127.0.0.1:8786.  workers: processes on this machine; None: one a
    core, and none at all for a few seconds of work.  store: a Zarr folder that holds every finished point from the moment it
    counts as done; `clear` it once the result is saved.  resume: go on with the run in `store`.

    Raises InputError for a store that exists without resume, so that no finished work is ever overwritten.

    >>> with on(workers=1):
    ...     grid(lambda *, seed: {"one": 1.0}, {}, trials=2, seed=0).one.values.tolist()
    [1.0, 1.0]
    """
    if workers is not None:
        checks.whole("workers", workers, way_out="give a number of processes such as 4")
    store = None if store is None else Path(store)
    if store is not None and store.exists() and not resume:
        raise checks.refusal("store", "not exist yet", f"{str(store)!r} holds a run", "resume it (--resume), or delete it")
    new = store is not None and not store.exists()
    token = _how.set(_How(scheduler, workers, store, resume))
    try:
        yield
    finally:
        _how.reset(token)
        if store is not None and new and not any(store.glob("grid*/done")):
            clear(store)  # nothing is finished: nothing to resume


def grid(
    point: Point,
    dims: Mapping[str, Sequence[Any]],
    *,
    trials: int,
    seed: int,
    fixed: Mapping[str, Any] | None = None,
    title: str = "points",
) -> xr.Dataset:
    """`point(seed=, **settings, **fixed)` at every setting of the product of `dims` and every trial, as a Dataset.

    point: a function at the top of its module; it returns {name: number, or (dims, array)}, with the same names and shapes
    at every setting. Its variables have dims (*dims, "trial", *its own) and are float64.

    The seed of a point depends on (seed, trial) alone: all settings of a trial meet the same random items. Where a point
    fails its values are NaN, and the variable `error` says why; a resumed run tries it again. If all fail, the first failure
    is raised.

    Raises InputError if a resumed store was begun with other parameters.
    """
    checks.whole("trials", trials)
    checks.seed(seed)
    fixed, how = dict(fixed or {}), _how.get() or _How()
    settings = {name: list(values) for name, values in dims.items()}
    axes = {**settings, "trial": list(range(trials))}
    if empty := [name for name, values in axes.items() if not values]:
        raise checks.refusal(empty[0], "hold at least one value", "was empty")
    if double := [name for name, values in settings.items() if len(set(map(repr, values))) < len(values)]:
        raise checks.refusal(double[0], "hold different values", f"was {tuple(settings[double[0]])}")
    name = f"{point.__module__.rpartition('.')[2]}.{point.__qualname__}"
    table = _Table(axes, _plain({"point": name, **settings, **fixed, "trials": trials, "seed": seed}), how)
    seeds = [trial_seed(seed, trial) for trial in range(trials)]
    places = [tuple(map(int, place)) for place in np.ndindex(table.done.shape[:-1])]
    order = np.random.default_rng(0).permutation(len(places))  # cheap and dear settings mixed, for an even pace
    tasks = [
        Task((*places[i], trial), {name: settings[name][at] for name, at in zip(settings, places[i], strict=True)}, one)
        for i in order
        for trial, one in enumerate(seeds)
        if not table.done[(*places[i], trial)]
    ]
    bar = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*bar, console=Console(stderr=True)) as progress:
        shown = progress.add_task(title, total=table.done.size, completed=int(table.done.sum()))
        for batch in _batches(point, tasks, fixed, how):
            for task, values in batch:
                failure = table.put(task.cell, values)
                if failure and len(table.errors) <= SHOWN:
                    where = ", ".join(
                        f"{name}={value!r}" for name, value in {**task.settings, "trial": task.cell[-1]}.items()
                    )
                    progress.console.print(f"failed at {where}: {_text(failure)}", style="red", markup=False)
            table.write()
            progress.advance(shown, len(batch))
    return table.dataset()


def clear(store: str | Path) -> None:
    """Deletes the store of a run whose result is saved."""
    shutil.rmtree(store, ignore_errors=True)


def trial_seed(seed: int, trial: int) -> int:
    """The 63-bit seed of a trial, from (seed, trial) alone.

    >>> trial_seed(0, 1)
    2440950710608614359
    """
    return int(np.random.SeedSequence(seed, spawn_key=(trial,)).generate_state(1, np.uint64)[0] >> np.uint64(1))


def _compute(tasks: Sequence[Task], point: Point, fixed: Mapping[str, Any]) -> list[Outcome]:
    """Each task with what its point returned, or the exception it raised."""
    out: list[Outcome] = []
    for task in tasks:
        try:
            values = point(seed=task.seed, **task.settings, **fixed)
            pairs = {name: value if isinstance(value, tuple) else ((), value) for name, value in values.items()}
            out.append((task, {name: (_names(dims), np.asarray(array, float)) for name, (dims, array) in pairs.items()}))
        except Exception as error:
            out.append((task, error))
    return out


def _compute_on_worker(tasks: Sequence[Task], point: Point, fixed: Mapping[str, Any]) -> list[Outcome]:
    import numba

    numba.set_num_threads(1)  # the workers have the cores already
    return _compute(tasks, point, fixed)


def _batches(point: Point, tasks: list[Task], fixed: Mapping[str, Any], how: _How) -> Iterator[list[Outcome]]:
    """What came of the tasks, in batches as they finish: in this process, or on workers where that is faster."""
    from dask.system import CPU_COUNT

    cores, pace = how.workers or CPU_COUNT, math.inf  # pace: seconds a task in the latest batch; the first one compiles
    for batch in itertools.count():
        short = pace * len(tasks) < ALONE or (batch < 2 and not ALONE < pace < math.inf)
        if not tasks or how.scheduler or (cores > 1 and (how.workers or not short)):
            break
        start, done = time.monotonic(), []
        while tasks and time.monotonic() - start < BLOCK:
            done += _compute([tasks.pop(0)], point, fixed)
        pace = (time.monotonic() - start) / len(done)
        yield done
    size = max(1, int(BLOCK / pace))
    blocks = [tasks[i : i + size] for i in range(0, len(tasks), size)]
    if blocks:
        yield from _on_workers(point, blocks, fixed, how.scheduler, min(cores, len(blocks)))


def _on_workers(
    point: Point, blocks: list[list[Task]], fixed: Mapping[str, Any], scheduler: str | None, workers: int
) -> Iterator[list[Outcome]]:
    """What came of each block of tasks, as the workers finish them.

    Futures are asked in turn: distributed's as_completed can wait for ever for one that failed when its worker was killed.
    Dask blames a dead worker on all that it held, so that the tasks it blames are tried again at the end, each alone.
    """
    from distributed import CancelledError, KilledWorker

    with _client(scheduler, workers) as client:

        def submit(blocks: list[list[Task]]) -> dict[Any, list[Task]]:
            return {client.submit(_compute_on_worker, block, point, fixed, pure=False): block for block in blocks}

        suspects: list[Task] = []
        running, alone = submit(blocks), False
        while running or suspects:
            if not running:
                running, alone = submit([[suspects.pop()]]), True
            done = [future for future in running if future.done()]
            if not done:
                time.sleep(ASKED)
            for future in done:
                block = running.pop(future)
                try:
                    outcomes = future.result()
                except CancelledError as error:
                    raise checks.refusal("scheduler", "stay reachable", "went away", "start it again and resume") from error
                except Exception as error:
                    if isinstance(error, KilledWorker) and not alone:
                        suspects += block
                        continue
                    outcomes = [(task, error) for task in block]
                yield outcomes


@contextmanager
def _client(scheduler: str | None, workers: int) -> Iterator[Any]:
    """A Dask client of that scheduler, or of `workers` fresh processes on this machine."""
    from dask import config
    from distributed import Client, LocalCluster, WorkerPlugin

    class LeaveInterrupts(WorkerPlugin):
        def setup(self, worker: Any) -> None:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C is for the caller, who then ends the workers

    if scheduler:
        try:
            client = Client(scheduler, timeout=10, set_as_default=False)
            client.wait_for_workers(1, timeout=60)
        except (OSError, TimeoutError, ValueError) as error:
            was, way_out = f"{scheduler!r} did not answer", "start `dask scheduler`, then `dask worker ADDRESS`"
            raise checks.refusal("scheduler", "be the address of a running one", was, way_out) from error
        with client:
            yield client
        return
    # not the MALLOC_TRIM_THRESHOLD_ that Dask sets: memory given back at each free makes training 2.8 times slower
    one_thread = {f"{library}_NUM_THREADS": 1 for library in ("OMP", "MKL", "OPENBLAS")}
    main = sys.modules["__main__"]
    sys.modules["__main__"] = types.ModuleType("__main__")  # so that a worker does not run the caller's script again
    try:
        with (
            config.set({"distributed.nanny.pre-spawn-environ": one_thread}),
            LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                host="127.0.0.1",
                dashboard_address="127.0.0.1:0",
                scheduler_kwargs={"dashboard": False},
                memory_limit=0,
                silence_logs=logging.CRITICAL,
            ) as cluster,
            Client(cluster, set_as_default=False) as client,
        ):
            client.register_plugin(LeaveInterrupts())
            yield client
    finally:
        sys.modules["__main__"] = main


class _Table:
    """The values of all points, in memory and, where there is a store, on disk: a chunk is all trials of one setting."""

    def __init__(self, axes: dict[str, list[Any]], request: dict[str, Any], how: _How):
        self.axes = axes
        self.errors: dict[tuple[int, ...], Exception] = {}
        self.done = np.zeros([len(values) for values in axes.values()], bool)
        self.values: Values = {}
        self.unwritten: set[tuple[int, ...]] = set()
        self.group = None if how.store is None else self._open(how.store, request, next(how.number))
        self.arrays: dict[str, Any] = {} if self.group is None else dict(self.group.arrays())
        if "done" in self.arrays:
            self.done = self.arrays["done"][...]
            kept = {name: array for name, array in self.arrays.items() if name != "done"}
            self.values = {name: (array.metadata.dimension_names[len(axes) :], array[...]) for name, array in kept.items()}

    @staticmethod
    def _open(store: Path, request: dict[str, Any], number: int) -> Any:
        import zarr

        if store.exists() and not (store / "zarr.json").exists():
            raise checks.refusal("store", "be a run of neuromem", f"{str(store)!r} is not", "choose another folder")
        root = zarr.open_group(store, mode="a")
        group: Any = root.get(f"grid{number}")
        if group is None:
            return root.create_group(f"grid{number}", attributes={"request": request})
        before: Any = group.attrs["request"]
        for name in {**request, **before}:
            if request.get(name) != before.get(name):
                must, was = "continue the run that was begun", _difference(name, before.get(name), request.get(name))
                raise checks.refusal(
                    "resume", must, was, f"give it the former value, or delete {str(store)!r} to begin anew"
                )
        return group

    def put(self, cell: tuple[int, ...], values: Values | Exception) -> Exception | None:
        """Keeps what came of one point; returns its failure, if it is one."""
        if not isinstance(values, Exception):
            if not self.values:
                self._begin(values)
            own = self.done.ndim
            have = {name: (dims, array.shape) for name, (dims, array) in values.items()}
            must = {name: (dims, array.shape[own:]) for name, (dims, array) in self.values.items()}
            if have == must:
                for name, (_, array) in values.items():
                    self.values[name][1][cell] = array
                self.done[cell] = True
                self.unwritten.add(cell[:-1])
                return None
            values = checks.refusal("point", f"return {must} at every setting", f"returned {have}")
        self.errors[cell] = values
        return values

    def _begin(self, values: Values) -> None:
        """Makes room for the variables, whose names and shapes the first finished point tells."""
        taken = {"done", "error", *self.axes} & values.keys()
        if taken:
            raise checks.refusal("point", "return names that are not taken", f"returned {taken}", "choose another name")
        shape, dims = self.done.shape, tuple(self.axes)
        self.values = {name: (own, np.full(shape + array.shape, np.nan)) for name, (own, array) in values.items()}
        if self.group is not None:
            for name, (own, array) in {**self.values, "done": ((), self.done)}.items():  # done last: then all are there
                room = {"chunks": (1,) * (len(shape) - 1) + array.shape[len(shape) - 1 :], "dimension_names": dims + own}
                fill = np.nan if name != "done" else False
                self.arrays[name] = self.group.create_array(
                    name, shape=array.shape, dtype=array.dtype, fill_value=fill, overwrite=True, **room
                )

    def write(self) -> None:
        """Writes the settings that have new points; the values first, and only then that they are done."""
        for setting in self.unwritten if self.arrays else ():
            for name, (_, array) in self.values.items():
                self.arrays[name][setting] = array[setting]
            self.arrays["done"][setting] = self.done[setting]
        self.unwritten.clear()

    def dataset(self) -> xr.Dataset:
        if not self.values:
            raise next(iter(self.errors.values()))
        dims = tuple(self.axes)
        data = xr.Dataset({name: (dims + own, array) for name, (own, array) in self.values.items()}, coords=self.axes)
        if self.errors:
            errors = np.full(self.done.shape, "", object)
            for cell, error in self.errors.items():
                errors[cell] = _text(error)
            data["error"] = (dims, errors.astype(str))
            data.error.attrs.update(long_name="why a point has no values", units="")
        return data


def _names(dims: str | Sequence[str]) -> tuple[str, ...]:
    return (dims,) if isinstance(dims, str) else tuple(dims)


def _text(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _plain(request: Mapping[str, Any]) -> dict[str, Any]:
    """`request` as it comes back from JSON."""

    def plain(value: Any) -> Any:
        if isinstance(value, np.ndarray | np.generic):
            return value.tolist()
        raise checks.refusal("settings of a sweep", "be numbers, texts or arrays", f"hold {value!r}")

    return json.loads(json.dumps(dict(request), default=plain))


def _difference(name: str, before: Any, now: Any) -> str:
    if isinstance(before, list) and isinstance(now, list) and len(before) == len(now):
        place = next(i for i, pair in enumerate(zip(before, now, strict=True)) if pair[0] != pair[1])
        name, before, now = f"{name}[{place}]", before[place], now[place]
    elif isinstance(before, list) and isinstance(now, list):
        before, now = f"{len(before)} values", f"{len(now)} values"
    return f"{name} was {before} and is now {now}"
