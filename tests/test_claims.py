"""The ledger: verdicts follow from numbers alone, every claim is whole, the quick ones hold, and the page shows them all."""

from __future__ import annotations

import dataclasses
import dis
import inspect
import json
import re
import subprocess
import sys

import numpy as np
import pytest

import neuromem as nm
from neuromem import sweep
from neuromem.experiments import claims
from neuromem.experiments.claims import claim, page, reproduce, verdicts
from neuromem.experiments.claims.ledger import ledger


def made(published=1.0, within=0.1, **more):
    return claim.Claim("X", "x", "s", "s", (published,), (within,), "w", "instant", lambda: 1.0, **more)


@pytest.mark.parametrize(
    ("ours", "error", "independent", "said"),
    [
        (1.09, 0.0, None, claim.REPRODUCED),
        (1.11, 0.0, None, claim.NOT_REPRODUCED),
        (1.5, 0.0, 1.5, claim.WRONG),
        (1.5, 0.0, 1.3, claim.NOT_REPRODUCED),
        (1.0, 0.04, None, claim.NOT_TESTABLE),  # three standard errors are more than the distance allowed
        (1.21, 0.04, None, claim.NOT_TESTABLE),
        (1.23, 0.04, None, claim.NOT_REPRODUCED),  # off by more than both together
        (1.23, 0.04, 1.3, claim.WRONG),
        (np.nan, 0.0, None, claim.NOT_REPRODUCED),
        (0.0, 0.0, None, claim.NOT_REPRODUCED),
    ],
)
def test_a_verdict_follows_from_the_numbers(ours, error, independent, said):
    other = None if independent is None else np.array([independent])
    assert made().verdict(claim.Measured(np.array([ours]), np.array([error])), other) == said


def test_a_number_from_memory_is_never_called_wrong():
    ours = claim.Measured(np.array([1.5]), np.array([0.0]))
    assert made(standing="memory").verdict(ours, np.array([1.5])) == claim.NOT_REPRODUCED


def test_every_claim_is_whole():
    for one in ledger().values():
        assert one.statement.endswith("."), one.id
        assert not re.search(r"\d[a-z]{3}|[a-z]{3}\d", one.statement), one.id  # two words that have grown together
        assert one.source, one.id
        assert one.why, one.id
        assert not one.link or re.match(r"10\.\d{4,}/|arXiv:\d{4}\.\d{4,5}$", one.link), one.id
        assert (
            one.standing != "published" or one.link or "book" in one.source or "MIT Press" in one.source or one.untestable
        ), one.id


def of_neuromem(function, seen):
    """What a function, and the functions of the ledger that it calls, take from neuromem."""
    seen.add(function)
    codes = [function.__code__]
    for code in codes:
        codes += [inner for inner in code.co_consts if inspect.iscode(inner)]
    read = [one for code in codes for one in dis.get_instructions(code)]
    used = {one.argval for one in read if one.opname in ("LOAD_GLOBAL", "LOAD_DEREF")}
    scope = function.__globals__ | inspect.getclosurevars(function).nonlocals
    for name, thing in [(name, scope[name]) for name in used & scope.keys()]:
        module = thing.__name__ if inspect.ismodule(thing) else getattr(thing, "__module__", None) or ""
        if inspect.isfunction(thing) and module.startswith("neuromem.experiments.claims."):
            yield from of_neuromem(thing, seen) if thing not in seen else ()
        elif module.split(".")[0] == "neuromem":
            yield name
    yield from (one.argval for one in read if one.opname == "IMPORT_NAME" and "neuromem" in one.argval)


def test_what_is_called_independent_takes_nothing_of_neuromem():
    calculated = {name: one.independent for name, one in ledger().items() if one.independent}
    assert len(calculated) > 40
    assert {name: found for name, one in calculated.items() if (found := [*of_neuromem(one, set())])} == {}
    assert [*of_neuromem(ledger()["P01"].measure, set())] == ["theory"]


@pytest.fixture(scope="module")
def data():
    """Every claim that took at most a second in the committed run: what CI holds the science to."""
    known = nm.results.load(reproduce.COMMITTED)
    took = zip(known.claim.values.tolist(), known.seconds.values.tolist(), strict=True)
    quick = {name for name, seconds in took if seconds <= 1}
    names = tuple(name for name, one in ledger().items() if name in quick and one.cost in ("instant", "seconds"))
    with sweep.on(workers=1):
        return claims.run(names=names)


@pytest.mark.slow
def test_the_quick_claims_say_what_the_committed_result_says(data):
    """A change of science, or of the ledger, is seen here; what is meant is measured again and committed."""
    known = nm.results.load(reproduce.COMMITTED)
    before = dict(zip(known.claim.values.tolist(), known.verdict.values.tolist(), strict=True))
    said = dict(zip(data.claim.values.tolist(), data.verdict.values.tolist(), strict=True))
    assert len(before.keys() & said.keys()) > 120
    assert {i: verdict for i, verdict in said.items() if verdict != before.get(i, verdict)} == {}


def test_a_claim_turned_wrong_is_seen(monkeypatch):
    one = ledger()["P01"]
    monkeypatch.setitem(claim.LEDGER, "P01", dataclasses.replace(one, published=(0.14,)))
    found = claims.run(names=("P01",), cost="instant")
    assert found.verdict.values.tolist() == [claim.NOT_REPRODUCED]


def test_the_page_shows_every_claim_and_asks_nobody():
    known = nm.results.load(reproduce.COMMITTED)
    text = page.page(verdicts.merged(known, None))
    for i in known.claim.values:
        assert f'id="{i}"' in text
    assert not re.search(r"<(script|link|img)[^>]+(src|href)=", text)


@pytest.fixture
def extra():
    """A function that enters claims of its own into the ledger, for one test."""
    before = dict(ledger())

    def enter(name, measure, **more):
        settings = {"published": 1.0, "within": 0.1, "why": "w", "cost": "instant"} | more
        claim.claim(name, "A test.", "s", **settings)(measure)

    yield enter
    claim.LEDGER.clear()
    claim.LEDGER.update(before)


def test_an_error_of_a_measurement_is_a_verdict_with_its_reason(extra):
    def broken():
        raise ValueError("no such\nthing")

    def small():
        raise MemoryError("8 GB")

    def another():
        return [1.0, 2.0]

    extra("Z1", broken)
    extra("Z2", small)
    extra("Z3", another, needs=("no_such_package",))
    extra("Z4", another)
    extra("Z5", lambda: 1.0, independent=another)
    found = claims.run(names=("Z1", "Z2", "Z3", "Z4", "Z5"))
    assert found.verdict.values.tolist() == [
        claim.NOT_REPRODUCED,
        claim.NOT_TESTABLE,
        claim.NOT_TESTABLE,
        claim.NOT_REPRODUCED,
        claim.NOT_REPRODUCED,
    ]
    assert found.reason.values.tolist()[:3] == [
        "ValueError: no such thing",
        "the memory of this machine is too small (8 GB)",
        "no_such_package is not installed",
    ]
    assert all("must give 1 number" in reason for reason in found.reason.values[3:])
    assert claims.run(names=("Z1",)).verdict.values.tolist() == [claim.NOT_REPRODUCED]  # also where nothing else is measured


def test_a_run_of_some_claims_keeps_the_others_and_the_history(tmp_path, monkeypatch):
    monkeypatch.setattr(reproduce, "COMMITTED", tmp_path / "none.nc")
    reproduce.reproduce(("P01", "S09"), out=tmp_path, workers=1)
    reproduce.reproduce(("P02", "B17"), out=tmp_path, workers=1)
    monkeypatch.setitem(claim.LEDGER, "P01", dataclasses.replace(ledger()["P01"], published=(0.14,)))
    reproduce.reproduce(("P01",), out=tmp_path, workers=1)
    whole = nm.results.load(tmp_path / "reproduce.nc")
    said = {
        "P01": claim.NOT_REPRODUCED,
        "P02": claim.REPRODUCED,
        "S09": claim.REPRODUCED,
        "B17": claim.NOT_TESTABLE,
    }
    assert dict(zip(whole.claim.values.tolist(), whole.verdict.values.tolist(), strict=True)) == said
    assert {str(whole[name].sel(claim="B17").values) for name in ("why", "reason")} == {ledger()["B17"].untestable}
    assert whole.ours.sel(claim="S09").notnull().sum() == len(ledger()["S09"].published)
    told = json.loads(whole.attrs["history"])
    assert [one["verdict"] for one in told["P01"]] == [claim.REPRODUCED, claim.NOT_REPRODUCED]
    assert 'id="S09"' in (tmp_path / "reproduce.html").read_text()
    assert not list(tmp_path.glob("*.zarr"))


def test_the_committed_result_says_what_its_numbers_say():
    whole = nm.results.load(reproduce.COMMITTED)
    known = whole.sel(claim=[i for i in whole.claim.values if i in ledger()])
    assert known.sizes["claim"] > 180
    again = verdicts.judged(known)
    changed = {str(i) for i in known.claim.values[again.verdict.values != known.verdict.values]}
    assert not changed, "a claim has changed since: measure it again"
    dear = known.claim.values[(known.seconds > 30).values].tolist()
    assert not [i for i in dear if ledger()[i].cost in ("instant", "seconds")]


def test_a_page_of_others_is_left_alone(tmp_path):
    (tmp_path / "reproduce.html").write_text("mine")
    with pytest.raises(nm.InputError, match="out must hold no page that neuromem did not make"):
        reproduce.reproduce(("P01",), out=tmp_path)
    assert (tmp_path / "reproduce.html").read_text() == "mine"


def test_the_command_prints_the_verdicts_and_says_where_they_are(tmp_path):
    words = [sys.executable, "-m", "neuromem", "reproduce", "P01", "S13", "--out", "here", "--workers", "1"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "1 reproduced, 1 published number wrong" in done.stdout
    assert "here/reproduce.html" in done.stdout
    assert nm.results.load(tmp_path / "here" / "reproduce.nc").attrs["experiment"] == "claims"
    for bad, text in ((["P1"], "claims must be ids or families"), (["--cost", "cheap"], "cost must be one of 4 names")):
        done = subprocess.run([*words[:4], *bad], cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 2
        assert done.stderr.count("\n") == 1
        assert text in done.stderr


def test_an_unknown_claim_is_refused():
    with pytest.raises(nm.InputError, match="claims must be ids or families, but was 'P1'"):
        claims.run(names=("P1",))
    with pytest.raises(nm.InputError, match="cost must be one of 4 names"):
        claims.run(cost="cheap")


def test_the_same_id_twice_is_refused():
    with pytest.raises(nm.InputError, match="id must be new"):
        claim.claim("P01", "s", "s", published=1, within=1, why="w", cost="instant")
