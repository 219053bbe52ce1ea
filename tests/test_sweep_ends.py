"""A sweep whose processes, cluster or network are taken away goes on, or ends and can be gone on with."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import xarray as xr

import neuromem
from neuromem import checks
from tests.sweeps import HELD, calls_of, files, run

QUICK_TO_NOTICE = {"DASK_DISTRIBUTED__COMM__TIMEOUTS__TCP": "11s"}  # the least that distributed allows
SCRIPT = """
import json, sys
from neuromem import checks, sweep
from neuromem.sweep import _cluster
from sweeps import DIMS, point
options = json.loads(sys.argv[1])
fixed = {name: options.pop(name) for name in ("calls", "hold")}
_cluster.PATIENCE = options.pop("patience", _cluster.PATIENCE)
try:
    with sweep.on(**options):
        sweep.grid(point, DIMS, trials=3, seed=5, fixed=fixed)
except checks.InputError as error:
    sys.exit(str(error))
"""


@pytest.fixture
def start(tmp_path):
    """Starts a process in its own session: a program, or a script without the guard that multiprocessing asks for."""
    (tmp_path / "sweeps.py").symlink_to(Path(__file__).resolve().with_name("sweeps.py"))
    (tmp_path / "script.py").write_text(SCRIPT)
    root = Path(neuromem.__file__).parents[1]
    started, environment = [], {**os.environ, **QUICK_TO_NOTICE, "PYTHONPATH": f"{root}{os.pathsep}{tmp_path}"}

    def begin(*words, inside=(), **options):
        command = words or [*inside, sys.executable, tmp_path / "script.py", json.dumps({**files(tmp_path), **options})]
        with open(tmp_path / f"errors{len(started)}", "w") as errors:
            process = subprocess.Popen([*map(str, command)], env=environment, stderr=errors, start_new_session=True)
        process.errors = Path(errors.name).read_text
        started.append(process)
        return process

    yield begin
    for process in started:
        end(process)


def end(process):
    """Kills a process and all that it has started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def until(true, seconds=600.0):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def until_held(process, folder):
    """Until the sweep is half done, and can't go on before it is `released`."""
    calls = folder / "calls"
    until(lambda: (calls.exists() and calls_of(calls).total() >= HELD) or process.poll() is not None)
    assert process.poll() is None, process.errors()


def released_and_whole(folder):
    """The data of a sweep that was held: what is not done is computed here."""
    (folder / "hold").touch()
    xr.testing.assert_identical(run(resume=True, workers=1, **files(folder)), run(workers=1))


@pytest.mark.parametrize("workers", [1, 2])
def test_killed_run_resumes(workers, start, tmp_path):
    calls = tmp_path / "calls"
    process = start(workers=workers)
    until_held(process, tmp_path)
    process.kill()  # SIGKILL: nothing can be tidied up
    process.wait()
    until(lambda: not alive(process.pid))  # the workers leave too, in the midst of a point
    before = calls_of(calls)
    done = xr.open_zarr(tmp_path / "store.zarr", group="grid0", consolidated=False).seal.values != 0
    assert 0 < done.sum() < 24
    released_and_whole(tmp_path)
    twice = [line for line, number in calls_of(calls).items() if number > 1]
    assert len(calls_of(calls)) == 24
    assert len(twice) == before.total() - done.sum()  # only what the kill cut short
    released_and_whole(tmp_path)
    assert calls_of(calls).total() == 24 + len(twice)  # a finished sweep is only read


def processes():
    """(number, state, parent, session, command) of each process of this machine."""
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, parent, _, session = status.read_text().rpartition(")")[2].split()[:4]
            yield int(status.parent.name), state, int(parent), int(session), status.with_name("cmdline").read_text()


def alive(session):
    """Whether a process of that session still runs."""
    return any(number == session and state != "Z" for _, state, _, number, _ in processes())


def worker_pids(parent):
    """The processes that compute, children of `parent`."""
    return [number for number, _, mother, _, command in processes() if mother == parent and "spawn_main" in command]


def kill(numbers):
    for number in numbers:
        with contextlib.suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)


def test_interrupted_run_ends_cleanly_and_resumes(start, tmp_path):
    process = start(workers=2)
    until_held(process, tmp_path)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does on Ctrl-C
    until(lambda: not alive(process.pid))
    assert process.wait() in (1, -signal.SIGINT)
    assert process.errors().count("Traceback") == 1  # its own KeyboardInterrupt, nothing of the workers
    released_and_whole(tmp_path)


def test_interrupted_while_the_workers_start(start, tmp_path):
    process = start(workers=2)
    until(lambda: len(worker_pids(process.pid)) == 2)
    os.killpg(process.pid, signal.SIGINT)
    until(lambda: not alive(process.pid))
    assert process.errors().count("Traceback") == 1
    assert not (tmp_path / "store.zarr").exists()


@pytest.mark.parametrize("killed", [1, 2])
def test_killed_workers_are_replaced(killed, start, tmp_path):
    process = start(workers=2)
    until_held(process, tmp_path)
    kill(worker_pids(process.pid)[:killed])
    (tmp_path / "hold").touch()
    assert process.wait(timeout=600) == 0
    counts = calls_of(tmp_path / "calls")
    assert len(counts) == 24
    assert counts.total() <= 24 + killed  # what the dead worker held
    released_and_whole(tmp_path)
    assert calls_of(tmp_path / "calls") == counts  # nothing was left to do


def test_workers_that_are_killed_until_none_is_left(start, tmp_path):
    process = start(workers=2)
    until_held(process, tmp_path)
    until(lambda: kill(worker_pids(process.pid)) or process.poll() is not None)
    assert process.wait() == 1
    last = process.errors().splitlines()[-1]
    assert last.startswith("workers must be processes that can start, but")
    assert "in a row ended before their first point (SIGKILL)" in last
    assert "--resume" in last
    until(lambda: not alive(process.pid))
    released_and_whole(tmp_path)


@pytest.fixture
def cluster(start, tmp_path):
    """A scheduler, and workers each of which has a nanny that would start it again; `inside` names where each runs."""

    def begin(workers=2, inside=((), ()), host="127.0.0.1"):
        contact, python = tmp_path / "scheduler.json", [sys.executable, "-m", "dask"]
        common = ["--no-dashboard", "--scheduler-file", contact]
        scheduler = start(*inside[0], *python, "scheduler", "--host", host, "--port", 0, *common)
        until(lambda: contact.exists() and contact.read_text().endswith("}"))
        address = json.loads(contact.read_text())["address"]

        def worker():
            return start(*inside[1], *python, "worker", "--nthreads", 1, "--local-directory", tmp_path, *common)

        crew = [worker() for _ in range(workers)]
        until(lambda: all("Registered to" in one.errors() for one in crew))
        return address, scheduler, crew, worker

    return begin


def test_cluster(cluster, start, tmp_path):
    address, *_ = cluster()
    (tmp_path / "hold").touch()
    process = start(scheduler=address)
    assert process.wait(timeout=600) == 0
    assert set(calls_of(tmp_path / "calls").values()) == {1}
    assert len(calls_of(tmp_path / "calls")) == 24
    released_and_whole(tmp_path)
    assert calls_of(tmp_path / "calls").total() == 24


def ends_with(process, words, folder):
    """The sweep ends with one line that says what happened and how to go on, and does go on."""
    assert process.wait(timeout=600) == 1
    last = process.errors().splitlines()[-1]
    assert last.startswith("scheduler must stay reachable and have workers, but 'tcp://")
    assert words in last
    assert "--resume" in last
    released_and_whole(folder)


def test_a_cluster_that_loses_all_workers(cluster, start, tmp_path):
    address, _, workers, _ = cluster()
    process = start(scheduler=address, patience=5)
    until_held(process, tmp_path)
    for worker in workers:
        end(worker)  # with its nanny
    ends_with(process, "has had no worker for 5 seconds", tmp_path)


def test_a_cluster_that_gets_a_new_worker_goes_on(cluster, start, tmp_path):
    address, _, workers, new = cluster()
    process = start(scheduler=address)
    until_held(process, tmp_path)
    for worker in workers:
        end(worker)
    (tmp_path / "hold").touch()
    new()
    assert process.wait(timeout=600) == 0
    assert len(calls_of(tmp_path / "calls")) == 24
    released_and_whole(tmp_path)


def test_a_scheduler_that_goes_away(cluster, start, tmp_path):
    address, scheduler, *_ = cluster()
    process = start(scheduler=address)
    until_held(process, tmp_path)
    end(scheduler)
    ends_with(process, "went away", tmp_path)


@pytest.fixture
def hosts():
    """Two hosts, as network namespaces: words that run a command there, an address each, and how to cut their cable."""
    near, far = names = [f"nm{os.getpid()}{end}" for end in "ab"]
    steps = [
        *(f"netns add {name}" for name in names),
        f"link add {near} netns {near} type veth peer name {far} netns {far}",
        *(f"-n {name} addr add 192.0.2.{number}/24 dev {name}" for number, name in enumerate(names, 1)),
        *(f"-n {name} link set {device} up" for name in names for device in ("lo", name)),
    ]
    try:
        for step in steps:
            subprocess.run(["ip", *step.split()], check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no network namespaces here: {getattr(error, 'stderr', error)}")
    else:
        inside = [("ip", "netns", "exec", name) for name in names]
        yield inside, "192.0.2.2", lambda: subprocess.run(["ip", "-n", near, "link", "set", near, "down"], check=True)
    finally:
        for name in names:
            with contextlib.suppress(OSError):
                subprocess.run(["ip", "netns", "delete", name], capture_output=True)


@pytest.mark.slow
def test_the_network_to_the_scheduler_is_cut(hosts, cluster, start, tmp_path):
    (near, far), address, cut = hosts
    address, *_ = cluster(inside=(far, far), host=address)
    process = start(inside=near, scheduler=address)
    until_held(process, tmp_path)
    cut()
    ends_with(process, "went away", tmp_path)


@pytest.mark.slow
def test_the_network_to_the_workers_is_cut(hosts, cluster, start, tmp_path):
    (near, far), address, cut = hosts
    address, *_ = cluster(inside=(far, near), host=address)
    process = start(inside=far, scheduler=address, patience=5)
    until_held(process, tmp_path)
    cut()
    ends_with(process, "has had no worker for 5 seconds", tmp_path)


def test_a_run_in_use_is_told_by_its_process(start, tmp_path):
    process = start(workers=1)
    until_held(process, tmp_path)
    for resume in (True, False):
        with pytest.raises(checks.InputError, match=f"process {process.pid} on .* is writing '.*store.zarr'"):
            run(resume=resume, workers=1, **files(tmp_path))
    process.kill()
    process.wait()
    assert (tmp_path / ".store.zarr.lock").exists()  # nobody could tidy it up, and it holds nobody back
    released_and_whole(tmp_path)
    assert not (tmp_path / ".store.zarr.lock").exists()
