"""Which memory gives a damaged image back? Real digits, cues erased and flipped."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import xarray as xr

from neuromem import arrays, checks, cues, metrics, patterns, results, sweep
from neuromem.arrays import to_host
from neuromem.models import make

if TYPE_CHECKING:
    from rich.table import Table

QUICK = {"trials": 2, "items": 8, "fractions": (0.0, 0.2, 0.4)}
SHOWN = 3  # images kept for the picture
DAMAGES = {"erase": cues.erase, "flip": cues.flip}


def point(*, seed: int, model: str, items: int, fractions: tuple[float, ...], device: str = "cpu") -> Mapping[str, Any]:
    """One memory, one set of images: stored once, then cued with every kind and amount of damage, a batch each."""
    rng, place = np.random.default_rng(seed), arrays.device_placer(device)
    images, _ = patterns.digits(items, rng=rng)
    memory = make(model, images.shape[1], rng=seed).store(place(images))
    unlike = {name: np.zeros((len(DAMAGES), len(fractions), items)) for name in ("overlap", "exact", "operations", "steps")}
    told = np.zeros((len(DAMAGES), len(fractions)))
    shown = np.zeros((3, len(DAMAGES), len(fractions), min(SHOWN, items), images.shape[1]), np.float32)
    for at in np.ndindex(told.shape):
        damage, fraction = list(DAMAGES.values())[at[0]], fractions[at[1]]
        damaged = damage(images, fraction, rng=rng)
        recall = memory.recall(place(damaged))
        unlike["overlap"][at] = metrics.overlap(recall, images)
        unlike["exact"][at] = metrics.exact(recall, images)
        unlike["operations"][at], unlike["steps"][at] = recall.operations, recall.steps
        told[at] = metrics.information(recall, images)
        for row, rows in enumerate((images, damaged, to_host(recall.items))):
            shown[(row, *at)] = np.round(8 * rows[:SHOWN]) / 8  # grey values for the eye, which pack well
    return {
        **{name: (("damage", "fraction", "item"), values) for name, values in unlike.items()},
        "information": (("damage", "fraction"), told),
        "bits": memory.cost.bits,
        "synapses": memory.cost.synapses,
        "image": (("stage", "damage", "fraction", "shown", "unit"), shown),
    }


def run(
    *,
    models: Annotated[tuple[str, ...], "Memories to compare, each NAME or NAME:KEY=VALUE."] = (
        "hopfield",
        "hopfield:rule=projection",
        "attention",
        "pavlov",
        "sparsey",
        "ca3",
        "ca3:gated=True:match=best",
        "ca3_attractor",
    ),
    items: Annotated[int, "Images stored together."] = 12,
    fractions: Annotated[tuple[float, ...], "Fractions of the pixels that are damaged."] = (
        0.0,
        0.1,
        0.2,
        0.3,
        0.4,
        0.5,
        0.6,
    ),
    trials: Annotated[int, "Repetitions, each with other images."] = 20,
    seed: Annotated[int, "Seed of all random numbers."] = 0,
    device: Annotated[str, arrays.DEVICE_HELP] = "cpu",
) -> xr.Dataset:
    """Which memory gives a damaged image back? Real digits, cues erased and flipped.

    Every memory stores the same 8x8 digits, and recalls them from cues in which a fraction of the pixels is unknown (erase)
    or inverted (flip). Kept for each trial: overlap, exact recall, operations and steps of every cue; information recalled;
    bits held and synapses of every memory.
    """
    parameters = {"models": models, "items": items, "fractions": fractions, "trials": trials, "seed": seed}
    parameters["device"] = device
    started = time.monotonic()
    checks.whole("items", items)
    arrays.require_device_support(device, [(model, make(model, 64)) for model in models])
    for fraction in fractions:
        checks.fraction("fractions", fraction)
    if len(set(fractions)) < len(fractions) or not fractions:
        raise checks.refusal("fractions", "be different fractions, at least one", f"was {fractions}")
    data = sweep.grid(
        point,
        {"model": models},
        trials=trials,
        seed=seed,
        fixed={"items": items, "fractions": fractions, "device": device},
        title="completion",
    )
    data = data.assign_coords(damage=list(DAMAGES), fraction=list(fractions), stage=["stored", "cue", "recalled"])
    variables = {
        "overlap": ("overlap of the recalled with the stored image", "1"),
        "exact": ("every pixel right", "1"),
        "operations": ("operations of a recall as run", "1"),
        "steps": ("steps of a recall, in the memory's own unit", "1"),
        "information": ("information recalled about all items", "bit"),
        "bits": ("bits held to be able to recall", "bit"),
        "synapses": ("synapses", "1"),
        "image": ("first images: stored, cue, recalled", "1"),
        "fraction": ("fraction of pixels damaged", "1"),
    }
    return results.describe(data, "completion", parameters, time.monotonic() - started, variables, device)


def summary(data: xr.Dataset) -> Table:
    """Median overlap and share of exact recalls at the middle damage, beside the cost of each memory."""
    from rich import box
    from rich.table import Table

    middle = float(data.fraction[len(data.fraction) // 2])
    where = f"{data.sizes['item']} digits, {middle:.0%} of the pixels erased/flipped, median of {data.sizes['trial']} trials"
    table = Table(title=where, box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("memory", no_wrap=True)
    for head in ("overlap", "exact", "kbit", "operations", "steps"):
        table.add_column(head, justify="right", no_wrap=True)
    at = data.sel(fraction=middle).mean("item").median("trial")
    for model in data.model.values:
        one = at.sel(model=model)
        pairs = [
            "/".join(f"{float(one[name].sel(damage=damage)):.2f}" for damage in DAMAGES) for name in ("overlap", "exact")
        ]
        cost = [one.bits / 1000, one.operations.mean(), one.steps.mean()]
        table.add_row(str(model), *pairs, *(f"{float(value):,.0f}" for value in cost))
    return table
