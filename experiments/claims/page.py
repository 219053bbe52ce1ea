"""The ledger as a page: one HTML file with every claim, its number beside ours, and the verdict."""

from __future__ import annotations

import json
from html import escape

import xarray as xr

from neuromem import results
from neuromem.experiments.claims.claim import NOT_REPRODUCED, NOT_TESTABLE, REPRODUCED, STANDINGS, WRONG, Claim
from neuromem.experiments.claims.ledger import ledger
from neuromem.experiments.claims.verdicts import ours, shown

COLOURS = {REPRODUCED: "#00796b", NOT_REPRODUCED: "#c62828", WRONG: "#b26a00", NOT_TESTABLE: "#757575"}
MARKS = {REPRODUCED: "✓", NOT_REPRODUCED: "✗", WRONG: "!", NOT_TESTABLE: "–"}  # readable without colour
ABOUT = {
    NOT_REPRODUCED: "neuromem gives another number, or the number was never published or could not be checked",
    WRONG: "neuromem gives another number, and a calculation without neuromem agrees with neuromem",
    NOT_TESTABLE: "what is missing is said; nothing is counted as reproduced",
}
SHORT = {"published": "", "exact": " · exact", "simulation": " · simulated", "memory": " · from memory, unchecked"}

STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 76rem; margin: 2rem auto; padding: 0 1rem; }
h2 { margin: 2.5rem 0 .3rem; }
h2::first-letter { text-transform: uppercase; }
.tiles { display: flex; gap: 1rem; flex-wrap: wrap; }
.tiles button { font: inherit; border: 1px solid; border-radius: .5rem; padding: .5rem 1rem; }
.tiles button { background: none; cursor: pointer; text-align: left; }
.tiles button[aria-pressed=false] { opacity: .4; }
.tiles b { font-size: 1.6rem; display: block; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .15rem .8rem .15rem 0; text-align: right; font-weight: normal; }
th:first-child { text-align: left; }
thead th { opacity: .7; }
.bar { display: flex; width: 16rem; height: .8rem; gap: 1px; }
details { border-bottom: 1px solid #8884; padding: .4rem 0; }
summary { display: grid; grid-template-columns: 1.2rem 3.5rem 1fr 13rem 13rem; gap: .6rem; cursor: pointer; }
summary small { opacity: .75; display: block; }
summary span:nth-child(n+4) { font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: 10rem 1fr; gap: .2rem 1rem; margin: .6rem 0 .6rem 5rem; }
dt { opacity: .7; }
dd { margin: 0; overflow-wrap: anywhere; }
@media (max-width: 50rem) { summary { grid-template-columns: 1.2rem 3.5rem 1fr; } dl { margin-left: 0; } }
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
const open = () => {
  const row = document.getElementById(location.hash.slice(1));
  if (row && row.tagName === 'DETAILS') { row.open = true; row.scrollIntoView(); }
};
addEventListener('hashchange', open);
open();
"""


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
    told = json.loads(data.attrs.get("history", "{}"))
    rows = {str(i): _row(data.sel(claim=i), ledger()[str(i)], told.get(str(i), [])) for i in data.claim.values}
    odd = "".join(
        _section(said, about, [rows[str(i)] for i in data.claim.values[data.verdict.values == said]])
        for said, about in ABOUT.items()
        if said in verdicts
    )
    families = dict.fromkeys(str(family) for family in data.family.values)
    right = data.verdict.values == REPRODUCED
    good = "".join(
        _section(_name(family), "", [rows[str(i)] for i in data.claim.values[right & (data.family.values == family)]])
        for family in families
    )
    versions = json.loads(data.attrs["versions"])
    about = f"neuromem {versions['neuromem']}, Python {versions['python']}, NumPy {versions['numpy']}"
    minutes = f"{float(data.seconds.sum()) / 60:.0f} minutes of one core in all"
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8">{results.PAGE}'
        '<meta name="viewport" content="width=device-width">'
        f"<title>neuromem: which published numbers are reproduced?</title><style>{STYLE}</style>"
        "<h1>Which published numbers does neuromem reproduce?</h1>"
        f"<p>{len(verdicts)} claims of the field, each measured by a command that anybody can run. A verdict follows "
        "from the numbers alone: ours may be off by the distance that the claim states, with its reason, and by no more. "
        "Open a claim to see its source, its command and its history; press a verdict to hide or show its claims.</p>"
        f'<div class="tiles">{tiles}</div>{_families(data)}{odd}{good}'
        f"<p><small>{escape(about)}; {escape(data.attrs['machine'])}; {minutes}.</small></p>"
        f"<script>{SCRIPT}</script></html>\n"
    )


def _name(family: str) -> str:
    return family.replace("_", " ")


def _families(data: xr.Dataset) -> str:
    """A line a family: how many claims have each verdict."""
    lines = []
    for family in dict.fromkeys(str(family) for family in data.family.values):
        said = data.verdict.values[data.family.values == family].tolist()
        counts = [said.count(one) for one in COLOURS]
        bars = "".join(
            f'<span style="flex:{count};background:{colour}"></span>'
            for count, colour in zip(counts, COLOURS.values(), strict=True)
            if count
        )
        cells = "".join(f"<td>{count or ''}</td>" for count in counts)
        lines.append(f'<tr><th>{_name(family)}</th>{cells}<td><div class="bar">{bars}</div></td></tr>')
    heads = "".join(f"<th>{said}</th>" for said in COLOURS)
    return f"<h2>By family</h2><table><thead><tr><th></th>{heads}<th></th></tr></thead>{''.join(lines)}</table>"


def _section(title: str, about: str, rows: list[str]) -> str:
    said = f"<p>{about[:1].upper()}{about[1:]}.</p>" if about else ""
    return f"<section><h2>{escape(title)}</h2>{said}{''.join(rows)}</section>" if rows else ""


def _row(row: xr.Dataset, claim: Claim, told: list[dict[str, str]]) -> str:
    """A claim: its verdict, statement and numbers; behind them where it comes from."""
    said, reason = str(row.verdict.values), str(row.reason.values)
    source = escape(claim.source)
    if claim.url:
        source = f'<a href="{escape(claim.url)}">{source}</a>'
    facts = {
        "verdict": f"<b>{said}</b>" + (f": {escape(reason)}" if reason else ""),
        "source": f"{source} ({STANDINGS[claim.standing]})",
        "published": shown(row.published.values),
        "ours": escape(ours(row)) or "nothing measured",
        "without neuromem": shown(row.independent.values),
        "may be off by": f"{shown(row.within.values)}: {escape(claim.why)}",
        "note": escape(claim.note),
        "command": f"<code>{escape(claim.command)}</code>, {float(row.seconds):.1f} s",
        "history": "; ".join(f"{one['date']} ({escape(one['version'])}): {one['verdict']}" for one in told),
    }
    listed = "".join(f"<dt>{name}</dt><dd>{text}</dd>" for name, text in facts.items() if text)
    why = f"<small>→ {escape(reason)}</small>" if reason else ""
    other = shown(row.independent.values)
    why += f"<small>→ without neuromem: {other}</small>" if other and said in (NOT_REPRODUCED, WRONG) else ""
    why += f"<small>{escape(claim.source)}{SHORT[claim.standing]}</small>"
    return (
        f'<details id="{claim.id}" data-verdict="{said}"><summary><span style="color:{COLOURS[said]}" title="{said}">'
        f"{MARKS[said]}</span><span>{claim.id}</span><span>{escape(claim.statement)}{why}</span>"
        f"<span>published {shown(row.published.values)}</span><span>ours {escape(ours(row)) or '–'}</span></summary>"
        f"<dl>{listed}</dl></details>"
    )
