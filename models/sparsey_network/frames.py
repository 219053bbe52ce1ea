"""Frames as the lowest level sees them, and as its codes give them back."""

from __future__ import annotations

import numpy as np

from neuromem.kernels import afferents
from neuromem.kernels.afferents import Codes, Sources
from neuromem.models.sparsey.code_selection import SLACK
from neuromem.models.sparsey_network.macrocolumns import Seen


class Frames:
    """The way of frames to the lowest level and back.

    Parameters
    ----------
    units : int
        Pixels of a frame.
    lines : {"both", "on"}
        Which values of a pixel have an input line.
    quorum : float
        Fraction of the winners that must know a pixel, with lines="on".
    modules : int
        Modules of a macrocolumn of the lowest level.
    sources : Sources
        The lines that each of these macrocolumns sees.
    """

    def __init__(self, units: int, lines: str, quorum: float, modules: int, sources: Sources):
        self._units, self._both, self._quorum, self._modules = units, lines == "both", quorum, modules
        each = sources.slots.shape[1] // (2 if self._both else 1)
        self._pixels = sources.slots[:, :each]  # (macrocolumn, pixel)

    def seen(self, x: np.ndarray) -> tuple[Codes, Seen]:
        """Return what the lowest level sees of frames.

        Parameters
        ----------
        x : ndarray of shape (cue, unit)

        Returns
        -------
        codes : Codes
            The lines, as sources of one module with one cell.
        seen : Seen
            What is known of each field.
        """
        on = np.hstack([x > 0, x < 0]) if self._both else x > 0
        known = (x != 0)[:, self._pixels].sum(-1)  # (cue, macrocolumn)
        return Codes(np.zeros((*on.shape, 1), np.int32), on.astype(np.float32)), Seen(known == 0, known)

    def decoded(self, weights: np.ndarray, winner: np.ndarray) -> np.ndarray:
        """Return the frames that winners stand for; a field at rest is 0, or -1 with lines="on".

        Parameters
        ----------
        weights : ndarray of shape (macrocolumn, row, cell)
            Bottom-up weights of the lowest level.
        winner : ndarray of int32, shape (cue, macrocolumn, module)
            Winners, -1 at rest.

        Returns
        -------
        ndarray of int8, shape (cue, unit)
        """
        counts = afferents.know(weights, winner)
        pixels = self._pixels.shape[1]
        voices = self._modules * np.all(winner >= 0, axis=-1)[:, :, None]
        known, other = (counts[..., :pixels], counts[..., pixels:]) if self._both else (counts, voices)
        for_, against = np.zeros((2, self._units, len(winner)), np.int32)
        for total, votes in ((for_, known), (against, other)):
            np.add.at(total, self._pixels.ravel(), np.broadcast_to(votes, known.shape).reshape(len(winner), -1).T)
        if self._both:
            return np.sign(for_ - against).T.astype(np.int8)
        return np.where((for_ >= self._quorum * against - SLACK) & (against > 0), 1, -1).T.astype(np.int8)
