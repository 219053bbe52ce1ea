"""What the theory of sparse distributed memory is given, and which of its sums take too long."""

from __future__ import annotations

from neuromem import checks

TERMS = 1e7  # some seconds


def circle(units: int, radius: int) -> tuple[int, int]:
    """Units and radius of a circle, once they are known to be right."""
    units = checks.whole("units", units)
    return units, checks.whole("radius", radius, least=0, most=units, way_out="it is a Hamming distance")


def load(stored: float, locations: float) -> tuple[float, float]:
    """Items and locations, once they are known to be right."""
    return checks.real("stored", stored, above=0), checks.real("locations", locations, least=1)


def affordable(name: str, terms: float) -> None:
    """Refuse a sum (2) of minutes."""
    if terms > TERMS:
        raise checks.refusal(name, f"ask for at most {TERMS:g} terms of (2)", f"asks for {terms:.3g}", "give smaller ones")
