"""What leaves the page: the Python that does the same, pictures and numbers."""

from __future__ import annotations

import csv
import inspect
import io
from dataclasses import replace
from typing import Any

import numpy as np

from neuromem import figures, models
from neuromem.about import references
from neuromem.checks import refusal

from .scene import Scene
from .shown import Shown
from .state import State

FRAME_MS = 350  # of the moving picture
PIXEL = 24  # its size


def python(scene: Scene) -> str:
    """Write the Python that does what the page shows.

    Parameters
    ----------
    scene : Scene
        Of the page.

    Returns
    -------
    str
        A script.

    Examples
    --------
    >>> from neuromem.explorer.scene import Workbench
    >>> from neuromem.explorer.state import State
    >>> print(python(Workbench().look(State(memory="hopfield:rule=storkey", stored=3))))
    import neuromem as nm
    <BLANKLINE>
    items = nm.patterns.random(3, 64, rng=0)
    cues = nm.cues.flip(items, 0.2, rng=1)
    <BLANKLINE>
    memory = nm.models.make('hopfield:rule=storkey', items.shape[1], rng=0).store(items)
    trace = memory.trace(cues)
    print(nm.metrics.overlap(trace.recall, items))
    nm.plot(trace, items).savefig("trace.png")
    """
    state = scene.state
    shape = f", shape={scene.shape}" if state.damage == "occlude" else ""
    cues = f"cues = nm.cues.{state.damage}(items, {state.fraction}{shape}, rng={state.seed + 1})"
    lines, stored = ["import neuromem as nm", *_drawn(state)], 0
    names = [("memory", "trace", state.memory, scene.one)]
    names += [("other", "beside", state.beside, scene.other)] if state.beside else []
    for memory, trace, spec, shown in names:
        number = len(shown.items) if shown else stored or state.stored
        if number != stored:  # at equal bits the memory beside has other items
            lines += ["", f"items = {_items(scene, number)}", cues, ""]
        stored = number
        of = f"nm.trace.traced({memory}, cues)" if shown and not hasattr(shown.memory, "trace") else f"{memory}.trace(cues)"
        lines += [
            f"{memory} = nm.models.make({str(spec)!r}, items.shape[1], rng={state.seed}).store(items)",
            f"{trace} = {of}",
            f"print(nm.metrics.overlap({trace}.recall, items))",
            f'nm.plot({trace}, items).savefig("{trace}.png")',
        ]
    return "\n".join(lines)


def _drawn(state: State) -> list[str]:
    """The lines that make the items which were drawn."""
    own = [text for text in state.drawn.split(",") if text] if state.items == "drawn" else []
    rows = [f"    [1 if {int(text, 16)} >> unit & 1 else -1 for unit in range({state.units})]," for text in own]
    return ["import numpy as np", "", "drawn = [", *rows, "]"] if rows else []


def _items(scene: Scene, number: int) -> str:
    """What makes so many items."""
    state, source = scene.state, scene.source
    units, seed = state.units, state.seed
    if source is None:
        random = f"nm.patterns.random({number}, {units}, rng={seed})"
        return f"np.concatenate([drawn, {random}])[:{number}]" if _drawn(state) else random
    if source.held is not None:
        return f"nm.patterns.itemset({state.items!r}).draw({number}, rng={seed})"
    more = "".join(f", {name}={value:g}" for name, value in source.settings.items())
    return f"nm.patterns.{state.items}({number}, {units}{more}, rng={seed})"


def about(spec: models.Spec) -> tuple[str, list[tuple[str, str]]]:
    """Return the equations of a memory and its papers.

    Parameters
    ----------
    spec : str, Source or class
        A memory.

    Returns
    -------
    tuple
        The docstring down to its parameters, and each paper with its address.
    """
    thing = models.source(spec).thing
    text = (inspect.getdoc(thing) or "").partition("\nParameters\n")[0].rstrip()
    return text, [(f"{one.authors} ({one.year}). {one.title}", one.url) for one in references(thing)]


def _done(scene: Scene) -> Shown:
    if scene.one is None:
        raise refusal("the page", "show a recall", "it failed", "see the line above")
    return scene.one


def svg(scene: Scene) -> io.BytesIO:
    """Draw the trace of the item that is shown, as SVG.

    Parameters
    ----------
    scene : Scene
        Of the page.

    Returns
    -------
    io.BytesIO
        The file.
    """
    one, item = _done(scene), scene.item
    first = one.trace.of([item])
    if first.record is not None:
        mine = first.record.copy == item
        parts = {name: getattr(first.record, name)[mine] for name in ("time_ms", "place", "neuron")}
        first = replace(first, record=replace(first.record, copy=np.zeros(mine.sum(), int), **parts))
    order = [item, *(n for n in range(len(one.items)) if n != item)]  # the item first
    file = io.BytesIO()
    figures.plot(first, one.items[order], shape=scene.shape).savefig(file, format="svg")
    file.seek(0)
    return file


def table(scene: Scene) -> io.StringIO:
    """Write the way of the recall that is shown, a row for each step and memory.

    Parameters
    ----------
    scene : Scene
        Of the page.

    Returns
    -------
    io.StringIO
        Comma-separated: memory, time, overlap with the item, energy, and every unit.
    """
    file = io.StringIO()
    writer = csv.writer(file)
    one = _done(scene)
    writer.writerow(["memory", "time", "overlap", "energy", *(f"unit_{n}" for n in range(one.items.shape[1]))])
    for shown in filter(None, (one, scene.other)):
        trace = shown.trace.of([scene.item])
        overlap = trace.overlaps(shown.items[[scene.item]])[:, 0, 0]
        for n, now in enumerate(trace.time[: shown.last(scene.item) + 1]):
            energy: Any = "" if trace.energy is None else trace.energy[n, 0]
            writer.writerow([shown.spec, now, overlap[n], energy, *trace.states[n, 0]])
    file.seek(0)
    return file


def gif(scene: Scene) -> io.BytesIO:
    """Draw the recall that is shown as a moving picture: item, cue and state at each step.

    Parameters
    ----------
    scene : Scene
        Of the page.

    Returns
    -------
    io.BytesIO
        The file.
    """
    from PIL import Image

    one, item = _done(scene), scene.item
    top = float(np.abs(one.trace.states[:, item]).max()) or 1.0
    still = [one.items[item], one.cues[item] / max(1.0, float(np.abs(one.cues[item]).max()))]
    frames = []
    for now in one.trace.states[: one.last(item) + 1, item]:
        images = [np.pad(x.reshape(scene.shape), 1, constant_values=0.6) for x in (*still, now / top)]
        grey = (127.5 * (1 - np.clip(np.concatenate(images, axis=1), -1, 1))).astype(np.uint8)
        frames.append(Image.fromarray(grey.repeat(PIXEL, 0).repeat(PIXEL, 1)))
    file = io.BytesIO()
    frames[0].save(file, format="GIF", save_all=True, append_images=frames[1:], duration=FRAME_MS, loop=0)
    file.seek(0)
    return file
