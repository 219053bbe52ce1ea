"""Every figure, one file each: `draw(dataset)` turns a saved result into a matplotlib Figure, and never simulates."""

from neuromem.catalogue import Catalogue

ALL = Catalogue(__name__, "figure", "draw")
