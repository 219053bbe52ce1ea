"""The bidirectional associative memory: pairs that are recalled from either side."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from neuromem import checks
from neuromem.arrays import bits_of, require_host, same_kind
from neuromem.memory import Cost, Recall
from neuromem.trace import Film, Traced


class BAM(Traced):
    """Bidirectional associative memory of pairs: keys x and values y, both of +1/-1.

    The two sides answer each other until both stand still:

        W = sum_mu y^mu x^mu^T                                                                 (1)
        y_i <- sign(sum_j W_ij x_j)                                                            (2)
        x_j <- sign(sum_i W_ij y_i)                                                            (3)
        E = -sum_ij y_i W_ij x_j                                                               (4)

    A unit whose field is 0 keeps its state, and E never rises, so that every recall ends. Without
    values each item is its own value. The fields are whole numbers, and exact.

    Parameters
    ----------
    units : int
        Length of a key.
    steps : int, default 100
        Most passes from the keys to the values and back. What does not stand still within them is
        not converged.

    Attributes
    ----------
    stored : int
        Number of pairs stored.
    synapses : dict
        {"weights": W} of shape (value unit, unit); empty before the first store. It may be set.

    Raises
    ------
    InputError
        If an argument is out of its range.

    References
    ----------
    Kosko, B. (1988). Bidirectional associative memories. IEEE Trans. Syst. Man Cybern. 18, 49.
    https://doi.org/10.1109/21.87054

    Examples
    --------
    >>> memory = BAM(6).store([[1, 1, 1, -1, -1, -1], [1, -1, 1, -1, 1, -1]], [[1, 1], [1, -1]])
    >>> memory.recall([[1, 1, 1, -1, 0, 0]]).items
    array([[1, 1]])
    >>> memory.recall_keys([[1, -1]])
    array([[ 1, -1,  1, -1,  1, -1]])
    """

    step_unit = "passes"

    def __init__(self, units: int, *, steps: int = 100):
        self.units = checks.whole("units", units, way_out="give the length of one item, such as 256")
        self.steps = checks.whole("steps", steps)
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self.stored, self._operations = 0, float("nan")
        self._held = np.zeros((0, self.units), np.int32)  # W

    def store(self, keys: Any, values: Any = None) -> Self:
        """Add pairs of +1/-1 by (1); all values have one length."""
        keys, values = checks.pairs(keys, values, self.units)
        x = require_host(checks.spins("keys", keys, self.units)).astype(float)
        y = require_host(checks.spins("values", values, len(self._held) or "value unit")).astype(float)
        checks.fits("values", 20 * y.shape[1] * self.units, "take shorter keys or values")
        kind = self._held.dtype
        held = self._held if len(self._held) else np.zeros((y.shape[1], self.units), kind)
        self._held = (held + y.T @ x).astype(kind)  # (1)
        self.stored += len(x)
        return self

    def recall(self, cues: Any) -> Recall:
        """Give the value of each key, after passes between the two sides."""
        return self._filmed(cues, None)

    def _filmed(self, cues: Any, film: Film | None) -> Recall:
        """What `recall` gives; filmed are the values after each pass."""
        cues = checks.cues(cues, self.units)
        x = np.sign(require_host(cues).astype(float))
        if film:
            film(x)
        _, y, steps, settled = self._settle(x, self._held.astype(float), film)
        operations = steps * 2.0 * self._held.size
        self._operations = float(operations.mean())
        return Recall(same_kind(y.astype(np.int8), cues), steps, settled, operations)

    def recall_keys(self, values: Any) -> Any:
        """Give the key of each value, the other way round.

        Parameters
        ----------
        values : array of shape (cue, value unit)
            Damaged values; a 0 means unknown.

        Returns
        -------
        array of shape (cue, units)
            Keys of +1/-1; 0 where a unit without a field was unknown.
        """
        checks.stored(self, len(self._held))
        values = checks.array("values", values, ("cue", len(self._held)))
        _, x, *_ = self._settle(np.sign(require_host(values).astype(float)), self._held.T.astype(float))
        return same_kind(x.astype(np.int8), values)

    def _settle(
        self, one: np.ndarray, w: np.ndarray, film: Film | None = None
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Where both sides stand still, from one of them; the passes, and whether they do."""
        checks.stored(self, len(self._held))
        other = np.zeros((len(one), len(w)))
        steps, moving = np.zeros(len(one), int), np.arange(len(one))
        for _ in range(self.steps):
            field = one[moving] @ w.T
            there = np.where(field == 0, other[moving], np.sign(field))  # (2)
            field = there @ w
            back = np.where(field == 0, one[moving], np.sign(field))  # (3)
            changed = (there != other[moving]).any(1) | (back != one[moving]).any(1)
            one[moving], other[moving] = back, there
            if film:
                film(other)
            steps[moving] += 1
            moving = moving[changed]
            if not len(moving):
                break
        return one, other, steps, ~np.isin(np.arange(len(one)), moving)

    def pair_energy(self, keys: Any, values: Any) -> np.ndarray:
        """Give the energy of states of both sides, equation (4).

        Parameters
        ----------
        keys : array of shape (state, units)
            One side.
        values : array of shape (state, value unit)
            The other.

        Returns
        -------
        ndarray of shape (state,)
            E.
        """
        x = require_host(checks.array("keys", keys, ("state", self.units))).astype(float)
        y = require_host(checks.array("values", values, (len(x), len(self._held)))).astype(float)
        return -(y * (x @ self._held.T)).sum(1)  # (4)

    @property
    def synapses(self) -> dict[str, np.ndarray]:
        """A copy of W; set, it is used as it is."""
        return {"weights": self._held.copy()} if len(self._held) else {}

    @synapses.setter
    def synapses(self, new: Any) -> None:
        self._held = np.array(require_host(checks.synapses(new, self.synapses)["weights"]), float)

    @property
    def cost(self) -> Cost:
        """Bits of the weights, 32 each, or 64 once set; a pass takes two multiply-adds each."""
        return Cost(bits_of(self._held), self._held.size, self._operations)
