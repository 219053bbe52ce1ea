"""What works on this machine: every optional part, what it is, or how to get it."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from collections.abc import Callable
from importlib.metadata import version

from .arrays import CUDA


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
    "nest": ("an engine of spiking circuits", _installed("nest", "nest-simulator"), "pip install 'neuromem[nest]'"),
    "pyNN": ("circuits on any PyNN simulator", _installed("pyNN", "PyNN"), "pip install 'neuromem[pynn]'"),
    "neo": ("spike trains for electrophysiology", _installed("neo", "neo"), "pip install 'neuromem[neo]'"),
}


def report() -> list[tuple[str, bool, str]]:
    """(part, whether it works, what it is or how to get it) for each optional part."""
    rows = []
    for name, (purpose, works, way_out) in PARTS.items():
        try:
            rows.append((name, True, f"{purpose}: {works()}"))
        except Exception as error:  # a broken package raises whatever it raises
            reason = (str(error).strip() or type(error).__name__).splitlines()[0]
            rows.append((name, False, f"{purpose}: {reason}; {way_out}"))
    return rows
