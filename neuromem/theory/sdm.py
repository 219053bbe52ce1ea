"""Kanerva's sparse distributed memory: circles, signal, capacity, critical distance, and attention.

n address units, r locations at random addresses, m stored items; a location is active for every
address within Hamming distance d of its own. Two addresses at distance x share I(x) locations; Q
= 1 - Phi.

    activation   p = P(Binomial(n, 1/2) <= d)                                                  (1)
    intersection I(x) = r sum_j Bin(j; x, 1/2) P(Binomial(n - x, 1/2) <= d - max(j, x - j))    (2)
    signal       SNR = p r / (1 + p m + p^3 m r),   largest at p = (2 m r)^(-1/3)              (3)
    capacity     m = ((p r)^2 / z^2 - p r) / (p^2 r + (p^2 r)^2) + 1,
                 Phi(z)^n = chance that all units are right                                    (4)
    one read     x -> (n - x) Q((I(x) + B) / s) + x Q((I(x) - B) / s)                          (5)
                 B = m sum_y Bin(y; n, 1/2) I(y) (1 - 2 y / n)
                 s^2 = I(x) + m sum_y Bin(y; n, 1/2) (I(y) + I(y)^2) - B^2 / m
    attention    I(x) / I(0) ~ exp(beta (cos - 1)),   cos = 1 - 2 x / n                        (6)

In (2) a location differs from the first address in j of the x units where the two differ, and in
some of the n - x others. (5) is auto-association: a cue at distance x shares I(x) locations with
its own item, and some with every other item, most with those that are like the cue. B is what
these neighbours add to the units as they are in the cue, so that right units are held and wrong
ones are held too. Numbers of shared locations vary like Poisson numbers. (3) takes values that
are independent of their keys, without B. With the I of (2) as weights, a read from very many
locations is a weighted sum over the items: softmax attention, (6).

Kanerva (1988, Sparse Distributed Memory, MIT Press); Bricken & Pehlevan (2021, NeurIPS,
arXiv:2111.05498). (5) is our own: without B the critical distance of Kanerva's example would be
152; it is 232, and a simulation with his numbers gives 220 to 250.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.stats import binom, norm

from neuromem import checks
from neuromem.checks import refusal

from ._arguments import finite, whole
from ._circles import affordable, circle, load


def activation(units: int, radius: int) -> float:
    """Return the fraction of the locations that an address activates, equation (1).

    Parameters
    ----------
    units : int
        Length of an address, n.
    radius : int
        Hamming distance up to which a location is active, d.

    Returns
    -------
    float

    Examples
    --------
    >>> round(activation(1000, 451), 5)
    0.00107
    """
    units, radius = circle(units, radius)
    return float(binom.cdf(radius, units, 0.5))


@finite
def intersection(units: int, radius: int, distance: int | np.ndarray, locations: float = 1.0) -> np.ndarray:
    """Return the number of locations that are active for both of two addresses, equation (2).

    Parameters
    ----------
    units : int
        Length of an address, n.
    radius : int
        Hamming distance up to which a location is active, d.
    distance : int or array of int
        Hamming distance of the two addresses, x; the answer has the same shape.
    locations : float, default 1
        Number of locations, r; 1 gives their fraction.

    Returns
    -------
    ndarray

    Examples
    --------
    >>> intersection(1000, 451, [0, 100, 500], locations=1e6).round(1).tolist()
    [1071.9, 285.8, 1.1]
    """
    units, radius = circle(units, radius)
    distances = whole("distance", distance, least=0)
    if (distances > units).any():
        raise refusal("distance", f"be at most {units}, the units there are", f"holds {distances.max():g}")
    locations = checks.real("locations", locations, least=0)
    affordable("distance", (np.unique(distances) + 1).sum())
    shared = {}
    for x in np.unique(distances).astype(int).tolist():
        j = np.arange(x + 1)
        shared[x] = (binom.pmf(j, x, 0.5) * binom.cdf(radius - np.maximum(j, x - j), units - x, 0.5)).sum()
    return locations * np.vectorize(shared.get, otypes=[float])(distances)


@finite
def signal_to_noise(activation: float, stored: float, locations: float) -> float:
    """Return the squared signal-to-noise ratio of one unit read at a stored address, equation (3).

    Parameters
    ----------
    activation : float
        Fraction of the locations that an address activates, p.
    stored : float
        Number of items stored, m.
    locations : float
        Number of locations, r.

    Returns
    -------
    float

    Examples
    --------
    >>> round(signal_to_noise(0.01, 50, 10_000), 1)
    50.0
    """
    p = checks.real("activation", activation, above=0, most=1)
    m, r = load(stored, locations)
    return p / (1 / r + p * m / r + p**3 * m)


@finite
def capacity(activation: float, units: int, locations: float, *, exact: float = 0.5) -> float:
    """Return the number of items at which a stored address reads out exactly, equation (4).

    Parameters
    ----------
    activation : float
        Fraction of the locations that an address activates, p.
    units : int
        Length of a value, n.
    locations : float
        Number of locations, r.
    exact : float, default 0.5
        Probability that all units are right.

    Returns
    -------
    float

    Examples
    --------
    >>> round(capacity(0.01, 256, 10_000))
    597
    """
    p, r = checks.real("activation", activation, above=0, most=1), checks.real("locations", locations, least=1)
    n = checks.whole("units", units)
    chance = checks.real("exact", exact, above=max(0.0, 2.0**-n), below=1, way_out="ask for more than guessing gives")
    z = norm.isf(-np.expm1(np.log(chance) / n))
    return max(0.0, float((r / z**2 - 1 / p) / (1 + p**2 * r) + 1))


def one_read(units: int, radius: int, stored: float, locations: float) -> np.ndarray:
    """Return the expected distance from a stored item after one read, equation (5).

    The units of a read are taken as normal, which few neighbours that are very near do not make
    them.

    Parameters
    ----------
    units : int
        Length of an item, n.
    radius : int
        Hamming distance up to which a location is active, d.
    stored : float
        Number of items stored, m.
    locations : float
        Number of locations, r; 2^n of them cause no overflow.

    Returns
    -------
    ndarray of shape (units // 2 + 1,)
        Distance after the read, for cues at the distances 0, 1, ..., n // 2.

    Examples
    --------
    >>> one_read(1000, 451, 1e4, 1e6)[[150, 209, 240]].round().tolist()
    [86.0, 191.0, 243.0]
    """
    units, radius = circle(units, radius)
    stored, locations = load(stored, locations)
    affordable("units", float(units) ** 2 / 2)
    y = np.arange(units + 1)
    share = intersection(units, radius, y)  # I / r
    chance = binom.pmf(y, units, 0.5)
    mean = (chance * share * (1 - 2 * y / units)).sum()
    pull = stored * mean  # B / r
    others = stored * ((chance * (share / locations + share**2)).sum() - mean**2)
    x = y[: units // 2 + 1]
    s = np.sqrt(share[x] / locations + max(others, 0.0))  # s / r
    right, wrong = (norm.sf(np.divide(z, s, out=np.zeros_like(s), where=s > 0)) for z in (share[x] + pull, share[x] - pull))
    return (units - x) * right + x * wrong  # without shared locations a unit is right by chance


def critical_distance(units: int, radius: int, stored: float, locations: float) -> int:
    """Return the largest distance up to which one read brings a cue nearer to its item.

    The read is that of equation (5). Nearer means that the expected distance after the read,
    rounded to whole units, is smaller than before.

    Parameters
    ----------
    units : int
        Length of an item, n.
    radius : int
        Hamming distance up to which a location is active, d.
    stored : float
        Number of items stored, m.
    locations : float
        Number of locations, r.

    Returns
    -------
    int

    Examples
    --------
    >>> critical_distance(1000, 451, 1e4, 1e6)
    232
    """
    return _critical(one_read(units, radius, stored, locations))


def _critical(after: np.ndarray) -> int:
    nearer = after[1:].round() < np.arange(1, len(after))
    return len(nearer) if nearer.all() else int(nearer.argmin())


def radius_of(activation: float, units: int) -> int:
    """Return the smallest radius that activates a fraction of the locations, the inverse of (1).

    Parameters
    ----------
    activation : float
        Fraction of the locations, p.
    units : int
        Length of an address, n.

    Returns
    -------
    int

    Examples
    --------
    >>> radius_of(2.98e-8, 64)
    11
    """
    return int(binom.ppf(checks.real("activation", activation, above=0, most=1), checks.whole("units", units), 0.5))


def best_radius(units: int, stored: float, locations: float, *, goal: str = "signal", exact: float = 0.5) -> int:
    """Return the radius that serves a goal best.

    Parameters
    ----------
    units : int
        Length of an item, n.
    stored : float
        Number of items stored, m; "capacity" does not need it.
    locations : float
        Number of locations, r.
    goal : {"signal", "capacity", "distance"}, default "signal"
        Largest signal-to-noise ratio (3), largest capacity (4), or largest critical distance (5);
        of equal critical distances that from which a read leads nearest.
    exact : float, default 0.5
        Probability that all units are right, for "capacity".

    Returns
    -------
    int

    Examples
    --------
    >>> [best_radius(64, 1024, 2.0**64, goal=goal) for goal in ("signal", "capacity", "distance")]
    [11, 5, 15]
    """
    goal, units = checks.choice("goal", goal, ("signal", "capacity", "distance")), checks.whole("units", units)
    stored, locations = load(stored, locations)
    if goal == "signal":
        return radius_of(min(1.0, (2 * stored) ** (-1 / 3) * locations ** (-1 / 3)), units)
    if goal == "capacity":
        least = -np.log(locations)
        logs = minimize_scalar(
            lambda p: -capacity(np.exp(p), units, locations, exact=exact),
            bounds=(least, max(least, -1e-3)),
            method="bounded",
        )
        return radius_of(np.exp(logs.x), units)

    first = max(1, radius_of(1 / locations, units))
    radii = range(first, max(first + 1, units // 2))
    affordable("units", len(radii) * units**2 / 2)

    def reached(radius: int) -> tuple[int, float]:
        after = one_read(units, radius, stored, locations)
        return (furthest := _critical(after)), -after[furthest]

    return max(radii, key=reached)


def beta(units: int, radius: int, *, distances: np.ndarray | None = None) -> tuple[float, float]:
    """Return the beta of equation (6) and its error.

    They are the least-squares slope of ln I against cos, and the root-mean-square residual of ln
    I. The published fit of this quantity divides a covariance over k - 1 by a variance over k, so
    that its slopes are k / (k - 1) times too steep.

    Parameters
    ----------
    units : int
        Length of an address, n.
    radius : int
        Hamming distance up to which a location is active, d.
    distances : array of int, optional
        Distances of the fit; by default 1 to `radius`, where the circles share a good part.

    Returns
    -------
    tuple of float
        The slope, and the root-mean-square residual of ln I.

    Examples
    --------
    >>> round(beta(64, 11)[0], 2)
    14.43
    """
    units, radius = circle(units, radius)
    x = np.arange(1, radius + 1) if distances is None else np.atleast_1d(whole("distances", distances))
    if len(x) < 2:
        raise refusal("distances", "be at least two, for a slope", f"was {x.tolist()}", "use a radius of 2 or more")
    shared = intersection(units, radius, x)
    if not shared.all():
        was = f"has {x[shared == 0][0]:g}, at which they share none"
        raise refusal("distances", f"be such that circles of radius {radius} share locations", was, "take a larger radius")
    cosine, logs = 1 - 2 * x / units, np.log(shared)
    slope, offset = np.polyfit(cosine, logs, 1)
    return float(slope), float(np.sqrt(np.mean((logs - slope * cosine - offset) ** 2)))
