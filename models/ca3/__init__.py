"""CA3: the spiking content-addressable memory, and the loop of DG, CA3 and CA1."""

from neuromem.models.ca3.loop import hippocampal_loop, learn_and_recall
from neuromem.models.ca3.memory import CA3
from neuromem.models.ca3.operations import Operation, answers, schedule
from neuromem.models.ca3.wiring import circuit

__all__ = ["CA3", "Operation", "answers", "circuit", "hippocampal_loop", "learn_and_recall", "schedule"]
