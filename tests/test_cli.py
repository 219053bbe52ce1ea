"""The command line as a user runs it: another folder, another process."""

import contextlib
import importlib
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import click
import numpy as np
import pytest

import neuromem as nm
from neuromem import cli
from neuromem.commands import run as running


def neuromem(*words, cwd, **options):
    return subprocess.run(
        [sys.executable, "-m", "neuromem", *map(str, words)], cwd=cwd, capture_output=True, text=True, **options
    )


SAVED = str(Path(nm.__file__).parent / "figures" / "similarity.nc")


@pytest.fixture
def inside(tmp_path, monkeypatch, capsys):
    """The command in this process, which takes no time to start."""
    monkeypatch.chdir(tmp_path)

    def called(*words):
        monkeypatch.setattr(sys, "argv", ["neuromem", *map(str, words)])
        code, said = cli._run_safely(), capsys.readouterr()
        return subprocess.CompletedProcess(words, code, said.out, said.err)

    return called


def one_line(done, text):
    """Bad input: exit code 2 and one line that says `text`."""
    assert done.returncode == 2, done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    assert text in done.stderr
    assert not done.stdout


def test_help_list_and_version(tmp_path, inside):
    said = {}
    for words in ("--help", "run --help", "run completion --help", "list", "--version", ""):
        done = inside(*words.split()) if words else neuromem(cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert done.stdout
        said[words] = done.stdout
    assert "Items stored together" in said["run completion --help"]
    for name in (*nm.models.ALL, *nm.experiments.ALL):
        assert name in said["list"]
    assert nm.__version__ in said["--version"]


@pytest.mark.parametrize("name", nm.experiments.ALL)
def test_no_option_of_an_experiment_is_one_of_the_command(name):
    """Neither as it is typed nor as it is passed on; click would let the last one win."""
    parameters = running.command.get_command(click.Context(running.command), name).params
    for words in ([one.name for one in parameters], [w for one in parameters for w in (*one.opts, *one.secondary_opts)]):
        assert [word for word, times in Counter(words).items() if times > 1] == []


@pytest.mark.parametrize("word", ["out", "column", "format", "formats", "dry_run"])
def test_an_experiment_of_ones_own_can_not_take_an_option_of_the_command(word, monkeypatch):
    made = {}
    exec(f"def run(*, {word}: int = 3):\n    pass", made)
    monkeypatch.setattr(nm.experiments, "ALL", {"theirs": made["run"]})
    with pytest.raises(nm.InputError, match="rename its parameter"):
        running.command.get_command(click.Context(running.command), "theirs")


def test_doctor(tmp_path):
    done = neuromem("doctor", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    for part in ("torch", "cupy", "numba.cuda", "nest", "neo"):
        assert any(line.split()[1] == part for line in done.stdout.splitlines())
    assert all(line.split()[0] in ("works", "missing") for line in done.stdout.splitlines())


def test_completion_and_plot(tmp_path, inside, monkeypatch):
    words = ["run", "completion", "--quick", "--models", "attention,hopfield", "--out", "here", "--seed", "3"]
    words += ["--trials", "2", "--fractions", "0,0.3"]
    done = neuromem(*words, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "attention" in done.stdout
    assert sorted(p.name for p in (tmp_path / "here").iterdir()) == ["completion_quick.nc", "completion_quick.png"]
    data = nm.results.load(tmp_path / "here" / "completion_quick.nc")
    assert json.loads(data.attrs["parameters"])["seed"] == 3
    assert list(data.model.values) == ["attention", "hopfield"]
    assert all({"long_name", "units"} <= set(v.attrs) for k, v in data.data_vars.items() if k != "error")
    assert (data.exact.sel(model="attention", fraction=0) == 1).all()
    (tmp_path / "here" / "completion_quick.png").unlink()
    with monkeypatch.context() as patched:  # a picture that stumbles is one line, and the data are kept
        patched.setattr(nm.figures, "pictures", lambda name: {"": lambda data: 1 / 0})
        done = inside("plot", "here/completion_quick.nc")
        assert (done.returncode, done.stderr.splitlines()[1].partition("; ")[2][:18]) == (2, "its data are kept;")
    assert inside("plot", "here/completion_quick.nc").returncode == 0
    assert (tmp_path / "here" / "completion_quick.png").stat().st_size > 10_000
    again = inside(*words, "--workers", "1", "--force")
    assert again.returncode == 0, again.stderr
    assert nm.results.load(tmp_path / "here" / "completion_quick.nc").drop_attrs().identical(data.drop_attrs())


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
        *(
            ([*words, "--format", f"png,{one}"], f"format must be png, pdf or svg, but was '{one}'; give")
            for words in (["run", "conditioning", "--quick"], ["plot", SAVED, "--out", "x.png"], ["plot", "nothing.nc"])
            for one in ("jpg", "tif", "webp", "svgz", ".png")
        ),
        *(
            (["plot", file, "--out", out], f"out must end in .png, .pdf or .svg, but was '{out}'; give another name")
            for file in (SAVED, "nothing.nc")
            for out in ("x.jpg", "x.eps", "picture")
        ),
        (["plat"], "plat"),
        (["run", "completion", "--device", "gpu"], "device must be"),
        (["run", "retrieval", "--device", "cuda"], "others work there: basins, capacity, completion, phase_diagram"),
        (["bench", "--suite", "none"], "suite must be"),
    ],
)
def test_bad_words(tmp_path, inside, words, text):
    one_line(inside(*words), text)
    assert not list(tmp_path.rglob("*.nc"))
    assert not list(tmp_path.rglob("*.zarr"))


def test_only_the_pictures_that_are_drawn_stand_in_the_way(tmp_path, inside):
    """Of a format that was asked for, and before anything is computed."""
    words = ["similarity", "--quick", "--out", tmp_path]
    (tmp_path / "similarity_quick.svg").write_text("mine")
    one_line(inside("run", *words, "--format", "svg"), "similarity_quick.svg")
    assert [file.name for file in tmp_path.iterdir()] == ["similarity_quick.svg"]
    (tmp_path / "similarity_quick.png").write_text("mine")
    assert inside("run", *words, "--format", "PDF").returncode == 0
    assert inside("plot", tmp_path / "similarity_quick.nc", "--format", "pdf", "--out", tmp_path / "two").returncode == 0
    made = {"similarity_quick.nc", "similarity_quick.PDF", "two.pdf"}
    assert {file.name for file in tmp_path.iterdir()} == {"similarity_quick.svg", "similarity_quick.png", *made}


def test_foreign_files_are_left_alone(tmp_path, inside):
    for name in ("completion_quick.nc", "completion_quick.png"):
        folder = tmp_path / name.replace(".", "_")
        folder.mkdir()
        (folder / name).write_text("mine")
        for force in ([], ["--force"]):
            one_line(inside("run", "completion", "--quick", "--out", folder, *force), name)
        assert (folder / name).read_text() == "mine"
        assert [p.name for p in folder.iterdir()] == [name]


def test_unwritable_folder(tmp_path, inside):
    (tmp_path / "file").write_text("")
    one_line(inside("run", "completion", "--quick", "--out", "file/inside"), "out must be a folder")


SMALL = ["run", "similarity", "--quick", "--trials", "1", "--out", "out"]
KILLED = """
import os, pathlib, signal, sys
from neuromem import cli
replace = pathlib.Path.replace

def killed(self, target):  # at the worst moment: all is written, nothing has its name yet
    if str(target).endswith(sys.argv[-1]):
        os.kill(os.getpid(), signal.SIGKILL)
    return replace(self, target)

suffix = sys.argv[-1]
pathlib.Path.replace = killed
sys.argv[1:] = sys.argv[1:-1]
killed.__globals__["sys"] = type("argv", (), {"argv": [suffix]})
cli.main()
"""


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("suffix", [".nc", ".png"])
def test_killed_while_saving(tmp_path, inside, suffix):
    """Nothing has half a name, the next run tidies up, and what is saved is not computed again."""
    words = [sys.executable, "-c", KILLED, *SMALL, suffix]
    assert subprocess.run(words, cwd=tmp_path, capture_output=True).returncode == -signal.SIGKILL
    out = tmp_path / "out"
    assert not (out / "similarity_quick.png").exists()
    assert any(name.endswith(f"-similarity_quick{suffix}") for name in names(out))  # it was killed where it was to be
    saved = (out / "similarity_quick.nc").read_bytes() if suffix == ".png" else None
    done = inside(*SMALL, "--resume")
    assert done.returncode == 0, done.stderr
    assert names(out) == ["similarity_quick.nc", "similarity_quick.png"]
    if suffix == ".png":
        assert (out / "similarity_quick.nc").read_bytes() == saved
        assert "similarity \u2501" not in done.stderr  # no bar: only drawn
        assert "is finished and holds just this run" in done.stderr


def test_a_finished_result_is_kept(tmp_path, inside):
    """Another run does not replace it, with a line that says how; the same run only draws; --force computes again."""
    assert inside(*SMALL).returncode == 0
    file, picture = tmp_path / "out" / "similarity_quick.nc", tmp_path / "out" / "similarity_quick.png"
    saved = file.read_bytes()
    for words in (["--seed", "1"], ["--seed", "1", "--resume"]):
        one_line(inside(*SMALL, *words), "similarity_quick.nc'; compute it again with --force")
    assert file.read_bytes() == saved
    assert names(tmp_path / "out") == [file.name, picture.name]
    picture.unlink()
    again = inside(*SMALL)
    assert again.returncode == 0
    assert "holds just this run" in again.stderr
    assert (file.read_bytes(), picture.exists()) == (saved, True)
    forced = inside(*SMALL, "--seed", "1", "--force")
    assert forced.returncode == 0, forced.stderr
    assert nm.results.load(file).attrs["seed"] == 1


@pytest.mark.parametrize("name", nm.experiments.ALL)
def test_a_dry_run_says_what_a_run_takes_and_writes_nothing(name, tmp_path, monkeypatch, inside):
    monkeypatch.setattr("neuromem.sweep._estimate.LOOK", 0.0)
    done = inside("run", name, "--quick", "--dry-run", "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    grid = hasattr(importlib.import_module(f"neuromem.experiments.{name}"), "sweep")
    assert ("points; estimated from" if grid else "one piece of work") in done.stdout
    assert not list(tmp_path.iterdir())


def test_a_picture_without_its_data_is_kept_too(tmp_path, inside):
    assert inside(*SMALL).returncode == 0
    (tmp_path / "out" / "similarity_quick.nc").unlink()
    one_line(inside(*SMALL), "similarity_quick.png'; compute it again with --force")


def test_a_memory_of_ones_own_that_has_changed_is_another_run(tmp_path, inside):
    (tmp_path / "own.py").write_text("from neuromem import Hopfield\n\n\nclass Own(Hopfield):\n    pass\n")
    words = ["run", "capacity", "--quick", "--models", "own.py:Own", "--trials", "1", "--loads", "0.1"]
    assert inside(*words).returncode == 0
    assert "holds just this run" in neuromem(*words, cwd=tmp_path).stderr
    (tmp_path / "own.py").write_text("from neuromem import Hopfield\n\n\nclass Own(Hopfield):\n    step_unit = 'look'\n")
    one_line(neuromem(*words, cwd=tmp_path), "capacity_quick.nc'; compute it again with --force")


def test_the_picture_of_a_quick_look_says_so(similar, tmp_path):
    from PIL import Image

    from neuromem.commands._output import draw

    for quick in (0, 1):
        draw(similar.assign_attrs(quick=quick), tmp_path / "similarity.nc", tmp_path / f"{quick}.png")
    full, look = (np.asarray(Image.open(tmp_path / f"{quick}.png").convert("L"), int) for quick in (0, 1))
    assert full.shape == look.shape
    assert (np.abs(full - look) > 10).mean() > 0.005


def test_output_that_nobody_takes(tmp_path):
    """A reader that leaves, or a full disk behind the output, loses words and no files."""
    command = [sys.executable, "-m", "neuromem", *SMALL]
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(command, cwd=tmp_path, stdout=write, stderr=write)
    os.close(write)
    assert done.returncode == 0
    assert names(tmp_path / "out") == ["similarity_quick.nc", "similarity_quick.png"]
    if not os.path.exists("/dev/full"):
        pytest.skip("no /dev/full here")
    with open("/dev/full", "w") as full:
        done = subprocess.run([*command[:-1], "other"], cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("neuromem: what was printed is lost (No space left on device)")
    assert "Traceback" not in done.stderr
    assert names(tmp_path / "other") == ["similarity_quick.nc", "similarity_quick.png"]


@pytest.mark.parametrize(("out", "printed"), [("a[/b]", "a[/b]"), ("[red]b", "[red]b"), ("c\x1b[2J", "'c\\x1b[2J")])
def test_brackets_and_escapes_in_a_path(tmp_path, inside, out, printed):
    done = inside(*SMALL[:-1], out)
    assert done.returncode == 0, done.stderr
    assert f"data     {printed}/similarity_quick.nc" in done.stdout
    assert f"picture  {printed}/similarity_quick.png" in done.stdout
    assert "\x1b" not in done.stdout
    assert "drawing ..." in done.stderr
    assert names(tmp_path / out) == ["similarity_quick.nc", "similarity_quick.png"]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_with_one_line(tmp_path, number, code):
    words = [sys.executable, "-m", "neuromem", "run", "phase_diagram", "--units", "200", "--trials", "50"]
    process = subprocess.Popen(words, cwd=tmp_path, stderr=subprocess.PIPE, text=True, start_new_session=True)
    try:
        end = time.monotonic() + 600
        while not list(tmp_path.glob("results/*.zarr/grid0/seal/c/*/*")):  # points are finished
            assert process.poll() is None
            assert time.monotonic() < end
            time.sleep(0.05)
        os.killpg(process.pid, number)
        _, stderr = process.communicate(timeout=600)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode == code, stderr
    assert stderr.strip().splitlines()[-1] == "neuromem: stopped; the same command with --resume goes on"
    assert "Traceback" not in stderr
    assert names(tmp_path / "results") == ["phase_diagram_hopfield.zarr"]


@pytest.fixture(scope="module")
def similar():
    return nm.results.load(Path(__file__).parents[1] / "figures" / "similarity.nc")
