"""Grids of settings and trials, on all cores or a cluster: the same numbers however they run.

>>> def point(*, seed, load):
...     return {"overlap": np.random.default_rng(seed).random() - load}
>>> grid(point, {"load": [0.0, 0.1]}, trials=3, seed=0).overlap.shape
(2, 3)
"""

from __future__ import annotations

import inspect
import itertools
import math
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from neuromem import checks, results

from ._cluster import on_cluster
from ._estimate import Estimate, held, look
from ._processes import Worker, cores, disband, on_processes
from ._request import request
from ._store import Store, clear
from ._table import Table
from ._tasks import Outcome, Point, Task, compute, text

__all__ = ["Estimate", "Point", "clear", "grid", "on", "planned", "trial_seed"]

BLOCK = 0.5  # seconds of work between two writes, and in one task of a worker
ALONE = 5.0  # seconds of work that are not worth starting worker processes
SHOWN = 5  # failures printed
A_POINT = 1000  # bytes that a point takes before it has any value


@dataclass(frozen=True)
class _How:
    scheduler: str | None = None
    workers: int | None = None
    store: Path | None = None
    number: Iterator[int] = field(default_factory=itertools.count)  # each grid of a run has its own group in the store
    plan: list[Estimate] | None = None  # where estimates go, if nothing but them is asked for
    crew: list[Worker] = field(default_factory=list)  # processes that one grid leaves to the next


_how: ContextVar[_How | None] = ContextVar("how", default=None)


@contextmanager
def on(
    scheduler: str | None = None,
    workers: int | None = None,
    store: str | os.PathLike[str] | None = None,
    resume: bool = False,
) -> Iterator[None]:
    """Run every `grid` inside the with block in this way.

    Parameters
    ----------
    scheduler : str, optional
        Address of a Dask scheduler, such as tcp://127.0.0.1:8786.
    workers : int, optional
        Processes on this machine, which the first grid starts and all grids of the block share.
        None means one a core, and none at all for a few seconds of work.
    store : path, optional
        Zarr folder that holds every finished point from the moment it counts as done. Call `clear`
        once the result is saved.
    resume : bool, default False
        Go on with the run in `store`, if there is one.

    Yields
    ------
    None
        While this holds.

    Raises
    ------
    InputError
        If `store` exists and `resume` is False, so that no finished work is ever overwritten, or if
        another run uses it.

    Examples
    --------
    >>> with on(workers=1):
    ...     grid(lambda *, seed: {"one": 1.0}, {}, trials=2, seed=0).one.values.tolist()
    [1.0, 1.0]
    """
    if workers is not None:
        workers = checks.whole("workers", workers, most=10_000, way_out="give a number of processes such as 4")
    if scheduler is not None and not isinstance(scheduler, str):
        raise checks.refusal("scheduler", "be an address", checks.shown(scheduler), "give one such as tcp://127.0.0.1:8786")
    checks.flag("resume", resume)
    with ExitStack() as held:
        path = None if store is None else checks.path("store", store)
        if path is not None:
            held.enter_context(results.alone(path))
            if path.exists() and not resume:
                was = f"found {str(path)!r}"
                raise checks.refusal(
                    "a new run", "find no unfinished one", was, "finish that one with --resume, or delete it"
                )
            if not path.exists():
                held.callback(_clear_unless_begun, path)
        how = _How(scheduler, workers, path)
        held.callback(disband, how.crew)
        held.callback(_how.reset, _how.set(how))
        yield


@contextmanager
def planned(workers: int | None = None) -> Iterator[list[Estimate]]:
    """Only estimate, inside the with block, what every `grid` will take.

    A grid computes some of its points, about eight seconds of them, and leaves NaN for the others.

    Parameters
    ----------
    workers : int, optional
        Processes that will share the work. None means one a core.

    Yields
    ------
    list of Estimate
        One for each grid, once it was asked for.

    Examples
    --------
    >>> with planned() as estimates:
    ...     _ = grid(lambda *, seed: {"one": 1.0}, {}, trials=20, seed=0)
    >>> estimates[0].points
    20
    """
    if workers is not None:
        checks.whole("workers", workers, most=10_000, way_out="give a number of processes such as 4")
    estimates: list[Estimate] = []
    token = _how.set(_How(workers=workers, plan=estimates))
    try:
        yield estimates
    finally:
        _how.reset(token)


def grid(
    point: Point,
    dims: Mapping[str, Sequence[Any]],
    *,
    trials: int,
    seed: int,
    fixed: Mapping[str, Any] | None = None,
    title: str = "points",
) -> xr.Dataset:
    """Compute a point at every setting of the product of `dims` and every trial.

    The seed of a point depends on `seed` and its trial alone, so that all settings of a trial meet
    the same random items. A point that fails leaves NaN, and a resumed run tries it again.

    Parameters
    ----------
    point : function
        Called as ``point(seed=, **settings, **fixed)``. It returns a dict of name to number, or to
        (dims, array), with the same names and shapes at every setting.
    dims : mapping of str to sequence
        Name of each setting, to its different values.
    trials : int
        Repetitions of each setting.
    seed : int
        Seed of all random numbers.
    fixed : mapping, optional
        Settings that are the same at every point.
    title : str, default "points"
        What the progress bar says.

    Returns
    -------
    Dataset
        Every variable of the point, as float64, with dims (``*dims``, "trial", ``*its own``); and
        where points failed the variable `error`, which says why. `neuromem.plot` draws it, and
        `neuromem.results.save` keeps it.

    Raises
    ------
    InputError
        If a resumed store was begun with other parameters or by other code, or is damaged; if the
        grid can't fit in memory; or if no worker is left to compute it.
    Exception
        The first failure, if all points fail.
    """
    fixed, how = dict(_mapping("fixed", {} if fixed is None else fixed)), _how.get() or _How()
    settings = {name: _values(name, values) for name, values in _mapping("dims", dims).items()}
    seed, trials = checks.whole("seed", seed, least=0, most=2**63 - 1), checks.whole("trials", trials)
    number = math.prod(map(len, settings.values())) * trials
    checks.fits("trials", A_POINT * number, "give fewer trials or settings")
    axes = {**settings, "trial": list(range(trials))}
    if not isinstance(title, str):
        raise checks.refusal("title", "be a text", checks.shown(title))
    if not inspect.isfunction(point):
        raise checks.refusal("point", "be a function", checks.shown(point), "define it at the top of its module")
    try:
        inspect.signature(point).bind(seed=seed, **settings, **fixed)
    except TypeError as error:
        raise checks.refusal("dims and fixed", "hold the settings that point takes", f"do not ({error})") from None
    asked = request(point, {**settings, **fixed}, trials, seed)
    sizes = {name: len(values) for name, values in axes.items()}
    table = Table(axes, None if how.store is None else Store(how.store, next(how.number), asked, sizes))
    if how.plan is not None:
        how.plan.append(look(title, point, _left(settings, seed, table.done), fixed, how.workers or cores(), table))
        return table.dataset().assign_attrs(experiment=f"grid of {point.__name__}")
    bar = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*bar, console=Console(stderr=True)) as progress:

        def say(words: str, style: str | None = None) -> None:
            progress.console.print(words, style=style, markup=False, highlight=False)

        if table.lost:
            say(f"{table.lost} points in {how.store} have lost their values and are computed again")
        shown = progress.add_task(title, total=table.done.size, completed=int(table.done.sum()))
        tasks = _left(settings, seed, table.done)

        def tell(pace: float, measured: int) -> None:
            workers = how.workers or cores()
            estimate = Estimate(title, len(tasks), pace, measured, workers, held(table, workers))
            if estimate.seconds > ALONE:
                say(str(estimate))

        for batch in _batches(point, tasks, fixed, how, say, tell):
            for task, values in batch:
                failure = table.put(task.cell, values)
                if failure and len(table.errors) <= SHOWN:
                    where = {**task.settings, "trial": task.cell[-1]}.items()
                    at = ", ".join(f"{name}={value!r}" for name, value in where)
                    say(f"failed at {at}: {text(failure)}", style="red")
            table.write()
            progress.advance(shown, len(batch))
    return table.dataset().assign_attrs(experiment=f"grid of {point.__name__}")


def trial_seed(seed: int, trial: int) -> int:
    """Return the 63-bit seed of a trial, which depends on `seed` and `trial` alone.

    Parameters
    ----------
    seed : int
        Seed of the whole grid.
    trial : int
        Number of the trial, from 0.

    Returns
    -------
    int
        A number from 0 to 2^63 - 1.

    Examples
    --------
    >>> trial_seed(0, 1)
    2440950710608614359
    """
    seed, trial = checks.whole("seed", seed, least=0, most=2**63 - 1), checks.whole("trial", trial, least=0)
    return int(np.random.SeedSequence(seed, spawn_key=(trial,)).generate_state(1, np.uint64)[0] >> np.uint64(1))


def _clear_unless_begun(store: Path) -> None:
    if not any(store.glob("grid*/seal/c")):
        clear(store)  # nothing is finished: nothing to resume


def _mapping(name: str, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise checks.refusal(name, "be a mapping of names to values", checks.shown(value), "give a dict")
    return value


def _values(name: str, values: Any) -> list[Any]:
    """Return the different values of a setting as a list."""
    if name == "trial":
        way_out = "give the setting another name"
        raise checks.refusal("dims", "leave trial to the grid, which numbers them", "has it", way_out)
    if isinstance(values, str) or not isinstance(values, Sequence | np.ndarray) or getattr(values, "ndim", 1) == 0:
        raise checks.refusal(name, "be a sequence of values", checks.shown(values), f"give ({values!r},) for a single one")
    values = list(values)
    if not values:
        raise checks.refusal(name, "hold at least one value", "was empty")
    if len(set(map(repr, values))) < len(values):
        raise checks.refusal(name, "hold different values", f"was {tuple(values)}")
    return values


def _left(settings: Mapping[str, list[Any]], seed: int, done: np.ndarray) -> list[Task]:
    """Return the points that are not done; cheap and dear settings mixed, for an even pace."""
    places = [tuple(map(int, place)) for place in np.ndindex(done.shape[:-1])]
    seeds = [trial_seed(seed, trial) for trial in range(done.shape[-1])]
    return [
        Task((*places[i], trial), {name: settings[name][at] for name, at in zip(settings, places[i], strict=True)}, one)
        for i in np.random.default_rng(0).permutation(len(places))
        for trial, one in enumerate(seeds)
        if not done[(*places[i], trial)]
    ]


def _batches(
    point: Point,
    tasks: list[Task],
    fixed: Mapping[str, Any],
    how: _How,
    say: Callable[[str], None],
    tell: Callable[[float, int], None],
) -> Iterator[list[Outcome]]:
    """Yield what came of the tasks as they finish, here or on workers where that is faster."""
    workers, pace = how.workers or cores(), math.inf  # pace: seconds a task in the latest batch
    done: list[Outcome] = []
    for batch in itertools.count():
        measured = batch > 1 or (batch == 1 and pace > ALONE)  # the first batch compiles
        worth_it = how.workers or (measured and pace * len(tasks) > ALONE)
        leave = how.scheduler or (workers > 1 and worth_it)
        if tasks and batch <= 2 and (leave or batch == 2):
            tell(pace, len(done))
        if not tasks or leave:
            break
        start, done = time.monotonic(), []
        while tasks and time.monotonic() - start < BLOCK:
            done += compute([tasks.pop(0)], point, fixed)
        pace = (time.monotonic() - start) / len(done)
        yield done
    size = max(1, int(BLOCK / pace))
    blocks = [tasks[i : i + size] for i in range(0, len(tasks), size)]
    if how.scheduler and blocks:
        say(f"computing on {how.scheduler}")
        yield from on_cluster(point, blocks, fixed, how.scheduler)
    elif blocks:
        workers = min(workers, len(blocks))
        new = workers - len(how.crew)
        if new > 0:
            say(f"starting {new} worker{'s' if new > 1 else ''}")
        try:
            yield from on_processes(point, blocks, fixed, workers, how.crew)
        finally:
            if _how.get() is None:  # there is no `on` around it that would do so
                disband(how.crew)
