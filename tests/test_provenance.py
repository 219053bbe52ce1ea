"""Which code a number depends on: what changes when a file changes, and what does not."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import neuromem as nm
from neuromem import provenance
from neuromem.experiments import inference, order, recognition

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
