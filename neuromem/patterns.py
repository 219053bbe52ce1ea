"""Items: arrays (item, unit) of +1/-1, random, sparse, correlated or real images."""

from __future__ import annotations

import functools

import numpy as np

from . import checks

Rng = int | np.random.Generator


def random(items: int, units: int, *, rng: Rng = 0) -> np.ndarray:
    """Unbiased random items: P(x = +1) = P(x = -1) = 1/2.  int8, shape (items, units).

    >>> random(2, 4, rng=0).shape
    (2, 4)
    """
    shape = checks.whole("items", items), checks.whole("units", units)
    return (2 * checks.generator(rng).integers(0, 2, shape) - 1).astype(np.int8)


def sparse(items: int, units: int, *, activity: float, rng: Rng = 0) -> np.ndarray:
    """Sparse items: exactly round(activity * units) units at +1, drawn without replacement, the rest -1.  int8.

    >>> (sparse(3, 100, activity=0.05, rng=0) == 1).sum(1).tolist()
    [5, 5, 5]
    """
    shape = checks.whole("items", items), checks.whole("units", units)
    active = round(checks.fraction("activity", activity) * shape[1])
    if not active:
        most = f"give at least {0.5 / shape[1]:.2g} for one active unit"
        raise checks.refusal("activity", f"make at least one of {shape[1]} units active", f"was {activity}", most)
    order = checks.generator(rng).random(shape).argsort(1)
    return np.where(order < active, 1, -1).astype(np.int8)


def correlated(items: int, units: int, *, correlation: float, rng: Rng = 0) -> np.ndarray:
    """Items around one hidden prototype p: x_i = p_i with probability (1 + sqrt(c)) / 2, so <x^mu_i x^nu_i> = c.  int8.

    >>> x = correlated(50, 2000, correlation=0.5, rng=0).astype(float)
    >>> round(float((x @ x.T / 2000)[np.triu_indices(50, 1)].mean()), 1)
    0.5
    """
    shape = checks.whole("items", items), checks.whole("units", units)
    agree = (1 + np.sqrt(checks.fraction("correlation", correlation))) / 2
    rng = checks.generator(rng)
    prototype = random(1, shape[1], rng=rng)
    return np.where(rng.random(shape) < agree, prototype, -prototype).astype(np.int8)


@functools.cache
def _digits() -> tuple[np.ndarray, np.ndarray]:
    from sklearn.datasets import load_digits  # seconds to import

    images, labels = load_digits(return_X_y=True)
    return np.where(images > 7.5, 1, -1).astype(np.int8), labels.astype(np.int64)


def digits(items: int | None = None, *, rng: Rng = 0) -> tuple[np.ndarray, np.ndarray]:
    """Handwritten digits, 8x8 images of ink +1 and paper -1 with their labels 0-9: (items, 64) int8 and (items,).

    `items` different images drawn at random; None: all 1797 in their own order. The grey values 0..16 of scikit-learn's
    `load_digits` (UCI optical recognition of handwritten digits) are cut at 7.5.

    >>> images, labels = digits(5, rng=0)
    >>> images.shape, labels.shape
    ((5, 64), (5,))
    """
    images, labels = _digits()
    if items is None:
        return images.copy(), labels.copy()
    number = checks.whole("items", items, most=len(images), way_out=f"there are {len(images)} digits")
    chosen = checks.generator(rng).choice(len(images), number, replace=False)
    return images[chosen], labels[chosen]
