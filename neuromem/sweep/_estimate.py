"""What a grid will take, judged by a few of its points."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ._table import Table
from ._tasks import Point, Task, compute

LOOK = 8.0  # seconds of points that are computed for an estimate
PATIENCE = 4  # times as much for the first two, as the first one compiles


@dataclass(frozen=True)
class Estimate:
    """How long the points of a grid will take, and the memory for them.

    Parameters
    ----------
    title : str
        What the grid is called.
    points : int
        Points that are left.
    pace : float
        Mean seconds of a point, infinite where none is measured.
    measured : int
        Points that were computed to know.
    cores : int
        Processes that share the work.
    bytes : float
        Memory of all processes.
    """

    title: str
    points: int
    pace: float
    measured: int
    cores: int
    bytes: float

    @property
    def seconds(self) -> float:
        """Time for all points, if those that were measured are like the others."""
        return self.pace * self.points / max(1, min(self.cores, self.points))

    def __str__(self) -> str:
        if math.isinf(self.pace):
            return f"{self.title}: {self.points:,} points"
        cores = "1 core" if self.cores == 1 else f"{self.cores} cores"
        most = "at most " if self.measured == 1 < self.points else ""  # the first one compiles, too
        return (
            f"{self.title}: {self.points:,} points; estimated from {self.measured} of them, "
            f"{most}{spoken(self.seconds)} on {cores} and {self.bytes / 1e9:.1f} GB of memory"
        )


def spoken(seconds: float) -> str:
    """Say a time as one would: 40 s, 3 min, 2.5 h."""
    if seconds < 1:
        return "less than a second"
    for unit, size in (("s", 1), ("min", 60), ("h", 3600)):
        if seconds < 90 * size:
            return f"{seconds / size:.2g} {unit}" if seconds < 10 * size else f"{seconds / size:.0f} {unit}"
    return f"{seconds / 3600:,.0f} h"


def look(title: str, point: Point, tasks: list[Task], fixed: Mapping[str, Any], cores: int, table: Table) -> Estimate:
    """Compute points for some seconds, put them into the table, and return the estimate.

    The first one compiles, and counts only if there is no other.
    """
    paces: list[float] = []
    end = time.monotonic() + LOOK
    for task in tasks:
        start = time.monotonic()
        for one, values in compute([task], point, fixed):
            table.put(one.cell, values)
        paces.append(time.monotonic() - start)
        if time.monotonic() > end + (len(paces) == 1) * PATIENCE * LOOK:
            break
    pace = statistics.fmean(paces[1:] or paces or [0.0])
    return Estimate(title, len(tasks), pace, len(paces), cores, held(table, cores))


def held(table: Table, cores: int) -> float:
    """Return the bytes of the table, and of so many processes like this one without it."""
    import psutil  # 30 ms, which --help need not wait for

    values = 8 * table.done.size * sum(math.prod(array.shape[table.done.ndim :]) for _, array in table.values.values())
    return float(values + cores * max(psutil.Process().memory_info().rss - values, 0))
