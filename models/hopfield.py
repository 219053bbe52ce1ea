"""The Hopfield network, pairwise weights between spins."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Self

import array_api_compat
import numpy as np

from neuromem import checks
from neuromem.arrays import bits_of, contiguous, keep_device, namespace, require_host, same_kind, to_host
from neuromem.kernels import counter, glauber
from neuromem.memory import Cost, Recall
from neuromem.models import _examples, _rules

ADDING = ("hebb", "storkey", "covariance")  # rules that need no earlier item
WHOLE: dict[str, Callable[..., np.ndarray]] = {
    "projection": _rules.projection,
    "perceptron": _rules.perceptron,
    "diederich_opper": _rules.diederich_opper,
    **{f"descent_{cost}": partial(_rules.descent, cost=cost) for cost in _rules.COSTS},
}
RULES = (*ADDING, *WHOLE)


class Hopfield:
    """Hopfield network: spins s_i = +1/-1 in the fields of pairwise weights.

    h_i = sum_j W_ij s_j                                                                              (1)
    s_i <- sign(h_i), a spin at a time in random order, until a sweep flips none; h_i = 0 keeps s_i   (2)
    P(s_i = +1) = 1 / (1 + exp(-2 h_i / T)) at temperature T > 0, `steps` sweeps                     (3)
    E = -(1/2) sum_ij W_ij s_i s_j                                                                    (4)

    `rule` makes W from the items (functions of `models/_rules.py`): "hebb" (held as whole numbers N W, so that fields and
    ties are exact), "storkey", "projection", and, not symmetric, so that E may rise, "perceptron", "diederich_opper",
    "descent_l2", "descent_l1" and "descent_exponential"; from "projection" on they keep the items and learn anew when more
    come. W_ii = 0 unless `self_coupling`, with which (3) no longer samples exp(-E / T).
    rule="covariance" is for sparse items: units S_i = (1 + s_i) / 2 = 0/1 of mean `activity` f = <S> in the fields

    h_i = sum_j J_ij S_j - threshold,  S_i <- [h_i > 0],  P(S_i = 1) = 1 / (1 + exp(-h_i / T))         (5)

    with threshold (1 - 2 f) / 2 unless given, half way between the signals of active and silent units; an unknown unit
    begins silent, and E = -(1/2) S J S + threshold sum S up to a constant.

    Items on a CUDA device stay there, for rule="hebb": it learns and recalls on the device, cues must lie there too.
    updates="synchronous" updates all spins at once, in the array library of the cues. A sweep is N updates; `steps` is the
    most made at T = 0, where a cue that never stands still (a 2-cycle of synchronous updates) is not converged; nor is a
    state of a heat bath. Repeated recalls draw the same random numbers.

    W, J weights; s, S units; h field; E energy; T `temperature`, in units of the field (1 at a lone item of Hebb's rule).
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
        steps: int = 100,
        self_coupling: bool = False,
        activity: float | None = None,
        threshold: float | None = None,
        rng: int | np.random.Generator = 0,
    ):
        self.units = checks.whole("units", units, way_out="give the length of one item, such as 256")
        self.rule = checks.choice("rule", rule, RULES)
        self.updates = checks.choice("updates", updates, ("asynchronous", "synchronous"))
        self.temperature = checks.real("temperature", temperature, least=0, way_out="give 0 or a temperature such as 0.3")
        self.steps = checks.whole("steps", steps)
        self.self_coupling = bool(self_coupling)
        self.seed = checks.seed(rng)
        if rule != "covariance" and not activity is threshold is None:
            raise checks.refusal("activity and threshold", "be None", f"the rule was {rule!r}", 'use rule="covariance"')
        self.activity = 0.5 if activity is None else checks.real("activity", activity, above=0, below=1)
        self.threshold = 0.5 - self.activity if threshold is None else checks.real("threshold", threshold)
        self.clear()

    def clear(self) -> None:
        self._held = np.zeros((self.units, self.units), np.int16 if self.rule == "hebb" else np.float32)
        self._items = np.zeros((0, self.units), np.int8)
        self._number = 0
        self._operations = float("nan")

    def store(self, keys: Any, values: Any = None) -> Self:
        checks.auto(self, values)
        items = keep_device(checks.spins("keys", keys, self.units))
        diagonal = {"self_coupling": self.self_coupling}
        if self.rule == "hebb":
            xp = array_api_compat.array_namespace(items)
            return self._add(xp.astype(_rules.counts(items), xp.int32), len(items))
        items = require_host(items).astype(np.int8)
        if self.rule == "covariance":
            return self._add(_rules.covariance(items, activity=self.activity), len(items))
        if self.rule == "storkey":
            self._held = _rules.storkey(items, weights=self._held, **diagonal).astype(np.float32)
        else:
            self._items = np.concatenate([self._items, items])
            self._held = np.asarray(WHOLE[self.rule](self._items, **diagonal), np.float32)
        self._number += len(items)
        return self

    def learn(self, examples: Any, labels: Any = None, *, quality: float | None = None, classes: int | None = None) -> Self:
        """Learns archetypes from noisy examples (example, unit) of +1/-1 by Hebb's rule.

        labels (example,), supervised:  W = (1 / (N R)) sum_classes (class mean)(class mean)^T         (6)
        labels=None, unsupervised:      W = (1 / (N M R)) sum_examples x x^T                           (7)

        with M examples of each of the `classes`, R = r^2 + (1 - r^2) / M, r = <example unit x archetype unit> the `quality`.
        R scales the temperature alone: supervised, it is measured where no quality is given; unsupervised, classes=None
        takes each example for an item of its own, and quality=None for perfect.
        Agliari et al. 2023, arXiv 2211.14067 (supervised) and 2212.00606 (unsupervised).
        """
        if self.rule != "hebb":
            raise checks.refusal("rule", "be 'hebb' to learn from examples", f"was {self.rule!r}")
        patterns, strengths = _examples.learnt(examples, labels, self.units, 2, quality, classes)
        return self._add(_rules.counts(patterns * np.sqrt(strengths)[:, None]), classes or len(patterns))

    def _add(self, more: Any, number: int) -> Self:
        if self._number:
            namespace(stored=self._held, keys=more)
            more = more + self._held
        self._number += number
        xp = array_api_compat.array_namespace(more)
        whole = xp.int16 if self._number < 2**15 else xp.int32
        self._held = contiguous(xp.astype(more, whole if xp.isdtype(more.dtype, "integral") else xp.float32))
        if not self.self_coupling:
            self._held.reshape(-1)[:: self.units + 1] = 0
        return self

    @property
    def weights(self) -> Any:
        """W or J, (unit, unit) float64: W_ij is the weight from unit j to unit i."""
        xp = array_api_compat.array_namespace(self._held)
        return xp.astype(self._held, xp.float64) / (self.units if self.rule == "hebb" else 1)

    def _fields(self) -> tuple[Any, Any, float]:
        """V (unit, unit) and b (unit,) with h_i = c (sum_j V_ij s_j + b_i) for updates of s, and c; 1/4 makes (5) of (3)."""
        if self.rule == "covariance":
            return self._held, self._held.sum(1) - 2 * self.threshold, 0.25
        return self._held, self._held[0] * 0, 1 / self.units if self.rule == "hebb" else 1.0

    def energy(self, states: Any) -> Any:
        """E of each state (state, unit), equation (4); shape (state,)."""
        s = keep_device(checks.cues(states, self.units))
        v, bias, scale = self._fields()
        xp = namespace(stored=v, states=s)
        s, v, bias = (xp.astype(array, xp.float64) for array in (s, v, bias))
        return -scale * ((s @ v * s).sum(1) / 2 + s @ bias)

    def recall(self, cues: Any) -> Recall:
        cues = checks.cues(cues, self.units)
        checks.stored(self, self._number)
        namespace(stored=self._held, cues=keep_device(cues))
        recalled = self._at_once(cues) if self.updates == "synchronous" else self._in_turn(cues)
        self._operations = float(recalled.operations.mean())
        return recalled

    def _in_turn(self, cues: Any) -> Recall:
        v, bias, scale = self._fields()
        beta = scale / self.temperature if self.temperature else np.inf
        xp, spins = array_api_compat.array_namespace(v), keep_device(cues)
        spins = xp.astype(xp.sign(spins), xp.int8)
        if self.rule == "covariance":
            spins[spins == 0] = -1
        spins, *rest = glauber.weights(v.T, spins, bias=bias, beta=beta, sweeps=self.steps, seed=self.seed)
        return Recall(same_kind(spins, cues), *map(to_host, rest))

    def _at_once(self, cues: Any) -> Recall:
        xp, device = array_api_compat.array_namespace(cues), array_api_compat.device(cues)
        v, bias, scale = self._fields()
        w, b = (xp.asarray(scale * a, dtype=xp.float64, device=device) for a in (v.T, bias))
        s = xp.sign(xp.astype(cues, xp.float64))
        if self.rule == "covariance":
            s = xp.where(s == 0, -xp.ones_like(s), s)
        steps = np.full(len(cues), self.steps)
        moving = np.ones(len(cues), bool)
        for sweep in range(self.steps):
            h = s @ w + b  # (1), (5)
            if self.temperature:
                u = counter.reference(self.seed, np.arange(len(cues))[:, None], sweep, np.arange(self.units))
                p = 1 / (1 + xp.exp(-2 / self.temperature * h))
                s = xp.where(xp.asarray(u, device=device) < p, xp.ones_like(h), -xp.ones_like(h))  # (3)
                continue
            new = xp.where(h == 0, s, xp.sign(h))  # (2)
            still = ~to_host(xp.any(new != s, axis=1)) & moving
            steps[still], moving[still] = sweep + 1, False
            s = new
            if not moving.any():
                break
        return Recall(xp.astype(s, cues.dtype), steps, ~moving, steps * self.units**2)

    @property
    def cost(self) -> Cost:
        """The weights, and the items that some rules keep to learn anew; N (N - 1) synapses, N^2 with self-coupling."""
        synapses = self.units * (self.units - (not self.self_coupling))
        return Cost(bits_of(self._held, self._items), synapses, self._operations)
