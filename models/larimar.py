"""Larimar: slots that are written by solving for them, in one step or as a Kalman filter."""

from __future__ import annotations

from typing import Any

import array_api_compat
import numpy as np

from neuromem import checks
from neuromem.arrays import same_kind
from neuromem.models._one_step import OneStep

WRITES = ("direct", "sequential")
START = 5e-4  # of the published pseudo-inverse
RANK = 1e-12  # share of the largest eigenvalue below which one counts as 0


class Larimar(OneStep):
    """Memory of a few slots M, of which every item is a weighted sum; the weights are its address.

    Equations, numbered as in the code's comments:

        W = Z M_0^+                     addresses of the items Z in a random M_0                (1)
        M = W^+ Z                       write: the M that is best at giving Z from W            (2)
        w = z M^+,  o = w M             read                                                    (3)
        w = (M M^T + s^2 I)^-1 M z      address in the M of now                    sequential   (4)
        c = U w / (w.U w + s^2);  M <- M + c (z - w M);  U <- U - c (U w)^T        sequential   (5)

    M has the shape (slot, unit), and ^+ is the pseudo-inverse. A direct write holds W^T W and
    W^T Z, so that items may come in portions. Up to as many items as there are slots, (3) projects
    the cue on the items, as the projection rule of `Hopfield` does. From E orthogonal items on
    K < E slots it gives a part o of each of them: the mean of cos^2(o, z) is K / E.

    The sequential write is a Kalman filter in M, with the noise s: M and U are mean and covariance
    of the posterior from M_0 and I, given the addresses. After K items U is nearly 0, and what
    comes later is hardly written.

    It is held, and answers, in float64, whatever the precision of the items.

    The published code takes three steps of A <- 2 A - A X A from 5e-4 X^T for X^+. They leave
    80 % of the error for 16 random vectors of 64 units, which a trained encoder makes good for.

    Parameters
    ----------
    units : int
        Length of an item.
    slots : int, default 64
        K.
    write : str, default "direct"
        "direct", (1) and (2), or "sequential", (4) and (5).
    newton_steps : int, optional
        Steps of the published iteration for every ^+; without it they are exact.
    noise : float, default 0.01
        s.
    rng : int or numpy.random.Generator, default 0
        Draws M_0.

    Attributes
    ----------
    stored : int
        Number of items stored.
    seed : int
        What M_0 was drawn from.

    Raises
    ------
    InputError
        If values are given, arrays have another shape or library, nothing is stored at a recall, or
        a result is too large for its type, as that of an iteration that diverges.

    References
    ----------
    Das, P. et al. (2024). Larimar: large language models with episodic memory control. ICML.
    https://arxiv.org/abs/2403.11901

    Examples
    --------
    >>> import neuromem as nm
    >>> items = nm.patterns.random(20, 128, rng=0)
    >>> recalled = Larimar(128).store(items).recall(nm.cues.erase(items, 0.4, rng=1))
    >>> float(nm.metrics.overlap(recalled, items).min()) > 0.85
    True
    """

    def __init__(
        self,
        units: int,
        *,
        slots: int = 64,
        write: str = "direct",
        newton_steps: int | None = None,
        noise: float = 0.01,
        rng: int | np.random.Generator = 0,
    ):
        super().__init__(units)
        self.slots = checks.whole("slots", slots)
        self.write = checks.choice("write", write, WRITES)
        self.newton_steps = None if newton_steps is None else checks.whole("newton_steps", newton_steps, least=0)
        self.noise = checks.real("noise", noise, above=0)
        checks.fits("slots", 8 * self.slots * (8 * self.slots + 4 * self.units), "take fewer slots or units")
        self.seed = checks.seed(rng)
        self._prior = np.random.default_rng(self.seed).normal(size=(self.slots, self.units))

    def _pairs(self, keys: Any, values: Any) -> tuple[Any, Any]:
        checks.auto(self, values)
        return super()._pairs(keys, None)

    def _learn(self, state: dict[str, Any], keys: Any, values: Any) -> dict[str, Any]:
        xp = array_api_compat.array_namespace(keys)
        items = xp.astype(keys, xp.float64)  # a pseudo-inverse is no thing for single precision
        prior = same_kind(self._prior, items)
        if self.write == "sequential":
            held = state or {"slots": prior, "uncertainty": same_kind(np.eye(self.slots), items)}
            slots, uncertainty = held.values()
            for i in range(items.shape[0]):
                address = self._address(slots, items[i])  # (4)
                known = uncertainty @ address
                gain = (known / (address @ known + self.noise**2))[:, None]
                slots = slots + gain * (items[i] - address @ slots)
                uncertainty = uncertainty - gain * known  # (5)
            return {"slots": slots, "uncertainty": uncertainty}
        address = items @ (prior.T @ inverse(prior @ prior.T, self.newton_steps))  # (1)
        held = {"square": address.T @ address, "product": address.T @ items}
        return {name: state[name] + new for name, new in held.items()} if state else held

    def _read(self, state: dict[str, Any]) -> list[Any]:
        return [state["slots"]] if self.write == "sequential" else super()._read(state)

    def _respond(self, state: dict[str, Any], cues: Any) -> Any:
        first, second = state.values()
        slots = first if self.write == "sequential" else inverse(first, self.newton_steps) @ second  # (2)
        return cues @ slots.T @ inverse(slots @ slots.T, self.newton_steps) @ slots  # (3)

    def _address(self, slots: Any, item: Any) -> Any:
        xp = array_api_compat.array_namespace(slots)
        square = slots @ slots.T + self.noise**2 * same_kind(np.eye(self.slots), slots)
        return xp.linalg.solve(square, (slots @ item)[:, None])[:, 0]


def inverse(square: Any, newton_steps: int | None = None) -> Any:
    """Return the pseudo-inverse of X X^T, so that X^+ = X^T inverse(X X^T).

    Parameters
    ----------
    square : array of shape (slot, slot)
        X X^T.
    newton_steps : int, optional
        So many steps B <- 2 B - B X X^T B from 5e-4 I, which for X^T B are the published A <- 2 A -
        A X A from 5e-4 X^T; exact without. They converge where no eigenvalue is above 4000.

    Returns
    -------
    array of shape (slot, slot)
        B.

    Examples
    --------
    >>> inverse(np.diag([4.0, 0.0])).tolist()
    [[0.25, 0.0], [0.0, 0.0]]
    """
    xp = array_api_compat.array_namespace(square)
    if newton_steps is None:
        return xp.linalg.pinv(square, rtol=RANK)
    found = START * same_kind(np.eye(square.shape[0]), square)
    with np.errstate(over="ignore", invalid="ignore"):  # what diverges is refused afterwards
        for _ in range(newton_steps):
            found = 2 * found - found @ square @ found
    return found
