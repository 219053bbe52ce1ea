"""Rates of leaky integrate-and-fire cells, and of sparse networks of them (Brunel 2000).

A cell with membrane time tau and refractory time t_ref, whose potential would rest at mu above its
own rest, fires with a constant drive at

    nu = 1 / (t_ref + tau log((mu - reset) / (mu - theta)))    for mu > theta, else 0          (1)

and, where the drive has white noise by which v would fluctuate with a variance of s^2 / 2, at

    nu = 1 / (t_ref + tau sqrt(pi) int_((reset-mu)/s)^((theta-mu)/s) e^(u^2) (1 + erf u) du)   (2)

In the network each cell has C excitatory synapses that move v by J, gamma C inhibitory ones that
move it by -g J, and C from outside that spike at eta nu_thr, nu_thr = theta / (J C tau):

    mu = C J tau (nu_ext + nu (1 - gamma g)),  s^2 = J^2 C tau (nu_ext + nu (1 + gamma g^2))   (3)

Its asynchronous state is where (2) and (3) agree.

References
----------
Siegert, A. J. F. (1951). On the first passage time probability problem. Physical Review 81, 617.
https://doi.org/10.1103/PhysRev.81.617

Brunel, N. (2000). Dynamics of sparsely connected networks of excitatory and inhibitory spiking
neurons. Journal of Computational Neuroscience 8, 183. https://doi.org/10.1023/A:1008925309027
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.special import erfcx

from neuromem import checks

from ._arguments import finite, plain, real

MOST = 1e6  # of any argument
FAR = 25.0  # thresholds above the mean, in s, that no cell reaches
DEEP = 30.0  # below the mean, in s, from where a series has all digits
FASTEST = 10.0  # spikes in a ms up to which a state is sought where cells are never refractory


@finite
def regular_rate(
    mean: Any, *, threshold: float = 20.0, reset: float = 0.0, tau_m: float = 20.0, tau_refrac: float = 2.0
) -> Any:
    """Return the rate under a constant drive, (1).

    Parameters
    ----------
    mean : float or array
        mu, at which v would rest, mV above rest; R I for a current I.
    threshold, reset : float, default 20 and 0
        mV above rest.
    tau_m, tau_refrac : float, default 20 and 2
        Times, ms.

    Returns
    -------
    float or ndarray
        Spikes in a second.

    Raises
    ------
    InputError
        If an argument is out of its range.

    Examples
    --------
    >>> round(regular_rate(40.0, threshold=15.0, tau_m=10.0), 2)
    149.25
    """
    mean = real("mean", mean, least=-MOST, most=MOST)
    theta, low, tau, refrac = _cell(threshold, reset, tau_m, tau_refrac)
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = 1000 / (refrac + tau * np.log1p((theta - low) / (mean - theta)))
    return plain(np.where(mean > theta, rate, 0.0))


@finite
def noisy_rate(
    mean: float,
    deviation: float,
    *,
    threshold: float = 20.0,
    reset: float = 10.0,
    tau_m: float = 20.0,
    tau_refrac: float = 2.0,
) -> float:
    """Return the rate under a drive with white noise, (2).

    Parameters
    ----------
    mean : float
        mu, mV above rest.
    deviation : float
        s, mV; v without a threshold would have a variance of s^2 / 2.
    threshold, reset : float, default 20 and 10
        mV above rest.
    tau_m, tau_refrac : float, default 20 and 2
        Times, ms.

    Returns
    -------
    float
        Spikes in a second.

    Raises
    ------
    InputError
        If an argument is out of its range.

    Examples
    --------
    >>> round(noisy_rate(20.0, 1e-3, reset=0.0), 1) < round(noisy_rate(20.0, 5.0, reset=0.0), 1)
    True
    """
    mu, s = checks.real("mean", mean, least=-MOST, most=MOST), checks.real("deviation", deviation, above=0, most=MOST)
    theta, low, tau, refrac = _cell(threshold, reset, tau_m, tau_refrac)
    return _rate(mu, s, theta, low, tau, refrac)


@finite
def balanced_rate(
    inhibition: float,
    drive: float,
    *,
    synapses: int = 1000,
    weight: float = 0.1,
    share: float = 0.25,
    threshold: float = 20.0,
    reset: float = 10.0,
    tau_m: float = 20.0,
    tau_refrac: float = 2.0,
) -> float:
    """Return the rate of the asynchronous state of a sparse network, the lowest if it has several.

    Parameters
    ----------
    inhibition : float
        g, how much stronger inhibitory synapses are.
    drive : float
        eta, the rate of the sources outside, over that which brings v to the threshold.
    synapses : int, default 1000
        C, excitatory synapses of a cell.
    weight : float, default 0.1
        J, mV.
    share : float, default 0.25
        gamma, inhibitory synapses for each excitatory one.
    threshold, reset : float, default 20 and 10
        mV above rest.
    tau_m, tau_refrac : float, default 20 and 2
        Times, ms.

    Returns
    -------
    float
        Spikes in a second.

    Raises
    ------
    InputError
        If an argument is out of its range, or cells without a refractory time would fire at more
        than 10,000 Hz.

    Examples
    --------
    >>> round(balanced_rate(5.0, 2.0), 1)
    37.9
    """
    g, eta = checks.real("inhibition", inhibition, least=0, most=MOST), checks.real("drive", drive, least=0, most=MOST)
    number, j = checks.whole("synapses", synapses), checks.real("weight", weight, above=0, most=MOST)
    gamma = checks.real("share", share, least=0, most=MOST)
    theta, low, tau, refrac = _cell(threshold, reset, tau_m, tau_refrac)
    outside = eta * theta / (j * number * tau)  # in ms

    def gap(nu: float) -> float:
        mu = number * j * tau * (outside + nu * (1 - gamma * g))
        s = j * np.sqrt(number * tau * (outside + nu * (1 + gamma * g**2)))
        return (_rate(mu, s, theta, low, tau, refrac) if s else 0.0) / 1000 - nu

    most = 1 / refrac if refrac else FASTEST
    grid = most * np.linspace(0, 1, 401) ** 2
    before = 0.0
    if gap(before) <= 0:
        return 0.0
    for nu in grid[1:]:
        if gap(nu) <= 0:
            return float(1000 * brentq(gap, before, nu, xtol=1e-12))
        before = nu
    if not refrac:
        raise checks.refusal("tau_refrac", f"be above 0 where no state is below {1000 * FASTEST:g} Hz", "was 0")
    return float(1000 * most)


def _cell(threshold: Any, reset: Any, tau_m: Any, tau_refrac: Any) -> tuple[float, float, float, float]:
    """The numbers of a cell, checked."""
    theta = checks.real("threshold", threshold, above=0, most=MOST)
    low = checks.real("reset", reset, least=-MOST, most=MOST)
    if low >= theta:
        raise checks.refusal("reset", f"lie below the threshold, {theta:g}", f"was {low:g}")
    return (
        theta,
        low,
        checks.real("tau_m", tau_m, above=0, most=MOST),
        checks.real("tau_refrac", tau_refrac, least=0, most=MOST),
    )


def _rate(mu: float, s: float, theta: float, low: float, tau: float, refrac: float) -> float:
    """(2); e^(u^2) (1 + erf u) = erfcx(-u)."""
    if (theta - mu) / s > FAR:
        return 0.0
    inside, near, end = 0.0, (low - mu) / s, (theta - mu) / s
    if near < -DEEP:  # the series of erfcx for large arguments, integrated
        x = np.array([max(-end, DEEP), -near])
        rest = (1 / 4 - (3 / 16 - (5 / 16 - 105 / 128 / x**2) / x**2) / x**2) / x**2
        ratio = np.log1p((theta - low) / (mu - theta)) if -end > DEEP else np.log((mu - low) / DEEP) - np.log(s)
        inside, near = (ratio + rest[1] - rest[0]) / np.sqrt(np.pi), -DEEP
    if end > near:
        steps = np.arange(np.floor(near) + 1, end, 1.0)  # without them the peak at the end is missed
        inside += quad(lambda u: erfcx(-u), near, end, points=steps, limit=200, epsabs=0.0, epsrel=1e-10)[0]
    return float(1000 / (refrac + tau * np.sqrt(np.pi) * inside))
