"""The launcher of a kernel for the device where an array lies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from neuromem.arrays import on_device


def fitting(array: Any, name: str, cpu: Callable[..., None]) -> Callable[..., None]:
    """The launcher for an array: `cpu`, or the one of that name in `cuda.py` where it lies on a CUDA device."""
    if not on_device(array):
        return cpu
    from . import cuda

    return getattr(cuda, name)
