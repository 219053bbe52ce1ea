"""How many items a load is, bounded where no memory could hold them."""

from __future__ import annotations

import contextlib
import math

from neuromem import checks


def stored_at(load: float, units: int, order: int = 2, *, least: int = 1, distinct: bool = False) -> int:
    """Return the number of items at a load K / N^(P-1), or K (P-1)! / N^(P-1) for distinct units.

    It is at least `least`, and `checks.LARGEST` where float64 does not hold it, so that whoever
    makes the items refuses them by name.
    """
    with contextlib.suppress(OverflowError):
        ways = float(units) ** (order - 1) / (math.gamma(order) if distinct else 1)
        return max(least, round(min(float(load) * ways, checks.LARGEST)))
    return checks.LARGEST if load else least
