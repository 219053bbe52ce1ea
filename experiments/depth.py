"""How does error grow through a stack of attention heads, and do redundant heads pay?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import xarray as xr

from neuromem import checks, patterns, results, sweep
from neuromem.catalogue import short
from neuromem.models import Spec, make, sources

if TYPE_CHECKING:
    from rich.table import Table

QUICK = {"heads": (1, 4, 16), "depth": 4, "trials": 2}
VARIABLES = {
    "distance": ("mean squared distance of what a layer gives from the right item", "1"),
    "correct": ("share of items nearest to the right one of all N", "1"),
    "heads": ("heads of a layer", "1"),
    "depth": ("layers passed", "1"),
}


def layer(
    model: str, keys: np.ndarray, values: np.ndarray, cues: np.ndarray, heads: int, units: int, seed: tuple[int, ...]
) -> np.ndarray:
    """Return what cues (cue, width) bring back, the mean over heads.

    Each head holds all pairs (pair, width). A head's keys and cues are random projections to
    `units`, which keep lengths on average. Its values are whole.
    """
    width, recalled = keys.shape[1], np.zeros_like(cues)
    for head in range(heads):
        rng = np.random.default_rng((*seed, head))
        projection = np.linalg.qr(rng.normal(size=(width, units)))[0] * np.sqrt(width / units)
        memory = make(model, units, rng=checks.seed(rng)).store(keys @ projection, values)
        recalled += np.asarray(memory.recall(cues @ projection))
    return recalled / heads


def point(
    *, seed: int, model: str, heads: int, pairs: int, items: patterns.ItemSet, units: int, depth: int
) -> Mapping[str, Any]:
    """Return how far what each layer of one stack gives is from what it should give.

    Every stored item of the first layer goes in.
    """
    x = items.vectors((depth + 1) * pairs, seed).reshape(depth + 1, pairs, items.units)
    state, found = x[0], {name: np.zeros(depth) for name in ("distance", "correct")}
    for at in range(depth):
        state = layer(model, x[at], x[at + 1], state, heads, units, (seed, at))
        found["distance"][at] = ((state - x[at + 1]) ** 2).sum(1).mean()
        found["correct"][at] = ((state @ x[at + 1].T).argmax(1) == np.arange(pairs)).mean()
    return {name: (("depth",), values) for name, values in found.items()}


@results.experiment(VARIABLES)
def run(
    *,
    models: Annotated[tuple[Spec, ...], "Key-value memories: NAME, FILE.py:NAME or MODULE:NAME, with :KEY=VALUE."] = (
        "pavlov:normalise=none",
        "pavlov",
        "pavlov:rule=delta",
        "pavlov:rule=least_squares",
        "attention:similarity=cosine:beta=2:steps=1",
        "attention:similarity=cosine:beta=8:steps=1",
    ),
    heads: Annotated[tuple[int, ...], "Heads of a layer, each of which holds all pairs."] = (1, 2, 4, 8, 16, 32),
    units: Annotated[int, "Length of a head's keys, d."] = 16,
    items: Annotated[patterns.ItemSpec, patterns.VECTORS] = "normal",
    width: Annotated[int | None, "Length of items between layers, D; by default 128, or that of the items given."] = None,
    pairs: Annotated[int, "Pairs that a layer holds, N."] = 24,
    depth: Annotated[int, "Layers."] = 8,
    trials: Annotated[int, "Repetitions, with other items and projections."] = 20,
    seed: Annotated[int, "Seed of all random numbers."] = 0,
) -> xr.Dataset:
    """How does error grow through a stack of attention heads, and do redundant heads pay?

    Layer l holds N pairs that lead from the items of layer l to those of layer l + 1, all of length
    1, and random unless told otherwise. An item goes in, each layer hands on the mean of its heads,
    and what comes out is compared with the item at the end of the chain. Squared error and the
    share of items nearest to the right one are kept after every layer.

    The theory, `neuromem.theory.fast_weights.stacked_error`, is exact for linear heads
    (pavlov:normalise=none), and confirmed here. For heads that normalise, correct errors or forget
    there is only this simulation. The law of arXiv:2508.08289 for depth and redundancy could not
    be read, so that it is neither confirmed nor refuted.
    """
    length = None if width is None else checks.whole("width", width, least=2)
    chosen = patterns.itemset(items, units=length, usual=128, real=True)
    checks.whole("units", units, most=chosen.units, way_out="a head's keys are projections of items of length `width`")
    for name, value in (("pairs", pairs), ("depth", depth), *(("heads", number) for number in heads)):
        checks.whole(name, value)
    chosen.enough("pairs", (depth + 1) * pairs)
    memories = sources(models, units)
    fixed = {"pairs": pairs, "items": chosen, "units": units, "depth": depth}
    data = sweep.grid(point, {"model": memories, "heads": heads}, trials=trials, seed=seed, fixed=fixed, title="depth")
    return chosen.describe(data.assign_coords(depth=np.arange(1, depth + 1)))


def summary(data: xr.Dataset) -> Table:
    """Return a table of the share of items right after the last layer, by number of heads."""
    from rich import box
    from rich.table import Table

    given, deepest = results.parameters(data), int(data.depth[-1])
    title = f"share right after {deepest} layers of {given['pairs']} pairs, by number of heads"
    table = Table(title=title, caption=f"median over {data.sizes['trial']} trials", box=box.SIMPLE)
    table.add_column("memory", no_wrap=True)
    for number in data.heads.values:
        table.add_column(str(number), justify="right", no_wrap=True)
    right = data.correct.isel(depth=-1).median("trial")
    for model in data.model.values:
        table.add_row(
            short(str(model), without=("similarity", "steps")),
            *(f"{float(right.sel(model=model, heads=number)):.2f}" for number in data.heads.values),
        )
    return table
