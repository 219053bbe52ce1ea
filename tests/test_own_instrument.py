"""One study of a user's own: memory, rule, torch module and items, on workers and on a cluster elsewhere."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import neuromem as nm

MEMORY = """
import numpy as np
import neuromem as nm

class Nearest:
    step_unit = "look"

    def __init__(self, units, depth=1):
        self.units, self.depth, self.items, self.cost = units, depth, np.zeros((0, units)), nm.Cost(0, 0, np.nan)

    def store(self, keys, values=None):
        self.items = np.concatenate([self.items, keys])
        return self

    def recall(self, cues):
        best, ones = np.argmax(cues @ self.items.T, axis=1), np.ones(len(cues))
        self.cost = nm.Cost(64 * self.items.size, self.items.size, self.items.size)
        return nm.Recall(self.items[best], ones.astype(int), ones > 0, ones * self.items.size)

    def clear(self):
        self.items = self.items[:0]
"""
RULE = """
import numpy as np

def clipped(items):
    return np.sign(items.T @ items)
"""
LAYER = """
import torch

class Dot(torch.nn.Module):
    def __init__(self, width):
        super().__init__()
        self.width = width

    def forward(self, query, key, value):
        return torch.softmax(query @ key.transpose(-1, -2), -1) @ value
"""
STUDY = """
import sys
import numpy as np
import neuromem as nm
from neuromem.experiments import capacity, completion, phase_diagram, retrieval

models = ("my_memory.py:Nearest:depth=2", "hopfield:rule=my_rule.py:clipped", "my_layer.py:Dot")
items = np.load("x.npy")

def study():
    yield completion.run(models=models, items=items, stored=4, fractions=(0.0, 0.2), trials=2)
    yield capacity.run(models=models, items=items, loads=(0.1, 0.2), asked=4, trials=2)
    yield phase_diagram.run(models=models, items=items, resolution=2, steps=5, starts=2, trials=2)
    yield retrieval.run(models=models, items=items, stored=(2, 4), erased=(0.3,), flipped=(0.1,), trials=2)

for how in ({"workers": 2}, {"scheduler": sys.argv[1]}):
    with nm.sweep.on(**how):
        for data in study():
            nm.results.save(data.drop_vars("seconds", errors="ignore"), f"{next(iter(how))}/{data.attrs['experiment']}.nc")
"""
COMMANDS = {
    "completion": "--stored 4 --fractions 0,0.2",
    "capacity": "--loads 0.1,0.2 --asked 4",
    "phase_diagram": "--resolution 2 --steps 5 --starts 2",
    "retrieval": "--stored 2,4 --erased 0.3 --flipped 0.1",
}
CLUSTER = """
from distributed import LocalCluster
if __name__ == "__main__":
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        print(cluster.scheduler_address, flush=True)
        input()
"""


@pytest.fixture
def folder(tmp_path):
    here = tmp_path / "here"
    here.mkdir()
    for name, text in {"my_memory": MEMORY, "my_rule": RULE, "my_layer": LAYER, "study": STUDY}.items():
        (here / f"{name}.py").write_text(text)
    np.save(here / "x.npy", np.random.default_rng(0).normal(size=(40, 6, 6)))
    return here


@pytest.fixture
def address(tmp_path):
    """The address of a cluster in another process, which has none of the user's files."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "cluster.py").write_text(CLUSTER)
    process = subprocess.Popen(
        [sys.executable, "cluster.py"], cwd=elsewhere, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    yield process.stdout.readline().strip()
    process.communicate("\n", timeout=30)


def names(data):
    return sorted(name for name in data.data_vars if name != "seconds")


@pytest.mark.slow
def test_a_study_of_ones_own_gives_the_same_numbers_everywhere(folder, address):
    assert len(STUDY.strip().splitlines()) <= 30
    done = subprocess.run([sys.executable, "study.py", address], cwd=folder, capture_output=True, text=True)
    assert not done.returncode, done.stderr
    models = "my_memory.py:Nearest:depth=2,hopfield:rule=my_rule.py:clipped,my_layer.py:Dot"
    for number, (name, options) in enumerate(COMMANDS.items()):
        how = ["--workers", "2"] if number % 2 else ["--scheduler", address]
        words = [
            "run",
            name,
            "--models",
            models,
            "--items",
            "x.npy",
            "--trials",
            "2",
            "--out",
            "out",
            *options.split(),
            *how,
        ]
        done = subprocess.run([sys.executable, "-m", "neuromem", *words], cwd=folder, capture_output=True, text=True)
        assert not done.returncode, done.stderr
        stem = {"phase_diagram": "phase_diagram_models"}.get(name, name)
        command, here, far = (
            nm.results.load(folder / file) for file in (f"out/{stem}_x.nc", f"workers/{name}.nc", f"scheduler/{name}.nc")
        )
        assert (folder / f"out/{stem}_x.png").exists()
        for data in (here, far):
            assert names(data) == names(command)
            for variable in names(data):
                np.testing.assert_array_equal(data[variable], command[variable], f"{name}: {variable}")
        told = json.loads(command.attrs["sources"])
        assert [told[model]["from"] for model in told] == [
            "file my_memory.py",
            f"neuromem {nm.__version__}, rule of file my_rule.py",
            "file my_layer.py",
        ]
        assert all(len(one["sha256"]) == 64 for one in told.values())
        assert json.loads(command.attrs["items"])["sha256"] == json.loads(here.attrs["items"])["sha256"]
    right = nm.results.load(folder / "workers" / "completion.nc").exact.sel(fraction=0.0).mean(("damage", "item", "trial"))
    assert right[0] == 1
    assert right[2] > 0.9


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


def test_an_installed_package_announces_an_experiment(folder, monkeypatch):
    (folder / "their_package.py").write_text('''
import neuromem as nm
from neuromem import results, sweep

def point(*, seed, load):
    return {"overlap": 1 - load}

@results.experiment({"overlap": ("overlap", "1"), "load": ("load", "1")})
def run(*, loads: tuple[float, ...] = (0.25, 0.5), trials: int = 2, seed: int = 0):
    """Is theirs there?"""
    return sweep.grid(point, {"load": loads}, trials=trials, seed=seed)
''')
    info = folder / "theirs-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: theirs\nVersion: 1.0\n")
    broken = "broken = no_such_package:run\n"
    (info / "entry_points.txt").write_text(f"[neuromem.experiments]\ntheirs = their_package:run\n{broken}")
    command = [sys.executable, "-m", "neuromem", "run"]
    done = subprocess.run([*command, "theirs", "--loads", "0.5"], cwd=folder, capture_output=True, text=True)
    assert not done.returncode, done.stderr
    data = nm.results.load(folder / "results" / "theirs.nc")
    assert data.overlap.values.tolist() == [[0.5, 0.5]]
    listed = subprocess.run([*command[:-1], "list"], cwd=folder, capture_output=True, text=True)
    assert "Is theirs there?" in listed.stdout, listed.stderr
    done = subprocess.run([*command, "broken"], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 2
    assert "broken of no_such_package:run raises ModuleNotFoundError" in done.stderr
