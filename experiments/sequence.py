"""Does a sequence come back from its first frame, and does the order of frames matter?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import xarray as xr

from neuromem import checks, cues, metrics, patterns, results, sweep
from neuromem.models.sparsey_network import Level, SparseyNetwork

if TYPE_CHECKING:
    from rich.table import Table

QUICK = {"sequences": (5, 20), "modules": (9,), "films": (3,), "trials": 1}
COMPARED = ("sparsey_network",)
VARIABLES = {
    "cued": ("winners right, every frame shown", "1"),
    "recalled": ("winners right, first frame shown", "1"),
    "exact": ("frames recalled exactly, first frame shown", "1"),
    "in_order": ("familiarity by U and H, frames in their order", "1"),
    "shuffled": ("familiarity by U and H, frames in another order", "1"),
    "recognised": ("sequences told by one frame", "1"),
    "synapses": ("synapses", "1"),
    "independent": ("winners right, every frame shown, independent implementation", "1"),
    "independent_error": ("standard error of the independent implementation", "1"),
    "film_overlap": ("overlap of recalled frames, first two shown", "1"),
    "film_recognised": ("noisy films recognised", "1"),
    "shown": ("first film: stored, noisy, recalled", "1"),
    "sequences": ("sequences stored", "1"),
    "films": ("films stored", "1"),
    "modules": ("modules Q", "1"),
    "frame": ("frame of a film", "1"),
}

SIDE, FRAMES, CELLS = 12, 10, 16  # the published capacity study: 12 x 12 pixels, 9-12 of them active, 10 frames, K = 16
STAGE = 16  # side of the frames of a film
# a plain NumPy implementation apart from the package (tests/test_sparsey_references.py), 100 runs:
# {modules: {sequences: share of winners right, every frame shown, and its standard error}}
INDEPENDENT = {
    9: {5: (1.0, 0.0001), 10: (0.9996, 0.0001), 15: (0.9970, 0.0002), 20: (0.9862, 0.0007), 30: (0.7316, 0.0062)},
    16: {5: (1.0, 0.0001), 10: (0.9997, 0.0001), 15: (0.9974, 0.0002), 20: (0.9902, 0.0004), 30: (0.7674, 0.0064)},
    25: {5: (1.0, 0.0001), 10: (0.9998, 0.0001), 15: (0.9973, 0.0002), 20: (0.9907, 0.0004), 30: (0.7762, 0.0056)},
}
UNKNOWN = (np.nan, np.nan)


def _random(number: int, rng: np.random.Generator) -> np.ndarray:
    """Draw sequences (item, time, unit) of unrelated frames with 9 to 12 active pixels."""
    shape = number, FRAMES, SIDE * SIDE
    active = rng.integers(9, 13, shape[:2])[..., None]
    return np.where(rng.random(shape).argsort(-1).argsort(-1) < active, 1, -1).astype(np.int8)


def _films(number: int, rng: np.random.Generator) -> np.ndarray:
    """Make films (item, time, unit).

    Digits of 8 x 8 pixels cross a stage of 16 x 16 in a straight line.
    """
    digits = patterns.digits(number, rng=rng)[0].reshape(number, 8, 8)
    ends = rng.integers(0, STAGE - 7, (2, number, 2))
    films = np.full((number, FRAMES, STAGE, STAGE), -1, np.int8)
    for t, part in enumerate(np.linspace(0, 1, FRAMES)):
        for film, digit, (top, left) in zip(
            films, digits, np.rint(ends[0] + part * (ends[1] - ends[0])).astype(int), strict=True
        ):
            film[t, top : top + 8, left : left + 8] = digit
    return films.reshape(number, FRAMES, -1)


def _level(modules: int) -> Level:
    """The macrocolumn of the capacity study, which sees the whole frame."""
    return Level((1, 1), modules=modules, cells=CELLS, field=SIDE, first=3, U=3, H=3)


def _first(items: np.ndarray, frames: int) -> np.ndarray:
    """Hide all but the first frames of sequences."""
    return np.where(np.arange(items.shape[1])[:, None] < frames, items, 0)


def capacity(*, seed: int, modules: int, sequences: int) -> Mapping[str, Any]:
    """Teach one macrocolumn `sequences` sequences of random frames.

    Measured are what it gives back, and what it finds familiar.
    """
    rng = np.random.default_rng(seed)
    items = _random(sequences, rng)
    memory = SparseyNetwork(SIDE * SIDE, levels=[_level(modules)], lines="on", backoff=None, rng=seed).store(items)
    stored = np.stack([codes[0] for codes in memory.codes])
    shuffled = items[:, rng.permutation(FRAMES)]
    middle = memory.likelihood(items[:, FRAMES // 2, None])[:, 0]
    return {
        "cued": (memory.code(items) == stored)[:6].mean(),
        "recalled": (memory.code(_first(items, 1)) == stored).mean(),
        "exact": (memory.recall(_first(items, 1)).items == items).all(2).mean(),
        "in_order": memory.familiarity(items, inputs="UH")[:, 1:].mean(),
        "shuffled": memory.familiarity(shuffled, inputs="UH")[:, 1:].mean(),
        "recognised": (middle.argmax(1) == np.arange(sequences)).mean(),
        "synapses": memory.cost.synapses,
    }


def film(*, seed: int, films: int, noise: float) -> Mapping[str, Any]:
    """Teach a network with local fields films of moving digits.

    Measured are recall from two frames, and recognition of noisy films.
    """
    rng = np.random.default_rng(seed)
    items = _films(films, rng)
    level = Level((7, 7), modules=12, cells=24, field=4, active_range=(0.1, 1.0), first=2, U=2, H=2)
    memory = SparseyNetwork(STAGE * STAGE, levels=[level], lines="on", rng=seed).store(items)
    recalled = memory.recall(_first(items, 2)).items
    noisy = cues.flip(items.reshape(-1, STAGE * STAGE), noise, rng=rng).reshape(items.shape)
    event = memory.likelihood(noisy).mean(1)  # (film, stored film)
    flat = recalled.reshape(-1, STAGE * STAGE), items.reshape(-1, STAGE * STAGE)
    return {
        "film_overlap": (("frame",), metrics.overlap(*flat).reshape(films, FRAMES).mean(0)),
        "film_recognised": (event.argmax(1) == np.arange(films)).mean(),
        "shown": (("stage", "frame", "pixel"), np.stack([items[0], noisy[0], recalled[0]])),
    }


@results.experiment(VARIABLES)
def run(
    *,
    modules: Annotated[tuple[int, ...], "Numbers of modules Q, of 16 cells each."] = (9, 16, 25),
    sequences: Annotated[tuple[int, ...], "Numbers of sequences stored."] = (5, 10, 15, 20, 30),
    films: Annotated[tuple[int, ...], "Numbers of films of moving digits stored."] = (5, 20),
    noise: Annotated[float, "Fraction of pixels inverted in the films to recognise."] = 0.05,
    trials: Annotated[int, "Repetitions, each with other sequences."] = 4,
    seed: Annotated[int, "Seed of all random numbers."] = 0,
) -> xr.Dataset:
    """Does a sequence come back from its first frame, and does the order of frames matter?

    First comes the published capacity study: one macrocolumn of Sparsey with horizontal
    weights, and frames of 12 x 12 pixels with 9 to 12 of them active, 10 a sequence. Kept for
    each trial are the winners that are right when all frames are shown (the first six
    sequences) and when only the first is, the frames recalled exactly, the familiarity of the
    sequences and of the same frames in another order, and how often one frame from the middle
    tells its sequence. Then come films of moving digits: recall from two frames, and
    recognition under noise.

    Between 20 and 30 sequences the weights fill up and recall falls off a cliff whose place
    depends on how many pixels are active: at 30 with 9 modules, 0.849 of the winners are right
    with 9 active, 0.740 with 9 to 12 and 0.587 with 12, each within 0.009 (an independent
    implementation, 50 runs).
    """
    checks.fraction("noise", noise)
    for number in sequences:
        checks.whole("sequences", number)
    for number in films:
        checks.whole("films", number, most=1797, way_out="there are 1797 digits to move")
    checks.fits("sequences", 20 * max(sequences) * FRAMES * SIDE * SIDE, "store fewer sequences")
    for number in modules:  # refused now, not after a while
        SparseyNetwork(SIDE * SIDE, levels=[_level(number)], lines="on")
    data = sweep.grid(capacity, {"modules": modules, "sequences": sequences}, trials=trials, seed=seed, title="sequences")
    moving = sweep.grid(film, {"films": films}, trials=trials, seed=seed, fixed={"noise": noise}, title="films")
    data = data.merge(moving.drop_vars("error", errors="ignore")).assign_coords(
        frame=np.arange(FRAMES), stage=["stored", "noisy", "recalled"]
    )
    other = np.array([[INDEPENDENT.get(m, {}).get(s, UNKNOWN) for s in sequences] for m in modules])
    dims = ("modules", "sequences")
    return data.assign(independent=(dims, other[..., 0]), independent_error=(dims, other[..., 1]))


def summary(data: xr.Dataset) -> Table:
    """Tabulate the means over trials; an independent implementation's number is in brackets."""
    from rich.table import Table

    table = Table(title=f"sequences of {FRAMES} frames in one macrocolumn, mean over {data.sizes['trial']} trials")
    heads = {
        "cued": "winners,\nall shown",
        "recalled": "winners,\nfirst shown",
        "exact": "frames\nexact",
        "in_order": "G in\norder",
        "shuffled": "G other\norder",
        "recognised": "told by\none frame",
    }
    table.add_column("modules,\nsequences", no_wrap=True)
    for head in heads.values():
        table.add_column(head, justify="right")
    for m in data.modules.values:
        for s in data.sequences.values:
            at = data.sel(modules=m, sequences=s)
            cells = [f"{float(at[name].mean()):.2f}" for name in heads]
            if at.independent.notnull():
                cells[0] += f" ({float(at.independent):.2f})"
            table.add_row(f"{m}, {s}", *cells)
    return table
