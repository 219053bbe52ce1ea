"""Holographic reduced representations: all pairs bound into one vector by convolution."""

from __future__ import annotations

import math
from typing import Any

import array_api_compat

from neuromem import checks
from neuromem.arrays import first_largest, unit_length
from neuromem.models._one_step import OneStep

KEYS = ("unitary", "length")


class Holographic(OneStep):
    """One vector t that holds all pairs, each bound by circular convolution.

    Equations, numbered as in the code's comments:

        unitary: F k' = F k / |F k| for each frequency;  length: k' = k / |k|                  (1)
        t <- t + k' * v,  F (k' * v) = (F k') (F v)         bind and add                       (2)
        y = q' # t,  F (q' # t) = conj(F q') (F t)          unbind                             (3)
        o = the stored value with the greatest cosine to y                cleanup              (4)

    F is the discrete Fourier transform, and products of transforms are taken for each frequency.
    A unitary key gives back its value exactly when it is alone; a key of length 1 adds noise of
    its own. Every other pair adds noise as strong as the value, so that one vector tells about
    units / 10 pairs apart, where a matrix (`Pavlov`, `PhaseAssociative`) holds units times as
    many numbers. The values of (4) are held beside t, and make an answer clean.

    Parameters
    ----------
    units : int
        Length of a key and of a value.
    keys : str, default "unitary"
        "unitary" or "length", as in (1).
    cleanup : bool, default True
        Whether (4) follows; without it o = y.

    Attributes
    ----------
    stored : int
        Number of items stored.

    Raises
    ------
    InputError
        If arrays have another shape or library, nothing is stored at a recall, or a result is too
        large for its type.

    References
    ----------
    Plate, T. A. (1995). Holographic reduced representations. IEEE Transactions on Neural Networks
    6, 623. https://doi.org/10.1109/72.377968

    Examples
    --------
    >>> import neuromem as nm
    >>> keys, values = (nm.patterns.random(8, 256, rng=seed) for seed in (0, 1))
    >>> memory = Holographic(256).store(keys, values)
    >>> bool((memory.recall(keys).items == values).all())
    True
    """

    def __init__(self, units: int, *, keys: str = "unitary", cleanup: bool = True):
        super().__init__(units)
        self.keys = checks.choice("keys", keys, KEYS)
        self.cleanup = checks.flag("cleanup", cleanup)

    def _pairs(self, keys: Any, values: Any) -> tuple[Any, Any]:
        keys, values = super()._pairs(keys, values)
        return keys, checks.items("values", values, self.units)

    def _learn(self, state: dict[str, Any], keys: Any, values: Any) -> dict[str, Any]:
        xp = array_api_compat.array_namespace(keys)
        bound = xp.fft.irfft(self._spectrum(keys) * xp.fft.rfft(values), n=self.units)
        trace = xp.sum(bound, axis=0) + (state["trace"] if state else 0.0)  # (2)
        if not self.cleanup:
            return {"trace": trace}
        return {"trace": trace, "values": xp.concat([state["values"], values]) if state else values + 0.0}

    def _respond(self, state: dict[str, Any], cues: Any) -> Any:
        xp = array_api_compat.array_namespace(cues)
        y = xp.fft.irfft(xp.conj(self._spectrum(cues)) * xp.fft.rfft(state["trace"]), n=self.units)  # (3)
        if not self.cleanup:
            return y
        size = self.units**0.5 * xp.max(xp.abs(y), axis=1, keepdims=True)
        return state["values"][first_largest(y @ unit_length(state["values"]).T, self.units, scale=size)[:, 0]]  # (4)

    def _spectrum(self, x: Any) -> Any:
        """F k', equation (1)."""
        xp = array_api_compat.array_namespace(x)
        spectrum = xp.fft.rfft(unit_length(x))
        if self.keys != "unitary":
            return spectrum
        size, rounding = xp.abs(spectrum), 4 * float(xp.finfo(x.dtype).eps) * (1 + math.log2(self.units))
        there = size > rounding  # a frequency that a key has not gets the phase 0
        return xp.where(there, spectrum / xp.where(there, size, xp.ones_like(size)), xp.ones_like(spectrum))
