"""How many noisy examples teach a network an archetype that it never sees?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import xarray as xr

from neuromem import checks, metrics, patterns, results, sweep
from neuromem.experiments._loads import stored_at
from neuromem.models.dense_hebbian import DenseHebbian
from neuromem.models.hopfield import Hopfield
from neuromem.theory import learning as theory

if TYPE_CHECKING:
    from rich.table import Table

QUICK = {"trials": 2, "units": (200, 40), "qualities": (0.6, 0.8), "examples": (1, 3, 10, 30), "probes": 6}
COMPARED = ("hopfield", "dense_hebbian")
VARIABLES = {
    "needed": ("examples M that give an overlap of 0.9, interpolated", "1"),
    "overlap": ("overlap of the recalled state with the archetype", "1"),
    "image": ("an archetype, an example of it, and what was recalled", "1"),
    "archetypes": ("archetypes K", "1"),
    "units": ("units N", "1"),
    "order": ("units P in an interaction", "1"),
    "quality": ("quality r of the examples", "1"),
    "examples": ("examples M of each archetype", "1"),
}
LEARNT = 0.9  # overlap from which an archetype counts as learnt


def point(
    *,
    seed: int,
    order: int,
    labels: bool,
    quality: float,
    examples: int,
    orders: list[int],
    items: list[patterns.ItemSet],
    archetypes: Mapping[str, int],
    probes: int,
) -> Mapping[str, Any]:
    """Teach one network once, then cue it with the archetypes themselves."""
    rng = np.random.default_rng(seed)
    number, own = archetypes[str(order)], items[orders.index(order)]
    x = own.draw(number, rng)
    seen, which = patterns.examples(x, examples, quality=quality, rng=rng)
    network: Any = Hopfield(x.shape[1]) if order == 2 else DenseHebbian(x.shape[1], order=order, interactions="distinct")
    recall = network.learn(seen, which if labels else None, quality=quality, classes=number).recall(x[:probes])
    measured = {"overlap": (("probe",), metrics.overlap(recall, x[:probes]))}
    if own.held is None:
        return measured
    shown = int(np.abs(x[:probes].mean(1)).argmin())  # with as much ink as paper
    image = np.stack([x[shown], seen[shown * examples], recall.items[shown]])
    return {**measured, "image": (("stage", "unit"), image)}


@results.experiment(VARIABLES)
def run(
    *,
    items: Annotated[patterns.ItemSpec, patterns.HELP] = "random",
    orders: Annotated[
        tuple[int, ...] | None, "Interactions of P units; 2,4 for archetypes that are drawn, 2,4,8 for those given."
    ] = None,
    units: Annotated[tuple[int, ...], "Units N for each order, for archetypes that are drawn."] = (400, 60),
    loads: Annotated[tuple[float, ...], "Loads K (P-1)! / N^(P-1) for each order, for archetypes that are drawn."] = (
        0.05,
        0.1,
    ),
    stored: Annotated[int, "Archetypes learnt together, of those given."] = 10,
    qualities: Annotated[tuple[float, ...], "Mean product r of an example's and its archetype's unit."] = (
        0.3,
        0.5,
        0.6,
        0.7,
        0.8,
    ),
    examples: Annotated[tuple[int, ...], "Numbers M of examples of each archetype."] = (
        1,
        2,
        3,
        4,
        6,
        8,
        12,
        16,
        24,
        32,
        48,
        64,
        96,
    ),
    probes: Annotated[int, "Archetypes that are probed, at most."] = 10,
    trials: Annotated[int, "Repetitions, each with other archetypes and examples."] = 4,
    seed: Annotated[int, "Seed of all random numbers."] = 0,
) -> xr.Dataset:
    """How many noisy examples teach a network an archetype that it never sees?

    Hebbian networks of pairwise and of P-body (distinct) interactions learn M examples of each
    archetype, with labels (supervised: class means) and without (every example is an item), and
    run from the archetype at zero temperature. Archetypes are random, or real images, whose
    examples are the images with inverted pixels. Kept is the overlap with the archetype, for
    each trial and probed archetype.

    The theory is for endless networks. Small ones need fewer examples than it says: for P = 4
    their noise is weaker by (1 - 1/N)(1 - 2/N)(1 - 3/N), and without a retrieval state the
    overlap does not fall to 0 but stays between 0.3 and 0.9.
    """
    found = patterns.itemset(items)
    drawn = found.held is None
    orders = orders or ((2, 4) if drawn else (2, 4, 8))
    axes: dict[str, tuple[Any, ...]] = {"orders": orders, "qualities": qualities, "examples": examples}
    sizes: dict[str, tuple[Any, ...]] = {"units": units, "loads": loads}
    for name, values in axes.items():
        if not values or len(set(values)) < len(values):
            raise checks.refusal(name, "be different values, at least one", f"was {values}")
    for order in orders:
        checks.whole("orders", order, least=2)
    for number in examples:
        checks.whole("examples", number)
    for quality in qualities:
        checks.real("qualities", quality, above=0, most=1)
    if drawn:
        for name, values in sizes.items():
            if len(values) != len(orders):
                raise checks.refusal(name, f"hold a value for each of the orders {orders}", f"was {values}")
        archetypes = [patterns.itemset(items, units=checks.whole("units", n)) for n in units]
        known = {
            str(p): stored_at(checks.real("loads", a, above=0), n, p, distinct=True)
            for p, n, a in zip(orders, units, loads, strict=True)
        }
    else:
        archetypes = [found for _ in orders]
        known = {str(p): found.enough("stored", stored) for p in orders}
    fixed: dict[str, Any] = {"items": archetypes, "orders": list(orders), "archetypes": known}
    fixed["probes"] = min(checks.whole("probes", probes), *known.values())
    dims = {"order": orders, "labels": (True, False), "quality": qualities, "examples": examples}
    data = sweep.grid(point, dims, trials=trials, seed=seed, fixed=fixed, title="learning")
    data = data.assign_coords(labels=["supervised", "unsupervised"])
    data = data.assign(
        archetypes=("order", [known[str(p)] for p in orders]), units=("order", [one.units for one in archetypes])
    )
    data["needed"] = needed(data)
    if "image" in data:
        data = data.assign_coords(stage=["archetype", "example", "recalled"])
    return archetypes[0].describe(data)


def needed(data: xr.Dataset) -> xr.DataArray:
    """Give the number of examples at which the median over the probes reaches 0.9.

    It is interpolated in log M, and NaN where it is never reached. Its dimensions are (order,
    labels, quality, trial).
    """
    ordered = data.overlap.median("probe").sortby("examples").transpose(..., "examples")
    m = np.log(ordered.examples.values)

    def one(overlap: np.ndarray) -> float:
        enough = np.flatnonzero(overlap >= LEARNT)
        if not len(enough):
            return np.nan
        after = enough[0]
        before = max(after - 1, 0)
        return float(np.exp(np.interp(LEARNT, overlap[[before, after]], m[[before, after]])))

    return xr.DataArray(np.apply_along_axis(one, -1, ordered.values), {d: ordered[d] for d in ordered.dims[:-1]})


def summary(data: xr.Dataset) -> Table:
    """Tabulate the number of examples that gives an overlap of 0.9.

    For random archetypes the number of the theory stands beside it.
    """
    from rich.table import Table

    random = "image" not in data
    title = f"examples M for an overlap of {LEARNT}: median over {data.sizes['trial']} trials"
    table = Table(title=title + (" (theory)" if random else ""))
    table.add_column("P", justify="right")
    table.add_column("examples", no_wrap=True)
    for quality in data.quality.values:
        table.add_column(f"r = {quality:g}", justify="right")
    for order in data.order.values:
        load = float(data.archetypes.sel(order=order)) / float(data.units.sel(order=order)) ** (order - 1)
        for labels in data.labels.values:
            measured = data.needed.sel(order=order, labels=labels).fillna(np.inf).median("trial")
            expected = theory.examples_needed(int(order), load, data.quality.values, str(labels) == "supervised", LEARNT)
            most = data.examples.values.max()
            cells = (
                (f"{m:.1f}" if np.isfinite(m) else f"> {most}") + (f" ({e:,.0f})" if random else "")
                for m, e in zip(measured.values, expected, strict=True)
            )
            table.add_row(str(order), str(labels), *cells)
    return table
