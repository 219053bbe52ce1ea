"""Every input check and every error text, in one form.

The text says what the argument must be, what it was, and what to do. Each function returns the
argument in the form that is used, so that a check reads as an assignment.
"""

from .arrays import array, auto, axes, cues, items, pairs, spins, stored, synapses
from .copies import copied, pickled
from .errors import InputError, nearest, refusal, running, shown
from .size import fits
from .values import LARGEST, flag, fraction, generator, instance, interval, near_square, real, rectangle, seed, whole
from .words import choice, device, path, unique

__all__ = [
    "LARGEST",
    "InputError",
    "array",
    "auto",
    "axes",
    "choice",
    "copied",
    "cues",
    "device",
    "fits",
    "flag",
    "fraction",
    "generator",
    "instance",
    "interval",
    "items",
    "near_square",
    "nearest",
    "pairs",
    "path",
    "pickled",
    "real",
    "rectangle",
    "refusal",
    "running",
    "seed",
    "shown",
    "spins",
    "stored",
    "synapses",
    "unique",
    "whole",
]
