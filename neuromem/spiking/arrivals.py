"""Poisson processes: the spikes of `Poisson` sources and those of a `Background`.

Numbers are keyed by the seed, the copy of the circuit and the unit, so that every engine draws the
same ones, in whatever order.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import special

from neuromem import checks
from neuromem.kernels.counter import Stream, uniforms

from .circuit import Circuit
from .populations import Poisson

MOST = 1000.0  # arrivals in a step
_SPIKE = 200  # bytes that a drawn spike needs at most


def first_units(circuit: Circuit) -> dict[str, int]:
    """Return the number of the first unit of each population, counted in the order of their names.

    Parameters
    ----------
    circuit : Circuit
        The circuit.

    Returns
    -------
    dict of str to int
        A number for each name; it keys what is random about a cell.
    """
    ranked = sorted(circuit.populations, key=lambda p: p.name)
    ends = np.cumsum([p.size for p in ranked])
    return {p.name: int(end) - p.size for p, end in zip(ranked, ends, strict=True)}


def drawn(circuit: Circuit, copies: int, steps: int, seed: int) -> list[np.ndarray]:
    """Return the spikes of all Poisson sources within a run.

    With T_n the time of the n-th spike of a source, and u uniform in [0, 1),

        T_n = T_(n-1) - log(1 - u) / rate

    Parameters
    ----------
    circuit : Circuit
        The circuit.
    copies, steps : int
        Number of copies, and of steps of the run.
    seed : int
        Seed of the run.

    Returns
    -------
    list of ndarray of int64
        Copy, step, index of the population and neuron, each (spike,).
    """
    columns, units = [np.zeros((4, 0), np.int64)], first_units(circuit)
    for index, p in enumerate(circuit.populations):
        if not isinstance(p.cell, Poisson) or not p.cell.rate_hz:
            continue
        expected = p.cell.rate_hz * steps * circuit.step_ms / 1000 * copies * p.size
        checks.fits(f"sources of {p.name}", _SPIKE * expected, "lower their rate, or run it for a shorter time")
        rate = p.cell.rate_hz * circuit.step_ms / 1000  # in a step
        copy, neuron = (part.ravel() for part in np.indices((copies, p.size)))
        time, number = np.zeros(copies * p.size), 0
        while len(time):
            time = time - np.log1p(-uniforms(seed, Stream.SOURCE, copy, number, units[p.name] + neuron)) / rate
            inside = time < steps
            copy, neuron, time, number = copy[inside], neuron[inside], time[inside], number + 1
            columns.append(np.stack([copy, time.astype(np.int64), np.full(len(time), index), neuron]))
    return list(np.concatenate(columns, axis=1))


def table(rate_hz: float, step_ms: float) -> np.ndarray:
    """Return from which uniform number on more than n spikes arrive in a step.

    Parameters
    ----------
    rate_hz : float
        Spikes in a second.
    step_ms : float
        The step, ms.

    Returns
    -------
    ndarray of float64, (n,)
        P(number <= n) of the Poisson law, as far as it is below 1.
    """
    mean = rate_hz * step_ms / 1000
    checks.real("arrivals of a background in a step", mean, most=MOST, way_out="lower its rate_hz")
    below = special.pdtr(np.arange(int(mean + 12 * np.sqrt(mean) + 40)), mean)
    return below[below < 1]


def counter(circuit: Circuit, name: str, seed: int) -> Callable[[np.ndarray, int], np.ndarray]:
    """Return a function that gives the numbers of background spikes in a step.

    Parameters
    ----------
    circuit : Circuit
        The circuit.
    name : str
        The population.
    seed : int
        Seed of the run.

    Returns
    -------
    callable
        Of the cells (cell,), of which cell i of copy c is c * size + i, and the step.
    """
    p, first = circuit[name], first_units(circuit)[name]
    assert p.background is not None
    below = table(p.background.rate_hz, circuit.step_ms)

    def arrive(cell: np.ndarray, step: int) -> np.ndarray:
        drawn = uniforms(seed, Stream.BACKGROUND, cell // p.size, int(step), first + cell % p.size)
        return np.searchsorted(below, drawn, side="right").astype(float)

    return arrive
