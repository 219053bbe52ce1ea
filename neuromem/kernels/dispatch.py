"""Where a kernel runs: the launcher for the arrays that its caller gives.

A public kernel function begins with `launcher`, which gives it the library of its arrays too. What
comes after may copy or convert them: the choice is made.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from neuromem.arrays import namespace, on_device
from neuromem.checks import refusal

Launcher = Callable[..., Any]


def launcher(cpu: Launcher, cuda: Callable[[], Launcher] | None, **arrays: Any) -> tuple[Any, Launcher]:
    """Return the library that all arrays share, and the launcher for where they lie.

    Parameters
    ----------
    cpu : callable
        Launcher for the CPU.
    cuda : callable or None
        Function without arguments that gives the launcher for a CUDA device, since importing
        numba.cuda takes a tenth of a second; None for a kernel that has none.
    **arrays : array
        The caller's own arrays, by the names of the arguments.

    Returns
    -------
    xp : module
        Array library.
    launch : callable
        Launcher.

    Raises
    ------
    InputError
        If the arrays are of several libraries, or lie in several places.
    """
    xp = namespace(**arrays)
    there = {name: on_device(array) for name, array in arrays.items()}
    if not any(there.values()):
        return xp, cpu
    if cuda is None or not all(there.values()):
        name = next(name for name in there if cuda is None or not there[name])
        must, was = ("lie on the CPU", "lies on a CUDA device") if cuda is None else ("lie on the device", "lies on the CPU")
        raise refusal(name, must, was, "bring all arrays to one place")
    return xp, cuda()
