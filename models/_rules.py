"""Learning rules of pairwise networks: plain functions from patterns x (item, unit) of +1/-1 to weights W (unit, unit).

Row i of W holds what unit i hears; h = W x. Without `self_coupling` the weights W_ii are 0.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import array_api_compat
import numpy as np


def counts(items: Any) -> Any:
    """sum_mu x_i x_j, (unit, unit): whole numbers, N times Hebb's weights. Any array library."""
    xp = array_api_compat.array_namespace(items)
    x = xp.astype(items, xp.float64)
    return x.T @ x


def _finished(weights: np.ndarray, self_coupling: bool) -> np.ndarray:
    if not self_coupling:
        np.fill_diagonal(weights, 0)
    return weights


def hebb(items: np.ndarray, *, self_coupling: bool = False) -> np.ndarray:
    """W = (1/N) sum_mu x x^T. Hopfield 1982, PNAS 79:2554."""
    return _finished(counts(np.asarray(items)) / np.shape(items)[1], self_coupling)


def covariance(items: np.ndarray, *, activity: float, self_coupling: bool = False) -> np.ndarray:
    """J = sum_mu (S - f) (S - f)^T / (N f (1 - f)), S = (1 + x) / 2 and f the activity.

    Tsodyks & Feigelman 1988, Europhys. Lett. 6:101.
    """
    deviation = (1 + np.asarray(items, float)) / 2 - activity
    return _finished(counts(deviation) / (deviation.shape[1] * activity * (1 - activity)), self_coupling)


def storkey(items: np.ndarray, *, weights: np.ndarray | None = None, self_coupling: bool = False) -> np.ndarray:
    """W_ij += (1/N) (x_i x_j - x_i h_ji - h_ij x_j), h_ij = sum_{k != i,j} W_ik x_k, a pattern at a time.

    With V = W without its diagonal and h = V x this is W += (x x^T - x h^T - h x^T + 2 V) / N. `weights` are those learnt so
    far. Storkey 1997, ICANN, LNCS 1327:451.
    """
    items = np.asarray(items, float)
    units = items.shape[1]
    v = np.zeros((units, units)) if weights is None else np.array(weights, float)
    diagonal = v.diagonal().copy()
    np.fill_diagonal(v, 0)
    for x in items:
        h = v @ x
        diagonal += (1 - 2 * x * h) / units
        half = np.outer(x, (x / 2 - h) / units)
        v = (1 + 2 / units) * v + half + half.T
        np.fill_diagonal(v, 0)
    np.fill_diagonal(v, diagonal)
    return _finished(v, self_coupling)


def projection(items: np.ndarray, *, self_coupling: bool = False) -> np.ndarray:
    """W = X^+ X, the projector on the span of the patterns: W x = x for each of them (with its diagonal).

    Personnaz, Guyon & Dreyfus 1985, J. Physique Lett. 46:359; Kanter & Sompolinsky 1987, Phys. Rev. A 35:380.
    """
    x = np.asarray(items, float)
    return _finished(np.linalg.pinv(x) @ x, self_coupling)


def perceptron(items: np.ndarray, *, self_coupling: bool = False, margin: float = 5.0, steps: int = 10_000) -> np.ndarray:
    """Minover: each unit adds x_i x / N for its worst pattern while that has x_i h_i < `margin`; rows then get length 1.

    The stability min_mu x_i h_i / |W_i| tends to the largest possible, Gardner's kappa, as the margin grows. A unit that
    cannot hold all patterns (load above 2) stops after `steps`. Krauth & Mezard 1987, J. Phys. A 20:L745.
    """
    x = np.asarray(items, float)
    number, units = x.shape
    gram, own, rows = x @ x.T / units, 0.0 if self_coupling else 1 / units, np.arange(units)
    stability = np.zeros((units, number))  # x_i h_i
    learnt = np.zeros((units, number))
    for _ in range(steps):
        worst = stability[rows].argmin(1)
        low = stability[rows, worst] < margin
        rows, worst = rows[low], worst[low]
        if not rows.size:
            break
        learnt[rows, worst] += 1
        stability[rows] += x.T[rows] * x[worst, rows][:, None] * gram[worst] - own
    w = _finished((learnt * x.T) @ x / units, self_coupling)
    return w / np.maximum(np.linalg.norm(w, axis=1, keepdims=True), 1e-300)


def diederich_opper(
    items: np.ndarray, *, self_coupling: bool = False, tolerance: float = 1e-3, steps: int = 1000
) -> np.ndarray:
    """W_i += (1/N) (1 - x_i h_i) x_i x, pattern after pattern, until every |1 - x_i h_i| < `tolerance`.

    It ends at x_i h_i = 1 with the smallest |W_i|: the projection, whose rows without self-coupling are divided by 1 - W_ii.
    Diederich & Opper 1987, Phys. Rev. Lett. 58:949.
    """
    items = np.asarray(items, float)
    units = items.shape[1]
    w = np.zeros((units, units))
    for _ in range(steps):
        furthest = 0.0
        for x in items:
            lack = x - w @ x
            w += np.outer(lack / units, x)
            _finished(w, self_coupling)
            furthest = max(furthest, float(np.abs(lack).max()))
        if furthest < tolerance:
            break
    return w


_KINK = 0.01  # |1 - z| is rounded over this width, without which L-BFGS stops short of the minimum
# cost of z = x_i h_i and its slope
COSTS: dict[str, tuple[Callable[[np.ndarray], np.ndarray], Callable[[np.ndarray], np.ndarray]]] = {
    "l2": (lambda z: (1 - z) ** 2, lambda z: 2 * (z - 1)),
    "l1": (lambda z: np.hypot(1 - z, _KINK), lambda z: (z - 1) / np.hypot(1 - z, _KINK)),
    "exponential": (lambda z: np.exp(-z), lambda z: -np.exp(-z)),
}


def descent(
    items: np.ndarray, *, cost: str, self_coupling: bool = False, gain: float = 1.0, penalty: float = 1e-3, steps: int = 300
) -> np.ndarray:
    """The W that minimises sum_i [ sum_mu c(gain x_i h_i) + penalty |W_i|^2 ], by L-BFGS from W = 0.

    c(z) is (1 - z)^2, |1 - z| or exp(-z) for the costs "l2", "l1" and "exponential"; "l1" has a kink, at which L-BFGS stops
    short of the minimum.
    Tolmachev & Manton 2020, "New insights on learning rules for Hopfield networks", arXiv 2010.01472.
    """
    from scipy.optimize import minimize

    x = np.asarray(items, float)
    units = x.shape[1]
    value, slope = COSTS[cost]

    def objective(flat: np.ndarray) -> tuple[float, np.ndarray]:
        w = flat.reshape(units, units)
        z = gain * x * (x @ w.T)  # (item, unit)
        gradient = _finished(gain * (slope(z) * x).T @ x + 2 * penalty * w, self_coupling)
        return float(value(z).sum() + penalty * (w * w).sum()), gradient.ravel()

    limits = {"maxiter": steps, "maxfun": 10 * steps}
    found = minimize(objective, np.zeros(units**2), jac=True, method="L-BFGS-B", options=limits)
    return found.x.reshape(units, units)
