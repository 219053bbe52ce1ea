"""Is recognition more robust than recall? Both, for every memory, against what came after."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import xarray as xr

from neuromem import checks, cues, metrics, patterns, results, sweep
from neuromem.catalogue import short
from neuromem.experiments._records import gathered
from neuromem.experiments.inference import spins
from neuromem.models import Spec, make, sources
from neuromem.theory import recognition as theory

if TYPE_CHECKING:
    from rich.table import Table

QUICK = {"models": ("hopfield", "willshaw", "attention"), "later": (0, 10, 100), "trials": 2}
VARIABLES = {
    "yes_no": ("share of seen and new items told right, threshold midway between their means", "1"),
    "choice": ("share of pairs of a seen and a new item in which the seen one is more familiar", "1"),
    "recalled": ("share of items recalled exactly from a random half of their units", "1"),
    "mended": ("overlap of the other half with what is recalled of it", "1"),
    "theory_yes_no": ("yes or no, theory of the Hopfield network", "1"),
    "theory_choice": ("choice between two, theory of the Hopfield network", "1"),
    "later": ("items that came after", "1"),
    "exposures": ("times that an item was shown", "1"),
}
MEASURES = ("own", "match")


def familiarity(memory: Any, items: np.ndarray) -> np.ndarray:
    """Return the familiarity of items by both measures, (measure, item).

    The memory's own measure is minus its energy, or its familiarity; NaN where it has neither. The
    match is the mean product of an item with what it recalls.
    """
    own = np.full(len(items), np.nan)
    if hasattr(memory, "familiarity"):
        own = np.asarray(memory.familiarity(items), float)
    elif hasattr(memory, "energy"):
        own = -np.asarray(memory.energy(items.astype(float)), float)
    match = (np.asarray(memory.recall(items), float) * items).mean(1)
    return np.stack([own, match])


def told(seen: np.ndarray, new: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the shares of right answers, yes or no and between two; both are (measure, item).

    Ties count half.
    """
    middle = (seen.mean(1) + new.mean(1))[:, None] / 2
    hits = [(np.sign(side) + 1).mean(1) / 2 for side in (seen - middle, middle - new)]
    pairs = (np.sign(seen[:, :, None] - new[:, None]) + 1).mean((1, 2)) / 2
    return (hits[0] + hits[1]) / 2, pairs


def point(
    *, seed: int, model: str, exposures: int, items: patterns.ItemSet, asked: int, new: int, later: tuple[int, ...]
) -> Mapping[str, Any]:
    """Store the items in question, then others, and ask at each number of others."""
    x = items.draw(asked + new + later[-1], seed)
    seen, fresh, others = x[:asked], x[asked : asked + new], x[asked + new :]
    fragments = cues.erase(seen, 0.5, rng=seed + 1)
    memory, stored, records = make(model, items.units, rng=seed), 0, []
    for _ in range(exposures):
        memory.store(seen)
    for number in later:
        if number > stored:
            memory.store(others[stored:number])
        stored = number
        yes_no, choice = told(familiarity(memory, seen), familiarity(memory, fresh))
        back = np.asarray(memory.recall(fragments), float)
        record = {
            "yes_no": ("measure", yes_no),
            "choice": ("measure", choice),
            "recalled": metrics.exact(spins(back), seen).mean(),
            "mended": (metrics.signs(back) * seen)[fragments == 0].mean(),
        }
        records.append(record)
    return gathered(records, later=len(later))


@results.experiment(VARIABLES)
def run(
    *,
    models: Annotated[tuple[Spec, ...], "Memories: NAME, FILE.py:NAME or MODULE:NAME, with :KEY=VALUE."] = (
        "hopfield",
        "hopfield:rule=storkey",
        "dense_hebbian",
        "attention",
        "pavlov:rule=hebb",
        "pavlov:rule=hebb:decay=0.99",
        "pavlov:rule=delta",
        "willshaw",
        "sdm:locations=1000",
        "sparsey",
        "cliques",
        "ca3_attractor",
    ),
    items: Annotated[patterns.ItemSpec, patterns.HELP] = "random",
    units: Annotated[int | None, "Units N of an item; by default 100, or those of the items given."] = None,
    asked: Annotated[int, "Items in question, which are stored first."] = 10,
    new: Annotated[int, "Items that were never stored."] = 30,
    later: Annotated[tuple[int, ...], "Numbers of items stored after them."] = (0, 5, 10, 20, 50, 100, 200, 500),
    exposures: Annotated[tuple[int, ...], "How often the items in question are shown."] = (1, 3),
    trials: Annotated[int, "Repetitions, each with other items."] = 5,
    seed: Annotated[int, "Seed of all random numbers."] = 0,
) -> xr.Dataset:
    """Is recognition more robust than recall?

    A few items are stored, once or several times each, then more and more others, once each. After
    every stage the memory is asked two things about the first items: have they been seen, by its
    own measure of familiarity (energy, or Sparsey's G) and by how well they match what they recall;
    and what are half of their units, given the others. For the Hopfield network of Hebb's rule the
    theory of recognition is beside it: its error is 1 % at K = 0.023 N^2 items, while recall ends
    at K = 0.14 N.
    """
    chosen = patterns.itemset(items, units=units, usual=100)
    checks.whole("units", chosen.units, least=2)
    memories = sources(models, chosen.units)
    checks.whole("asked", asked, least=2)
    checks.whole("new", new, least=2)
    for number in later:
        checks.whole("later", number, least=0)
    if not later or list(later) != sorted(set(later)):
        raise checks.refusal("later", "be rising numbers", f"was {later}")
    for number in exposures:
        checks.whole("exposures", number)
    chosen.enough("later", asked + new + later[-1])
    fixed = {"items": chosen, "asked": asked, "new": new, "later": later}
    dims = {"model": memories, "exposures": exposures}
    data = sweep.grid(point, dims, trials=trials, seed=seed, fixed=fixed, title="recognition")
    data = data.assign_coords(later=list(later), measure=list(MEASURES))
    others = data.exposures**2 * (asked - 1) + data.later
    for name, choices in (("theory_yes_no", 1), ("theory_choice", 2)):
        line = theory.accuracy(chosen.units, others.values, data.exposures.values[:, None], choices=choices)
        data[name] = (others.dims, line)
    return chosen.describe(data)


def summary(data: xr.Dataset) -> Table:
    """Tabulate recognition (yes or no, the better measure) and recall of items shown once."""
    from rich import box
    from rich.table import Table

    once = data.isel(exposures=0).mean("trial")
    table = Table(title="items told from new ones / recalled, after so many others", box=box.SIMPLE, padding=(0, 1, 0, 0))
    table.add_column("memory", overflow="fold")
    for number in data.later.values:
        table.add_column(str(number), justify="right", no_wrap=True)
    best, recalled = once.yes_no.max("measure"), once.recalled
    for model in data.model.values:
        pairs = zip(best.sel(model=model).values, recalled.sel(model=model).values, strict=True)
        table.add_row(short(str(model)), *(f"{yes:.2f}\n{back:.2f}" for yes, back in pairs))
    table.add_row("theory of hopfield", *(f"{yes:.2f}" for yes in once.theory_yes_no.values))
    return table
