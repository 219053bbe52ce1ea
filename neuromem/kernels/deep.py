"""Deep memories: what a small network is written by, and how it steps and forgets."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any, NamedTuple

import array_api_compat
import numpy as np

from neuromem import checks

from .chain import Level, Loss, gradients

SMOOTH = 1e-6  # added where a power or its slope would be infinite at 0
OBJECTIVES = ("l2", "lp", "huber")
OPTIMISERS = ("descent", "momentum")
RETENTIONS = ("decay", "lq", "lq_published", "simplex")


def loss_gradient(objective: str, power: float = 3.0, threshold: float = 1.0) -> Loss:
    """Return the gradient of a loss of e = y - v by the output y.

        l2     |e|^2 / 2                                        e
        lp     sum |e_j|^p / p                                  e_j (e_j^2 + 1e-6)^(p/2 - 1)
        huber  |e|^2 / 2 up to |e| = threshold, then linear     e min(1, threshold / |e|)

    Parameters
    ----------
    objective : str
        "l2", "lp" or "huber".
    power : float, default 3
        p.
    threshold : float, default 1
        Length of the error from which a Huber loss is linear.

    Returns
    -------
    callable
        Gradient from output and value, both (..., item, value unit).
    """

    def huber(y: Any, v: Any) -> Any:
        xp, e = array_api_compat.array_namespace(y), y - v
        square = xp.sum(e * e, axis=-1, keepdims=True)
        far = square > threshold * threshold
        size = xp.sqrt(xp.where(far, square, xp.ones_like(square)))  # the root of 0 has no slope
        return e * xp.where(far, threshold / size, 1.0)

    def lp(y: Any, v: Any) -> Any:
        e = y - v
        return e * (e * e + SMOOTH) ** (power / 2 - 1)

    return {"l2": lambda y, v: y - v, "lp": lp, "huber": huber}[objective]


def retained(retention: str, held: Any, power: float = 4.0) -> Any:
    """Return the weights with which a memory reads, from what it holds for them.

        decay         W = A
        lq            W = sign(A) |A|^(q-1) / |A|_q^(q-2)      the map dual to |W|_q*^2 / 2
        lq_published  W = A / |A|_q^(q-2)
        simplex       W = exp(A)                               rows of a constant sum

    Where q is below 3 and not 2, |A| is |A| + 1e-6, as |A|^(q-2) has no slope at 0. For A = 0 the
    norm is taken as 1.

    Parameters
    ----------
    retention : str
        One of `RETENTIONS`.
    held : array of shape (..., unit out, unit in)
        A.
    power : float, default 4
        q.

    Returns
    -------
    array of shape (..., unit out, unit in)
        W.
    """
    xp = array_api_compat.array_namespace(held)
    if retention == "decay":
        return held
    if retention == "simplex":
        return xp.exp(held)
    size = abs(held) + (0.0 if power == 2 or power >= 3 else SMOOTH)
    total = xp.sum(size**power, axis=(-2, -1), keepdims=True)
    norm = xp.where(total > 0, total, xp.ones_like(total)) ** (1 / power)  # the root of 0 has no slope
    norm = norm ** (power - 2)
    return (held * size ** (power - 2) if retention == "lq" else held) / norm


def kept(retention: str, held: Any, step: Any, decay: Any, total: float = 1.0) -> Any:
    """Return what is held after one step.

        simplex  A <- ln(total softmax(decay A + step)) by rows;   others  A <- decay A + step

    Parameters
    ----------
    retention : str
        One of `RETENTIONS`.
    held, step : array of shape (..., unit out, unit in)
        A, and the step along minus the gradient.
    decay : float or array of shape (..., 1, 1)
        What is kept of A.
    total : float, default 1
        Sum of a row.

    Returns
    -------
    array of shape (..., unit out, unit in)
        The new A.
    """
    held = decay * held + step
    if retention != "simplex":
        return held
    xp = array_api_compat.array_namespace(held)
    most = xp.max(held, axis=-1, keepdims=True)
    return held - most - xp.log(xp.sum(xp.exp(held - most), axis=-1, keepdims=True)) + math.log(total)


class Deep(NamedTuple):
    """The kind of a deep memory: its network, what it minimises, and how it steps and forgets.

    What it holds is a dict of arrays: for the matrix m of the level l, weights_l_m, which is A;
    with momentum surprise_l_m; and with a period above 1 waiting_l_m, the steps that wait.

    Parameters
    ----------
    depth, expansion : int
        Matrices of a level, and hidden units over units where there are two.
    objective, retention, optimiser : str
        One of `OBJECTIVES`, `RETENTIONS` and `OPTIMISERS`.
    periods : tuple of int
        Tokens between two changes of each level.
    power, norm, threshold : float
        p of lp, q of lq, and the length of the error from which a Huber loss is linear.
    """

    depth: int
    expansion: int
    objective: str
    retention: str
    optimiser: str
    periods: tuple[int, ...]
    power: float
    norm: float
    threshold: float

    def names(self) -> list[str]:
        """Return the names of the matrices, in the order of the chain.

        Returns
        -------
        list of str
            LEVEL_MATRIX for each.
        """
        return [f"{level}_{matrix}" for level in range(len(self.periods)) for matrix in range(self.depth)]

    def shapes(self, units: int, outputs: int) -> dict[str, tuple[int, int]]:
        """Return (unit out, unit in) of each matrix.

        Parameters
        ----------
        units, outputs : int
            Length of a key and of a value.

        Returns
        -------
        dict of str to tuple
            Shapes by the names of `names`.
        """
        shapes = []
        for level in range(len(self.periods)):
            last = outputs if level == len(self.periods) - 1 else units
            sizes = [units, *[self.expansion * units] * (self.depth - 1), last]
            shapes += [(out, inner) for inner, out in pairwise(sizes)]
        return dict(zip(self.names(), shapes, strict=True))

    def start(self, first: dict[str, Any]) -> dict[str, Any]:
        """Return what is held at first.

        Parameters
        ----------
        first : dict of str to array
            The matrices A by the names of `names`.

        Returns
        -------
        dict of str to array
            With momentum and steps that wait at 0.
        """
        held = {f"weights_{name}": matrix for name, matrix in first.items()}
        if self.optimiser == "momentum":
            held |= {f"surprise_{name}": 0 * matrix for name, matrix in first.items()}
        waits = [name for name in first if self.periods[int(name.partition("_")[0])] > 1]
        return held | {f"waiting_{name}": 0 * first[name] for name in waits}

    def levels(self, held: dict[str, Any]) -> list[Level]:
        """Return the network W of what is held.

        Parameters
        ----------
        held : dict of str to array
            What is held.

        Returns
        -------
        list of tuples of arrays
            The levels.
        """
        weights = [retained(self.retention, held[f"weights_{name}"], self.norm) for name in self.names()]
        return [tuple(weights[i : i + self.depth]) for i in range(0, len(weights), self.depth)]

    def step(
        self, held: dict[str, Any], key: Any, value: Any, rate: Any, number: int, decay: Any, momentum: Any
    ) -> dict[str, Any]:
        """Return what is held after tokens between which no level changes.

        Parameters
        ----------
        held : dict of str to array
            What is held before.
        key, value : array of shape (..., item, unit)
            The tokens.
        rate : float or array of shape (..., item, 1)
            Their steps.
        number : int
            Number of the last of them since the start; levels whose period divides it change.
        decay, momentum : float or array of shape (..., 1, 1)
            What is kept of A and of the surprise.

        Returns
        -------
        dict of str to array
            The new one.
        """
        new = dict(held)
        loss = loss_gradient(self.objective, self.power, self.threshold)
        slopes = [slope for level in gradients(self.levels(held), key, value, loss, rate) for slope in level]
        for at, (name, slope) in enumerate(zip(self.names(), slopes, strict=True)):
            period = self.periods[at // self.depth]
            step = held[f"waiting_{name}"] - slope if period > 1 else -slope
            if period > 1:
                new[f"waiting_{name}"] = 0 * step if number % period == 0 else step
            if number % period == 0:
                if self.optimiser == "momentum":
                    step = new[f"surprise_{name}"] = momentum * held[f"surprise_{name}"] + step
                new[f"weights_{name}"] = kept(self.retention, held[f"weights_{name}"], step, decay)
        return new


def kind(
    *,
    depth: int,
    expansion: int,
    objective: str,
    retention: str,
    optimiser: str,
    period: int | tuple[int, ...],
    power: float,
    norm: float,
    threshold: float,
) -> Deep:
    """Return the kind of a deep memory, once its settings are known to be some.

    Parameters
    ----------
    depth, expansion, objective, retention, optimiser : object
        As in `Deep`.
    period : int or tuple of int
        One a level.
    power, norm, threshold : float
        As in `Deep`.

    Returns
    -------
    Deep
        The kind.

    Raises
    ------
    InputError
        If one of them can't be used.
    """
    periods = period if isinstance(period, tuple) else (period,)
    if not periods:
        raise checks.refusal("period", "be one or several whole numbers", "was empty", "give 1")
    return Deep(
        checks.whole("depth", depth, most=2),
        checks.whole("expansion", expansion),
        checks.choice("objective", objective, OBJECTIVES),
        checks.choice("retention", retention, RETENTIONS),
        checks.choice("optimiser", optimiser, OPTIMISERS),
        tuple(checks.whole("period", one) for one in periods),
        checks.real("power", power, least=1),
        checks.real("norm", norm, above=1),
        checks.real("threshold", threshold, above=0),
    )


def prepared(of: Deep, name: str, shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Return a matrix A of a network that has learnt nothing.

    W_1 is random. All others are 0, where a level gives nothing, but for lq_published, for which 0
    is a pole, and simplex, for which the weights of a row are equal.

    Parameters
    ----------
    of : Deep
        The kind of memory.
    name : str
        One of `Deep.names`.
    shape : tuple of int
        (unit out, unit in).
    rng : numpy.random.Generator
        Draws it.

    Returns
    -------
    ndarray
        A.
    """
    drawn = rng.normal(size=shape)
    if of.retention == "simplex":
        return np.full(shape, -math.log(shape[1]))
    if of.depth == 2 and name.endswith("_0"):
        return drawn / math.sqrt(shape[1])
    return 0.1 * drawn if of.retention == "lq_published" else 0 * drawn
