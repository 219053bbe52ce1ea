"""What memories of any array library share: one library and device, one floating type, the launcher, unit length."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import array_api_compat

from neuromem.checks import refusal
from neuromem.memory import on_device


def namespace(**arrays: Any) -> Any:
    """Their array library; InputError where they come from different libraries or lie on different devices."""
    homes = {name: (array_api_compat.array_namespace(a), array_api_compat.device(a)) for name, a in arrays.items()}
    (first, home), *rest = homes.items()
    for name, other in rest:
        if other != home:
            mine, theirs = (f"{xp.__name__.rpartition('.')[2]} on {device}" for xp, device in (other, home))
            raise refusal(name, f"be an array of {theirs}, as {first}", f"was of {mine}", f"turn it into one like {first}")
    return home[0]


def fitting(array: Any, name: str, cpu: Callable[..., None]) -> Callable[..., None]:
    """The launcher for an array: `cpu`, or the one of that name in `cuda.py` where it lies on a CUDA device."""
    if not on_device(array):
        return cpu
    from . import cuda

    return getattr(cuda, name)


def placed(xp: Any, array: Any, beside: Any) -> Any:
    """`array` in the library xp, on the device of the array `beside`."""
    return xp.asarray(array, device=array_api_compat.device(beside))


def rows(array: Any) -> Any:
    """The array with its rows contiguous."""
    if hasattr(array, "contiguous"):
        return array.contiguous()
    return array_api_compat.array_namespace(array).ascontiguousarray(array)


def common(**arrays: Any) -> tuple[Any, ...]:
    """(namespace, *arrays): real arrays in one floating type (of the floating ones, else float64), complex ones as they are.

    Raises InputError where they come from different libraries or lie on different devices.
    """
    xp = namespace(**arrays)
    floating = [a.dtype for a in arrays.values() if xp.isdtype(a.dtype, "real floating")]
    dtype = xp.result_type(*floating) if floating else xp.float64
    return xp, *(a if xp.isdtype(a.dtype, "complex floating") else xp.astype(a, dtype, copy=False) for a in arrays.values())


def ratio(x: Any, by: Any) -> Any:
    """x / by, and 0 where `by` is 0."""
    xp = array_api_compat.array_namespace(x, by)
    return xp.where(by == 0, xp.zeros_like(x), x / xp.where(by == 0, xp.ones_like(by), by))


def unit_length(x: Any) -> Any:
    """x / |x| along the last axis; a vector of zeros stays one."""
    xp = array_api_compat.array_namespace(x)
    square = xp.sum(x * x, axis=-1, keepdims=True)
    return x / xp.sqrt(xp.where(square == 0, xp.ones_like(square), square))
