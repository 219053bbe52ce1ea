"""Kanerva's sparse distributed memory: circles, signal-to-noise, capacity, critical distance, and attention as its limit.

n address units, r locations at random addresses, m stored items; a location is active for every address within Hamming
distance d of its own. Two addresses at distance x share I(x) locations.

    activation   p = P(Binomial(n, 1/2) <= d)                                                              (1)
    intersection I(x) = r sum_j Bin(j; x, 1/2) P(Binomial(n - x, 1/2) <= d - max(j, x - j))                (2)
    signal       SNR = p r / (1 + p m + p^3 m r),   largest at p = (2 m r)^(-1/3)                          (3)
    capacity     m = ((p r)^2 / z^2 - p r) / (p^2 r + (p^2 r)^2) + 1,   Phi(z)^n = chance that all units are right  (4)
    one read     x -> n (1 - Phi(I(x) / sqrt(p r (1 + p m (1 + p^2 r)))))                                  (5)
    attention    I(x) / I(0) ~ exp(beta (cos - 1)),   cos = 1 - 2 x / n                                    (6)

In (2) a location differs from the first address in j of the x units where the two differ, and in some of the n - x others.
With the I of (2) as weights, a read from very many locations is a weighted sum over the items: softmax attention in (6).
(3) and (5) take values that are independent of their keys: auto-association reads better, as locations near an address
also resemble it.
Kanerva (1988, Sparse Distributed Memory, MIT Press); Bricken & Pehlevan (2021, NeurIPS, arXiv:2111.05498).
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.stats import binom, norm

from neuromem.checks import refusal


def _radius(units: int, radius: int) -> None:
    if not 0 <= radius <= units:
        raise refusal("radius", f"be from 0 to {units}, a Hamming distance", f"was {radius}")


def activation(units: int, radius: int) -> float:
    """Fraction of the locations that an address activates, equation (1).

    >>> round(activation(1000, 451), 5)
    0.00107
    """
    _radius(units, radius)
    return float(binom.cdf(radius, units, 0.5))


def intersection(units: int, radius: int, distance: int | np.ndarray, locations: float = 1.0) -> np.ndarray:
    """Locations active for both of two addresses at that Hamming distance, equation (2); by default, their fraction.

    `distance` may be an array of any shape; the answer has the same.

    >>> intersection(1000, 451, [0, 100, 500], locations=1e6).round(1).tolist()
    [1071.9, 285.8, 1.1]
    """
    _radius(units, radius)
    distances = np.asarray(distance)
    if (distances < 0).any() or (distances > units).any():
        raise refusal("distance", f"be from 0 to {units}", f"was {distances.ravel()[:5].tolist()}")
    shared = {}
    for x in np.unique(distances).tolist():
        j = np.arange(x + 1)
        shared[x] = (binom.pmf(j, x, 0.5) * binom.cdf(radius - np.maximum(j, x - j), units - x, 0.5)).sum()
    return locations * np.vectorize(shared.get, otypes=[float])(distances)


def signal_to_noise(activation: float, items: float, locations: float) -> float:
    """Squared signal-to-noise ratio of one unit read at a stored address, equation (3)."""
    p, m, r = activation, items, locations
    return p * r / (1 + p * m + p**3 * m * r)


def capacity(activation: float, units: int, locations: float, *, exact: float = 0.5) -> float:
    """Items at which a stored address reads out without a wrong unit with probability `exact`, equation (4)."""
    p, r = activation, locations
    z = norm.isf(-np.expm1(np.log(exact) / units))
    return float(((p * r) ** 2 / z**2 - p * r) / (p**2 * r + (p**2 * r) ** 2) + 1)


def critical_distance(units: int, radius: int, items: float, locations: float) -> int:
    """Largest distance from a stored address at which one read, equation (5), brings the cue nearer.

    A mean-field estimate: the units of a read are taken as independent.
    """
    x = np.arange(units // 2 + 1)
    p, shared = activation(units, radius), intersection(units, radius, x)
    # (5) with I / r for I, so that 2^n locations make no overflow
    noise = np.sqrt(p * (1 / locations + p * items * (1 / locations + p**2)))
    after = units * norm.sf(shared / noise)
    nearer = after[1:] < x[1:]
    return int(nearer.argmin() if not nearer.all() else len(nearer))


def radius_of(activation: float, units: int) -> int:
    """Smallest radius that activates at least this fraction of the locations, the inverse of (1).

    >>> radius_of(2.98e-8, 64)
    11
    """
    return int(binom.ppf(activation, units, 0.5))


def best_radius(units: int, items: float, locations: float, *, goal: str = "signal", exact: float = 0.5) -> int:
    """Radius of most "signal" (3), most "capacity" (4) or largest critical "distance" (5; the smallest radius of a tie).

    >>> [best_radius(64, 1024, 2.0**64, goal=goal) for goal in ("signal", "capacity")]
    [11, 5]
    """
    if goal == "signal":
        return radius_of((2 * items * locations) ** (-1 / 3), units)
    if goal == "capacity":
        logs = minimize_scalar(
            lambda p: -capacity(np.exp(p), units, locations, exact=exact),
            bounds=(-np.log(locations), -1e-3),
            method="bounded",
        )
        return radius_of(np.exp(logs.x), units)
    if goal == "distance":
        radii = range(1, units // 2)
        reached = [critical_distance(units, radius, items, locations) for radius in radii]
        return radii[int(np.argmax(reached))]
    raise refusal("goal", "be signal, capacity or distance", f"was {goal!r}")


def beta(units: int, radius: int, *, distances: np.ndarray | None = None) -> tuple[float, float]:
    """The beta of equation (6) and its error: least-squares slope of ln I against cos, root-mean-square residual of ln I.

    Fitted over `distances`, by default 1 .. radius, where the circles share a good part. The published fit of this
    quantity divides a covariance over k - 1 by a variance over k, so its slopes are k / (k - 1) times too steep.

    >>> round(beta(64, 11)[0], 2)
    14.43
    """
    x = np.arange(1, radius + 1) if distances is None else np.asarray(distances)
    if len(x) < 2:
        raise refusal("distances", "be at least two, for a slope", f"was {x.tolist()}", "use a radius of 2 or more")
    cosine, logs = 1 - 2 * x / units, np.log(intersection(units, radius, x))
    slope, offset = np.polyfit(cosine, logs, 1)
    return float(slope), float(np.sqrt(np.mean((logs - slope * cosine - offset) ** 2)))
