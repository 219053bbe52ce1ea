"""Which published numbers does neuromem reproduce? Each claim is measured and gets a verdict."""

from __future__ import annotations

import inspect
import time
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import xarray as xr

from neuromem import checks, provenance, results, sweep
from neuromem.experiments.claims.claim import COSTS, LEDGER, Claim, Cost, measured
from neuromem.experiments.claims.ledger import families, ledger, select
from neuromem.experiments.claims.verdicts import STYLES, judged, ours, shown

if TYPE_CHECKING:
    from rich.table import Table

QUICK = {"cost": "instant"}
VARIABLES = {
    "published": ("published numbers", "as the claim says"),
    "within": ("how far ours may be off", "as the claim says"),
    "ours": ("numbers that neuromem gives", "as the claim says"),
    "standard_error": ("standard errors of ours", "as the claim says"),
    "independent": ("numbers computed without neuromem", "as the claim says"),
    "tested": ("whether this machine could measure it", "1"),
    "seconds": ("processor time to measure it", "s"),
}
LETTERS = 240  # of the reason why there is no number; a point returns numbers alone


def point(*, seed: int, claim: str, numbers: int, code: str) -> Mapping[str, Any]:
    """Measure one claim; rows are filled up with NaN to `numbers` numbers.

    An error of the measurement is kept as the reason why there is no number. The digest `code` of
    the ledger only makes the run another one where the ledger has changed.
    """
    one, started = ledger()[claim], time.process_time()
    columns = {name: np.full(numbers, np.nan) for name in ("ours", "standard_error", "independent")}
    why = one.missing()
    tested = not why
    if tested:
        try:
            for name, values in zip(columns, _numbers(one, seed), strict=True):
                columns[name][: len(values)] = values
        except MemoryError as error:
            tested, why = False, f"the memory of this machine is too small ({error})"
        except Exception as error:  # whatever it raises is the reason why neuromem gives no number
            why = f"{type(error).__name__}: {error}"
    letters = np.zeros(LETTERS)
    said = " ".join(why.split()).encode()[:LETTERS]
    letters[: len(said)] = list(said)
    return {
        **{name: ("number", column) for name, column in columns.items()},
        "tested": float(tested),
        "seconds": time.process_time() - started,
        "why": ("letter", letters),
    }


def _numbers(one: Claim, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Our numbers, their standard errors, and those of the calculation without neuromem."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what a memory warns of is what many claims are about
        return _measured(one, seed)


def _measured(one: Claim, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    found = measured(one.measure(seed=seed) if "seed" in inspect.signature(one.measure).parameters else one.measure())
    other = measured(one.independent()).values if one.independent else np.zeros(0)
    for values in (found.values, other):
        if len(values) != len(one.published) and values.size:
            must = f"give {len(one.published)} numbers, as published"
            raise checks.refusal(f"claim {one.id}", must, f"gave {len(values)}")
    return *found, other


@results.experiment(VARIABLES)
def run(
    *,
    names: Annotated[tuple[str, ...], "Ids or families of claims; all if none is given."] = (),
    cost: Annotated[str, "The most that a claim may cost: instant, seconds, minutes or hours."] = "seconds",
    seed: Annotated[int, "Seed of all random numbers."] = 0,
) -> xr.Dataset:
    """Which published numbers does neuromem reproduce?

    Each claim of the ledger is measured once, and gets one of four verdicts by rule: reproduced,
    not reproduced, published number wrong (where a calculation without neuromem agrees with
    ours), or not testable here.
    """
    ids = select(names, cost)
    if not ids:
        raise checks.refusal(
            "cost", "leave at least one claim", f"none of them costs at most {cost}", "raise it, or ask for others"
        )
    numbers = max(len(ledger()[i].published) for i in ids)
    code = provenance.digest(b"".join(path.read_bytes() for path in families()))
    fixed = {"numbers": numbers, "code": code}
    data = sweep.grid(point, {"claim": ids}, trials=1, seed=seed, fixed=fixed, title="claims").isel(trial=0)
    why = [bytes(int(letter) for letter in row if letter > 0).decode(errors="ignore") for row in data.why.values]
    if "error" in data:  # of a worker that died
        why = [str(error) or said for error, said in zip(data.error.values, why, strict=True)]
    now = {"why": why, "date": [time.strftime("%Y-%m-%d")] * len(ids), "version": [provenance.version()] * len(ids)}
    data = data.drop_vars(["why", "error"], errors="ignore").fillna({"tested": 0.0})
    return judged(data.assign_coords({name: ("claim", values) for name, values in now.items()}))


def summary(data: xr.Dataset) -> Table:
    """Claim, published number, ours with its standard error, verdict and seconds."""
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    counts = {said: int((data.verdict == said).sum()) for said in STYLES}
    title = ", ".join(f"{count} {said}" for said, count in counts.items() if count)
    table = Table(title=title, box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for head in ("claim", "statement", "published", "ours", "verdict", "s"):
        table.add_column(head, justify="right" if head == "s" else "left", no_wrap=head in ("claim", "verdict", "s"))
    for i in data.claim.values:
        row, one = data.sel(claim=i), ledger()[str(i)]
        said, reason = str(row.verdict.values), str(row.reason.values)
        statement = escape(one.statement) + (f" [dim]({escape(reason)})[/]" if reason else "")
        told = f"[{STYLES[said]}]{said}[/]"
        table.add_row(str(i), statement, shown(row.published.values, 3), ours(row, 3), told, f"{float(row.seconds):.1f}")
    return table


__all__ = ["COSTS", "LEDGER", "Claim", "Cost", "judged", "ledger", "point", "run", "select", "summary"]
