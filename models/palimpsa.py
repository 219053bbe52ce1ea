"""Palimpsa: metaplastic attention, fast weights whose synapses stiffen with what they have learnt."""

from __future__ import annotations

from typing import Any

from neuromem import checks
from neuromem.arrays import unit_length
from neuromem.kernels.fast_weights import hebb, outer
from neuromem.models._one_step import OneStep


class Palimpsa(OneStep):
    """Each synapse keeps a mean and an importance, the inverse of its variance: a diagonal Bayesian linear regression.

        M <- decay M + rate v k^T                                            evidence       (1)
        J <- decay J + rate 1 (k * k)^T                                      importance     (2)
        o = [M / (J + prior)] q                                              response       (3)
        u = sum_j q_j^2 / (J_ij + prior)                                     its variance   (4)

    M, J: (value unit, key unit); / and * act on each entry.  k, q: key and cue, divided by their length.  prior: precision
    of a synapse that has learnt nothing. With decay < 1 importance leaks, so that old memories give way (a palimpsest).

    units: length of a key.  decay: what is kept at each item.  rate: precision of one item.
    Raises InputError for arrays of another shape or library, or a recall before store.

    Bonnet et al. 2026, Learning to remember, learn, and forget in attention-based models, arXiv:2602.09075.

    >>> memory = Palimpsa(2).store([[1.0, 0.0]], [[3.0]])
    >>> memory.recall([[1.0, 0.0]]).items.tolist(), memory.variance([[1.0, 0.0], [0.0, 1.0]]).tolist()
    ([[1.5]], [[0.5], [1.0]])
    """

    def __init__(self, units: int, *, decay: float = 1.0, rate: float = 1.0, prior: float = 1.0):
        super().__init__(units)
        self.decay = checks.fraction("decay", decay)
        self.rate = checks.real("rate", rate, above=0)
        self.prior = checks.real("prior", prior, above=0)

    def variance(self, cues: Any) -> Any:
        """How uncertain each unit of the response is, equation (4): (cue, value unit), in units of the noise of one item."""
        cues = checks.cues(cues, self.units)
        checks.stored(self, self._state is not None)
        return unit_length(cues) ** 2 @ (1 / (self._state[1] + self.prior)).T

    def _learn(self, state: Any, keys: Any, values: Any) -> Any:
        keys = unit_length(keys)
        mean, importance = state or (0 * outer(values[0], keys[0]),) * 2
        for i in range(keys.shape[0]):
            mean = hebb(mean, keys[i], values[i], rate=self.rate, decay=self.decay)  # (1)
            importance = self.decay * importance + self.rate * keys[i] ** 2  # (2)
        return mean, importance

    def _respond(self, state: Any, cues: Any) -> Any:
        mean, importance = state
        return unit_length(cues) @ (mean / (importance + self.prior)).T  # (3)
