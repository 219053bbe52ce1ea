"""How fast are the kernels? Each beside what a user would write or run instead, ratios taken in one run."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Annotated, Literal

import xarray as xr

from neuromem import results

if TYPE_CHECKING:
    from rich.table import Table

QUICK = {"small": True}
VARIABLES = {
    "ours_s": ("time of neuromem", "s"),
    "other_s": ("time of the other", "s"),
    "ratio": ("other / ours", "1"),
    "goal": ("goal for the ratio", "1"),
}
COLUMNS = ("ours_s", "other_s", "ratio", "goal")


@results.experiment(VARIABLES)
def run(
    *,
    suite: Annotated[
        Literal["start", "glauber", "spiking", "sparsey", "sparse", "layers", "cuda"], "Family of kernels to measure."
    ] = "start",
    small: Annotated[bool, "Small sizes, to see that it runs; the goals are for the full ones."] = False,
) -> xr.Dataset:
    """How fast are the kernels? Each beside what a user would write or run instead, ratios taken in one run.

    A row is one comparison: seconds of ours and of the other, their ratio (other / ours), the goal for it, and a note that
    says what was compared. What could not be measured here (a peer that is not installed) is NaN, its note says why.
    """
    rows = importlib.import_module(f"._bench_{suite}", __package__).measure(quick=small)
    data = xr.Dataset(
        {key: ("comparison", [float(row.get(key) or "nan") for row in rows]) for key in COLUMNS}
        | {"note": ("comparison", [str(row.get("note", "")) for row in rows])},
        {"comparison": [row["name"] for row in rows]},
    )
    return data


def summary(data: xr.Dataset) -> Table:
    """The comparisons, one a row."""
    from rich.table import Table

    table = Table(title=f"benchmark on {data.attrs['machine']}")
    table.add_column("comparison")
    for name in ("ours, s", "other, s", "ratio", "goal"):
        table.add_column(name, justify="right", no_wrap=True)
    for at in range(data.sizes["comparison"]):
        row = data.isel(comparison=at)
        table.add_row(
            f"{row.comparison.values}\n[dim]{row.note.values}[/dim]", *(f"{float(row[key]):.4g}" for key in COLUMNS)
        )
    return table
