"""Who recalls a pair told earlier in a sequence: trained models, or memories never trained?"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
import xarray as xr

from neuromem import checks, laws, models, patterns, provenance, results, sweep
from neuromem.catalogue import short
from neuromem.experiments._sequences import Task, sequences
from neuromem.experiments._torch import alone
from neuromem.source import Source, distinct

if TYPE_CHECKING:
    from rich.table import Table

QUICK = {
    "deep": ("attention", "fast_weights:rule=delta"),
    "memories": ("willshaw", "sparsey", "pavlov"),
    "pairs": (4, 8),
    "taught": 4,
    "vocabulary": 64,
    "widths": (16, 32),
    "codes": (32, 64),
    "trials": 1,
    "steps": 50,
    "lessons": 2000,
    "asked": 20,
}
VARIABLES = {
    "accuracy": ("questions answered rightly", "1"),
    "validated": ("the same on other sequences, by which training stops and the rate is chosen", "1"),
    "loss": ("mean loss of the last steps", "nat"),
    "steps": ("training steps until done", "1"),
    "learning": ("questions answered rightly during training", "1"),
    "bits": ("bits that hold a sequence, without weights", "bit"),
    "operations": ("multiply-adds for one token", "1"),
    "weights": ("learned numbers", "1"),
    "seconds": ("processor time of the training", "s"),
    "evaluation": ("training step", "1"),
    "rate": ("learning rate", "1"),
    "pairs": ("pairs in a sequence", "1"),
    "width": ("features of a token", "1"),
    "code": ("units of a token's code", "1"),
    "untrained_accuracy": ("questions answered rightly, untrained", "1"),
    "untrained_bits": ("bits held, untrained", "bit"),
    "untrained_operations": ("operations of a recall, untrained", "1"),
}
EVERY = 25  # steps between two looks at the accuracy
HEARD = 6  # sequences that the untrained memories answer, at most: they need no training, but some of them time


@alone
def trained(
    *,
    seed: int,
    mixer: str,
    width: int,
    rate: float,
    pairs: int | tuple[int, ...],
    taught: int | None,
    task: str,
    length: int | None,
    vocabulary: int,
    depth: int,
    convolution: int,
    steps: int,
    patience: int | None,
    lessons: int,
    asked: int,
    folder: str | None,
    fillers: str = "blank",
) -> Mapping[str, Any]:
    """Train one model at one learning rate, and return how well it answers and how fast it learnt.

    It stops, and its rate is chosen, by sequences of their own: those of the test are asked once,
    at the end. Taught a number of pairs, it is tested with each of `pairs`.
    """
    teaching = {name: value for name, value in locals().items() if name not in ("pairs", "taught", "folder")}
    import torch

    from neuromem import nn
    from neuromem.nn import training

    several = (pairs,) if isinstance(pairs, int) else pairs
    first = taught or several[0]
    some = partial(sequences, task=task, length=length, vocabulary=vocabulary, fillers=fillers)
    learn, look = some(lessons, pairs=first, rng=seed + 1), some(asked, pairs=first, rng=seed + 2)
    tests = [some(asked, pairs=number, rng=seed) for number in several]
    torch.manual_seed(seed % 2**32)
    mixers = [partial(nn.make, one) for one in nn.source(mixer).thing]
    model = nn.Transformer(learn.vocabulary, width, max(depth, len(mixers)), mixer=mixers, convolution=convolution)
    told = repr((sorted(teaching.items()), first, nn.source(mixer).sha256, provenance.code(trained))).encode()
    name = f"{task}-{re.sub(r'[:/]', '-', mixer)}-{width}-{first}-{rate:g}-{seed}-{provenance.digest(told)}.pt"
    checkpoint = None if folder is None else results.folder(folder, "folder") / name
    started = time.process_time()
    settings: dict[str, Any] = {"rate": rate, "steps": steps, "batch": min(64, lessons), "patience": patience, "rng": seed}
    progress = training.train(model, learn, look, checkpoint=checkpoint, every=EVERY, **settings)
    seconds = time.process_time() - started
    curve = np.full(-(-steps // EVERY), np.nan)
    curve[: len(progress.evaluations)] = [accuracy for _, _, accuracy in progress.evaluations]
    with torch.no_grad():
        states = [model.advance(torch.as_tensor(test.inputs[:1]))[1] for test in tests]
    measured: dict[str, list[float]] = {
        "accuracy": [training.accuracy(model, test, batch=64) for test in tests],
        "bits": [model.held(state) for state in states],
        "operations": [model.operations(state) for state in states],
    }
    return {
        **{what: values[0] if isinstance(pairs, int) else ("pairs", np.array(values)) for what, values in measured.items()},
        "validated": progress.accuracy,
        "loss": progress.loss,
        "steps": progress.step,
        "learning": ("evaluation", curve),
        "weights": sum(weight.numel() for weight in model.parameters()),
        "seconds": seconds,
    }


def untrained(
    *,
    seed: int,
    memory: str,
    code: int,
    pairs: int,
    task: str,
    length: int | None,
    vocabulary: int,
    asked: int,
    fillers: str = "blank",
) -> Mapping[str, Any]:
    """Return how well one memory answers the first `HEARD` of the same sequences, never trained.

    Tokens have random +1/-1 codes of `code` units. The memory stores the code of each value under
    that of its key, and answers a question with the token whose code is nearest, of all tokens, to
    what the code of the key brings back. The key of joint recall is a context and a key: it has the
    first half of the code of the one and the second half of that of the other: a memory that is
    linear in its key then answers by a sum of what context and key say, which is not enough. The
    memory is emptied between sequences.
    """
    from neuromem.nn.external import PairMemory, is_auto

    test = sequences(asked, task, pairs, length, vocabulary, seed, fillers)
    codes = patterns.random(test.vocabulary, code, rng=seed)
    parts = np.array_split(np.arange(code), test.cue)

    def keyed(tokens: np.ndarray, last: np.ndarray) -> np.ndarray:
        """The codes of keys, each token of a key with its part of the units."""
        before = range(test.cue - 1, -1, -1)
        return np.concatenate([codes[tokens[last - back]][:, part] for back, part in zip(before, parts, strict=True)], 1)

    units = 2 * code if is_auto(models.make(memory, code, rng=seed)) else code
    pair_memory = PairMemory(models.make(memory, units, rng=seed))
    right = []
    for tokens, targets, written in zip(test.inputs[:HEARD], test.targets[:HEARD], test.written[:HEARD], strict=True):
        value, question = np.flatnonzero(written), np.flatnonzero(targets >= 0)
        pair_memory.clear()
        pair_memory.store(keyed(tokens, value - 1), codes[tokens[value]])
        answers = (pair_memory.recall(keyed(tokens, question)) @ codes.T.astype(float)).argmax(1)
        right.append(answers == targets[question])
    cost = pair_memory.memory.cost
    return {
        "untrained_accuracy": np.concatenate(right).mean(),
        "untrained_bits": cost.bits,
        "untrained_operations": cost.operations,
    }


@results.experiment(VARIABLES)
def run(
    *,
    task: Annotated[Task, "What the sequences ask."] = "mqar",
    deep: Annotated[
        tuple[str, ...],
        "Layers of the trained models, NAME:KEY=VALUE, FILE.py:NAME or PACKAGE.MODULE:NAME; A+B is a hybrid.",
    ] = (
        "attention",
        "attention:window=64",
        "sparse_pointer:slots=64",
        "fast_weights:rule=delta",
        "fast_weights:rule=hebb:rate=1.0",
        "hax",
        "gated_associative",
    ),
    memories: Annotated[tuple[str, ...], "Memories that answer untrained; for tasks made of pairs."] = (
        "hopfield",
        "hopfield:rule=projection",
        "willshaw",
        "sdm",
        "sparsey",
        "pavlov",
        "pavlov:rule=delta",
        "attention",
        "ca3:match=best",
        "ca3_attractor",
    ),
    pairs: Annotated[tuple[int, ...], "Pairs (or tokens to copy) in a sequence."] = (16, 32, 64, 120),
    taught: Annotated[
        int | None, "Pairs in the sequences of training; none: for each number of pairs a training, as for joint recall."
    ] = 16,
    rates: Annotated[tuple[float, ...], "Learning rates; the best and the median over them are reported."] = (0.01,),
    length: Annotated[int | None, "Tokens in a sequence (not for joint recall); none: four for each pair."] = None,
    vocabulary: Annotated[int, "Number of tokens."] = 256,
    fillers: Annotated[Literal["blank", "random"], "What mqar holds where nothing is told or asked."] = "blank",
    widths: Annotated[tuple[int, ...], "Features of a token of the trained models."] = (16, 32, 64),
    codes: Annotated[tuple[int, ...], "Units of a token's code of the untrained memories."] = (16, 32, 64),
    depth: Annotated[int, "Blocks of a model; of a hybrid one for each layer at least."] = 1,
    convolution: Annotated[int, "Taps of the short convolution before each layer, 0 for none."] = 4,
    steps: Annotated[int, "Most training steps, of 64 sequences each (or all lessons)."] = 800,
    patience: Annotated[int | None, "Looks, 25 steps apart, without a better accuracy that end a training."] = 8,
    lessons: Annotated[int, "Sequences to learn from."] = 20_000,
    asked: Annotated[int, "Sequences to answer, not among the lessons."] = 50,
    folder: Annotated[str | None, "Folder for the checkpoint of every model."] = None,
    trials: Annotated[int, "Repetitions: other sequences, weights and codes."] = 2,
    seed: Annotated[int, "Seed of all random numbers."] = 0,
) -> xr.Dataset:
    """Who recalls a pair told earlier in a sequence: trained models, or memories never trained?

    Every model is trained on `task` by AdamW with a cosine, at every width, learning rate and
    trial, on sequences of `taught` pairs, until it answers 99.5 % of `asked` unseen sequences
    right, gets no better, or for `steps`. Then it answers others with as many pairs as are asked,
    once, as models are tested that were published with this task. The memories answer the same ones
    without training, by codes of several lengths. Kept are the accuracy of every model, width,
    number of pairs, rate and trial, and that before the test, by which the best rate is chosen;
    learning curves; the bits that hold a sequence, without learned weights; and the operations of
    an answer.

    Chance is one of the values. With few pairs, an answer can stand within the few tokens that the
    convolution sees, so that even a model that binds nothing (gated_associative) is somewhat above
    it.
    """
    for name, number in (("lessons", lessons), ("asked", asked)):
        checks.whole(name, number)
    same = {"task": task, "length": length, "vocabulary": vocabulary, "asked": asked, "fillers": fillers}
    if task == "joint":  # whose tokens depend on the number of keys
        taught = None
        if length is not None:
            must, way_out = "be none for joint recall, whose sequences hold five tokens a pair", "give pairs alone"
            raise checks.refusal("length", must, f"was {checks.shown(length)}", way_out)
    most = max((*pairs, taught or 0)) if length is None else 0
    checks.fits("length", 32 * (length or 4 * most) * max(lessons, asked), "give shorter or fewer sequences")
    for name, sizes in (("widths", widths), ("codes", codes)):
        for size in sizes:
            checks.whole(name, size, way_out="give numbers such as 16,32,64")
            checks.fits(name, 32 * size * (vocabulary + 8 * size * depth), "give fewer features, tokens or blocks")
    for number in (*pairs, *([taught] if taught else [])):
        written = sequences(1, task, number, length, vocabulary, 0).written.any()  # refuses what doesn't fit
    for rate in rates:
        checks.real("rates", rate, above=0, way_out="give learning rates such as 0.002,0.005")
    deep = _known(deep, memories, widths, codes)
    teaching = {"depth": depth, "convolution": convolution, "steps": steps, "patience": patience, "lessons": lessons}
    each = {} if taught else {"pairs": pairs}
    data = sweep.grid(
        trained,
        {"mixer": deep, "width": widths, "rate": rates, **each},
        trials=trials,
        seed=seed,
        fixed={**same, **teaching, "folder": folder, "taught": taught, **({"pairs": pairs} if taught else {})},
        title="trained models",
    )
    data = data.assign_coords(pairs=list(pairs)).transpose("mixer", "width", "pairs", "rate", "trial", ...)
    if written:
        asked_of = sweep.grid(
            untrained,
            {"memory": memories, "code": codes, "pairs": pairs},
            trials=trials,
            seed=seed,
            fixed=same,
            title="untrained memories",
        )
        data = xr.merge([data, asked_of.rename({"error": "untrained_error"} if "error" in asked_of else {})])
    return data.assign_coords(evaluation=EVERY * np.arange(1, data.sizes["evaluation"] + 1))


def _known(
    deep: tuple[str, ...], memories: tuple[str, ...], widths: tuple[int, ...], codes: tuple[int, ...]
) -> tuple[Source, ...]:
    """The layers, once these and the memories are known to be some, before hours of training."""
    from neuromem import nn

    found = tuple(distinct([nn.source(one, "deep") for one in deep], "deep"))
    for width in widths:
        for one in found:
            for layer in one.thing:
                nn.make(layer, width)
    for memory in memories:
        for code in codes:
            models.make(memory, 2 * code)
    return found


def over_rates(data: xr.Dataset) -> tuple[xr.DataArray, xr.DataArray]:
    """Return the median accuracy over trials, at the best rate and as a median over rates.

    The best rate is that of the highest accuracy before the test, of each model at each width.

    A training that failed counts as 0.
    """
    middle = data.accuracy.fillna(0).median("trial")
    best = data.validated.fillna(0).median("trial").idxmax("rate")
    return middle.sel(rate=best), middle.median("rate")


def summary(data: xr.Dataset) -> Table:
    """Return a table of the accuracy at each number of pairs, best and median over rates."""
    from rich import box
    from rich.table import Table

    most, width = data.pairs.values[-1], data.width.values[-1]
    title = f"{results.parameters(data)['task']}: accuracy, median over {data.sizes['trial']} trials; width {width}"
    table = Table(title=title, box=box.SIMPLE, padding=(0, 1, 0, 0))
    table.add_column("best / median over rates" if data.sizes["rate"] > 1 else "trained", overflow="fold")
    for number in data.pairs.values:
        table.add_column(f"{number}\npairs", justify="right", no_wrap=True)
    for head in ("kbit\nheld", "operations", "steps"):
        table.add_column(head, justify="right", no_wrap=True)
    best, middle = (found.sel(width=width) for found in over_rates(data))
    for mixer in data.mixer.values:
        one = data.sel(mixer=mixer, width=width, pairs=most)
        right = [(float(best.sel(mixer=mixer, pairs=n)), float(middle.sel(mixer=mixer, pairs=n))) for n in data.pairs]
        cells = [f"{a:.3f}/{b:.3f}" if data.sizes["rate"] > 1 else f"{a:.3f}" for a, b in right]
        costs = [one.bits.median() / 1000, one.operations.median(), one.steps.median("trial").min()]
        table.add_row(short(str(mixer), without=("rate",)), *cells, *(f"{float(value):,.0f}" for value in costs))
    if "memory" in data.dims:
        table.add_section()
        table.add_row(f"untrained, codes of {data.code.values[-1]}:")
        for memory in data.memory.values:
            one = data.sel(memory=memory, code=data.code.values[-1])
            cells = [f"{float(one.untrained_accuracy.sel(pairs=n).median()):.3f}" for n in data.pairs]
            at = one.sel(pairs=most)
            costs = [at.untrained_bits.median() / 1000, at.untrained_operations.median()]
            table.add_row(short(str(memory)), *cells, *(f"{float(value):,.0f}" for value in costs), "")
        table.caption = "\n".join(_reasons(data)) or None
    return table


def _reasons(data: xr.Dataset) -> Iterator[str]:
    """Why memories that answer less than half of the fewest pairs do so, if it is by design."""
    right = data.untrained_accuracy.isel(pairs=0, code=-1).median("trial")
    for memory in map(str, right.memory.values):
        name = memory.partition(":")[0]
        known = laws.exceptions(models.ALL[name]) if name in models.ALL else {}
        if right.sel(memory=memory) < 0.5 and (reason := known.get("several_random_items_are_kept_apart")):
            yield f"{short(memory)}: {reason}"
