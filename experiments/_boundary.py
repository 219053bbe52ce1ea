"""Where retrieval ends in a measured map, with its standard error."""

from __future__ import annotations

import numpy as np
import xarray as xr

from neuromem import checks
from neuromem.experiments._spread import standard_error


def boundary(data: xr.Dataset, variable: str = "overlap") -> xr.Dataset:
    """Find the load at which half of the runs still recall, as Spearman and Kärber find thresholds.

    With r_k the share of runs of a trial that end above `data.recalled` at load k of the map, and
    w_k the width of its cell,

        a = sum_k r_k w_k                                                                      (1)

    is the mean load at which runs cease to recall; nothing counts as recalled beyond the map.
    Trials have items of their own, so that their a give the standard error of the mean.

    Parameters
    ----------
    data : Dataset
        A map of `phase_diagram` over the load.
    variable : str, default "overlap"
        The overlap in the map; "heated" for the temperatures of `models` and of learning.

    Returns
    -------
    Dataset
        `load`, the mean of (1) over trials, and `error`, its standard error, along all other
        settings of the map. Both are NaN where less than half of the runs recall at the smallest
        load, or more than half at the largest; `error` is NaN for a single trial.

    Raises
    ------
    InputError
        If the data hold no such map.

    References
    ----------
    Kärber, G. (1931). Beitrag zur kollektiven Behandlung pharmakologischer Reihenversuche. Arch.
    Exp. Pathol. Pharmakol. 162, 480. https://doi.org/10.1007/BF01863914

    Examples
    --------
    >>> overlap = ("load", "trial", "temperature"), [[[1.0], [1.0]], [[0.9], [0.2]], [[0.1], [0.0]]]
    >>> loads = {"load": [0.1, 0.3, 0.5], "temperature": [0.5], "recalled": 0.5}
    >>> found = boundary(xr.Dataset({"overlap": overlap}, loads))
    >>> found["load"].values.round(2).tolist(), found.error.values.round(2).tolist()
    ([0.3], [0.1])
    """
    checks.instance("data", data, xr.Dataset)
    values = data.get(variable)
    dims = {"load", "trial"} & set(() if values is None else values.dims)
    if values is None or len(dims) < 2 or values.sizes["load"] < 2 or "recalled" not in data.coords:
        way_out = "make one with nm.experiments.phase_diagram.run(network='hopfield')"
        raise checks.refusal("data", f"hold {variable} over several loads", f"holds {', '.join(map(str, data))}", way_out)
    runs = [dim for dim in ("start", "replica") if dim in values.dims]
    recalled = (values > data.recalled).where(values.notnull()).mean(runs)
    loads = data["load"].values
    middles = (loads[1:] + loads[:-1]) / 2
    widths = xr.DataArray(np.diff([0.0, *middles, 2 * loads[-1] - middles[-1]]), dims="load")
    ends = (recalled * widths).sum("load")  # (1)
    share = recalled.mean("trial")
    inside = (share.isel(load=0, drop=True) >= 0.5) & (share.isel(load=-1, drop=True) <= 0.5)
    found = xr.Dataset({"load": ends.mean("trial"), "error": standard_error(ends)}).where(inside)
    found["load"].attrs.update(long_name="load at which half of the runs recall", units="1")
    return found
