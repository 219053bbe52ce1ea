"""Equal budgets: the largest memory of a kind within so many bits, or operations of a recall."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import xarray as xr

from neuromem import arrays, checks, cues, results
from neuromem.memory import Memory
from neuromem.models import Spec, source
from neuromem.source import Source

# Settings that make a memory larger or smaller without changing what it is; the first counts.
SIZES = ("locations", "modules", "memories", "slots", "phases", "expansion")
LEAST, LARGEST = 4, 2**20  # sizes below the first may be refused by a memory
VARIABLES = {
    "size": ("setting that gives the memory its size; NaN where it has none or does not fit", "1"),
    "sized_by": (f"that setting: {', '.join(f'{at} {name}' for at, name in enumerate(SIZES))}; -1 none", "1"),
    "trained": ("bits of trained weights, which hold nothing of the items", "bit"),
    "state": ("bits of what is stored", "bit"),
    "fits": ("1 where the memory holds its items within the budget", "1"),
}
HELP_BITS = "Bits that each memory may hold; it is made as large as they allow."
HELP_OPERATIONS = "Operations that a recall may take; each memory is made as large as they allow."


def checked(bits: int | None, operations: int | None) -> dict[str, int | None]:
    """Return the budget as keywords of `filled`."""
    for name, value in (("bits", bits), ("operations", operations)):
        if value is not None:
            checks.whole(name, value, way_out="give a number such as 65536")
    return {"bits": bits, "operations": operations}


def sized_by(spec: Spec) -> str:
    """Return the setting that sizes a memory, or "" where it has none or the user has set it."""
    found = source(spec)
    return next((name for name in SIZES if found.takes(name)), "")


def filled(
    build: Callable[[Source], Memory], spec: Spec, items: Any, bits: int | None, operations: int | None
) -> tuple[Memory | None, dict[str, float]]:
    """Return the memory of a kind with these items in it, as large as the budget allows.

    It is None where even the smallest is too large; the values of `VARIABLES` come with it.
    """
    found, name = source(spec), "" if bits is None and operations is None else sized_by(spec)
    few = items[:8]

    def at(size: int | None) -> Memory | None:
        try:
            memory = build(found if size is None else found.given(**{name: size})).store(items)
        except checks.InputError:
            if size is None:
                raise
            return None  # no size of this memory, or too large for the machine
        if bits is not None and memory.cost.bits > bits:
            return None
        if (
            operations is not None
            and memory.recall(arrays.same_kind(cues.flip(arrays.to_host(few), 0.1, rng=0), few)).operations.mean()
            > operations
        ):
            return None
        return memory

    size, memory = _largest(at) if name else (math.nan, None)
    if math.isnan(size):
        memory = at(None)  # it has one size
    sized = -1 if math.isnan(size) else SIZES.index(name)
    return memory, {**_apart(memory), "size": size, "sized_by": sized}


def _largest(at: Callable[[int], Any]) -> tuple[float, Any]:
    """Return the largest size that fits, within 3%, and that memory; NaN where none does."""
    low, best, high = 0, None, LEAST
    while high <= LARGEST and (memory := at(high)) is not None:
        if best is not None and (memory.cost.bits, memory.cost.synapses) == (best.cost.bits, best.cost.synapses):
            return math.nan, None  # the setting changes nothing
        low, best, high = high, memory, 2 * high
    while best is not None and high - low > max(1, low // 32):
        middle = (low + high) // 2
        memory = at(middle)
        if memory is None:
            high = middle
        else:
            low, best = middle, memory
    return (float(low) if best is not None else math.nan), best


def _apart(memory: Any) -> dict[str, float]:
    """Return trained weights, which are the parameters of a layer, and state apart."""
    if memory is None:
        return {"trained": np.nan, "state": np.nan, "fits": 0.0}
    weights = memory.layer.parameters() if hasattr(memory, "layer") else ()
    trained = float(sum(8 * one.numel() * one.element_size() for one in weights))
    return {"trained": trained, "state": memory.cost.bits - trained, "fits": 1.0}


def heads(data: xr.Dataset) -> list[str]:
    """Return the heads of the columns that tell of a budget; none where there was no budget."""
    given = results.parameters(data)
    return ["trained kbit", "state kbit", "sized by"] if given.get("bits") or given.get("operations") else []


def cells(heads: list[str], at: xr.Dataset) -> list[str]:
    """Return the cells of these columns for one memory, from its trials at one load."""
    if not heads:
        return []
    if not (at.fits > 0).any():
        return ["-", "-", "does not fit"]
    size = float(at["size"].median())
    words = "has one size" if math.isnan(size) else f"{SIZES[int(at.sized_by.max())]} {size:.0f}"
    return [f"{float(at[name].median()) / 1000:,.1f}" for name in ("trained", "state")] + [words]
