"""SparseyNetwork: levels of macrocolumns, which learn images and sequences of them at sight."""

from neuromem.models.sparsey_network.level import Fading, Level
from neuromem.models.sparsey_network.network import SparseyNetwork

__all__ = ["Fading", "Level", "SparseyNetwork"]
