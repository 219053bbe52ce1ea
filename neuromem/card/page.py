"""The page of a card: one file of HTML with its pictures inside, and no script."""

from __future__ import annotations

import html
import json
import math
from collections.abc import Iterable, Mapping
from typing import Any

from neuromem.results import PAGE

Points = list[tuple[float, float]]
OWN, OTHER = "#0072b2", "#b0b0b0"
STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; color: #222; max-width: 1020px; margin: 2em auto; padding: 0 1em }
h1 { margin-bottom: 0 } h2 { margin: 1.6em 0 .4em; font-size: 1.15em; border-bottom: 1px solid #ddd }
table { border-collapse: collapse }
td, th { padding: .25em .7em; text-align: left; font-weight: normal; vertical-align: middle }
td.number { text-align: right; font-variant-numeric: tabular-nums; font-weight: 600 }
.small { color: #666; font-size: .88em } .broken { color: #b00020 }
.curves { display: flex; flex-wrap: wrap; gap: 1em } figure { margin: 0 } figcaption { font-size: .9em }
svg text { font: 11px system-ui, sans-serif; fill: #555 }
"""
# name: (what it is, whether more is better; None where it is neither)
NUMBERS: dict[str, tuple[str, bool | None]] = {
    "laws broken": ("laws broken", False),
    "capacity": ("largest load K/N of which half comes back, 10% flipped", True),
    "overlap, erased": ("overlap of 12 digits, 10 to 40% erased", True),
    "overlap, flipped": ("overlap of 12 digits, 10 to 40% flipped", True),
    "basin": ("largest share of flipped units of which half comes back, K = 4", True),
    "synapses lost": ("largest share of lost synapses with overlap 0.9, K = 4", True),
    "bits": ("bits held, N = 64, K = 8", False),
    "operations": ("operations of a recall, N = 64, K = 8", False),
    "time": ("time of a recall, that of attention in the same run = 1", False),
    "bits with N": ("growth of bits: exponent of N", None),
    "bits with K": ("growth of bits: exponent of K", None),
    "operations with N": ("growth of operations: exponent of N", None),
    "operations with K": ("growth of operations: exponent of K", None),
}
LOGARITHMIC = {"bits", "operations", "time"}


def page(card: Mapping[str, Any], others: Mapping[str, Mapping[str, Any]]) -> str:
    """Write the page of a card.

    Parameters
    ----------
    card : mapping
        What `measure` found.
    others : mapping of str to mapping
        The cards of other memories, by their names.

    Returns
    -------
    str
        HTML of the whole page.
    """
    name = html.escape(card["memory"])
    others = {key: one for key, one in others.items() if key != card["memory"]}
    left = "".join(f"<li>{html.escape(text)}</li>" for text in card["left_out"])
    laws = "".join(_law(*pair) for pair in card["laws"].items())
    kept = sum(not reason for reason in card["laws"].values())
    data = html.escape(json.dumps(card))
    digest = f", sha256 {card['sha256'][:12]}" if card["sha256"] else ""
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8">{PAGE}<title>{name}: a memory's card</title><style>{STYLE}</style></head><body>
<h1>{name}</h1>
<p class="small">{html.escape(card["origin"])}{digest}; measured by neuromem {html.escape(card["neuromem"])}
on {html.escape(card["machine"])} in {card["seconds"]:.0f} s. Items have {card["units"]} units, +1 and -1 alike;
{card["trials"]} trials with seeds 0, 1, 2. Blue is this memory; grey are {len(others)} of neuromem's, measured in the same
way. Hold the pointer over a mark for its name.</p>
{f"<p><b>Left out</b></p><ul>{left}</ul>" if left else ""}
<h2>Among the others</h2>
<table>{"".join(_row(key, card, others) for key in NUMBERS)}</table>
<h2>Curves</h2>
<div class="curves">{_curves(card, others)}</div>
<h2>Laws: {kept} of {len(card["laws"])} hold</h2>
<table>{laws}</table>
<h2>Cost</h2>
{_costs(card)}
<h2>The same again</h2>
<p>neuromem card {name}</p>
<details><summary>All numbers, as JSON</summary><pre style="white-space: pre-wrap">{data}</pre></details>
</body></html>
"""


def _law(law: str, reason: str) -> str:
    mark = f'<td class="broken">broken</td><td>{html.escape(reason)}</td>' if reason else "<td>holds</td><td></td>"
    return f"<tr><td>{html.escape(law.replace('_', ' '))}</td>{mark}</tr>"


def shown(value: float | None) -> str:
    """Say a number in three digits, and a missing one as a dash.

    Parameters
    ----------
    value : float or None
        The number.

    Returns
    -------
    str
        Such as "0.42", "12,300" or "-".
    """
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _row(key: str, card: Mapping[str, Any], others: Mapping[str, Mapping[str, Any]]) -> str:
    words, more = NUMBERS[key]
    own = card["numbers"].get(key)
    rest = {name: one["numbers"][key] for name, one in others.items() if one["numbers"].get(key) is not None}
    rank = ""
    if own is not None and more is not None:
        better = sum((value > own) if more else (value < own) for value in rest.values())
        rank = f"{better} of {len(rest)} are better"
    return (
        f'<tr><td>{html.escape(words)}</td><td class="number">{shown(own)}</td>'
        f'<td>{_strip(own, rest, key in LOGARITHMIC)}</td><td class="small">{rank}</td></tr>'
    )


def _strip(own: float | None, rest: Mapping[str, float], logarithmic: bool) -> str:
    """A line of marks, one a memory, from the least to the most."""
    scale = (lambda value: math.log10(max(value, 1e-12))) if logarithmic else float
    values = [scale(value) for value in (*rest.values(), *([] if own is None else [own]))]
    low, high = min(values, default=0.0), max(values, default=1.0)

    def mark(value: float, name: str, colour: str, size: int) -> str:
        x = 10 + 280 * (scale(value) - low) / ((high - low) or 1)
        title = f"<title>{html.escape(name)}: {shown(value)}</title>"
        return f'<circle cx="{x:.1f}" cy="10" r="{size}" fill="{colour}" fill-opacity=".75">{title}</circle>'

    marks = "".join(mark(value, name, OTHER, 4) for name, value in rest.items())
    marks += "" if own is None else mark(own, "this memory", OWN, 6)
    return f'<svg width="300" height="20"><line x1="5" x2="295" y1="10" y2="10" stroke="#ddd"/>{marks}</svg>'


def _curves(card: Mapping[str, Any], others: Mapping[str, Mapping[str, Any]]) -> str:
    places = (0.0, 0.1, 0.2, 0.3, 0.4)

    def digits(kind: str, one: Mapping[str, Any]) -> Points:
        return list(zip(places, one["completion"].get(kind, ()), strict=False))

    def pairs(part: str, one: Mapping[str, Any]) -> Points:
        return [(float(place), value) for place, value in one[part].items()]

    kinds = [
        ("load K/N: share recalled exactly, 10% flipped", lambda one: pairs("capacity", one), True),
        ("share flipped: share recalled exactly, K = 4", lambda one: pairs("basins", one), False),
        ("share of pixels erased: overlap of digits", lambda one: digits("erased", one), False),
        ("share of pixels flipped: overlap of digits", lambda one: digits("flipped", one), False),
        ("share of synapses lost: overlap, K = 4", lambda one: pairs("robustness", one), False),
    ]
    return "".join(
        _plot(words, get(card), {name: get(one) for name, one in others.items()}, log) for words, get, log in kinds
    )


def _plot(words: str, own: Points, rest: Mapping[str, Points], logarithmic: bool) -> str:
    """A small diagram of curves between 0 and 1; what is below 0 lies on the axis."""
    x = [place for points in (own, *rest.values()) for place, _ in points]
    if not x:
        return ""
    scale = math.log10 if logarithmic else float
    low, high = scale(min(x)), scale(max(x))

    def at(place: float, value: float) -> str:
        return f"{30 + 260 * (scale(place) - low) / ((high - low) or 1):.1f},{130 - 120 * min(max(value, 0), 1):.1f}"

    def line(points: Points, name: str, colour: str, width: float) -> str:
        path = " ".join(at(*point) for point in points)
        dots = "".join(
            f'<circle cx="{spot.split(",")[0]}" cy="{spot.split(",")[1]}" r="3" fill="{colour}"/>'
            for spot in (path.split() if colour == OWN else ())
        )
        title = f"<title>{html.escape(name)}</title>"
        return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{width}">{title}</polyline>{dots}'

    ticks = "".join(
        f'<text x="{at(place, 0).split(",")[0]}" y="146" text-anchor="middle">{place:g}</text>'
        for place in _some(sorted(set(x)))
    )
    lines = "".join(line(points, name, OTHER, 1) for name, points in rest.items()) + line(own, "this memory", OWN, 2.5)
    frame = '<path d="M30 10V130H290" fill="none" stroke="#888"/><text x="8" y="14">1</text><text x="8" y="134">0</text>'
    caption = f"<figcaption>{html.escape(words)}</figcaption>"
    return f'<figure>{caption}<svg width="300" height="152">{frame}{ticks}{lines}</svg></figure>'


def _some(places: list[float]) -> Iterable[float]:
    return places if len(places) < 8 else places[::2]


def _costs(card: Mapping[str, Any]) -> str:
    rows = []
    for key, (bits, operations, seconds) in card["cost"].items():
        name, _, at = key.partition(" ")
        words = {"length": f"N = {at}, K = 4", "number": f"N = 64, K = {at}", "beside": f"{at}, N = 64, K = 8"}[name]
        cells = (f"{bits:,}", shown(operations), f"{1e6 * seconds:,.0f}")
        rows.append(f"<tr><td>{words}</td>{''.join(f'<td class=number>{cell}</td>' for cell in cells)}</tr>")
    head = "<tr><th></th><th>bits</th><th>operations</th><th>microseconds a cue, 20 at most in a batch</th></tr>"
    return f"<table>{head}{''.join(rows)}</table>"
