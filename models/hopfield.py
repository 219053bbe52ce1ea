"""The Hopfield network, pairwise weights between spins."""

from __future__ import annotations

from typing import Any, Self

import array_api_compat
import numpy as np

from neuromem import checks
from neuromem.kernels import counter, glauber
from neuromem.memory import Cost, Recall, bits_of, to_numpy
from neuromem.models import _rules

RULES = ("hebb", "storkey", "projection")


class Hopfield:
    """Hopfield network: spins s_i = +1/-1 in the fields of pairwise weights.

    h_i = sum_j W_ij s_j                                                                          (1)
    s_i <- sign(h_i), a spin at a time in random order, until a sweep flips none; h_i = 0 keeps s_i  (2)
    P(s_i = +1) = 1 / (1 + exp(-2 h_i / T)) at temperature T > 0, `sweeps` sweeps                   (3)
    E = -(1/2) sum_ij W_ij s_i s_j                                                                 (4)

    `rule` makes W from the items: "hebb" (held as whole numbers N W, so that fields and ties are exact), "storkey" or
    "projection". W_ii = 0 unless `self_coupling`. updates="synchronous" updates all spins at once, in the array library of
    the cues. A sweep is N updates; `sweeps` is the most made at T = 0, where a cue that never stands still (a 2-cycle of
    synchronous updates) is not converged; nor is a state of a heat bath. Repeated recalls draw the same random numbers.

    W weights; s spins; h field; E energy; T `temperature`, in units of the field (1 at a lone stored item).
    Hopfield 1982, PNAS 79:2554; Amit, Gutfreund & Sompolinsky 1985, Phys. Rev. Lett. 55:1530.

    >>> items = np.array([[1, 1, 1, -1, -1, -1], [1, -1, 1, -1, 1, -1]])
    >>> Hopfield(6).store(items).recall([[1, 1, 1, -1, 0, 0]]).items
    array([[ 1,  1,  1, -1, -1, -1]])
    """

    step_unit = "sweeps"

    def __init__(
        self,
        units: int,
        *,
        rule: str = "hebb",
        updates: str = "asynchronous",
        temperature: float = 0.0,
        sweeps: int = 100,
        self_coupling: bool = False,
        rng: int | np.random.Generator = 0,
    ):
        self.units = checks.whole("units", units, way_out="give the length of one item, such as 256")
        self.rule = checks.choice("rule", rule, RULES)
        self.updates = checks.choice("updates", updates, ("asynchronous", "synchronous"))
        self.temperature = checks.real("temperature", temperature, least=0, way_out="give 0 or a temperature such as 0.3")
        self.sweeps = checks.whole("sweeps", sweeps)
        self.self_coupling = bool(self_coupling)
        self.seed = checks.seed(rng)
        self.clear()

    def clear(self) -> None:
        whole = self.rule == "hebb"
        self._scale = 1 / self.units if whole else 1.0
        self._held = np.zeros((self.units, self.units), np.int16 if whole else np.float32)  # W / scale
        self._items = np.zeros((0, self.units), np.int8)  # what the projection needs to take in more
        self._number = 0
        self._operations = float("nan")

    def store(self, keys: Any, values: Any = None) -> Self:
        checks.auto(self, values)
        items = to_numpy(checks.spins("keys", keys, self.units)).astype(np.int8)
        self._number += len(items)
        if self.rule == "hebb":
            kind = np.int16 if self._number < 2**15 else np.int32
            held = self._held.astype(kind) + _rules.counts(items).astype(kind)
        elif self.rule == "storkey":
            held = _rules.storkey(items, self._held).astype(np.float32)
        else:
            self._items = np.concatenate([self._items, items])
            held = _rules.projection(self._items).astype(np.float32)
        if not self.self_coupling:
            np.fill_diagonal(held, 0)
        self._held = held
        return self

    @property
    def weights(self) -> np.ndarray:
        """W, (unit, unit) float64: W_ij is the weight from unit j to unit i."""
        return self._held * float(self._scale)

    def energy(self, states: Any) -> np.ndarray:
        """E of each state (state, unit), equation (4); shape (state,)."""
        s = to_numpy(checks.cues(states, self.units)).astype(float)
        return -0.5 * self._scale * ((s @ self._held) * s).sum(1)

    def recall(self, cues: Any) -> Recall:
        cues = checks.cues(cues, self.units)
        checks.stored(self, self._number)
        recalled = self._at_once(cues) if self.updates == "synchronous" else self._in_turn(cues)
        self._operations = float(recalled.operations.mean())
        return recalled

    def _in_turn(self, cues: Any) -> Recall:
        beta = self._scale / self.temperature if self.temperature else np.inf
        spins = np.sign(to_numpy(cues)).astype(np.int8)
        spins, *rest = glauber.weights(self._held, spins, beta=beta, sweeps=self.sweeps, seed=self.seed)
        xp = array_api_compat.array_namespace(cues)
        return Recall(xp.asarray(spins, dtype=cues.dtype, device=array_api_compat.device(cues)), *rest)

    def _at_once(self, cues: Any) -> Recall:
        xp, device = array_api_compat.array_namespace(cues), array_api_compat.device(cues)
        w = xp.asarray(self.weights.T, dtype=xp.float64, device=device)
        s = xp.sign(xp.astype(cues, xp.float64))
        steps = np.full(len(cues), self.sweeps)
        moving = np.ones(len(cues), bool)
        for sweep in range(self.sweeps):
            h = s @ w  # (1)
            if self.temperature:
                u = counter.reference(self.seed, np.arange(len(cues))[:, None], sweep, np.arange(self.units))
                p = 1 / (1 + xp.exp(-2 / self.temperature * h))
                s = xp.where(xp.asarray(u, device=device) < p, xp.ones_like(h), -xp.ones_like(h))  # (3)
                continue
            new = xp.where(h == 0, s, xp.sign(h))  # (2)
            still = ~to_numpy(xp.any(new != s, axis=1)) & moving
            steps[still], moving[still] = sweep + 1, False
            s = new
            if not moving.any():
                break
        return Recall(xp.astype(s, cues.dtype), steps, ~moving, steps * self.units**2)

    @property
    def cost(self) -> Cost:
        """The weights (and the items that the projection keeps); N (N - 1) synapses, N^2 with self-coupling."""
        synapses = self.units * (self.units - (not self.self_coupling))
        return Cost(bits_of(self._held, self._items), synapses, self._operations)
