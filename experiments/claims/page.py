"""The ledger as a page: one HTML file with every claim, its number beside ours, and the verdict."""

from __future__ import annotations

import json
from html import escape

import numpy as np
import xarray as xr

from neuromem.experiments.claims.claim import NOT_REPRODUCED, NOT_TESTABLE, REPRODUCED, STANDINGS, WRONG, Claim
from neuromem.experiments.claims.ledger import ledger

COLOURS = {REPRODUCED: "#00695c", NOT_REPRODUCED: "#b71c1c", WRONG: "#8a5a00", NOT_TESTABLE: "#5f6368"}
MARKS = {REPRODUCED: "✓", NOT_REPRODUCED: "✗", WRONG: "!", NOT_TESTABLE: "–"}  # readable without colour

STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
h2 { margin-top: 2.5rem; text-transform: capitalize; }
.tiles { display: flex; gap: 1rem; flex-wrap: wrap; }
.tiles button { font: inherit; border: 1px solid; border-radius: .5rem; padding: .5rem 1rem; }
.tiles button { background: none; cursor: pointer; }
.tiles button[aria-pressed=false] { opacity: .4; }
.tiles b { font-size: 1.6rem; display: block; }
details { border-bottom: 1px solid #8884; padding: .4rem 0; }
summary { display: grid; grid-template-columns: 1.5rem 4rem 1fr 14rem 14rem; gap: .6rem; cursor: pointer; }
summary span:nth-child(n+4) { font-variant-numeric: tabular-nums; }
dl { display: grid; grid-template-columns: 10rem 1fr; gap: .2rem 1rem; margin: .6rem 0 .6rem 6rem; }
dt { opacity: .7; }
dd { margin: 0; }
code { font-size: .95em; }
@media (max-width: 50rem) { summary { grid-template-columns: 1.5rem 4rem 1fr; } dl { margin-left: 0; } }
"""

SCRIPT = """
for (const button of document.querySelectorAll('.tiles button')) button.onclick = () => {
  const on = button.getAttribute('aria-pressed') !== 'true';
  button.setAttribute('aria-pressed', on);
  for (const row of document.querySelectorAll('details'))
    if (row.dataset.verdict === button.dataset.verdict) row.hidden = !on;
  for (const part of document.querySelectorAll('section'))
    part.hidden = !part.querySelector('details:not([hidden])');
};
"""


def shown(values: np.ndarray) -> str:
    """Numbers as people write them, separated by commas; NaN is left out."""
    return ", ".join(f"{value:.5g}" for value in np.atleast_1d(values) if not np.isnan(value))


def ours(row: xr.Dataset) -> str:
    """Our numbers with their standard errors, where they have any."""
    errors = row.standard_error.values
    return shown(row.ours.values) + (f" ± {shown(errors)}" if np.nansum(errors) else "")


def page(data: xr.Dataset) -> str:
    """The page of a result.

    Parameters
    ----------
    data : Dataset
        What `neuromem.experiments.claims.run` gives.

    Returns
    -------
    str
        A whole HTML document.
    """
    verdicts = [str(said) for said in data.verdict.values]
    tiles = "".join(
        f'<button aria-pressed="true" data-verdict="{said}" style="color:{colour}">'
        f"<b>{MARKS[said]} {verdicts.count(said)}</b>{said}</button>"
        for said, colour in COLOURS.items()
    )
    families = dict.fromkeys(str(family) for family in data.family.values)
    history = json.loads(data.attrs.get("history", "{}"))
    sections = "".join(
        f"<section><h2>{escape(family.replace('_', ' '))}</h2>"
        + "".join(_row(data.sel(claim=i), ledger()[str(i)], history.get(str(i), [])) for i in _of(data, family))
        + "</section>"
        for family in families
    )
    versions = json.loads(data.attrs["versions"])
    about = (
        f"neuromem {versions['neuromem']}, Python {versions['python']}, NumPy {versions['numpy']}; {data.attrs['machine']}"
    )
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>neuromem: which published numbers are reproduced?</title><style>{STYLE}</style>"
        f"<h1>Which published numbers does neuromem reproduce?</h1>"
        f"<p>{len(verdicts)} claims of the field, each measured by a command that anybody can run. A verdict follows "
        "from the numbers alone: ours may be off by the distance that the claim states, with its reason, and by no more. "
        "Open a claim to see its source, its command and its history.</p>"
        f'<div class="tiles">{tiles}</div>{sections}<p><small>{escape(about)}. {float(data.seconds.sum()):.0f} s in all.'
        f"</small></p><script>{SCRIPT}</script></html>\n"
    )


def _of(data: xr.Dataset, family: str) -> np.ndarray:
    return data.claim.values[data.family.values == family]


def _row(row: xr.Dataset, claim: Claim, history: list[dict[str, str]]) -> str:
    """A claim: its verdict, statement and numbers; behind them where it comes from."""
    said = str(row.verdict.values)
    source = escape(claim.source)
    if claim.url:
        source = f'<a href="{escape(claim.url)}">{source}</a>'
    facts = {
        "verdict": f"<b>{said}</b>" + (f": {escape(str(row.reason.values))}" if str(row.reason.values) else ""),
        "source": f"{source} ({STANDINGS[claim.standing]})",
        "published": shown(row.published.values),
        "ours": escape(ours(row)) or "nothing measured",
        "without neuromem": shown(row.independent.values),
        "may be off by": f"{shown(row.within.values)}: {escape(claim.why)}",
        "command": f"<code>{escape(claim.command)}</code>, {float(row.seconds):.1f} s",
        "history": "; ".join(f"{one['date']} ({escape(one['version'])}): {one['verdict']}" for one in history),
    }
    listed = "".join(f"<dt>{name}</dt><dd>{text}</dd>" for name, text in facts.items() if text)
    return (
        f'<details id="{claim.id}" data-verdict="{said}"><summary><span style="color:{COLOURS[said]}" title="{said}">'
        f"{MARKS[said]}</span><span>{claim.id}</span><span>{escape(claim.statement)}</span>"
        f"<span>published {shown(row.published.values)}</span><span>ours {escape(ours(row)) or '–'}</span></summary>"
        f"<dl>{listed}</dl></details>"
    )
