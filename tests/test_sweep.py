"""A sweep gives the same numbers however it is run, killed and resumed, and computes no finished point again."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import neuromem
from neuromem import checks, sweep

DIMS = {"load": [0.0, 0.1, 0.2, 0.3], "kind": ["a", "b"]}
PAUSE = 0.15


def point(*, seed, load, kind, calls=None, pause=0.0, flaw=None):
    """A noisy point of known law that can note that it was called, take its time, fail, or kill its process."""
    if calls:
        with open(calls, "a") as file:  # one short line: written whole
            file.write(f"{load} {kind} {seed}\n")
    time.sleep(pause)
    if flaw and load == 0.2 and kind == "b":
        if flaw == "die":
            os._exit(1)
        if flaw == "raise" or Path(flaw).exists():
            raise ValueError("too much load")
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=3)
    return {"overlap": 1 - load + noise[0], "field": ("unit", noise + load), "steps": 7 + (kind == "b")}


def run(**options):
    fixed = {name: options.pop(name) for name in ("calls", "pause", "flaw") if name in options}
    with sweep.on(**options):
        return sweep.grid(point, DIMS, trials=3, seed=5, fixed={k: str(v) if k == "calls" else v for k, v in fixed.items()})


def calls_of(path):
    return Counter(path.read_text().split("\n")[:-1])


SCRIPT = """
import sys
from neuromem import sweep
from test_sweep import DIMS, PAUSE, point
with sweep.on(store=sys.argv[1], workers=int(sys.argv[3]), resume=len(sys.argv) > 4):
    sweep.grid(point, DIMS, trials=3, seed=5, fixed={"calls": sys.argv[2], "pause": PAUSE})
"""


@pytest.fixture
def start(tmp_path):
    """Starts a plain script, without the guard that multiprocessing asks for; it runs the sweep in its own session."""
    (tmp_path / "test_sweep.py").symlink_to(Path(__file__).resolve())
    (tmp_path / "script.py").write_text(SCRIPT)
    root = Path(neuromem.__file__).parents[1]
    started, environment = [], {**os.environ, "PYTHONPATH": f"{root}{os.pathsep}{tmp_path}"}

    def begin(*arguments, **options):
        command = [sys.executable, str(tmp_path / "script.py"), *map(str, arguments)]
        started.append(subprocess.Popen(command, env=environment, start_new_session=True, **options))
        return started[-1]

    yield begin
    for process in started:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def until(true, seconds=180.0):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def test_all_settings_of_a_trial_meet_the_same_items():
    data = run(workers=1)
    assert dict(data.sizes) == {"load": 4, "kind": 2, "trial": 3, "unit": 3}
    noise = data.overlap + data["load"] - 1
    assert float(noise.std(["load", "kind"]).max()) < 1e-12
    assert len(np.unique(data.overlap.isel(load=0, kind=0))) == 3
    assert data.steps.sel(kind="b").mean() == 8
    more = sweep.grid(point, {"load": [0.3], "kind": ["b"]}, trials=5, seed=5)  # a part of the grid, and more trials
    xr.testing.assert_equal(more.isel(trial=slice(3)), data.sel(load=[0.3], kind=["b"]))


def test_workers_change_nothing():
    xr.testing.assert_identical(run(workers=2), run(workers=1))


def test_a_long_grid_moves_to_the_workers(monkeypatch, tmp_path):
    monkeypatch.setattr(sweep, "ALONE", 0.1)
    data = run(pause=0.2, calls=tmp_path / "calls")
    xr.testing.assert_identical(data, run(workers=1))
    assert set(calls_of(tmp_path / "calls").values()) == {1}


@pytest.mark.parametrize("workers", ["1", "2"])
def test_killed_run_resumes(workers, start, tmp_path):
    store, calls = tmp_path / "store.zarr", tmp_path / "calls"
    process = start(store, calls, workers)
    until(lambda: calls.exists() and len(calls.read_text().split("\n")) > 14)
    process.kill()  # SIGKILL: nothing can be tidied up
    process.wait()
    until(lambda: not alive(process.pid))  # the workers leave too
    before = calls_of(calls)
    done = xr.open_zarr(store, group="grid0", consolidated=False).seal.values != 0
    assert 0 < done.sum() < 24
    data = run(store=store, resume=True, workers=1, calls=calls, pause=PAUSE)
    xr.testing.assert_identical(data, run(workers=1))
    twice = [line for line, number in calls_of(calls).items() if number > 1]
    assert len(calls_of(calls)) == 24
    assert len(twice) == before.total() - done.sum()  # only what the kill cut short
    xr.testing.assert_identical(run(store=store, resume=True, workers=1, calls=calls, pause=PAUSE), data)
    assert calls_of(calls).total() == 24 + len(twice)  # a finished sweep is only read


def alive(session):
    """Whether a process of that session still runs."""
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, number = status.read_text().rpartition(")")[2].split()[:4]
        except OSError:
            continue
        if int(number) == session and state != "Z":
            return True
    return False


def test_interrupted_run_ends_cleanly_and_resumes(start, tmp_path):
    store, calls = tmp_path / "store.zarr", tmp_path / "calls"
    process = start(store, calls, 2, stderr=subprocess.PIPE, text=True)
    until(lambda: calls.exists() and len(calls.read_text().split("\n")) > 8)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does on Ctrl-C
    _, errors = process.communicate(timeout=180)
    assert errors.count("Traceback") == 1  # its own KeyboardInterrupt, nothing of the workers
    until(lambda: not alive(process.pid))
    xr.testing.assert_identical(run(store=store, resume=True, workers=1, calls=calls, pause=PAUSE), run(workers=1))


def worker_pids(parent):
    """The processes that compute, children of `parent`."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            mother = int(status.read_text().rpartition(")")[2].split()[1])
            line = status.with_name("cmdline").read_text()
        except OSError:
            continue
        if mother == parent and "spawn_main" in line:
            found.append(int(status.parent.name))
    return found


def test_killed_worker_is_replaced(start, tmp_path):
    store, calls = tmp_path / "store.zarr", tmp_path / "calls"
    process = start(store, calls, 2)
    until(lambda: calls.exists() and len(calls.read_text().split("\n")) > 4)
    os.kill(worker_pids(process.pid)[0], signal.SIGKILL)
    assert process.wait(timeout=180) == 0
    xr.testing.assert_identical(run(store=store, resume=True, workers=1, calls=calls, pause=PAUSE), run(workers=1))
    counts = calls_of(calls)
    assert len(counts) == 24
    assert counts.total() <= 24 + 2  # what the dead worker held


def test_cluster(tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{probe.getsockname()[1]}"
    python = [sys.executable, "-m", "dask"]
    root = Path(neuromem.__file__).parents[1]
    options = {
        "env": {**os.environ, "PYTHONPATH": f"{root}{os.pathsep}{Path(__file__).parent}"},
        "stderr": subprocess.DEVNULL,
        "cwd": tmp_path,
    }
    scheduler = [*python, "scheduler", "--host", "127.0.0.1", "--port", address.rpartition(":")[2], "--no-dashboard"]
    processes = [subprocess.Popen(scheduler, **options)]
    worker = [*python, "worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard", "--host", "127.0.0.1"]
    processes += [subprocess.Popen(worker, **options) for _ in range(2)]
    try:
        data = run(scheduler=address, store=tmp_path / "store.zarr", calls=tmp_path / "calls")
        xr.testing.assert_identical(data, run(workers=1))
        assert set(calls_of(tmp_path / "calls").values()) == {1}
    finally:
        for process in processes:
            process.kill()
            process.wait()


def test_no_scheduler_there():
    with pytest.raises(checks.InputError, match="did not answer"):
        run(scheduler="tcp://127.0.0.1:9")


def test_changed_parameter_is_refused(tmp_path):
    store = tmp_path / "store.zarr"
    run(store=store, workers=1, pause=0.0)
    with pytest.raises(checks.InputError, match=r"pause was 0\.0 and is now 0\.01"):
        run(store=store, workers=1, resume=True, pause=0.01)
    with (
        sweep.on(store=store, resume=True),
        pytest.raises(checks.InputError, match=r"load\[1\] was 0\.1 and is now 0\.15; .*delete"),
    ):
        sweep.grid(point, {**DIMS, "load": [0.0, 0.15, 0.2, 0.3]}, trials=3, seed=5, fixed={"pause": 0.0})
    with pytest.raises(checks.InputError, match="finish that one with --resume"):
        run(store=store, workers=1, pause=0.0)


@pytest.mark.parametrize(("flaw", "workers"), [("raise", 1), ("raise", 2), pytest.param("die", 2, marks=pytest.mark.slow)])
def test_failing_point_takes_no_other_down(flaw, workers, tmp_path, capsys):
    data = run(workers=workers, flaw=flaw, store=tmp_path / "store.zarr")
    bad = (data["load"] == 0.2) & (data["kind"] == "b") & (data["trial"] >= 0)
    sound = run(workers=1)
    xr.testing.assert_identical(data.drop_vars("error").where(~bad), sound.where(~bad))
    assert bool(data.overlap.isnull().equals(bad))
    assert bool(((data.error != "") == bad).all())
    assert "load=0.2, kind='b', trial=0" in capsys.readouterr().err.replace("\n", " ").replace("  ", " ")


def test_resume_tries_a_failed_point_again(tmp_path):
    options = {"workers": 1, "flaw": str(tmp_path / "flaw"), "calls": tmp_path / "calls", "store": tmp_path / "store.zarr"}
    Path(options["flaw"]).touch()
    assert int(run(**options).overlap.isnull().sum()) == 3
    Path(options["flaw"]).unlink()
    xr.testing.assert_identical(run(resume=True, **options), run(workers=1))
    assert calls_of(tmp_path / "calls").total() == 24 + 3


def bad(*, seed, load):
    raise checks.refusal("load", "be below 1", f"was {load}")


def test_if_all_points_fail_the_first_reason_is_raised():
    with pytest.raises(checks.InputError, match="load must be below 1"):
        sweep.grid(bad, {"load": [2.0, 3.0]}, trials=2, seed=0)


def test_two_grids_of_one_run_share_a_store(tmp_path):
    for resume in (False, True):
        with sweep.on(workers=1, store=tmp_path / "store.zarr", resume=resume):
            first = sweep.grid(point, DIMS, trials=1, seed=0)
            second = sweep.grid(point, {"load": [0.5], "kind": ["a"]}, trials=2, seed=0)
    assert first.overlap.size == 8
    sweep.clear(tmp_path / "store.zarr")
    assert not (tmp_path / "store.zarr").exists()
    assert second.overlap.size == 2


def test_a_folder_of_someone_else_is_left_alone(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter").write_text("dear")
    with pytest.raises(checks.InputError, match="choose another"), sweep.on(store=tmp_path / "mine", resume=True):
        sweep.grid(point, DIMS, trials=1, seed=0)
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["letter"]


def test_a_run_of_which_nothing_is_finished_leaves_no_store(tmp_path):
    store = tmp_path / "store.zarr"
    with pytest.raises(ValueError, match="too much load"), sweep.on(workers=1, store=store):
        sweep.grid(point, {"load": [0.2], "kind": ["b"]}, trials=1, seed=0, fixed={"flaw": "raise"})
    assert not store.exists()


def test_a_setting_given_twice_is_refused():
    with pytest.raises(checks.InputError, match=r"load must hold different values, but was \(0\.1, 0\.1\)"):
        sweep.grid(point, {"load": [0.1, 0.1], "kind": ["a"]}, trials=1, seed=0)
