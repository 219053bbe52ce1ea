"""Feature maps of linear attention: plain functions of x (..., unit) whose products stand for a kernel, phi(q).phi(k).

Any array library; gradients flow. Those in `POSITIVE` are never negative, as a normaliser needs.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import array_api_compat
import numpy as np

from neuromem import checks


def identity(x: Any) -> Any:
    """x: the kernel q.k."""
    return x


def elu(x: Any) -> Any:
    """x + 1 where x > 0, exp(x) elsewhere: Katharopoulos et al. 2020, arXiv:2006.16236."""
    xp = array_api_compat.array_namespace(x)
    return xp.where(x > 0, x + 1, xp.exp(xp.where(x > 0, xp.zeros_like(x), x)))


def dpfp(x: Any, expansion: int = 1) -> Any:
    """r_i r_(i+j) for j = 1..expansion, r = [relu(x), relu(-x)], indices wrapping round; 2 units expansion features.

    Deterministic parameter-free projection: Schlag et al. 2021, arXiv:2102.11174.
    """
    xp = array_api_compat.array_namespace(x)
    zero = xp.zeros_like(x)
    r = xp.concat([xp.maximum(x, zero), xp.maximum(-x, zero)], axis=-1)
    return xp.concat([r * xp.roll(r, j, axis=-1) for j in range(1, expansion + 1)], axis=-1)


def taylor(x: Any) -> Any:
    """[1, x, x_i x_j / sqrt(2)]: the kernel 1 + q.k + (q.k)^2 / 2, second order of exp(q.k).

    1 + units + units^2 features. Arora et al. 2024 (Based), arXiv:2402.18668.
    """
    xp = array_api_compat.array_namespace(x)
    second = (x[..., :, None] * x[..., None, :]) / math.sqrt(2)
    return xp.concat([xp.ones_like(x[..., :1]), x, xp.reshape(second, (*x.shape[:-1], x.shape[-1] ** 2))], axis=-1)


def random(x: Any, expansion: int = 1, seed: int = 0) -> Any:
    """exp(w_m.x - |x|^2 / 2) / sqrt(M) for M = expansion units normal vectors w_m: the kernel exp(q.k), on average.

    Positive random features: Choromanski et al. 2021 (Performer), arXiv:2009.14794.
    """
    xp = array_api_compat.array_namespace(x)
    features = expansion * x.shape[-1]
    w = np.random.default_rng(checks.seed(seed)).normal(size=(x.shape[-1], features))
    w = xp.asarray(w, dtype=x.dtype, device=array_api_compat.device(x))
    return xp.exp(x @ w - xp.sum(x * x, axis=-1, keepdims=True) / 2) / math.sqrt(features)


FEATURES = {"identity": identity, "elu": elu, "dpfp": dpfp, "taylor": taylor, "random": random}
POSITIVE = ("elu", "dpfp", "random")


def feature_map(name: str, expansion: int = 1, seed: int = 0) -> Callable[[Any], Any]:
    """The feature map of that name, with the settings it takes."""
    settings: dict[str, dict[str, int]] = {
        "dpfp": {"expansion": expansion},
        "random": {"expansion": expansion, "seed": seed},
    }
    return partial(FEATURES[name], **settings.get(name, {}))
