"""The multitasking Hebbian network: diluted patterns, several of which are retrieved at once."""

from __future__ import annotations

import math
from typing import Any, Self

import numpy as np

from neuromem import checks
from neuromem.arrays import bits_of, keep_device, namespace, require_finite
from neuromem.kernels import glauber
from neuromem.memory import Cost, Recall
from neuromem.models._examples import LearnsArchetypes


class Multitasking(LearnsArchetypes):
    """Multitasking Hebbian network: patterns with blank units, whose room a state gives to others.

    With the overlaps m_mu = (1/N) sum_i x_i^mu s_i the energy, the fields and the updates are

        E = -(1/2N) sum_mu sum_(i != j) x_i^mu x_j^mu s_i s_j                                  (1)
        h_i = sum_mu x_i^mu (m_mu - x_i^mu s_i / N)                                            (2)
        s_i <- sign(h_i)                                                                       (3)
        P(s_i = +1) = 1 / (1 + exp(-2 h_i / T))                                                (4)

    At temperature T = 0 spins follow (3), one at a time in random order, until a sweep of N updates
    flips none; a spin whose field is 0 keeps its state. At T > 0 they follow (4) for `steps`
    sweeps.

    Items hold +1, -1 or 0, where 0 is a blank unit. A pattern can be its own cue: its blank units
    are unknown then. They first take the sign of the field of the known units, and at a dilution
    d = P(x = 0) below 1/2 the network ends in overlaps m = (1 - d) (1, d, d^2, ..), a hierarchy.

    Parameters
    ----------
    units : int
        Length N of an item.
    temperature : float, default 0
        Temperature T of the heat bath, in units of the field: the field is 1 at a lone item that
        has no blank units.
    steps : int, default 100
        Number of sweeps in a heat bath, and the most sweeps at T = 0. What does not stand still
        within them, or is in a heat bath, is not converged.
    rng : int or numpy.random.Generator, default 0
        Randomness of the orders of update and of the heat bath.

    Attributes
    ----------
    stored : int
        Number of items stored.
    synapses : dict
        {"patterns": x (item, unit)}.
    seed : int
        The seed that `rng` gave.

    Raises
    ------
    InputError
        If an argument is out of its range.

    References
    ----------
    Agliari, E., Barra, A., Galluzzi, A., Guerra, F. and Moauro, F. (2012). Multitasking associative
    networks. Phys. Rev. Lett. 109, 268101. https://doi.org/10.1103/PhysRevLett.109.268101

    Examples
    --------
    >>> memory = Multitasking(6).store([[1, 1, 1, 1, 0, 0], [0, 0, 0, 1, -1, -1]])
    >>> memory.recall([[1, 1, 1, 1, 0, 0]]).items
    array([[ 1,  1,  1,  1, -1, -1]])
    """

    def __init__(self, units: int, *, temperature: float = 0.0, steps: int = 100, rng: int | np.random.Generator = 0):
        super().__init__(units, temperature, steps, rng)
        self.clear()

    def clear(self) -> None:
        """Forget everything; random numbers begin again, as in a new memory."""
        super().clear()
        self._held = np.zeros((self.units, 0), np.int8)  # x: (unit, item)

    def store(self, keys: Any, values: Any = None) -> Self:
        """Keep items (item, unit) of +1, -1 and 0; if they lie on a CUDA device, cues must too."""
        checks.auto(self, values)
        items = keep_device(_with_blanks("keys", keys, self.units))
        return self._add(namespace(keys=items).astype(items, namespace(keys=items).int8), len(items))

    def _examples(self, examples: Any) -> Any:
        return _with_blanks("examples", examples, self.units)

    def _add_learnt(self, patterns: np.ndarray, strengths: np.ndarray, number: int) -> Self:
        return self._add(patterns * np.sqrt(strengths)[:, None], number)

    def _add(self, patterns: Any, number: int) -> Self:
        """Hold more patterns (pattern, unit); whole numbers become floats beside floats."""
        held = {"stored": self._held} if self.stored or self._given else {}
        xp = namespace(**held, keys=patterns)
        wide = 1 if patterns.dtype == xp.int8 else 8
        checks.fits("keys", 2 * wide * self.units * (self._held.shape[1] + len(patterns)), "store fewer items")
        both = [*held.values(), patterns.T]
        if len({part.dtype for part in both}) > 1:
            both = [xp.astype(part, xp.float64) for part in both]
        self._held = xp.concat(both, axis=1)
        self.stored += number
        return self

    def _named(self) -> dict[str, Any]:
        return {"patterns": self._held.T}

    def _replace(self, arrays: dict[str, Any]) -> None:
        self._held = arrays["patterns"].T

    def overlaps(self, states: Any) -> Any:
        """Give the overlaps of states with the stored patterns.

        Parameters
        ----------
        states : array of shape (state, units), or Recall
            Spins of +1/-1.

        Returns
        -------
        array of shape (state, pattern)
            The overlaps m_mu; they are not divided by 1 - d, the share of units of +1/-1.
        """
        s, x = self._beside(states)
        return require_finite("states", s @ x / self.units)

    def energy(self, states: Any) -> Any:
        """Give the energy of states, equation (1).

        Parameters
        ----------
        states : array of shape (state, units), or Recall
            Spins of +1/-1.

        Returns
        -------
        array of shape (state,)
            E.
        """
        s, x = self._beside(states)
        return require_finite("states", -((s @ x) ** 2 - s**2 @ x**2).sum(1) / (2 * self.units))

    def _beside(self, states: Any) -> tuple[Any, Any]:
        """States (state, unit), or those of a Recall, and patterns (unit, item), as float64."""
        states = states.items if isinstance(states, Recall) else states
        s = keep_device(checks.array("states", states, ("state", self.units)))
        xp = namespace(stored=self._held, states=s)
        return xp.astype(s, xp.float64), xp.astype(self._held, xp.float64)

    def _settle(self, spins: Any, first: int, beta: np.ndarray, **filming: Any) -> glauber.Settled:
        return glauber.patterns(
            self._held,
            spins,
            order=2,
            interactions="distinct",
            beta=beta,
            steps=self.steps,
            seed=self.seed,
            first=first,
            **filming,
        )

    @property
    def cost(self) -> Cost:
        """Bits of the patterns, 8 an entry, or 64 once learnt; N synapses for each pattern."""
        return Cost(bits_of(self._held), math.prod(self._held.shape), self._operations)


def _with_blanks(name: str, items: Any, units: int) -> Any:
    """Items (item, unit) of +1, -1 and 0, or InputError."""
    items = checks.items(name, items, units)
    wrong = (items != -1) & (items != 0) & (items != 1)
    if bool(wrong.any()):
        raise checks.refusal(name, "hold only +1, -1 and 0 (blank)", f"holds {float(items[wrong][0]):g}")
    return items
