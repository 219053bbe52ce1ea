"""The one rule for times: each is a whole number of steps, to a millionth of a step."""

from __future__ import annotations

import numpy as np

from neuromem import checks

CLOSE = 1e-6  # of a step, for rounding errors such as that of 3 * 0.1


def steps(name: str, time_ms: object, step_ms: float, least: int = 0) -> int:
    """Return a time as a whole number of steps.

    Parameters
    ----------
    name : str
        Name of the argument, for the error.
    time_ms : float
        The time.
    step_ms : float
        The step.
    least : int, default 0
        Least number of steps.

    Returns
    -------
    int
        The number, below 2^31.

    Raises
    ------
    InputError
        If the time is no multiple of the step, or too short; it is never rounded.

    Examples
    --------
    >>> steps("duration_ms", 0.3, step_ms=0.1)
    3
    >>> steps("tau_refrac", 1.5, step_ms=1.0)
    Traceback (most recent call last):
    neuromem.checks.InputError: tau_refrac must lie on the lattice of steps, but was 1.5 ms; \
give a multiple of step_ms, 1 ms.
    """
    least = checks.whole("least", least, least=0)
    way_out = f"give a multiple of step_ms, {step_ms:g} ms"
    time = checks.real(name, time_ms, way_out=way_out)
    if time < (least - CLOSE) * step_ms:
        checks.real(name, time, least=least * step_ms, way_out=way_out)
    return int(all_steps(name, np.array([time]), step_ms)[0])


def all_steps(name: str, times_ms: object, step_ms: float) -> np.ndarray:
    """Return times as whole numbers of steps.

    Parameters
    ----------
    name : str
        Name of the argument, for the error.
    times_ms : array_like of float
        The times.
    step_ms : float
        The step.

    Returns
    -------
    ndarray of int64
        The numbers.

    Raises
    ------
    InputError
        If a time is no multiple of the step, negative, or beyond 2^31 steps.
    """
    times = np.asarray(times_ms, float)
    number = np.rint(times / step_ms)
    off = np.abs(number * step_ms - times) > CLOSE * step_ms
    if off.any():
        was, way_out = f"was {times[off][0]:g} ms", f"give a multiple of step_ms, {step_ms:g} ms"
        raise checks.refusal(name, "lie on the lattice of steps", was, way_out)
    outside = (number < 0) | (number > checks.LARGEST)
    if outside.any():
        must = f"be from 0 to {checks.LARGEST * step_ms:g} ms"
        raise checks.refusal(name, must, f"was {times[outside][0]:g} ms")
    return number.astype(np.int64)
