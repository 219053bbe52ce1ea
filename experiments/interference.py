"""How many pairs does a fast-weight memory keep apart, by three criteria, against dimension?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import xarray as xr

from neuromem import checks, patterns, results, sweep
from neuromem.catalogue import short
from neuromem.experiments._loads import stored_at
from neuromem.models import Spec, make, sources

if TYPE_CHECKING:
    from rich.table import Table

QUICK = {"trials": 2, "units": (16, 32)}
VARIABLES = {
    "units": ("length of keys and values", "1"),
    "along": ("power of what is recalled along the right value", "1"),
    "across": ("power of what is recalled across the right value", "1"),
    "distance": ("mean squared distance of the recalled from the right value", "1"),
    "correct": ("share of keys whose recalled value is nearest to the right one of all values stored", "1"),
    "ratio": ("signal to noise: power along the right value over power across", "1"),
    "capacity": ("pairs up to which the criterion holds, at most the largest load", "1"),
    "bits": ("bits held", "bit"),
    "load": ("pairs over the length of a key", "1"),
    "pairs": ("pairs stored", "1"),
}
SETTINGS = ("unique", "reassigned")
LOADS = tuple(round(2 ** (step / 2), 4) for step in range(-6, 5))  # 1/8 to 4
CRITERIA = ("signal/noise 1", "squared error 1/2", "top-1 99%")


def pairs(
    setting: str, number: int, units: int, rng: np.random.Generator, items: patterns.ItemSet | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return keys and values of length 1, (number, units) each, random ones unless given.

    In the setting "reassigned" the second half of the pairs has the keys of the first half.
    """
    items = items or patterns.itemset("normal", units=units, real=True)
    keys, values = items.vectors(2 * number, rng).reshape(2, number, units)
    if setting == "reassigned":
        keys[number - number // 2 :] = keys[: number // 2]
    return keys, values


def point(
    *, seed: int, model: str, units: int, setting: str, loads: tuple[float, ...], items: list[patterns.ItemSet]
) -> Mapping[str, Any]:
    """Return how one memory fares at every load.

    All pairs are stored once, then every key is cued. Of a key with two values the newer is right.
    Values that are equally near share the answer.
    """
    names = ("along", "across", "distance", "correct")
    found, state = {name: np.zeros(len(loads)) for name in names}, np.zeros(len(loads))
    own = next(one for one in items if one.units == units)
    for at, load in enumerate(loads):
        number = stored_at(load, units, least=2)
        keys, values = pairs(setting, number, units, np.random.default_rng((seed, at)), own)
        memory = make(model, units, rng=seed).store(keys, values)
        asked = slice(number - number // 2, None) if setting == "reassigned" else slice(None)
        recalled = np.asarray(memory.recall(keys[asked]))
        right = values[asked]
        along = (recalled * right).sum(1) ** 2
        found["along"][at], found["across"][at] = along.mean(), ((recalled**2).sum(1) - along).mean()
        found["distance"][at] = ((recalled - right) ** 2).sum(1).mean()
        scores = recalled @ values.T
        nearest = scores >= scores.max(1, keepdims=True) - 1e-12 * np.abs(scores).max(1, keepdims=True)
        found["correct"][at] = (nearest / nearest.sum(1, keepdims=True))[:, asked].diagonal().mean()
        state[at] = memory.cost.bits
    return {**{name: (("load",), values) for name, values in found.items()}, "bits": (("load",), state)}


@results.experiment(VARIABLES)
def run(
    *,
    models: Annotated[tuple[Spec, ...], "Key-value memories: NAME, FILE.py:NAME or MODULE:NAME, with :KEY=VALUE."] = (
        "pavlov:rule=hebb",
        "pavlov:rule=hebb:decay=0.99",
        "pavlov:rule=delta",
        "pavlov:rule=oja",
        "pavlov:rule=bcm:period=1000",
        "pavlov:rule=least_squares:ridge=0.001",
        "pavlov:rule=momentum:rate=0.5:momentum=0.5",
        "pavlov:features=dpfp:expansion=2",
        "pavlov:rule=delta:features=dpfp:expansion=2",
        "palimpsa",
        "palimpsa:features=softmax:prior=0.01",
        "pavlov:features=softmax:normalise=none",
        "attention:similarity=cosine:beta=8:steps=1",
    ),
    items: Annotated[patterns.ItemSpec, patterns.VECTORS] = "normal",
    units: Annotated[
        tuple[int, ...] | None, "Lengths of keys and values; by default 16,32,64, or that of the items given."
    ] = None,
    loads: Annotated[tuple[float, ...], "Pairs stored, over the length of a key."] = LOADS,
    trials: Annotated[int, "Repetitions, each with other pairs."] = 5,
    seed: Annotated[int, "Seed of all random numbers."] = 0,
) -> xr.Dataset:
    """How many pairs does a fast-weight memory keep apart, by three criteria, against dimension?

    Keys and values of length 1, random ones unless told otherwise, are stored once, one after the
    other; then every key is cued. There are two settings, those of Schlag, Irie & Schmidhuber 2021
    without the training of the keys: unique keys, and keys that all get a second value, of which
    the newer is right. `capacity` is the number of pairs up to which a criterion holds. The
    criteria (signal to noise, squared error, top-1) differ, and with them the order of the rules.

    The memories with softmax features have the same keys, of a few large entries: the importance of
    Palimpsa keeps pairs apart that Hebb's rule confuses.
    """
    memories = sources(models, 16)
    if units is None:
        first = patterns.itemset(items, real=True)
        own = first.held is not None or isinstance(items, patterns.ItemSet)
        units = (first.units,) if own else (16, 32, 64)
    chosen = [patterns.itemset(items, units=checks.whole("units", number, least=3), real=True) for number in units]
    if list(loads) != sorted(set(loads)) or not loads or loads[0] <= 0:
        raise checks.refusal("loads", "be rising numbers above 0", f"was {loads}")
    for one in chosen:
        one.enough("loads", 2 * stored_at(loads[-1], one.units, least=2))
    dims = {"model": memories, "units": units, "setting": SETTINGS}
    data = sweep.grid(point, dims, trials=trials, seed=seed, fixed={"loads": loads, "items": chosen}, title="interference")
    data = data.assign_coords(load=list(loads), criterion=list(CRITERIA))
    stored = xr.DataArray([[stored_at(load, d, least=2) for load in loads] for d in units], dims=("units", "load"))
    data = data.assign_coords(pairs=stored)
    data["ratio"] = data.along / data.across.clip(1e-12)
    margins = [np.log(data.ratio.clip(1e-12)), 0.5 - data.distance, data.correct - 0.99]
    data["capacity"] = xr.concat([capacity(margin, stored) for margin in margins], dim=data.criterion)
    return chosen[-1].describe(data)


def capacity(margin: xr.DataArray, stored: xr.DataArray) -> xr.DataArray:
    """Return the pairs up to which `margin` is not negative; the largest number if it never is.

    Between two loads the margin is taken as a straight line over ln(pairs).
    """

    def first(margin: np.ndarray, stored: np.ndarray) -> float:
        at = int((margin < 0).argmax())
        if margin[at] >= 0:
            return float(stored[-1])
        if at == 0:
            return 0.0
        (a, b), (low, high) = margin[at - 1 : at + 1], np.log(stored[at - 1 : at + 1])
        return float(np.exp(low + (high - low) * a / (a - b)))

    return xr.apply_ufunc(first, margin, stored, input_core_dims=[["load"]] * 2, vectorize=True)


def summary(data: xr.Dataset) -> Table:
    """Return a table of the pairs that each memory keeps at the largest dimension, and of bits."""
    from rich import box
    from rich.table import Table

    units, most = int(data.units[-1]), int(data.pairs[-1, -1])
    title = f"pairs kept of length {units} (at most {most} tried), median over {data.sizes['trial']} trials"
    table = Table(title=title, box=box.SIMPLE, padding=(0, 1, 0, 0))
    table.add_column("memory", overflow="fold")
    columns = [(str(setting), str(criterion)) for setting in data.setting.values for criterion in data.criterion.values]
    for setting, criterion in columns[:-3] + columns[-1:]:
        table.add_column(f"{setting}\n{criterion.replace(' ', chr(10))}", justify="right", no_wrap=True)
    table.add_column("kbit\nheld", justify="right", no_wrap=True)
    at = data.isel(units=-1).median("trial")
    for model in data.model.values:
        one = at.sel(model=model)
        kept = [float(one.capacity.sel(setting=s, criterion=c)) for s, c in columns[:-3] + columns[-1:]]
        row = [f"> {most}" if value >= most else f"{value:.0f}" for value in kept]
        table.add_row(
            short(str(model), without=("similarity", "steps")),
            *row,
            f"{float(one.bits.max()) / 1000:.0f}",
        )
    return table
