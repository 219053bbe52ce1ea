"""Phase-associative memory: fast weights with a complex state, keys being phases."""

from __future__ import annotations

import math
from typing import Any

import array_api_compat
import numpy as np

from neuromem import checks
from neuromem.arrays import unit_length
from neuromem.kernels.fast_weights import hebb
from neuromem.models._one_step import OneStep


class PhaseAssociative(OneStep):
    """Complex fast weights S from values to phases of keys: matching phases add up, others turn every way.

        k = exp(i W x / |x|) / sqrt(D)              W (D, unit), normal with variance beta             (1)
        S <- decay S + v k^*                        k^* = conjugate transpose                          (2)
        o = Re(S q)                                 q: the cue's phases                                (3)
        E[k^* q] = exp(-beta |x / |x| - q / |q||^2 / 2)                                                (4)

    S: complex weights (value unit, D).  W: fixed random projections that turn a real key into D = phases * units phases; an
    untrained stand-in for the complex embeddings that the paper trains. By (4) it is kernel attention with a state of fixed
    size: |k^* q| falls from 1 to about 1 / sqrt(D), not to 0, so crosstalk grows with the number of items.

    units: length of a key.  decay: what is kept of S at each item.  beta: sharpness of (4).  phases: D / units.
    Raises InputError for arrays of another shape or library, or a recall before store.

    Agostino & Vishwakarma 2026, Phase-associative memory, arXiv:2604.05030. Kernel (4): Rahimi & Recht 2007, NIPS.

    >>> import neuromem as nm
    >>> items = nm.patterns.random(10, 64, rng=0)
    >>> recalled = PhaseAssociative(64).store(items).recall(nm.cues.flip(items, 0.1, rng=1))
    >>> float(nm.metrics.overlap(recalled, items).min()) > 0.9
    True
    """

    def __init__(
        self,
        units: int,
        *,
        decay: float = 1.0,
        beta: float = 4.0,
        phases: int = 4,
        rng: int | np.random.Generator = 0,
    ):
        super().__init__(units)
        self.decay = checks.fraction("decay", decay)
        self.beta = checks.real("beta", beta, above=0)
        shape = self.units, self.units * checks.whole("phases", phases)
        self._projection = math.sqrt(self.beta) * checks.generator(rng).normal(size=shape)

    def _learn(self, state: Any, keys: Any, values: Any) -> Any:
        xp = array_api_compat.array_namespace(keys)
        keys = xp.conj(self._phases(keys))
        for i in range(keys.shape[0]):
            state = hebb(0.0 if state is None else state, keys[i], values[i], decay=self.decay)  # (2)
        return state

    def _respond(self, state: Any, cues: Any) -> Any:
        xp = array_api_compat.array_namespace(cues)
        return xp.real(self._phases(cues) @ state.T)  # (3)

    def _phases(self, x: Any) -> Any:
        """Equation (1)."""
        xp = array_api_compat.array_namespace(x)
        projection = xp.asarray(self._projection, dtype=x.dtype, device=array_api_compat.device(x))
        return xp.exp(1j * (unit_length(x) @ projection)) / math.sqrt(projection.shape[1])
