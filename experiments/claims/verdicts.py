"""Verdicts: what the measured numbers say of the published ones, now and in earlier runs."""

from __future__ import annotations

import json

import numpy as np
import xarray as xr

from neuromem.experiments.claims.claim import NOT_REPRODUCED, NOT_TESTABLE, REPRODUCED, WRONG, Claim, Measured
from neuromem.experiments.claims.ledger import ledger

STYLES = {REPRODUCED: "green", NOT_REPRODUCED: "red", WRONG: "yellow", NOT_TESTABLE: "dim"}
NOISY = "three standard errors of ours are more than it may be off: more trials are needed"

History = dict[str, list[dict[str, str]]]


def judged(data: xr.Dataset) -> xr.Dataset:
    """Put the published numbers and the verdicts beside what was measured.

    Parameters
    ----------
    data : Dataset
        Of each claim what was measured: `ours`, `standard_error`, `independent`, `tested`,
        `seconds`, and why there is no number.

    Returns
    -------
    Dataset
        With `published` and `within`, and the coordinates `family`, `verdict` and `reason`.
    """
    chosen, numbers = [ledger()[str(i)] for i in data.claim.values], data.sizes["number"]
    rows = {
        name: [[*getattr(one, name), *[np.nan] * (numbers - len(one.published))] for one in chosen]
        for name in ("published", "within")
    }
    data = data.assign({name: (("claim", "number"), values) for name, values in rows.items()})
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
        What was measured of the claim.
    claim : Claim
        The claim.

    Returns
    -------
    str
        One of the four verdicts.
    """
    if not row.tested:
        return NOT_TESTABLE
    count = len(claim.published)
    independent = row.independent.values[:count] if claim.independent else np.full(count, np.nan)
    found = Measured(row.ours.values[:count], row.standard_error.values[:count])
    return claim.verdict(found, None if np.isnan(independent).any() else independent)


def _reason(row: xr.Dataset, claim: Claim) -> str:
    """Why a claim was not tested or has no number, or what explains that ours is another one."""
    said = verdict(row, claim)
    if str(row.why.values) or said == REPRODUCED:
        return str(row.why.values)
    return NOISY if said == NOT_TESTABLE else claim.note


def merged(data: xr.Dataset, before: xr.Dataset | None) -> xr.Dataset:
    """The result with the claims of an earlier one that it lacks, and the history of all verdicts.

    Parameters
    ----------
    data : Dataset
        This run's result.
    before : Dataset or None
        An earlier result.

    Returns
    -------
    Dataset
        The latest measurement of every claim, each with its date and version, in the ledger's
        order; and `history` as JSON.
    """
    told = history(data, before)
    known, now = ledger(), {str(i) for i in data.claim.values}
    if before is not None:
        old = [str(i) for i in before.claim.values if str(i) in known and str(i) not in now]
        numbers = max(len(known[i].published) for i in [*now, *old])
        parts = [_wide(part, numbers) for part in (before.sel(claim=old), data)]
        whole = xr.concat(parts, "claim", coords="minimal", compat="override", combine_attrs="override")
        data = judged(whole.sel(claim=[i for i in known if i in {*now, *old}])).assign_attrs(data.attrs)
    return data.assign_attrs(history=json.dumps({i: entries for i, entries in told.items() if i in known}))


def _wide(data: xr.Dataset, numbers: int) -> xr.Dataset:
    more = max(0, numbers - data.sizes["number"])
    return data.pad(number=(0, more)).isel(number=slice(numbers))


def history(data: xr.Dataset, before: xr.Dataset | None) -> History:
    """The verdicts on each claim, run by run: those of the result before, then that of `data`.

    Parameters
    ----------
    data : Dataset
        This run's result.
    before : Dataset or None
        An earlier result.

    Returns
    -------
    dict
        By claim, a list of {"date", "version", "verdict"}, oldest first; of equal verdicts of the
        same version the latest.
    """
    kept: History = json.loads(before.attrs.get("history", "{}")) if before is not None else {}
    for one in data.claim.values:
        row, entries = data.sel(claim=one), kept.get(str(one), [])
        entry = {name: str(row[name].values) for name in ("date", "version", "verdict")}
        if entries and all(entries[-1][name] == entry[name] for name in ("version", "verdict")):
            entries = entries[:-1]
        kept[str(one)] = [*entries, entry]
    return kept


def shown(values: np.ndarray, most: int | None = None) -> str:
    """The first `most` numbers as people write them, separated by commas, without NaN."""
    known = [f"{value:.5g}" for value in np.atleast_1d(values) if not np.isnan(value)]
    return ", ".join(known[:most]) + (" ..." if len(known) > (most or len(known)) else "")


def ours(row: xr.Dataset, most: int | None = None) -> str:
    """Our numbers with their standard errors, where they have any."""
    errors = row.standard_error.values
    noise = [f"{error:.1g}" for error in np.atleast_1d(errors) if not np.isnan(error)]
    return shown(row.ours.values, most) + (f" ± {', '.join(noise[:most])}" if np.nansum(errors) else "")
