"""Sparsey, one macrocolumn: similar inputs get similar sparse codes, each stored in a single trial."""

from neuromem.models.sparsey.macrocolumn import Sparsey

__all__ = ["Sparsey"]
