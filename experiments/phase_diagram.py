"""Where does a network retrieve? Measured maps of its phases, under the theory's lines."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

import numpy as np
import xarray as xr

from neuromem import arrays, checks, results, sweep
from neuromem import patterns as items_of
from neuromem.arrays import to_host
from neuromem.experiments import _detection, _memory_phases
from neuromem.experiments._boundary import boundary
from neuromem.experiments._loads import stored_at
from neuromem.experiments._spread import said
from neuromem.models import Spec, source
from neuromem.models.dense_hebbian import DenseHebbian
from neuromem.models.hopfield import Hopfield
from neuromem.models.multitasking import Multitasking
from neuromem.source import of_object, with_functions

if TYPE_CHECKING:
    from rich.table import Table

QUICK = {"resolution": 6, "trials": 1, "steps": 20}
COMPARED = {
    "hopfield": ("hopfield",),
    "dense": ("dense_hebbian",),
    "learning": ("hopfield", "dense_hebbian"),
    "multitasking": ("multitasking",),
    "detection": ("ultra_detection",),
}
VARIABLES = {
    "overlap": ("overlap with the item", "1"),
    "alike": ("overlap of two replicas", "1"),
    "heated": ("overlap with the archetype", "1"),
    "heated_alike": ("overlap of two replicas", "1"),
    "load": ("load K / N^(P-1)", "1"),
    "temperature": ("temperature", "1"),
    "quality": ("quality r of the examples", "1"),
    "examples": ("examples of each archetype", "1"),
    "dilution": ("dilution", "1"),
    "fraction": ("fraction of the cue's units flipped", "1"),
    "units": ("units N", "1"),
    "order": ("units P in an interaction", "1"),
    "recalled": ("overlap above which an item counts as recalled", "1"),
    "learned_load": ("load of the map of quality and examples", "1"),
    "noise": ("noise of a feature over sqrt(N)", "1"),
    "theory": ("overlap for N to infinity, 0 where no state retrieves", "1"),
}


class Usual(NamedTuple):
    """What a network is run with unless told otherwise.

    An overlap above `recalled` counts as recalled.
    """

    units: int
    resolution: int
    order: int
    load: float
    temperature: float
    recalled: float


USUAL = {
    "hopfield": Usual(1000, 20, 2, 0.16, 1.5, 0.5),
    "dense": Usual(64, 16, 4, 0.05, 0.6, 0.6),
    "learning": Usual(400, 14, 2, 0.16, 1.2, 0.8),
    "multitasking": Usual(2000, 20, 2, 0.0, 1.0, 0.2),
    "detection": Usual(200, 12, 4, 0.4, 0.2, 0.9),
}
DENSE_LEARNING = Usual(32, 12, 4, 0.05, 0.6, 0.8)  # learning of order > 2: K M examples make it heavy
LEARNED_LOAD = 5 / 16  # of the largest load: the load of the map of examples and quality

MEANT = {  # options that mean nothing for others than these
    "network": ("hopfield", "dense", "learning", "multitasking", "detection"),
    "rule": ("hopfield",),
    "items": ("hopfield", "dense", "models"),
    "load": ("hopfield", "dense", "learning", "detection", "models"),
    "order": ("dense", "learning"),
    "interactions": ("dense", "learning"),
    "quality": ("learning",),
    "examples": ("learning",),
    "patterns": ("multitasking",),
    "starts": ("hopfield", "dense", "learning", "detection", "models"),
    "device": ("hopfield", "dense", "multitasking"),
}

RuleSpec = str | Callable[[np.ndarray], Any]


def hopfield(
    *,
    seed: int,
    load: float,
    temperatures: tuple[float, ...],
    units: int,
    steps: int,
    starts: int,
    rule: RuleSpec = "hebb",
    items: items_of.ItemSet | None = None,
    device: str = "cpu",
) -> Mapping[str, Any]:
    """Run a pairwise network of load K / N at every temperature."""
    x = (items or items_of.itemset("random", units=units)).draw(stored_at(load, units), seed)
    settings: dict[str, Any] = {"rule": rule, "steps": steps, "rng": seed}
    network = Hopfield(units, **settings).store(arrays.device_placer(device)(x))
    return _memory_phases.column(network, x[np.arange(starts) % len(x)], temperatures, arrays.device_placer(device))


def dense(
    *,
    seed: int,
    load: float,
    temperatures: tuple[float, ...],
    units: int,
    order: int,
    steps: int,
    starts: int,
    interactions: str,
    items: items_of.ItemSet | None = None,
    device: str = "cpu",
) -> Mapping[str, Any]:
    """Run a network of P-body interactions of load K / N^(P-1) at every temperature."""
    x = (items or items_of.itemset("random", units=units)).draw(stored_at(load, units, order), seed)
    options: dict[str, Any] = {"interactions": interactions, "steps": steps, "rng": seed}
    network = DenseHebbian(units, order=order, **options).store(arrays.device_placer(device)(x))
    return _memory_phases.column(network, x[np.arange(starts) % len(x)], temperatures, arrays.device_placer(device))


def learning(
    *,
    seed: int,
    training: str,
    load: float,
    temperatures: tuple[float, ...],
    quality: float,
    examples: int,
    units: int,
    order: int,
    steps: int,
    starts: int,
    interactions: str,
) -> Mapping[str, Any]:
    """Run a network that sees noisy examples alone, from their archetypes, at every temperature.

    For P > 2 a sum over P-tuples of units would call for an approximation of the fields, such as
    Plefka's. None is needed here: a field is a sum over patterns of powers of their overlaps, which
    are kept up to date, so that it is exact at a cost of K a flip.
    """
    rng = np.random.default_rng(seed)
    archetypes = items_of.random(stored_at(load, units, order), units, rng=rng)
    shown, labels = items_of.examples(archetypes, examples, quality=quality, rng=rng)
    kind: dict[str, Any] = {"order": order, "interactions": interactions} if order > 2 else {}
    network = (DenseHebbian if kind else Hopfield)(units, steps=steps, rng=seed, **kind)
    network.learn(shown, labels if training == "supervised" else None, quality=quality, classes=len(archetypes))
    return _memory_phases.column(network, archetypes[np.arange(starts) % len(archetypes)], temperatures)


def multitasking(
    *,
    seed: int,
    dilution: float,
    temperatures: tuple[float, ...],
    units: int,
    patterns: int,
    steps: int,
    device: str = "cpu",
) -> Mapping[str, Any]:
    """Run a network of a few diluted patterns, from the first of them, at every temperature.

    Given are the overlaps (1/N) x . s with all patterns, the largest first.
    """
    rng = np.random.default_rng(seed)
    diluted = items_of.random(patterns, units, rng=rng) * (rng.random((patterns, units)) >= dilution)
    place = arrays.device_placer(device)
    network = Multitasking(units, steps=steps, rng=seed).store(place(diluted))
    starts = place(diluted[:1].repeat(len(temperatures), axis=0))
    overlaps = to_host(network.overlaps(network.recall(starts, temperatures=temperatures)))
    return {"overlap": (("temperature", "pattern"), np.sort(np.abs(overlaps), axis=1)[:, ::-1])}


@results.experiment(VARIABLES)
def run(
    *,
    network: Annotated[
        Literal["hopfield", "dense", "learning", "multitasking", "detection"],
        "hopfield, dense: load x temperature; learning: quality x examples and load x temperature; multitasking: dilution; "
        "detection: noise x load, for N, N/2 and N/4.",
    ] = "hopfield",
    models: Annotated[
        tuple[Spec, ...], "Any memories instead: load x damage, and load x temperature where they take one."
    ] = (),
    rule: Annotated[RuleSpec, "Hopfield: learning rule, by its name or as FILE.py:NAME."] = "hebb",
    items: Annotated[items_of.ItemSpec, items_of.HELP] = "random",
    units: Annotated[
        int | None,
        "Units N; by default 1000 hopfield, 64 dense, 400 learning (32 where P > 2), 2000 multitasking, 200 otherwise.",
    ] = None,
    resolution: Annotated[
        int | None, "Points along each axis; by default 20, 16 dense, 14 learning (12 where P > 2), 12 detection and models."
    ] = None,
    load: Annotated[float | None, "Largest load K / N^(P-1)."] = None,
    temperature: Annotated[float | None, "Largest temperature."] = None,
    order: Annotated[int | None, "P, the units in an interaction: by default 4 dense, 2 learning."] = None,
    interactions: Annotated[str, "distinct or full, for P > 2."] = "distinct",
    quality: Annotated[float, "Learning: quality of the examples in the map of load and temperature."] = 0.3,
    examples: Annotated[
        int, "Learning: examples of an archetype in that map; four times as many at most in the other."
    ] = 100,
    patterns: Annotated[int, "Multitasking: number of patterns."] = 3,
    steps: Annotated[int, "Updates of each unit before the overlap is measured."] = 100,
    starts: Annotated[int, "Items that are recalled, twice each."] = 4,
    trials: Annotated[int | None, "Repetitions, each with other items; by default 2, 20 detection."] = None,
    seed: Annotated[int, "Seed of all random numbers."] = 0,
    device: Annotated[str, arrays.DEVICE_HELP] = "cpu",
) -> xr.Dataset:
    """Where does a network retrieve?

    Every state begins at an item and is updated a spin at a time in a heat bath, twice with
    other random numbers (replicas). Kept for each are its overlap with the item, and the
    overlap of the two replicas, which stays above 0 in the glass.

    Publication size is --units 2000 --resolution 40 --steps 300 --trials 10. The theory's lines
    are for N to infinity. Near them small networks escape by chance, so that the median and the
    share recalled tell more than the mean; at zero temperature the dense network is trapped
    beside the item far beyond its spinodal.

    Any other memories are mapped over load and damage of the cue, and those that take a temperature
    over load and temperature too; `heated` is NaN for the rest. The lines are for random items, and
    those of the Hopfield network for Hebb's rule.
    """
    _meant("models" if models else network, locals())
    given: dict[str, Any]
    if models:
        runs = 2 if trials is None else trials
        given = {"units": units, "resolution": resolution, "load": load, "temperature": temperature, "steps": steps}
        return _memory_phases.measured(models, items, **given, starts=starts, trials=runs, seed=seed)
    usual = USUAL[checks.choice("network", network, USUAL)]
    order = checks.whole("order", usual.order if order is None else order, least=2)
    if network == "learning" and order > 2:
        usual = DENSE_LEARNING
    checks.choice("interactions", interactions, ("distinct", "full"))
    if order == 2 and interactions != "distinct":
        raise checks.refusal("interactions", "be distinct for P = 2", f"was {interactions!r}", "give an order above 2")
    resolution = checks.whole("resolution", usual.resolution if resolution is None else resolution, least=2, most=1000)
    checks.whole("starts", starts)
    length = None if units is None else checks.whole("units", units, least=2)
    chosen = items_of.itemset(items, units=length, usual=usual.units)
    units = chosen.units
    load = checks.real("load", usual.load if load is None else load, least=0)
    temperature = checks.real("temperature", usual.temperature if temperature is None else temperature, above=0)
    arrays.device_placer(device)
    trials = checks.whole("trials", (20 if network == "detection" else 2) if trials is None else trials)
    if network == "detection":
        given = {"units": units, "load": load, "temperature": temperature, "steps": steps, "starts": starts}
        return _detection.measured(**given, resolution=resolution, trials=trials, seed=seed)
    learnt_by = _rule(rule, device)
    if network in ("hopfield", "dense"):
        chosen.enough("load", stored_at(load, units, order))
    cells = (np.arange(resolution) + 0.5) / resolution  # the middles of the map's cells
    loads, heat = {"load": (cells * load).tolist()}, tuple((cells * temperature).tolist())
    common: dict[str, Any] = {"trials": trials, "seed": seed, "title": f"phases of {network}"}
    size: dict[str, Any] = {"units": units, "temperatures": heat, "steps": steps}
    kind = {"starts": starts, "order": order, "interactions": interactions}
    if network == "hopfield":
        fixed = size | {"starts": starts, "rule": learnt_by, "items": chosen, "device": device}
        data = sweep.grid(hopfield, loads, fixed=fixed, **common)
    elif network == "dense":
        data = sweep.grid(dense, loads, fixed=size | kind | {"items": chosen, "device": device}, **common)
    elif network == "multitasking":
        fixed = size | {"patterns": patterns, "device": device}
        data = sweep.grid(multitasking, {"dilution": cells.tolist()}, fixed=fixed, **common)
    else:
        trainings = {"training": ["supervised", "unsupervised"]}
        numbers = np.unique(np.geomspace(1, 4 * examples, resolution).round().astype(int)).tolist()
        shown = {"quality": (0.1 + 0.8 * cells).tolist(), "examples": numbers}
        cold = size | kind | {"load": LEARNED_LOAD * load, "temperatures": (0.0,)}
        data = sweep.grid(learning, trainings | shown, fixed=cold, **common).isel(temperature=0)
        fixed = size | kind | {"quality": quality, "examples": examples}
        heated = sweep.grid(learning, trainings | loads, fixed=fixed, **common)
        data = data.merge(heated.rename(overlap="heated", alike="heated_alike"))
        data = data.assign_coords(learned_load=LEARNED_LOAD * load)
    data = data.assign_coords(temperature=list(heat))
    return chosen.describe(data.assign_coords(units=units, order=order, recalled=usual.recalled))


def _meant(kind: str, given: Mapping[str, Any]) -> None:
    """Refuse options that a network does not have."""
    for option, kinds in MEANT.items():
        usual, value = inspect.signature(run).parameters[option].default, given[option]
        if kind not in kinds and not (isinstance(value, type(usual)) and value == usual):
            must = f"be left out for {kind}" if usual is None else f"be {usual} for {kind}"
            raise checks.refusal(option, must, checks.shown(value), f"it is for {', '.join(kinds)}")


def _rule(rule: RuleSpec, device: str) -> Any:
    """The rule of the Hopfield network, in the form in which it reaches workers."""
    if device != "cpu" and not (isinstance(rule, str) and rule == "hebb"):
        raise checks.refusal("device", "be cpu for rules other than hebb", f"was {device!r}")
    known = with_functions(source("hopfield").given(rule=rule)) if isinstance(rule, str) else of_object(rule, "rule")
    found: Any = known.settings.get("rule", known)
    Hopfield(2, rule=found).store(items_of.random(1, 2))  # refused now, not in a worker
    return found


def summary(data: xr.Dataset) -> Table:
    """Tabulate mean, median and share recalled at a few places of the map."""
    from rich.table import Table

    if "model" in data.dims:
        return _memory_phases.summary(data)
    network = results.parameters(data)["network"]
    if network == "detection":
        return _detection.summary(data)
    recalled = float(data.recalled)
    runs = [dim for dim in ("trial", "start", "replica") if dim in data.overlap.dims]
    rows, columns = (dim for dim in data.overlap.dims if dim not in (*runs, "training", "pattern"))
    table = Table(title=f"{network}, N = {int(data.units)}: mean, median overlap, share above {recalled}")
    places = {dim: data[dim][np.unique(np.arange(3) * data.sizes[dim] // 3)] for dim in (rows, columns)}
    few = data.overlap.sel(places)
    few = few.isel({dim: 0 for dim in ("training", "pattern") if dim in few.dims})
    table.add_column(f"{rows} \\ {columns}")
    for value in few[columns].values:
        table.add_column(f"{value:.3g}", justify="right")
    found = few.mean(runs), few.median(runs), (few > recalled).mean(runs)
    for value in few[rows].values:
        cells = zip(*(each.sel({rows: value}).values for each in found), strict=True)
        table.add_row(f"{value:.3g}", *(" ".join(f"{number:.2f}" for number in cell) for cell in cells))
    if network in ("hopfield", "dense"):
        ends = boundary(data).sel(temperature=places["temperature"])
        at = zip(ends.temperature.values, ends["load"].values, ends.error.values, strict=True)
        lines = [f"T = {heat:.3g}: {said(load, error)}" for heat, load, error in at]
        table.caption = f"load at which half of the runs recall, ± standard error over trials\n{', '.join(lines)}"
    return table
