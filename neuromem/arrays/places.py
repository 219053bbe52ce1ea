"""Where an array lies and of which library it is, and how it moves."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable
from typing import Any

import array_api_compat
import numpy as np

from neuromem import checks
from neuromem.checks import InputError, refusal

CUDA = "pip install 'neuromem[cuda]', with a driver for CUDA 13 or newer"
DEVICE_HELP = "Where the memories work: cpu, cuda, or cuda:NUMBER."


def on_device(array: Any) -> bool:
    """Say whether an array lies on a CUDA device: of CuPy, or a torch tensor there.

    Parameters
    ----------
    array : array
        Of NumPy, CuPy or torch.

    Returns
    -------
    bool
        Whether it does.
    """
    return hasattr(array.detach() if hasattr(array, "detach") else array, "__cuda_array_interface__")


def to_host(array: Any) -> np.ndarray:
    """Give an array as NumPy's, from any library and device, with or without a gradient.

    Parameters
    ----------
    array : array
        Of NumPy, CuPy or torch. bfloat16, which NumPy has not, becomes float32.

    Returns
    -------
    ndarray
        The array on the CPU.
    """
    if hasattr(array, "detach"):
        array = array.detach().cpu()
        array = array.float() if str(array.dtype) == "torch.bfloat16" else array  # NumPy has no such type
    elif array_api_compat.is_cupy_array(array):
        array = array.get()
    return np.asarray(array)


def require_host(array: Any) -> np.ndarray:
    """Give an array as NumPy's, for what works on the CPU alone.

    Parameters
    ----------
    array : array
        Of NumPy, CuPy or torch.

    Returns
    -------
    ndarray
        The array.

    Raises
    ------
    InputError
        If it lies on a CUDA device, because nothing is moved between devices unasked.
    """
    if on_device(array):
        was, way_out = "lies on a CUDA device", "bring it over with cupy.asnumpy(array) or tensor.cpu()"
        raise refusal("the array", "lie on the CPU, where alone this works", was, way_out)
    return to_host(array)


def keep_device(array: Any) -> Any:
    """Give an array as a kernel takes it: without its gradient on a CUDA device, else as NumPy's.

    Parameters
    ----------
    array : array
        Of NumPy, CuPy or torch. Kernels know no bfloat16, which becomes float32.

    Returns
    -------
    array
        The array, where it was.
    """
    if not on_device(array):
        return require_host(array)
    if hasattr(array, "detach"):
        array = array.detach()
        return array.float() if str(array.dtype) == "torch.bfloat16" else array
    return array


def same_kind(array: Any, model: Any) -> Any:
    """Give an array in the library and data type of another, on its device.

    Parameters
    ----------
    array : array
        Of any library.
    model : array
        The other. If its type is unsigned, `array` keeps its own, which can hold -1.

    Returns
    -------
    array
        The array, in the library of `model`.

    Examples
    --------
    >>> same_kind(np.array([-1, 1], "int8"), np.array([0, 1], "uint8"))
    array([-1,  1], dtype=int8)
    """
    xp = array_api_compat.array_namespace(model)
    dtype = None if xp.isdtype(model.dtype, "unsigned integer") else model.dtype
    return xp.asarray(array, dtype=dtype, device=array_api_compat.device(model))


def move_beside(xp: Any, array: Any, other: Any) -> Any:
    """Give an array in a library, on the device of another, in its own data type.

    Parameters
    ----------
    xp : module
        The library, as `namespace` gives it.
    array : array
        Of any library.
    other : array
        Of the library `xp`.

    Returns
    -------
    array
        The array, in the library `xp`.
    """
    return xp.asarray(array, device=array_api_compat.device(other))


def contiguous(array: Any) -> Any:
    """Give an array whose rows are contiguous in memory; it is copied only if they are not.

    Parameters
    ----------
    array : array
        Of NumPy, CuPy or torch.

    Returns
    -------
    array
        The array, or a copy.
    """
    if hasattr(array, "contiguous"):
        return array.contiguous()
    return array_api_compat.array_namespace(array).ascontiguousarray(array)


def bits_of(*arrays: Any) -> int:
    """Count the bits that arrays occupy, at the precision at which they are held.

    Parameters
    ----------
    *arrays : array or None
        Of any library; None takes no room.

    Returns
    -------
    int
        Bits.
    """
    return sum(8 * int(array.nbytes) for array in arrays if array is not None)


def namespace(**arrays: Any) -> Any:
    """Give the array library that all arrays share.

    Parameters
    ----------
    **arrays : array
        Arrays by the names of their arguments.

    Returns
    -------
    module
        The library, with the functions of the array API.

    Raises
    ------
    InputError
        If they come from different libraries or lie on different devices; it names the argument.
    """
    homes = {name: (array_api_compat.array_namespace(a), array_api_compat.device(a)) for name, a in arrays.items()}
    (first, home), *rest = homes.items()
    for name, other in rest:
        if other != home:
            mine, theirs = (f"{xp.__name__.rpartition('.')[2]} on {device}" for xp, device in (other, home))
            raise refusal(name, f"be an array of {theirs}, as {first}", f"was of {mine}", f"turn it into one like {first}")
    return home[0]


def device_placer(device: str) -> Callable[[Any], Any]:
    """Give the function that puts arrays on a device.

    Parameters
    ----------
    device : str
        "cpu", "cuda" or, where there are several, "cuda:1".

    Returns
    -------
    callable
        Takes an array of NumPy and gives it on the device.

    Raises
    ------
    InputError
        If the device does not work here.

    Examples
    --------
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
    """Refuse a device that does not work here, or on which a memory can't store.

    Parameters
    ----------
    device : str
        "cpu", "cuda" or "cuda:NUMBER".
    memories : iterable of (str, Memory)
        Empty memories and their names.

    Raises
    ------
    InputError
        If the device or a memory does not work.
    """
    place = device_placer(device)
    if device == "cpu":
        return
    for name, memory in memories:
        try:
            memory.store(place(np.ones((1, memory.units), np.int8)))
        except InputError as error:
            way_out = "leave it out, or run on the CPU"
            raise refusal("models", f"be memories that work on {device}", f"{name} does not ({error})", way_out) from error
