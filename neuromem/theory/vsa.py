"""Vector-symbolic memory: how many items a bundle holds, how large a product a resonator factors.

A bundle s = sum_m k_m * y_m of M items y, each bound by the product of units (*) to a random key,
is read with k_m * s. The answer is the codebook item of largest inner product. With N units and a
codebook of D items,

    P(right) = int dh phi(h) Phi(h + sqrt(N / M))^(D - 1)                                       (1)

where the other M - 1 ~ M items are taken as Gaussian noise.

A resonator finds the factors of s = x_1 * .. * x_F, each x_f one of D in codebook f. `RESONATOR`
holds the published D up to which it is right 99 times in 100. The number of products that it
searches, D^F, grows faster than N^2 in this table: at F = 3, D^F / N^2 rises from 0.22 (N = 1500)
to 1.52 (N = 7000). At N = 10,000 it is 1.44, 0.80, 0.50 and 0.37 for F = 4 to 7.

References
----------
Frady, E. P., Kleyko, D. & Sommer, F. T. (2018). A theory of sequence indexing and working memory in
recurrent neural networks. Neural Computation 30, 1449, for (1).

Kent, S. J., Frady, E. P., Sommer, F. T. & Olshausen, B. A. (2020). Resonator networks, 2. Neural
Computation 32, 2332, for the table. https://doi.org/10.1162/neco_a_01329
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq
from scipy.special import log_ndtr

from neuromem import checks

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
_STEP = 0.01  # of the sum for (1), whose bump is 0.15 wide for the largest codebook
_NOISE = np.arange(-1500, 1501) * _STEP  # h


def bundle_accuracy(units: float, stored: float, codebook: int) -> float:
    """Return the probability that an item is read right from a bundle of keyed items, (1).

    Parameters
    ----------
    units : float
        Length N of an item.
    stored : float
        Number M of items in the bundle.
    codebook : int
        Number D of items that the answer can be.

    Returns
    -------
    float

    Raises
    ------
    InputError
        If a number is not positive, or `codebook` is not whole.

    Examples
    --------
    >>> round(bundle_accuracy(1000, 100, 27), 3)
    0.854
    """
    units, stored = checks.real("units", units, above=0), checks.real("stored", stored, above=0)
    others, shift = checks.whole("codebook", codebook) - 1, np.sqrt(units / stored)
    logs = others * log_ndtr(_NOISE + shift) - _NOISE**2 / 2
    return min(float(np.exp(logs).sum() * _STEP / np.sqrt(2 * np.pi)), 1.0)


def bundle_capacity(units: float, codebook: int, *, accuracy: float = 0.99) -> float:
    """Return the number of items in a bundle at which the probability (1) falls to `accuracy`.

    Parameters
    ----------
    units : float
        Length N of an item.
    codebook : int
        Number D of items that the answer can be, at least 2.
    accuracy : float, default 0.99
        Between chance, 1 / D, and 1.

    Returns
    -------
    float

    Raises
    ------
    InputError
        If `accuracy` is not between chance and 1, or another number is out of its range.

    Examples
    --------
    >>> round(bundle_capacity(1000, 27, accuracy=0.854))
    100
    """
    units, codebook = checks.real("units", units, above=0), checks.whole("codebook", codebook, least=2)
    accuracy = checks.real("accuracy", accuracy)
    low, high = 1e-3 * units, 1e6 * units
    if not bundle_accuracy(units, high, codebook) < accuracy < bundle_accuracy(units, low, codebook):
        was = f"was {accuracy:g}"
        raise checks.refusal("accuracy", f"be between chance, {1 / codebook:.3g}, and 1 as far as (1) is exact", was)
    return float(brentq(lambda stored: bundle_accuracy(units, stored, codebook) - accuracy, low, high, rtol=1e-6))
