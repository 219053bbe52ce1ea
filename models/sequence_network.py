"""A network of spins that plays sequences: asymmetric weights with a delay."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from neuromem import checks
from neuromem.arrays import bits_of, require_host, rounding_errors, same_kind
from neuromem.kernels import glauber
from neuromem.memory import Cost
from neuromem.models._spin_network import SpinNetwork


class SequenceNetwork(SpinNetwork):
    """Spins with symmetric weights that hold an item, and asymmetric ones that lead to the next.

    With items x^1, x^2, .. of +1/-1 stored in their order, and `delay` tau,

        W_ij = (1/N) sum_mu x_i^mu x_j^mu                                                      (1)
        A_ij = (1/N) sum_mu x_i^(mu+1) x_j^mu                                                  (2)
        h_i(t) = sum_j W_ij s_j(t) + gain sum_j A_ij s_j(t - tau)                              (3)
        s_i(t + 1) = sign(h_i(t))                                                              (4)

    While the delayed state is the item before, both terms of (3) agree; once it is the item itself,
    the second calls for the next one, and wins for a gain above 1. So `replay` shows every item for
    tau + 1 updates. `recall` gives the item itself: it runs in the fields of W alone, a spin at a
    time, as `Hopfield` does. W has no diagonal. A spin whose field is 0 keeps its state; the fields
    of what is stored are whole numbers over N, so that this is exact. Others count as 0 where they
    are no larger than their rounding errors.

    Parameters
    ----------
    units : int
        Length N of an item.
    gain : float, default 2
        Strength of the transitions in (3).
    delay : int, default 4
        Updates tau after which a state calls for its successor.
    temperature : float, default 0
        Temperature of the heat bath of `recall`, in units of the field at a lone item.
    steps : int, default 100
        Most sweeps of a recall; all of them in a heat bath.
    rng : int or numpy.random.Generator, default 0
        Randomness of the orders of update and of the heat bath.

    Attributes
    ----------
    stored : int
        Number of items stored.
    synapses : dict
        {"weights": W, "transitions": A}, each of shape (units, units). It may be set.

    Raises
    ------
    InputError
        If an argument is out of its range.

    References
    ----------
    Sompolinsky, H. and Kanter, I. (1986). Temporal association in asymmetric neural networks. Phys.
    Rev. Lett. 57, 2861. https://doi.org/10.1103/PhysRevLett.57.2861

    Kleinfeld, D. (1986). Sequential state generation by model neural networks. PNAS 83, 9469.
    https://doi.org/10.1073/pnas.83.24.9469

    Examples
    --------
    >>> tune = np.array([[1, 1, 1, 1, -1, -1, -1, -1], [1, 1, -1, -1, 1, 1, -1, -1], [1, -1] * 4])
    >>> played = SequenceNetwork(8).store(tune).replay([[1, 1, 1, 1, -1, -1, 0, 0]], 3)
    >>> played[0].tolist() == tune.tolist()
    True
    """

    def __init__(
        self,
        units: int,
        *,
        gain: float = 2.0,
        delay: int = 4,
        temperature: float = 0.0,
        steps: int = 100,
        rng: int | np.random.Generator = 0,
    ):
        super().__init__(units, temperature, steps, rng)
        self.gain = checks.real("gain", gain, least=0)
        self.delay = checks.whole("delay", delay)
        self.clear()

    def clear(self) -> None:
        """Forget everything; random numbers begin again, as in a new memory."""
        super().clear()
        checks.fits("units", 24 * self.units**2, "use fewer units")
        self._held, self._next = np.zeros((2, self.units, self.units), np.float32)  # N W, N A; W, A once they are set

    def store(self, keys: Any, values: Any = None) -> Self:
        """Learn the items (item, unit) of a sequence in their order; each call begins a new one."""
        checks.auto(self, values)
        x = require_host(checks.spins("keys", keys, self.units)).astype(np.float64)
        share = 1 / self.units if self._given else 1
        self._held = self._held + (share * (x.T @ x)).astype(self._held.dtype)  # (1)
        np.fill_diagonal(self._held, 0)
        self._next = self._next + (share * (x[1:].T @ x[:-1])).astype(self._next.dtype)  # (2)
        self.stored += len(x)
        return self

    def replay(self, cues: Any, items: int) -> Any:
        """Play on from cues.

        Parameters
        ----------
        cues : array of shape (cue, units)
            Damaged items; a 0 means unknown.
        items : int
            How many items are played, the cued one first.

        Returns
        -------
        array of shape (cue, items, units)
            The states after tau updates and after every tau + 1 more, in the array library of the
            cues.
        """
        cues = checks.cues(cues, self.units)
        checks.stored(self, self.stored or self._given)
        length, period = checks.whole("items", items), self.delay + 1
        checks.fits("items", 8 * len(cues) * self.units * length, "play fewer items")
        w, a = self._held.astype(float), self._next.astype(float)
        least = rounding_errors(self._held) + self.gain * rounding_errors(self._next)
        least = least + rounding_errors(np.hstack([w, self.gain * a]))  # which may be real where W and A are whole
        states = [np.sign(require_host(cues).astype(float))]
        played = np.zeros((len(cues), length, self.units), np.int8)
        for update in range(length * period):
            fields = states[-1] @ w.T
            if update >= self.delay:
                fields += self.gain * (states[-1 - self.delay] @ a.T)  # (3)
            states = [*states[-self.delay :], np.where(np.abs(fields) <= least, states[-1], np.sign(fields))]  # (4)
            if update % period == self.delay - 1:
                played[:, update // period] = states[-1]
        return same_kind(played, cues)

    @property
    def _scale(self) -> float:
        """W over what is held."""
        return 1.0 if self._given else 1 / self.units

    def _named(self) -> dict[str, Any]:
        return {"weights": self._scale * self._held, "transitions": self._scale * self._next}

    def _replace(self, arrays: dict[str, Any]) -> None:
        self._held, self._next = arrays["weights"], arrays["transitions"]

    def _settle(self, spins: Any, first: int, beta: np.ndarray, **filming: Any) -> glauber.Settled:
        run: dict[str, Any] = {"beta": self._scale * beta, "steps": self.steps, "seed": self.seed, "first": first}
        return glauber.weights(self._held.T, spins, **run, **filming)

    @property
    def cost(self) -> Cost:
        """Bits of W and A, 32 a weight until they are set; N (N - 1) synapses in W and N^2 in A."""
        return Cost(bits_of(self._held, self._next), self.units * (2 * self.units - 1), self._operations)
