"""The CUDA launchers give the CPU's numbers: under numba's simulator, on a device, and as PTX."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace

import array_api_compat.numpy
import numpy as np
import pytest

from tests.device_cases import CASES, KERNELS, MEMORIES, answers, circuit
from tests.simulated import FOLDER, CuPy, launchers, on_a_device, poisoned, ready


@pytest.fixture(scope="module")
def simulated(request, tmp_path_factory):
    """What the simulated device gives, in the cases that the tests which run ask for."""
    of_here = [test for test in request.session.items if test.path == request.path]
    tests = [test for test in of_here if "simulated" in getattr(test, "fixturenames", ())]
    named = [test.callspec.params["name"] for test in tests if hasattr(test, "callspec")]
    cases = named if len(named) == len(tests) else CASES
    file = tmp_path_factory.mktemp("simulated") / "found.npz"
    environment = os.environ | {"NUMBA_ENABLE_CUDASIM": "1", "NUMBA_DISABLE_JIT": "1", "PYTHONWARNINGS": "ignore"}
    command = [sys.executable, "-m", "tests.simulated", str(file), *dict.fromkeys(cases)]
    subprocess.run(command, cwd=Path(__file__).parents[1], env=environment, check=True)
    return np.load(file)


def agree(name: str, theirs: Mapping[str, np.ndarray]) -> None:
    """Whole numbers must be the CPU's own, others to 1e-12 of them."""
    for part, ours in answers(name, lambda array: array.copy()).items():
        assert ours.dtype == theirs[part].dtype
        np.testing.assert_allclose(theirs[part], ours, rtol=1e-12 if ours.dtype.kind == "f" else 0, err_msg=part)


@pytest.mark.parametrize("name", CASES)
def test_simulator(name, simulated):
    agree(name, simulated)


@pytest.mark.parametrize("name", KERNELS)
def test_arrays_of_a_device_reach_the_device(name, simulated):
    reached = simulated[f"reached {name}"]
    assert name in reached, f"{name} never ran on the device; what did is {', '.join(reached) or 'nothing'}"


def test_every_launcher_for_a_device_has_a_case_and_a_twin_on_the_cpu():
    untried = sorted(set(launchers("cuda")) ^ set(KERNELS))
    assert not untried, (
        f"{untried}: a launcher for a device needs a case in KERNELS of tests/device_cases.py, and a case one"
    )
    alone = sorted(set(KERNELS) - set(launchers("cpu")))
    assert not alone, f"{alone}: cpu.py needs a launcher of the same name"


def test_memories_reach_every_launcher_for_a_device(simulated):
    reached = {name for case in MEMORIES for name in simulated[f"reached {case}"]}
    alone = sorted(set(KERNELS) - reached)
    assert not alone, f"{alone}: no memory in MEMORIES of tests/device_cases.py reaches it; let one do so, or delete it"


def test_the_simulator_ran_every_kernel(simulated):
    files = FOLDER.glob("*/cuda.py")
    kernels = {name for file in files for name in re.findall(r"@cuda.jit\ndef (\w+)", file.read_text())}
    assert kernels <= {name for case in KERNELS for name in simulated[f"reached {case}"]}


def test_the_benchmark_compares_equal_results():
    from neuromem.bench import cuda as suite

    for work in suite.works(array_api_compat.numpy, np.asarray, quick=True):
        np.testing.assert_array_equal(work.ours(), work.plain(), work.name)
        assert work.operations() > 0
        assert work.bytes() > 0


@pytest.mark.skipif(ready(), reason="a device is there")
def test_without_a_device_the_benchmark_says_so():
    from neuromem.bench import cuda as suite

    rows = list(suite.measure(quick=True))
    assert len(rows) == 12
    assert all(row.note.startswith("not measured: no CUDA device") and np.isnan(row.ours_s) for row in rows)


@pytest.mark.skipif(not ready(), reason="no CUDA device, or no CuPy: pip install 'neuromem[cuda]'")
@pytest.mark.parametrize("name", CASES)
def test_device(name):
    import array_api_compat.cupy
    import cupy

    with poisoned(array_api_compat.cupy):
        agree(name, answers(name, cupy.asarray))


def compiles() -> bool:
    """Whether numba finds NVVM, the compiler of kernels, which needs no device."""
    try:
        from numba.cuda.cudadrv import nvvm

        return bool(nvvm.NVVM())
    except Exception:
        return False


@pytest.mark.skipif(not compiles(), reason="no NVVM: pip install 'numba-cuda[cu13]', or make ptx")
@pytest.mark.parametrize("name", KERNELS)
def test_ptx(name, monkeypatch):
    """Each kernel, for the types it is launched with, as PTX for compute capability 9.0."""
    from numba import cuda, typeof
    from numba.cuda import dispatcher

    from neuromem.kernels import launch

    made = {}

    def compiled(kernel, blocks, *arguments):
        types = tuple(map(typeof, arguments))
        if (kernel, types) not in made:
            made[kernel, types] = cuda.compile_ptx(kernel.py_func, types, cc=(9, 0))[0]

    monkeypatch.setattr(dispatcher, "get_current_device", lambda: SimpleNamespace(compute_capability=(9, 0)))
    monkeypatch.setattr(launch, "run", compiled)
    monkeypatch.setattr(launch, "fits", lambda *need: None)
    with on_a_device():
        KERNELS[name](CuPy.asarray)
    assert made
    for ptx in made.values():
        assert ".target sm_90" in ptx
        assert ".entry" in ptx


@pytest.mark.skipif(not compiles(), reason="no NVVM: pip install 'numba-cuda[cu13]', or make ptx")
def test_ptx_of_the_spiking_engine(monkeypatch):
    from numba import cuda, typeof
    from numba.cuda import dispatcher

    from neuromem.spiking.engines.fast import cuda as launcher
    from neuromem.spiking.engines.fast.plan import plan
    from neuromem.spiking.engines.fast.state import Job

    flat, none = plan(circuit())[0], np.zeros(0, int)
    monkeypatch.setattr(cuda, "to_device", lambda array: array)
    monkeypatch.setattr(cuda, "device_array", np.empty)
    given = launcher.arguments(Job(flat, 12, 3, none, none, none, np.zeros((1, 6 + 4)), True, 2), 100)
    after = given[0].cells, given[1].begin, given[5], np.zeros(3, int), np.empty((4, 5), np.int32)
    monkeypatch.setattr(dispatcher, "get_current_device", lambda: SimpleNamespace(compute_capability=(9, 0)))
    for kernel, arguments in ((launcher.kernel, given), (launcher.collect, after)):
        ptx, _ = cuda.compile_ptx(kernel.py_func, tuple(map(typeof, arguments)), cc=(9, 0))
        assert ".target sm_90" in ptx
