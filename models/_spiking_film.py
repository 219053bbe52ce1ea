"""What spiking memories show of a recall: the state of their units at every millisecond."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from neuromem.trace import Film

Change = tuple[float, int, Any, Any]  # ms, cue, units, and what they become


def show(film: Film, start: np.ndarray, changes: Iterable[Change], end_ms: float) -> None:
    """Show a film the states (cue, unit) from 0 to just before `end_ms`, which begin as `start`."""
    now, coming = start.copy(), sorted(changes, key=lambda change: change[:2])
    film(now)
    for ms in range(1, math.ceil(end_ms)):
        while coming and coming[0][0] <= ms:
            _, cue, units, values = coming.pop(0)
            now[cue, units] = values
        film(now)
