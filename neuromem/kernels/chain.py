"""Small networks, and the gradient of a loss by their matrices, in any array library.

A network is a chain of levels, y = f_L(... f_1(x)). A level is one matrix, f(x) = W x, or two,
f(x) = W_2 s(W_1 x) with s = GELU; all levels but the last add their input, x + f(x). Matrices are
(..., unit out, unit in), tokens are rows (..., item, unit), and leading axes are independent
networks.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import array_api_compat

Level = tuple[Any, ...]
Loss = Callable[[Any, Any], Any]  # output and value -> gradient of the loss by the output


def gelu(x: Any) -> tuple[Any, Any]:
    """Return GELU(x) by its formula with tanh, and its derivative.

    Parameters
    ----------
    x : array
        Any.

    Returns
    -------
    tuple of arrays
        s(x) and s'(x).
    """
    xp = array_api_compat.array_namespace(x)
    scale = math.sqrt(2 / math.pi)
    t = xp.tanh(scale * (x + 0.044715 * x**3))
    return x * (1 + t) / 2, (1 + t) / 2 + x * (1 - t * t) / 2 * scale * (1 + 3 * 0.044715 * x * x)


def forward(levels: Sequence[Level], x: Any) -> Any:
    """Return y (..., item, unit).

    Parameters
    ----------
    levels : sequence of tuples of arrays
        The network.
    x : array of shape (..., item, unit)
        Keys or queries.

    Returns
    -------
    array of shape (..., item, value unit)
        What it gives.
    """
    for level in levels[:-1]:
        x = x + _one(level, x)
    return _one(levels[-1], x)


def gradients(levels: Sequence[Level], x: Any, value: Any, loss: Loss, weight: Any = 1.0) -> list[Level]:
    """Return the gradient of the sum of losses by each matrix, by going backward through the chain.

    Parameters
    ----------
    levels : sequence of tuples of arrays
        The network.
    x : array of shape (..., item, unit)
        Keys.
    value : array of shape (..., item, value unit)
        What they should give.
    loss : callable
        Gradient of the loss by the output, from output and value.
    weight : float or array of shape (..., item, 1), default 1
        Weight of each item.

    Returns
    -------
    list of tuples of arrays
        As `levels`.
    """
    inputs = [x]
    for level in levels[:-1]:
        inputs.append(inputs[-1] + _one(level, inputs[-1]))
    error = weight * loss(_one(levels[-1], inputs[-1]), value)
    found: list[Level] = []
    for at in range(len(levels) - 1, -1, -1):
        level, x = levels[at], inputs[at]
        if len(level) == 1:
            found.append((error.mT @ x,))
            back = error @ level[0]
        else:
            hidden, slope = gelu(x @ level[0].mT)
            inner = (error @ level[1]) * slope
            found.append((inner.mT @ x, error.mT @ hidden))
            back = inner @ level[0]
        error = back + error if at < len(levels) - 1 else back
    return found[::-1]


def _one(level: Level, x: Any) -> Any:
    return x @ level[0].mT if len(level) == 1 else gelu(x @ level[0].mT)[0] @ level[1].mT
