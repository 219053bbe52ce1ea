"""Clipped Hebbian (Willshaw) memory: fill, errors, information a synapse, best size.

M random pairs are stored, with k of n key units and l of m value units active; w_ij = 1 iff some
pair has both i and j active. A cue has z right active key units and no wrong one; a value unit is
recalled iff all z synapses from the cue are set.

    fill         p = 1 - (1 - k l / (n m))^M                                                   (1)
    mean field   P(a silent unit is recalled) = p^z                                            (2)
    exactly      P = sum_r Bin(r; M - 1, l / m) c_r(z)                                         (3)

c_r(z) is the chance that r random keys cover the z cued units: a silent unit has been active in r
other pairs. Mean field gives every unit the same r, and P is too low. In auto-association
(`auto`) the values are the keys, and (1, 3) hold between different units, with k - 1 of n - 1 in
place of k of n.

Willshaw, Buneman & Longuet-Higgins (1969, Nature 222:960); Palm (1980, Biol. Cybern. 36:19); the
mixture (3) is after Buckingham & Willshaw (1992, Network 3:407), who take the units of a key as
independent.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.special import xlogy
from scipy.stats import binom, hypergeom

from neuromem import checks

LIMIT = math.log(2)  # bits a synapse of a large hetero-associative memory at fill 1/2
WORK = 1e10  # operations of the sum (3): some seconds


def _sizes(units: int, active: int, value_units: int | None, value_active: int | None) -> tuple[int, int, int, int]:
    """n, k, m and l: the units of a key and its active ones, and those of a value."""
    units = checks.whole("units", units)
    m = units if value_units is None else checks.whole("value_units", value_units)
    active = checks.whole("active", active, most=units)
    own = active if value_active is None else value_active
    return units, active, m, checks.whole("active" if value_active is None else "value_active", own, most=m)


def _joint(units: int, active: int, value_units: int | None, value_active: int | None, auto: bool) -> float:
    """The probability that one pair sets a given synapse."""
    units, active, m, own = _sizes(units, active, value_units, value_active)
    if checks.flag("auto", auto):
        return active * (active - 1) / (checks.whole("units", units, least=2) * (units - 1))
    return active * own / (units * m)


def fill(
    stored: float,
    units: int,
    active: int,
    *,
    value_units: int | None = None,
    value_active: int | None = None,
    auto: bool = False,
) -> float:
    """Return the fraction of the synapses that random pairs have set, equation (1).

    Parameters
    ----------
    stored : float
        Number of pairs stored, M.
    units, active : int
        Units of a key and active ones among them, n and k.
    value_units, value_active : int, optional
        The same of a value, m and l; by default those of a key.
    auto : bool, default False
        Whether values are the keys.

    Returns
    -------
    float

    Examples
    --------
    >>> round(fill(6931, 1000, 10), 2)
    0.5
    """
    joint = _joint(units, active, value_units, value_active, auto)
    stored = checks.real("stored", stored, least=0)
    return -math.expm1(stored * math.log1p(-joint)) if joint < 1 else float(stored > 0)


def items_at(
    fill: float,
    units: int,
    active: int,
    *,
    value_units: int | None = None,
    value_active: int | None = None,
    auto: bool = False,
) -> float:
    """Return the number of random pairs that set a fraction of the synapses, the inverse of (1).

    It is about (ln 2) n m / (k l) for half of them.

    Parameters
    ----------
    fill : float
        Fraction of the synapses that are set, p, below 1.
    units, active : int
        Units of a key and active ones among them, n and k.
    value_units, value_active : int, optional
        The same of a value, m and l; by default those of a key.
    auto : bool, default False
        Whether values are the keys.

    Returns
    -------
    float

    Examples
    --------
    >>> round(items_at(0.5, 2048, 11))
    24027
    """
    fill = checks.real("fill", fill, least=0, below=1)
    joint = _joint(units, active, value_units, value_active, auto)
    if not 0 < joint < 1:
        was = f"were {active} of {units}, which set {'every synapse' if joint else 'none'}"
        raise checks.refusal("active", "set some of the synapses, and not all, with one pair", was)
    return math.log1p(-fill) / math.log1p(-joint)


def spurious(
    stored: int,
    units: int,
    active: int,
    *,
    known: int | None = None,
    value_units: int | None = None,
    value_active: int | None = None,
    auto: bool = False,
    mean_field: bool = False,
) -> float:
    """Return the expected number of wrongly recalled units of an item, (m - l) P.

    Parameters
    ----------
    stored : int
        Number of pairs stored, M.
    units, active : int
        Units of a key and active ones among them, n and k.
    known : int, optional
        Active key units in the cue, z; by default all.
    value_units, value_active : int, optional
        Units of a value and active ones among them, m and l; by default those of a key.
    auto : bool, default False
        Whether values are the keys.
    mean_field : bool, default False
        Whether P is that of equation (2), and not that of (3).

    Returns
    -------
    float

    Examples
    --------
    >>> round(spurious(6931, 1000, 10), 2), round(spurious(6931, 1000, 10, mean_field=True), 2)
    (1.25, 0.97)
    """
    units, active, m, own = _sizes(units, active, value_units, value_active)
    stored = checks.whole("stored", stored)
    known = active if known is None else checks.whole("known", known, least=0, most=active)
    if checks.flag("mean_field", mean_field):
        return (m - own) * fill(stored, units, active, value_units=m, value_active=own, auto=auto) ** known
    mean = stored * own / m
    terms = int(min(stored, mean + 40 * mean**0.5 + 40))
    checks.whole("units", units, most=int(WORK / (known + 1) ** 2), way_out="or give mean_field=True")
    name = "stored" if known <= 1000 else "active" if known == active else "known"
    _affordable(name, terms, known)
    one = int(checks.flag("auto", auto))  # the silent unit itself takes one place in each of its keys
    left = np.arange(known + 1)  # cued units not covered yet
    cover = hypergeom.pmf(left[:, None] - left, units - one, left[:, None], active - one)  # (before, after) one more key
    state, chance = np.eye(known + 1)[known], 0.0
    for weight in binom.pmf(np.arange(terms), stored - 1, own / m):
        chance += weight * state[0]  # (3)
        state = state @ cover
    return float((m - own) * chance)


def _affordable(name: str, terms: float, known: int) -> None:
    """Refuse a sum (3) of more than some seconds."""
    if known > 1000 or terms * (1e4 + known**2) > WORK:
        was = f"there are {terms:.3g} terms of {known + 1} units"
        raise checks.refusal(name, "leave a sum of some seconds in (3)", was, "give fewer stored and active units")


def _entropy(p: float) -> float:
    return float(-(xlogy(p, p) + xlogy(1 - p, 1 - p)) / np.log(2))


def bits_per_synapse(
    stored: int, units: int, active: int, *, value_units: int | None = None, value_active: int | None = None
) -> float:
    """Return the information that recall from whole keys gives about the values, in bits a synapse.

        C = M [H(f + (1 - f) e) - (1 - f) H(e)] / n,  f = l / m,  e = spurious / (m - l)       (4)

    H is the entropy of a coin in bits; every active value unit is recalled, and a silent one
    wrongly with probability e. There are n m synapses.

    Parameters
    ----------
    stored : int
        Number of pairs stored, M.
    units, active : int
        Units of a key and active ones among them, n and k.
    value_units, value_active : int, optional
        The same of a value, m and l; by default those of a key.

    Returns
    -------
    float

    Examples
    --------
    >>> round(bits_per_synapse(6931, 1000, 10), 2)
    0.52
    """
    units, active, m, own = _sizes(units, active, value_units, value_active)
    stored = checks.whole("stored", stored)
    e = spurious(stored, units, active, value_units=m, value_active=own) / max(m - own, 1)
    f = own / m
    return stored / units * (_entropy(f + (1 - f) * e) - (1 - f) * _entropy(e))


def best(units: int, *, active: int | None = None) -> tuple[int, float]:
    """Return the number of items at which (4) is largest, and its value there.

    It is searched on fills from 0.3 to 0.7 in steps of 0.01.

    Parameters
    ----------
    units : int
        Units of a key, and of a value.
    active : int, optional
        Active ones among them; by default round(log2 units).

    Returns
    -------
    tuple of int and float

    Examples
    --------
    >>> items, bits = best(1000)
    >>> 0.5 < bits < LIMIT
    True
    """
    units = checks.whole("units", units, least=3)
    active = round(math.log2(units)) if active is None else checks.whole("active", active, most=units)
    _affordable("active" if active > 1000 else "units", 41 * units / active, active)
    loads = [max(1, int(items_at(fill, units, active))) for fill in np.linspace(0.3, 0.7, 41)]
    told = [bits_per_synapse(load, units, active) for load in loads]
    return loads[int(np.argmax(told))], max(told)
