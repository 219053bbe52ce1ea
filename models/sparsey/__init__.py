"""Sparsey, one macrocolumn: similar inputs get similar sparse codes, stored in one trial."""

from neuromem.models.sparsey.macrocolumn import Sparsey

__all__ = ["Sparsey"]
