"""What the memories of plain algebra share: one array library, one floating type, unit length."""

from __future__ import annotations

from typing import Any

import array_api_compat

from neuromem.checks import refusal


def common(**arrays: Any) -> tuple[Any, ...]:
    """(namespace, *arrays): real arrays in one floating type (of the floating ones, else float64), complex ones as they are.

    Raises InputError where they come from different libraries or lie on different devices.
    """
    (first, one), *rest = arrays.items()
    for name, other in rest:
        kinds = [f"{type(a).__module__.partition('.')[0]} on {array_api_compat.device(a)}" for a in (one, other)]
        if kinds[0] != kinds[1]:
            raise refusal(
                name, f"be an array of {kinds[0]}, as {first}", f"was of {kinds[1]}", f"turn it into one like {first}"
            )
    xp = array_api_compat.array_namespace(*arrays.values())
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
