"""Phase-associative memory: fast weights with a complex state, keys being phases."""

from __future__ import annotations

import math
from typing import Any

import array_api_compat
import numpy as np

from neuromem import checks
from neuromem.arrays import same_kind, unit_length
from neuromem.kernels.fast_weights import hebb
from neuromem.models._one_step import OneStep, zeros


class PhaseAssociative(OneStep):
    """Complex fast weights from phases of keys to values: phases that match add up.

    Equations, numbered as in the code's comments:

        k = exp(i W x / |x|) / sqrt(D)           W (D, unit), normal with variance beta        (1)
        S <- decay S + v k^*                     k^* is the conjugate transpose                (2)
        o = Re(S q)                              q are the cue's phases                        (3)
        E[k^* q] = exp(-beta |x / |x| - q / |q||^2 / 2)                                        (4)

    S holds complex weights (value unit, D). W holds fixed random projections, which turn a real
    key into D = phases * units phases, an untrained stand-in for the complex embeddings that the
    paper trains. By (4) the memory is kernel attention with a state of fixed size: |k^* q| falls
    from 1 to about 1 / sqrt(D), not to 0, so that crosstalk grows with the number of items.

    Parameters
    ----------
    units : int
        Length of a key.
    decay : float, default 1
        Factor by which what is stored fades at each item.
    beta : float, default 4
        Sharpness of (4).
    phases : int, default 4
        D / units.
    rng : int or numpy.random.Generator, default 0
        Draws W.

    Attributes
    ----------
    stored : int
        Number of items stored.
    seed : int
        What W was drawn from.

    Raises
    ------
    InputError
        If arrays have another shape or library, nothing is stored at a recall, or a result is too
        large for its type.

    References
    ----------
    Agostino, C. & Vishwakarma, G. (2026). Phase-associative memory.
    https://arxiv.org/abs/2604.05030

    Rahimi, A. & Recht, B. (2007). Random features for large-scale kernel machines. NIPS.

    Examples
    --------
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
        self.phases = checks.whole("phases", phases)
        checks.fits("units", 16 * self.phases * self.units**2, "take fewer units or phases")
        self.seed = checks.seed(rng)
        shape = self.units, self.units * self.phases
        self._projection = math.sqrt(self.beta) * np.random.default_rng(self.seed).normal(size=shape)

    def _learn(self, state: dict[str, Any], keys: Any, values: Any) -> dict[str, Any]:
        xp = array_api_compat.array_namespace(keys)
        keys = xp.conj(self._phases(keys))
        weights = self._weights(state) if state else zeros(keys, values.shape[1], keys.shape[1])
        for i in range(keys.shape[0]):
            weights = hebb(weights, keys[i], values[i], decay=self.decay)  # (2)
        return {"real": xp.real(weights), "imaginary": xp.imag(weights)}

    def _respond(self, state: dict[str, Any], cues: Any) -> Any:
        xp = array_api_compat.array_namespace(cues)
        return xp.real(self._phases(cues) @ self._weights(state).T)  # (3)

    def _weights(self, state: dict[str, Any]) -> Any:
        """S."""
        return state["real"] + 1j * state["imaginary"]

    def _phases(self, x: Any) -> Any:
        """Equation (1)."""
        xp = array_api_compat.array_namespace(x)
        projection = same_kind(self._projection, x)
        return xp.exp(1j * (unit_length(x) @ projection)) / math.sqrt(projection.shape[1])
