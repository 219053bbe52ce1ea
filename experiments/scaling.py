"""How fast does the error of an associative memory fall with its size, and with the examples?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import xarray as xr

from neuromem import checks, results, sweep
from neuromem.theory import scaling as theory

if TYPE_CHECKING:
    from rich.table import Table

QUICK = {"number": 2000, "sizes": (16, 32, 64, 128), "trials": 2}
VARIABLES = {
    "missed": ("share of questions answered wrongly, the tail beyond the items among them", "1"),
    "slope": ("exponent of the error in d, fitted over the sizes", "1"),
    "theory_slope": ("exponent of the error in d, theory", "1"),
    "unseen": ("share of questions about items not among T examples", "1"),
    "theory_unseen": ("the same, expected", "1"),
    "size": ("d, numbers of a code", "1"),
    "examples": ("T, examples seen", "1"),
}
EXAMPLES = (10, 30, 100, 300, 1000, 3000, 10_000)
SHARE = 8  # of the d items that "most frequent" keeps, one in so many


def weights(scheme: str, p: np.ndarray, size: int, tail: float) -> np.ndarray:
    """Return q(x) of a scheme."""
    if scheme == "most frequent":
        return (np.arange(len(p)) < max(1, size // SHARE)).astype(float)
    return p ** theory.power(scheme, tail)


def wrong(scheme: str, p: np.ndarray, size: int, classes: int, tail: float, rng: np.random.Generator) -> float:
    """Return the error (1) of one draw of codes, over the items alone."""
    number = len(p)
    e = rng.standard_normal((number, size)) / size**0.5
    u = rng.standard_normal((classes, size))
    u /= np.linalg.norm(u, axis=1, keepdims=True)
    of = np.arange(number) % classes
    sums = np.zeros((classes, size))
    np.add.at(sums, of, weights(scheme, p, size, tail)[:, None] * e)
    scores = (u @ (u.T @ sums)) @ e.T  # u_y.W e_x
    return float(p[scores.argmax(0) != of].sum())


def point(*, seed: int, scheme: str, size: int, items: int, classes: int, tail: float) -> Mapping[str, Any]:
    """Return the error of one scheme at one size."""
    p = theory.frequencies(items, tail)
    return {"missed": wrong(scheme, p, size, classes, tail, np.random.default_rng(seed)) + 1 - p.sum()}


def seen(*, seed: int, items: int, tail: float) -> Mapping[str, Any]:
    """Draw examples, and return the probability of what was not among them."""
    p, rng = theory.frequencies(items, tail), np.random.default_rng(seed)
    drawn = rng.choice(items + 1, EXAMPLES[-1], p=np.r_[p, max(0.0, 1 - p.sum())])  # the last one is the tail
    left = [1 - p[np.unique(drawn[:number][drawn[:number] < items])].sum() for number in EXAMPLES]
    return {"unseen": ("examples", np.array(left))}


@results.experiment(VARIABLES)
def run(
    *,
    sizes: Annotated[tuple[int, ...], "Numbers d of a code; the matrix has d x d."] = (16, 32, 64, 128, 256, 512),
    number: Annotated[int, "Items, the most frequent ones of endlessly many."] = 10_000,
    classes: Annotated[int, "Classes M; item x is of class x mod M."] = 5,
    tail: Annotated[float, "Exponent a of the frequencies p ~ x^-a."] = 1.5,
    trials: Annotated[int, "Repetitions, each with other codes and examples."] = 5,
    seed: Annotated[int, "Seed of all random numbers."] = 0,
) -> xr.Dataset:
    """How fast does the error of an associative memory fall with its size, and with the examples?

    Items come with a heavy tail of frequencies. A matrix keeps the class of each under its random
    code, weighted in five ways; the error is that of all questions, with the tail beyond the items
    counted as wrong. Its exponent in d is fitted, and compared with the law; so is the share of
    questions about items that were not among T examples.
    """
    if len(sizes) < 2 or list(sizes) != sorted(set(sizes)):
        raise checks.refusal("sizes", "be at least two rising numbers", f"was {sizes}")
    for size in sizes:
        checks.whole("sizes", size)
    checks.whole("number", number)
    checks.whole("classes", classes, least=2, most=number)
    checks.real("tail", tail, above=1)
    checks.fits("number", 8 * (number * (2 * sizes[-1] + classes)), "give fewer items or smaller sizes")
    fixed = {"items": number, "classes": classes, "tail": tail}
    schemes = list(theory.SCHEMES)
    dims = {"scheme": schemes, "size": sizes}
    data = sweep.grid(point, dims, trials=trials, seed=seed, fixed=fixed, title="scaling")
    drawn = {"items": number, "tail": tail}
    data = data.merge(sweep.grid(seen, {}, trials=trials, seed=seed, fixed=drawn, title="examples"))
    fit = np.polyfit(np.log(sizes), np.log(data.missed.mean("trial").clip(1e-12).values.T), 1)[0]
    return data.assign(
        slope=("scheme", fit),
        theory_slope=("scheme", [theory.exponent(scheme, tail) for scheme in schemes]),
        theory_unseen=("examples", theory.unseen(np.array(EXAMPLES), number, tail)),
    ).assign_coords(examples=list(EXAMPLES))


def summary(data: xr.Dataset) -> Table:
    """Tabulate the error at each size, and its exponent beside the law."""
    from rich.table import Table

    table = Table(title="error of all questions")
    table.add_column("weights q")
    for size in data["size"].values:
        table.add_column(f"d={size}", justify="right")
    for head in ("exponent", "law"):
        table.add_column(head, justify="right")
    for scheme in data.scheme.values:
        one = data.sel(scheme=scheme)
        law = float(one.theory_slope)
        cells = [f"{error:.3g}" for error in one.missed.mean("trial").values]
        table.add_row(str(scheme), *cells, f"{float(one.slope):.2f}", "none" if np.isnan(law) else f"{law:.2f}")
    return table
