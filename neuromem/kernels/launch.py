"""What all launchers for a CUDA device share; it knows no kernel.

Imported with the first launcher for a device, as numba.cuda takes a tenth of a second.
"""

from __future__ import annotations

import contextlib
import importlib
from typing import Any

import array_api_compat
import numba
import numba.cuda
import numpy as np
from numba.extending import overload

from neuromem.checks import refusal

from .bits import ones

if not hasattr(np, "row_stack"):  # NumPy 2.5 has it no more, and numba-cuda 0.30 asks for it where it compiles first
    setattr(np, "row_stack", np.vstack)  # noqa: B010
    with contextlib.suppress(ImportError):  # the simulator of numba alone has no such module
        importlib.import_module("numba.cuda.np.arrayobj")
    delattr(np, "row_stack")

cuda: Any = numba.cuda  # its intrinsics have no types of their own
THREADS = 4 if numba.config.ENABLE_CUDASIM else 128  # type: ignore[attr-defined]  # a block; the simulator is slow


def home(number: int) -> Any:
    """The device of that number, for numba: in a with block it is the one in use."""
    if not cuda.is_available():
        was, way_out = "numba finds none", "see `neuromem doctor`, or work on the CPU"
        raise refusal("a CUDA device", "come with a driver that numba.cuda can use", was, way_out)
    if number >= len(cuda.gpus):
        raise refusal("device", f"be below cuda:{len(cuda.gpus)}, as {len(cuda.gpus)} are here", f"was cuda:{number}")
    return cuda.gpus[number]


def number_of(array: Any) -> int:
    """The number of the device where an array lies."""
    device = array_api_compat.device(array)
    numbers = (getattr(device, name, None) for name in ("id", "index"))  # CuPy's, torch's
    return next((number for number in numbers if isinstance(number, int)), 0)


def free(number: int) -> int:
    """Bytes free on a device; what the pools of CuPy or torch hold back is not counted."""
    with home(number):
        return cuda.current_context().get_memory_info().free


def fits(number: int, what: str, batch: int, each: int) -> None:
    """Refuse a batch of cues or copies, each of so many bytes, for which too little memory is free.

    The error names a batch that fits.
    """
    if batch * each > (left := free(number)):
        must = f"fit in the {left / 1e9:.2f} GB that are free on the device"
        way_out = f"give at most {left // each:,} {what} at a time" if left >= each else "free memory, or use the CPU"
        raise refusal(what, must, f"{batch:,} of them need {batch * each / 1e9:.2f} GB", way_out)


def room(beside: Any, *shape: int, dtype: Any = None) -> Any:
    """Memory on the device of an array, of its type unless told otherwise."""
    xp = array_api_compat.array_namespace(beside)
    return xp.empty(shape, dtype=dtype or beside.dtype, device=array_api_compat.device(beside))


def run(kernel: Any, blocks: int, *arguments: Any) -> None:
    """Run `blocks` blocks of the kernel on the device where its first argument lies."""
    with home(number_of(arguments[0])):
        kernel[blocks, THREADS](*arguments)


def each(kernel: Any, number: int, *arguments: Any) -> None:
    """A thread for each of `number` entries, over which the kernel strides."""
    run(kernel, min(-(-number // THREADS), 2**16), *arguments)


@overload(ones, target="cuda")
def _ones(word):
    return lambda word: cuda.popc(word)  # the device's compiler does not see it in the form in `bits.py`


@cuda.jit(device=True)
def over(part, most, parts):
    """The sum, or the largest, of the parts of all threads of a block; each of them gets it.

    parts: (thread,), shared.
    """
    cuda.syncthreads()
    parts[cuda.threadIdx.x] = part
    cuda.syncthreads()
    total = parts[0]
    for lane in range(1, cuda.blockDim.x):
        if not most:
            total += parts[lane]
        elif parts[lane] > total:
            total = parts[lane]
    return total
