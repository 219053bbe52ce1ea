"""Which published numbers does neuromem reproduce? Every claim is measured, and a verdict follows from its number."""

from __future__ import annotations

import inspect
import json
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import xarray as xr

from neuromem import checks, results, sweep
from neuromem.experiments.claims.claim import NOT_REPRODUCED, NOT_TESTABLE, REPRODUCED, WRONG, Claim, Measured, measured
from neuromem.experiments.claims.ledger import ledger, select
from neuromem.experiments.claims.page import ours, shown

if TYPE_CHECKING:
    from rich.table import Table

QUICK = {"cost": "instant"}
VARIABLES = {
    "published": ("published numbers", "as the claim says"),
    "within": ("how far ours may be off", "as the claim says"),
    "ours": ("numbers that neuromem gives", "as the claim says"),
    "standard_error": ("standard errors of ours", "as the claim says"),
    "independent": ("numbers computed without neuromem", "as the claim says"),
    "seconds": ("time to measure", "s"),
}
STYLES = {REPRODUCED: "green", NOT_REPRODUCED: "red", WRONG: "yellow", NOT_TESTABLE: "dim"}


def point(*, seed: int, claim: str, numbers: int) -> Mapping[str, Any]:
    """Measure one claim; rows are filled up with NaN to `numbers` numbers."""
    one, started = ledger()[claim], time.monotonic()
    nothing = np.full(numbers, np.nan)
    ours, errors, independent = nothing.copy(), nothing.copy(), nothing.copy()
    if not one.missing():
        takes_seed = "seed" in inspect.signature(one.measure).parameters
        found = measured(one.measure(seed=seed) if takes_seed else one.measure())
        count = len(one.published)
        if len(found.values) != count:
            raise checks.refusal(f"claim {claim}", f"give {count} numbers, as published", f"gave {len(found.values)}")
        ours[:count], errors[:count] = found
        if one.independent:
            independent[:count] = measured(one.independent()).values
    columns = {"ours": ours, "standard_error": errors, "independent": independent}
    return {
        **{name: ("number", column) for name, column in columns.items()},
        "seconds": time.monotonic() - started,
    }


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
    chosen = [ledger()[i] for i in ids]
    numbers = max(len(one.published) for one in chosen)
    data = sweep.grid(point, {"claim": ids}, trials=1, seed=seed, fixed={"numbers": numbers}, title="claims").isel(trial=0)
    rows = [[*one.published, *[np.nan] * (numbers - len(one.published))] for one in chosen]
    allowed = [[*one.within, *[np.nan] * (numbers - len(one.within))] for one in chosen]
    data = data.assign(published=(("claim", "number"), rows), within=(("claim", "number"), allowed))
    texts = {
        "family": [one.family for one in chosen],
        "verdict": [verdict(data.sel(claim=one.id), one) for one in chosen],
        "reason": [_reason(data.sel(claim=one.id), one) for one in chosen],
    }
    return data.assign_coords({name: ("claim", values) for name, values in texts.items()})


def verdict(row: xr.Dataset, claim: Claim) -> str:
    """The verdict on a claim, from its row of the result.

    Parameters
    ----------
    row : Dataset
        The result at the claim.
    claim : Claim
        The claim.

    Returns
    -------
    str
        One of the four verdicts.
    """
    count = len(claim.published)
    ours = Measured(row.ours.values[:count], row.standard_error.values[:count])
    independent = row.independent.values[:count]
    return claim.verdict(ours, None if np.isnan(independent).any() else independent)


def _reason(row: xr.Dataset, claim: Claim) -> str:
    """Why a claim was not tested, or the error that its measurement raised."""
    error = str(row.error.values) if "error" in row else ""
    if error or claim.missing():
        return error or claim.missing()
    count = len(claim.published)
    noisy = bool((3 * row.standard_error.values[:count] > np.asarray(claim.within)).any())
    return "three standard errors of ours are more than it may be off" if noisy else ""


def history(data: xr.Dataset, before: xr.Dataset | None) -> dict[str, list[dict[str, str]]]:
    """The verdicts on each claim, run by run: those that the result before had, and that of `data` added.

    Parameters
    ----------
    data : Dataset
        This run's result.
    before : Dataset or None
        An earlier result.

    Returns
    -------
    dict
        By claim, a list of {"date", "version", "verdict"}, oldest first.
    """
    kept: dict[str, list[dict[str, str]]] = json.loads(before.attrs.get("history", "{}")) if before is not None else {}
    version = json.loads(data.attrs["versions"])["neuromem"]
    for one, said in zip(data.claim.values, data.verdict.values, strict=True):
        entry = {"date": time.strftime("%Y-%m-%d"), "version": version, "verdict": str(said)}
        kept[str(one)] = [*kept.get(str(one), []), entry]
    return kept


def summary(data: xr.Dataset) -> Table:
    """Claim, published number, ours with its standard error, verdict and seconds."""
    from rich import box
    from rich.table import Table

    counts = {said: int((data.verdict == said).sum()) for said in STYLES}
    title = ", ".join(f"{count} {said}" for said, count in counts.items() if count)
    table = Table(title=title, box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for head in ("claim", "statement", "published", "ours", "verdict", "s"):
        table.add_column(head, justify="right" if head == "s" else "left", no_wrap=head in ("claim", "verdict", "s"))
    for i in data.claim.values:
        row, one = data.sel(claim=i), ledger()[str(i)]
        said = str(row.verdict.values)
        told = f"[{STYLES[said]}]{said}[/]"
        table.add_row(str(i), one.statement, shown(row.published.values), ours(row), told, f"{float(row.seconds):.1f}")
    return table
