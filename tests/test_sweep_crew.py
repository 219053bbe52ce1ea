"""The processes of a sweep: one dies while it sends, one takes over what another left, all go on with the next grid."""

import os
import signal
from pathlib import Path

import numpy as np
import pytest

from neuromem import sweep
from neuromem.sweep import _processes, _tasks
from tests.test_sweep_ends import kill, until, worker_pids


def test_a_worker_killed_while_it_sends_is_noticed():
    """Half a message in the pipe, and no other half to come: the point is computed again."""
    crew: list[_processes.Worker] = []
    tasks = [_tasks.Task((trial,), {}, trial) for trial in range(3)]
    going = _processes.on_processes(large, [[task] for task in tasks], {}, 2, crew)
    found = [next(going)]  # while nobody reads, the other worker stands in the midst of its message
    until(lambda: any(worker.pipe.poll() for worker in crew))
    sending = [worker.process.pid for worker in crew if worker.pipe.poll()]  # one, or both where the machine is busy
    kill(sending)
    found += list(going)
    left = {worker.process.pid for worker in crew}
    _processes.disband(crew)
    assert left.isdisjoint(sending)  # a new process has taken over, or one that was idle
    assert sorted(task.cell for ((task, _),) in found) == [(0,), (1,), (2,)]
    assert all((values["many"][1] == task.seed).all() for ((task, values),) in found)


def test_an_idle_process_takes_over_what_another_left(tmp_path):
    """There is nobody else to do it: it would be waited for for ever."""
    crew, tasks = [], [_tasks.Task((trial,), {}, trial) for trial in range(2)]
    going = _processes.on_processes(dies_once, [[task] for task in tasks], {"folder": str(tmp_path)}, 2, crew)
    found = [next(going)]
    (tmp_path / "idle").touch()
    found += list(going)
    _processes.disband(crew)
    assert sorted(values["one"][1].item() for ((_, values),) in found) == [0, 1]


def dies_once(*, seed, folder):
    """The second point ends its process, once the first is done by another, which is idle."""
    (Path(folder) / f"{seed} begun").touch()
    until(lambda: len(list(Path(folder).glob("* begun"))) == 2)
    if seed == 1 and not (Path(folder) / "died").exists():
        until((Path(folder) / "idle").exists)
        (Path(folder) / "died").touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return {"one": seed}


def large(*, seed):
    return {"many": ("unit", np.full(10**6, seed))}  # 8 MB, far more than a pipe takes at once


def test_the_processes_of_a_grid_compute_the_next_one(tmp_path):
    """Within `on` they work for each grid, whatever it computes; one that died idle is replaced, and none outlives it."""

    def pids(what, **dims):
        (tmp_path / str(what)).mkdir()
        data = sweep.grid(met, dims, trials=2, seed=0, fixed={"what": what, "folder": str(tmp_path / str(what))})
        assert (data.said == what).all()
        assert {*data.by.values.ravel()} == {*worker_pids(os.getpid())}
        return {*worker_pids(os.getpid())}

    with sweep.on(workers=2):
        crew = pids(1)
        assert pids(2, other=[1, 2]) == crew
        dead = min(crew)
        kill([dead])
        until(lambda: dead not in worker_pids(os.getpid()))
        assert pids(3) & crew == crew - {dead}
        with pytest.raises(ZeroDivisionError):
            sweep.grid(fails, {}, trials=2, seed=0)
        assert len(pids(4)) == 2
    assert worker_pids(os.getpid()) == []


def met(*, seed, what, folder, other=None):
    """Says what it was told and by which process, once two processes compute."""
    (Path(folder) / str(os.getpid())).touch()
    until(lambda: len(os.listdir(folder)) == 2)
    return {"by": os.getpid(), "said": what}


def fails(*, seed):
    return {"one": 1 / 0}
