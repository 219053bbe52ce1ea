"""What is finished is kept: a store that is gone on with gives the same numbers, or says what is wrong with it."""

import linecache
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from neuromem import checks, provenance, sweep
from neuromem.sweep import _tasks
from tests.sweeps import DIMS, calls_of, point, run


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


def test_resume_tries_a_failed_point_again(tmp_path):
    options = {"workers": 1, "flaw": str(tmp_path / "flaw"), "calls": tmp_path / "calls", "store": tmp_path / "store.zarr"}
    Path(options["flaw"]).touch()
    assert int(run(**options).overlap.isnull().sum()) == 3
    Path(options["flaw"]).unlink()
    xr.testing.assert_identical(run(resume=True, **options), run(workers=1))
    assert calls_of(tmp_path / "calls").total() == 24 + 3


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
        while place.is_dir():  # where one of Zarr's threads failed, the others may still write
            shutil.rmtree(place, ignore_errors=True)
        place.unlink(missing_ok=True)
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


def test_a_function_that_was_typed_in_is_other_code_when_a_number_or_a_name_in_it_is_another(tmp_path, monkeypatch):
    """Typed at a prompt or in a notebook it has no file, and what it is called differs each time."""

    def typed(text, place="<string>"):
        exec(compile(text, place, "exec"), names := {"__name__": "__main__"})
        return names["point"]

    texts = [f"def point(*, load, seed): return {{'one': {word}(load) + {number}}}"
             for word, number in (("abs", 1.0), ("abs", 2.0), ("float", 1.0))]  # fmt: skip
    codes = [provenance.code(typed(text)) for text in texts]
    assert len(set(codes)) == 3
    assert codes == [provenance.code(typed("\n" + text, "<cell 2>")) for text in texts]
    other = [f"def point(*, load, seed, number={number}): return {{'one': number}}" for number in (1.0, 2.0)]
    assert provenance.code(typed(other[0])) != provenance.code(typed(other[1]))
    inner = "def point(*, load, seed): return {'one': (lambda: load)()}"
    assert provenance.code(typed(inner)) == provenance.code(typed("\n" + inner, "<cell 2>")) not in codes
    monkeypatch.setitem(linecache.cache, "<string>", (3, None, ["def point(): pass\n"], "<string>"))  # as python -c has
    assert codes == [provenance.code(typed(text)) for text in texts]
    store = {"store": tmp_path / "store.zarr", "workers": 1}
    with sweep.on(**store):
        sweep.grid(typed(texts[0]), {"load": [0.5]}, trials=1, seed=0)
    with sweep.on(**store, resume=True), pytest.raises(checks.InputError, match="but code was"):
        sweep.grid(typed(texts[1]), {"load": [0.5]}, trials=1, seed=0)


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


def test_a_process_ends_without_a_word_though_the_thread_of_zarr_is_late(tmp_path):
    """At exit zarr waits 0.2 s for its thread, and prints a traceback on a busy machine."""
    words = (
        "import sys, time; from pathlib import Path; from neuromem.sweep._store import Store; from zarr.core import sync; "
        "Store(Path(sys.argv[1]), 0, {}, {'load': 2}); sync.loop[0].call_soon_threadsafe(time.sleep, 1)"
    )
    done = subprocess.run([sys.executable, "-c", words, str(tmp_path / "store.zarr")], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
