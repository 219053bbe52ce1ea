"""The spin glass of P-body interactions, with one step of replica-symmetry breaking."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.optimize import elementwise, minimize_scalar
from scipy.special import log_ndtr

from neuromem import checks

from ._interactions import covariance, derivative_of, kind, polynomial_of


def glassy(order: int, interactions: str) -> np.ndarray:
    """The covariance of a network in whose paramagnet q is 0; other networks are refused."""
    c = covariance(order, interactions)
    if order == 2:
        raise checks.refusal("order", "be at least 3", "was 2", "see neuromem.theory.hopfield")
    if c[1]:
        raise checks.refusal("order", "be even for full interactions", f"was {order}", 'use interactions="distinct"')
    return c


def glass(order: int, interactions: str) -> tuple[CubicSpline, float]:
    """The free energy of the glass and where it begins, as `_line` computes them."""
    return _line(*kind(order, interactions))


@functools.cache
def _line(order: int, interactions: str) -> tuple[CubicSpline, float]:
    """The free energy of the glass, f / sqrt(gamma) of T / sqrt(gamma), and where it begins.

    With one step of replica-symmetry breaking, replicas in one block of size x have the overlap q,
    and those of different blocks have none. Let <.> be averages over z weighted by cosh^x(s z),
    with s = beta sqrt(gamma g'(q)) / P. Then

        q = <tanh^2(s z)>,  (x <ln cosh(s z)> - L) / x^2 = (s^2 / 2) (q - g / g')              (4)
        L = ln int Dz cosh^x(s z)
        -beta f = ln 2 + L / x
                  + (beta^2 gamma / 2P^2) [g(1) - g - (1 - q) g' - x (q g' - g)]               (5)

    is solved for x at many values of s. The glass begins where x reaches 1, or where q grows from
    0, which is at T = sqrt(gamma g''(0)) / P. At T = 0 x s is a constant y, and

        f = -sqrt(gamma g'(1)) / P  min_y [y g(1) / 2g'(1) + ln(2 Phi(y)) / y]
    """
    c = glassy(order, interactions)
    z = np.arange(-2000, 2001) * 0.01
    weight = np.exp(-(z**2) / 2) * 0.01 / np.sqrt(2 * np.pi)

    def averages(s: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, ...]:
        u = np.abs(s[:, None] * z)
        log = u + np.log1p(np.exp(-2 * u)) - np.log(2)
        tilted = weight * np.exp(x[:, None] * log)
        total = tilted.sum(1)
        q = (tilted * np.tanh(u) ** 2).sum(1) / total
        return q, np.log(total), (tilted * log).sum(1) / total, polynomial_of(c, q), derivative_of(c, q)

    def residual(x: np.ndarray, s: np.ndarray) -> np.ndarray:
        q, log, mean, g, slope = averages(s, x)
        return (x * mean - log) / x**2 - s**2 / 2 * (q - g / slope)

    onset = elementwise.find_root(lambda s: residual(np.ones_like(s), s), ([1.0], [8.0]))
    s = np.geomspace(onset.x[0] if onset.success[0] else 0.2, 30, 150)
    x = elementwise.find_root(residual, (np.full_like(s, 1e-3), np.minimum(1.01, 10 / s)), args=(s,)).x
    q, log, _, g, slope = averages(s, x)
    t = np.sqrt(slope) / order / s
    f = -t * (np.log(2) + log / x) - (c.sum() - g - (1 - q) * slope - x * (q * slope - g)) / (2 * order**2 * t)
    steep = derivative_of(c, 1.0)
    ground = minimize_scalar(
        lambda y: y * c.sum() / 2 / steep + (np.log(2) + log_ndtr(y)) / y, bounds=(1e-3, 20), method="bounded"
    )
    t, f = np.append(0.0, t[::-1]), np.append(-np.sqrt(steep) / order * ground.fun, f[::-1])
    if not onset.success[0]:
        t = np.append(t, np.sqrt(2 * c[2]) / order)
        f = np.append(f, -t[-1] * np.log(2) - c.sum() / (2 * order**2 * t[-1]))
    return CubicSpline(t, f), t[-1]


def glass_free_energy(order: int, interactions: str, load: Any, temperature: Any) -> np.ndarray:
    """The free energy without retrieval: of the glass, or of the paramagnet above it."""
    line, hottest = glass(order, interactions)
    scale = np.sqrt(load)
    hot = np.maximum(temperature, hottest * scale)
    paramagnet = -hot * np.log(2) - load * covariance(order, interactions).sum() / (2 * order**2 * hot)
    return np.where(temperature < hottest * scale, scale * line(np.minimum(temperature / scale, hottest)), paramagnet)
