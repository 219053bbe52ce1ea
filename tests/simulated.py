"""A CUDA device that numba simulates, with arrays that say they lie on it."""

from __future__ import annotations

import ast
import contextlib
import importlib
import inspect
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import array_api_compat.numpy
import numba.cuda
import numpy as np
import pytest

import neuromem as nm
from tests.device_cases import answers

FOLDER = Path(nm.kernels.__file__).parent


class Device(np.ndarray):
    """A NumPy array that says it lies on a device, for the simulator."""

    @property
    def __cuda_array_interface__(self):
        return self.__array_interface__


class CuPy:
    """As much of CuPy as `arrays.device_placer` needs, with one device."""

    class cuda:
        class runtime:
            CUDARuntimeError = RuntimeError
            getDeviceCount = staticmethod(lambda: 1)

        Device = staticmethod(contextlib.nullcontext)

    ndarray = type("ndarray", (), {})
    asarray = staticmethod(lambda array: np.asarray(array).copy().view(Device))


def launchers(kind: str) -> dict[str, tuple[ModuleType, Callable[..., Any]]]:
    """The launchers "kernel.name" in the files cpu.py or cuda.py, with their modules."""
    found = {}
    for file in sorted(FOLDER.glob(f"*/{kind}.py")):
        module = importlib.import_module(f"neuromem.kernels.{file.parent.name}.{kind}")
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                found[f"{file.parent.name}.{node.name}"] = module, getattr(module, node.name)
    return found


@contextlib.contextmanager
def poisoned(xp: Any) -> Iterator[None]:
    """While new memory of the library holds 77 instead of what was there, by chance often zeros."""
    empty = xp.empty
    xp.empty = lambda *shape, **options: xp.full_like(empty(*shape, **options), 77)
    try:
        yield
    finally:
        xp.empty = empty


@contextlib.contextmanager
def on_a_device() -> Iterator[None]:
    """While NumPy's functions give arrays of the simulated device, as a device's library does."""
    xp = array_api_compat.numpy
    kept = {name: function for name, function in vars(xp).items() if inspect.isroutine(function)}

    def there(function: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        found = function(*arguments, **options)
        made = not arguments or not any(isinstance(argument, np.ndarray) for argument in arguments)
        moved = function.__name__ in ("asarray", "full_like") or any(isinstance(argument, Device) for argument in arguments)
        return found.view(Device) if type(found) is np.ndarray and (made or moved) else found

    for name, function in kept.items():
        setattr(xp, name, partial(there, function))
    try:
        with poisoned(xp):
            yield
    finally:
        for name, function in kept.items():
            setattr(xp, name, function)


def ready() -> bool:
    """Whether CuPy finds a device."""
    try:
        import cupy

        return cupy.cuda.runtime.getDeviceCount() > 0
    except Exception:
        return False


if __name__ == "__main__":  # the process in which numba simulates a device
    sys.setswitchinterval(1e-4)  # the simulator polls its threads, which otherwise wait 5 ms for their turn
    from numba.cuda.simulator import kernel as simulator
    from numba.cuda.simulator import kernelapi
    from numba.np.numpy_support import as_dtype

    from neuromem.kernels import launch

    class Threads:
        """numba.cuda for other modules: the simulator serves a kernel's own module alone."""

        def __getattr__(self, name: str) -> Any:
            return getattr(simulator._get_kernel_context() or numba.cuda, name)

    def shared(self: Any, shape: Any, kind: Any) -> np.ndarray:
        """Shared memory, one for all threads of a block: two that asked at once got one each from the simulator."""
        asking = sys._getframe(1)
        return self._allocations.setdefault((asking.f_code, asking.f_lineno), np.empty(shape, as_dtype(kind)))

    kernelapi.FakeCUDAShared.array = shared
    launch.cuda = Threads()
    sys.modules["cupy"] = CuPy  # type: ignore[assignment]
    reached: set[str] = set()
    run, found = launch.run, {}  # type: ignore[var-annotated]

    def noted(name: str, function: Callable[..., Any], *arguments: Any) -> Any:
        reached.add(name)
        return function(*arguments)

    def refused(name: str, *arguments: Any) -> Any:
        pytest.fail(f"{name} ran on the CPU, but was given arrays of a device: ask `launcher` about the caller's own arrays")

    for name, (module, function) in launchers("cuda").items():
        setattr(module, name.partition(".")[2], partial(noted, name, function))
    for name, (module, _) in launchers("cpu").items():
        setattr(module, name.partition(".")[2], partial(refused, name))
    launch.run = lambda kernel, *arguments: noted(kernel.__name__, partial(run, kernel), *arguments)
    with on_a_device():
        for name in sys.argv[2:]:
            reached.clear()
            found |= answers(name, CuPy.asarray)
            found[f"reached {name}"] = np.array(sorted(reached), str)
    np.savez(sys.argv[1], **found)  # type: ignore[arg-type]
