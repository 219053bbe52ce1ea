"""Where memories work: on the CPU, or on a CUDA device through CuPy; and what there is on this machine.

>>> place = placer("cpu")
>>> place([1, -1])
array([ 1, -1])
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import shutil
import subprocess
from collections.abc import Callable, Iterable
from importlib.metadata import version
from typing import Any

import numpy as np

from . import checks
from .checks import InputError, refusal

HELP = "Where the memories work: cpu, cuda, or cuda:NUMBER."
CUDA = "pip install 'neuromem[cuda]', with a driver for CUDA 13 or newer"


def placer(device: str) -> Callable[[Any], Any]:
    """The function that puts arrays on `device`: "cpu", "cuda" or, where there are several, "cuda:1".

    Raises InputError for a device that does not work here.
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


def takes(device: str, memories: Iterable[tuple[str, Any]]) -> None:
    """Refuses a device that does not work here, or (name, empty memory) of one that can't store what lies on it."""
    place = placer(device)
    if device == "cpu":
        return
    for name, memory in memories:
        try:
            memory.store(place(np.ones((1, memory.units), np.int8)))
        except InputError as error:
            way_out = "leave it out, or run on the CPU"
            raise refusal("models", f"be memories that work on {device}", f"{name} does not ({error})", way_out) from error


def _torch() -> str:
    import torch

    return f"{torch.__version__}; CUDA: {torch.cuda.get_device_name() if torch.cuda.is_available() else 'none'}"


def _cupy() -> str:
    import cupy

    names = [cupy.cuda.runtime.getDeviceProperties(i)["name"].decode() for i in range(cupy.cuda.runtime.getDeviceCount())]
    return f"{cupy.__version__}; {', '.join(names)}"


def _numba() -> str:
    from numba import cuda

    if not cuda.is_available():
        raise RuntimeError("no driver, or no device")
    return f"{len(cuda.gpus)} device(s), {cuda.get_current_device().name.decode()}"


def _compiler() -> str:
    compiler = os.environ.get("CXX", "g++")
    if not shutil.which(compiler):
        raise FileNotFoundError(f"no {compiler}")
    return subprocess.run([compiler, "--version"], capture_output=True, text=True, check=True).stdout.splitlines()[0]


def _installed(module: str, package: str) -> Callable[[], str]:
    def found() -> str:
        if importlib.util.find_spec(module) is None:
            raise ModuleNotFoundError(f"no {module}")
        return version(package)

    return found


# what it is for, how to see that it works, how to get it
PARTS: dict[str, tuple[str, Callable[[], str], str]] = {
    "torch": ("layers, training", _torch, "pip install torch, for CUDA as pytorch.org says"),
    "cupy": ("memories on a GPU: arrays", _cupy, CUDA),
    "numba.cuda": ("memories on a GPU: kernels", _numba, CUDA),
    "C++ compiler": ("Brian2's fast targets", _compiler, "install g++ or set CXX"),
    "nest": ("a peer of the spiking engine", _installed("nest", "nest-simulator"), "pip install nest-simulator"),
    "neo": ("spike trains for electrophysiology", _installed("neo", "neo"), "pip install 'neuromem[neo]'"),
}


def report() -> list[tuple[str, bool, str]]:
    """(part, whether it works, what it is or how to get it) for every optional part of this machine."""
    rows = []
    for name, (purpose, works, way_out) in PARTS.items():
        try:
            rows.append((name, True, f"{purpose}: {works()}"))
        except Exception as error:  # a broken package raises whatever it raises
            reason = (str(error).strip() or type(error).__name__).splitlines()[0]
            rows.append((name, False, f"{purpose}: {reason}; {way_out}"))
    return rows
