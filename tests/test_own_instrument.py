"""A user's own memory, rule, torch module and experiment: what can't run is refused at once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import neuromem as nm
from tests.own_study import MEMORY, written


@pytest.fixture
def folder(tmp_path):
    return written(tmp_path / "here")


@pytest.mark.parametrize(
    ("models", "says"),
    [
        ("none.py:Nearest", "'none.py': No such file"),
        ("my_memory.py:Nearst", "did you mean 'Nearest'"),
        ("broken.py:Nearest", "line 1 of broken.py raises ZeroDivisionError"),
        ("odd.py:NoMemory", "without store, recall, clear, cost"),
        ("odd.py:Wrong", "gives the shape (2, 3)"),
        ("odd.py:Raises", "raises KeyError"),
        ("my_memory.py:Nearest:deph=3", "did you mean 'depth'"),
        ("hopfield:rule=my_rule.py:clip", "did you mean 'clipped'"),
    ],
)
def test_what_can_not_run_is_refused_at_once_and_nothing_is_written(folder, monkeypatch, models, says):
    from neuromem.experiments import completion

    (folder / "broken.py").write_text("1 / 0\n")
    wrong = MEMORY.replace("Nearest", "Wrong").replace("nm.Recall(self.items[best]", "nm.Recall(self.items[best][:, :3]")
    raises = MEMORY.replace("Nearest", "Raises").replace("best, ones", "{}[3]; best, ones")
    (folder / "odd.py").write_text(
        f"{wrong}\n{raises}\nclass NoMemory:\n    def __init__(self, units): self.units = units\n"
    )
    monkeypatch.chdir(folder)
    monkeypatch.setattr(nm.sweep, "grid", None)  # no work begins
    before = sorted(Path.cwd().rglob("*.*"))
    with pytest.raises(nm.InputError) as error:
        completion.run(models=(models,), items="x.npy", stored=4)
    assert says in str(error.value)
    assert "\n" not in str(error.value)
    assert sorted(path for path in Path.cwd().rglob("*.*") if "__pycache__" not in path.parts) == before


@pytest.mark.parametrize("drawn", [True, False])
def test_an_installed_package_announces_an_experiment(folder, drawn):
    text = '''
from matplotlib.figure import Figure
import neuromem as nm
from neuromem import results, sweep

def point(*, seed, load):
    return {"overlap": 1 - load}

@results.experiment({"overlap": ("overlap", "1"), "load": ("load", "1")})
def run(*, loads: tuple[float, ...] = (0.25, 0.5), trials: int = 2, seed: int = 0):
    """Is theirs there?"""
    return sweep.grid(point, {"load": loads}, trials=trials, seed=seed)
{draw}
'''
    own = "def draw(data):\n    figure = Figure()\n    figure.text(0, 0, 'theirs')\n    return figure\n"
    (folder / "their_package.py").write_text(text.replace("{draw}", own if drawn else ""))
    info = folder / "theirs-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: theirs\nVersion: 1.0\n")
    broken = "broken = no_such_package:run\n"
    (info / "entry_points.txt").write_text(f"[neuromem.experiments]\ntheirs = their_package:run\n{broken}")
    command = [sys.executable, "-m", "neuromem", "run"]
    asked = [*command, "theirs", "--loads", "0.5", "--format", "svg"]
    done = subprocess.run(asked, cwd=folder, capture_output=True, text=True)
    assert not done.returncode, done.stderr
    data = nm.results.load(folder / "results" / "theirs.nc")
    assert data.overlap.values.tolist() == [[0.5, 0.5]]
    shown = (folder / "results" / "theirs.svg").read_text()
    assert ("<!-- theirs -->" in shown, "<!-- overlap -->" in shown) == (drawn, not drawn)
    listed = subprocess.run([*command[:-1], "list"], cwd=folder, capture_output=True, text=True)
    assert "Is theirs there?" in listed.stdout, listed.stderr
    done = subprocess.run([*command, "broken"], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 2
    assert "broken of no_such_package:run raises ModuleNotFoundError" in done.stderr
