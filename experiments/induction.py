"""In which order do two layers of attention learn to find what followed before?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import xarray as xr

from neuromem import checks, results, sweep
from neuromem.experiments._torch import alone

if TYPE_CHECKING:
    from rich.table import Table

    from neuromem.nn.sequences import Sequences

QUICK = {"length": 32, "widths": (64,), "batch": 32, "steps": 120, "trials": 1}
VARIABLES = {
    "recalled": ("share of what a matrix is to hold that it recalls", "1"),
    "formed": ("steps after which a matrix always recalls half of the most that it does", "1"),
    "accuracy": ("outputs of triggers answered rightly, of other sequences", "1"),
    "loss": ("cross-entropy of these answers", "nat"),
    "seconds": ("processor time of the training", "s"),
    "width": ("dimension of the embeddings", "1"),
    "step": ("training step", "1"),
}
MEMORIES = ("output", "second keys", "first keys")
EVERY = 10  # steps between two looks
ASKED = 64  # other sequences to answer


@alone
def point(
    *, seed: int, width: int, triggers: int, vocabulary: int, length: int, batch: int, rate: float, steps: int
) -> Mapping[str, Any]:
    """Train one model by gradient descent, and return what it answers and recalls on the way."""
    import time

    import torch
    from torch.nn.functional import cross_entropy

    from neuromem.experiments._two_layers import TwoLayers
    from neuromem.nn.tasks import bigrams

    rng, started = np.random.default_rng(seed), time.process_time()
    sizes: dict[str, Any] = {"length": length, "triggers": triggers, "vocabulary": vocabulary, "table": seed % 2**31}
    torch.manual_seed(seed % 2**32)
    model = TwoLayers(vocabulary, length, width)
    descent = torch.optim.SGD(model.parameters(), lr=rate, momentum=0.9, weight_decay=1e-4)

    def answered(task: Sequences) -> tuple[torch.Tensor, torch.Tensor]:
        """The logits and the right answers."""
        targets = torch.as_tensor(task.targets)
        asked = targets >= 0
        return model(torch.as_tensor(task.inputs), asked), targets[asked]

    test, looks = bigrams(ASKED, **sizes, rng=rng), []
    for step in range(steps + 1):
        if step % EVERY == 0:
            with torch.no_grad():
                logits, right = answered(test)
                accuracy = (logits.argmax(1) == right).float().mean()
                looks.append([float(accuracy), float(cross_entropy(logits, right)), *model.recalled(triggers)])
        descent.zero_grad()
        cross_entropy(*answered(bigrams(batch, **sizes, rng=rng))).backward()
        descent.step()
    if not np.isfinite(looks).all():
        raise checks.refusal("rate", "keep the loss a finite number", f"was {rate:g}", "give a smaller one")
    accuracy, loss, *recalled = np.array(looks).T
    return {
        "recalled": (("memory", "step"), np.array(recalled)),
        "formed": (("memory",), np.array([half_formed(held) for held in recalled])),
        "accuracy": (("step",), accuracy),
        "loss": (("step",), loss),
        "seconds": time.process_time() - started,
    }


def half_formed(recalled: np.ndarray) -> float:
    """Return the step from which on it is always half of the most; NaN of what recalls nothing."""
    below = np.flatnonzero(np.append(-1, recalled) < recalled.max() / 2)
    return float(EVERY * below[-1]) if recalled.max() else np.nan


@results.experiment(VARIABLES)
def run(
    *,
    triggers: Annotated[int, "Tokens whose output is drawn anew for each sequence, the most frequent ones."] = 5,
    vocabulary: Annotated[int, "Number of tokens."] = 65,
    length: Annotated[int, "Tokens in a sequence."] = 64,
    widths: Annotated[tuple[int, ...], "Dimensions of the embeddings."] = (128,),
    batch: Annotated[int, "Sequences for a training step, all of them new."] = 64,
    rate: Annotated[float, "Learning rate of gradient descent, with a momentum of 0.9."] = 0.2,
    steps: Annotated[int, "Training steps."] = 250,
    trials: Annotated[int, "Repetitions: other languages, embeddings and sequences."] = 3,
    seed: Annotated[int, "Seed of all random numbers."] = 0,
) -> xr.Dataset:
    """In which order do two layers of attention learn to find what followed before?

    Bietti and others (2023): text by bigrams, in which a few triggers are followed by an output of
    this sequence alone, is read by two layers of attention with frozen random embeddings
    (experiments/_two_layers.py has the equations). Only three matrices learn, by gradient descent
    on the outputs asked for again. An induction head needs that the output matrix gives each token
    for its own value, that the second keys find a trigger in what the first layer moved one place
    on, and that the first keys find the place before.

    Each is read as an associative memory: the share of tokens, triggers and places that it recalls
    better than all others. Chance is one of as many. Kept are also the answers to other sequences.
    Published is that these memories form top-down, the keys of the first layer last.
    """
    checks.whole("triggers", triggers, most=checks.whole("vocabulary", vocabulary, least=2))
    checks.whole("length", length, least=2 * triggers + 2, way_out="triggers are asked for when they come again")
    for width in widths:
        checks.whole("widths", width, way_out="give numbers such as 64,128")
        numbers = max(batch, ASKED) * length * (8 * width + 4 * length) + 8 * width * (width + length + vocabulary)
        checks.fits("widths", 4 * numbers, "give a smaller width, batch or length")
    fixed = {
        "triggers": triggers,
        "vocabulary": vocabulary,
        "length": length,
        "batch": checks.whole("batch", batch),
        "rate": checks.real("rate", rate, above=0),
        "steps": checks.whole("steps", steps, least=EVERY),
    }
    data = sweep.grid(point, {"width": widths}, trials=trials, seed=seed, fixed=fixed, title="induction")
    return data.assign_coords(memory=list(MEMORIES), step=EVERY * np.arange(data.sizes["step"]))


def summary(data: xr.Dataset) -> Table:
    """Return a table of the three memories: when each was half formed, and what it recalls."""
    from rich import box
    from rich.table import Table

    trials, given = data.sizes["trial"], results.parameters(data)
    chance = dict(zip(MEMORIES, (given["vocabulary"], given["triggers"], given["length"] - 1), strict=True))
    right = ", ".join(f"{float(data.accuracy.sel(width=w).isel(step=-1).median('trial')):.3f}" for w in data.width)
    caption = f"at the end {right} of the outputs are right; chance is {1 / given['vocabulary']:.3f}"
    table = Table(title=f"three memories, median over {trials} trials", caption=caption, box=box.SIMPLE)
    for head in ("width", "memory", "half formed\nat step", "recalled\nat the end", "chance"):
        table.add_column(head, justify="left" if head == "memory" else "right", no_wrap=True)
    for width in data.width.values:
        for memory in MEMORIES:
            one = data.sel(width=width, memory=memory).median("trial")
            shown = (
                f"{float(one.formed):.0f}".replace("nan", "-"),
                f"{float(one.recalled.isel(step=-1)):.2f}",
                f"{1 / chance[memory]:.3f}",
            )
            table.add_row(str(width), memory, *shown)
        table.add_section()
    return table
