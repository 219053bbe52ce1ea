"""Which of two items came first? Judged from what each memory keeps, against their ages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import xarray as xr

from neuromem import checks, patterns, results, sweep
from neuromem.catalogue import short
from neuromem.experiments.inference import pairs, spins
from neuromem.experiments.recognition import familiarity
from neuromem.models import Spec, make, sources
from neuromem.theory import inference as theory

if TYPE_CHECKING:
    from rich.table import Table

QUICK = {"models": ("pavlov:rule=hebb:decay=0.9", "attention"), "trials": 5}
VARIABLES = {
    "right": ("share of pairs whose order is told right", "1"),
    "context": ("the same, by a fading context alone", "1"),
    "theory_context": ("the same, theory of the context", "1"),
    "theory_matrix": ("the same, theory of a fading matrix", "1"),
    "newer": ("items that came after the newer one", "1"),
    "older": ("items that came after the older one", "1"),
    "pair": ("pair of ages", "1"),
}
WAYS = ("strength", "time", "chain")
LATER = 1e-3  # by which an item that is reached a step later counts less
AGES = ((0, 1), (0, 5), (5, 10), (10, 20), (20, 40), (30, 35))


def by_strength(model: str, x: np.ndarray, ages: np.ndarray, seed: int) -> np.ndarray:
    """Judge that the newer item is the more familiar one, by its match with what it recalls."""
    memory = make(model, x.shape[1], rng=seed)
    for item in x:
        memory.store(item[None])
    strength = familiarity(memory, x)[1][::-1]  # by age
    return compared(strength[ages[:, 0]], strength[ages[:, 1]])


def by_time(model: str, x: np.ndarray, ages: np.ndarray, seed: int) -> np.ndarray:
    """Judge by the time that each item recalls, its value: the later, the more +1."""
    number, units = x.shape
    times = np.where(np.arange(units) < (np.arange(number) + 1)[:, None] * units / (number + 1), 1, -1).astype(np.int8)
    memory = pairs(model, units, seed)
    memory.store(x, times)
    late = memory.recall(x).mean(1)[::-1]
    return compared(late[ages[:, 0]], late[ages[:, 1]])


def by_chain(model: str, x: np.ndarray, ages: np.ndarray, seed: int) -> np.ndarray:
    """Judge that the item from which the other is reached came first; each recalls the next."""
    memory = pairs(model, x.shape[1], seed)
    memory.store(x[:-1], x[1:])
    ends = x[::-1][ages]  # (pair, newer or older, unit)
    closest = np.full(ages.shape, -1.0)
    for side in (0, 1):
        state = ends[:, side]
        for step in range(int(np.ptp(ages, axis=1).max())):
            state = spins(memory.recall(state))
            match = (state * ends[:, 1 - side]).mean(1)
            closest[:, side] = np.maximum(closest[:, side], match - LATER * step)
    return compared(closest[:, 1], closest[:, 0])  # from the older one the newer is reached


JUDGED = {"strength": by_strength, "time": by_time, "chain": by_chain}


def compared(newer: np.ndarray, older: np.ndarray) -> np.ndarray:
    """Return 1 where the newer one is above the older, 1/2 where they are equal to rounding."""
    close = np.abs(newer - older) <= 1e-9 * np.maximum(np.abs(newer), np.abs(older))
    return np.where(close, 0.5, newer > older)


def point(
    *, seed: int, model: str, stored: int, units: int, ages: tuple[tuple[int, int], ...], decay: float
) -> Mapping[str, Any]:
    """Show one list of items, and ask for the order of pairs of them in every way."""
    x, asked = patterns.random(stored, units, rng=seed), np.array(ages)
    context = np.zeros(units)
    for item in x:
        context = decay * context + item
    score = (x @ context)[::-1]
    right = [JUDGED[way](model, x, asked, seed) for way in WAYS]
    return {
        "right": (("way", "pair"), np.array(right)),
        "context": ("pair", compared(score[asked[:, 0]], score[asked[:, 1]])),
    }


@results.experiment(VARIABLES)
def run(
    *,
    models: Annotated[tuple[Spec, ...], "Memories: NAME, FILE.py:NAME or MODULE:NAME, with :KEY=VALUE."] = (
        "pavlov:rule=hebb",
        "pavlov:rule=hebb:decay=0.9",
        "pavlov:rule=delta",
        "hopfield",
        "willshaw",
        "sdm",
        "sparsey",
        "memory_mosaic",
        "attention",
    ),
    stored: Annotated[int, "Items in the list, at least 41."] = 60,
    units: Annotated[int, "Units of an item."] = 100,
    decay: Annotated[float, "Factor by which the context fades at each item."] = 0.9,
    trials: Annotated[int, "Lists."] = 50,
    seed: Annotated[int, "Seed of all random numbers."] = 0,
) -> xr.Dataset:
    """Which of two items came first?

    A list of random items is shown once. The order of two of them is asked in three ways: which is
    stronger (more familiar) now; which time comes back, where the time was stored as the value of
    each item; and from which the other is reached, where each item was stored with the next one as
    its value. Beside them is a context, a sum of items that fades, with its theory, and the theory
    of a matrix that fades alike. What keeps all items alike can't tell their order by strength.
    """
    checks.whole("stored", stored, least=1 + max(map(max, AGES)))
    checks.whole("units", units, least=2)
    checks.real("decay", decay, above=0, most=0.999999)
    memories = sources(models, 2 * units)
    fixed = {"stored": stored, "units": units, "ages": AGES, "decay": decay}
    data = sweep.grid(point, {"model": memories}, trials=trials, seed=seed, fixed=fixed, title="order")
    newer, older = np.array(AGES).T
    data = data.assign_coords(way=list(WAYS), newer=("pair", newer), older=("pair", older))
    data["context"] = data.context.isel(model=0, drop=True)
    for name, matrix in (("theory_context", False), ("theory_matrix", True)):
        data[name] = ("pair", theory.order_told(units, newer, older, decay, matrix=matrix))
    return data


def summary(data: xr.Dataset) -> Table:
    """Tabulate the share of orders told right, by way and pair of ages, mean over lists."""
    from rich import box
    from rich.table import Table

    table = Table(title=f"order told right, {data.sizes['trial']} lists", box=box.SIMPLE, padding=(0, 1, 0, 0))
    for head in ("memory", "by"):
        table.add_column(head, overflow="fold")
    for newer, older in zip(data.newer.values, data.older.values, strict=True):
        table.add_column(f"{newer}, {older}", justify="right", no_wrap=True)
    mean = data.right.mean("trial")
    for model in data.model.values:
        for way in data.way.values:
            table.add_row(short(str(model)), str(way), *(f"{m:.2f}" for m in mean.sel(model=model, way=way).values))
    for name, words in (("context", "measured"), ("theory_context", "theory"), ("theory_matrix", "theory, matrix")):
        values = data[name].mean("trial") if "trial" in data[name].dims else data[name]
        table.add_row("context", words, *(f"{m:.2f}" for m in values.values))
    return table
