"""Learning rules of pairwise networks: plain functions from patterns to weights.

Patterns are an array x (item, unit) of +1/-1. Weights W are an array (unit, unit) whose row i holds
what unit i hears, so that the fields are h = W x. Without `self_coupling` the weights W_ii are 0.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Literal

import array_api_compat
import numpy as np

from neuromem import checks
from neuromem.arrays import to_host
from neuromem.named_code import find, split
from neuromem.source import Source, label_of

Rule = Literal[
    "hebb",
    "storkey",
    "covariance",
    "palimpsest",
    "projection",
    "perceptron",
    "diederich_opper",
    "descent_l2",
    "descent_l1",
    "descent_exponential",
]
Own = Callable[[np.ndarray], Any]  # a rule of the user's own: items (item, unit) to weights (unit, unit)

BLOCK = 2**22  # entries of the largest array that is made beside the weights
BOUND = 0.35  # of a weight, of the rule "palimpsest"; it holds most at 0.3 to 0.4


def named(rule: Any) -> tuple[str, Own | None]:
    """The name of a rule, and the function where it is one of the user's own.

    It is one of RULES, a function, or the text FILE.py:NAME or PACKAGE.MODULE:NAME.
    """
    if isinstance(rule, str) and not isinstance(rule, Source) and rule not in RULES and (place := split(rule)):
        rule = Source(rule, find(*place, "rule")[0], {}, "", "")
    if callable(rule):
        rule = Source(label_of(rule), rule, {}, "", "")
    if not isinstance(rule, Source):
        return checks.choice("rule", rule, RULES), None
    if not callable(rule.thing):
        way_out = "define it as a function of the items (item, unit) that returns weights (unit, unit)"
        raise checks.refusal("rule", "be a function", f"{rule} is of type {type(rule.thing).__name__}", way_out)
    return f"own {rule}" if rule in RULES else str(rule), rule.thing


def whole(name: str, own: Own | None, items: np.ndarray, self_coupling: bool) -> np.ndarray:
    """The weights (unit, unit) of a rule that looks at all items (item, unit)."""
    if own is None:
        return WHOLE[name](items, self_coupling=self_coupling)
    units = items.shape[1]
    w = checks.array(f"what the rule {name} returns", own(items.astype(float)), (units, units))
    return _finished(np.array(to_host(w), float), self_coupling)


def add_products(weights: Any, patterns: Any, scale: float = 1.0) -> None:
    """Add scale sum_mu x_i x_j to weights in place, in any array library.

    The sum is made in blocks, so that nothing as large as the weights is needed beside them. Whole
    numbers are summed exactly.
    """
    xp = array_api_compat.array_namespace(weights)
    whole = xp.isdtype(weights.dtype, "integral")
    rows = items = max(1, BLOCK // len(weights))
    for start in range(0, len(patterns), items):
        x = xp.astype(patterns[start : start + items], xp.float32 if whole else xp.float64)  # sums up to 2^22 are exact
        for row in range(0, len(weights), rows):
            block = slice(row, row + rows)
            more = xp.astype(x[:, block].T @ x, weights.dtype) if whole else scale * (x[:, block].T @ x)
            weights[block] = xp.astype(weights[block] + more, weights.dtype)


def room(rule: str, items: int, units: int) -> int:
    """Bytes that a rule needs at the same time, beside the items and the weights that are kept."""
    square, all_items = 8 * units**2, 8 * items * units
    match rule:
        case "projection":
            return 3 * square + 3 * all_items
        case "perceptron":
            return 2 * square + 5 * all_items + 8 * items**2
        case "storkey" | "palimpsest" | "diederich_opper":
            return 4 * square
        case _:  # L-BFGS keeps its last ten steps and gradients
            return 28 * square + 4 * all_items


def _finished(weights: np.ndarray, self_coupling: bool) -> np.ndarray:
    if not self_coupling:
        np.fill_diagonal(weights, 0)
    return weights


def storkey(items: np.ndarray, *, weights: np.ndarray | None = None, self_coupling: bool = False) -> np.ndarray:
    """Storkey's rule, a pattern at a time, on top of the `weights` that are learnt already.

    W_ij += (1/N) (x_i x_j - x_i h_ji - h_ij x_j),  h_ij = sum_{k != i,j} W_ik x_k

    With V = W without its diagonal and h = V x this is W += (x x^T - x h^T - h x^T + V + V^T) / N.
    Storkey 1997, ICANN, LNCS 1327:451.
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
        v = v + (v + v.T) / units + half + half.T
        np.fill_diagonal(v, 0)
    np.fill_diagonal(v, diagonal)
    return _finished(v, self_coupling)


def palimpsest(items: np.ndarray, *, weights: np.ndarray | None = None, self_coupling: bool = False) -> np.ndarray:
    """Hebb's rule within bounds, a pattern at a time, so that new patterns write over old ones.

    W <- W + x x^T / sqrt(N), cut at -BOUND and BOUND

    About 0.05 N of the newest patterns are kept. Parisi 1986, J. Phys. A 19:L617.
    """
    x = np.asarray(items, float)
    units = x.shape[1]
    w = np.zeros((units, units)) if weights is None else np.array(weights, float)
    for one in x / units**0.25:
        np.clip(w + np.outer(one, one), -BOUND, BOUND, out=w)
    return _finished(w, self_coupling)


def projection(items: np.ndarray, *, self_coupling: bool = False) -> np.ndarray:
    """W = X^+ X, the projector on the span of the patterns: with its diagonal, W x = x for each.

    Singular values and weights that are smaller than their rounding errors are 0: with patterns
    that span all states W is the identity, and without its diagonal no unit hears another.
    Personnaz, Guyon & Dreyfus 1985, J. Physique Lett. 46:359; Kanter & Sompolinsky 1987, Phys. Rev.
    A 35:380.
    """
    x = np.asarray(items, float)
    _, size, axes = np.linalg.svd(x, full_matrices=False)
    error = size[0] * max(x.shape) * np.finfo(float).eps  # of a singular value, as in np.linalg.matrix_rank
    axes, size = axes[size > error], size[size > error]
    if len(axes) == x.shape[1]:
        return _finished(np.eye(len(axes)), self_coupling)
    w = axes.T @ axes
    w[np.abs(w) < error / size[-1]] = 0  # the error of a projector on axes that are known this well
    return _finished(w, self_coupling)


def perceptron(items: np.ndarray, *, self_coupling: bool = False, margin: float = 5.0, steps: int = 10_000) -> np.ndarray:
    """Minover: each unit adds x_i x / N for its worst pattern while that has x_i h_i < `margin`.

    Rows then get length 1. The stability min_mu x_i h_i / |W_i| tends to the largest possible,
    Gardner's kappa, as the margin grows. For units that still have a pattern on the wrong side
    after `steps`, the weights of largest stability are found exactly, as a least-distance problem,
    so that every unit learns all patterns for which any weights do. This takes about 1/100 s for
    each such unit at N = 100 and load 2, and 1/2 s at N = 500.

    Krauth & Mezard 1987, J. Phys. A 20:L745; Lawson & Hanson 1974, Solving Least Squares Problems,
    chapter 23.
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
    for unit in np.flatnonzero((x * (x @ w.T) <= 0).any(0)):
        others = np.arange(units) != unit if not self_coupling else slice(None)
        best = most_stable(x[:, unit, None] * x[:, others])
        if best is not None:
            w[unit, others] = best
    return w / np.maximum(np.linalg.norm(w, axis=1, keepdims=True), 1e-300)


def most_stable(z: np.ndarray) -> np.ndarray | None:
    """The shortest w (unit,) with z w >= 1 for all z (item, unit); None if no w has all z w > 0.

    With u >= 0 that minimises |z^T u|^2 + (sum u - 1)^2, w = z^T u / (1 - sum u).
    """
    from scipy.optimize import nnls  # which most rules don't need, and takes a third of a second

    try:
        u, _ = nnls(np.vstack([z.T, np.ones(len(z))]), np.append(np.zeros(z.shape[1]), 1.0), maxiter=30 * len(z))
    except RuntimeError:  # no solution within so many iterations
        return None
    lack = 1 - u.sum()
    w = z.T @ u / (lack or 1)
    return w if (z @ w > 0).all() else None


def diederich_opper(
    items: np.ndarray, *, self_coupling: bool = False, tolerance: float = 1e-3, steps: int = 1000
) -> np.ndarray:
    """W_i += (1/N) (1 - x_i h_i) x_i x, pattern after pattern, until |1 - x_i h_i| < `tolerance`.

    It ends at x_i h_i = 1 with the smallest |W_i|: the projection, whose rows without self-coupling
    are divided by 1 - W_ii. Diederich & Opper 1987, Phys. Rev. Lett. 58:949.
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
    """The W of least sum_i [ sum_mu c(gain x_i h_i) + penalty |W_i|^2 ], by L-BFGS from W = 0.

    c(z) is (1 - z)^2, |1 - z| or exp(-z) for the costs "l2", "l1" and "exponential". At the kink of
    "l1" L-BFGS stops short of the minimum. Tolmachev & Manton 2020, "New insights on learning rules
    for Hopfield networks", arXiv 2010.01472.
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


ONWARD: dict[str, Callable[..., np.ndarray]] = {"storkey": storkey, "palimpsest": palimpsest}  # on top of earlier weights
ADDING = ("hebb", "covariance", *ONWARD)  # rules that need no earlier item
WHOLE: dict[str, Callable[..., np.ndarray]] = {
    "projection": projection,
    "perceptron": perceptron,
    "diederich_opper": diederich_opper,
    **{f"descent_{cost}": partial(descent, cost=cost) for cost in COSTS},
}
RULES = (*ADDING, *WHOLE)
