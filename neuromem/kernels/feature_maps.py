"""Feature maps of linear attention: functions whose products phi(q).phi(k) stand for a kernel.

They take x (..., unit) in any array library and let gradients flow. The features of those in
`POSITIVE` are never negative, as a weighted mean of the values needs.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import array_api_compat
import numpy as np

from neuromem import checks

SHARPNESS = 20.0  # beta of `softmax`, for x of length 1


def identity(x: Any) -> Any:
    """Return x itself: the kernel q.k.

    Parameters
    ----------
    x : array of shape (..., unit)
        Keys or queries.

    Returns
    -------
    array of shape (..., feature)
        phi(x).
    """
    return x


def elu(x: Any) -> Any:
    """Return x + 1 where x > 0 and exp(x) elsewhere.

    Parameters
    ----------
    x : array of shape (..., unit)
        Keys or queries.

    Returns
    -------
    array of shape (..., feature)
        phi(x).

    References
    ----------
    Katharopoulos, A. et al. (2020). Transformers are RNNs. https://arxiv.org/abs/2006.16236
    """
    xp = array_api_compat.array_namespace(x)
    return xp.where(x > 0, x + 1, xp.exp(xp.where(x > 0, xp.zeros_like(x), x)))


def dpfp(x: Any, expansion: int = 1) -> Any:
    """Return r_i r_(i-j) for j = 1 .. expansion, with r = [relu(x), relu(-x)].

    Indices wrap round, so that there are 2 * expansion * unit features: a deterministic
    parameter-free projection.

    Parameters
    ----------
    x : array of shape (..., unit)
        Keys or queries.
    expansion : int, default 1
        Features over units, halved.

    Returns
    -------
    array of shape (..., feature)
        phi(x).

    References
    ----------
    Schlag, I., Irie, K. & Schmidhuber, J. (2021). Linear transformers are secretly fast weight
    programmers. https://arxiv.org/abs/2102.11174
    """
    xp = array_api_compat.array_namespace(x)
    zero = xp.zeros_like(x)
    r = xp.concat([xp.maximum(x, zero), xp.maximum(-x, zero)], axis=-1)
    return xp.concat([r * xp.roll(r, j, axis=-1) for j in range(1, expansion + 1)], axis=-1)


def taylor(x: Any) -> Any:
    """Return [1, x, x_i x_j / sqrt(2)]: the kernel 1 + q.k + (q.k)^2 / 2, near exp(q.k).

    There are 1 + unit + unit^2 features.

    Parameters
    ----------
    x : array of shape (..., unit)
        Keys or queries.

    Returns
    -------
    array of shape (..., feature)
        phi(x).

    References
    ----------
    Arora, S. et al. (2024). Simple linear attention language models balance the recall-throughput
    tradeoff. https://arxiv.org/abs/2402.18668
    """
    xp = array_api_compat.array_namespace(x)
    second = (x[..., :, None] * x[..., None, :]) / math.sqrt(2)
    return xp.concat([xp.ones_like(x[..., :1]), x, xp.reshape(second, (*x.shape[:-1], x.shape[-1] ** 2))], axis=-1)


def random(x: Any, expansion: int = 1, rng: int = 0) -> Any:
    """Return exp(w_m.x - |x|^2 / 2) / sqrt(M) for M = expansion * unit normal vectors w_m.

    On average over the vectors this is the kernel exp(q.k).

    Parameters
    ----------
    x : array of shape (..., unit)
        Keys or queries.
    expansion : int, default 1
        Features over units.
    rng : int, default 0
        Seed of the vectors.

    Returns
    -------
    array of shape (..., feature)
        phi(x).

    References
    ----------
    Choromanski, K. et al. (2021). Rethinking attention with performers.
    https://arxiv.org/abs/2009.14794
    """
    xp = array_api_compat.array_namespace(x)
    features = expansion * x.shape[-1]
    w = np.random.default_rng(checks.seed(rng)).normal(size=(x.shape[-1], features))
    w = xp.asarray(w, dtype=x.dtype, device=array_api_compat.device(x))
    return xp.exp(x @ w - xp.sum(x * x, axis=-1, keepdims=True) / 2) / math.sqrt(features)


def silu(x: Any) -> Any:
    """Return x / (1 + exp(-x)), which nearly drops what is negative: keys of gated attention.

    Parameters
    ----------
    x : array of shape (..., unit)
        Keys or queries.

    Returns
    -------
    array of shape (..., feature)
        phi(x).
    """
    xp = array_api_compat.array_namespace(x)
    far, zero = x < -10, xp.zeros_like(x)  # exp(-x) would overflow, and exp(x) does not
    small = xp.exp(xp.where(far, x, zero))
    return xp.where(far, x * small / (1 + small), x / (1 + xp.exp(-xp.where(far, zero, x))))


def softmax(x: Any, beta: float = SHARPNESS) -> Any:
    """Return exp(beta x_i) over its sum, for the units that are not 0: a few large features.

    A unit of 0, which is unknown in a cue, has the feature 0.

    Parameters
    ----------
    x : array of shape (..., unit)
        Keys or queries.
    beta : float, default 20
        Sharpness, for x of length 1.

    Returns
    -------
    array of shape (..., feature)
        phi(x).
    """
    xp = array_api_compat.array_namespace(x)
    known, zero = x != 0, xp.zeros_like(x)
    none = xp.astype(~xp.any(known, axis=-1, keepdims=True), x.dtype)
    most = xp.max(xp.where(known, x, -math.inf), axis=-1, keepdims=True)  # of the known units alone
    features = xp.where(known, xp.exp(beta * xp.where(known, x - most, zero)), zero)
    return features / (xp.sum(features, axis=-1, keepdims=True) + none)


FEATURES = {
    "identity": identity,
    "elu": elu,
    "dpfp": dpfp,
    "taylor": taylor,
    "random": random,
    "silu": silu,
    "softmax": softmax,
}
POSITIVE = ("elu", "dpfp", "random", "softmax")


def feature_map(name: str, expansion: int = 1, rng: int = 0) -> Callable[[Any], Any]:
    """Return the feature map of that name, with those of the settings that it takes.

    Parameters
    ----------
    name : str
        One of `FEATURES`.
    expansion : int, default 1
        Number of features over that of units, for dpfp (twice as many) and random.
    rng : int, default 0
        Seed of the random features.

    Returns
    -------
    callable
        The function x -> phi(x).

    Examples
    --------
    >>> feature_map("dpfp")(np.array([[1.0, -2.0]])).tolist()
    [[2.0, 0.0, 0.0, 0.0]]
    """
    settings: dict[str, dict[str, int]] = {
        "dpfp": {"expansion": expansion},
        "random": {"expansion": expansion, "rng": rng},
    }
    return partial(FEATURES[name], **settings.get(name, {}))
