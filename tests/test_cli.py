"""The command line as a user runs it: another folder, another process."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

import neuromem as nm


def neuromem(*words, cwd, **options):
    return subprocess.run(
        [sys.executable, "-m", "neuromem", *map(str, words)], cwd=cwd, capture_output=True, text=True, **options
    )


def one_line(done, text):
    """Bad input: exit code 2 and one line that says `text`."""
    assert done.returncode == 2, done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    assert text in done.stderr
    assert not done.stdout


def test_help_list_and_version(tmp_path):
    for words in (["--help"], ["run", "--help"], ["run", "completion", "--help"], ["list"], ["--version"], []):
        done = neuromem(*words, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert done.stdout
    assert "Images stored together" in neuromem("run", "completion", "--help", cwd=tmp_path).stdout
    listed = neuromem("list", cwd=tmp_path).stdout
    for name in (*nm.models.ALL, *nm.experiments.ALL):
        assert name in listed
    assert nm.__version__ in neuromem("--version", cwd=tmp_path).stdout


def test_doctor(tmp_path):
    done = neuromem("doctor", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    for part in ("torch", "cupy", "numba.cuda", "nest", "neo"):
        assert any(line.split()[1] == part for line in done.stdout.splitlines())
    assert all(line.split()[0] in ("works", "missing") for line in done.stdout.splitlines())


def test_completion_and_plot(tmp_path):
    words = ["run", "completion", "--quick", "--models", "attention,hopfield", "--out", "here", "--seed", "3"]
    done = neuromem(*words, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "attention" in done.stdout
    assert sorted(p.name for p in (tmp_path / "here").iterdir()) == ["completion.nc", "completion.png"]
    data = nm.results.load(tmp_path / "here" / "completion.nc")
    assert json.loads(data.attrs["parameters"])["seed"] == 3
    assert list(data.model.values) == ["attention", "hopfield"]
    assert all({"long_name", "units"} <= set(v.attrs) for k, v in data.data_vars.items() if k != "error")
    assert (data.exact.sel(model="attention", fraction=0) == 1).all()
    (tmp_path / "here" / "completion.png").unlink()
    assert neuromem("plot", "here/completion.nc", cwd=tmp_path).returncode == 0
    assert (tmp_path / "here" / "completion.png").stat().st_size > 10_000
    again = neuromem(*words, "--workers", "1", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert nm.results.load(tmp_path / "here" / "completion.nc").drop_attrs().identical(data.drop_attrs())


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["run", "completoin"], "did you mean 'completion'?"),
        (["run", "completion", "--models", "hopfeild"], "did you mean 'hopfield'?"),
        (["run", "completion", "--models", "hopfield:rul=hebb"], "did you mean 'rule'?"),
        (["run", "completion", "--fractions", "0.2,1.5"], "in [0, 1]"),
        (["run", "completion", "--stored", "0"], "stored must be"),
        (["run", "completion", "--stored", "many"], "not a valid integer"),
        (["run", "completion", "--trials", "-1"], "trials must be"),
        (["run", "completion", "--nosuch"], "No such option"),
        (["plot", "nothing.nc"], "does not exist"),
        (["plat"], "plat"),
        (["run", "completion", "--device", "gpu"], "device must be"),
        (["run", "retrieval", "--device", "cuda"], "others work there: basins, capacity, completion, phase_diagram"),
        (["bench", "--suite", "none"], "suite must be"),
    ],
)
def test_bad_words(tmp_path, words, text):
    one_line(neuromem(*words, cwd=tmp_path), text)
    assert not list(tmp_path.rglob("*.nc"))
    assert not list(tmp_path.rglob("*.zarr"))


def test_foreign_files_are_left_alone(tmp_path):
    for name in ("completion.nc", "completion.png"):
        folder = tmp_path / name.replace(".", "_")
        folder.mkdir()
        (folder / name).write_text("mine")
        one_line(neuromem("run", "completion", "--quick", "--out", folder, cwd=tmp_path), name)
        assert (folder / name).read_text() == "mine"
        assert [p.name for p in folder.iterdir()] == [name]


def test_unwritable_folder(tmp_path):
    (tmp_path / "file").write_text("")
    one_line(neuromem("run", "completion", "--quick", "--out", "file/inside", cwd=tmp_path), "out must be a folder")


def test_ctrl_c_ends_with_one_line(tmp_path):
    words = [sys.executable, "-m", "neuromem", "run", "completion", "--models", "attention", "--trials", "100000"]
    with subprocess.Popen(
        words, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as p:
        time.sleep(12)
        os.killpg(p.pid, signal.SIGINT)
        _, stderr = p.communicate(timeout=60)
    assert p.returncode == 130, stderr
    assert stderr.strip().splitlines()[-1].startswith("neuromem: stopped")
    assert "Traceback" not in stderr
    assert not list(tmp_path.rglob("*.nc"))
