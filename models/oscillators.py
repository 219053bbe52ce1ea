"""Oscillators: units that are vectors of length 1 and turn into their fields."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from neuromem import checks
from neuromem.arrays import bits_of, require_host, same_kind, to_host
from neuromem.base import Base
from neuromem.memory import Cost, Recall

VECTORS = 6 * 8  # bytes for each number of a unit: the states before and after a step, and what comes between
STILL = 1e-5  # change of a unit in a step below which it stands


class Oscillators(Base):
    """Artificial Kuramoto oscillatory neurons, coupled by Hebb's rule.

    Equations, numbered as in the code's comments:

        J = (1/N) sum_mu x^mu (x^mu)^T, without its diagonal                                   (1)
        y_i = sum_j J_ij s_j                                                                   (2)
        s_i <- s_i + rate (y_i - (y_i.s_i) s_i), over its length                               (3)
        E = -(1/2) sum_ij J_ij s_i.s_j                                                         (4)

    Each unit s_i is a vector of `dimensions` numbers with length 1. In two dimensions (3) is
    Kuramoto's model of phases without frequencies. A cue is given along the first axis, with some
    noise, without which nothing would turn; an unknown unit is noise alone. What comes back is the
    side of the axis along which the state agrees with the cue, as a state can turn as a whole.

    With random items it holds fewer of them than spins do: a load of about 0.04 in two dimensions
    (`theory.oscillators`), and less in more.

    Parameters
    ----------
    units : int
        Length N of an item.
    dimensions : int, default 2
        Numbers of a unit, at least 2.
    rate : float, default 0.5
        How far a unit turns in a step. Above about 1 the energy can rise.
    noise : float, default 0.1
        Standard deviation of the noise at the start, of each number of a unit.
    steps : int, default 400
        The most steps.
    rng : int or numpy.random.Generator, default 0
        Randomness of the noise, which is the same for every cue.

    Attributes
    ----------
    stored : int
        Number of items stored.
    synapses : dict
        {"weights": J (unit, unit)}.
    seed : int
        The seed that `rng` gave.

    Raises
    ------
    InputError
        If an argument is out of its range.

    References
    ----------
    Miyato, T., Löwe, S., Geiger, A. & Welling, M. (2025). Artificial Kuramoto oscillatory neurons.
    ICLR. https://arxiv.org/abs/2410.13821

    Examples
    --------
    >>> import neuromem as nm
    >>> items = nm.patterns.random(3, 200, rng=0)
    >>> recall = Oscillators(200).store(items).recall(nm.cues.flip(items, 0.1, rng=1))
    >>> bool(nm.metrics.exact(recall, items).all())
    True
    """

    step_unit = "steps"

    def __init__(
        self,
        units: int,
        *,
        dimensions: int = 2,
        rate: float = 0.5,
        noise: float = 0.1,
        steps: int = 400,
        rng: int | np.random.Generator = 0,
    ):
        self.units = checks.whole("units", units, way_out="give the length of one item, such as 256")
        self.dimensions = checks.whole("dimensions", dimensions, least=2)
        self.rate = checks.real("rate", rate, above=0)
        self.noise = checks.real("noise", noise, above=0)
        self.steps = checks.whole("steps", steps)
        self.seed = checks.seed(rng)
        checks.fits("units", 8 * float(self.units) ** 2, "make it shorter")
        checks.fits("dimensions", VECTORS * self.units * self.dimensions, "take fewer dimensions")
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self.stored = 0
        self._weights = np.zeros((self.units, self.units))
        self._given = False
        self._operations = float("nan")

    def store(self, keys: Any, values: Any = None) -> Self:
        """Add items of +1/-1 to the weights, equation (1)."""
        checks.auto(self, values)
        x = require_host(checks.spins("keys", keys, self.units)).astype(float)
        added = x.T @ x / self.units  # (1)
        np.fill_diagonal(added, 0)
        self._weights = self._weights + added
        self.stored += len(x)
        return self

    def vectors(self, cues: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Let units turn from cues until they stand.

        Parameters
        ----------
        cues : array of shape (cue, unit)
            As in `recall`.

        Returns
        -------
        states : ndarray of shape (cue, unit, dimension)
            The units.
        steps : ndarray of shape (cue,)
            Steps taken.
        converged : ndarray of shape (cue,)
            Whether the units stand.
        """
        cues = np.sign(np.asarray(to_host(checks.cues(cues, self.units)), float))
        checks.stored(self, self.stored or self._given)
        checks.fits("cues", VECTORS * len(cues) * self.units * self.dimensions, "recall fewer cues at a time")
        rng = np.random.default_rng((self.seed, self.units, self.dimensions))
        s = np.zeros((len(cues), self.units, self.dimensions))
        s[..., 0] = cues
        s = _unit(s + self.noise * rng.standard_normal(s.shape[1:]))
        steps, converged = np.full(len(cues), self.steps), np.zeros(len(cues), bool)
        turning = np.arange(len(cues))
        for step in range(self.steps):
            old = s[turning]
            y = self._weights @ old  # (2)
            s[turning] = new = _unit(old + self.rate * (y - (y * old).sum(-1, keepdims=True) * old))  # (3)
            stand = np.abs(new - old).max((1, 2)) < STILL
            steps[turning[stand]], converged[turning[stand]] = step + 1, True
            turning = turning[~stand]
            if not len(turning):
                break
        return s, steps, converged

    def recall(self, cues: Any) -> Recall:
        """Let units turn until they stand, and read them along the axis of the cue."""
        cues = checks.cues(cues, self.units)
        s, steps, converged = self.vectors(cues)
        known = np.sign(np.asarray(to_host(cues), float))
        axis = np.einsum("cu,cud->cd", known, s)
        blank = (np.abs(axis).sum(1) == 0)[:, None]
        axis = np.where(blank, np.eye(self.dimensions)[0], axis)
        items = np.where(np.einsum("cud,cd->cu", s, axis) >= 0, 1, -1).astype(np.int8)
        operations = steps * float(self.dimensions * self.units**2)
        self._operations = float(operations.mean())
        return Recall(same_kind(items, cues), steps, converged, operations)

    def energy(self, states: Any) -> np.ndarray:
        """Give the energy of states, equation (4).

        Parameters
        ----------
        states : array of shape (state, unit), (state, unit, dimension), or Recall
            Spins of +1/-1, or units.

        Returns
        -------
        ndarray of shape (state,)
            E.
        """
        given = states.items if isinstance(states, Recall) else states
        vectors = ("dimension",) if checks.axes(given) == 3 else ()
        s = np.asarray(to_host(checks.array("states", given, ("state", self.units, *vectors))), float)
        s = s if vectors else s[..., None]
        return -np.einsum("cud,uv,cvd->c", s, self._weights, s, optimize=True) / 2  # (4)

    @property
    def synapses(self) -> dict[str, np.ndarray]:
        """A copy of the weights; set, they are used as they are."""
        return {"weights": self._weights.copy()}

    @synapses.setter
    def synapses(self, new: Any) -> None:
        self._weights = np.array(checks.synapses(new, self.synapses)["weights"], float)
        self._given = True

    @property
    def cost(self) -> Cost:
        """Bits of the weights, at 64 each."""
        return Cost(bits_of(self._weights), self._weights.size, self._operations)


def _unit(s: np.ndarray) -> np.ndarray:
    """The vectors over their lengths."""
    return s / np.sqrt((s**2).sum(-1, keepdims=True))
