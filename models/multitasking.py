"""The multitasking Hebbian network: diluted patterns, several retrieved at once."""

from __future__ import annotations

import math
from typing import Any, Self

import numpy as np

from neuromem import checks
from neuromem.arrays import bits_of, keep_device, namespace, same_kind, to_host
from neuromem.kernels import glauber
from neuromem.memory import Cost, Recall


class Multitasking:
    """Multitasking Hebbian network: patterns with blank units (0), whose room a state gives to other patterns.

    E = -(1/2N) sum_mu sum_(i != j) x_i^mu x_j^mu s_i s_j,  m_mu = (1/N) sum_i x_i^mu s_i              (1)
    h_i = sum_mu x_i^mu (m_mu - x_i^mu s_i / N)                                                       (2)
    s_i <- sign(h_i), a spin at a time in random order, until a sweep flips none; h_i = 0 keeps s_i   (3)
    P(s_i = +1) = 1 / (1 + exp(-2 h_i / T)) at temperature T > 0, `steps` sweeps                     (4)

    Items are +1, -1 or 0. A pattern as cue is its own start: its blank units are unknown, start from the field of the others
    and end, at dilution d = P(x = 0) below 1/2, in the hierarchy m = (1 - d) (1, d, d^2, ..). `overlaps` gives the m_mu of
    states. At T = 0 a cue that did not stand still within `steps` is not converged; nor is a state of a heat bath. Items on
    a CUDA device stay there, and cues must lie there too.

    x items; s spins; h field; E energy; m overlap, not divided by 1 - d; T `temperature`, in units of the field.
    Agliari, Barra, Galluzzi, Guerra & Moauro 2012, Phys. Rev. Lett. 109:268101; Agliari et al. 2023, arXiv 2308.04106.

    >>> memory = Multitasking(6).store([[1, 1, 1, 1, 0, 0], [0, 0, 0, 1, -1, -1]])
    >>> memory.recall([[1, 1, 1, 1, 0, 0]]).items
    array([[ 1,  1,  1,  1, -1, -1]])
    """

    step_unit = "sweeps"

    def __init__(self, units: int, *, temperature: float = 0.0, steps: int = 100, rng: int | np.random.Generator = 0):
        self.units = checks.whole("units", units, way_out="give the length of one item, such as 256")
        self.temperature = checks.real("temperature", temperature, least=0, way_out="give 0 or a temperature such as 0.3")
        self.steps = checks.whole("steps", steps)
        self.seed = checks.seed(rng)
        self.clear()

    def clear(self) -> None:
        self._patterns = np.zeros((self.units, 0), np.int8)  # (unit, item)
        self._operations = float("nan")

    def store(self, keys: Any, values: Any = None) -> Self:
        checks.auto(self, values)
        items = keep_device(checks.items("keys", keys, self.units))
        wrong = (items != -1) & (items != 0) & (items != 1)
        if bool(wrong.any()):
            raise checks.refusal("keys", "hold only +1, -1 and 0 (blank)", f"holds {float(items[wrong][0]):g}")
        held = {"stored": self._patterns} if self._patterns.shape[1] else {}
        xp = namespace(**held, keys=items)
        self._patterns = xp.concat([*held.values(), xp.astype(items.T, xp.int8)], axis=1)
        return self

    def overlaps(self, states: Any) -> Any:
        """m_mu of each state (state, unit) with each stored pattern, equation (1): (state, pattern)."""
        s = keep_device(checks.cues(getattr(states, "items", states), self.units))
        xp = namespace(stored=self._patterns, states=s)
        return xp.astype(s, xp.float64) @ xp.astype(self._patterns, xp.float64) / self.units

    def energy(self, states: Any) -> Any:
        """E of each state (state, unit), equation (1); shape (state,)."""
        s = keep_device(states)
        xp = namespace(stored=self._patterns, states=s)
        own = (xp.astype(s, xp.float64) ** 2 @ xp.astype(self._patterns, xp.float64) ** 2).sum(1)
        return -0.5 * self.units * (self.overlaps(states) ** 2).sum(1) + own / (2 * self.units)

    def recall(self, cues: Any) -> Recall:
        cues = checks.cues(cues, self.units)
        checks.stored(self, self._patterns.shape[1])
        beta = np.inf if not self.temperature else 1 / (self.temperature * self.units)
        start = keep_device(cues)
        start = namespace(stored=self._patterns, cues=start).sign(start)
        spins, *rest = glauber.patterns(
            self._patterns, start, order=2, interactions="distinct", beta=beta, sweeps=self.steps, seed=self.seed
        )
        recalled = Recall(same_kind(spins, cues), *map(to_host, rest))
        self._operations = float(recalled.operations.mean())
        return recalled

    @property
    def cost(self) -> Cost:
        """The patterns, 8 bits an entry; N synapses for each of them."""
        return Cost(bits_of(self._patterns), math.prod(self._patterns.shape), self._operations)
