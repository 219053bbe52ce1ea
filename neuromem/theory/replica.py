"""Broken replica symmetry in the Hopfield network: where it begins, and one step of it.

The replica-symmetric state of `neuromem.theory.hopfield` with field m and noise s is stable while

    load <sech^4((m + s z) / T)> / T^2 < (1 - C)^2,  C = (1 - q) / T                           (1)

(the line of de Almeida and Thouless). With one step of breaking at T = 0, overlaps 1 and q
between states of the same and of other groups, and mu their breaking point over T,

    D = 1 - C - mu (1 - q),  r = q / D^2,  t = (1 - q) / (D (1 - C))                           (2)
    h = m + sqrt(load r) z + sqrt(load t) y,  <.> with weight exp(mu |h|) over y               (3)
    m = E <sign h>,  q = E <sign h>^2,  C = 2 E <delta(h)>                                     (4)

where E is the mean over z, and mu makes the energy stationary:

    load [ln(D / (1 - C)) / mu^2 + (1 - q) / (mu D) + q (1 - q) / D^2 - t - r (1 - q)] / 2
        = E ln int Dy exp(mu |h|) / mu^2 - E <|h|> / mu                                        (5)

D. J. Amit, H. Gutfreund, H. Sompolinsky, Annals of Physics 173, 30 (1987); H. Steffan, R. Kuehn,
Z. Phys. B 95, 249 (1994), who found that one step moves the critical load from 0.137905 to
0.138186, and not to the 0.144 of A. Crisanti, D. J. Amit, H. Gutfreund, Europhys. Lett. 2, 337
(1986).
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np
from scipy.optimize import brentq, minimize_scalar, root
from scipy.special import log_ndtr

from neuromem import checks

from . import hopfield
from ._arguments import plain, real
from ._retrieval import Network, pairwise_variance

_NETWORK = Network(2, pairwise_variance)
_Z = np.linspace(-9, 9, 2001)
_DZ = np.exp(-(_Z**2) / 2) * (_Z[1] - _Z[0]) / math.sqrt(2 * math.pi)
_COLDEST = 1e-3  # below it the instability of (1) is not looked for
_NEAR = (0.9666, np.array([-5.6426, 0.05314, 3.5994, math.log(0.138186)]))  # m, and ln(1 - q), C, ln mu, ln load


def instability(load: float, temperature: float) -> float:
    """The left of (1) over its right at the retrieval state: above 1 replica symmetry is broken.

    Parameters
    ----------
    load : float
        K/N, above 0.
    temperature : float
        T, above 0.

    Returns
    -------
    float
        The ratio.

    Raises
    ------
    InputError
        If a number is out of its range, or no state retrieves.

    Examples
    --------
    >>> instability(0.13, 0.005) > 1 > instability(0.13, 0.02)
    True
    """
    load, temperature = checks.real("load", load, above=0), checks.real("temperature", temperature, above=0)
    point, found = _NETWORK.retrieval(np.asarray(load), np.asarray(temperature))
    if not found:
        was = f"was {load:g} at temperature {temperature:g}"
        raise checks.refusal("load", "have a retrieval state", was, "take a lower load or temperature")
    field, noise = float(point.field / temperature), float(point.noise / temperature)
    response = (1 - float(point.spread)) / temperature
    if noise > 1:  # over the narrow sech, else over the narrow normal distribution
        u = np.linspace(-12, 12, 4801)
        weight = np.exp(-(((u - field) / noise) ** 2) / 2) * (u[1] - u[0]) / (noise * math.sqrt(2 * math.pi))
        mean = weight @ np.cosh(u) ** -4.0
    else:
        mean = _DZ @ np.cosh(np.clip(field + noise * _Z, -300, 300)) ** -4.0
    return float(load * mean / (temperature * (1 - response)) ** 2)


def stability_temperature(load: Any) -> Any:
    """The temperature below which the retrieval state breaks replica symmetry, the line (1).

    Parameters
    ----------
    load : float or array
        K/N, above 0.

    Returns
    -------
    float or ndarray
        T_R; 0 where it is below 0.001, at loads up to about 0.1, and where no state retrieves. From
        0.1379 to 0.1382 states retrieve above some temperature only, broken up to T_R.

    Examples
    --------
    >>> round(stability_temperature(0.13), 4)
    0.0095
    """

    def one(load: float) -> float:
        top = float(hopfield.retrieval_temperature(load))
        if top == 0:
            return 0.0
        cold, hot = _COLDEST, min(0.1, 0.9 * top)
        if load > hopfield.critical_load(_COLDEST):  # up to 0.13819 a state retrieves at higher temperatures alone
            t = np.linspace(cold, top, 200)
            t = t[hopfield.critical_load(t) > load]
            if not t.size:
                return 0.0
            cold, hot = float(t[0]), float(t[-1])
        if instability(load, cold) < 1:
            return 0.0
        return top if instability(load, hot) > 1 else brentq(lambda t: math.log(instability(load, t)), cold, hot, xtol=1e-8)

    return plain(np.vectorize(one, otypes=[float])(real("load", load, above=0)))


@functools.cache
def one_step_load() -> float:
    """The largest load with a retrieval state at T = 0, with one step of replica symmetry breaking.

    Returns
    -------
    float
        K/N.

    Examples
    --------
    >>> round(one_step_load(), 6)
    0.138186
    """
    m, start = _NEAR
    found = minimize_scalar(lambda m: -_load(m, start), bounds=(m - 0.002, m + 0.002), method="bounded")
    return -float(found.fun)


def _load(m: float, start: np.ndarray) -> float:
    """The load at which the solution of (2-5) has the overlap m."""
    solution = root(lambda unknown: _misses(m, *unknown), start, tol=1e-11)
    return float(np.exp(solution.x[3])) if solution.success else 0.0


def _misses(m: float, log_apart: float, c: float, log_mu: float, log_load: float) -> list[float]:
    """By how much (4) and (5) fail at an overlap m."""
    apart, mu, load = math.exp(log_apart), math.exp(log_mu), math.exp(log_load)  # apart = 1 - q
    q, own = 1 - apart, 1 - c
    d = own - mu * apart  # (2)
    r, t = q / d**2, apart / (d * own)
    h, b = m + math.sqrt(load * r) * _Z, math.sqrt(load * t)  # (3)
    up, down = mu * h + log_ndtr(h / b + mu * b), -mu * h + log_ndtr(-h / b + mu * b)
    total = np.logaddexp(up, down)
    log_sum = total + (mu * b) ** 2 / 2  # ln int Dy exp(mu |h|)
    sign = np.exp(up - total) - np.exp(down - total)
    delta = np.exp(-((h / b) ** 2) / 2 - log_sum) / (b * math.sqrt(2 * math.pi))
    size = h * sign + b**2 * (mu + 2 * delta)  # <|h|>
    energy = load / 2 * (math.log(d / own) / mu**2 + apart / (mu * d) + q * apart / d**2 - t - r * apart)
    energy -= float(_DZ @ log_sum) / mu**2 - float(_DZ @ size) / mu
    return [_DZ @ sign - m, (_DZ @ sign**2 - q) / apart, 2 * (_DZ @ delta) / c - 1, 100 * mu * energy]  # (4), (5)
