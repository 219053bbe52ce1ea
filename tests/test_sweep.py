"""A sweep gives the same numbers however it is run, killed and resumed, and computes no finished point again."""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import types
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import neuromem
from neuromem import checks, provenance, sweep
from neuromem.sweep import _estimate, _processes, _tasks

QUICK_TO_NOTICE = {"DASK_DISTRIBUTED__COMM__TIMEOUTS__TCP": "11s"}  # the least that distributed allows
DIMS = {"load": [0.0, 0.1, 0.2, 0.3], "kind": ["a", "b"]}
HELD = 14  # points begun when those of a held sweep stop


def point(*, seed, load, kind, calls=None, hold=None, pause=0.0, flaw=None):
    """A noisy point of known law that can note that it was called, be held, take its time, fail, or kill its process.

    From the point number HELD on, all wait for the file `hold`: a sweep that is to be killed is then half done for sure.
    """
    if calls:
        with open(calls, "a") as file:  # one short line: written whole
            file.write(f"{load} {kind} {seed}\n")
    while hold and calls_of(Path(calls)).total() >= HELD and not Path(hold).exists():
        time.sleep(0.02)
    time.sleep(0.05 if hold else pause)
    if flaw and load == 0.2 and kind == "b":
        if flaw == "die":
            os._exit(1)
        if flaw == "raise" or Path(flaw).exists():
            raise ValueError("too much load")
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=3)
    return {"overlap": 1 - load + noise[0], "field": ("unit", noise + load), "steps": 7 + (kind == "b")}


def run(**options):
    fixed = {name: options.pop(name) for name in ("calls", "hold", "pause", "flaw") if name in options}
    with sweep.on(**options):
        return sweep.grid(
            point, DIMS, trials=3, seed=5, fixed={k: str(v) if k in ("calls", "hold") else v for k, v in fixed.items()}
        )


def calls_of(path):
    return Counter(path.read_text().split("\n")[:-1])


SCRIPT = """
import json, sys
from neuromem import checks, sweep
from neuromem.sweep import _cluster
from test_sweep import DIMS, point
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
    (tmp_path / "test_sweep.py").symlink_to(Path(__file__).resolve())
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


def files(folder):
    return {name: str(folder / file) for name, file in {"calls": "calls", "hold": "hold", "store": "store.zarr"}.items()}


def end(process):
    """Kills a process and all that it has started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def until(true, seconds=180.0):
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
    assert process.wait(timeout=180) == 0
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


def test_a_worker_killed_while_it_sends_is_noticed(monkeypatch):
    """Half a message in the pipe, and no other half to come: the point is computed again."""
    crew = []

    class Worker(_processes._Worker):
        def __init__(self, work):
            crew.append(self)
            super().__init__(work)

    monkeypatch.setattr(_processes, "_Worker", Worker)
    tasks = [_tasks.Task((trial,), {}, trial) for trial in range(3)]
    going = _processes.on_processes(large, [[task] for task in tasks], {}, 2)
    found = [next(going)]  # while nobody reads, the other worker stands in the midst of its message
    until(lambda: any(worker.pipe.poll() for worker in crew))
    sending = [worker.process.pid for worker in crew if worker.pipe.poll()]  # one, or both where the machine is busy
    kill(sending)
    found += list(going)
    assert len(crew) == 2 + len(sending)
    assert sorted(task.cell for ((task, _),) in found) == [(0,), (1,), (2,)]
    assert all((values["many"][1] == task.seed).all() for ((task, values),) in found)


def large(*, seed):
    return {"many": ("unit", np.full(10**6, seed))}  # 8 MB, far more than a pipe takes at once


class Odd(Exception):
    def __init__(self, one, two):
        super().__init__(f"{one} and {two}")


def odd(*, seed):
    raise Odd("this", "that")


def test_an_error_that_can_not_travel_is_told_by_its_text():
    with pytest.raises(RuntimeError, match="Odd: this and that"), sweep.on(workers=2):
        sweep.grid(odd, {}, trials=2, seed=0)


def test_a_point_that_no_other_process_knows_is_refused(monkeypatch):
    ghost = types.ModuleType("ghost")
    exec("def point(*, seed): return {'one': 1}", ghost.__dict__)
    monkeypatch.setitem(sys.modules, "ghost", ghost)
    assert sweep.grid(ghost.point, {}, trials=2, seed=0).one.sum() == 2
    with sweep.on(workers=2), pytest.raises(checks.InputError, match=r"known where it is computed, but was not .*ghost"):
        sweep.grid(ghost.point, {}, trials=2, seed=0)


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
    assert process.wait(timeout=180) == 0
    assert set(calls_of(tmp_path / "calls").values()) == {1}
    assert len(calls_of(tmp_path / "calls")) == 24
    released_and_whole(tmp_path)
    assert calls_of(tmp_path / "calls").total() == 24


def ends_with(process, words, folder):
    """The sweep ends with one line that says what happened and how to go on, and does go on."""
    assert process.wait(timeout=180) == 1
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
    assert process.wait(timeout=180) == 0
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


def test_a_folder_of_someone_else_is_left_alone(tmp_path):
    import zarr

    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter").write_text("dear")
    zarr.save_group(tmp_path / "other.zarr", grid0=np.zeros(3))
    before = content(tmp_path)
    for name in ("mine", "other.zarr", "mine/letter"):
        with pytest.raises(checks.InputError, match="choose another"), sweep.on(store=tmp_path / name, resume=True):
            sweep.grid(point, DIMS, trials=1, seed=0)
    assert content(tmp_path) == before


def content(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def replace(old, new):
    def change(path):
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))

    return change


def folder_in_place(path):
    path.unlink()
    path.mkdir()


FILES = {
    "root": "zarr.json",
    "grid": "grid0/zarr.json",
    "array": "grid0/overlap/zarr.json",
    "seals": "grid0/seal/zarr.json",
    "chunk": "grid0/overlap/c/1/0/0",
    "several": "grid0/field/c/1/0/0/0",
    "seal": "grid0/seal/c/1/0/0",
}
DAMAGES = {
    **{(name, "empty"): lambda path: path.write_text("") for name in FILES},
    **{(name, "cut"): cut for name in FILES},
    **{(name, "flipped"): flip for name in FILES},
    **{(name, "a folder"): folder_in_place for name in FILES},
    **{(name, "deleted"): Path.unlink for name in FILES},
    **{(name, "deep"): lambda path: path.write_text("[" * 100_000) for name in FILES if "zarr.json" in FILES[name]},
    **{(name, "no object"): lambda path: path.write_text("[]") for name in FILES if "zarr.json" in FILES[name]},
    ("array", "long"): replace("4,", "4000000,"),
    ("array", "other type"): replace("float64", "float32"),
    ("array", "other names"): replace('"load"', '"lord"'),
    ("array", "other fill"): replace("NaN", "Infinity"),
    ("array", "no checksum"): replace("crc32c", "gzip"),
    ("array", "long chunks"): replace('"chunk_shape": [\n        1', '"chunk_shape": [\n        4000000'),
    ("grid", "no request"): replace('"asked"', '"other"'),
    ("grid", "other layout"): replace('"steps"', '"stops"'),
    ("grid", "huge layout"): replace(
        '"unit"\n        ],\n        [\n          3', '"unit"\n        ],\n        [\n          3000000'
    ),
    ("grid", "no layout"): replace('"layout"', '"other"'),
    ("root", "other version"): replace('"format": 2', '"format": 1'),
    ("root", "other owner"): replace("unfinished run", "poem"),
    ("array", "gone"): lambda path: shutil.rmtree(path.parent),
    ("grid", "gone"): lambda path: shutil.rmtree(path.parent),
    ("seals", "gone"): lambda path: shutil.rmtree(path.parent),
    ("chunk", "another's"): lambda path: shutil.copy(path.parents[2] / "2/0/0", path),
    ("chunk", "of another variable"): lambda path: shutil.copy(path.parents[4] / "steps/c/1/0/0", path),
    ("chunk", "older"): lambda path: _older(path),
    ("seal", "another's"): lambda path: shutil.copy(path.parents[2] / "2/0/0", path),
}


def _older(path):
    """The chunk as it was before its last trial was finished."""
    import zarr

    array = zarr.open_array(path.parents[3], mode="r+")
    array[1, 0, 2] = np.nan


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A store in which all but one point are finished, and its data."""
    folder = tmp_path_factory.mktemp("finished")
    options = {"workers": 1, "store": folder / "store.zarr", "flaw": str(folder / "flaw")}
    Path(options["flaw"]).touch()
    run(**options)
    Path(options["flaw"]).unlink()
    return folder, run(workers=1)


@pytest.mark.parametrize(("file", "damage"), DAMAGES)
def test_a_damaged_store_gives_the_right_numbers_or_one_clear_line(file, damage, finished, tmp_path):
    """Never another number, never another exception; what the line says to do helps."""
    whole, right = finished
    shutil.copytree(whole / "store.zarr", tmp_path / "store.zarr")
    DAMAGES[file, damage](tmp_path / "store.zarr" / FILES[file])
    options = {"workers": 1, "store": tmp_path / "store.zarr", "flaw": str(whole / "flaw"), "resume": True}
    told = None
    try:
        data = run(**options)
    except checks.InputError as error:
        told = str(error)
    if told:
        assert "\n" not in told
        assert re.search("delete '.*' to (begin anew|compute its points again)|move it away", told)
        place = Path(re.findall(r"'(/[^']*)'", told)[-1])
        assert place.is_relative_to(tmp_path / "store.zarr")
        shutil.rmtree(place) if place.is_dir() else place.unlink()
        data = run(**options)
    xr.testing.assert_identical(data, right)


def test_points_that_lost_their_values_are_told_and_computed_again(finished, tmp_path, capsys, monkeypatch):
    whole, _ = finished
    options = {"workers": 1, "store": tmp_path / "store.zarr", "flaw": str(whole / "flaw"), "resume": True}
    shutil.copytree(whole / "store.zarr", tmp_path / "store.zarr")
    computed = []
    monkeypatch.setattr(sweep, "compute", lambda tasks, *rest: computed.extend(tasks) or _tasks.compute(tasks, *rest))
    run(**options)
    assert len(computed) == 3  # the three that had failed, and no other
    assert "have lost" not in capsys.readouterr().err
    (tmp_path / "store.zarr" / FILES["chunk"]).unlink()
    run(**options)
    assert {task.cell for task in computed[3:]} == {(1, 0, trial) for trial in range(3)}
    assert "3 points in" in capsys.readouterr().err


def test_other_code_is_not_gone_on_with(tmp_path, monkeypatch):
    """The point's file, a file that a setting names, neuromem itself: each as it was when the run was begun."""
    store = {"store": tmp_path / "store.zarr", "workers": 1}
    (tmp_path / "mine.py").write_text("def point(*, seed, model): return {'one': 1.0}")
    monkeypatch.syspath_prepend(tmp_path)
    import mine

    weights = tmp_path / "weights.pt"
    weights.write_text("1")

    def go_on():
        with sweep.on(**store, resume=True):
            return sweep.grid(mine.point, {"model": [f"net:weights={weights}"]}, trials=1, seed=0)

    go_on()
    go_on()
    weights.write_text("2")
    with pytest.raises(checks.InputError, match=r"content of .*weights.pt was \w+ and is now \w+; go back to what it was"):
        go_on()
    weights.write_text("1")
    with open(mine.__file__, "a") as file:
        file.write("# changed")
    with pytest.raises(checks.InputError, match="but code was"):
        go_on()
    (tmp_path / "mine.py").write_text("def point(*, seed, model): return {'one': 1.0}")
    go_on()
    monkeypatch.setattr(provenance, "_package", lambda: "other")
    with pytest.raises(checks.InputError, match="but code was"):
        go_on()


def test_the_code_of_neuromem_is_all_that_changes_numbers(tmp_path, monkeypatch):
    copy = tmp_path / "neuromem"
    for file in ("models/hopfield.py", "cues.py", "cli.py", "figures/capacity.py", "experiments/capacity.py"):
        (copy / file).parent.mkdir(parents=True, exist_ok=True)
        (copy / file).write_text("x = 1")
    monkeypatch.setattr(provenance, "PACKAGE", copy)
    package = provenance._package.__wrapped__
    before = package()
    changes = {}
    for file in content(copy):
        (copy / file).write_text("x = 2")
        changes[str(file)] = package() != before
        (copy / file).write_text("x = 1")
    assert {file for file, changed in changes.items() if changed} == {"models/hopfield.py", "cues.py"}


def test_a_run_of_which_nothing_is_finished_leaves_no_store(tmp_path):
    store = tmp_path / "store.zarr"
    with pytest.raises(ValueError, match="too much load"), sweep.on(workers=1, store=store):
        sweep.grid(point, {"load": [0.2], "kind": ["b"]}, trials=1, seed=0, fixed={"flaw": "raise"})
    assert not store.exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"point": None}, "point must be a function"),
        ({"point": "point"}, "point must be a function"),
        ({"point": dict}, "point must be a function"),
        ({"dims": None}, "dims must be a mapping"),
        ({"dims": [("load", [1])]}, "dims must be a mapping"),
        ({"dims": {1: [1]}}, "dims must be a mapping"),
        ({"dims": {"load": 0.1}}, "load must be a sequence of values"),
        ({"dims": {"load": "0.1"}}, r"load must be a sequence of values, but was '0.1'; give \('0.1',\)"),
        ({"dims": {"load": []}}, "load must hold at least one value"),
        ({"dims": {"load": [0.1, 0.1]}}, r"load must hold different values, but was \(0\.1, 0\.1\)"),
        ({"dims": {"load": [object()], "kind": ["a"]}}, "settings of a sweep must be numbers, texts or arrays"),
        ({"fixed": 3}, "fixed must be a mapping"),
        ({"fixed": {"flaw": {1, 2}}}, "settings of a sweep must be numbers, texts or arrays"),
        ({"fixed": {"other": 1}}, r"dims and fixed must hold the settings that point takes, but do not \(got an unexpected"),
        ({"fixed": {"load": 0.2}}, "dims and fixed must hold .*multiple values for keyword argument 'load'"),
        ({"dims": {}}, "dims and fixed must hold .*missing a required"),
        ({"title": None}, "title must be a text"),
        ({"trials": 0}, "trials must be"),
        ({"trials": 10**8}, "trials must make arrays that fit"),
        ({"trials": 10**20}, "trials must be"),
        ({"trials": 2.0}, "trials must be"),
        ({"seed": -1}, "seed must be"),
        ({"seed": 2**63}, "seed must be"),
        ({"seed": None}, "seed must be"),
    ],
)
def test_what_a_grid_can_not_use_is_refused(options, words):
    given = {"point": point, "dims": {"load": [0.1], "kind": ["a"]}, "trials": 1, "seed": 0, **options}
    with pytest.raises(checks.InputError, match=words):
        sweep.grid(given.pop("point"), given.pop("dims"), **given)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"workers": 0}, "workers must be"),
        ({"workers": 10**9}, "workers must be"),
        ({"workers": "2"}, "workers must be"),
        ({"scheduler": 8786}, "scheduler must be an address"),
        ({"scheduler": "nonsense"}, "scheduler must be the address of a running one"),
        ({"store": 3}, "store must be the name of a file or folder"),
        ({"store": ""}, "store must be the name of a file or folder"),
        ({"store": "a\0b"}, "store must be the name of a file or folder"),
        ({"store": "x" * 300}, "store must be the name of a file or folder"),
        ({"store": "/proc/store.zarr"}, "out must be a folder that can be written to"),
        ({"resume": "yes"}, "resume must be"),
    ],
)
def test_what_a_run_can_not_use_is_refused(options, words):
    with pytest.raises(checks.InputError, match=words):
        run(**options)


@pytest.mark.parametrize(
    ("seed", "trial", "words"), [(-1, 0, "seed"), ("0", 0, "seed"), (0, 0.5, "trial"), (0, -1, "trial")]
)
def test_a_seed_of_what_is_no_trial_is_refused(seed, trial, words):
    with pytest.raises(checks.InputError, match=f"^{words} must be a whole number"):
        sweep.trial_seed(seed, trial)


def wide(*, seed):
    return {"many": ("unit", np.zeros(10**6))}


def test_values_that_can_not_fit_are_refused_before_there_is_room_made():
    with pytest.raises(checks.InputError, match=r"trials must make arrays that fit in the .* GB"):
        sweep.grid(wide, {}, trials=10**5, seed=0)


def test_a_plan_tells_points_and_time_and_computes_few(tmp_path):
    """Points of 0.05 s each, on four cores: the time follows by hand."""
    with sweep.planned(workers=4) as estimates:
        held = {"calls": str(tmp_path / "calls"), "pause": 0.05}
        data = sweep.grid(point, DIMS, trials=400, seed=5, fixed=held, title="it")
    (estimate,) = estimates
    assert estimate.points == 8 * 400
    assert 10 < estimate.measured == calls_of(tmp_path / "calls").total() < 200
    assert estimate.pace == pytest.approx(0.05, rel=0.5)
    assert estimate.seconds == pytest.approx(estimate.pace * 8 * 400 / 4)
    assert estimate.bytes > 4 * 10**7
    assert data.overlap.notnull().sum() == estimate.measured
    assert f"3,200 points; estimated from {estimate.measured} of them" in str(estimate)


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.2, "less than a second"), (3.14, "3.1 s"), (80, "80 s"), (100, "1.7 min"), (4e4, "11 h")]
)
def test_a_time_as_one_would_say_it(seconds, words):
    assert _estimate.spoken(seconds) == words


def test_a_long_run_says_what_it_will_take_and_a_short_one_does_not(tmp_path, capsys):
    run(workers=1)
    assert "estimated" not in capsys.readouterr().err
    with sweep.on(workers=1):
        sweep.grid(point, DIMS, trials=15, seed=5, fixed={"pause": 0.08})
    assert "points; estimated from" in " ".join(capsys.readouterr().err.split())
