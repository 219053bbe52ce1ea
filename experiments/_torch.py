"""What experiments that train with torch share."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

Given = ParamSpec("Given")
Result = TypeVar("Result")


def alone(function: Callable[Given, Result]) -> Callable[Given, Result]:
    """Let a function use one thread of torch, and give the caller's threads and random state back.

    The sweep has the cores, and the numbers of a point follow from its seed.
    """

    @functools.wraps(function)
    def run(*args: Given.args, **kwargs: Given.kwargs) -> Result:
        import torch

        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            with torch.random.fork_rng(devices=[]):
                return function(*args, **kwargs)
        finally:
            torch.set_num_threads(threads)

    return run
