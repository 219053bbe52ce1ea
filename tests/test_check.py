"""`neuromem check`: the laws, tried on a memory from a file of one's own."""

from __future__ import annotations

import sys

import pytest

from neuromem import cli, laws, models

OWN = """
import numpy as np
import neuromem as nm


class Nearest:
    step_unit = "look"

    def __init__(self, units):
        self.units, self.items, self.operations = nm.checks.whole("units", units), np.zeros((0, units)), np.nan

    def store(self, keys, values=None):
        self.items = np.concatenate([self.items, nm.checks.items("items", keys, self.units)])
        return self

    def recall(self, cues):
        cues = np.asarray(nm.checks.cues(cues, self.units), float)
        nm.checks.stored(self, len(self.items))
        best, ones = np.argmax(cues @ self.items.T, axis=1), np.ones(len(cues))
        self.operations = float(self.items.size)
        return nm.Recall(self.items[best], ones.astype(int), ones > 0, ones * self.items.size)

    def clear(self):
        self.items = self.items[:0]

    stored = property(lambda self: len(self.items))
    cost = property(lambda self: nm.Cost(8 * self.items.size, max(self.items.size, 1), self.operations))


class Forgetful(Nearest):  # keeps the last item alone
    def store(self, keys, values=None):
        self.items = np.asarray(nm.checks.items("items", keys, self.units))[-1:]
        return self


class Known(Forgetful):
    exceptions = dict.fromkeys(
        (
            "stored_items_come_back",
            "two_random_items_are_kept_apart",
            "several_random_items_are_kept_apart",
            "the_order_of_storing_does_not_matter",
            "items_may_come_one_at_a_time",
            "what_is_stored_is_a_copy",
            "stored_items_are_counted",
            "a_saved_memory_goes_on_as_it_was",
        ),
        "it keeps the last item",
    )


class Narrow(Nearest):
    def recall(self, cues):
        recall = super().recall(cues)
        return nm.Recall(recall.items[:, :-1], recall.steps, recall.converged, recall.operations)


class Raises(Nearest):
    def store(self, keys, values=None):
        raise KeyError("nothing")


class NoMemory:
    def __init__(self, units):
        pass
"""


@pytest.fixture
def check(tmp_path, monkeypatch, capsys):
    (tmp_path / "own.py").write_text(OWN)
    (tmp_path / "broken.py").write_text("\n1 / 0")
    monkeypatch.chdir(tmp_path)

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["neuromem", "check", *words])
        code = cli._run_safely()
        said = capsys.readouterr()
        return code, said.out.splitlines(), said.err.splitlines()

    return run


def test_a_memory_that_keeps_the_laws(check):
    code, lines, _ = check("own.py:Nearest")
    assert code == 0
    assert len([line for line in lines if line.startswith("holds")]) == len(laws.LAWS)
    assert lines[-1] == f"{len(laws.LAWS)} of {len(laws.LAWS)} laws hold for own.py:Nearest at 64 units"


def test_a_memory_that_breaks_some_says_which_and_why(check):
    code, lines, _ = check("own.py:Forgetful", "--units", "32")
    broken = {line.partition(": ")[0]: line for line in lines if line.startswith("broken")}
    assert code == 1
    assert "broken  two random items are kept apart" in broken
    assert broken["broken  stored items come back"].endswith("50% of the cues bring their item back exactly, not 100%")
    assert f"{len(laws.LAWS) - len(broken)} of {len(laws.LAWS)}" in lines[-1]


def test_a_known_exception_is_no_fault_and_a_law_that_holds_is_no_exception(check):
    """The memory lists all that it breaks, and one that it keeps."""
    code, lines, _ = check("own.py:Known", "--units", "32")
    known = [line for line in lines if line.startswith("known")]
    assert (code, [line for line in lines if line.startswith("broken")]) == (0, [])
    assert "known   two random items are kept apart: it keeps the last item" in known
    assert "holds   items may come one at a time" in lines
    assert lines[-1].endswith(
        f"{len(laws.LAWS) - len(known)} of {len(laws.LAWS)} laws hold for own.py:Known at 32 units, "
        f"{len(known)} known exceptions"
    )


@pytest.mark.parametrize("name", ["gated_associative", "deep_memory"])
def test_a_published_exception_is_none_of_the_memory_s_faults(check, name):
    code, lines, _ = check(name)
    assert code == 0
    assert len([line for line in lines if line.startswith("known")]) == len(models.ALL[name].exceptions)


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["own.py:Narrow"], "Recall.items has shape (2, 63)"),
        (["own.py:Raises"], "KeyError: 'nothing'"),
        (["own.py:NoMemory"], "without store, recall, clear, cost, units, step_unit"),
        (["own.py:Neerest"], "known: "),
        (["nosuch.py:Nearest"], "nosuch.py"),
        (["broken.py:Nearest"], "line 2 of broken.py raises ZeroDivisionError"),
        (["hopfeild"], "did you mean 'hopfield'?"),
        (["hopfield:rul=hebb"], "did you mean 'rule'?"),
        (["own.py:Nearest", "--units", "1"], "units must"),
    ],
)
def test_what_can_be_no_memory_is_refused_in_one_line(check, words, text):
    code, out, err = check(*words)
    assert (code, out, len(err)) == (2, [], 1)
    assert text in err[0]
