"""Memories in files: whole, without pickle, and nothing hostile gets in."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

import neuromem as nm
from neuromem import storage

ITEMS = nm.patterns.random(6, 64, rng=0)
CUES = nm.cues.flip(ITEMS, 0.2, rng=1)
OWN = """
import numpy as np
from neuromem.base import Base


class Own(Base):
    def __init__(self, units, *, depth=1, inner=None):
        self.units, self.depth, self.rows = units, depth, np.zeros((0, units))
        self.seen = {"last": None, 3: [1.5, float("nan")]}

    def store(self, keys, values=None):
        self.rows = np.concatenate([self.rows, keys])
        self.seen["last"] = self.rows
        return self
"""


def again(memory, tmp_path, **options):
    return nm.load(nm.save(memory, tmp_path / "memory.npz"), **options)


@pytest.mark.parametrize(
    "memory",
    [
        nm.Hopfield(64, rule="storkey", temperature=0.7, steps=5, rng=3),
        nm.DenseHebbian(64, order=3, temperature=0.5, steps=4, rng=4),
        nm.Resonator(64, factors=2, rng=5),
        nm.Pavlov(64, rule="momentum", features="dpfp", expansion=2),
        nm.SDM(64, locations=500, rng=6),
        nm.Willshaw(64, decision="cue"),
    ],
    ids=lambda memory: type(memory).__name__,
)
def test_settings_state_and_random_numbers_go_on(memory, tmp_path):
    memory.store(ITEMS[:4]) if not isinstance(memory, nm.Resonator) else memory.store(nm.patterns.random(6, 64, rng=2))
    memory.recall(CUES)
    twin = again(memory, tmp_path)
    assert repr(twin) == repr(memory)
    for _ in range(3):  # each recall of a heat bath draws new numbers
        np.testing.assert_array_equal(twin.recall(CUES).items, memory.recall(CUES).items)
    assert twin.cost == memory.cost


def test_a_heat_bath_draws_other_numbers_each_time_so_that_the_test_above_could_fail():
    memory = nm.Hopfield(64, temperature=0.7, steps=5, rng=3).store(ITEMS[:4])
    assert (memory.recall(CUES).items != memory.recall(CUES).items).any()


def test_a_file_holds_no_pickle_and_is_the_same_each_time(tmp_path):
    memory = nm.Sparsey(64, modules=12).store(ITEMS)
    one, two = nm.save(memory, tmp_path / "a.npz").read_bytes(), memory.save(tmp_path / "b.npz").read_bytes()
    assert one == two
    with np.load(tmp_path / "a.npz", allow_pickle=False) as file:
        index = json.loads(file[storage.INDEX])
        assert all(file[name].dtype != object for name in file.files if name != storage.INDEX)
    assert index["class"] == "neuromem.models.sparsey.macrocolumn:Sparsey"
    assert index["settings"] == {"modules": 12}


def test_the_loaded_one_shares_nothing_with_the_saved_one(tmp_path):
    memory = nm.Hopfield(64).store(ITEMS[:2])
    twin = again(memory, tmp_path)
    twin.store(ITEMS[2:])
    assert (memory.stored, twin.stored) == (2, 6)
    np.testing.assert_array_equal(memory.recall(ITEMS[:2]).items, ITEMS[:2])


@pytest.fixture
def own(tmp_path, monkeypatch):
    (tmp_path / "own.py").write_text(OWN)
    monkeypatch.chdir(tmp_path)
    return nm.models.source("own.py:Own").thing


def test_a_memory_of_ones_own(own, tmp_path):
    memory = own(64, depth=3).store(ITEMS)
    for kind in (None, own, "own.py:Own"):
        twin = again(memory, tmp_path, kind=kind)
        assert (twin.units, twin.depth, twin.seen["last"] is twin.rows) == (64, 3, True)
        assert twin.seen[3][0] == 1.5
        assert np.isnan(twin.seen[3][1])
        np.testing.assert_array_equal(twin.rows, ITEMS)


def test_a_memory_whose_class_is_not_known_says_where_it_came_from_and_runs_nothing(own, tmp_path):
    nm.save(own(64).store(ITEMS), tmp_path / "memory.npz")
    (tmp_path / "own.py").write_text("raise SystemExit('run')")
    script = "import neuromem as nm\ntry:\n    nm.load('memory.npz')\nexcept nm.InputError as error:\n    print(error)"
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True)
    assert re.search(r"holds Own from file \S*own\.py \(sha256 [0-9a-f]{12}\)", done.stdout), done.stderr
    assert 'give kind="FILE.py:Own"' in done.stdout


def test_what_can_not_be_saved_is_named(tmp_path):
    memory = nm.Hopfield(64).store(ITEMS)
    memory.extra = open(__file__)  # noqa: SIM115
    with pytest.raises(nm.InputError, match=r"in extra, but holds a _io.TextIOWrapper"):
        nm.save(memory, tmp_path / "memory.npz")
    memory.extra.close()
    with pytest.raises(nm.InputError, match="in layer, but holds a"):
        nm.save(nm.nn.as_memory(nm.nn.Attention(64)), tmp_path / "memory.npz")
    assert not list(tmp_path.iterdir())


def test_a_rule_of_ones_own_is_refused_when_it_is_saved_and_not_when_it_is_needed(tmp_path, monkeypatch):
    """A file of a memory holds no function, and names none: loading would have to run it."""
    (tmp_path / "rules.py").write_text("def clipped(x):\n    return (x.T @ x).clip(-1, 1)\n")
    monkeypatch.chdir(tmp_path)
    refused = [
        (nm.Hopfield(64, rule="rules.py:clipped"), "rule must name no code"),
        (nm.Hopfield(64, rule=lambda x: x.T @ x), "_own"),
        (nm.MemoryCaching(64, memory="hopfield:rule=rules.py:clipped"), "memory must name no code"),
    ]
    for memory, says in refused:
        with pytest.raises(nm.InputError, match=says):
            nm.save(memory.store(ITEMS), "memory.npz")
    assert not (tmp_path / "memory.npz").exists()


def write_evil(folder):
    """A file of code that tells that it ran; another for each folder, as one content is run only once."""
    (folder / "evil.py").write_text(f"open({str(folder / 'ran')!r}, 'w').close()\n\n\ndef rule(x):\n    return x.T @ x\n")


def changed(good, bad, changes):
    """A copy of the file of a memory with other entries in its index."""
    with zipfile.ZipFile(good) as source, zipfile.ZipFile(bad, "w") as copy:
        for name in source.namelist():
            content = source.read(name)
            copy.writestr(name, json.dumps(json.loads(content) | changes) if name == storage.INDEX else content)


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        (nm.Hopfield, {"rule": "evil.py:rule"}),
        (nm.MemoryCaching, {"memory": "evil.py:rule"}),
        (nm.MemoryCaching, {"memory": "hopfield:rule=evil.py:rule"}),
        (nm.MemoryCaching, {"memory": r"hopfield:rule=('evil\x2epy:rule')"}),  # what reads the text undoes this
    ],
)
def test_a_file_that_names_code_runs_none(kind, settings, tmp_path, monkeypatch):
    write_evil(tmp_path)
    monkeypatch.chdir(tmp_path)
    nm.save(kind(64).store(ITEMS), "good.npz")
    changed("good.npz", "bad.npz", {"settings": settings})
    with pytest.raises(nm.InputError, match="name no code"):
        nm.load("bad.npz")
    with ThreadPoolExecutor(1) as pool, pytest.raises(nm.InputError, match="name no code"):
        pool.submit(nm.load, "bad.npz").result()
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("spec", ["nn.attention:weights=w.pt", "memory_caching:memory='nn.attention:weights=w.pt'"])
def test_a_file_that_names_weights_reads_no_other_file(spec, tmp_path, monkeypatch):
    """The user may ask for them."""
    monkeypatch.chdir(tmp_path)
    layer = nm.nn.Attention(64)
    torch.save(layer.state_dict(), "w.pt")
    assert torch.equal(nm.models.make("nn.attention:weights=w.pt", 64).layer.key.weight, layer.key.weight)
    assert nm.MemoryCaching(64, memory=spec).store(ITEMS).recall(CUES).items.shape == ITEMS.shape
    nm.save(nm.MemoryCaching(64).store(ITEMS), "good.npz")
    changed("good.npz", "bad.npz", {"settings": {"memory": spec}})
    with pytest.raises(nm.InputError, match=r"weights must name no file in a file of a memory or in a link, but was 'w.pt'"):
        nm.load("bad.npz")


def test_a_memory_within_a_memory_that_names_code_runs_none(tmp_path, monkeypatch):
    write_evil(tmp_path)
    monkeypatch.chdir(tmp_path)
    memory = nm.save(nm.MemoryCaching(64, memory="hopfield:steps=3").store(ITEMS), "good.npz")
    with zipfile.ZipFile(memory) as file:
        index = file.read(storage.INDEX).decode()
    given = '["steps", 3]'
    assert given in index
    changed(memory, "bad.npz", {"state": json.loads(index.replace(given, '["rule", "evil.py:rule"]'))["state"]})
    with pytest.raises(nm.InputError, match="name no code"):
        nm.load("bad.npz")
    assert not (tmp_path / "ran").exists()


def test_memories_within_a_memory_come_back(tmp_path):
    memory = nm.MemoryCaching(64, memory="hopfield", segment=2).store(ITEMS)
    np.testing.assert_array_equal(again(memory, tmp_path).recall(CUES).items, memory.recall(CUES).items)


def test_a_folder_is_made_and_one_in_the_place_of_a_file_is_told(tmp_path):
    memory, circuit = nm.Hopfield(64).store(ITEMS), nm.spiking.Circuit([nm.spiking.Population("In", 1)])
    for path in (memory.save(tmp_path / "new" / "m.npz"), circuit.save(tmp_path / "other" / "c.json")):
        assert path.is_file()
    for call in (memory.save, nm.load, nm.results.load, nm.spiking.Circuit.load):
        with pytest.raises(nm.InputError, match="is a folder"):
            call(tmp_path / "new")


def test_files_of_others_are_left_alone(tmp_path):
    np.savez(tmp_path / "mine.npz", a=1)
    (tmp_path / "text.npz").write_text("mine")
    for file in tmp_path.iterdir():
        before = file.read_bytes()
        with pytest.raises(nm.InputError, match="a memory that neuromem saved"):
            nm.save(nm.Hopfield(64).store(ITEMS), file)
        with pytest.raises(nm.InputError, match="a memory that neuromem saved"):
            nm.load(file)
        assert file.read_bytes() == before


def header(shape, dtype="<f8"):
    content = io.BytesIO()
    np.lib.format.write_array_header_1_0(content, {"descr": dtype, "fortran_order": False, "shape": shape})
    return content.getvalue()


class Shell:
    def __reduce__(self):
        return (print, ("run",))


def pickled():
    content = io.BytesIO()
    np.save(content, np.array([Shell()], object), allow_pickle=True)
    return content.getvalue()


def nested():
    return "[" * 100_000


HOSTILE = {
    "class outside": ({"class": "os:system"}, {}),
    "class of another part": ({"class": "neuromem.cli:main"}, {}),
    "no class": ({"class": "neuromem.models.hopfield:np"}, {}),
    "object outside": ({"state": {"unlearned": {"number": 90, "object": "subprocess:Popen", "attributes": {}}}}, {}),
    "private name": ({"state": {"__class__": 1}}, {}),
    "other setting": ({"settings": {"nosuch": 1}}, {}),
    "bad setting": ({"settings": {"temperature": -1}}, {}),
    "settings a list": ({"settings": [1]}, {}),
    "units text": ({"units": "64"}, {}),
    "units huge": ({"units": 10**12}, {}),
    "missing array": ({"state": {"_held": {"number": 90, "array": "77"}}}, {}),
    "a generator": ({"state": {"x": {"number": 90, "generator": {"dict": [["bit_generator", "eval"]]}}}}, {}),
    "newer format": ({"format": 2}, {}),
    "claims too much": ({}, {"0.npy": header((10**9, 10**9))}),
    "pickle": ({}, {"0.npy": pickled()}),
    "no array": ({}, {"0.npy": b"nothing"}),
    "deep": (nested, {}),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_file_is_refused(kind, tmp_path, capsys):
    nm.save(nm.Hopfield(64).store(ITEMS), tmp_path / "good.npz")
    changes, members = HOSTILE[kind]
    with zipfile.ZipFile(tmp_path / "good.npz") as good, zipfile.ZipFile(tmp_path / "bad.npz", "w") as bad:
        for name in good.namelist():
            content = good.read(name)
            if name == storage.INDEX:
                content = changes() if callable(changes) else json.dumps(json.loads(content) | changes)
            bad.writestr(name, members.get(name, content))
    with pytest.raises(nm.InputError):
        nm.load(tmp_path / "bad.npz")
    assert not capsys.readouterr().out


def test_a_cut_file_is_refused(tmp_path):
    whole = nm.save(nm.Hopfield(64).store(ITEMS), tmp_path / "memory.npz").read_bytes()
    for length in (0, 10, len(whole) // 2, len(whole) - 1):
        (tmp_path / "cut.npz").write_bytes(whole[:length])
        with pytest.raises(nm.InputError):
            nm.load(tmp_path / "cut.npz")
    flipped = bytearray(whole)
    flipped[len(whole) // 3] ^= 255
    (tmp_path / "cut.npz").write_bytes(flipped)
    with pytest.raises(nm.InputError):
        nm.load(tmp_path / "cut.npz")
