"""Array libraries and devices: where an array lies, how it moves, and arithmetic that works in any library.

A NumPy array, a CuPy array and a torch tensor are all taken; `namespace` gives the functions of the array's own library.

>>> import numpy as np
>>> unit_length(np.array([[3.0, 4.0], [0.0, 0.0]]))
array([[0.6, 0.8],
       [0. , 0. ]])
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable
from typing import Any

import array_api_compat
import numpy as np

from . import checks
from .checks import InputError, refusal

CUDA = "pip install 'neuromem[cuda]', with a driver for CUDA 13 or newer"
DEVICE_HELP = "Where the memories work: cpu, cuda, or cuda:NUMBER."


def on_device(array: Any) -> bool:
    """Whether `array` lies on a CUDA device: it is a CuPy array, or a torch tensor there."""
    return hasattr(array.detach() if hasattr(array, "detach") else array, "__cuda_array_interface__")


def to_host(array: Any) -> np.ndarray:
    """`array` as a NumPy array, from any library and device, with or without a gradient."""
    if hasattr(array, "detach"):
        array = array.detach().cpu()
        array = array.float() if str(array.dtype) == "torch.bfloat16" else array  # NumPy has no such type
    elif array_api_compat.is_cupy_array(array):
        array = array.get()
    return np.asarray(array)


def require_host(array: Any) -> np.ndarray:
    """`array` as a NumPy array, for what works on the CPU alone.

    Raises InputError for an array on a CUDA device, because nothing is moved between devices unasked.
    """
    if on_device(array):
        was, way_out = "lies on a CUDA device", "bring it over with cupy.asnumpy(array) or tensor.cpu()"
        raise refusal("the array", "lie on the CPU, where alone this works", was, way_out)
    return to_host(array)


def keep_device(array: Any) -> Any:
    """`array` without its gradient if it lies on a CUDA device, else as a NumPy array: what a kernel takes.

    Kernels know no bfloat16, which becomes float32.
    """
    if not on_device(array):
        return require_host(array)
    if hasattr(array, "detach"):
        array = array.detach()
        return array.float() if str(array.dtype) == "torch.bfloat16" else array
    return array


def same_kind(array: Any, model: Any) -> Any:
    """`array` in the array library and data type of `model`, and on its device.

    Where the type of `model` is unsigned, the array keeps its own, which can hold -1.

    >>> same_kind(np.array([-1, 1], "int8"), np.array([0, 1], "uint8"))
    array([-1,  1], dtype=int8)
    """
    xp = array_api_compat.array_namespace(model)
    dtype = None if xp.isdtype(model.dtype, "unsigned integer") else model.dtype
    return xp.asarray(array, dtype=dtype, device=array_api_compat.device(model))


def move_beside(xp: Any, array: Any, other: Any) -> Any:
    """`array` in the library `xp`, on the device of `other`, in its own data type."""
    return xp.asarray(array, device=array_api_compat.device(other))


def contiguous(array: Any) -> Any:
    """`array` with its rows contiguous in memory; copied only if they are not."""
    if hasattr(array, "contiguous"):
        return array.contiguous()
    return array_api_compat.array_namespace(array).ascontiguousarray(array)


def bits_of(*arrays: Any) -> int:
    """Bits that the arrays occupy, at the precision at which they are held."""
    return sum(8 * int(array.nbytes) for array in arrays if array is not None)


def namespace(**arrays: Any) -> Any:
    """The array library that all `arrays` share.

    Raises InputError, with the argument's name, where they come from different libraries or lie on different devices.
    """
    homes = {name: (array_api_compat.array_namespace(a), array_api_compat.device(a)) for name, a in arrays.items()}
    (first, home), *rest = homes.items()
    for name, other in rest:
        if other != home:
            mine, theirs = (f"{xp.__name__.rpartition('.')[2]} on {device}" for xp, device in (other, home))
            raise refusal(name, f"be an array of {theirs}, as {first}", f"was of {mine}", f"turn it into one like {first}")
    return home[0]


def as_floating(**arrays: Any) -> tuple[Any, ...]:
    """(namespace, *arrays), with all real arrays in one floating type; complex arrays stay as they are.

    The type is that of the floating arrays among them, or float64 if there is none. It is float32 at least, as half
    precision can't hold the sums that a memory takes.
    Raises InputError where they come from different libraries or lie on different devices.
    """
    xp = namespace(**arrays)
    floating = [a.dtype for a in arrays.values() if xp.isdtype(a.dtype, "real floating")]
    dtype = xp.result_type(*floating) if floating else xp.float64
    dtype = xp.float32 if xp.finfo(dtype).bits < 32 else dtype
    return xp, *(a if xp.isdtype(a.dtype, "complex floating") else xp.astype(a, dtype, copy=False) for a in arrays.values())


def safe_ratio(x: Any, by: Any) -> Any:
    """x / by, and 0 where `by` is 0."""
    xp = array_api_compat.array_namespace(x, by)
    return xp.where(by == 0, xp.zeros_like(x), x / xp.where(by == 0, xp.ones_like(by), by))


def magnitude(x: Any, axis: int | None = None) -> Any:
    """A power of two between 1 and the largest |x_i| along `axis`, which is kept: x / magnitude(x) can be squared.

    Dividing by a power of two rounds nothing. No gradient flows through it. Where all x_i are 0 it is 1.

    >>> magnitude(np.array([0.5, 2.0, -9.0]))
    array([4.])
    """
    xp = array_api_compat.array_namespace(x)
    largest = xp.max(xp.abs(x), axis=axis, keepdims=True)
    exponent = xp.log2(xp.where(largest > 0, largest, xp.ones_like(largest)))
    return 2.0 ** xp.round(0.75 * exponent)  # all of the exponent could be more than the largest number's


def unit_length(x: Any) -> Any:
    """x / |x| along the last axis, whatever the size of x; a vector of zeros stays one."""
    xp = array_api_compat.array_namespace(x)
    x = x / magnitude(x, axis=-1)
    square = xp.sum(x * x, axis=-1, keepdims=True)
    return x / xp.sqrt(xp.where(square == 0, xp.ones_like(square), square))


def require_finite(what: str, *arrays: Any) -> None:
    """Refuses `arrays`, of a result, in which a number has become NaN or infinite.

    >>> require_finite("recall", [1.0, float("nan")])
    Traceback (most recent call last):
    neuromem.checks.InputError: recall must stay within float64, but gives NaN or infinity; divide the items by their \
largest entry, or take a smaller rate or beta.
    """
    for array in arrays:
        array = array if array_api_compat.is_array_api_obj(array) else np.asarray(array)
        xp = array_api_compat.array_namespace(array)
        if not bool(xp.all(xp.isfinite(array))):
            kind = str(array.dtype).rpartition(".")[2]
            way_out = "divide the items by their largest entry, or take a smaller rate or beta"
            raise refusal(what, f"stay within {kind}", "gives NaN or infinity", way_out)


def device_placer(device: str) -> Callable[[Any], Any]:
    """The function that puts arrays on `device`: "cpu", "cuda" or, where there are several, "cuda:1".

    Raises InputError for a device that does not work here.

    >>> device_placer("cpu")([1, -1])
    array([ 1, -1])
    """
    number = checks.device(device)
    if number is None:
        return np.asarray
    try:
        cupy = importlib.import_module("cupy")
    except ImportError as error:
        raise refusal("device", "be one that CuPy can use", f"CuPy is not here ({error})", CUDA) from error
    try:
        count = cupy.cuda.runtime.getDeviceCount()
    except cupy.cuda.runtime.CUDARuntimeError as error:
        way_out = "install or renew the driver, see `neuromem doctor`"
        raise refusal("device", "be one that CuPy can use", f"the driver answers: {error}", way_out) from error
    if number >= count:
        raise refusal("device", f"be below cuda:{count}, as {count} are here", f"was {device!r}")

    def place(array: Any) -> Any:
        with cupy.cuda.Device(number):
            return cupy.asarray(array)

    return place


def require_device_support(device: str, memories: Iterable[tuple[str, Any]]) -> None:
    """Refuses a device that does not work here, and (name, empty memory) of one that can't store an array on it."""
    place = device_placer(device)
    if device == "cpu":
        return
    for name, memory in memories:
        try:
            memory.store(place(np.ones((1, memory.units), np.int8)))
        except InputError as error:
            way_out = "leave it out, or run on the CPU"
            raise refusal("models", f"be memories that work on {device}", f"{name} does not ({error})", way_out) from error
