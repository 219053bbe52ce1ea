"""Spiking circuits: described once, run on Brian2 (the reference) or on the fast engine."""
