"""Which code and which files a number depends on: what changes when a file changes, and what does not."""

from __future__ import annotations

import struct
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import neuromem as nm
from neuromem import cli, provenance
from neuromem.experiments import classification, inference, order, recognition

PACKAGE = Path(nm.__file__).parent


def test_what_is_silent_is_there():
    """A name that is gone hides that the file under its new name makes all results old."""
    assert [name for name in provenance.SILENT if not (PACKAGE / name).exists()] == []


@pytest.fixture
def three(tmp_path, monkeypatch):
    """Three files of experiments; the first takes a function of the second, which takes the third."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(provenance, "EXPERIMENTS", "trial_of_")
    monkeypatch.setattr(provenance, "_package", lambda: "package")
    files = {
        "trial_of_third": "def deep():\n    return 3\n",
        "trial_of_second": "import trial_of_third\n\n\ndef shared():\n    return trial_of_third.deep()\n",
        "trial_of_first": "from trial_of_second import shared\n\n\ndef run():\n    return shared()\n",
        "trial_of_other": "def run():\n    return 4\n",
    }
    for name, text in files.items():
        (tmp_path / f"{name}.py").write_text(text)
    yield tmp_path, [__import__(name).run for name in ("trial_of_first", "trial_of_other")]
    for name in files:
        sys.modules.pop(name, None)


def test_code_that_an_experiment_takes_from_others_is_its_own(three):
    folder, (first, other) = three
    before = provenance.code(first), provenance.code(other)
    for name in ("first", "second", "third"):
        path = folder / f"trial_of_{name}.py"
        text = path.read_text()
        path.write_text(f"{text}# changed\n")
        assert (provenance.code(first) != before[0], provenance.code(other) == before[1]) == (True, True), name
        path.write_text(text)
    assert provenance.code(first) == before[0]


def test_the_experiments_that_share_are_found():
    files = {Path(path).resolve() for path in provenance._taken_from(order.__name__)}
    assert {Path(one.__file__).resolve() for one in (inference, recognition)} <= files
    assert Path(order.__file__).resolve() not in files


def packed(array):
    return bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.astype(np.uint8).tobytes()


def write_pictures(folder, seed):
    folder.mkdir(exist_ok=True)
    for number, pixels in enumerate(np.random.default_rng(seed).integers(0, 256, (6, 8, 8))):
        Image.fromarray(pixels.astype(np.uint8)).save(folder / f"{number}.png")


def write_idx(folder, seed):
    """Twenty images of each of ten classes to learn from, and three to test with; with a seed other images and labels."""
    folder.mkdir(exist_ok=True)
    rng = np.random.default_rng(seed)
    for part, each in (("train", 20), ("t10k", 3)):
        labels = rng.permutation(np.repeat(np.arange(10), each))
        (folder / f"{part}-labels-idx1-ubyte").write_bytes(packed(labels))
        (folder / f"{part}-images-idx3-ubyte").write_bytes(packed(rng.integers(0, 256, (10 * each, 8, 8))))


SMALL = {
    "capacity": {"models": "hopfield", "loads": 0.05, "asked": 2, "trials": 1},
    "classification": {"memories": 4, "epochs": 1, "orders": 2, "test": 40, "trials": 1},
    "semantic": {"sizes": 5, "test": 3, "memories": "macrocolumn", "trials": 1},
}


@pytest.mark.parametrize(
    ("experiment", "items", "write"),
    [
        ("capacity", "x", write_pictures),
        ("capacity", "x:cut=median", write_pictures),
        ("capacity", "x", write_idx),
        ("capacity", "x/train-images-idx3-ubyte", write_idx),
        ("classification", "x", write_idx),
        ("classification", "x/train-images-idx3-ubyte", write_idx),
        ("semantic", "x", write_idx),
    ],
)
def test_a_finished_result_is_kept_for_the_very_items_alone(experiment, items, write, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    words = [f"--{key}={value}" for key, value in SMALL[experiment].items()]

    def said(*more):
        monkeypatch.setattr(sys, "argv", ["neuromem", "run", experiment, "--items", items, *words, "--quick", *more])
        return cli._run_safely(), capsys.readouterr().err

    write(tmp_path / "x", 0)
    assert said()[0] == 0
    assert "holds just this run" in said()[1]
    (tmp_path / "x" / "notes.txt").write_text("nothing that items are read from")
    assert "holds just this run" in said()[1]
    write(tmp_path / "x", 1)
    assert "compute it again with --force" in said()[1]
    assert said("--force")[0] == 0
    assert "holds just this run" in said()[1]


@pytest.mark.parametrize("changed", ["train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"])
@pytest.mark.parametrize("items", ["x", "x/train-images-idx3-ubyte"])
def test_labels_and_images_of_the_other_part_are_of_the_items_too(changed, items, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_idx(tmp_path / "x", 0)
    before = provenance.files({"items": items})
    file = tmp_path / "x" / changed
    file.write_bytes(file.read_bytes()[:-1] + b"\7")
    assert before
    assert provenance.files({"items": items}) != before


def test_what_is_gone_on_with_has_the_very_items(tmp_path):
    """A run that was stopped does not go on with labelled images that are others by now."""
    given = {"orders": (2,), "memories": 4, "epochs": 1, "test": 40, "trials": 1, "items": str(tmp_path / "x")}
    how = {"store": tmp_path / "x.zarr", "workers": 1}
    write_idx(tmp_path / "x", 0)
    with nm.sweep.on(**how):
        first = classification.run(**given)
    with nm.sweep.on(**how, resume=True):
        assert classification.run(**given).equals(first)
    write_idx(tmp_path / "x", 1)
    with pytest.raises(nm.InputError, match="resume must continue the run"), nm.sweep.on(**how, resume=True):
        classification.run(**given)


def test_modules_have_their_digest_also_where_a_setting_names_them(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    file = tmp_path / "trial_rules.py"
    file.write_text("def rule(weights, items, start):\n    return weights\n")
    given = {"models": ["hopfield:rule=trial_rules:rule", "hebb:nowhere"], "more": {"deep": "trial_rules:rule"}}
    before = provenance.files(given)
    file.write_text(file.read_text() + "# changed\n")
    after = provenance.files(given)
    sys.modules.pop("trial_rules")
    assert list(before) == list(after) == ["trial_rules:rule"]
    assert before != after


def test_files_have_their_digest_whatever_their_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("weights", "x.npy", "my.py"):
        (tmp_path / name).write_text(name)
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "1.pt").touch()
    words = {"models": ("hopfield", "transformer:weights=weights", "my.py:Own"), "items": Path("x.npy"), "folder": "kept"}
    assert provenance.files(words) == {name: provenance.digest(name.encode()) for name in ("weights", "x.npy", "my.py")}
