"""Dense Hebbian networks: P-body interactions between spins, and their exponential limit."""

from __future__ import annotations

import math
from typing import Any, Literal, Self

import array_api_compat
import numpy as np

from neuromem import checks
from neuromem.arrays import bits_of, keep_device, move_beside, namespace, to_host
from neuromem.kernels import glauber
from neuromem.memory import Cost
from neuromem.models._examples import LearnsArchetypes


class DenseHebbian(LearnsArchetypes):
    """Dense Hebbian network: spins in P-body interactions, through their overlaps with the items.

    With the overlaps m_mu = (1/N) sum_i x_i^mu s_i the energy E, the fields and the updates are

        full         E = -(N/P) sum_mu m_mu^P                                                  (1)
        distinct     E = -(N/P) sum_mu (P!/N^P) sum_(i1 < .. < iP) x_i1 s_i1 .. x_iP s_iP      (2)
        exponential  E = -ln sum_mu exp(N m_mu)                                                (3)
        h_i = (E(s_i = -1) - E(s_i = +1)) / 2                                                  (4)
        s_i <- sign(h_i)                                                                       (5)
        P(s_i = +1) = 1 / (1 + exp(-2 h_i / T))                                                (6)

    At temperature T = 0 spins follow (5), one at a time in random order, until a sweep of N updates
    flips none; a spin whose field is 0 keeps its state. At T > 0 they follow (6) for `steps`
    sweeps. Unknown units first take the sign of the field of the known ones, all at once. The
    network keeps its items, not a tensor of weights of order P.

    Full interactions have, beside those of (2), interactions of fewer spins, from indices that
    coincide: at P = 4 their noise is 15/6 as strong.

    Parameters
    ----------
    units : int
        Length N of an item.
    order : int or "exponential", default 4
        Number P of spins that interact, from 2; "exponential" stands for (3), at T = 0 alone.
    interactions : {"full", "distinct"}, default "full"
        Energy (1) or (2). Distinct interactions are of at most N spins.
    temperature : float, default 0
        Temperature T of the heat bath, in units of the field: the field is 1 at a lone item.
    steps : int, default 100
        Number of sweeps in a heat bath, and the most sweeps at T = 0. What does not stand still
        within them, or is in a heat bath, is not converged.
    rng : int or numpy.random.Generator, default 0
        Randomness of the orders of update and of the heat bath.

    Attributes
    ----------
    stored : int
        Number of items stored, or archetypes learnt.
    synapses : dict
        {"patterns": v (pattern, unit), "strengths": c (pattern,)}, with which E is
        -(N/P) sum_mu c_mu ((1/N) sum_i v_i^mu s_i)^P, or its distinct form.
    seed : int
        The seed that `rng` gave.

    Raises
    ------
    InputError
        If an argument is out of its range.

    References
    ----------
    Gardner, E. (1987). Multiconnected neural network models. J. Phys. A 20, 3453.
    https://doi.org/10.1088/0305-4470/20/11/046

    Krotov, D. and Hopfield, J. J. (2016). Dense associative memory for pattern recognition.
    NeurIPS, arXiv 1606.01164.

    Demircigil, M. et al. (2017). On a model of associative memory with huge storage capacity.
    J. Stat. Phys. 168, 288, arXiv 1702.01929.

    Examples
    --------
    >>> items = np.sign(np.random.default_rng(0).normal(size=(100, 40)))
    >>> cues = items.copy()
    >>> cues[:, :4] *= -1
    >>> bool((DenseHebbian(40).store(items).recall(cues).items == items).all())
    True
    """

    def __init__(
        self,
        units: int,
        *,
        order: int | Literal["exponential"] = 4,
        interactions: glauber.Interactions = "full",
        temperature: float = 0.0,
        steps: int = 100,
        rng: int | np.random.Generator = 0,
    ):
        super().__init__(units, temperature, steps, rng)
        checks.choice("interactions", interactions, ("full", "distinct"))
        if not (isinstance(order, str) and order == "exponential"):
            order = checks.whole("order", order, least=2, way_out='give a number of bodies such as 4, or "exponential"')
            if interactions == "distinct" and order > self.units:
                raise checks.refusal("order", f"be at most {units}, the units, for distinct interactions", f"was {order}")
        elif temperature:
            raise checks.refusal("temperature", "be 0 with exponential interactions", f"was {temperature}")
        self.order: glauber.Order = order
        self.interactions: glauber.Interactions = interactions
        self.clear()

    def clear(self) -> None:
        """Forget everything; random numbers begin again, as in a new memory."""
        super().clear()
        self._held = np.zeros((self.units, 0), np.int8)  # v: (unit, pattern)
        self._strengths = np.zeros(0)  # c: (pattern,), on the CPU

    def store(self, keys: Any, values: Any = None) -> Self:
        """Keep items (item, unit) of +1/-1; if they lie on a CUDA device, cues must too."""
        checks.auto(self, values)
        items = keep_device(checks.spins("keys", keys, self.units))
        return self._add(items, np.ones(len(items)), len(items))

    def _learning_order(self) -> int:
        if self.order == "exponential":
            raise checks.refusal("order", "be a number to learn from examples", "was 'exponential'")
        return self.order

    def _add_learnt(self, patterns: np.ndarray, strengths: np.ndarray, number: int) -> Self:
        self._check_order(self._learning_order(), float(np.abs(patterns).max()))
        return self._add(patterns, strengths, number)

    def _check_order(self, order: int, largest: float) -> None:
        """Refuse an order at which (N v)^P exceeds float64, for patterns v other than +1/-1."""
        most = int(700 / math.log(self.units * max(largest, 1.0) + 1))
        if order > most:
            must = f"be at most {most} for patterns that are not +1/-1 of one strength"
            raise checks.refusal("order", must, f"was {order}", "store items, or choose a smaller order")

    def _add(self, patterns: Any, strengths: np.ndarray, number: int) -> Self:
        held = {"stored": self._held} if self.stored or self._given else {}
        xp = namespace(**held, keys=patterns)
        largest = int(xp.max(xp.abs(patterns)))
        kind = next(kind for kind in (xp.int8, xp.int16, xp.int32, xp.int64) if largest <= xp.iinfo(kind).max)
        checks.fits("keys", self.units * (len(self._strengths) + len(patterns)) * 2, "store fewer items")
        self._held = xp.concat([*held.values(), xp.astype(patterns.T, kind)], axis=1)
        self._strengths = np.concatenate([self._strengths, strengths])
        self.stored += number
        return self

    def _named(self) -> dict[str, Any]:
        return {"patterns": self._held.T, "strengths": self._strengths}

    def _replace(self, arrays: dict[str, Any]) -> None:
        v, c = arrays["patterns"], arrays["strengths"]
        spins = bool((abs(v) == 1).all())
        if not (spins and bool((c == c[:1]).all())):
            if self.order == "exponential":
                must, was = "hold patterns of +1/-1 and equal strengths for order='exponential'", "holds others"
                raise checks.refusal("synapses", must, was)
            self._check_order(self.order, float(abs(v).max()))
        xp = array_api_compat.array_namespace(v)
        self._held = xp.astype(v.T, xp.int8) if spins else v.T
        self._strengths = to_host(c).astype(float)

    def energy(self, states: Any) -> Any:
        """Give the energy of states, equations (1) to (3).

        Parameters
        ----------
        states : array of shape (state, units)
            Spins of +1/-1.

        Returns
        -------
        array of shape (state,)
            E.
        """
        s = keep_device(checks.array("states", states, ("state", self.units)))
        xp = namespace(stored=self._held, states=s)
        s, v = xp.astype(s, xp.float64), xp.astype(self._held, xp.float64)
        if self.order == "exponential":
            checks.stored(self, self.stored or self._given)
            m = s @ v  # N m: (state, pattern)
            top = xp.max(m, axis=1)
            return -top - xp.log(xp.exp(m - top[:, None]).sum(1))
        full = self.interactions == "full"
        many = (s @ v / self.units) ** self.order if full else self._distinct(xp, s, v, self.order)
        return -self.units / self.order * (many @ move_beside(xp, self._strengths, many))

    def _distinct(self, xp: Any, s: Any, v: Any, order: int) -> Any:
        """(P! / N^P) e_P (state, pattern), where e_P = sum_(i1 < .. < iP) v_i1 s_i1 .. v_iP s_iP.

        With t_n = (n! / N^n) e_n, a unit more makes t_n + (n / N) v s t_(n - 1) of t_n.
        """
        t = xp.zeros((order + 1, len(s), v.shape[1]), dtype=xp.float64, device=array_api_compat.device(s))
        t[0] = 1
        n = xp.reshape(xp.arange(1, order + 1, dtype=xp.float64, device=array_api_compat.device(s)), (-1, 1, 1))
        for i in range(self.units):
            t[1:] = t[1:] + n / self.units * (s[:, i, None] * v[i]) * t[:-1]
        return t[order]

    def _heat(self, temperatures: Any, cues: int) -> np.ndarray:
        beta = super()._heat(temperatures, cues)
        if self.order == "exponential" and np.isfinite(beta).any():
            raise checks.refusal("temperatures", "be 0 with exponential interactions", "some were above")
        return beta

    def _settle(self, spins: Any, first: int, beta: np.ndarray, **filming: Any) -> glauber.Settled:
        return glauber.patterns(
            self._held,
            spins,
            order=self.order,
            interactions=self.interactions,
            strengths=self._strengths,
            beta=beta,
            steps=self.steps,
            seed=self.seed,
            first=first,
            **filming,
        )

    @property
    def cost(self) -> Cost:
        """Bits of the patterns and their strengths; N synapses for each of them."""
        return Cost(bits_of(self._held, self._strengths), math.prod(self._held.shape), self._operations)
