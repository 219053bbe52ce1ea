"""How fast are the kernels? Each beside what a user would write or run instead, ratios taken in one run.

`ALL` maps the name of a suite, one a file, to its `measure(quick) -> list of rows`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import xarray as xr

from neuromem import results
from neuromem.catalogue import Catalogue

if TYPE_CHECKING:
    from rich.table import Table

ALL = Catalogue(__name__, "suite", "measure")
COLUMNS = ("ours_s", "other_s", "ratio", "goal")
VARIABLES = {
    "ours_s": ("time of neuromem", "s"),
    "other_s": ("time of the other", "s"),
    "ratio": ("other / ours", "1"),
    "goal": ("goal for the ratio", "1"),
    "note": ("what was compared", ""),
}


@results.experiment(VARIABLES)
def run(*, suite: str, quick: bool = False) -> xr.Dataset:
    """The comparisons of a suite.

    Parameters
    ----------
    suite : str
        Name of the suite, one of `ALL`.
    quick : bool, default False
        Small sizes, to see that it runs; the goals are for the full ones.

    Returns
    -------
    Dataset
        A row is one comparison: seconds of ours and of the other, their ratio (other / ours), the goal for it, and a note
        that says what was compared. What could not be measured here, such as a peer that is not installed, is NaN, and its
        note says why.

    Raises
    ------
    InputError
        If there is no suite of that name.
    """
    rows = ALL.named(suite)(quick=quick)
    return xr.Dataset(
        {key: ("comparison", [float(row.get(key) or "nan") for row in rows]) for key in COLUMNS}
        | {"note": ("comparison", [str(row.get("note", "")) for row in rows])},
        {"comparison": [row["name"] for row in rows]},
    )


def summary(data: xr.Dataset) -> Table:
    """The comparisons, one a row."""
    from rich.table import Table

    table = Table(title=f"{results.parameters(data)['suite']}, on {data.attrs['machine']}")
    table.add_column("comparison")
    for name in ("ours, s", "other, s", "ratio", "goal"):
        table.add_column(name, justify="right", no_wrap=True)
    for at in range(data.sizes["comparison"]):
        row = data.isel(comparison=at)
        table.add_row(
            f"{row.comparison.values}\n[dim]{row.note.values}[/dim]", *(f"{float(row[key]):.4g}" for key in COLUMNS)
        )
    return table
