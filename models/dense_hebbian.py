"""Dense Hebbian networks: P-body interactions between spins, and their exponential limit."""

from __future__ import annotations

import math
from typing import Any, Literal, Self

import numpy as np

from neuromem import checks
from neuromem.arrays import bits_of, keep_device, move_beside, namespace, same_kind, to_host
from neuromem.kernels import glauber
from neuromem.memory import Cost, Recall
from neuromem.models import _examples


class DenseHebbian:
    """Dense Hebbian network: spins in P-body interactions, through the overlaps m_mu = (1/N) sum_i x_i^mu s_i.

    full         E = -(N/P) sum_mu m_mu^P                                                             (1)
    distinct     E = -(P! / (P N^(P-1))) sum_mu sum_(i1 < .. < iP) x_i1 s_i1 .. x_iP s_iP             (2)
    exponential  E = -ln sum_mu exp(N m_mu)                                                           (3)
    h_i = (E(s_i = -1) - E(s_i = +1)) / 2                                                             (4)
    s_i <- sign(h_i), a spin at a time in random order, until a sweep flips none; h_i = 0 keeps s_i   (5)
    P(s_i = +1) = 1 / (1 + exp(-2 h_i / T)) at temperature T > 0, `steps` sweeps                     (6)

    (1) has, beside those of (2), interactions of fewer spins from coinciding indices: at P = 4 its noise is 15/6 as strong.
    order="exponential", at T = 0 alone, has the updates of E = -sum exp(N m). The K items are held, no tensor of order P.
    Items on a CUDA device stay there, and cues must lie there too, but `learn` takes examples on the CPU alone.
    Unknown units start from the field of the known ones. At T = 0 a cue that did not stand still within `steps` is not
    converged; nor is a state of a heat bath. Repeated recalls draw the same random numbers.

    P `order`; x items; s spins; h field, 1 at a lone stored item; E energy; T `temperature`, in units of the field.
    Gardner 1987, J. Phys. A 20:3453; Krotov & Hopfield 2016, arXiv 1606.01164; Demircigil et al. 2017, arXiv 1702.01929;
    Agliari et al. 2023, arXiv 2211.14067 and 2212.00606.

    >>> items = np.sign(np.random.default_rng(0).normal(size=(100, 40)))
    >>> cues = items.copy()
    >>> cues[:, :4] *= -1
    >>> bool((DenseHebbian(40).store(items).recall(cues).items == items).all())
    True
    """

    step_unit = "sweeps"

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
        self.units = checks.whole("units", units, way_out="give the length of one item, such as 256")
        if order != "exponential":
            order = checks.whole("order", order, least=2, way_out='give a number of bodies such as 4, or "exponential"')
        self.order: Any = order
        self.interactions: Any = checks.choice("interactions", interactions, ("full", "distinct"))
        self.temperature = checks.real("temperature", temperature, least=0, way_out="give 0 or a temperature such as 0.3")
        if order == "exponential" and temperature:
            raise checks.refusal("temperature", "be 0 with exponential interactions", f"was {temperature}")
        self.steps = checks.whole("steps", steps)
        self.seed = checks.seed(rng)
        self.clear()

    def clear(self) -> None:
        self._patterns = np.zeros((self.units, 0), np.int8)  # v: (unit, pattern)
        self._strengths = np.zeros(0)  # c: (pattern,), on the CPU
        self._operations = float("nan")

    def store(self, keys: Any, values: Any = None) -> Self:
        checks.auto(self, values)
        items = keep_device(checks.spins("keys", keys, self.units))
        return self._add(items, np.ones(len(items)))

    def learn(self, examples: Any, labels: Any = None, *, quality: float | None = None, classes: int | None = None) -> Self:
        """Learns archetypes from noisy examples (example, unit) of +1/-1, M of each of the `classes`.

        They become patterns v of strength c, E = -(N/P) sum_mu c_mu ((1/N) sum_i v_i s_i)^P, or its distinct form.

        labels (example,), supervised:  v = sum of a class's examples,  c = (M^2 R_1)^(-P/2)           (7)
        labels=None, unsupervised:      v = every example,  c = 1 / (M sqrt(R_P)), 1 / (M R_1) at P = 2  (8)

        with R_k = r^(2k) + (1 - r^(2k)) / M and r = <example unit x archetype unit> the `quality`. c scales the temperature
        alone: supervised, R_1 is measured where no quality is given; unsupervised, classes=None takes each example for an
        item of its own, and quality=None for perfect.
        """
        if self.order == "exponential":
            raise checks.refusal("order", "be a number to learn from examples", "was 'exponential'")
        patterns, strengths = _examples.learnt(examples, labels, self.units, self.order, quality, classes)
        return self._add(patterns, strengths)

    def _add(self, patterns: Any, strengths: np.ndarray) -> Self:
        held = {"stored": self._patterns} if len(self._strengths) else {}
        xp = namespace(**held, keys=patterns)
        largest = int(xp.max(xp.abs(patterns)))
        kind = next(kind for kind in (xp.int8, xp.int16, xp.int32, xp.int64) if largest <= xp.iinfo(kind).max)
        self._patterns = xp.concat([*held.values(), xp.astype(patterns.T, kind)], axis=1)
        self._strengths = np.concatenate([self._strengths, strengths])
        return self

    def energy(self, states: Any) -> Any:
        """E of each state (state, unit), equations (1) to (3); shape (state,)."""
        s = keep_device(checks.cues(states, self.units))
        xp = namespace(stored=self._patterns, states=s)
        s, v = xp.astype(s, xp.float64), xp.astype(self._patterns, xp.float64)
        m = s @ v  # N m: (state, pattern)
        if self.order == "exponential":
            top = xp.max(m, axis=1)
            return -top - xp.log(xp.exp(m - top[:, None]).sum(1))
        if self.interactions == "full":
            many = m**self.order / self.order
        else:  # Newton's identities: n e_n = sum_k (-1)^(k - 1) e_(n - k) p_k, p_k = sum_i (v_i s_i)^k
            e = [xp.ones_like(m)]
            p = [s**k @ v**k for k in range(self.order + 1)]
            for n in range(1, self.order + 1):
                e.append(sum((-1) ** (k - 1) * e[n - k] * p[k] for k in range(1, n + 1)) / n)
            many = math.factorial(self.order - 1) * e[-1]
        return -(many @ move_beside(xp, self._strengths, m)) / float(self.units) ** (self.order - 1)

    def recall(self, cues: Any) -> Recall:
        cues = checks.cues(cues, self.units)
        checks.stored(self, len(self._strengths))
        beta = np.inf
        if self.temperature:
            beta = float(self.units) ** (1 - self.order) / self.temperature
        start = keep_device(cues)
        spins, *rest = glauber.patterns(
            self._patterns,
            namespace(stored=self._patterns, cues=start).sign(start),
            order=self.order,
            interactions=self.interactions,
            strengths=self._strengths,
            beta=beta,
            sweeps=self.steps,
            seed=self.seed,
        )
        recalled = Recall(same_kind(spins, cues), *map(to_host, rest))
        self._operations = float(recalled.operations.mean())
        return recalled

    @property
    def cost(self) -> Cost:
        """The patterns and their strengths; N synapses for each of them."""
        return Cost(bits_of(self._patterns, self._strengths), math.prod(self._patterns.shape), self._operations)
