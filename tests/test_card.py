"""A memory's card: fixed measurements, and one page that places the memory among the others."""

from __future__ import annotations

import json
import re
import sys
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

import neuromem as nm
import neuromem.card.__main__ as writing
from neuromem import card, cli, laws, provenance
from neuromem.card.measure import PARTS, _slope
from neuromem.card.page import NUMBERS

PERFECT = """
from neuromem import Attention


class Nearest(Attention):  # <b>sharp</b>
    pass


class Broken(Attention):
    def recall(self, cues):
        if len(cues) > 12:
            raise OSError("no <room>")
        return super().recall(cues)
"""


@pytest.fixture(scope="module")
def attention():
    return card.measure("attention", 200)


def test_the_numbers_are_those_of_the_measurements(attention):
    """Attention to 100 random items of 64 units makes no error at a tenth of flipped units."""
    assert attention["left_out"] == []
    assert attention["capacity"] == dict.fromkeys(["0.05", "0.1", "0.2", "0.4", "0.8", "1.6"], 1.0)
    numbers = attention["numbers"]
    assert (numbers["laws broken"], numbers["capacity"]) == (0, 1.6)
    assert numbers["bits"] == 8 * 64 * 8  # 8 items of 64 entries of 8 bits
    assert numbers["bits with N"] == pytest.approx(1)
    assert numbers["bits with K"] == pytest.approx(1)
    assert numbers["overlap, erased"] == pytest.approx(np.mean(attention["completion"]["erased"][1:]))
    assert list(numbers) == list(NUMBERS)


def test_two_cards_of_one_memory_are_alike_but_for_times(attention):
    other = card.measure("attention", 200)
    for part in ("laws", "completion", "capacity", "basins", "robustness"):
        assert other[part] == attention[part], part
    assert [one[:2] for one in other["cost"].values()] == [one[:2] for one in attention["cost"].values()]


def test_a_growth_by_hand():
    assert _slope([(n, 5.0 * n**1.5) for n in (32, 64, 128, 256)], (32, 64, 128, 256)) == pytest.approx(1.5)
    assert _slope([(32, 1.0)], (32, 64)) is None


def test_what_takes_too_long_is_left_out_and_said():
    slow = card.measure("attention", 0.0)
    assert [text.partition(":")[0] for text in slow["left_out"]] == list(PARTS)
    assert all("0 s are over" in text for text in slow["left_out"])
    assert set(slow["numbers"].values()) == {None}
    assert "Left out" in card.page(slow, {})


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    (tmp_path / "own.py").write_text(PERFECT)
    monkeypatch.chdir(tmp_path)

    def command(*words):
        monkeypatch.setattr(sys, "argv", ["neuromem", "card", *words])
        return cli._run_safely(), capsys.readouterr()

    return command


def test_the_command_writes_one_page_and_its_numbers_and_keeps_them(run, tmp_path):
    code, said = run("own.py:Broken", "--limit", "20", "--out", "there")
    assert code == 0, said.err
    assert "left out capacity: OSError: no <room>" in said.out
    page = (tmp_path / "there" / "card_own_py_Broken.html").read_text()
    assert "no &lt;room&gt;" in page
    assert "<script" not in page
    assert not re.findall(r"(?:src|href)=", page)
    body = page[page.index("<body>") : page.index("</html>")]
    ElementTree.fromstring(re.sub(r"class=number", 'class="number"', body))  # every element is closed
    numbers = json.loads((tmp_path / "there" / "card_own_py_Broken.json").read_text())
    assert numbers["origin"] == "file own.py"
    code, said = run("own.py:Broken", "--out", "there")
    assert (code, "--force" in said.err) == (2, True)
    (tmp_path / "there" / "card_own_py_Broken.html").write_text("<p>mine</p>")
    code, said = run("own.py:Broken", "--out", "there", "--force")
    assert (code, "no page that neuromem did not make" in said.err) == (2, True)
    assert (tmp_path / "there" / "card_own_py_Broken.html").read_text() == "<p>mine</p>"


def test_what_is_no_memory_is_refused_and_nothing_is_written(run, tmp_path):
    code, said = run("own.py:Nobody")
    assert (code, said.err.count("\n")) == (2, 1)
    assert [path.name for path in tmp_path.iterdir() if path.name != "__pycache__"] == ["own.py"]


def test_the_known_cards_are_those_of_memories_and_of_all_laws():
    known = card.known()
    assert len(known) >= 24
    assert known.keys() <= set(nm.models.ALL.files)
    for name, one in known.items():
        assert list(one["laws"]) == list(laws.LAWS), name
        assert one["numbers"]["bits"] is not None, name


@pytest.mark.parametrize("name", ["attention", "pavlov"])
def test_a_known_card_is_what_is_measured_now(name):
    """But for times, and to the four digits that are kept."""
    now = writing.rounded(card.measure(name, 200))
    for part in ("laws", "completion", "capacity", "basins", "robustness"):
        assert now[part] == card.known()[name][part], part


def test_no_number_is_minus_zero():
    assert str(_slope([(2, 1.0), (4, 1 - 1e-9)], (2, 4))) == "0.0"
    assert not re.search(r": -0\.0[,}]", json.dumps(card.known()))


def test_a_known_card_is_of_a_commit(tmp_path, monkeypatch):
    known = tmp_path / "known.json"
    known.write_text("{}")
    monkeypatch.setattr(writing, "KNOWN", known)
    monkeypatch.setattr(provenance, "version", lambda: "0.2.0+g1234.dirty")
    with pytest.raises(SystemExit, match="commit first"):
        writing.main(["pavlov"], 0.0)
    monkeypatch.setattr(provenance, "version", lambda: "0.2.0+g1234")
    writing.main(["pavlov"], 0.0)
    assert json.loads(known.read_text())["pavlov"]["neuromem"] == "0.2.0+g1234"


def test_the_page_places_a_memory_among_the_others(attention):
    page = card.page(attention, {"worse": attention | {"numbers": attention["numbers"] | {"capacity": 0.1}}})
    row = next(line for line in page.split("<tr>") if "largest load" in line)
    assert "0 of 1 are better" in row
    assert "worse: 0.1" in row
