"""Ultra-detection: items kept as noisy features of pairs, read by four-spin interactions."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from neuromem import checks
from neuromem.arrays import bits_of, require_host, to_host
from neuromem.kernels import glauber, pair_features
from neuromem.memory import Cost, Recall
from neuromem.models._spin_network import SpinNetwork

ORDERS = (2, 4)


class UltraDetection(SpinNetwork):
    """Dense network that sees its items through noise alone, as features of pairs of units.

    Equations, numbered as in the code's comments:

        eta_ij^mu = x_i^mu x_j^mu + w z_ij^mu,  z symmetric, a standard Gaussian, diagonal 0   (1)
        E = -(1/(4 N^3)) sum_mu (sum_ij eta_ij^mu s_i s_j)^2                                   (2)
        h_i = (1/N^3) sum_mu (v_mu - 2 s_i u_i^mu) u_i^mu,  u_i^mu = sum_j eta_ij^mu s_j       (3)
        P(s_i = +1) = 1 / (1 + exp(-2 h_i / T))                                                (4)

    where v_mu = sum_i s_i u_i^mu. At temperature T = 0 spins take the sign of (3), one at a time in
    random order, until a sweep flips none; 2 h_i is the difference of the energies of both states.
    Every item has noise of its own, and what is stored is (1) alone. With K = load N items a noise
    w = c sqrt(N) is borne up to c = 0.80 at small load and 0.51 at load 0.4 (`theory.detection`).

    With order 2 it is the pairwise rival, which keeps eta_i = x_i + w z_i with the energy
    -(1/2N) sum_mu sum_(i != j) eta_i eta_j s_i s_j, and bears w of order 1 only.

    Parameters
    ----------
    units : int
        Length N of an item.
    order : int, default 4
        Order P of the interactions, 4 or 2.
    noise : float, default 0.5
        Standard deviation w of the noise of a feature.
    temperature : float, default 0
        Temperature T of the heat bath, in units of the field at a lone item without noise.
    steps : int, default 100
        Number of sweeps in a heat bath, and the most sweeps at T = 0.
    rng : int or numpy.random.Generator, default 0
        Randomness of the features' noise, of the orders of update and of the heat bath.

    Attributes
    ----------
    stored : int
        Number of items stored.
    synapses : dict
        {"features": eta (item, unit, unit)}, or (item, unit) with order 2. Of features that are set
        the symmetric part counts, without the diagonal: (2) and its fields are of two units.
    seed : int
        The seed that `rng` gave.

    Raises
    ------
    InputError
        If an argument is out of its range.

    References
    ----------
    Agliari, E., Alemanno, F., Barra, A., Centonze, M. & Fachechi, A. (2020). Neural networks with a
    redundant representation: detecting the undetectable. Physical Review Letters 124, 028301.
    https://doi.org/10.1103/PhysRevLett.124.028301

    Examples
    --------
    >>> import neuromem as nm
    >>> items = nm.patterns.random(10, 100, rng=0)
    >>> for order in (4, 2):  # noise 2.5 times as large as what it hides
    ...     memory = UltraDetection(100, order=order, noise=2.5).store(items)
    ...     print(order, round(float(nm.metrics.overlap(memory.recall(items), items).mean()), 2))
    4 1.0
    2 0.24
    """

    def __init__(
        self,
        units: int,
        *,
        order: int = 4,
        noise: float = 0.5,
        temperature: float = 0.0,
        steps: int = 100,
        rng: int | np.random.Generator = 0,
    ):
        super().__init__(units, temperature, steps, rng)
        self.order = checks.whole("order", order)
        if self.order not in ORDERS:
            raise checks.refusal("order", "be 2 or 4", f"was {self.order}")
        self.noise = checks.real("noise", noise, least=0)
        self.clear()

    def clear(self) -> None:
        """Forget everything; random numbers begin again, as in a new memory."""
        super().clear()
        self._drawn = np.random.default_rng((self.seed, 1))
        self._held = np.zeros((self.units,) * (self.order // 2) + (0,), np.float32)  # eta: (unit, .., item)

    def store(self, keys: Any, values: Any = None) -> Self:
        """Keep noisy features of items of +1/-1, each with new noise, and not the items."""
        checks.auto(self, values)
        items = require_host(checks.spins("keys", keys, self.units)).astype(np.float32)
        shape = (self.units,) * (self.order // 2)
        checks.fits("keys", 8 * float(self.units) ** len(shape) * (self.stored + len(items)), "store fewer items")
        new = np.empty((*shape, len(items)), np.float32)
        for at, x in enumerate(items):
            z = self._drawn.standard_normal(shape, np.float32)
            if self.order == 4:
                half = np.triu(np.outer(x, x) + self.noise * z, 1)  # (1)
                new[..., at] = half + half.T
            else:
                new[..., at] = x + self.noise * z
        self._held = np.concatenate([self._held, new], axis=-1)
        self.stored += len(items)
        return self

    def _named(self) -> dict[str, Any]:
        return {"features": np.moveaxis(self._held, -1, 0)}

    def _replace(self, arrays: dict[str, Any]) -> None:
        self._held = np.ascontiguousarray(np.moveaxis(arrays["features"], 0, -1))

    def _pairs(self) -> np.ndarray:
        """Features (unit, unit, item) that are symmetric and have no diagonal, as those of (1)."""
        if not self._given:
            return self._held
        eta = (self._held + self._held.swapaxes(0, 1)) / 2
        eta[np.arange(self.units), np.arange(self.units)] = 0
        return eta

    def energy(self, states: Any) -> np.ndarray:
        """Give the energy of states, equation (2).

        Parameters
        ----------
        states : array of shape (state, units), or Recall
            Spins of +1/-1.

        Returns
        -------
        ndarray of shape (state,)
            E.
        """
        states = states.items if isinstance(states, Recall) else states
        s = np.asarray(to_host(checks.array("states", states, ("state", self.units))), float)
        if self.order == 4:
            return pair_features.energy(self._pairs(), s)  # (2)
        own = s**2 @ self._held.astype(float) ** 2
        return -((s @ self._held) ** 2 - own).sum(1) / (2 * self.units)

    def _settle(self, spins: Any, first: int, beta: np.ndarray, **filming: Any) -> glauber.Settled:
        run: dict[str, Any] = {"beta": beta, "steps": self.steps, "seed": self.seed, "first": first, **filming}
        if self.order == 4:
            return pair_features.settle(self._pairs(), spins, **run)
        return glauber.patterns(self._held, spins, order=2, interactions="distinct", **run)

    @property
    def cost(self) -> Cost:
        """Bits of the features as they are held, and their number: N^2 for each item."""
        return Cost(bits_of(self._held), self._held.size, self._operations)
