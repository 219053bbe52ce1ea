"""Who learns rare facts? A linear memory of facts by Zipf's law, trained by SGD, Adam and Muon."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import xarray as xr

from neuromem import checks, results, sweep
from neuromem.experiments._torch import alone
from neuromem.theory import heavy_tail as theory

if TYPE_CHECKING:
    from rich.table import Table

QUICK = {"facts": 31, "rates": (0.03, 0.3, 3.0, 30.0), "steps": 200, "trials": 1}
FINE = 10  # steps that the most frequent fact takes at the rate at which speeds are compared
VARIABLES = {
    "wrong": ("probability of a wrong value, mean over the facts of a class", "1"),
    "compared": ("the same where the overall error first is below 1/4; NaN: never", "1"),
    "learnt": ("steps until a class is right with probability 1/2; NaN: never", "1"),
    "loss": ("cross-entropy over all facts by their frequencies, at the end", "nat"),
    "fine": (f"largest rate at which the most frequent fact takes {FINE} steps or more", "1"),
    "best": ("rate of the least loss at the end, in which rare facts count little", "1"),
    "rate": ("learning rate", "1"),
    "frequency": ("mean frequency of the facts of a class", "1"),
    "step": ("training step", "1"),
}
EMBEDDINGS = ("one-hot", "rotated", "crowded")
CROWDING = 4  # facts for each dimension of the crowded embedding
OVERALL = 0.25  # overall error at which the classes are compared
LOOKS = 25  # steps at which the errors are kept, evenly spaced in the logarithm


def embed(embedding: str, facts: int, rng: np.random.Generator) -> np.ndarray:
    """Return vectors of length 1, (fact, unit).

    "one-hot" gives the axes, "rotated" another orthonormal basis, and "crowded" random vectors.
    """
    if embedding == "one-hot":
        return np.eye(facts)
    if embedding == "rotated":
        return np.linalg.qr(rng.normal(size=(facts, facts)))[0]
    vectors = rng.normal(size=(facts, facts // CROWDING))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def _optimisers() -> dict[str, Callable[..., Any]]:
    import torch

    return {
        "sgd": torch.optim.SGD,
        "adam": torch.optim.Adam,
        "muon": lambda weights, lr: torch.optim.Muon(weights, lr=lr, weight_decay=0.0),
    }


@alone
def point(
    *, seed: int, embedding: str, optimiser: str, rate: float, facts: int, exponent: float, batch: int, steps: int
) -> Mapping[str, Any]:
    """Return the errors by class of one training from W = 0.

    It ends when every fact is right with probability 0.99, or after `steps`. A step draws `batch`
    facts, of which it counts how often each came; with batch 0 it takes all facts by their
    frequencies.
    """
    import torch

    rng, p = np.random.default_rng(seed), theory.frequencies(facts, exponent)
    keys, values = (torch.tensor(embed(embedding, facts, rng), dtype=torch.float32) for _ in range(2))
    weights = torch.nn.Parameter(torch.zeros(values.shape[1], keys.shape[1]))
    optimizer = _optimisers()[optimiser]([weights], lr=rate)
    wrong, one = np.zeros((steps + 1, facts)), torch.eye(facts)
    for step in range(steps + 1):
        told = (keys @ weights.detach().T @ values.T).log_softmax(1)  # (fact, value)
        wrong[step] = 1 - told.diagonal().exp().numpy()
        if wrong[step].max() < 0.01:
            break
        drawn = torch.tensor(rng.multinomial(batch, p) / batch if batch else p, dtype=torch.float32)
        weights.grad = values.T @ ((told.exp() - one) * drawn[:, None]).T @ keys  # of -sum_k drawn_k told_kk
        optimizer.step()
    wrong[step:] = wrong[step]
    octave = octaves(facts)
    by_class = np.stack([wrong[:, octave == one].mean(1) for one in range(octave[-1] + 1)], 1)
    half, overall = by_class < 0.5, wrong @ p < OVERALL
    return {
        "wrong": (("step", "class"), by_class[looks(steps)]),
        "loss": -p @ told.diagonal().numpy(),
        "learnt": (("class",), np.where(half.any(0), half.argmax(0), np.nan)),
        "compared": (("class",), by_class[overall.argmax()] if overall.any() else np.full(by_class.shape[1], np.nan)),
    }


def octaves(facts: int) -> np.ndarray:
    """Return the class of every fact: 0 for rank 1, 1 for 2 and 3, 2 for 4 to 7, and so on."""
    return np.log2(np.arange(1, facts + 1)).astype(int)


def looks(steps: int) -> np.ndarray:
    """Return the steps at which errors are kept."""
    return np.unique(np.concatenate([[0], np.geomspace(1, steps, LOOKS).round()])).astype(int)


@results.experiment(VARIABLES)
def run(
    *,
    optimisers: Annotated[tuple[str, ...], "Optimisers to compare: sgd, adam, muon."] = ("sgd", "adam", "muon"),
    embeddings: Annotated[tuple[str, ...], "Keys and values: one-hot, rotated, crowded."] = EMBEDDINGS,
    rates: Annotated[tuple[float, ...], "Learning rates."] = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0),
    facts: Annotated[int, "Facts, a key with its value each."] = 127,
    exponent: Annotated[float, "Fact k comes up in proportion to k^-exponent."] = 1.0,
    batch: Annotated[int, "Facts drawn for a step; 0: all, by their frequencies."] = 256,
    steps: Annotated[int, "Most training steps."] = 1200,
    trials: Annotated[int, "Repetitions, with other embeddings and other draws."] = 3,
    seed: Annotated[int, "Seed of all random numbers."] = 0,
) -> xr.Dataset:
    """Who learns rare facts? A linear memory of facts by Zipf's law, trained by SGD, Adam and Muon.

    The logits of a fact with key x are Y W x, where Y holds all values, and the loss is the
    cross-entropy; only W learns. Facts fall into classes of one octave of ranks: 1, 2-3, 4-7, ...
    For every learning rate, trial and class, these are kept: the probability of a wrong value over
    the steps, and where the overall error, by frequency, first is below 1/4; the steps until that
    of the class is below 1/2; the loss at the end. `best` is the rate of the least loss. Its steps
    can be so large that facts of all frequencies are learnt within a few, so that speeds are
    compared at the rate `fine`.

    The theory, `neuromem.theory.heavy_tail`, is for orthonormal keys and values (one-hot,
    rotated), SGD and Muon. Adam and crowded vectors are only simulated: there Muon is still the
    soonest, but at equal overall error no fairer than Adam.
    """
    for optimiser in optimisers:
        checks.choice("optimisers", optimiser, _optimisers())
    for embedding in embeddings:
        checks.choice("embeddings", embedding, EMBEDDINGS)
    for rate in rates:
        checks.real("rates", rate, above=0, way_out="give learning rates such as 0.1,1")
    fixed = {
        "facts": checks.whole("facts", facts, least=2 * CROWDING),
        "exponent": checks.real("exponent", exponent, least=0),
        "batch": checks.whole("batch", batch, least=0),
        "steps": checks.whole("steps", steps),
    }
    checks.fits("steps", 8 * (steps + 1) * facts, "take fewer steps or facts")
    dims = {"embedding": embeddings, "optimiser": optimisers, "rate": rates}
    data = sweep.grid(point, dims, trials=trials, seed=seed, fixed=fixed, title="heavy tail")
    ranks = np.split(np.arange(1, facts + 1), np.flatnonzero(np.diff(octaves(facts))) + 1)
    frequency = [theory.frequencies(facts, exponent)[one - 1].mean() for one in ranks]
    names = [f"{one[0]}-{one[-1]}" if len(one) > 1 else str(one[0]) for one in ranks]
    data = data.assign_coords({"class": names, "frequency": ("class", frequency), "step": looks(steps)})
    first = data.learnt.isel({"class": 0}).fillna(np.inf).median("trial")
    data["fine"] = data.rate.where(first >= FINE).max("rate").fillna(data.rate.min())
    data["best"] = data.loss.fillna(np.inf).median("trial").idxmin("rate")
    data.compared.attrs["overall"] = OVERALL
    return data


def summary(data: xr.Dataset) -> Table:
    """Return a table of the steps until three classes are learnt, and their errors at the end."""
    from rich import box
    from rich.table import Table

    classes = data["class"].values[[0, data.sizes["class"] // 2, -1]]
    most = results.parameters(data)["steps"]
    table = Table(
        title="steps until half right, and error at the best rate, of facts of rank ...",
        caption=f"median over {data.sizes['trial']} trials; steps at the rate where rank 1 takes {FINE} or more",
        box=box.SIMPLE,
    )
    for head in ("embedding", "optimiser", *(f"{ranks}\nsteps" for ranks in classes), *(f"{r}\nerror" for r in classes)):
        table.add_column(head, justify="left" if head in ("embedding", "optimiser") else "right", no_wrap=True)
    for embedding in data.embedding.values:
        for optimiser in data.optimiser.values:
            one = data.sel({"embedding": embedding, "optimiser": optimiser, "class": classes})
            learnt = one.learnt.sel(rate=one.fine).fillna(np.inf).median("trial").values
            wrong = one.wrong.sel(rate=one.best).isel(step=-1).median("trial").values
            steps = [f"{number:.0f}" if np.isfinite(number) else f"> {most}" for number in learnt]
            errors = [f"{error:.3f}" for error in wrong]
            table.add_row(str(embedding), str(optimiser), *steps, *errors)
        table.add_section()
    return table
