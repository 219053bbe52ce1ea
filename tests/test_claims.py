"""The ledger: verdicts follow from numbers alone, every claim is whole, the quick ones hold, and the page shows them all."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

import neuromem as nm
from neuromem.experiments import claims
from neuromem.experiments.claims import claim, page
from neuromem.experiments.claims.ledger import ledger

KNOWN = {  # what the quick claims say today; a change of science, or of the ledger, must be seen here
    "P37": claim.NOT_REPRODUCED,  # the law is a limit that f = 0.0001 is far from
    "S13": claim.WRONG,  # a covariance over n - 1 by a variance over n
}


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
        (np.nan, 0.0, None, claim.NOT_TESTABLE),
        (0.0, 0.0, None, claim.NOT_REPRODUCED),
    ],
)
def test_a_verdict_follows_from_the_numbers(ours, error, independent, said):
    other = None if independent is None else np.array([independent])
    assert made().verdict(claim.Measured(np.array([ours]), np.array([error])), other) == said


def test_every_claim_is_whole():
    for one in ledger().values():
        assert one.statement.endswith("."), one.id
        assert one.source, one.id
        assert one.why, one.id
        assert not one.link or re.match(r"10\.\d{4,}/|arXiv:\d{4}\.\d{4,5}$", one.link), one.id
        assert (
            one.standing != "published" or one.link or "book" in one.source or "MIT Press" in one.source or one.untestable
        ), one.id


@pytest.fixture(scope="module")
def data():
    return claims.run(cost="instant")


def test_the_quick_claims_say_what_they_are_known_to(data):
    said = dict(zip(data.claim.values.tolist(), data.verdict.values.tolist(), strict=True))
    odd = {i: verdict for i, verdict in said.items() if verdict != KNOWN.get(i, claim.REPRODUCED)}
    assert not odd


def test_a_claim_turned_wrong_is_seen(monkeypatch):
    one = ledger()["P01"]
    wrong = claim.Claim(**{**vars(one), "published": (0.14,)})
    monkeypatch.setitem(claim.LEDGER, "P01", wrong)
    found = claims.run(names=("P01",), cost="instant")
    assert found.verdict.values.tolist() == [claim.NOT_REPRODUCED]


def test_the_page_shows_every_claim_and_asks_nobody(data):
    data = data.assign_attrs(history=json.dumps(claims.history(data, None)))
    text = page.page(data)
    for i in data.claim.values:
        assert f'id="{i}"' in text
    assert not re.search(r"<(script|link|img)[^>]+(src|href)=", text)


def test_an_unknown_claim_is_refused():
    with pytest.raises(nm.InputError, match="claims must be ids or families, but was 'P1'"):
        claims.run(names=("P1",))
    with pytest.raises(nm.InputError, match="cost must be one of 4 names"):
        claims.run(cost="cheap")


def test_the_same_id_twice_is_refused():
    with pytest.raises(nm.InputError, match="id must be new"):
        claim.claim("P01", "s", "s", published=1, within=1, why="w", cost="instant")
