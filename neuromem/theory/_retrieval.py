"""The mean-field equations of retrieval of pairwise and P-body networks, and their solution.

When one pattern is retrieved, the field on a unit at temperature T = 1/beta is

    h = A n^(P-1) B + z sqrt(load v(q, C))                                                     (1)
    m = E tanh(beta h),  n = E B tanh(beta h),  q = E tanh^2(beta h),  C = beta (1 - q)        (2)

Here z is a standard Gaussian, B is the blur of the pattern by its examples (B = 1 if the pattern
itself is stored), and v is the variance of the field at load 1.

The equations are not iterated. The solutions at one temperature form a curve with a parameter x,
and the point x has n = E B erf(x B). This n gives the noise, and the noise gives the load. At T = 0
both are explicit, and x is the signal-to-noise ratio A n^(P-1) / sqrt(2 load v); at T > 0 the noise
is the root of one monotone equation. The largest load on the curve is the spinodal. The retrieval
state is the branch of larger x, along which the load falls to 0.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.optimize import brentq, elementwise
from scipy.special import erf

_ROOT_2 = np.sqrt(2.0)
_GAUSS = np.arange(-42, 43) * 0.2  # z; the trapezoid rule is accurate to 1e-11 for a noise up to 2
_GAUSS_WEIGHT = np.exp(-(_GAUSS**2) / 2) * 0.2 / np.sqrt(2 * np.pi)
_HEAT = np.arange(-55, 56) * 0.35  # v, with density sech^2(v) / 2; accurate to 1e-12 for a noise from 2
_HEAT_WEIGHT = 0.35 / (2 * np.cosh(_HEAT) ** 2)


def _mean(
    field: Any, noise: Any, over_gauss: Callable[[np.ndarray], Any], over_heat: Callable[[np.ndarray, np.ndarray], Any]
) -> np.ndarray:
    """E f(field + noise z) for a function that heat has smoothed.

        f(u) = int dv sech^2(v) g(u - v) / 2

    The sum runs over the narrower of the two noises: over z of f, which is `over_gauss(u)`, or over
    v of E g(u + noise z), which is `over_heat(u, noise)`.
    """
    field, noise = np.broadcast_arrays(field, noise)
    result = np.empty(field.shape)
    wide = noise > 2
    f, s = field[~wide][..., None], noise[~wide][..., None]
    result[~wide] = over_gauss(f + s * _GAUSS) @ _GAUSS_WEIGHT
    f, s = field[wide][..., None], noise[wide][..., None]
    result[wide] = over_heat(f - _HEAT, s) @ _HEAT_WEIGHT
    return result


def spin(field: Any, noise: Any) -> np.ndarray:
    """E tanh(field + noise z)."""
    return _mean(field, noise, np.tanh, lambda u, s: erf(u / (_ROOT_2 * s)))


def slope(field: Any, noise: Any) -> np.ndarray:
    """E sech^2(field + noise z) = 1 - E tanh^2(field + noise z)."""

    def over_gauss(u: np.ndarray) -> np.ndarray:
        e = np.exp(-2 * np.abs(u))
        return 4 * e / (1 + e) ** 2

    return _mean(field, noise, over_gauss, lambda u, s: np.exp(-((u / s) ** 2) / 2) * np.sqrt(2 / np.pi) / s)


def log_cosh(field: Any, noise: Any) -> np.ndarray:
    """E ln 2cosh(field + noise z)."""

    def over_heat(u: np.ndarray, s: np.ndarray) -> np.ndarray:
        return s * np.sqrt(2 / np.pi) * np.exp(-((u / s) ** 2) / 2) + u * erf(u / (_ROOT_2 * s))

    return _mean(field, noise, lambda u: np.logaddexp(u, -u), over_heat)


def pairwise_variance(q: Any, response: Any, shared: float = 0.0, examples: float = 1.0) -> Any:
    """v = q / (1-C)^2 + (M-1) e^2 q / (1-eC)^2 for C = `response` and e = `shared`.

    Beyond C = 1 there is no solution, and v is negative there.
    """
    own, others = q / (1 - response) ** 2, (examples - 1) * shared**2 * q / (1 - shared * response) ** 2
    return np.copysign(own + others, 1 - response)


@dataclasses.dataclass(frozen=True)
class Point:
    """A solution of the equations.

    The field is A n^(P-1), and the noise sqrt(load v), in units of the temperature.
    """

    load: np.ndarray
    overlap: np.ndarray
    example_overlap: np.ndarray
    spread: np.ndarray
    field: np.ndarray
    noise: np.ndarray


@dataclasses.dataclass(frozen=True)
class Network:
    """Equations (1) and (2) for one network.

    Parameters
    ----------
    order : int
        P.
    variance : callable
        v(q, C).
    signal : float
        A.
    blur, weight : ndarray
        The values of B and their probabilities.
    """

    order: int
    variance: Callable[[Any, Any], Any]
    signal: float = 1.0
    blur: np.ndarray = dataclasses.field(default_factory=lambda: np.ones(1))
    weight: np.ndarray = dataclasses.field(default_factory=lambda: np.ones(1))

    def _blurred(self, x: Any, power: int = 0) -> np.ndarray:
        """E B^power erf(x B)."""
        return erf(np.asarray(x)[..., None] * self.blur) @ (self.weight * self.blur**power)

    def _heated(self, field: Any, noise: Any, function: Callable[..., np.ndarray] = spin, power: int = 1) -> np.ndarray:
        """E B^power function(field B, noise)."""
        field, noise = np.asarray(field)[..., None], np.asarray(noise)[..., None]
        return function(field * self.blur, noise) @ (self.weight * self.blur**power)

    def cold(self, x: Any) -> Point:
        """The point x of the curve at T = 0, where C = sqrt(2 / (pi load v)) E exp(-x^2 B^2)."""
        x = np.asarray(x, dtype=float)
        n = self._blurred(x, 1)
        field = self.signal * n ** (self.order - 1)
        noise = field / (_ROOT_2 * x)
        response = np.sqrt(2 / np.pi) / noise * (np.exp(-((x[..., None] * self.blur) ** 2)) @ self.weight)
        load = noise**2 / self.variance(1.0, response)
        return Point(load, self._blurred(x), n, np.ones_like(x), field, noise)

    def warm(self, x: Any, temperature: Any) -> Point:
        """The point x of the curve at T > 0.

        No noise gives an n that is larger than without noise. The load is negative there: minus the
        relative excess of n.
        """
        x, temperature = np.broadcast_arrays(np.asarray(x, dtype=float), temperature)
        n = self._blurred(x, 1)
        field = self.signal * n ** (self.order - 1) / temperature
        excess = 1 - self._heated(field, 0.0) / n
        noise = elementwise.find_root(
            lambda s, a, n: self._heated(a, s) - n, (np.zeros_like(x), 1.01 * field / (_ROOT_2 * x)), args=(field, n)
        ).x
        noise = np.where(excess < 0, noise, 0.0)
        gap = self._heated(field, noise, slope, 0)
        with np.errstate(invalid="ignore"):  # 0/0 where x is so small that its power P-1 is 0
            load = (noise * temperature) ** 2 / self.variance(1 - gap, gap / temperature)
        overlap = self._heated(field, noise, power=0)
        return Point(np.where(excess < 0, load, -excess), overlap, n, 1 - gap, field * temperature, noise * temperature)

    def at(self, x: Any, temperature: Any) -> Point:
        """The point x of the curve at temperatures that are all 0, or all above 0."""
        return self.warm(x, temperature) if np.any(temperature) else self.cold(x)

    @property
    def _last(self) -> float:
        """An x so large that erf(x B) is 1 to the last digit for every B."""
        return 6.0 / float(np.abs(self.blur[self.blur != 0]).min())

    def spinodal(self, temperature: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The x of the largest load at each temperature, and that load; 0 where there is none.

        The temperatures are all 0, or all above 0.
        """
        temperature, back = np.unique(temperature, return_inverse=True)
        x = np.geomspace(1e-4, self._last, int(2.5 * np.log(1e4 * self._last)))
        loads = self.at(x[:, None], temperature).load
        best = loads.argmax(0).clip(1, len(x) - 2)
        bracket = np.log(x[best - 1]), np.log(x[best]), np.log(x[best + 1])
        peak = elementwise.find_minimum(lambda u, t: -self.at(np.exp(u), t).load, bracket, args=(temperature,))
        most = np.where(peak.success, -peak.f_x, loads.max(0))  # without a peak the load falls from the first x on
        return np.where(peak.success, np.exp(peak.x), x[best])[back], np.maximum(most, 0.0)[back]

    def retrieval(self, load: np.ndarray, temperature: np.ndarray) -> tuple[Point, np.ndarray]:
        """The retrieval state at each load and temperature, and whether there is one.

        The temperatures are all 0, or all above 0.
        """
        peak, most = self.spinodal(temperature)
        last = np.full_like(peak, self._last)
        root = elementwise.find_root(
            lambda u, a, t: self.at(np.exp(u), t).load - a, (np.log(peak), np.log(last)), args=(load, temperature)
        )
        # else the solution lies beyond the last x, where the overlap no longer changes
        x = np.where(root.success, np.exp(root.x), last)
        return self.at(x, temperature), (load <= most) & (most > 0)

    def overlap(self, load: np.ndarray, temperature: np.ndarray) -> np.ndarray:
        """The overlap m of the retrieval state, 0 where there is none; the arguments broadcast."""
        load, temperature = np.broadcast_arrays(load, temperature)
        result = np.zeros(load.shape)
        # at load 0 there is no other pattern, and v does not matter
        alone = dataclasses.replace(self, variance=lambda q, response: np.ones_like(q))
        for network, loaded in ((self, load > 0), (alone, load == 0)):
            for these in (loaded & (temperature == 0), loaded & (temperature > 0)):
                if these.any():
                    point, found = network.retrieval(load[these], temperature[these])
                    result[these] = np.where(found, point.overlap, 0.0)
        return result

    def reaches(self, overlap: float, load: float) -> bool:
        """Whether the retrieval state at T = 0 has at least this overlap, which is in (0, 1)."""
        possible = bool(self._blurred(self._last) >= overlap)
        if not possible or load == 0:
            return possible
        x = brentq(lambda x: self._blurred(x) - overlap, 0.0, self._last)
        here, beyond = self.cold(np.array([x, 1.0001 * x])).load
        return here >= load or (beyond > here and self.spinodal(np.zeros(1))[1][0] >= load)

    def critical_load(self, temperature: np.ndarray) -> np.ndarray:
        """The largest load with a retrieval state, 0 where there is none; any shape."""
        result = np.zeros(np.shape(temperature))
        for these in (temperature == 0, temperature > 0):
            if np.any(these):
                result[these] = self.spinodal(temperature[these])[1]
        return result
