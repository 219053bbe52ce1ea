"""How reliably do twenty synapses recognise a pattern? Errors and unions beside their theory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import xarray as xr

from neuromem import checks, results, sweep
from neuromem.experiments._spread import standard_error
from neuromem.kernels import bits, packed
from neuromem.theory import dendrite as theory

if TYPE_CHECKING:
    from rich.table import Table

QUICK = {"trials": 2, "dendrites": 300, "shown": 300}
COMPARED = ("dendrite",)
VARIABLES = {
    "false_positive": ("matches with patterns that a dendrite does not hold", "1"),
    "false_negative": ("misses of its own pattern", "1"),
    "union_false_positive": ("matches with unions of patterns it does not hold", "1"),
    "false_positive_theory": ("exact probability", "1"),
    "false_negative_theory": ("exact probability", "1"),
    "union_false_positive_theory": ("probability at the mean size of a union", "1"),
    "false_positive_published": ("simulation of Ahmad & Hawkins 2016", "1"),
    "active": ("active cells of a pattern", "1"),
    "cells": ("cells, of which patterns are made", "1"),
    "union_cells": ("cells, for unions of patterns", "1"),
    "threshold": ("threshold, for false negatives", "1"),
    "replaced": ("fraction of active cells replaced", "1"),
    "together": ("patterns in a union", "1"),
}
FALSE_POSITIVE = {"synapses": 24, "threshold": 12}
FALSE_NEGATIVE = {"active": 128, "synapses": 30}
UNION = {"active": 30, "synapses": 20, "threshold": 10}
TOGETHER = (1, 2, 5, 10, 20, 50, 100, 200)  # patterns in a union
PUBLISHED = {  # simulated false positives of Ahmad & Hawkins, {(active, cells): rate}
    (64, 300): 1.09318e-3,
    (64, 500): 5.74e-6,
    (64, 700): 1.1e-7,
    (128, 300): 0.292048,
    (128, 500): 7.37836e-3,
    (128, 700): 3.2014e-4,
    (256, 500): 0.629267,
}


def _rate(dendrites: np.ndarray, seen: np.ndarray, threshold: int) -> float:
    """Fraction of the pairs of a dendrite (set, cell) and a pattern (pattern, cell) that match."""
    return float((packed.shared(bits.pack(dendrites), bits.pack(seen)) >= threshold).mean())


def _sets(number: int, size: int, population: int, rng: np.random.Generator) -> np.ndarray:
    """Random sets of `size` of the cells, bool (set, cell)."""
    drawn = np.zeros((number, population), bool)
    for row in drawn:
        row[rng.choice(population, size, replace=False, shuffle=False)] = True
    return drawn


def _missed(threshold: int, fraction: float, places: np.ndarray) -> float:
    """Share of dendrites that miss their own pattern when part of its cells is replaced."""
    still_active = (places >= round(fraction * FALSE_NEGATIVE["active"])).sum(1)
    return float((still_active < threshold).mean())


def point(
    *,
    seed: int,
    active: tuple[int, ...],
    cells: tuple[int, ...],
    union_cells: tuple[int, ...],
    thresholds: tuple[int, ...],
    replaced: tuple[float, ...],
    dendrites: int,
    shown: int,
) -> Mapping[str, Any]:
    """Count how often random dendrites match random patterns."""
    rng = np.random.default_rng(seed)
    positive = np.full((len(active), len(cells)), np.nan)
    for a, n in np.ndindex(positive.shape):
        if active[a] <= cells[n]:
            held = _sets(dendrites, FALSE_POSITIVE["synapses"], cells[n], rng)
            seen = _sets(shown, active[a], cells[n], rng)
            positive[a, n] = _rate(held, seen, FALSE_POSITIVE["threshold"])

    order = rng.random((10 * dendrites, FALSE_NEGATIVE["active"])).argsort(1)
    places = order[:, : FALSE_NEGATIVE["synapses"]]  # which cells of its pattern each dendrite has a synapse on
    negative = [[_missed(threshold, fraction, places) for fraction in replaced] for threshold in thresholds]

    union = np.empty((len(union_cells), len(TOGETHER)))
    for n, population in enumerate(union_cells):
        held = _sets(dendrites, UNION["synapses"], population, rng)
        for m, together in enumerate(TOGETHER):
            parts = _sets(20 * together, UNION["active"], population, rng).reshape(20, together, population)
            union[n, m] = _rate(held, np.logical_or.reduce(parts, axis=1), UNION["threshold"])
    return {
        "false_positive": (("active", "cells"), positive),
        "false_negative": (("threshold", "replaced"), np.array(negative)),
        "union_false_positive": (("union_cells", "together"), union),
    }


def expected(
    active: tuple[int, ...],
    cells: tuple[int, ...],
    union_cells: tuple[int, ...],
    thresholds: tuple[int, ...],
    replaced: tuple[float, ...],
) -> dict[str, tuple[tuple[str, str], list[list[float]]]]:
    """Give the exact probabilities and the published simulations, by the counts' dimensions."""
    a, s, t = UNION["active"], UNION["synapses"], UNION["threshold"]

    def positive(k: int, n: int) -> float:
        return theory.false_positive(n, k, **FALSE_POSITIVE) if k <= n else np.nan

    def negative(threshold: int, fraction: float) -> float:
        number = round(fraction * FALSE_NEGATIVE["active"])
        return theory.false_negative(**FALSE_NEGATIVE, threshold=threshold, replaced=number)

    def union(n: int, together: int) -> float:
        return theory.false_positive(n, theory.union(n, a, together), s, t)

    sizes = ("active", "cells")
    return {
        "false_positive_theory": (sizes, [[positive(k, n) for n in cells] for k in active]),
        "false_positive_published": (sizes, [[PUBLISHED.get((k, n), np.nan) for n in cells] for k in active]),
        "false_negative_theory": (("threshold", "replaced"), [[negative(h, r) for r in replaced] for h in thresholds]),
        "union_false_positive_theory": (("union_cells", "together"), [[union(n, m) for m in TOGETHER] for n in union_cells]),
    }


@results.experiment(VARIABLES)
def run(
    *,
    active: Annotated[tuple[int, ...], "Active cells of a pattern."] = (64, 128, 256),
    cells: Annotated[tuple[int, ...], "Cells, of which patterns are made."] = (300, 400, 500, 600, 700, 1000, 1500, 2000),
    union_cells: Annotated[tuple[int, ...], "Cells, for unions of patterns."] = (1000, 4000, 8000),
    thresholds: Annotated[tuple[int, ...], "Thresholds, for false negatives."] = (8, 12, 16),
    replaced: Annotated[tuple[float, ...], "Fractions of the active cells that others replace."] = (
        *(0.0, 0.1, 0.2, 0.3, 0.4, 0.5),
        *(0.6, 0.7, 0.8, 0.9),
    ),
    dendrites: Annotated[int, "Random dendrites in each trial."] = 1000,
    shown: Annotated[int, "Random patterns shown to each of them."] = 1000,
    trials: Annotated[int, "Repetitions."] = 5,
    seed: Annotated[int, "Seed of all random numbers."] = 0,
) -> xr.Dataset:
    """How reliably do twenty synapses recognise a pattern?

    Random dendrites meet random patterns and the matches are counted: with patterns they do not
    hold (24 synapses, threshold 12), with their own pattern of 128 cells of which a part is
    replaced (30 synapses), and with unions of patterns of 30 cells (20 synapses, threshold 10).
    The exact probabilities are beside the counts, with the published simulations (Ahmad &
    Hawkins 2016).
    """
    for name, values, least in (("active", active, 1), ("cells", cells, 24), ("union_cells", union_cells, 30)):
        for value in values:
            checks.whole(name, value, least=least)
    for fraction in replaced:
        checks.fraction("replaced", fraction)
    for threshold in thresholds:
        checks.whole("thresholds", threshold, most=FALSE_NEGATIVE["synapses"])
    checks.whole("dendrites", dendrites)
    checks.whole("shown", shown)
    widest = max(*cells, *union_cells)
    size = (dendrites + max(shown, 20 * max(TOGETHER))) * widest + 8 * dendrites * (shown + 2560)
    checks.fits("cells, dendrites and shown", size, "count fewer")
    beside = expected(active, cells, union_cells, thresholds, replaced)
    fixed = {
        "active": active,
        "cells": cells,
        "union_cells": union_cells,
        "thresholds": thresholds,
        "replaced": replaced,
        "dendrites": dendrites,
        "shown": shown,
    }
    data = sweep.grid(point, {}, trials=trials, seed=seed, fixed=fixed, title="dendrite")
    return data.assign_coords(
        active=list(active),
        cells=list(cells),
        union_cells=list(union_cells),
        threshold=list(thresholds),
        replaced=list(replaced),
        together=list(TOGETHER),
    ).assign(beside)


def summary(data: xr.Dataset) -> Table:
    """Tabulate false positives: measured, exact, and the published simulations."""
    from rich.table import Table

    table = Table(title="false positives, 24 synapses, threshold 12")
    for head in ("active", "cells", "measured", "standard error", "theory", "published"):
        table.add_column(head, justify="right")
    for active in data.active.values:
        for cells in data.cells.values:
            one = data.sel(active=active, cells=cells)
            shown = [float(one.false_positive.mean("trial")), float(standard_error(one.false_positive))]
            shown += [float(one.false_positive_theory), float(one.false_positive_published)]
            table.add_row(str(active), str(cells), *("" if np.isnan(value) else f"{value:.3g}" for value in shown))
    return table
