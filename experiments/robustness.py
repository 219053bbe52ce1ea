"""What does a memory survive? Dead cells, lost or noisy synapses, bad input, evicted items."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import xarray as xr

from neuromem import checks, metrics, patterns, results, spiking, sweep
from neuromem.models import Spec, make, sources

if TYPE_CHECKING:
    from rich.table import Table

QUICK = {"trials": 2, "levels": (0.0, 0.2, 0.4)}
VARIABLES = {
    "exact": ("share of items recalled exactly", "1"),
    "overlap": ("overlap with the stored item", "1"),
    "level": ("amount of harm", "1"),
}
LATEST = 10  # ms, of late input at level 1

Harmed = tuple[np.ndarray, np.ndarray] | None  # cues (cue, unit), which units are alive; None: means nothing here


def _missing(memory: Any, cues: np.ndarray, level: float, rng: np.random.Generator) -> Harmed:
    """Make active units of a cue unknown."""
    return np.where((cues > 0) & (rng.random(cues.shape) < level), 0, cues), np.ones(cues.shape[1], bool)


def _spurious(memory: Any, cues: np.ndarray, level: float, rng: np.random.Generator) -> Harmed:
    """Make silent units of a cue active, on average `level` for each active one."""
    extra = level * (cues > 0).sum(1, keepdims=True) / (cues <= 0).sum(1, keepdims=True)
    return np.where((cues <= 0) & (rng.random(cues.shape) < extra), 1, cues), np.ones(cues.shape[1], bool)


def _late(memory: Any, cues: np.ndarray, level: float, rng: np.random.Generator) -> Harmed:
    """Give the engine of a spiking memory each input spike 0 to `level` times LATEST ms late."""
    if not hasattr(memory, "engine"):
        return None
    run, most = spiking.engine(memory.engine), round(level * LATEST)

    def late(circuit: spiking.Circuit, duration_ms: float, *, inputs: spiking.Spikes, **options: Any) -> spiking.Record:
        time_ms = np.asarray(inputs.time_ms) + rng.integers(0, most + 1, len(inputs))
        return run(circuit, duration_ms, inputs=replace(inputs, time_ms=time_ms), **options)

    memory.engine = late
    return cues, np.ones(cues.shape[1], bool)


def _lost(memory: Any, cues: np.ndarray, level: float, rng: np.random.Generator) -> Harmed:
    """Lose a synapse with probability `level`."""
    done = _changed(memory, lambda weights: weights * (rng.random(weights.shape) >= level))
    return (cues, np.ones(cues.shape[1], bool)) if done else None


def _noisy(memory: Any, cues: np.ndarray, level: float, rng: np.random.Generator) -> Harmed:
    """Multiply each synapse by 1 + level * normal, clipped to [0, 1].

    It can weaken, but not grow or change its sign.
    """
    done = _changed(memory, lambda weights: weights * np.clip(1 + level * rng.normal(size=weights.shape), 0, 1))
    return (cues, np.ones(cues.shape[1], bool)) if done else None


def _dead(memory: Any, cues: np.ndarray, level: float, rng: np.random.Generator) -> Harmed:
    """Let a unit die with probability `level`: its synapses are 0, and a cue does not know it."""
    alive = rng.random(memory.units) >= level
    if not any(memory.units in weights.shape for weights in getattr(memory, "synapses", {}).values()):
        return None

    def left(weights: np.ndarray) -> np.ndarray:
        for axis in np.flatnonzero(np.array(weights.shape) == memory.units):
            along = [-1 if a == axis else 1 for a in range(weights.ndim)]
            weights = np.where(alive.reshape(along), weights, 0)
        return weights

    return (np.where(alive, cues, 0), alive) if _changed(memory, left) else None


def _evicted(memory: Any, cues: np.ndarray, level: float, rng: np.random.Generator) -> Harmed:
    """Drop a share `level` of the items, but one at least is left."""
    held = getattr(memory, "synapses", {})
    if "keys" not in held or any(len(array) != memory.stored for array in held.values()):
        return None
    kept = np.sort(rng.permutation(memory.stored)[: max(1, round((1 - level) * memory.stored))])
    left = {name: array[kept] for name, array in held.items()}
    memory.clear()
    memory.store(left["keys"], left.get("values"))
    if any(not np.array_equal(array, left[name]) for name, array in memory.synapses.items()):
        return None  # what it holds is not what it was given
    return cues, np.ones(cues.shape[1], bool)


def _changed(memory: Any, change: Callable[[np.ndarray], np.ndarray]) -> bool:
    """Put `change` of each array of synapses in its place.

    It gives False where the memory has no synapses, or none that can be so.
    """
    if not hasattr(memory, "synapses"):
        return False
    try:
        memory.synapses = {name: change(weights) for name, weights in memory.synapses.items()}
    except checks.InputError:  # a synapse of one bit is there or not, and can't be weaker
        return False
    return True


HARMS: dict[str, Callable[[Any, np.ndarray, float, np.random.Generator], Harmed]] = {
    "missing input": _missing,
    "spurious input": _spurious,
    "late input": _late,
    "lost synapses": _lost,
    "noisy weights": _noisy,
    "dead cells": _dead,
    "evicted items": _evicted,
}


def point(*, seed: int, model: str, harmed: str, level: float, items: patterns.ItemSet, stored: int) -> Mapping[str, Any]:
    """Store items, harm the memory or its cues, and recall every item.

    Units that are alive are scored. Where the harm means nothing for the memory, the score is
    NaN.
    """
    rng = np.random.default_rng(seed)
    x = items.draw(stored, rng)
    memory = make(model, items.units, rng=seed).store(x)
    left = HARMS[harmed](memory, x.astype(float), level, rng)
    if left is None:
        return {"exact": np.nan, "overlap": np.nan}
    cues, alive = left
    recalled, right = np.asarray(memory.recall(cues))[:, alive], x[:, alive]
    return {"exact": metrics.exact(recalled, right).mean(), "overlap": metrics.overlap(recalled, right).mean()}


@results.experiment(VARIABLES)
def run(
    *,
    models: Annotated[tuple[Spec, ...], "Memories: NAME, FILE.py:NAME or MODULE:NAME, with :KEY=VALUE."] = (
        "ca3",
        "ca3:gated=True:match=best",
        "ca3_attractor:activity=0.1",
        "willshaw:activity=0.1",
        "hopfield:rule=projection",
        "attention",
    ),
    items: Annotated[patterns.ItemSpec, patterns.HELP] = "sparse",
    units: Annotated[int | None, "Length of an item; by default 80, or that of the items given."] = None,
    stored: Annotated[int, "Items stored together."] = 8,
    activity: Annotated[float, "Fraction of the units that are active in a sparse item."] = 0.1,
    levels: Annotated[tuple[float, ...], "Fraction harmed; late input: of 10 ms; noisy weights: deviation."] = (
        0.0,
        0.1,
        0.2,
        0.3,
        0.4,
        0.5,
    ),
    trials: Annotated[int, "Repetitions, each with other items and other harm."] = 4,
    seed: Annotated[int, "Seed of all random numbers."] = 0,
) -> xr.Dataset:
    """What does a memory survive?

    The cues are whole items, sparse random ones unless told otherwise, before they are harmed.
    Missing input leaves active units out; spurious input adds as many, as a fraction of the active
    ones. Late input delays each input spike by 0 to 10 ms times the level, in memories that have an
    `engine` to run spikes. Synapses are lost, or multiplied by 1 + level * normal, clipped to [0,
    1]. Dead cells lose all their synapses, are not known in the cue, and are not scored. Evicted
    items are dropped at random by a memory that keeps its items, as a cache of keys and values is
    cut short. Harm to synapses is done through the memory's `synapses`.

    What means nothing for a memory is NaN, and has no line in the picture: late input without
    spikes, eviction where items are not held one by one, noise on synapses of one bit, and all
    harm to synapses where the memory does not show them.
    """
    chosen = patterns.itemset(items, units=units, usual=80, activity=activity)
    memories = sources(models, chosen)
    for level in levels:
        checks.fraction("levels", level)
    fixed = {"items": chosen, "stored": chosen.enough("stored", stored)}
    dims = {"model": memories, "harmed": list(HARMS), "level": levels}
    return chosen.describe(sweep.grid(point, dims, trials=trials, seed=seed, fixed=fixed, title="robustness"))


def summary(data: xr.Dataset) -> Table:
    """Tabulate the share of items recalled exactly at the middle level of every harm."""
    from rich.table import Table

    level = float(data.level[data.sizes["level"] // 2])
    table = Table(title=f"share recalled exactly at level {level:g}, median over trials")
    table.add_column("memory", no_wrap=True)
    for harmed in data.harmed.values:
        table.add_column(str(harmed).replace(" ", "\n"), justify="right", no_wrap=True)
    middle = data.exact.sel(level=level)
    for model in data.model.values:
        rows = (middle.sel(model=model, harmed=harmed).values for harmed in data.harmed.values)
        table.add_row(str(model), *("-" if np.isnan(row).all() else f"{np.median(row):.2f}" for row in rows))
    return table
