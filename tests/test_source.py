"""A memory of one's own enters everywhere, in every form, and reaches workers by value."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path

import cloudpickle
import numpy as np
import pytest

import neuromem as nm

OWN = '''
import numpy as np

import neuromem as nm


class LastOrNearest:
    """The stored item that is nearest to the cue."""

    step_unit = "look"

    def __init__(self, units, depth=1, *, rng=0):
        self.units, self.depth, self.items, self.operations = units, depth, np.zeros((0, units)), np.nan

    def store(self, keys, values=None):
        self.items = np.concatenate([self.items, np.asarray(keys, float)])
        return self

    def recall(self, cues):
        best = np.argmax(np.asarray(cues, float) @ self.items.T, axis=1)
        self.operations, ones = float(self.items.size), np.ones(len(cues))
        return nm.Recall(self.items[best], ones.astype(int), ones.astype(bool), ones * self.items.size)

    def clear(self):
        self.items = self.items[:0]

    @property
    def stored(self):
        return len(self.items)

    @property
    def cost(self):
        return nm.Cost(64 * self.items.size, max(self.items.size, 1), self.operations)


def made(units, rng):
    return LastOrNearest(units, depth=7)


class NoMemory:
    def __init__(self, units):
        self.units = units
'''


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "my_file.py").write_text(OWN)
    (tmp_path / "my_package_of_memories").mkdir()
    (tmp_path / "my_package_of_memories" / "__init__.py").write_text("")
    (tmp_path / "my_package_of_memories" / "module.py").write_text(OWN)
    (tmp_path / "broken.py").write_text("1 / 0\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_form_makes_the_memory(folder):
    by_file = nm.models.make("my_file.py:LastOrNearest:depth=3", 16)
    assert by_file.depth == 3
    assert nm.models.make(f"{folder}/my_file.py:LastOrNearest", 16).depth == 1
    assert nm.models.make("my_package_of_memories.module:LastOrNearest:depth=4", 16).depth == 4
    assert nm.models.make("my_file.py:made", 16).depth == 7
    assert nm.models.make(type(by_file), 16).depth == 1
    assert nm.models.make(lambda units, rng: by_file, 16) is by_file
    (inner,) = nm.models.sources(["memory_caching:memory='my_file.py:LastOrNearest:depth=5'"], 16)
    assert nm.models.make(inner, 16).store(nm.patterns.random(1, 16, rng=0))._memories[0].depth == 5
    items = nm.patterns.random(3, 16, rng=0)
    by_file.store(items)
    copied = nm.models.make(by_file, 16)
    assert (copied.depth, copied.stored, by_file.stored) == (3, 0, 3)


def test_an_entry_point_is_a_name(folder, monkeypatch):
    path = folder / "announced-1.0.dist-info"
    path.mkdir()
    (path / "METADATA").write_text("Metadata-Version: 2.1\nName: announced\nVersion: 1.0\n")
    (path / "entry_points.txt").write_text("[neuromem.memories]\nnearest = my_package_of_memories.module:LastOrNearest\n")
    monkeypatch.syspath_prepend(str(folder))
    found = nm.models.source("nearest:depth=5")
    assert (found.origin, nm.models.make(found, 16).depth) == ("announced 1.0", 5)


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("away.py:Mine", "No such file"),
        ("broken.py:Mine", "line 1 of broken.py raises ZeroDivisionError"),
        ("my_file.py:LastOrNearst", "did you mean 'LastOrNearest'"),
        ("my_file.py:LastOrNearest:dept=3", "did you mean 'depth'"),
        ("my_file.py:NoMemory", "a NoMemory without store, recall, clear, cost, step_unit"),
        ("no_such_module_here:Mine", "there is no module"),
        ("asks_for_more:Mine", "No module named 'asks'"),
        ("hopfeild", "did you mean 'hopfield'"),
        (3, "was 3"),
        (None, "was None"),
        (lambda units: 3, "a int without store"),
    ],
)
def test_what_can_be_no_memory_is_refused_in_one_line(folder, spec, says):
    (folder / "asks_for_more.py").write_text("import asks")
    with pytest.raises(nm.InputError, match=says) as error:
        nm.models.sources([spec], units=16)
    assert "\n" not in str(error.value)


def test_another_process_gets_it_by_value(folder):
    (folder / "sent").write_bytes(cloudpickle.dumps(nm.models.source("my_file.py:LastOrNearest:depth=3")))
    script = "import pickle, neuromem as nm; print(nm.models.make(pickle.load(open('sent', 'rb')), 8).depth)"
    (folder / "my_file.py").unlink()
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout == "3\n"


@pytest.mark.slow
def test_experiments_take_all_forms_on_workers_and_say_where_they_came_from(folder):
    from neuromem.experiments import completion

    models = (
        "hopfield",
        "my_file.py:LastOrNearest:depth=2",
        nm.Hopfield(64, rule="projection"),
        lambda units: nm.Attention(units),
    )
    with nm.sweep.on(workers=2):
        data = completion.run(models=models, stored=4, fractions=(0.0, 0.2), trials=2)
    assert data.model.values.tolist() == ["hopfield", "my_file.py:LastOrNearest:depth=2", "Hopfield", "function"]
    np.testing.assert_array_equal(data.exact.sel(model="my_file.py:LastOrNearest:depth=2", fraction=0.0), 1)
    sources = json.loads(data.attrs["sources"])
    assert sources["my_file.py:LastOrNearest:depth=2"]["from"] == "file my_file.py"
    assert len(sources["Hopfield"]["sha256"]) == 64


def test_what_can_not_be_copied_or_sent_is_refused_by_name(folder):
    """A lock can't; a function that makes one where it runs can."""
    lock, torch = threading.Lock(), pytest.importorskip("torch")
    memory, layer = nm.Hopfield(8), nm.nn.Attention(8)
    memory.lock, layer.lock = lock, lock
    says = r"can be sent to other processes, but a part of it can't be \(TypeError: cannot pickle '_thread.lock' object\)"
    for argument, source, thing in [
        ("model", nm.models.source, memory),
        ("model", nm.models.source, lambda units: (lock, nm.Hopfield(units))[1]),
        ("mixer", nm.nn.source, layer),
        ("mixer", nm.nn.source, lambda width: (lock, nm.nn.Attention(width))[1]),
        ("rule", lambda rule: nm.experiments.ALL["phase_diagram"](rule=rule), lambda items: (lock, items.T @ items)[1]),
    ]:
        with pytest.raises(nm.InputError, match=f"{argument} must be what {says}"):
            source(thing)
    with nm.sweep.on(workers=2), pytest.raises(nm.InputError, match=f"point and fixed must be what {says}"):
        nm.sweep.grid(lambda *, seed: {"locked": lock.locked()}, {}, trials=2, seed=0)
    for argument, copied, thing in [("memory", nm.nn.External, memory), ("model", nm.nn.quantised, nm.nn.Transformer(8, 8))]:
        thing.lock = lock
        with pytest.raises(nm.InputError, match=f"{argument} must be what can be copied, but a part of it can't be"):
            copied(thing)
    layer = nm.nn.Attention(8)
    layer.seen = layer(torch.zeros(1, 2, 8))  # torch copies no tensor that a gradient leads through
    with pytest.raises(nm.InputError, match="mixer must be what can be copied"):
        nm.nn.make(layer, 8)
    assert nm.Hopfield(8, rule=lambda items: (lock, items.T @ items)[1]).rule == "function"  # stays in this process


def test_one_name_given_twice_is_refused(folder):
    with pytest.raises(nm.InputError, match="given twice"):
        nm.models.sources(["hopfield", "hopfield"])
    labels = nm.models.sources([nm.Hopfield(8), nm.Hopfield(8, rule="storkey")])
    assert list(map(str, labels)) == ["Hopfield", "Hopfield (2)"]


def test_a_changed_file_is_another_memory(folder):
    first = nm.models.source("my_file.py:LastOrNearest")
    path = Path("my_file.py")
    path.write_text(path.read_text().replace("depth=1", "depth=9"))
    second = nm.models.source("my_file.py:LastOrNearest")
    assert first.sha256 != second.sha256
    assert (nm.models.make(first, 8).depth, nm.models.make(second, 8).depth) == (1, 9)
