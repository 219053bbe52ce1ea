"""Vector-symbolic memory of +1/-1 vectors: how many items a bundle holds, how large a product a resonator factors.

A bundle s = sum_m k_m * y_m of M items y, each bound by the product of units (*) to a random key, is read with k_m * s;
the answer is the codebook item of largest inner product. N units, codebook of D items:

    P(right) = int dh phi(h) Phi(h + sqrt(N / M))^(D - 1)                                                (1)

(1) takes M - 1 ~ M other items as Gaussian noise. A resonator finds the factors of s = x_1 * .. * x_F, each x_f one of D in
codebook f; it is right 99 times in 100 up to a D that grows as D^F ~ c N^2 for F >= 3, c from 0.8 to 1.5.       (2)
Frady, Kleyko & Sommer (2018, Neural Computation 30:1449) for (1); Kent, Frady, Sommer & Olshausen (2020, Neural Computation
32:2332) for (2).
"""

from __future__ import annotations

import numpy as np
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.stats import norm

from neuromem.checks import refusal

# published codebook sizes at 99 % right: {(factors, units): items of one codebook}
RESONATOR = {
    (2, 1000): 340,
    (2, 2000): 828,
    (3, 1500): 79,
    (3, 2000): 128,
    (3, 3000): 205,
    (3, 5000): 323,
    (3, 7000): 421,
    (4, 2000): 41,
    (4, 5000): 76,
    (4, 10_000): 109.5,
    (5, 5000): 27.15,
    (5, 10_000): 38.08,
    (6, 10_000): 19.17,
    (7, 10_000): 12.04,
}
RESONATOR_PROJECTION = {(3, 1500): 99.3, (3, 2000): 141.5}  # with the projection as clean-up


def bundle_accuracy(units: float, items: float, codebook: int) -> float:
    """Probability that an item is read right from a bundle of `items` keyed items, equation (1).

    >>> round(bundle_accuracy(1000, 100, 27), 3)
    0.854
    """
    if not (units > 0 and items > 0 and codebook >= 1):
        raise refusal("units, items and codebook", "be positive", f"were {units}, {items} and {codebook}")
    shift = np.sqrt(units / items)
    # scipy's nodes would miss the bump between -8 and 8 in an infinite range
    return float(quad(lambda h: norm.pdf(h) * norm.cdf(h + shift) ** (codebook - 1), -9, 9)[0])


def bundle_items(units: float, codebook: int, *, accuracy: float = 0.99) -> float:
    """Items in a bundle at which (1) falls to `accuracy`.

    >>> round(bundle_items(1000, 27, accuracy=0.854))
    100
    """
    if not 1 / codebook < accuracy < 1:
        raise refusal("accuracy", f"be between chance, {1 / codebook:.3g}, and 1", f"was {accuracy}")
    low, high = 1e-3 * units, 1e6 * units
    return float(brentq(lambda items: bundle_accuracy(units, items, codebook) - accuracy, low, high, rtol=1e-6))
