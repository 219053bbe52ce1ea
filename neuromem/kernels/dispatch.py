"""Where a kernel runs: the launcher for the arrays that its caller gives.

A public kernel function begins with `launcher`, which gives it the library of its arrays too: what comes after may copy or
convert them, the choice is made.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from neuromem.arrays import namespace, on_device
from neuromem.checks import refusal

Launcher = Callable[..., Any]


def launcher(cpu: Launcher, cuda: Callable[[], Launcher] | None, **arrays: Any) -> tuple[Any, Launcher]:
    """The array library that all `arrays` share, and the launcher for where they lie: `cpu`, or what `cuda()` gives.

    `cuda` is a function without arguments, since importing numba.cuda takes a tenth of a second; None where a kernel has no
    launcher for a device.
    Raises InputError, with the argument's name, for arrays of several libraries or devices.
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
