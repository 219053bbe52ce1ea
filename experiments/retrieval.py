"""Spikes or attention? Accuracy, latency, operations and energy of the same recall."""

from __future__ import annotations

import contextlib
import functools
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import xarray as xr

from neuromem import checks, cues, metrics, patterns, results, sweep
from neuromem.experiments import _budget
from neuromem.experiments._torch import alone
from neuromem.memory import Memory
from neuromem.models import Spec, make, source, sources
from neuromem.source import Source

if TYPE_CHECKING:
    from rich.table import Table

QUICK: dict[str, Any] = {
    "trials": 1,
    "stored": (2, 16),
    "units": 64,
    "erased": (0.0, 0.5),
    "flipped": (0.05,),
    "training": 30,
}
VARIABLES = {
    "exact": ("share of items recalled with every sign right", "1"),
    "overlap": ("overlap of the recalled with the stored item", "1"),
    "told": ("information recalled beyond the cues, about all items", "bit"),
    "operations": ("synaptic events or multiply-adds of a recall", "1"),
    "steps": ("latency: ms of model time for spikes, updates or reads for the rest", "ms or 1"),
    "seconds": ("time of a recall on this machine, all cues in one batch", "s"),
    "energy": ("estimated energy of a recall, arithmetic alone", "pJ"),
    "bits": ("bits held to be able to recall", "bit"),
    "spiking": ("1 where the memory computes by spikes", "1"),
    "stored": ("items stored", "1"),
    "fraction": ("fraction of units damaged", "1"),
    **_budget.VARIABLES,
}
TRAINED = "trained"  # a torch attention layer, trained to complete items of the same statistics
BATCH = 32  # items that it learns at a time
DAMAGES = {"erase": cues.erase, "flip": cues.flip}

# Energy of one operation, pJ. A synaptic event on Loihi: Davies et al. 2018, IEEE Micro 38(1), 82.
# A float32 multiply-add in 45 nm: Horowitz 2014, ISSCC, 10 (3.7 + 0.9). Arithmetic alone on both
# sides: no memory traffic, no idle power.
EVENT_PJ, MULTIPLY_ADD_PJ = 23.6, 4.6


@functools.lru_cache(maxsize=4)
@alone
def _layer(items: patterns.ItemSet, told: tuple[Any, ...], steps: int, seed: int) -> Any:
    """Make a torch attention layer that Adam has trained to give back damaged items.

    Its four projections have learnt for `steps` steps. What is `told` of the items tells sets of
    the same name apart, which are equal as they are texts.
    """
    import torch

    from neuromem import nn

    rng = np.random.default_rng(seed)
    torch.manual_seed(seed % 2**31)
    layer = nn.Attention(items.units, beta=4.0)
    optimiser = torch.optim.Adam(layer.parameters(), lr=3e-4)
    for _ in range(steps):
        x = items.draw(min(BATCH, items.number or BATCH), rng)
        damage, most = (cues.erase, 0.9) if rng.random() < 0.5 else (cues.flip, 0.3)
        damaged = damage(x, most * rng.random(), rng=rng)
        right, given = (torch.tensor(a, dtype=torch.float32)[None] for a in (x, damaged))
        loss = ((layer.read(given, layer.write(right, right)) - right) ** 2).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return layer.requires_grad_(False)


def build(spec: Spec, items: patterns.ItemSet, steps: int, seed: int) -> Memory:
    """Make the memory of `spec`, told the items' activity where it takes one.

    The spec "trained" is a trained attention layer.
    """
    if spec == TRAINED:
        from neuromem import nn

        told = items.sha256, items.units, tuple(items.settings.items())
        return nn.as_memory(_layer(items, told, steps, seed))
    found = source(spec)
    if found.takes("activity"):
        with contextlib.suppress(checks.InputError):  # Hopfield's rule "covariance" takes one, and its others none
            return make(found.given(activity=items.activity), items.units, rng=seed)
    return make(found, items.units, rng=seed)


def point(
    *,
    seed: int,
    model: str,
    stored: int,
    items: patterns.ItemSet,
    conditions: tuple[tuple[str, float], ...],
    training: int,
    bits: int | None = None,
    operations: int | None = None,
) -> Mapping[str, Any]:
    """Store `stored` items in one memory, and cue it with every one of them in every damage.

    Within a budget the memory is as large as that allows; one that doesn't fit gives NaN.
    """
    rng = np.random.default_rng((seed, stored))
    x = items.draw(stored, rng)
    memory, apart = _budget.filled(lambda one: build(one, items, training, seed), model, x, bits, operations)
    found = {
        name: np.full(len(conditions), np.nan) for name in ("exact", "overlap", "told", "operations", "steps", "seconds")
    }
    if memory is None:
        none = {name: (("condition",), value) for name, value in {**found, "energy": found["exact"]}.items()}
        return {**none, "bits": np.nan, "spiking": np.nan, **apart}
    for at, (damage, fraction) in enumerate(conditions):
        damaged = DAMAGES[damage](x, fraction, rng=rng)
        start = time.perf_counter()
        recall = memory.recall(damaged)
        found["seconds"][at] = (time.perf_counter() - start) / stored
        found["exact"][at] = metrics.exact(recall, x).mean()
        found["overlap"][at] = metrics.overlap(recall, x).mean()
        found["told"][at] = max(0.0, metrics.information(recall, x, damaged))
        found["operations"][at], found["steps"][at] = recall.operations.mean(), recall.steps.mean()
    price = EVENT_PJ if memory.step_unit == "ms" else MULTIPLY_ADD_PJ
    found["energy"] = found["operations"] * price
    values: dict[str, Any] = {name: (("condition",), value) for name, value in found.items()}
    return values | {"bits": memory.cost.bits, "spiking": float(memory.step_unit == "ms"), **apart}


@results.experiment(VARIABLES)
def run(
    *,
    models: Annotated[tuple[Spec, ...], "Memories: NAME, FILE.py:NAME or MODULE:NAME, with :KEY=VALUE; or trained."] = (
        "ca3",
        "ca3:gated=True:match=best",
        "ca3_attractor",
        "attention",
        TRAINED,
        "pavlov:rule=least_squares",
    ),
    stored: Annotated[tuple[int, ...], "Numbers of items stored."] = (2, 4, 8, 16, 32, 64, 128),
    items: Annotated[patterns.ItemSpec, patterns.HELP] = "sparse",
    units: Annotated[int | None, "Length of an item; by default 128, or that of the items given."] = None,
    active: Annotated[int, "Active units of a sparse item."] = 6,
    erased: Annotated[tuple[float, ...], "Fractions of the units made unknown."] = (0.0, 0.2, 0.4, 0.6, 0.75, 0.9),
    flipped: Annotated[tuple[float, ...], "Fractions of the units inverted."] = (0.02, 0.05, 0.1, 0.15, 0.2, 0.3),
    training: Annotated[int, "Training steps of the trained layer, of 32 items each."] = 300,
    trials: Annotated[int, "Repetitions, each with other items."] = 3,
    seed: Annotated[int, "Seed of all random numbers."] = 0,
    bits: Annotated[int | None, _budget.HELP_BITS] = None,
    operations: Annotated[int | None, _budget.HELP_OPERATIONS] = None,
) -> xr.Dataset:
    """Spikes or attention?

    Every memory stores the same items, sparse ones unless told otherwise, gets the same damaged
    cues, and is read by the signs of what it gives back. Equal load is the same number of items;
    equal bits is what each holds within the same number of bits, from the same runs. Energy is an
    estimate: synaptic events (spikes) or multiply-adds (the rest), each at a published price, which
    the attributes of `energy` give. Of the fast-weight rules the one that does best here is shown:
    sparse items share their silent units, so that their keys are alike, which least squares undoes
    and the Hebbian and delta rules do not.
    """
    length = 128 if units is None else checks.whole("units", units, least=2)
    activity = checks.whole("active", active, most=length) / length
    chosen = patterns.itemset(items, units=units, usual=128, activity=activity)
    checks.whole("training", training)
    memories = sources(Source(TRAINED, None, {}, "trained here", "") if model == TRAINED else model for model in models)
    for model in memories:
        if model != TRAINED:
            build(model, chosen, training, seed)
    for number in stored:
        chosen.enough("stored", number)
    conditions = tuple(
        (kind, checks.fraction(name, f))
        for kind, name, fs in (("erase", "erased", erased), ("flip", "flipped", flipped))
        for f in fs
    )
    if not conditions or len(set(conditions)) < len(conditions):
        raise checks.refusal("erased and flipped", "be different fractions, at least one", f"were {erased} and {flipped}")
    fixed = {"items": chosen, "conditions": conditions, "training": training} | _budget.checked(bits, operations)
    data = sweep.grid(point, {"model": memories, "stored": stored}, trials=trials, seed=seed, fixed=fixed, title="retrieval")
    data = data.assign_coords(
        damage=("condition", [kind for kind, _ in conditions]),
        fraction=("condition", [fraction for _, fraction in conditions]),
    )
    data.energy.attrs.update(pJ_an_event=EVENT_PJ, pJ_a_multiply_add=MULTIPLY_ADD_PJ)
    return chosen.describe(data)


def equal_bits(data: xr.Dataset, condition: int) -> xr.DataArray:
    """Give the items that are recalled exactly within equal bits (model, trial).

    All memories get the bits asked for, or else those of the one that needs fewest at the largest
    load. A memory stores as many items as fit, of the numbers tried; one that doesn't fit at all
    recalls none.
    """
    budget = float(results.parameters(data).get("bits") or data.bits.max("stored").min())
    right = (data.exact.isel(condition=condition) * data.stored).where(data.bits <= budget)
    return right.max("stored").fillna(0).assign_attrs(budget=budget)


def summary(data: xr.Dataset) -> Table:
    """Tabulate each memory at the largest load, and the items it recalls at equal bits."""
    from rich import box
    from rich.table import Table

    shown = [int(at[len(at) // 2]) for kind in DAMAGES if len(at := np.flatnonzero(data.damage == kind))]
    last, number = data.isel(stored=-1).median("trial"), int(data.stored[-1])
    kept = equal_bits(data, shown[0])
    words = [f"{float(data.fraction[at]):.0%} {'erased' if data.damage[at] == 'erase' else 'flipped'}" for at in shown]
    heads = [word.replace(" ", "\n") for word in words] + ["kbit\nheld", "latency", "operations", "nJ"]
    table = Table(
        title=f"share of {number} items ({patterns.caption(data)}) recalled exactly, and its price",
        caption=f"from latency on: {words[0]}; median over {data.sizes['trial']} trials",
        box=box.SIMPLE,
        padding=(0, 1, 0, 0),
    )
    table.add_column("memory", overflow="fold")
    sized = _budget.heads(data)
    for head in [*heads, f"right in\n{kept.budget / 1000:.0f} kbit", *sized]:
        table.add_column(head, justify="right", no_wrap=True)
    for model in data.model.values:
        one = last.sel(model=model)
        first = one.isel(condition=shown[0])
        row = [f"{float(one.exact[at]):.2f}" for at in shown]
        row += [f"{float(one.bits) / 1000:,.0f}", f"{float(first.steps):.0f} {'ms' if float(one.spiking) else 'steps'}"]
        row += [f"{float(first.operations):,.0f}", f"{float(first.energy) / 1000:,.0f}"]
        table.add_row(
            str(model).replace("rule=", "").replace(":", " "),
            *(cell.replace("nan", "-") for cell in row),
            f"{float(kept.sel(model=model).median()):.0f}",
            *_budget.cells(sized, data.isel(stored=-1).sel(model=model)),
        )
    return table
