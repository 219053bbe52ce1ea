"""What does a memory survive? Dead cells, lost and noisy synapses, late, missing and spurious input, spiking and not."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import xarray as xr

from neuromem import checks, metrics, patterns, results, sweep
from neuromem.kernels import bits
from neuromem.models import Spec, make, sources

if TYPE_CHECKING:
    from rich.table import Table

QUICK = {"trials": 2, "levels": (0.0, 0.2, 0.4)}
VARIABLES = {
    "exact": ("share of items recalled exactly", "1"),
    "overlap": ("overlap with the stored item", "1"),
    "level": ("amount of harm", "1"),
}
HARMS = ("missing input", "spurious input", "late input", "lost synapses", "noisy weights", "dead cells")
Draw = Callable[[tuple[int, ...]], np.ndarray]
LATEST = 10  # ms, of late input at level 1


def weaken(memory: Any, draw: Draw, alive: np.ndarray) -> bool:
    """Multiplies the learnt synapses by factors in [0, 1], draw(shape), and removes those of units that are not alive.

    False where that means nothing for `memory`; the one-bit synapses of Willshaw are lost below a factor of 1.
    """
    both = np.outer(alive, alive)
    match type(memory).__name__:
        case "CA3":
            (to_content, outward), (to_cue, inward) = memory._weights.items()  # (cue, unit), (unit, cue)
            memory._weights[to_content] = (outward * draw(outward.shape) * alive).astype(np.float32)
            memory._weights[to_cue] = (inward * draw(inward.shape) * alive[:, None]).astype(np.float32)
        case "CA3Attractor":
            memory.strengths = draw(both.shape) * both
        case "Hopfield":
            memory._held = (memory._held * draw(both.shape) * both).astype(memory._held.dtype)
        case "Willshaw":
            keep = (draw(both.shape) == 1) & both
            memory.weights = bits.pack(bits.unpack(memory.weights, len(alive)) & keep)
        case _:
            return False
    return True


def harm(
    memory: Any, cues: np.ndarray, kind: str, level: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray] | None:
    """Does the harm to the memory or the cues: (cues, units alive); None where it means nothing for this memory."""
    everywhere, chance = np.ones(cues.shape[1], bool), rng.random(cues.shape)
    if kind == "missing input":
        return np.where((cues > 0) & (chance < level), 0, cues), everywhere
    if kind == "spurious input":
        extra = level * (cues > 0).sum(1, keepdims=True) / (cues <= 0).sum(1, keepdims=True)
        return np.where((cues <= 0) & (chance < extra), 1, cues), everywhere
    if kind == "late input":
        if not hasattr(memory, "spikes"):
            return None
        memory._run = functools.partial(_late, memory._run, round(level * LATEST), rng)
        return cues, everywhere
    if kind == "dead cells":
        alive = np.asarray(rng.random(cues.shape[1]) >= level)
        return (np.where(alive, cues, 0), alive) if weaken(memory, np.ones, alive) else None
    if kind == "lost synapses":
        done = weaken(memory, lambda shape: (rng.random(shape) >= level).astype(float), everywhere)
    else:
        noisy = type(memory).__name__ != "Willshaw"  # its synapses are one bit
        done = noisy and weaken(memory, lambda shape: np.clip(1 + level * rng.normal(size=shape), 0, 1), everywhere)
    return (cues, everywhere) if done else None


def _late(inside: Callable[..., Any], most: int, rng: np.random.Generator, *settings: Any, **more: Any) -> Any:
    """The run of a circuit, `inside`, with every input spike 0 to `most` ms late; the inputs are the last setting."""
    *rest, spikes = settings
    time_ms = np.asarray(spikes.time_ms) + rng.integers(0, most + 1, len(spikes))
    return inside(*rest, replace(spikes, time_ms=time_ms), **more)


def point(
    *, seed: int, model: str, harmed: str, level: float, units: int, stored: int, activity: float
) -> Mapping[str, Any]:
    """Stores, harms, recalls every item; scored on the units alive. NaN where the harm means nothing for the memory."""
    rng = np.random.default_rng(seed)
    x = patterns.sparse(stored, units, activity=activity, rng=rng)
    memory: Any = make(model, units, rng=seed).store(x)
    left = harm(memory, x.astype(float), harmed, level, rng)
    if left is None:
        return {"exact": np.nan, "overlap": np.nan}
    cues, alive = left
    recalled = np.asarray(memory.recall(cues))[:, alive]
    return {"exact": metrics.exact(recalled, x[:, alive]).mean(), "overlap": metrics.overlap(recalled, x[:, alive]).mean()}


@results.experiment(VARIABLES)
def run(
    *,
    models: Annotated[tuple[Spec, ...], "Memories: NAME, FILE.py:NAME or MODULE:NAME, with :KEY=VALUE."] = (
        "ca3",
        "ca3:gated=True:match=best",
        "ca3_attractor:activity=0.1",
        "willshaw:activity=0.1",
        "hopfield:rule=projection",
    ),
    units: Annotated[int, "Length of an item."] = 80,
    stored: Annotated[int, "Items stored together."] = 8,
    activity: Annotated[float, "Fraction of the units that are active in an item."] = 0.1,
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
    """What does a memory survive? Dead cells, lost and noisy synapses, late, missing and spurious input, spiking and not.

    Whole cues of sparse random items. Missing: active units left out. Spurious: as many added, as a fraction of the active
    ones. Late: each input spike by 0 to 10 ms times the level. Noisy: weights times 1 + level * normal, clipped to what
    plasticity allows. Dead: cells with all their synapses. What means nothing for a memory is NaN.
    """
    memories = sources(models, units)
    for level in levels:
        checks.fraction("levels", level)
    checks.whole("stored", stored)
    fixed = {"units": units, "stored": stored, "activity": activity}
    dims = {"model": memories, "harmed": HARMS, "level": levels}
    data = sweep.grid(point, dims, trials=trials, seed=seed, fixed=fixed, title="robustness")
    return data


def summary(data: xr.Dataset) -> Table:
    """Share of items recalled exactly at the middle level of every harm, median over trials."""
    from rich.table import Table

    level = float(data.level[data.sizes["level"] // 2])
    table = Table(title=f"share recalled exactly at level {level:g}, median over trials")
    table.add_column("memory")
    for harmed in data.harmed.values:
        table.add_column(str(harmed), justify="right")
    middle = data.exact.sel(level=level)
    for model in data.model.values:
        rows = (middle.sel(model=model, harmed=harmed).values for harmed in data.harmed.values)
        table.add_row(str(model), *("-" if np.isnan(row).all() else f"{np.median(row):.2f}" for row in rows))
    return table
