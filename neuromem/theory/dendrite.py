"""How reliably a dendrite of a few synapses recognises a sparse pattern of active cells.

A dendrite holds s synapses onto active cells of a pattern with a of n cells active. It detects a
pattern when theta or more of the synapses see an active cell.

    false positive   P = sum_(b >= theta) C(s, b) C(n - s, a - b) / C(n, a)                     (1)
    false negative   P = sum_(b > s - theta) C(s, b) C(a - s, v - b) / C(a, v)                  (2)
    M dendrites      P_M = 1 - (1 - P)^M                                                        (3)
    union            n (1 - (1 - a / n)^M)                                                      (4)

(1) is the probability that another random pattern is taken for the stored one, and (2) that the
stored pattern is missed when v of its a cells are replaced by others. (3) is that any of M
independent dendrites is wrong, and (4) is how many cells are active in at least one of M patterns.

Both sums are tails of a hypergeometric law, and are summed from logarithms, so that 1e-300 has as
many right digits as 0.1: ten for 10,000 cells, eight for 1,000,000 and five for 2,000,000,000. The
functions named log_.. go on below that. Cells of a union need not be whole.

References
----------
Ahmad, S. & Hawkins, J. (2016). How do neurons operate on sparse distributed representations?
arXiv:1601.00720.

Hawkins, J. & Ahmad, S. (2016). Why neurons have thousands of synapses. Frontiers in Neural Circuits
10, 23. https://doi.org/10.3389/fncir.2016.00023
"""

from __future__ import annotations

import math

import numpy as np
from scipy.special import gammaln, logsumexp

from neuromem import checks


def _log_choose(n: float | np.ndarray, k: float | np.ndarray) -> np.ndarray:
    return gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)


def _log_tail(population: float, marked: float, drawn: float, least: int) -> float:
    """ln P(`least` or more of the marked are among the drawn), all draws being equally likely."""
    low, high = max(least, math.ceil(drawn - (population - marked))), math.floor(min(marked, drawn))
    if least <= drawn - (population - marked):
        return 0.0
    b = np.arange(low, high + 1)
    if not b.size:
        return -math.inf
    terms = _log_choose(marked, b) + _log_choose(population - marked, drawn - b) - _log_choose(population, drawn)
    return min(float(logsumexp(terms)), 0.0)


def _segment(cells: float, synapses: float, threshold: int) -> tuple[float, int]:
    synapses = checks.real("synapses", synapses, above=0, most=cells)
    most = math.floor(synapses)
    if most < 1:
        raise checks.refusal("synapses", "be at least 1, to reach a threshold", f"was {synapses:g}")
    return synapses, checks.whole("threshold", threshold, most=most, way_out="it counts active synapses")


def log_false_positive(cells: int, active: float, synapses: float, threshold: int) -> float:
    """Return the natural logarithm of `false_positive`, which takes the same parameters.

    Parameters
    ----------
    cells : int
        Number n of cells.
    active : float
        Number a of active cells of the pattern shown.
    synapses : float
        Number s of synapses of the dendrite.
    threshold : int
        Number theta of active synapses at which it detects.

    Returns
    -------
    float

    Examples
    --------
    >>> round(log_false_positive(20_000, 200, 180, 170))
    -858
    """
    cells = checks.whole("cells", cells)
    active = checks.real("active", active, above=0, most=cells)
    synapses, threshold = _segment(cells, synapses, threshold)
    return _log_tail(cells, synapses, active, threshold)


def false_positive(cells: int, active: float, synapses: float, threshold: int) -> float:
    """Return the probability that a random pattern is taken for the stored one, equation (1).

    Parameters
    ----------
    cells : int
        Number n of cells.
    active : float
        Number a of active cells of the pattern shown.
    synapses : float
        Number s of synapses of the dendrite.
    threshold : int
        Number theta of active synapses at which it detects.

    Returns
    -------
    float

    Raises
    ------
    InputError
        If more cells are active or hold a synapse than there are, or more synapses must be active
        than there are.

    Examples
    --------
    >>> f"{false_positive(100_000, 2000, 10, 10):.3e}"
    '1.002e-17'
    """
    return math.exp(log_false_positive(cells, active, synapses, threshold))


def log_false_negative(active: int, synapses: int, threshold: int, replaced: int) -> float:
    """Return the natural logarithm of `false_negative`, which takes the same parameters.

    Parameters
    ----------
    active : int
        Number a of active cells of the stored pattern.
    synapses : int
        Number s of synapses of the dendrite, all onto these cells.
    threshold : int
        Number theta of active synapses at which it detects.
    replaced : int
        Number v of cells that are replaced.

    Returns
    -------
    float

    Examples
    --------
    >>> round(log_false_negative(128, 30, 12, 64), 3)
    -2.635
    """
    active = checks.whole("active", active)
    synapses = checks.whole("synapses", synapses, most=active, way_out="each synapse is onto an active cell")
    threshold = checks.whole("threshold", threshold, most=synapses, way_out="it counts active synapses")
    replaced = checks.whole("replaced", replaced, least=0, most=active, way_out="it counts active cells")
    return _log_tail(active, synapses, replaced, synapses - threshold + 1)


def false_negative(active: int, synapses: int, threshold: int, replaced: int) -> float:
    """Return the probability that the stored pattern is missed when some cells are others, (2).

    Parameters
    ----------
    active : int
        Number a of active cells of the stored pattern.
    synapses : int
        Number s of synapses of the dendrite, all onto these cells.
    threshold : int
        Number theta of active synapses at which it detects.
    replaced : int
        Number v of cells that are replaced; those in their place have no synapse on the dendrite.

    Returns
    -------
    float

    Raises
    ------
    InputError
        If a number is larger than what it counts.

    Examples
    --------
    >>> round(false_negative(128, 30, 12, 64), 4)
    0.0717
    """
    return math.exp(log_false_negative(active, synapses, threshold, replaced))


def any_false_positive(probability: float, dendrites: int) -> float:
    """Return the probability that at least one of several independent dendrites is wrong, (3).

    Parameters
    ----------
    probability : float
        That one dendrite is wrong.
    dendrites : int
        Number M of dendrites.

    Returns
    -------
    float
        At most `dendrites * probability`.

    Raises
    ------
    InputError
        If `probability` is not in [0, 1].

    Examples
    --------
    >>> round(any_false_positive(1e-20, 1000) / 1e-17, 6)
    1.0
    """
    probability = checks.fraction("probability", probability, way_out="give a probability")
    dendrites = checks.whole("dendrites", dendrites)
    return -math.expm1(dendrites * math.log1p(-probability)) if probability < 1 else 1.0


def union(cells: int, active: float, patterns: int) -> float:
    """Return the number of cells active in at least one of several random patterns, equation (4).

    Parameters
    ----------
    cells : int
        Number n of cells.
    active : float
        Number a of active cells of one pattern.
    patterns : int
        Number M of patterns.

    Returns
    -------
    float
        The mean, which can be given as `active` or as `synapses` to the functions above.

    Raises
    ------
    InputError
        If more cells are active than there are.

    Examples
    --------
    >>> round(union(1000, 30, 10), 1)
    262.6
    """
    cells, patterns = checks.whole("cells", cells), checks.whole("patterns", patterns)
    active = checks.real("active", active, above=0, most=cells)
    return -cells * math.expm1(patterns * math.log1p(-active / cells)) if active < cells else float(cells)
