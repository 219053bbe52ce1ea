"""Willshaw memory: one-bit synapses, set by joint activity."""

from __future__ import annotations

from typing import Any, Literal, Self

import numpy as np

from neuromem import checks
from neuromem.arrays import bits_of, require_host
from neuromem.kernels import bits, packed
from neuromem.memory import Cost, Recall
from neuromem.models import _sparse


class Willshaw:
    """Clipped Hebbian memory: a synapse is one bit, set once both its cells have been active together.

        w_ij = max_mu x^mu_i y^mu_j,   x, y in {0, 1}                                            (1)
        s_j  = sum_i w_ij c_i                                                                     (2)
        y_j  = 1 iff s_j >= theta                                                                 (3)
            "winners": theta = the k-th largest field, k = the active cells of a value; ties all win
            "cue":     theta = sum_i c_i, every active cell of the cue must agree (one pass)
            a number:  theta = that number (one pass)

    With "winners" and auto-association, (2-3) repeat from the answer until it stands, at most `steps` times.
    Keys (item, units) and values (item, any length) of +1/-1. activity=None: dense items, as codes of one active cell
    among 16 for every 4 units (`neuromem.encoders.Blocks`); activity=a: sparse items as they are, about a * units active.
    Raises InputError for items that are not +1/-1, or without an active unit.

    w: 1-bit weights (cell of the key, cell of the value); c: active cells of the cue; theta: threshold.
    Willshaw, Buneman & Longuet-Higgins (1969, Nature 222:960); Palm (1980, Biol. Cybern. 36:19).

    >>> import neuromem as nm
    >>> items = nm.patterns.sparse(500, 1000, activity=0.01, rng=0)
    >>> memory = nm.Willshaw(1000, activity=0.01).store(items)
    >>> float(nm.metrics.exact(memory.recall(nm.cues.erase(items, 0.3, rng=1)), items).mean()) > 0.95
    True
    """

    step_unit = "passes"

    def __init__(
        self,
        units: int,
        *,
        activity: float | None = None,
        threshold: Literal["winners", "cue"] | int = "winners",
        steps: int = 5,
    ):
        self.units = checks.whole("units", units, way_out="give the length of one item, such as 256")
        self.activity = activity
        self.encoder = _sparse.encoder(self.units, activity)
        if isinstance(threshold, str):
            checks.choice("threshold", threshold, ("winners", "cue"))
        else:
            checks.whole("threshold", threshold, way_out="give active synapses, or 'winners' or 'cue'")
        self.threshold = threshold
        self.steps = checks.whole("steps", steps)
        self.clear()

    def clear(self) -> None:
        self.weights: Any = None  # packed, (cell of the key, words of the value)
        self.answers = self.encoder  # of values
        self.items, self._auto, self._operations = 0, True, np.nan

    def store(self, keys: Any, values: Any = None) -> Self:
        x, y, answers, auto = _sparse.pair_codes(self, keys, values)
        if self.weights is None:
            shape = (self.encoder.units, bits.words(answers.units))
            _sparse.fits("units", 8 * shape[0] * shape[1], "use fewer units")
            self.weights = np.zeros(shape, np.uint64)
        for active, answer in zip(x, bits.pack(y), strict=True):
            self.weights[active] |= answer  # (1)
        self.answers, self._auto = answers, self._auto and auto
        self.items += len(x)
        return self

    def recall(self, cues: Any) -> Recall:
        cues = checks.cues(cues, self.units)
        checks.stored(self, self.items)
        active = self.encoder.encode(require_host(cues)) > 0
        passes = self.steps if self._auto and self.threshold == "winners" else 1
        steps, events = np.zeros(len(active), int), np.zeros(len(active), int)
        converged = np.full(len(active), passes == 1)
        answer = np.zeros((len(active), self.answers.units), bool)
        running = np.arange(len(active))
        for _ in range(passes):
            now = self._pass(active[running])
            steps[running] += 1
            events[running] += active[running].sum(1) * self.answers.units
            still = passes > 1 and (now == active[running]).all(1)
            answer[running] = now
            converged[running] |= still
            running = running[~converged[running]]
            if not len(running):
                break
            active[running] = answer[running]
        operations = events + self.encoder.operations + self.answers.operations
        self._operations = float(operations.mean())
        return Recall(self.answers.decode(np.where(answer, 1, -1)), steps, converged, operations)

    def _pass(self, active: np.ndarray) -> np.ndarray:
        """Equations (2-3) once: active cells (cue, cell of the key) to active cells (cue, cell of the value)."""
        fields = packed.sums(self.weights, active, self.answers.units)
        if self.threshold == "winners":
            return _sparse.winners(fields, round(self.answers.activity * self.answers.units))
        theta = active.sum(1, keepdims=True) if self.threshold == "cue" else self.threshold
        return fields >= np.maximum(theta, 1)

    @property
    def cost(self) -> Cost:
        cells = 0 if self.weights is None else self.encoder.units * self.answers.units
        return Cost(
            bits_of(self.weights) + _sparse.encoder_bits(self),
            cells,
            self._operations,
        )
