"""Clipped Hebbian (Willshaw) memory: fill, errors, information a synapse, best size.

M random pairs, k of n key units and l of m value units active; w_ij = 1 iff some pair has both i and j active. Cue: z right
active key units and no wrong one; a value unit is recalled iff all z synapses from the cue are set.

    fill         p = 1 - (1 - k l / (n m))^M                                                              (1)
    mean field   P(a silent unit is recalled) = p^z                                                       (2)
    exactly      P = sum_r Bin(r; M - 1, l / m) c_r(z)                                                    (3)

c_r(z) is the chance that r random keys cover the z cued units: a silent unit has been active in r other pairs. Mean field
gives every unit the same r, and P is too low. Auto-association (`auto`): the values are the keys, and (1, 3) hold between
different units, with k - 1 of n - 1 in place of k of n.
Sources: Willshaw, Buneman & Longuet-Higgins (1969, Nature 222:960); Palm (1980, Biol. Cybern. 36:19); the mixture (3)
after Buckingham & Willshaw (1992, Network 3:407), who take the units of a key as independent.
"""

from __future__ import annotations

import numpy as np
from scipy.special import xlogy
from scipy.stats import binom, hypergeom

from neuromem.checks import refusal

LIMIT = float(np.log(2))  # bits a synapse of a large hetero-associative memory at fill 1/2


def _sizes(units: int, active: int, value_units: int | None, value_active: int | None) -> tuple[int, int]:
    m = units if value_units is None else value_units
    own = active if value_active is None else value_active
    for name, part, whole in (("active", active, units), ("value_active", own, m)):
        if not 1 <= part <= whole:
            raise refusal(name, f"be from 1 to {whole}, the units there are", f"was {part}")
    return m, own


def _joint(units: int, active: int, value_units: int | None, value_active: int | None, auto: bool) -> float:
    """Probability that one pair sets a given synapse."""
    m, own = _sizes(units, active, value_units, value_active)
    return active * (active - 1) / (units * (units - 1)) if auto else active * own / (units * m)


def fill(
    items: float,
    units: int,
    active: int,
    *,
    value_units: int | None = None,
    value_active: int | None = None,
    auto: bool = False,
) -> float:
    """Fraction of the synapses that are set after `items` random pairs, equation (1); values are like keys by default.

    >>> round(fill(6931, 1000, 10), 2)
    0.5
    """
    return float(-np.expm1(items * np.log1p(-_joint(units, active, value_units, value_active, auto))))


def items_at(
    fill: float,
    units: int,
    active: int,
    *,
    value_units: int | None = None,
    value_active: int | None = None,
    auto: bool = False,
) -> float:
    """Random pairs that set that fraction of the synapses, the inverse of (1): about (ln 2) n m / (k l) for fill = 1/2.

    >>> round(items_at(0.5, 2048, 11))
    24027
    """
    if not 0 <= fill < 1:
        raise refusal("fill", "be in [0, 1)", f"was {fill}")
    return float(np.log1p(-fill) / np.log1p(-_joint(units, active, value_units, value_active, auto)))


def spurious(
    items: int,
    units: int,
    active: int,
    *,
    known: int | None = None,
    value_units: int | None = None,
    value_active: int | None = None,
    auto: bool = False,
    mean_field: bool = False,
) -> float:
    """Expected wrongly recalled units of an item when `known` of its key units are cued: (m - l) P, with (3) or (2).

    >>> round(spurious(6931, 1000, 10), 2), round(spurious(6931, 1000, 10, mean_field=True), 2)
    (1.25, 0.97)
    """
    m, own = _sizes(units, active, value_units, value_active)
    known = active if known is None else known
    if not 0 <= known <= active:
        raise refusal("known", f"be from 0 to {active}, the active key units", f"was {known}")
    if mean_field:
        return float((m - own) * fill(items, units, active, value_units=m, value_active=own, auto=auto) ** known)
    one = int(auto)  # the silent unit itself takes one place in each of its keys
    left = np.arange(known + 1)  # cued units not covered yet
    cover = hypergeom.pmf(left[:, None] - left, units - one, left[:, None], active - one)  # (before, after) one more key
    state, chance = np.eye(known + 1)[known], 0.0
    mean = items * own / m
    for weight in binom.pmf(np.arange(min(items, mean + 40 * mean**0.5 + 40)), items - 1, own / m):
        chance += weight * state[0]  # (3)
        state = state @ cover
    return float((m - own) * chance)


def _entropy(p: float) -> float:
    return float(-(xlogy(p, p) + xlogy(1 - p, 1 - p)) / np.log(2))


def bits_per_synapse(
    items: int, units: int, active: int, *, value_units: int | None = None, value_active: int | None = None
) -> float:
    """Information that recall from whole keys gives about the values, for each of the n m synapses, in bits.

        C = M [H(f + (1 - f) e) - (1 - f) H(e)] / n,  f = l / m,  e = spurious / (m - l)                  (4)

    H is the entropy of a coin in bits; every active value unit is recalled, a silent one wrongly with probability e.

    >>> round(bits_per_synapse(6931, 1000, 10), 2)
    0.52
    """
    m, own = _sizes(units, active, value_units, value_active)
    e = spurious(items, units, active, value_units=m, value_active=own) / max(m - own, 1)
    f = own / m
    return items / units * (_entropy(f + (1 - f) * e) - (1 - f) * _entropy(e))


def best(units: int, *, active: int | None = None) -> tuple[int, float]:
    """Items at which (4) is largest, and its value there; `active` of `units` on both sides, None: round(log2 units).

    Searched on fills from 0.3 to 0.7 in steps of 0.01.

    >>> items, bits = best(1000)
    >>> 0.5 < bits < LIMIT
    True
    """
    active = round(np.log2(units)) if active is None else active
    loads = [int(items_at(fill, units, active)) for fill in np.linspace(0.3, 0.7, 41)]
    told = [bits_per_synapse(load, units, active) for load in loads]
    return loads[int(np.argmax(told))], max(told)
