"""The afferents of one kind to one level: how they are heard, learnt, fade and freeze."""

from __future__ import annotations

from typing import Literal

import numpy as np

from neuromem.kernels import afferents
from neuromem.kernels.afferents import WEIGHT, Codes, Sources
from neuromem.models.sparsey_network.level import Fading


class Afferents:
    """The bottom-up, horizontal or top-down weights of one level.

    Parameters
    ----------
    sources : Sources
        Which macrocolumns feed which.
    cells : int
        Cells of a macrocolumn that hears them.
    fading : Fading, optional
        How weights fade; by default they stay for good.

    Attributes
    ----------
    weights : ndarray of shape (macrocolumn, row, cell)
        Weights, 0 to 127, one byte each unless others were given.
    frozen : ndarray of bool, shape (macrocolumn, cell)
        Cells whose weights neither change nor fade any more.
    """

    def __init__(self, sources: Sources, cells: int, fading: Fading | None):
        self.sources, self._fading = sources, fading
        self.weights = afferents.zeros(sources, cells)
        aging = self.weights if fading else self.weights[:0]
        self._since, self._stiffness = np.zeros(aging.shape, np.int32), np.zeros(aging.shape, np.uint8)
        self.frozen = np.zeros((len(sources.slots), cells), bool)

    @property
    def number(self) -> int:
        """Weights from sources that exist; a module has none from itself."""
        return int(self._rows.sum()) * self.weights.shape[2]

    @property
    def _rows(self) -> np.ndarray:
        """Weights of a cell of each macrocolumn (macrocolumn, 1), from sources that exist."""
        slots, modules, cells, own = self.sources
        return (slots >= 0).sum(1, keepdims=True) * modules * cells - (cells if own else 0)

    @property
    def held(self) -> tuple[np.ndarray, ...]:
        """The weights; where they fade, also when each was last set, and its stiffness."""
        return self.weights, self._since, self._stiffness

    def summed(self, codes: Codes) -> tuple[np.ndarray, np.ndarray]:
        """Return the sums of step (2) in units of a full weight, and the number of active inputs.

        Parameters
        ----------
        codes : Codes
            What the sources say.

        Returns
        -------
        tuple of ndarray
            Sums (cue, macrocolumn, cell), and numbers (cue, macrocolumn).
        """
        total, active = afferents.hear(self.weights, self.sources, codes)
        return total / WEIGHT, active

    def learn(self, before: Codes, after: Codes, now: int, persistence: int) -> None:
        """Set the weights from active cells of the sources to the winners, and let the others fade.

        Parameters
        ----------
        before, after : Codes
            Codes of the sources and of the macrocolumns, of one cue.
        now : int
            Number of the frame since the network was empty.
        persistence : int
            Frames for which a code stays; a weight set again within them gains no stiffness.
        """
        recurs = (persistence, self._fading.ages[0][0] if self._fading else 0)
        learnt = afferents.Weights(self.weights, self._since, self._stiffness, self.frozen)
        afferents.learn(learnt, self.sources, before, after, now, recurs)
        if self._fading:
            faded = [np.searchsorted(ages, now - self._since, side="right") for ages in self._fading.ages]
            table = np.array([*self._fading.weights, 0], np.uint8)
            stays = (self.weights == 0) | (self._stiffness == 2) | self.frozen[:, None, :]
            self.weights = np.where(stays, self.weights, table[np.where(self._stiffness == 1, faded[1], faded[0])])

    def freeze(self, saturation: float, what: Literal["bundle", "cell"]) -> None:
        """Freeze what is saturated.

        Parameters
        ----------
        saturation : float
            Filled fraction of its weights above which a cell freezes.
        what : {"bundle", "cell"}
            Whether all cells of a macrocolumn freeze together, by their mean, or each alone.
        """
        fill = (self.weights > 0).sum(1) / np.maximum(1, self._rows)  # (macrocolumn, cell)
        self.frozen |= fill.mean(1, keepdims=True) > saturation if what == "bundle" else fill > saturation
