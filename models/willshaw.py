"""Willshaw memory: one-bit synapses, set by joint activity."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal, Self

import array_api_compat
import numpy as np

from neuromem import checks
from neuromem.arrays import bits_of, keep_device, namespace, same_kind, to_host
from neuromem.kernels import bits, packed
from neuromem.memory import Cost, Recall
from neuromem.models import _sparse
from neuromem.trace import Film, Traced


class Willshaw(Traced):
    """Clipped Hebbian memory: a synapse is one bit, set once both its cells are active together.

    Equations, numbered as in the code's comments, with active cells x of a key, y of a value, c
    of a cue:

        w_ij = max_mu x^mu_i y^mu_j                                                           (1)
        s_j  = sum_i w_ij c_i                                                                 (2)
        y_j  = 1 iff s_j >= theta                                                             (3)

    The threshold theta is the k-th largest field, where k is the number of active cells of a
    value and ties all win ("winners"); or the number of active cells of the cue, all of which
    must agree ("cue"); or a given number. With "winners" and auto-association, (2-3) repeat from
    the answer until it stands; else there is one pass. Items on a CUDA device stay there, and
    cues must lie there too.

    Parameters
    ----------
    units : int
        Length of a key.
    activity : float, optional
        Share of the units of an item at +1, for items that are sparse and are stored as they are.
        By default the first items that are stored say it: at most 1/16 is sparse, and the activity
        is then the mean over all items; denser items are stored as codes of one active cell among
        16 for every 4 units (`neuromem.encoders.Blocks`).
    decision : {"winners", "cue"}, default "winners"
        What sets the threshold.
    threshold : float, optional
        Field that a cell must reach, in active synapses, instead of `decision`.
    steps : int, default 5
        Most passes of an auto-associative recall.

    Attributes
    ----------
    stored : int
        Number of items stored.
    weights : uint64 array of shape (cell of the key, word of the value) or None
        One-bit weights, packed; None before the first item.
    encoder : object
        What makes active cells of keys; `answers` is that of values.
    synapses : dict
        {"weights": array of shape (cell of the key, cell of the value)}; it can be set to zeros
        and ones.

    Raises
    ------
    InputError
        If an item is not of +1/-1 or has no active unit, or the weights do not fit in memory.

    References
    ----------
    Willshaw, D. J., Buneman, O. P. & Longuet-Higgins, H. C. (1969). Non-holographic associative
    memory. Nature 222, 960. https://doi.org/10.1038/222960a0

    Palm, G. (1980). On associative memory. Biological Cybernetics 36, 19.
    https://doi.org/10.1007/BF00337019

    Examples
    --------
    >>> import neuromem as nm
    >>> items = nm.patterns.sparse(500, 1000, activity=0.01, rng=0)
    >>> memory = nm.Willshaw(1000, activity=0.01).store(items)
    >>> recall = memory.recall(nm.cues.erase(items, 0.3, rng=1))
    >>> float(nm.metrics.exact(recall, items).mean()) > 0.95
    True
    """

    step_unit = "passes"

    def __init__(
        self,
        units: int,
        *,
        activity: float | None = None,
        decision: Literal["winners", "cue"] = "winners",
        threshold: float | None = None,
        steps: int = 5,
    ):
        self.units = checks.whole("units", units, way_out="give the length of one item, such as 256")
        self.activity = activity
        self.decision = checks.choice("decision", decision, ("winners", "cue"))
        self.threshold = None if threshold is None else checks.real("threshold", threshold, above=0)
        self.steps = checks.whole("steps", steps)
        self.clear()

    def clear(self) -> None:
        """Forget all items."""
        self.weights: Any = None
        self.encoder = self.answers = _sparse.encoder(self.units, self.activity)  # of keys, and of values
        self.stored, self._auto, self._operations = 0, True, math.nan

    def store(self, keys: Any, values: Any = None) -> Self:
        """Join the active cells of each key to those of its value; values may have any length."""
        batches, self.encoder, answers, auto = _sparse.pair_codes(self, keys, values)
        size = 8 * self.encoder.units * bits.words(answers.units)
        for x, y in batches:
            if self.weights is None:
                checks.fits("units", size, "use fewer units")
                self.weights = _sparse.empty_weights(self.encoder.units, answers.units, x)
            packed.associate(self.weights, x, bits.pack(y))  # (1)
            self.stored += len(x)
        self.answers, self._auto = answers, self._auto and auto
        return self

    def recall(self, cues: Any) -> Recall:
        """Passes (2-3) from the active cells of each cue."""
        return self._filmed(cues, None)

    def _filmed(self, cues: Any, film: Film | None) -> Recall:
        cues = checks.cues(cues, self.units)
        checks.stored(self, self.stored)
        namespace(stored=self.weights, cues=keep_device(cues))
        active = self.encoder.encode(cues) > 0
        if film:
            film(np.sign(to_host(cues)))
        most = self.steps if self._auto and self.decision == "winners" and self.threshold is None else None
        shown = film and (lambda now: film(self.answers.decode(_sparse.signs(now))))
        answer, steps, converged, events = _sparse.repeated(self._pass, active, most, shown)
        operations = events + _sparse.encoder_operations(self)
        self._operations = float(operations.mean())
        return Recall(same_kind(self.answers.decode(_sparse.signs(answer)), cues), steps, converged, operations)

    def _pass(self, active: Any) -> tuple[Any, Any]:
        """Equations (2-3) once: active cells of the values, and the synapses added for each cue."""
        xp = array_api_compat.array_namespace(active)
        fields, size = packed.sums(self.weights, active, self.answers.units), xp.sum(active, axis=1)  # (2)
        if self.threshold is not None:
            answer = fields >= self.threshold  # (3)
        elif self.decision == "cue":
            answer = fields >= xp.clip(size, 1, None)[:, None]
        else:
            answer = _sparse.winners(fields, round(self.answers.activity * self.answers.units))
        return answer, size * self.answers.units

    @property
    def synapses(self) -> dict[str, np.ndarray]:
        """The weights, as zeros and ones; set a mapping of the same shape to replace them."""
        return {} if self.weights is None else {"weights": _sparse.unpacked(self.weights, self.answers.units)}

    @synapses.setter
    def synapses(self, new: Mapping[str, Any]) -> None:
        for name, value in checks.synapses(new, self.synapses).items():
            self.weights = _sparse.packed_like(name, value, self.weights)

    @property
    def cost(self) -> Cost:
        """The weights, a bit each, and what the encoders hold."""
        cells = 0 if self.weights is None else self.encoder.units * self.answers.units
        return Cost(bits_of(self.weights) + _sparse.encoder_bits(self), cells, self._operations)
