"""Can one store be read twice, as episodes and as classes? Sparsey's codes of labelled images."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import xarray as xr

from neuromem import checks, metrics, patterns, results, sweep
from neuromem.models.sparsey import Sparsey
from neuromem.models.sparsey.readout import class_scores
from neuromem.models.sparsey_network import Level, SparseyNetwork

if TYPE_CHECKING:
    from rich.table import Table

QUICK = {"sizes": (5, 20), "trials": 1}
COMPARED = {"macrocolumn": ("sparsey",), "local": ("sparsey_network",)}
VARIABLES = {
    "accuracy": ("test images told the right class", "1"),
    "neighbour": ("test images told the class of the nearest stored image", "1"),
    "power": ("exponent of U, chosen on training images", "1"),
    "episodic": ("overlap of stored images as recalled", "1"),
    "generated": ("what the typical code of a class stands for", "1"),
    "size": ("training images of each class", "1"),
}

CLASSES = 10
READINGS = ("class units", "class counts", "nearest code")
POWERS = (8.0, 16.0, 32.0, 64.0)  # exponents of U to choose from, on images held out of the training set
PUBLISHED = 0.91  # original MNIST, 200 a class, two levels, 16 x 24 binarised skeletons: sparsey.com, MNIST results


def _split(items: str, size: int, test: int, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    """Draw training images and labels, and test images and labels.

    There are `size` and `test` of each class, and no image is in both.
    """
    alone = items == "digits"  # which have no part to test on
    parts = [patterns.images(items, part=part) for part in (("train",) if alone else ("train", "test"))]
    train, unseen = [], []
    for number in range(CLASSES):
        members = [rng.permutation(np.flatnonzero(labels == number)) for _, labels in parts]
        pools = (members[0][:size], members[0][size:]) if alone else members
        if len(pools[0]) < size or len(pools[1]) < test:
            was = f"there are {sum(map(len, members))} images of class {number}"
            raise checks.refusal("sizes and test", f"leave {size} + {test} different images of each class", was)
        train.append(pools[0][:size])
        unseen.append(pools[1][:test])
    seen, left = rng.permutation(np.concatenate(train)), rng.permutation(np.concatenate(unseen))
    return parts[0][0][seen], parts[0][1][seen], parts[-1][0][left], parts[-1][1][left]


def _memory(kind: str, units: int, power: float, seed: int) -> Sparsey | SparseyNetwork:
    """Make one macrocolumn that sees the whole image, or 7 x 7 of them with local fields.

    A local field is 4 x 4 pixels, or 3 x 3 of a digit. Both memories have 490 winners.
    """
    if kind == "macrocolumn":
        return Sparsey(units, modules=490, cells=16, power=power, rng=seed)
    side = round(units**0.5)
    field = 4 if side > 10 else 3
    return SparseyNetwork(units, levels=[Level((7, 7), modules=10, cells=16, field=field, reach=0, first=power)], rng=seed)


def _codes(memory: Sparsey | SparseyNetwork, cues: np.ndarray | None = None) -> np.ndarray:
    """Give the codes (image, winner) of the cues, or those that the stored images were given."""
    if cues is not None:
        code = memory.code(cues)
    else:
        code = memory.codes if isinstance(memory, Sparsey) else np.stack([codes[0][-1] for codes in memory.codes])
    return code.reshape(len(code), -1).astype(np.int64)


def _told(stored: np.ndarray, labels: np.ndarray, cues: np.ndarray) -> list[np.ndarray]:
    """Give the class of each cue by each of READINGS.

    They read its code, and the codes and labels of what is stored.
    """
    units = [class_scores(stored, labels, cues, 16, counted).argmax(1) for counted in (False, True)]
    likelihood = np.stack([(cues == code).mean(1) for code in stored], 1)
    return [*units, labels[likelihood.argmax(1)]]


def _typical(stored: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Give the typical code of each class (class, winner).

    In every module it has the cell that was most often active with the class.
    """
    members = [stored[labels == number] for number in range(CLASSES)]
    return np.stack([[np.bincount(column, minlength=16).argmax() for column in codes.T] for codes in members])


def point(*, seed: int, memory: str, size: int, test: int, items: str) -> Mapping[str, Any]:
    """Store all training images once, and read both ways.

    The exponent is chosen on a fifth of them before.
    """
    rng = np.random.default_rng(seed)
    seen, labels, unseen, truth = _split(items, size, test, rng)
    held = max(CLASSES, len(seen) // 5)
    right = []
    for power in POWERS:
        trial = _memory(memory, seen.shape[1], power, seed).store(seen[held:])
        told = _told(_codes(trial), labels[held:], _codes(trial, seen[:held]))
        right.append(max((classes == labels[:held]).mean() for classes in told))
    power = POWERS[int(np.argmax(right))]
    chosen = _memory(memory, seen.shape[1], power, seed).store(seen)
    stored = _codes(chosen)
    told = _told(stored, labels, _codes(chosen, unseen))
    typical = _typical(stored, labels)
    pictures = chosen.regenerate(typical if memory == "macrocolumn" else typical.reshape(CLASSES, 49, 10))
    closest = (unseen.astype(np.float32) @ seen.T.astype(np.float32)).argmax(1)
    shown = np.arange(min(200, len(seen)))
    return {
        "accuracy": (("reading",), np.array([(classes == truth).mean() for classes in told])),
        "neighbour": (labels[closest] == truth).mean(),
        "power": power,
        "episodic": metrics.overlap(chosen.recall(seen[shown]), seen[shown]).mean(),
        "generated": (("class", "unit"), pictures),
    }


@results.experiment(VARIABLES)
def run(
    *,
    sizes: Annotated[tuple[int, ...], "Training images of each class; the published number is for 200."] = (10, 40, 100),
    test: Annotated[int, "Test images of each class."] = 50,
    items: Annotated[
        str | PathLike[str], "Labelled images: digits, fashion, or a folder with the IDX files of MNIST or its kin."
    ] = "digits",
    memories: Annotated[tuple[str, ...], "Which: macrocolumn, local."] = ("macrocolumn", "local"),
    trials: Annotated[int, "Repetitions, each with another split."] = 3,
    seed: Annotated[int, "Seed of all random numbers."] = 0,
) -> xr.Dataset:
    """Can one store be read twice, as episodes and as classes?

    Every labelled image is seen once. The episodic reading is the stored image that a code
    stands for. The semantic reading is its class, from the overlap of codes: by class units
    with binary weights (the published read-out), by how often each cell was active with each
    class, or by the stored code that is nearest. The exponent of U is chosen on a fifth of the
    training images, and the test images are used once. Beside them are the nearest stored image
    by pixels, and the picture that the typical code of each class stands for.
    """
    for memory in memories:
        checks.choice("memories", memory, ("macrocolumn", "local"))
    checks.whole("test", test)
    for size in sizes:
        checks.whole("sizes", size, least=2)
    fixed: dict[str, Any] = {"test": test, "items": str(checks.path("items", items))}
    _split(fixed["items"], max(sizes), test, np.random.default_rng(0))  # refused now, not after a while
    data = sweep.grid(point, {"memory": memories, "size": sizes}, trials=trials, seed=seed, fixed=fixed, title="semantic")
    data = data.assign_coords(reading=list(READINGS))
    return data


def summary(data: xr.Dataset) -> Table:
    """Tabulate the mean accuracy of each reading; the published number stands in the title."""
    from rich.table import Table

    given = results.parameters(data)
    title = f"classes of unseen images ({given['items']}); published: {PUBLISHED:.0%} on original MNIST, 200 a class"
    table = Table(title=title)
    table.add_column("memory, images a class", no_wrap=True)
    heads = [reading.replace(" ", "\n") for reading in READINGS]
    for head in (*heads, "nearest\nimage", "expo-\nnent", "episodic\noverlap"):
        table.add_column(head, justify="right")
    for memory in data.memory.values:
        for size in data["size"].values:
            at = data.sel(memory=memory, size=size).mean("trial")
            numbers = [*at.accuracy.values, float(at.neighbour)]
            rest = [f"{float(at.power):.0f}", f"{float(at.episodic):.2f}"]
            table.add_row(f"{memory}, {size}", *(f"{number:.3f}" for number in numbers), *rest)
    return table
