"""Which memory gives a damaged image back? Real digits or your own items, erased or flipped."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import xarray as xr

from neuromem import arrays, checks, cues, metrics, patterns, results, sweep
from neuromem.experiments._records import gathered
from neuromem.models import Spec, make, sources

if TYPE_CHECKING:
    from rich.table import Table

QUICK = {"trials": 2, "stored": 8, "fractions": (0.0, 0.2, 0.4)}
VARIABLES = {
    "overlap": ("overlap of the recalled with the stored image", "1"),
    "exact": ("every pixel right", "1"),
    "operations": ("operations of a recall as run", "1"),
    "steps": ("steps of a recall, in the memory's own unit", "1"),
    "information": ("information recalled about all items", "bit"),
    "bits": ("bits held to be able to recall", "bit"),
    "synapses": ("synapses", "1"),
    "image": ("first images of the first trial: stored, cue, recalled", "1"),
    "fraction": ("fraction of units damaged", "1"),
}
SHOWN = 3  # images kept for the picture
DAMAGES = {"erase": cues.erase, "flip": cues.flip}


def point(
    *, seed: int, model: str, items: patterns.ItemSet, stored: int, fractions: tuple[float, ...], device: str = "cpu"
) -> Mapping[str, Any]:
    """Store one set of images in one memory, once, then recall it from every kind of damage.

    Each kind and amount of damage is one batch of cues.
    """
    rng, place = np.random.default_rng(seed), arrays.device_placer(device)
    images = items.draw(stored, rng)
    memory = make(model, images.shape[1], rng=seed).store(place(images))
    records = []
    for damage in DAMAGES.values():
        for fraction in fractions:
            damaged = damage(images, fraction, rng=rng)
            recall = memory.recall(place(damaged))
            record = {
                "overlap": ("item", metrics.overlap(recall, images)),
                "exact": ("item", metrics.exact(recall, images)),
                "operations": ("item", recall.operations),
                "steps": ("item", recall.steps),
                "information": metrics.information(recall, images),
                "image": (("stage", "shown", "unit"), _shown(images, damaged, np.asarray(recall))),
            }
            records.append(record)
    whole = {"bits": memory.cost.bits, "synapses": memory.cost.synapses}
    return {**gathered(records, damage=len(DAMAGES), fraction=len(fractions)), **whole}


def _shown(*stages: np.ndarray) -> np.ndarray:
    """Keep the first images at each stage (stage, image, unit).

    They are in few grey values, which are enough for the eye and pack well.
    """
    return np.stack([np.round(8 * images[:SHOWN]) / 8 for images in stages])


@results.experiment(VARIABLES)
def run(
    *,
    models: Annotated[tuple[Spec, ...], "Memories: NAME, FILE.py:NAME or MODULE:NAME, with :KEY=VALUE."] = (
        "hopfield",
        "hopfield:rule=projection",
        "attention",
        "pavlov",
        "sparsey",
        "ca3",
        "ca3:gated=True:match=best",
        "ca3_attractor",
    ),
    items: Annotated[patterns.ItemSpec, patterns.HELP] = "digits",
    stored: Annotated[int, "Items stored together."] = 12,
    fractions: Annotated[tuple[float, ...], "Fractions of the units that are damaged."] = (
        0.0,
        0.1,
        0.2,
        0.3,
        0.4,
        0.5,
        0.6,
    ),
    trials: Annotated[int, "Repetitions, each with other items."] = 20,
    seed: Annotated[int, "Seed of all random numbers."] = 0,
    device: Annotated[str, arrays.DEVICE_HELP] = "cpu",
) -> xr.Dataset:
    """Which memory gives a damaged image back?

    Every memory stores the same items, 8x8 digits unless told otherwise, and recalls them from
    cues in which a fraction of the units is unknown (erase) or inverted (flip). Kept for each
    trial are the overlap, exact recall, operations and steps of every cue, the information
    recalled, and the bits and synapses of every memory; and of the first trial some images.
    """
    chosen = patterns.itemset(items)
    chosen.enough("stored", stored)
    memories = sources(models, chosen)
    arrays.require_device_support(device, [(model, make(model, chosen.units)) for model in memories])
    for fraction in fractions:
        checks.fraction("fractions", fraction)
    if len(set(fractions)) < len(fractions) or not fractions:
        raise checks.refusal("fractions", "be different fractions, at least one", f"was {fractions}")
    data = sweep.grid(
        point,
        {"model": memories},
        trials=trials,
        seed=seed,
        fixed={"items": chosen, "stored": stored, "fractions": fractions, "device": device},
        title="completion",
    )
    data = data.assign_coords(damage=list(DAMAGES), fraction=list(fractions), stage=["stored", "cue", "recalled"])
    data["image"] = data.image.isel(trial=0, drop=True)
    return chosen.describe(data)


def summary(data: xr.Dataset) -> Table:
    """Tabulate overlap and exact recall at the middle damage, beside the cost of each memory."""
    from rich import box
    from rich.table import Table

    middle = float(data.fraction[len(data.fraction) // 2])
    stored = f"{data.sizes['item']} items ({patterns.caption(data)})"
    where = f"{stored}, {middle:.0%} of the units erased/flipped, median of {data.sizes['trial']} trials"
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
