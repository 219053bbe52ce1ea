"""The words of the page: stories to begin with, the numbers and what they mean, equations."""

from __future__ import annotations

import html
from dataclasses import dataclass

import numpy as np

from neuromem import models

from .export import about
from .scene import Scene
from .shown import Shown
from .state import State


@dataclass(frozen=True)
class Story:
    """A state to begin with, and what to see in it.

    Parameters
    ----------
    name : str
        On its button.
    state : State
        What it shows.
    text : str
        What to look at and what to move.
    """

    name: str
    state: State
    text: str


STORIES = (
    Story(
        "Why Hopfield forgets",
        State(memory="hopfield", units=256, stored=36, fraction=0.1),
        "Load 0.14: 36 items in 256 units. Each stored item pulls the state with its overlap. The many small pulls of the "
        "others add up to noise as large as √(K/N), and it pushes some units of every item to the wrong side of 0 (red): "
        "they flip, the noise grows, and the item is lost. Move <b>stored</b> to 20 and the red is gone; at 60 nothing "
        "comes back.",
    ),
    Story(
        "Why attention does not",
        State(memory="attention", units=256, stored=100, fraction=0.25, beside="hopfield"),
        "The same 100 items and the same cue, nearly three times the load at which Hopfield fails. The softmax makes the "
        "pull of an item exponential in its overlap: the right one gets all the weight, and the others, each a little off, "
        "get none. So no noise adds up. The price: it keeps every item, so that its bits grow with each.",
    ),
    Story(
        "CA3's first 10 ms",
        State(memory="ca3", items="sparse", units=64, stored=6, damage="erase", fraction=0.5, activity=0.1),
        "Half of an item's active cells spike at 0 ms (InCont). They reach the cue neurons through learnt synapses, and the "
        "one that was paired with them answers at 6 ms (OutCue). It is given back as a cue (InCue), and its content comes "
        "out another 6 ms later (OutCont): an index, as in the hippocampus. Move the <b>step</b> and watch the dotted line.",
    ),
    Story(
        "Items that are alike",
        State(memory="hopfield", items="digits", stored=6, fraction=0.1, beside="hopfield:rule=projection"),
        "Handwritten digits share most of their paper. For Hebb's rule that is crosstalk at once; the projection rule takes "
        "the overlaps out of the weights (orange) and keeps all of them.",
    ),
)


def meaning(shown: Shown, item: int) -> list[tuple[str, str, str]]:
    """Return the numbers of a recall with what each means.

    Parameters
    ----------
    shown : Shown
        The memory.
    item : int
        The cue that is shown.

    Returns
    -------
    list of tuple
        Name, value, and a word on it.
    """
    recall, cost = shown.trace.recall, shown.cost
    exact, stands = bool(shown.exact[item]), bool(recall.converged[item])
    stored = len(shown.items)
    return [
        ("exact", "yes" if exact else "no", "every unit has the right sign" if exact else "some unit has the wrong sign"),
        ("overlap", f"{float(shown.overlap[item]):.2f}", "1: the item, 0: chance"),
        (
            "of all cues",
            f"{shown.exact.mean():.0%}",
            f"exact, of {stored} stored; mean overlap {np.mean(shown.overlap):.2f}",
        ),
        ("steps", f"{recall.steps[item]:g}", shown.trace.step_unit),
        ("converged", "yes" if stands else "no", "it stands still" if stands else "it was stopped, or has no answer"),
        ("bits", f"{cost.bits:,}", f"kept to recall: {cost.bits / stored:,.0f} an item"),
        ("operations", f"{recall.operations[item]:,.0f}", "of this recall: multiply-adds, or synaptic events"),
    ]


def numbers(scene: Scene) -> str:
    """Write the numbers of one or two memories as a table.

    Parameters
    ----------
    scene : Scene
        Of the page.

    Returns
    -------
    str
        HTML.
    """
    if scene.one is None:
        return ""
    one = meaning(scene.one, scene.item)
    other = meaning(scene.other, scene.item) if scene.other else []
    head = f"<tr><th></th><th class='one'>{html.escape(str(scene.one.spec))}</th>"
    head += f"<th class='other'>{html.escape(str(scene.other.spec))}</th>" if scene.other else ""
    rows = [head + "<th></th></tr>"]
    for n, (name, value, word) in enumerate(one):
        second = f"<td class='other'>{other[n][1]}</td>" if other else ""
        said = "" if other and other[n][2] != word else word
        rows.append(f"<tr><td>{name}</td><td class='one'>{value}</td>{second}<td class='word'>{html.escape(said)}</td></tr>")
    notes = [
        f"<p class='word'>{html.escape(str(s.spec))} {html.escape(s.note)}.</p>"
        for s in (scene.one, scene.other)
        if s and s.note
    ]
    return f"<table class='numbers'>{''.join(rows)}</table>{''.join(notes)}"


def verdict(scene: Scene) -> str:
    """Say how the recall ended.

    Parameters
    ----------
    scene : Scene
        Of the page.

    Returns
    -------
    str
        HTML.
    """
    if scene.trouble:
        return "".join(f"<div class='trouble'>{html.escape(line)}</div>" for line in scene.trouble)
    parts = []
    for shown, kind in ((scene.one, "one"), (scene.other, "other")):
        if shown:
            text = html.escape(shown.verdict(scene.item))
            name = f"<b class='{kind}'>{html.escape(str(shown.spec))}</b>"
            parts.append(f"<div class='verdict'>{name}: item {scene.item + 1} {text}.</div>")
    return "".join(parts)


def equations(spec: models.Spec) -> str:
    """Write the equations of a memory and its papers.

    Parameters
    ----------
    spec : str, Source or class
        A memory.

    Returns
    -------
    str
        HTML.
    """
    text, papers = about(spec)
    links = [
        f"<p>{html.escape(title)} "
        + (f"<a href='{html.escape(url)}' target='_blank' rel='noopener'>{html.escape(url)}</a>" if url else "")
        + "</p>"
        for title, url in papers
    ]
    return f"<pre class='equations'>{html.escape(text)}</pre>{''.join(links)}"
