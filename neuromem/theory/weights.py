"""Pairwise networks at T = 0 whose weights are clipped, diluted, noisy or directed: one equation.

K random items of N units of +1/-1 are stored, load = K/N. An item with overlap m makes a field m
on its own units; all others make a Gaussian noise of standard deviation s. With Phi the normal
distribution,

    m = erf(y),  s = m / (sqrt(2) y),  C = sqrt(2/pi) exp(-y^2) / s                            (1)
    load = s^2 / (r(C) + D)                                                                    (2)

and the load is largest at the best y. r(C) is how the network's response C = d<s>/dh returns:

    symmetric         W = X^T X                        r = 1 / (1 - C)^2
    sequence          W = sum x^(mu+1) x^mu, parallel  r = 1 / (1 - C^2)
    bidirectional     two layers of N units, in turn   r = (1 + C^2) / (1 - C^2)^2
    asymmetric        few inputs, no loops             r = 1

D is the relative variance of a static symmetric noise on the weights. Each weight f(w) of a
Hebbian weight w of variance 1 has the gain E w f(w) and

    D = E f(w)^2 / (E w f(w))^2 - 1                                                            (3)

so that D = pi/2 - 1 for f = sign, and (1 - c) / c where a share c of the pairs of units is kept.
Replica symmetry is taken for granted, as in `neuromem.theory.hopfield`.

H. Sompolinsky, Phys. Rev. A 34, 2571 (1986); B. Derrida, E. Gardner, A. Zippelius, Europhys.
Lett. 4, 167 (1987); A. Duering, A. C. C. Coolen, D. Sherrington, J. Phys. A 31, 8607 (1998).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.optimize import brentq, minimize_scalar
from scipy.special import erf

from neuromem import checks

from ._arguments import finite, plain, real

CLIPPED = math.pi / 2 - 1  # D of W = sign(X^T X)
RETURNS: dict[str, Callable[[Any], Any]] = {
    "symmetric": lambda c: 1 / (1 - c) ** 2,
    "sequence": lambda c: 1 / (1 - c**2),
    "bidirectional": lambda c: (1 + c**2) / (1 - c**2) ** 2,
    "asymmetric": lambda c: np.ones_like(c),
}


@finite
def dilution_noise(kept: Any) -> Any:
    """The noise D of a network in which a share of the pairs of units is connected, (1 - c) / c.

    Parameters
    ----------
    kept : float or array
        Share c of the pairs that is kept, in (0, 1].

    Returns
    -------
    float or ndarray
        D.

    Examples
    --------
    >>> dilution_noise(0.5)
    1.0
    """
    kept = real("kept", kept, above=0, most=1)
    return plain((1 - kept) / kept)


def critical_load(network: str = "symmetric", noise: Any = 0.0) -> Any:
    """The largest load K/N with a retrieval state, equations (1) and (2).

    Parameters
    ----------
    network : {"symmetric", "sequence", "bidirectional", "asymmetric"}, default "symmetric"
        How the weights return the response.
    noise : float or array, default 0
        Relative variance D of a noise on the weights, at least 0.

    Returns
    -------
    float or ndarray
        The load. K over the connections of a unit is this by the share that is kept.

    Raises
    ------
    InputError
        If the network is unknown, or the noise is below 0.

    Examples
    --------
    >>> round(critical_load(), 4), round(critical_load(noise=CLIPPED), 4)
    (0.1379, 0.1018)
    >>> round(critical_load("sequence"), 3), round(critical_load("bidirectional"), 3)
    (0.269, 0.2)
    """
    checks.choice("network", network, RETURNS)
    return plain(np.vectorize(lambda d: _largest(network, d)[1], otypes=[float])(real("noise", noise, least=0)))


def overlap(load: Any, network: str = "symmetric", noise: Any = 0.0) -> Any:
    """The overlap m of the retrieval state, equations (1) and (2).

    Parameters
    ----------
    load : float or array
        K/N, above 0.
    network : {"symmetric", "sequence", "bidirectional", "asymmetric"}, default "symmetric"
        How the weights return the response.
    noise : float or array, default 0
        Relative variance D of a noise on the weights, at least 0. It broadcasts with the load.

    Returns
    -------
    float or ndarray
        The overlap, 0 where there is no retrieval state.

    Raises
    ------
    InputError
        If the network is unknown, or a number is out of its range.

    Examples
    --------
    >>> round(overlap(0.24, "sequence"), 4), overlap(0.28, "sequence")
    (0.9294, 0.0)
    """
    checks.choice("network", network, RETURNS)

    def one(load: float, noise: float) -> float:
        y, most = _largest(network, noise)
        if load > most:
            return 0.0
        end = 6.0 + 1 / math.sqrt(load)  # where erf is 1, and the load is below any that is asked for
        return float(erf(brentq(lambda y: _load(network, noise, y) - load, y, end)))

    return plain(np.vectorize(one, otypes=[float])(real("load", load, above=0), real("noise", noise, least=0)))


def _load(network: str, noise: float, y: float) -> float:
    """The load (2) at a point y of the curve; 0 beyond C = 1, where there is no solution."""
    s = erf(y) / (math.sqrt(2) * y)  # (1)
    c = math.sqrt(2 / math.pi) * math.exp(-(y**2)) / s
    return float(s**2 / (RETURNS[network](c) + noise)) if c < 1 else 0.0  # (2)


def _largest(network: str, noise: float) -> tuple[float, float]:
    """The y of the largest load, and that load."""
    y = np.linspace(1e-3, 4, 401)
    best = y[np.argmax([_load(network, noise, one) for one in y])]
    bounds = (max(best - 0.02, 1e-6), best + 0.02)
    found = minimize_scalar(lambda y: -_load(network, noise, y), bounds=bounds, method="bounded", options={"xatol": 1e-10})
    return float(found.x), -float(found.fun)
