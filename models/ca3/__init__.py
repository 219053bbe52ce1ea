"""CA3: the spiking content-addressable memory."""

from neuromem.models.ca3.memory import CA3
from neuromem.models.ca3.operations import Operation, answers, schedule
from neuromem.models.ca3.wiring import circuit

__all__ = ["CA3", "Operation", "answers", "circuit", "schedule"]
