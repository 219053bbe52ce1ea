"""What experiments that train with torch share."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from neuromem.kernels.compiled import one_thread

Given = ParamSpec("Given")
Result = TypeVar("Result")


def alone(function: Callable[Given, Result]) -> Callable[Given, Result]:
    """Let a function use one thread of torch, and give the caller's threads and random state back.

    The sweep has the cores, and the numbers of a point follow from its seed. torch.set_num_threads
    is not called: set to more again, it lets torch.linalg.solve wait for ever in MKL.
    """

    @functools.wraps(function)
    def run(*args: Given.args, **kwargs: Given.kwargs) -> Result:
        import torch  # before its threads are limited

        with one_thread(), torch.random.fork_rng(devices=[]):
            return function(*args, **kwargs)

    return run
