"""Slots written by gradient descent: what several steps on all pairs gain over one write."""

from __future__ import annotations

from typing import Any, ClassVar

import array_api_compat
import numpy as np

from neuromem import checks
from neuromem.arrays import same_kind, unit_length
from neuromem.kernels.separation import softmax
from neuromem.models._one_step import OneStep, zeros


class GradientSlots(OneStep):
    """A few slots of address and content, which descend the error of recall on what is stored.

    Equations, numbered as in the code's comments:

        p = softmax(beta k.a_j),  o = sum_j p_j u_j       read, k of length 1                   (1)
        L = sum |o - v|^2                                 over the pairs of one store           (2)
        u <- u - rate grad_u L;  a <- a - rate grad_a L   `descents` times                      (3)
        u_j <- mean of v over the pairs nearest to a_j    once, where descents = 0              (4)

    This is GradMem without a transformer: GradMem writes a context into a few vectors of memory by
    steps of gradient on how well the context is told from them, through a language model, whose
    start is trained so that a step or two are enough. Here nothing is trained, so that more steps
    are needed: what is shown is that steps on the error gain much over one write. All pairs of a
    call of `store` are one context; another call goes on from where the slots are, and may
    overwrite what they hold. Values are scaled by their root mean square length in the first call.

    Parameters
    ----------
    units : int
        Length of a key.
    slots : int, default 8
        How many slots there are.
    descents : int, default 100
        Steps a call of `store`; 0 means (4).
    rate : float, default 0.1
        Step.
    beta : float, default 8
        Sharpness of (1).
    rng : int or numpy.random.Generator, default 0
        Draws the addresses, of length 1, at the start; the contents start at 0.

    Attributes
    ----------
    stored : int
        Number of items stored.
    seed : int
        What the addresses were drawn from.

    Raises
    ------
    InputError
        If arrays have another shape or library, nothing is stored at a recall, or learning
        diverges.

    References
    ----------
    Kuratov, Y., Kairov, M., Bulatov, A., Rodkin, I. & Burtsev, M. (2026). GradMem: learning to
    write context into memory with test-time gradient descent. ICML.
    https://arxiv.org/abs/2603.13875

    Examples
    --------
    >>> import neuromem as nm
    >>> keys, values = (nm.patterns.random(6, 64, rng=seed) for seed in (0, 1))
    >>> for descents in (0, 20):
    ...     recall = GradientSlots(64, descents=descents).store(keys, values).recall(keys)
    ...     print(round(float(nm.metrics.overlap(recall, values).mean()), 1))
    0.7
    1.0
    """

    exceptions: ClassVar[dict[str, str]] = {
        "items_may_come_one_at_a_time": "each call descends the error of its own pairs, from where the last one ended",
    }

    def __init__(
        self,
        units: int,
        *,
        slots: int = 8,
        descents: int = 100,
        rate: float = 0.1,
        beta: float = 8.0,
        rng: int | np.random.Generator = 0,
    ):
        super().__init__(units)
        self.slots = checks.whole("slots", slots)
        self.descents = checks.whole("descents", descents, least=0)
        self.rate = checks.real("rate", rate, above=0)
        self.beta = checks.real("beta", beta, above=0)
        checks.fits("slots", 8 * self.slots * self.units, "take fewer slots or units")
        self.seed = checks.seed(rng)
        self._addresses = unit_length(np.random.default_rng(self.seed).normal(size=(self.slots, self.units)))

    def _learn(self, state: dict[str, Any], keys: Any, values: Any) -> dict[str, Any]:
        xp, keys = array_api_compat.array_namespace(keys), unit_length(keys)
        if state:
            a, u, size = state.values()
        else:
            a, u = same_kind(self._addresses, keys), zeros(keys, self.slots, values.shape[1])
            square = xp.mean(xp.sum(values * values, axis=1))
            size = xp.sqrt(xp.where(square > 0, square, xp.ones_like(square)))
        v = values / size
        if not self.descents:
            near = same_kind(np.eye(self.slots), keys)[xp.argmax(keys @ a.T, axis=1)]
            number = xp.sum(near, axis=0)[:, None]
            u = xp.where(number > 0, near.T @ v / xp.clip(number, 1, None), u)  # (4)
        with np.errstate(over="ignore", invalid="ignore"):  # what diverges is refused afterwards
            for _ in range(self.descents):
                p = softmax(keys @ a.T, self.beta)
                o = p @ u  # (1)
                e = 2 * (o - v)  # (2)
                along = p * (e @ u.T - xp.sum(e * o, axis=1, keepdims=True))
                u, a = u - self.rate * (p.T @ e), a - self.rate * self.beta * (along.T @ keys)  # (3)
        return {"addresses": a, "contents": u, "size": size}

    def _respond(self, state: dict[str, Any], cues: Any) -> Any:
        p = softmax(unit_length(cues) @ state["addresses"].T, self.beta)
        return state["size"] * (p @ state["contents"])  # (1)
