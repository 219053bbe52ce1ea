"""How fast are the kernels? Each beside what a user would write or run instead.

`ALL` maps the name of a suite, one a file, to its `measure(quick)`, which gives rows. Both sides of
a ratio are taken in one run.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple

import xarray as xr

from neuromem import results
from neuromem.catalogue import Catalogue

if TYPE_CHECKING:
    from rich.table import Table

ALL: Catalogue[Callable[..., Iterable[Row]]] = Catalogue(__name__, "suite", "measure")
VARIABLES = {
    "ours_s": ("time of neuromem", "s"),
    "other_s": ("time of the other", "s"),
    "ratio": ("other / ours", "1"),
    "goal": ("goal for the ratio", "1"),
    "note": ("what was compared", ""),
}


class Row(NamedTuple):
    """One comparison, with NaN for what was not measured or has no goal.

    Attributes
    ----------
    name : str
        What is compared.
    ours_s, other_s : float
        Seconds of neuromem and of the other.
    goal : float
        Goal for the ratio.
    note : str
        What was compared, or why it was not measured.
    """

    name: str
    ours_s: float = math.nan
    other_s: float = math.nan
    goal: float = math.nan
    note: str = ""

    @property
    def ratio(self) -> float:
        """Time of the other over ours: above 1 where ours is faster."""
        return self.other_s / self.ours_s


@results.experiment(VARIABLES)
def run(*, suite: str, quick: bool = False) -> xr.Dataset:
    """Measure the comparisons of a suite.

    Parameters
    ----------
    suite : str
        Name of the suite, one of `ALL`.
    quick : bool, default False
        Small sizes, to see that it runs; the goals are for the full ones.

    Returns
    -------
    Dataset
        A row is one comparison: seconds of ours and of the other, their ratio (other / ours), the
        goal for it, and a note that says what was compared. What could not be measured here, such
        as a peer that is not installed, is NaN, and its note says why.

    Raises
    ------
    InputError
        If there is no suite of that name.
    """
    rows = list(ALL.named(suite)(quick=quick))
    return xr.Dataset(
        {key: ("comparison", [getattr(row, key) for row in rows]) for key in VARIABLES},
        {"comparison": [row.name for row in rows]},
    )


def summary(data: xr.Dataset) -> Table:
    """Tabulate the comparisons, one a row."""
    from rich.table import Table

    table = Table(title=f"{results.parameters(data)['suite']}, on {data.attrs['machine']}")
    table.add_column("comparison")
    for name in ("ours, s", "other, s", "ratio", "goal"):
        table.add_column(name, justify="right", no_wrap=True)
    for at in range(data.sizes["comparison"]):
        row = data.isel(comparison=at)
        numbers = (f"{float(row[key]):.4g}" for key in ("ours_s", "other_s", "ratio", "goal"))
        table.add_row(f"{row.comparison.values}\n[dim]{row.note.values}[/dim]", *numbers)
    return table
