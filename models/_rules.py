"""Learning rules of pairwise networks: plain functions from patterns (item, unit) of +1/-1 to weights W (unit, unit)."""

from __future__ import annotations

import numpy as np


def counts(items: np.ndarray) -> np.ndarray:
    """sum_mu x_i x_j as exact whole numbers, (unit, unit) float; Hebb's weights times N."""
    x = np.asarray(items, dtype=float)
    return x.T @ x


def hebb(items: np.ndarray) -> np.ndarray:
    """W = (1/N) sum_mu x x^T (Hopfield 1982, PNAS 79:2554)."""
    return counts(items) / np.shape(items)[1]


def storkey(items: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """W_ij += (1/N) (x_i x_j - x_i h_ji - h_ij x_j), h_ij = sum_{k != i,j} W_ik x_k, a pattern at a time.

    With V = W without its diagonal and h = V x this is W += (x x^T - x h^T - h x^T + 2 V) / N. `weights` are those learnt so
    far. Storkey 1997, ICANN, LNCS 1327:451.
    """
    items = np.asarray(items, np.float64)
    units = items.shape[1]
    v = np.zeros((units, units)) if weights is None else np.array(weights, np.float64)
    diagonal = v.diagonal().copy()
    np.fill_diagonal(v, 0)
    for x in items:
        h = v @ x
        diagonal += (1 - 2 * x * h) / units
        v *= 1 + 2 / units
        v += (np.outer(x, x / 2 - h) + np.outer(x / 2 - h, x)) / units
        np.fill_diagonal(v, 0)
    np.fill_diagonal(v, diagonal)
    return v


def projection(items: np.ndarray) -> np.ndarray:
    """W = X^+ X, the projector on the span of the patterns: W x = x for each of them.

    Personnaz, Guyon & Dreyfus 1985, J. Physique Lett. 46:359; Kanter & Sompolinsky 1987, Phys. Rev. A 35:380.
    """
    items = np.asarray(items, np.float64)
    return np.linalg.pinv(items) @ items
