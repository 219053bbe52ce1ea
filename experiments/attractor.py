"""How many items does the spiking CA3 attractor hold? Recall against load, beside Willshaw."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import xarray as xr

from neuromem import checks, metrics, patterns, results, sweep
from neuromem.models.ca3_attractor import CA3Attractor
from neuromem.models.willshaw import Willshaw

if TYPE_CHECKING:
    from rich.table import Table

QUICK = {"trials": 2, "units": (128,), "cued": 50}
COMPARED = ("ca3_attractor", "willshaw")
VARIABLES = {
    "exact": ("share of items recalled exactly", "1"),
    "bits_per_synapse": ("information that recall adds to the cue", "bit/synapse"),
    "latency": ("steps of a recall, in the memory's own unit", "1"),
    "stored": ("items stored", "1"),
    "active": ("active cells of an item", "1"),
    "fill": ("fraction of the synapses set, expected", "1"),
    "units": ("pyramidal cells", "1"),
    "known": ("fraction of the active cells that the cue gives", "1"),
}
MEMORIES = {"ca3_attractor": CA3Attractor, "willshaw": Willshaw}


def point(
    *, seed: int, units: int, fill: float, known: tuple[float, ...], cued: int, active: int | None = None
) -> Mapping[str, Any]:
    """Give both memories the same items and the same cues.

    There are as many items as lead to the given fill in theory.
    """
    from neuromem.theory import willshaw

    rng = np.random.default_rng(seed)
    active = active or max(round(np.log2(units)), 2)
    number = max(round(willshaw.items_at(fill, units, active, auto=True)), 1)
    items = patterns.sparse(number, units, activity=active / units, rng=rng)
    asked = items[rng.permutation(number)[:cued]]
    exact, told, latency = (np.zeros((len(MEMORIES), len(known))) for _ in range(3))
    for m, kind in enumerate(MEMORIES.values()):
        memory = kind(units, activity=active / units).store(items)
        for k, part in enumerate(known):
            cues = np.zeros(asked.shape)
            for cue, item in zip(cues, asked, strict=True):
                cue[np.flatnonzero(item > 0)[: max(round(part * active), 1)]] = 1
            recall = memory.recall(cues)
            exact[m, k] = metrics.exact(recall, asked).mean()
            told[m, k] = metrics.information(recall, asked, cues) * number / len(asked) / units**2
            latency[m, k] = recall.steps.mean()
    parts = ("memory", "known")
    return {
        "exact": (parts, exact),
        "bits_per_synapse": (parts, told),
        "latency": (parts, latency),
        "stored": float(number),
        "active": float(active),
    }


@results.experiment(VARIABLES)
def run(
    *,
    units: Annotated[tuple[int, ...], "Pyramidal cells."] = (128, 256, 512),
    active: Annotated[int | None, "Active cells of an item; by default log2 of the units."] = None,
    fills: Annotated[tuple[float, ...], "Loads, as the fraction of set synapses that they lead to."] = (
        0.05,
        0.15,
        0.25,
        0.35,
        0.45,
        0.55,
    ),
    known: Annotated[tuple[float, ...], "Fractions of the active cells that the cue gives."] = (0.5, 1.0),
    cued: Annotated[int, "Items that are cued at each load."] = 60,
    trials: Annotated[int, "Repetitions, each with other items."] = 3,
    seed: Annotated[int, "Seed of all random numbers."] = 0,
) -> xr.Dataset:
    """How many items does the spiking CA3 attractor hold?

    Sparse random items, of log2(units) active cells unless told, are recalled from whole and from
    partial cues, beside the memory of Willshaw. Kept are the share of exact recalls, the
    information that recall adds to its cue in bits for each recurrent synapse, and the latency.
    """
    for size in units:
        checks.whole("units", size, least=8)
        checks.fits("units", size**2 / 8, "take fewer cells")
        active = None if active is None else checks.whole("active", active, least=2, most=size - 1)
    for part in (*known, *fills):
        checks.real("known and fills", part, above=0, most=1)
    checks.whole("cued", cued)
    fixed = {"known": known, "cued": cued, "active": active}
    data = sweep.grid(
        point, {"units": units, "fill": fills}, trials=trials, seed=seed, fixed=fixed, title="attractor"
    ).assign_coords(memory=list(MEMORIES), known=list(known))
    return data


def summary(data: xr.Dataset) -> Table:
    """Tabulate the capacity of each size, beside theory.

    Shown are the items at the last load with 90% exact recall, and the largest information.
    """
    from rich.table import Table

    from neuromem.theory import willshaw

    table = Table(title="CA3Attractor: capacity, median over trials")
    for head in ("cells", "active", "cue", "items, 90% exact", "bit/synapse", "ms", "theory: items", "Treves-Rolls"):
        table.add_column(head, justify="right")
    middle = data.sel(memory="ca3_attractor").median("trial")
    for size in data.units.values:
        active = int(middle.active.sel(units=size)[0])
        best, _ = willshaw.best(int(size), active=active)
        sparse = active / size
        for part in data.known.values:
            one = middle.sel(units=size, known=part)
            good = one.stored.values[one.exact.values >= 0.9]
            cells = (str(size), str(active), f"{part:.0%}", f"{good.max() if good.size else 0:.0f}")
            most = f"{float(one.bits_per_synapse.max()):.3f}"
            treves = 0.25 * size / (sparse * np.log(1 / sparse))
            table.add_row(*cells, most, f"{float(one.latency[0]):.0f}", str(best), f"{treves:.0f}")
    return table
