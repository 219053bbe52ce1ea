"""Input spikes of source populations, as numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from neuromem import checks

from .lattice import all_steps
from .populations import Population


def located(
    populations: Sequence[Population], step_ms: float, names: Any, neuron: Any, time_ms: Any
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return where and when input spikes are.

    Parameters
    ----------
    populations : sequence of Population
        The populations of a circuit.
    step_ms : float
        Its step, ms.
    names : array_like of str, (spike,)
        The population of each spike.
    neuron : array_like of int, (spike,)
        Its neuron.
    time_ms : array_like of float, (spike,)
        Its time, ms.

    Returns
    -------
    population, neuron, step : ndarray of int64, (spike,)
        Indices into `populations`, neurons, and steps.

    Raises
    ------
    InputError
        If a population is no source, a neuron is not one of its, or a time is no multiple of the
        step.
    """
    names, neuron = np.asarray(names), np.asarray(neuron, np.int64)
    found = np.full(len(names), -1)
    for index, p in enumerate(populations):
        if p.cell is None:
            mine = names == p.name
            found[mine] = index
            own = neuron[mine]
            if len(own) and not (0 <= own.min() <= own.max() < p.size):
                was = f"were {own.min()} to {own.max()}"
                raise checks.refusal(f"input neurons of {p.name}", f"be 0 to {p.size - 1}", was)
    if (found < 0).any():
        sources = [p.name for p in populations if p.cell is None]
        checks.choice("population of an input", str(names[found < 0][0]), sources)
    return found, neuron, all_steps("time_ms of an input", time_ms, step_ms)
