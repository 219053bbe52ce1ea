"""How long does a spiking recall take, and what does it cost? Latency, spikes and energy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import xarray as xr

from neuromem import checks, cues, metrics, patterns, results, sweep
from neuromem.experiments._records import gathered
from neuromem.models import Spec, make, sources

if TYPE_CHECKING:
    from rich.table import Table

QUICK = {"trials": 2, "stored": (4, 16)}
VARIABLES = {
    "latency": ("latency of the answer", "ms"),
    "spikes": ("spikes of a recall", "1"),
    "events": ("synaptic events of a recall", "1"),
    "energy": ("energy of the synaptic events", "J"),
    "exact": ("share of items recalled exactly", "1"),
    "converged": ("share of recalls that settled", "1"),
    "stored": ("items stored", "1"),
    "fraction": ("fraction of the units damaged", "1"),
}
LOIHI = 23.6e-12  # J a synaptic event, the least measured on Loihi: Davies et al. 2018, IEEE Micro 38(1):82
DAMAGES = {"erase": cues.erase, "flip": cues.flip}


def point(*, seed: int, model: str, stored: int, items: patterns.ItemSet, fractions: tuple[float, ...]) -> Mapping[str, Any]:
    """Cue one memory once with every item and every kind and amount of damage, at one load."""
    rng = np.random.default_rng(seed)
    x = items.draw(stored, rng)
    memory: Any = make(model, items.units, rng=seed).store(x)
    records = []
    for damage in DAMAGES.values():
        for fraction in fractions:
            recall = memory.recall(damage(x, fraction, rng=rng))
            cells = {
                "latency": recall.steps,
                "spikes": memory.spikes,
                "events": recall.operations,
                "exact": metrics.exact(recall, x),
                "converged": recall.converged,
            }
            records.append({name: values.mean() for name, values in cells.items()})
    return gathered(records, damage=len(DAMAGES), fraction=len(fractions))


@results.experiment(VARIABLES)
def run(
    *,
    models: Annotated[tuple[Spec, ...], "Spiking memories: NAME, FILE.py:NAME or MODULE:NAME, with :KEY=VALUE."] = (
        "ca3",
        "ca3:gated=True:match=best",
        "ca3_attractor:activity=0.1",
    ),
    items: Annotated[patterns.ItemSpec, patterns.HELP] = "sparse",
    units: Annotated[int | None, "Length of an item; by default 60, or that of the items given."] = None,
    activity: Annotated[float, "Fraction of the units that are active in a sparse item."] = 0.1,
    stored: Annotated[tuple[int, ...], "Numbers of items stored together."] = (2, 4, 8, 16, 32, 64),
    fractions: Annotated[tuple[float, ...], "Fractions of the units that are damaged."] = (0.0, 0.05, 0.1, 0.2, 0.3),
    joules: Annotated[float, "Energy of a synaptic event; the default is Loihi's (Davies et al. 2018)."] = LOIHI,
    trials: Annotated[int, "Repetitions, each with other items."] = 5,
    seed: Annotated[int, "Seed of all random numbers."] = 0,
) -> xr.Dataset:
    """How long does a spiking recall take, and what does it cost?

    Items, sparse random ones unless told otherwise, are recalled from cues that are erased or
    flipped, at several loads. Energy is the number of synaptic events times `joules`: what the
    synapses of a neuromorphic chip would need, without cells and transport.
    """
    checks.real("joules", joules, above=0)
    chosen = patterns.itemset(items, units=units, usual=60, activity=activity)
    memories = sources(models, chosen)
    for model in memories:
        if not hasattr(make(model, chosen.units), "spikes"):
            way_out = "give ca3 or ca3_attractor, with settings"
            raise checks.refusal("models", "be spiking memories", f"was {model!r}", way_out)
    for fraction in fractions:
        checks.fraction("fractions", fraction)
    for number in stored:
        chosen.enough("stored", number)
    fixed = {"items": chosen, "fractions": fractions}
    data = sweep.grid(point, {"model": memories, "stored": stored}, trials=trials, seed=seed, fixed=fixed, title="timing")
    data = data.assign_coords(damage=list(DAMAGES), fraction=list(fractions))
    data["energy"] = data.events * joules
    return chosen.describe(data)


def summary(data: xr.Dataset) -> Table:
    """Tabulate medians over trials at the middle load.

    They are for whole cues and for the most erased and flipped ones.
    """
    from rich.table import Table

    load = int(data.stored[data.sizes["stored"] // 2])
    table = Table(title=f"a recall among {load} items, {patterns.caption(data)}")
    for head in ("memory", "cue", "ms", "spikes", "events", "nJ", "exact"):
        table.add_column(head, justify="left" if head in ("memory", "cue") else "right")
    last = float(data.fraction[-1])
    for model in data.model.values:
        for damage, fraction in (("erase", 0.0), ("erase", last), ("flip", last)):
            if fraction not in data.fraction:
                continue
            one = data.sel(model=model, stored=load, damage=damage, fraction=fraction).median("trial")
            numbers = (one.latency, one.spikes, one.events, one.energy * 1e9)
            cells = (f"{float(number):,.0f}" for number in numbers)
            name = "whole" if not fraction else f"{damage} {fraction:.0%}"
            table.add_row(str(model), name, *cells, f"{float(one.exact):.2f}")
    return table
