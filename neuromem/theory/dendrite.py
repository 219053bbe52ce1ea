"""How reliably a dendrite of a few synapses recognises a sparse pattern of active cells.

A dendrite holds s synapses onto active cells of a pattern with a of n cells active, and detects when theta or more of the
synapses see an active cell.

    false positive   P = sum_(b >= theta) C(s, b) C(n - s, a - b) / C(n, a)         another random pattern        (1)
    false negative   P = sum_(b > s - theta) C(s, b) C(a - s, v - b) / C(a, v)      v of its a cells replaced     (2)
    M dendrites      P_M = 1 - (1 - P)^M                                            any of them                   (3)
    union            n (1 - (1 - a / n)^M)                                          cells that M patterns share   (4)

Both sums are tails of a hypergeometric law, summed from logarithms, so that 1e-300 is right to ten digits; the log_
functions go on below that. Cells of a union need not be whole.
Ahmad & Hawkins (2016, arXiv:1601.00720); Hawkins & Ahmad (2016, Front. Neural Circuits 10:23).
"""

from __future__ import annotations

import math

import numpy as np
from scipy.special import gammaln, logsumexp

from neuromem.checks import refusal


def _log_choose(n: float | np.ndarray, k: float | np.ndarray) -> np.ndarray:
    return gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)


def _log_tail(population: float, marked: float, drawn: float, least: int) -> float:
    """ln P(`least` or more of the marked are drawn), each draw of `drawn` from the population being equally likely."""
    low, high = max(least, math.ceil(drawn - (population - marked))), math.floor(min(marked, drawn))
    if least <= drawn - (population - marked):
        return 0.0
    b = np.arange(low, high + 1)
    if not b.size:
        return -math.inf
    terms = _log_choose(marked, b) + _log_choose(population - marked, drawn - b) - _log_choose(population, drawn)
    return min(float(logsumexp(terms)), 0.0)


def _sizes(active: float, cells: float, synapses: float, threshold: int) -> None:
    for name, value, most, what in (
        ("active", active, cells, "the cells"),
        ("synapses", synapses, cells, "the cells"),
        ("threshold", threshold, synapses, "the synapses"),
    ):
        if not 0 < value <= most:
            raise refusal(name, f"be above 0 and at most {most:g}, {what} there are", f"was {value}")


def log_false_positive(cells: int, active: float, synapses: float, threshold: int) -> float:
    """Natural logarithm of `false_positive`."""
    _sizes(active, cells, synapses, threshold)
    return _log_tail(cells, synapses, active, threshold)


def false_positive(cells: int, active: float, synapses: float, threshold: int) -> float:
    """Probability that a random pattern of `active` among `cells` is taken for the stored one, equation (1).

    >>> f"{false_positive(100_000, 2000, 10, 10):.3e}"
    '1.002e-17'
    """
    return math.exp(log_false_positive(cells, active, synapses, threshold))


def log_false_negative(active: int, synapses: int, threshold: int, replaced: int) -> float:
    """Natural logarithm of `false_negative`."""
    if synapses > active:
        raise refusal("synapses", f"be at most {active}, the active cells", f"was {synapses}")
    _sizes(active, active, synapses, threshold)
    if not 0 <= replaced <= active:
        raise refusal("replaced", f"be from 0 to {active}, the active cells", f"was {replaced}")
    return _log_tail(active, synapses, replaced, synapses - threshold + 1)


def false_negative(active: int, synapses: int, threshold: int, replaced: int) -> float:
    """Probability that the stored pattern is missed when `replaced` of its `active` cells are others, equation (2).

    The replacing cells have no synapse on the dendrite.

    >>> round(false_negative(128, 30, 12, 64), 4)
    0.0717
    """
    return math.exp(log_false_negative(active, synapses, threshold, replaced))


def any_false_positive(probability: float, dendrites: int) -> float:
    """Probability that at least one of `dendrites` independent ones is wrong, equation (3); at most their sum.

    >>> round(any_false_positive(1e-20, 1000) / 1e-17, 6)
    1.0
    """
    return -math.expm1(dendrites * math.log1p(-probability)) if probability < 1 else 1.0


def union(cells: int, active: float, patterns: int) -> float:
    """Cells active in at least one of `patterns` random ones, equation (4): use it as `active` or as `synapses` above.

    >>> round(union(1000, 30, 10), 1)
    262.6
    """
    return -cells * math.expm1(patterns * math.log1p(-active / cells)) if active < cells else float(cells)
