"""The claims measured, with a file of their numbers and a page that anybody can open."""

from __future__ import annotations

import os
from pathlib import Path

import xarray as xr

from neuromem import checks, results, sweep
from neuromem.experiments import claims
from neuromem.experiments.claims import page
from neuromem.experiments.claims.verdicts import merged

COMMITTED = Path(__file__).parents[2] / "figures" / "reproduce.nc"  # in a checkout; the wheel has no results


def reproduce(
    names: tuple[str, ...] = (),
    *,
    cost: str | None = None,
    out: str | os.PathLike[str] = "results",
    seed: int = 0,
    workers: int | None = None,
    scheduler: str | None = None,
    resume: bool = False,
) -> xr.Dataset:
    """Measure claims of the field; write reproduce.nc and the page reproduce.html.

    Claims that an earlier run has measured stay in both files, each with its date and version.

    Parameters
    ----------
    names : tuple of str
        Ids or families; none of them asks for all claims.
    cost : {"instant", "seconds", "minutes", "hours"}, optional
        The most that a claim may cost; "hours" where names are given, else "seconds".
    out : path, default "results"
        Folder of both files.
    seed : int, default 0
        Seed of all random numbers.
    workers : int, optional
        Processes on this machine; one a core by default.
    scheduler : str, optional
        Address of a Dask scheduler to run on.
    resume : bool, default False
        Whether to finish a run that was stopped.

    Returns
    -------
    Dataset
        What was measured now, with its verdicts.

    Raises
    ------
    InputError
        If a name or the cost is unknown, or the folder holds files of others.
    """
    file, web, store = (checks.path("out", out) / f"reproduce{suffix}" for suffix in (".nc", ".html", ".zarr"))
    with sweep.on(scheduler=scheduler, workers=workers, store=store, resume=resume):
        results.vacant(file)
        results.vacant(web)
        data = claims.run(names=names, cost=cost or ("hours" if names else "seconds"), seed=seed)
        before = next((results.load(one) for one in (file, COMMITTED) if one.exists()), None)
        whole = merged(data, before)
        results.save(whole, file)
        results.write_whole(web, lambda beside: beside.write_text(page.page(whole), encoding="utf-8"))
        sweep.clear(store)
    return data
